/* The channel between the host and init. Used by both sides, knows nothing of either. */
#include "sync.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

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
	struct iovec iov[2] = {
		{ .iov_base = &wire, .iov_len = sizeof(wire) },
		{ .iov_base = error ? (void *)(uintptr_t)error->text : NULL,
			.iov_len = error ? strlen(error->text) : 0 },
	};
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 2 };
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

int sync_receive(int sock, struct sync_message *ret_message)
{
	struct wire wire;
	union control control = { 0 };
	struct sync_message *message = ret_message;
	struct iovec iov[2] = {
		{ .iov_base = &wire, .iov_len = sizeof(wire) },
		{ .iov_base = message->error.text, .iov_len = sizeof(message->error.text) - 1 },
	};
	struct msghdr header = { .msg_iov = iov,
		.msg_iovlen = 2,
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
	if ((size_t)n < sizeof(wire)) {
		close_fd(&message->fd);
		errno = EBADMSG;
		return -1;
	}
	message->type = wire.type;
	message->error.number = wire.number;
	message->error.text[(size_t)n - sizeof(wire)] = '\0';
	return 1;
}

int sync_expect(int sock, enum sync_type type, void (*on_log)(const char *text), int *ret_fd, int *ret_number,
	struct error *err)
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
		if (message.type == SYNC_ERROR || message.type == SYNC_HOOK_ERROR) {
			*err = message.error;
			return -1;
		}
		if (message.type != SYNC_LOG)
			return error_set(err, 0, "unexpected message %d on the channel to init", (int)message.type);
		if (on_log)
			on_log(message.error.text);
	}
	if (ret_number)
		*ret_number = message.error.number;
	if (ret_fd)
		*ret_fd = message.fd;
	else
		close_fd(&message.fd);
	return 0;
}
