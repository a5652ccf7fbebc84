/* rtnetlink: building, asking, walking. Runs on both sides. A length in a message is checked against the number of
 * bytes that were received. */
#include "base/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
	RECEIVE_MAX = 32 * 1024, /* the most that the kernel puts in one message of a dump */
	DUMP_TRIES = 8,
};

int netlink_open(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

/* Appends bytes behind the request, which stays aligned. */
static void append(struct netlink_request *request, const void *data, size_t size)
{
	size_t length = request->header.nlmsg_len;

	if (request->failed || size > sizeof(request->bytes) - length) {
		request->failed = true;
		return;
	}
	if (size > 0)
		memcpy(request->bytes + length, data, size);
	length += NLMSG_ALIGN(size);
	request->header.nlmsg_len = (uint32_t)length;
}

void netlink_begin(struct netlink_request *request, uint16_t type, uint16_t flags, const void *fixed, size_t size)
{
	*request = (struct netlink_request){ 0 };
	request->header = (struct nlmsghdr){
		.nlmsg_len = NLMSG_HDRLEN,
		.nlmsg_type = type,
		.nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST),
	};
	append(request, fixed, size);
}

void netlink_add(struct netlink_request *request, uint16_t type, const void *data, size_t size)
{
	struct nlattr header = { .nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = type };

	/* The header and its data are appended together or not at all. */
	if (size > NETLINK_REQUEST_MAX || NLA_HDRLEN + size > sizeof(request->bytes) - request->header.nlmsg_len)
		request->failed = true;
	append(request, &header, sizeof(header));
	append(request, data, size);
}

/* Receives one datagram of the kernel. Datagrams of other senders, which can also reach the socket, are dropped. */
static ssize_t receive(int sock, void *buffer, size_t size)
{
	struct sockaddr_nl from;
	struct iovec iov = { .iov_base = buffer, .iov_len = size };
	struct msghdr header = { .msg_name = &from, .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	do {
		from = (struct sockaddr_nl){ 0 };
		header.msg_namelen = sizeof(from);
		n = recvmsg(sock, &header, 0);
	} while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0));
	if (n >= 0 && header.msg_flags & MSG_TRUNC) {
		errno = EMSGSIZE;
		return -1;
	}
	return n;
}

const struct nlmsghdr *netlink_next(const struct text *answer, size_t *offset)
{
	size_t left = answer->n - *offset;
	const struct nlmsghdr *message;

	if (!answer->s || *offset > answer->n || left < sizeof(*message))
		return NULL;
	message = (const void *)(answer->s + *offset);
	if (message->nlmsg_len < sizeof(*message) || message->nlmsg_len > left)
		return NULL;
	*offset += NLMSG_ALIGN(message->nlmsg_len) < left ? NLMSG_ALIGN(message->nlmsg_len) : left;
	return message;
}

const void *netlink_fixed(const struct nlmsghdr *message, size_t size)
{
	return message->nlmsg_len >= NLMSG_HDRLEN + size ? (const char *)message + NLMSG_HDRLEN : NULL;
}

const void *netlink_attribute(const struct nlmsghdr *message, size_t fixed, uint16_t type, size_t *ret_size)
{
	const char *bytes = (const char *)message;
	size_t offset = NLMSG_HDRLEN + NLMSG_ALIGN(fixed);
	struct nlattr header;

	while (offset + sizeof(header) <= message->nlmsg_len) {
		memcpy(&header, bytes + offset, sizeof(header));
		if (header.nla_len < NLA_HDRLEN || header.nla_len > message->nlmsg_len - offset)
			return NULL;
		if ((header.nla_type & NLA_TYPE_MASK) == type) {
			*ret_size = header.nla_len - (size_t)NLA_HDRLEN;
			return bytes + offset + NLA_HDRLEN;
		}
		offset += NLA_ALIGN(header.nla_len);
	}
	return NULL;
}

/* Tells from one message whether the answer is complete: 1 when more messages follow, 0 for success, -1 with errno when
 * the kernel refuses the request. */
static int last_word(const struct nlmsghdr *message)
{
	const int *number = netlink_fixed(message, sizeof(*number));

	if (message->nlmsg_type != NLMSG_ERROR && message->nlmsg_type != NLMSG_DONE)
		return 1;
	if (!number || *number == 0)
		return 0;
	errno = -*number;
	return -1;
}

/* Reads the messages of one datagram: 1 when more follow, 0 at the end of the answer, -1 with errno. */
static int read_datagram(const struct text *datagram, uint32_t sequence, struct text *answer, bool *ret_disturbed)
{
	const struct nlmsghdr *message;
	size_t offset = 0;
	int more = 1;

	while (more == 1 && (message = netlink_next(datagram, &offset))) {
		/* A message of an earlier request, whose answer was not read to its end. */
		if (message->nlmsg_seq != sequence)
			continue;
		*ret_disturbed = *ret_disturbed || message->nlmsg_flags & NLM_F_DUMP_INTR;
		more = last_word(message);
		if (more != 1 || !answer)
			continue;
		text_add_bytes(answer, (const char *)message, message->nlmsg_len);
		text_add_bytes(answer, "\0\0\0", NLMSG_ALIGN(message->nlmsg_len) - message->nlmsg_len);
	}
	if (offset == 0) {
		errno = EBADMSG;
		return -1;
	}
	return more;
}

/* Collects an answer. Sets *ret_disturbed when the kernel's table changed during the dump, which makes it
 * inconsistent. */
static int collect(int sock, uint32_t sequence, struct text *answer, bool *ret_disturbed)
{
	_Alignas(struct nlmsghdr) char buffer[RECEIVE_MAX];
	int more = 1;

	while (more == 1) {
		ssize_t n = receive(sock, buffer, sizeof(buffer));
		const struct text datagram = { .s = buffer, .n = n < 0 ? 0 : (size_t)n };

		if (n < 0)
			return -1;
		more = read_datagram(&datagram, sequence, answer, ret_disturbed);
	}
	if (more == 0 && answer && answer->failed) {
		errno = ENOMEM;
		return -1;
	}
	return more;
}

int netlink_ask(int sock, struct netlink_request *request, struct text *answer)
{
	size_t before = answer ? answer->n : 0;
	struct nlmsghdr *header = &request->header;
	bool is_dump = (header->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;

	if (request->failed) {
		errno = EMSGSIZE;
		return -1;
	}
	/* A dump ends with NLMSG_DONE; other requests are answered with an acknowledgement. */
	if (!is_dump)
		header->nlmsg_flags |= NLM_F_ACK;
	for (int i = 0; i < DUMP_TRIES; i++) {
		bool disturbed = false;
		struct timespec now;
		ssize_t n;

		clock_gettime(CLOCK_MONOTONIC, &now);
		header->nlmsg_seq = (uint32_t)now.tv_nsec;
		do
			n = send(sock, request->bytes, header->nlmsg_len, MSG_NOSIGNAL);
		while (n < 0 && errno == EINTR);
		if (n < 0 || collect(sock, header->nlmsg_seq, answer, &disturbed) < 0)
			return -1;
		if (!is_dump || !disturbed)
			return 0;
		if (answer)
			answer->n = before;
	}
	errno = EINTR;
	return -1;
}
