/* Passing on sd_notify(3): a socket in a directory of the container's state, which the container sees read-only. What
 * the program writes to it goes to the service manager of tare's own process. Runs on the host; the socket is closed
 * when tare ends.
 *
 * The program may say everything about its service except which process it is, since its pids mean nothing on the host:
 * fields are passed on by name, and MAINPID is sent by tare. */
#include "host/attach/attach.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "host/container/container.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DIRECTORY_MODE = 0755,
	MESSAGE_MAX = 4096, /* the longest message that systemd reads */
	FDS_MAX = 253,      /* the most file descriptors in a message: the kernel's SCM_MAX_FD */
	SEND_SECONDS = 5,
	SEND_MS = SEND_SECONDS * 1000,
	BARRIER_MS = 30000,
	MESSAGES_AT_ONCE = 32, /* so that a program that sends without end does not keep tare from its other work */
};

static const char directory_name[] = "notify";

/* The fields that are passed on. MAINPID and its like are not, whose numbers mean nothing on the host; nor is
 * NOTIFYACCESS. */
static const char *const fields[] = {
	"READY",
	"RELOADING",
	"STOPPING",
	"MONOTONIC_USEC",
	"STATUS",
	"ERRNO",
	"BUSERROR",
	"VARLINKERROR",
	"EXIT_STATUS",
	"WATCHDOG",
	"WATCHDOG_USEC",
	"EXTEND_TIMEOUT_USEC",
	"RESTART_RESET",
	"FDSTORE",
	"FDSTOREREMOVE",
	"FDNAME",
	"FDPOLL",
	"BARRIER",
};

/* A message that was received and is to be sent on. */
struct notify_message {
	char text[MESSAGE_MAX];
	size_t length;
	bool ready;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(FDS_MAX * sizeof(int))];
	size_t control_length;
};

int notify_wanted(bool *ret_wanted, struct error *err)
{
	const char *address = getenv("NOTIFY_SOCKET");
	bool wanted = address && *address;

	if (wanted && *address != '/' && *address != '@')
		return error_usage(err, "NOTIFY_SOCKET", "NOTIFY_SOCKET: expected a path or @name, found '%s'",
			address);
	*ret_wanted = wanted;
	return 0;
}

int notify_make_directory(const struct container *container, struct error *err)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
		.propagation = MS_PRIVATE,
	};
	cleanup_fd int copy = -1;

	if (mkdirat(container->dir, directory_name, DIRECTORY_MODE) < 0)
		return error_set(err, errno, "cannot make the directory of the notify socket");
	copy = open_tree(container->dir, directory_name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (copy < 0 || mount_setattr(copy, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return error_set(err, errno, "cannot copy the mount of the notify socket");
	return take_fd(&copy);
}

int notify_open(const struct container *container, struct notify *ret_notify, struct error *err)
{
	const struct timeval limit = { .tv_sec = SEND_SECONDS };
	struct notify notify = NOTIFY_NONE;
	cleanup_fd int directory = -1;
	bool wanted = false;

	if (notify_wanted(&wanted, err) < 0)
		return -1;
	directory = wanted ? openat(container->dir, directory_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	if (directory < 0) /* there was no service manager when it was created */
		return 0;
	notify.host = fd_connect_datagram(getenv("NOTIFY_SOCKET"));
	if (notify.host < 0)
		return error_set(err, errno, "cannot connect to NOTIFY_SOCKET '%s'", getenv("NOTIFY_SOCKET"));
	setsockopt(notify.host, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	notify.held = calloc(1, sizeof(*notify.held));
	if (!notify.held) {
		close_fd(&notify.host);
		return error_set(err, ENOMEM, "cannot open the notify socket of the container");
	}
	notify.container = fd_bind_datagram(directory, plan_notify_name);
	if (notify.container < 0) {
		error_set(err, errno, "cannot open the notify socket of the container");
		notify_close(&notify);
		return -1;
	}
	*ret_notify = notify;
	return 0;
}

static bool may_pass(const char *line, size_t length)
{
	const char *end = memchr(line, '=', length);
	size_t name_length = end ? (size_t)(end - line) : 0;

	if (name_length > 2 && strncmp(line, "X_", 2) == 0)
		return true;
	for (size_t i = 0; name_length > 0 && i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strlen(fields[i]) == name_length && strncmp(fields[i], line, name_length) == 0)
			return true;
	}
	return false;
}

/* Removes the lines that are not passed on. */
static void filter(struct notify_message *message)
{
	size_t kept = 0;

	for (size_t at = 0; at < message->length;) {
		const char *line = message->text + at;
		const char *end = memchr(line, '\n', message->length - at);
		size_t length = end ? (size_t)(end - line) : message->length - at;

		if (may_pass(line, length)) {
			message->ready |= length == strlen("READY=1") && strncmp(line, "READY=1", length) == 0;
			memmove(message->text + kept, line, length);
			kept += length;
			/* there is room: the line had a newline itself, or the last byte of the buffer is free */
			message->text[kept++] = '\n';
		}
		at += length + 1;
	}
	message->length = kept;
}

/* Receives the next message; false when there is none. */
static bool receive(int sock, struct notify_message *message)
{
	struct iovec iov = { .iov_base = message->text, .iov_len = sizeof(message->text) - 1 };
	struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	header.msg_control = message->control;
	header.msg_controllen = sizeof(message->control);
	do
		n = recvmsg(sock, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return false;
	message->ready = false;
	message->length = header.msg_flags & MSG_TRUNC ? 0 : (size_t)n;
	message->control_length = header.msg_controllen;
	filter(message);
	return true;
}

static void close_received(struct notify_message *message)
{
	struct msghdr header = { .msg_control = message->control, .msg_controllen = message->control_length };

	for (struct cmsghdr *c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		for (size_t i = 0; c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			close_keep_errno(fd);
		}
	}
}

/* Sends the held message with its file descriptors: those for FDSTORE, and that of a barrier. Returns false while the
 * service manager has no room for it; after SEND_MS it is given up, and so is one that cannot be sent. */
static bool send_held(struct notify *notify)
{
	struct notify_message *message = notify->held;
	struct iovec iov = { .iov_base = message->text, .iov_len = message->length };
	struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };

	header.msg_control = message->control_length ? message->control : NULL;
	header.msg_controllen = message->control_length;
	if (message->length > 0 && sendmsg(notify->host, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		notify->sent = true;
	else if (message->length > 0 && errno == EAGAIN && clock_ms() < notify->held_until_ms)
		return false;
	else if (message->length > 0 && errno == EAGAIN)
		notify->timed_out = true;
	close_received(message);
	message->length = 0;
	message->control_length = 0;
	return true;
}

static void hold(struct notify *notify)
{
	notify->holds = true;
	notify->held_until_ms = clock_ms() + SEND_MS;
}

/* Sends the held message, and after READY=1 a MAINPID. Returns false while one of them is held. */
static bool send_all_held(struct notify *notify, pid_t main_pid)
{
	struct notify_message *message = notify->held;

	while (notify->holds) {
		if (!send_held(notify))
			return false;
		notify->holds = false;
		if (!message->ready)
			continue;
		message->ready = false;
		notify->ready = true;
		message->length = (size_t)snprintf(message->text, sizeof(message->text), "MAINPID=%d\n", (int)main_pid);
		hold(notify);
	}
	return true;
}

struct pollfd notify_poll(const struct notify *notify)
{
	if (notify->holds)
		return (struct pollfd){ .fd = notify->host, .events = POLLOUT };
	return (struct pollfd){ .fd = notify->container, .events = POLLIN };
}

int notify_left_ms(const struct notify *notify)
{
	long left = notify->holds ? notify->held_until_ms - clock_ms() : -1;

	return notify->holds && left < 0 ? 0 : (int)left;
}

bool notify_forward(struct notify *notify, pid_t main_pid)
{
	if (notify->container < 0)
		return false;
	for (int i = 0; i < MESSAGES_AT_ONCE; i++) {
		if (!send_all_held(notify, main_pid))
			return false;
		if (!receive(notify->container, notify->held))
			break;
		hold(notify);
	}
	return send_all_held(notify, main_pid) && notify->ready;
}

int notify_wait(struct notify *notify, const struct container *container, struct error *err)
{
	struct pollfd events[] = {
		{ .fd = -1 },
		{ .fd = container->pidfd, .events = POLLIN },
	};

	while (notify->container >= 0 && !events[1].revents) {
		events[0] = notify_poll(notify);
		if (interrupt_check(err) < 0)
			return -1;
		if (interrupt_poll(events, 2, notify_left_ms(notify)) < 0) {
			if (errno == EINTR)
				continue;
			log_text(LOG_LEVEL_WARNING, "cannot wait for what the program notifies of");
			return 0;
		}
		if (notify_forward(notify, container->pid))
			return 0;
	}
	return 0;
}

/* Waits until poll(2) reports the event for fd; false when the time is up or a signal asks tare to end. */
static bool await(int fd, short what, int timeout_ms)
{
	struct pollfd event = { .fd = fd, .events = what };
	long until = clock_ms() + timeout_ms;
	int n;

	do {
		long left = until - clock_ms();

		if (interrupt_noted())
			return false;
		n = interrupt_poll(&event, 1, left < 0 ? 0 : (int)left);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

/* Waits until the service manager has read all messages. It looks at the process that sent them, which has to exist
 * until then. */
static void await_barrier(const struct notify *notify)
{
	cleanup_fd int reader = -1;
	int ends[2];

	if (!await(notify->host, POLLOUT, SEND_MS) || pipe2(ends, O_CLOEXEC) < 0)
		return;
	reader = ends[0];
	if (fd_send(notify->host, "BARRIER=1", strlen("BARRIER=1"), ends[1]) < 0) {
		close_keep_errno(ends[1]);
		return;
	}
	close_keep_errno(ends[1]);
	(void)await(reader, POLLIN, BARRIER_MS);
}

void notify_close(struct notify *notify)
{
	/* The pid for MAINPID is not known here: only the held message is sent. */
	while (notify->holds && !send_held(notify) && await(notify->host, POLLOUT, notify_left_ms(notify)))
		;
	if (notify->sent && !notify->timed_out)
		await_barrier(notify);
	if (notify->held)
		close_received(notify->held);
	free(notify->held);
	notify->held = NULL;
	close_fd(&notify->container);
	close_fd(&notify->host);
}
