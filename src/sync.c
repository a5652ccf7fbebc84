/* The channel between the host's process and init, which both use this code. It knows nothing of containers. */
#include "sync.h"

#include "base/cleanup.h"
#include "base/interrupt.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A message is this head, the detail of the error if there is one, and the text of the error. */
struct message_head {
	uint32_t type;
	int32_t number;
};

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
};

int sync_pair(int ret_ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_ends);
}

int sync_request_senders(int sock)
{
	const int on = 1;

	return setsockopt(sock, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
}

int sync_send(int sock, enum sync_type type, const struct error *error, int fd)
{
	struct message_head head = { .type = type, .number = error ? error->number : 0 };
	union control control = { 0 };
	struct iovec iov[3] = {
		{ .iov_base = &head, .iov_len = sizeof(head) },
		{ .iov_base = error ? (void *)(uintptr_t)&error->detail : NULL,
			.iov_len = error ? sizeof(error->detail) : 0 },
		{ .iov_base = error ? (void *)(uintptr_t)error->text : NULL,
			.iov_len = error ? strlen(error->text) : 0 },
	};
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 3 };
	ssize_t n;

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	}
	do
		n = sendmsg(sock, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

int sync_write(int sock, enum sync_type type, const struct error *error)
{
	struct message_head wire = { .type = type, .number = error ? error->number : 0 };
	char message[sizeof(wire) + sizeof(*error)];
	size_t size = sizeof(wire);
	ssize_t n;

	memcpy(message, &wire, sizeof(wire));
	if (error) {
		size_t length = strlen(error->text);

		memcpy(message + size, &error->detail, sizeof(error->detail));
		size += sizeof(error->detail);
		memcpy(message + size, error->text, length);
		size += length;
	}
	do
		n = write(sock, message, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

int sync_read(int sock, enum sync_type *ret_type)
{
	struct message_head wire;
	ssize_t n;

	/* What is longer loses its rest. */
	do
		n = read(sock, &wire, sizeof(wire));
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n <= 0)
		return (int)n;
	if ((size_t)n < sizeof(wire)) {
		errno = EBADMSG;
		return -1;
	}
	*ret_type = wire.type;
	return 1;
}

void sync_log(int sock, enum log_level level, const char *format, ...)
{
	struct error line = { .number = level };
	va_list args;

	if (!log_wants(level))
		return;
	va_start(args, format);
	vsnprintf(line.text, sizeof(line.text), format, args);
	va_end(args);
	(void)sync_write(sock, SYNC_LOG, &line);
}

/* Checks the error in a message of n bytes, and terminates its strings: the process that sent the message may be
 * controlled by an attacker. Returns -1 when the message is malformed. */
static int finish_error(struct error *error, size_t n)
{
	struct error_detail *detail = &error->detail;

	if (n == sizeof(struct message_head)) {
		*detail = (struct error_detail){ 0 };
		error->text[0] = '\0';
		return 0;
	}
	if (n < sizeof(struct message_head) + sizeof(*detail) || detail->code >= ERROR_CODE_COUNT)
		return -1;
	detail->phase[sizeof(detail->phase) - 1] = '\0';
	detail->operation[sizeof(detail->operation) - 1] = '\0';
	detail->object[sizeof(detail->object) - 1] = '\0';
	detail->hint[sizeof(detail->hint) - 1] = '\0';
	error->text[n - sizeof(struct message_head) - sizeof(*detail)] = '\0';
	return 0;
}

/* Reads the fd and the sender's pid from the control messages. */
static void read_control(struct msghdr *header, struct sync_message *message)
{
	message->fd = -1;
	message->sender = 0;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET)
			continue;
		if (part->cmsg_type == SCM_RIGHTS) {
			memcpy(&message->fd, CMSG_DATA(part), sizeof(int));
		} else if (part->cmsg_type == SCM_CREDENTIALS) {
			struct ucred sender;

			memcpy(&sender, CMSG_DATA(part), sizeof(sender));
			message->sender = sender.pid;
		}
	}
}

int sync_receive(int sock, struct sync_message *ret_message)
{
	struct message_head head;
	union control control = { 0 };
	struct sync_message *message = ret_message;
	struct iovec iov[3] = {
		{ .iov_base = &head, .iov_len = sizeof(head) },
		{ .iov_base = &message->error.detail, .iov_len = sizeof(message->error.detail) },
		{ .iov_base = message->error.text, .iov_len = sizeof(message->error.text) - 1 },
	};
	struct msghdr header = { .msg_iov = iov,
		.msg_iovlen = 3,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t n;

	/* ECONNRESET is reported once when the other process has ended without reading all its messages. What that
	 * process had sent can still be read after it. */
	do
		n = recvmsg(sock, &header, MSG_CMSG_CLOEXEC);
	while (n < 0 && ((errno == EINTR && !interrupt_noted()) || errno == ECONNRESET));
	if (n <= 0)
		return (int)n;
	read_control(&header, message);
	if ((size_t)n < sizeof(head) || finish_error(&message->error, (size_t)n) < 0) {
		close_fd(&message->fd);
		errno = EBADMSG;
		return -1;
	}
	message->type = head.type;
	message->error.number = head.number;
	return 1;
}

void sync_relay_log(const struct sync_message *message)
{
	log_text(message->error.number == LOG_LEVEL_DEBUG ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, message->error.text);
}

int sync_await(int sock, enum sync_type type, struct sync_message *ret_message, struct error *err)
{
	struct sync_message message;

	for (;;) {
		int n = sync_receive(sock, &message);

		if (n < 0)
			return error_set(err, errno, "cannot read from the channel to init");
		if (n == 0)
			return error_set(err, 0, "the container's init ended unexpectedly");
		if (message.type == type)
			break;
		close_fd(&message.fd);
		if (message.type == SYNC_ERROR) {
			*err = message.error;
			return -1;
		}
		if (message.type != SYNC_LOG)
			return error_set(err, 0, "unexpected message %d on the channel to init", (int)message.type);
		sync_relay_log(&message);
	}
	*ret_message = message;
	return 0;
}

int sync_expect(int sock, enum sync_type type, int *ret_fd, struct error *err)
{
	struct sync_message message = { .fd = -1 };

	if (sync_await(sock, type, &message, err) < 0)
		return -1;
	if (ret_fd)
		*ret_fd = message.fd;
	else
		close_fd(&message.fd);
	return 0;
}
