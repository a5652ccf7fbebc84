/* The channel between the host and init. Used by both sides, knows nothing of either. */
#include "sync.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* A message begins with this, goes on with the detail if it has an error, and ends with the error's text. */
struct wire {
	uint32_t type;
	int32_t number;
};

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

int sync_pair(int ret_ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_ends);
}

int sync_send(int sock, enum sync_type type, const struct error *error, int fd)
{
	struct wire wire = { .type = type, .number = error ? error->number : 0 };
	union control control = { 0 };
	struct iovec iov[3] = {
		{ .iov_base = &wire, .iov_len = sizeof(wire) },
		{ .iov_base = error ? (void *)(uintptr_t)&error->detail : NULL,
			.iov_len = error ? sizeof(error->detail) : 0 },
		{ .iov_base = error ? (void *)(uintptr_t)error->text : NULL,
			.iov_len = error ? strlen(error->text) : 0 },
	};
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 3 };
	ssize_t n;

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
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

void sync_log(int sock, enum log_level level, const char *format, ...)
{
	struct error said = { .number = level };
	va_list args;

	if (!log_wants(level))
		return;
	va_start(args, format);
	vsnprintf(said.text, sizeof(said.text), format, args);
	va_end(args);
	(void)sync_send(sock, SYNC_LOG, &said, -1);
}

/* The error of a message of n bytes, made safe to read: whoever sent it may have been overwritten. */
static int finish_error(struct error *error, size_t n)
{
	struct error_detail *detail = &error->detail;

	if (n == sizeof(struct wire)) {
		*detail = (struct error_detail){ 0 };
		error->text[0] = '\0';
		return 0;
	}
	if (n < sizeof(struct wire) + sizeof(*detail) || detail->code >= ERROR_CODE_COUNT)
		return -1;
	detail->phase[sizeof(detail->phase) - 1] = '\0';
	detail->operation[sizeof(detail->operation) - 1] = '\0';
	detail->object[sizeof(detail->object) - 1] = '\0';
	detail->hint[sizeof(detail->hint) - 1] = '\0';
	error->text[n - sizeof(struct wire) - sizeof(*detail)] = '\0';
	return 0;
}

int sync_receive(int sock, struct sync_message *ret_message)
{
	struct wire wire;
	union control control = { 0 };
	struct sync_message *message = ret_message;
	struct iovec iov[3] = {
		{ .iov_base = &wire, .iov_len = sizeof(wire) },
		{ .iov_base = &message->error.detail, .iov_len = sizeof(message->error.detail) },
		{ .iov_base = message->error.text, .iov_len = sizeof(message->error.text) - 1 },
	};
	struct msghdr header = { .msg_iov = iov,
		.msg_iovlen = 3,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *passed;
	ssize_t n;

	/* A reset is told once, when the other side ended without reading all: what it said before is still there. */
	do
		n = recvmsg(sock, &header, MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n <= 0)
		return (int)n;
	message->fd = -1;
	passed = CMSG_FIRSTHDR(&header);
	if (passed && passed->cmsg_level == SOL_SOCKET && passed->cmsg_type == SCM_RIGHTS)
		memcpy(&message->fd, CMSG_DATA(passed), sizeof(int));
	if ((size_t)n < sizeof(wire) || finish_error(&message->error, (size_t)n) < 0) {
		close_fd(&message->fd);
		errno = EBADMSG;
		return -1;
	}
	message->type = wire.type;
	message->error.number = wire.number;
	return 1;
}

int sync_expect(int sock, enum sync_type type, int *ret_fd, int *ret_number, struct error *err)
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
		log_text(message.error.number == LOG_LEVEL_DEBUG ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING,
			message.error.text);
	}
	if (ret_number)
		*ret_number = message.error.number;
	if (ret_fd)
		*ret_fd = message.fd;
	else
		close_fd(&message.fd);
	return 0;
}
