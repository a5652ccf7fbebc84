/* rtnetlink: requests byte by byte, complete and incomplete answers, and answers of the kernel. */
#include "base/netlink.h"

#include "base/child.h"
#include "base/cleanup.h"

#include "tap.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void test_request(void)
{
	static const unsigned char wanted[] = { 4, 0, 9, 0, 5, 0, 7, 0, 'x', 0, 0, 0 };
	static const char large[NETLINK_REQUEST_MAX];
	const uint32_t fixed = 0x00090004;
	struct netlink_request request;

	netlink_begin(&request, RTM_NEWADDR, NLM_F_EXCL, &fixed, sizeof(fixed));
	netlink_add(&request, 7, "x", 1);
	is_int(request.header.nlmsg_len, NLMSG_HDRLEN + sizeof(wanted), "a request counts its padding");
	ok(memcmp(request.bytes + NLMSG_HDRLEN, wanted, sizeof(wanted)) == 0,
		"an attribute is its length, its type and its data, and zeros up to four bytes");
	is_int(request.header.nlmsg_flags, NLM_F_REQUEST | NLM_F_EXCL, "a request says that it is one");
	netlink_add(&request, 8, large, sizeof(request.bytes) - request.header.nlmsg_len - NLA_HDRLEN);
	ok(!request.failed && request.header.nlmsg_len == sizeof(request.bytes), "a request can be full to the brim");
	netlink_add(&request, 9, "", 0);
	ok(request.failed && request.header.nlmsg_len == sizeof(request.bytes), "one more attribute does not fit");
	errno = 0;
	ok(netlink_ask(-1, &request, NULL) < 0 && errno == EMSGSIZE, "what did not fit is not asked");
	netlink_begin(&request, RTM_NEWADDR, 0, large, sizeof(large));
	ok(request.failed, "a fixed part that is too long does not fit");
}

/* A message with a fixed part of four bytes and one attribute, "abc". */
struct sample {
	struct nlmsghdr header;
	uint32_t fixed;
	struct nlattr attribute;
	char data[4];
};

static struct sample sample(uint16_t type, uint32_t sequence)
{
	return (struct sample){
		.header = { .nlmsg_len = sizeof(struct sample), .nlmsg_type = type, .nlmsg_seq = sequence },
		.fixed = 42,
		.attribute = { .nla_len = NLA_HDRLEN + 4, .nla_type = 3 },
		.data = "abc",
	};
}

static void test_walk(void)
{
	struct sample two[2] = { sample(RTM_NEWLINK, 0), sample(RTM_NEWADDR, 0) };
	const struct text answer = { .s = (char *)two, .n = sizeof(two) };
	const struct text part = { .s = (char *)two, .n = sizeof(two) - 1 };
	const struct text none = { 0 };
	const struct nlmsghdr *message;
	size_t offset = 0;
	size_t size = 0;

	message = netlink_next(&answer, &offset);
	ok(message && message->nlmsg_type == RTM_NEWLINK, "the first message comes first");
	message = netlink_next(&answer, &offset);
	ok(message && message->nlmsg_type == RTM_NEWADDR, "then the second");
	ok(!netlink_next(&answer, &offset), "and then no more");
	is_str(netlink_attribute(message, 4, 3, &size), "abc", "an attribute is found");
	is_int((long long)size, 4, "with its length");
	ok(!netlink_attribute(message, 4, 4, &size), "and none that is not there");
	ok(netlink_fixed(message, 4) && !netlink_fixed(message, sizeof(two)), "a fixed part is there or is not");
	offset = 0;
	ok(netlink_next(&part, &offset) && !netlink_next(&part, &offset), "a message that is cut off is none");
	offset = 0;
	ok(!netlink_next(&none, &offset), "an empty answer has no message");
	two[0].header.nlmsg_len = sizeof(struct nlmsghdr) - 1;
	offset = 0;
	ok(!netlink_next(&answer, &offset), "nor has one with a message shorter than its head");
	two[1].attribute.nla_len = NLA_HDRLEN + 5;
	ok(!netlink_attribute(&two[1].header, 4, 3, &size), "an attribute that ends behind its message is none");
	two[1].attribute.nla_len = NLA_HDRLEN - 1;
	ok(!netlink_attribute(&two[1].header, 4, 4, &size), "nor is one shorter than its head");
	two[1].attribute = (struct nlattr){ .nla_len = NLA_HDRLEN + 4, .nla_type = 3 | NLA_F_NESTED };
	is_str(netlink_attribute(&two[1].header, 4, 3, &size), "abc", "flags are not part of the type");
}

/* A message that the played kernel answers. Its sequence number is that of the request plus `stray`. */
struct saying {
	uint16_t type;
	uint16_t flags;
	int number; /* of NLMSG_ERROR and NLMSG_DONE */
	uint32_t stray;
};

/* Plays the kernel in a child: answers each request with the sayings up to the next one of type 0. Returns the test's
 * end of the socket. */
static int play(const struct saying *sayings, size_t n, pid_t *ret_pid)
{
	int ends[2] = { -1, -1 };
	struct netlink_request request;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	*ret_pid = fork();
	if (*ret_pid != 0) {
		close(ends[1]);
		return ends[0];
	}
	close(ends[0]);
	for (size_t i = 0; i < n && read(ends[1], request.bytes, sizeof(request.bytes)) > 0; i++) {
		for (; i < n && sayings[i].type != 0; i++) {
			struct sample message = sample(sayings[i].type, request.header.nlmsg_seq + sayings[i].stray);

			message.header.nlmsg_flags = sayings[i].flags;
			if (message.header.nlmsg_type == NLMSG_ERROR || message.header.nlmsg_type == NLMSG_DONE)
				message.fixed = (uint32_t)sayings[i].number;
			if (write(ends[1], &message, sizeof(message)) < 0)
				_exit(1);
		}
	}
	_exit(0);
}

/* Asks the played kernel. Returns the number of messages in the answer, or -errno. */
static int ask(const struct saying *sayings, size_t n, uint16_t flags)
{
	cleanup_text struct text answer = { 0 };
	struct netlink_request request;
	int messages = 0;
	size_t offset = 0;
	pid_t pid = -1;
	int sock = play(sayings, n, &pid);
	int code;

	netlink_begin(&request, RTM_GETLINK, flags, NULL, 0);
	if (netlink_ask(sock, &request, &answer) < 0)
		messages = -errno;
	while (messages >= 0 && netlink_next(&answer, &offset))
		messages++;
	close(sock);
	child_wait(pid, &code);
	return messages;
}

static void test_conversation(void)
{
	static const struct saying done[] = { { RTM_NEWLINK, 0, 0, 0 }, { NLMSG_ERROR, 0, 0, 0 } };
	static const struct saying refused[] = { { NLMSG_ERROR, 0, -ENODEV, 0 } };
	static const struct saying stray[] = { { NLMSG_ERROR, 0, -EPERM, 1 }, { RTM_NEWLINK, 0, 0, 1 },
		{ NLMSG_ERROR, 0, 0, 0 } };
	static const struct saying dump[] = { { RTM_NEWLINK, NLM_F_MULTI, 0, 0 }, { RTM_NEWLINK, NLM_F_MULTI, 0, 0 },
		{ NLMSG_DONE, NLM_F_MULTI, 0, 0 } };
	static const struct saying disturbed[] = { { RTM_NEWLINK, NLM_F_MULTI | NLM_F_DUMP_INTR, 0, 0 },
		{ NLMSG_DONE, NLM_F_MULTI, 0, 0 }, { 0 }, { RTM_NEWLINK, NLM_F_MULTI, 0, 0 },
		{ NLMSG_DONE, NLM_F_MULTI, 0, 0 } };
	static const struct saying failed[] = { { NLMSG_DONE, NLM_F_MULTI, -ENOMEM, 0 } };

	is_int(ask(done, 2, 0), 1, "an answer ends with the acknowledgement, which is not part of it");
	is_int(ask(refused, 1, 0), -ENODEV, "a refusal is its errno");
	is_int(ask(stray, 3, 0), 0, "what belongs to another request is skipped");
	is_int(ask(dump, 3, NLM_F_DUMP), 2, "a dump ends where it says so");
	is_int(ask(disturbed, 5, NLM_F_DUMP), 1, "a dump that was disturbed is asked for again");
	is_int(ask(failed, 1, NLM_F_DUMP), -ENOMEM, "a dump may fail at its end");
	is_int(ask(done, 1, 0), -EBADMSG, "a kernel that hangs up is an error");
}

static void test_kernel(void)
{
	const struct ifinfomsg all = { .ifi_family = AF_UNSPEC };
	cleanup_fd int sock = netlink_open();
	cleanup_text struct text answer = { 0 };
	struct netlink_request request;
	const struct nlmsghdr *message;
	bool found = false;
	size_t offset = 0;

	ok(sock >= 0, "the kernel has routing sockets");
	netlink_begin(&request, RTM_GETLINK, 0, &all, sizeof(all));
	netlink_add(&request, IFLA_IFNAME, "lo", sizeof("lo"));
	is_int(netlink_ask(sock, &request, &answer), 0, "it knows the loopback device");
	message = netlink_next(&answer, &offset);
	is_int(message ? ((const struct ifinfomsg *)netlink_fixed(message, sizeof(all)))->ifi_index : 0, 1,
		"which is the first one");
	netlink_begin(&request, RTM_GETLINK, 0, &all, sizeof(all));
	netlink_add(&request, IFLA_IFNAME, "no such device", sizeof("no such device"));
	ok(netlink_ask(sock, &request, NULL) < 0 && errno == ENODEV, "it does not know one that is not there");
	text_free(&answer);
	netlink_begin(&request, RTM_GETLINK, NLM_F_DUMP, &all, sizeof(all));
	is_int(netlink_ask(sock, &request, &answer), 0, "it lists all devices");
	for (offset = 0; (message = netlink_next(&answer, &offset));) {
		size_t size;
		const char *name = netlink_attribute(message, sizeof(all), IFLA_IFNAME, &size);

		found = found || (name && strcmp(name, "lo") == 0);
	}
	ok(found, "and the loopback device is among them");
}

int main(void)
{
	test_request();
	test_walk();
	test_conversation();
	test_kernel();
	return done();
}
