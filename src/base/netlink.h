/* rtnetlink(7): requests to the kernel about network devices and addresses. The caller builds a request, sends it with
 * netlink_ask() and reads the messages of the answer, whose meaning is not known here. */
#pragma once

#include "base/text.h"

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NETLINK_REQUEST_MAX = 512 };

/* One request. When an attribute does not fit, failed is set, and netlink_ask() fails with EMSGSIZE. */
struct netlink_request {
	bool failed;
	union {
		struct nlmsghdr header;
		unsigned char bytes[NETLINK_REQUEST_MAX];
	};
};

/* Opens a socket in the calling process's network namespace. The socket stays in that namespace, whichever process uses
 * it later. Returns the socket, or -1 with errno. */
int netlink_open(void);

/* Begins a request of a type (RTM_*) with its fixed part. flags are NLM_F_*; netlink_ask() adds NLM_F_REQUEST and
 * NLM_F_ACK. */
void netlink_begin(struct netlink_request *request, uint16_t type, uint16_t flags, const void *fixed, size_t size);

/* Appends an attribute. */
void netlink_add(struct netlink_request *request, uint16_t type, const void *data, size_t size);

/* Sends the request and waits for the whole answer. The messages of the answer are appended to *answer; NULL drops
 * them. A dump is requested again when the kernel's table changed during it. Returns 0, or -1 with errno: that of the
 * kernel's answer; EMSGSIZE for a request or an answer that is too long; ENOMEM; EINTR when the table changed during
 * each dump. */
int netlink_ask(int sock, struct netlink_request *request, struct text *answer);

/* Returns the message at *offset of an answer and moves *offset behind it; NULL at the end. */
const struct nlmsghdr *netlink_next(const struct text *answer, size_t *offset);

/* The fixed part of a message, or NULL when the message has fewer than size bytes of it. */
const void *netlink_fixed(const struct nlmsghdr *message, size_t size);

/* The first attribute of a type behind a fixed part of that size, and its length; NULL when there is none. */
const void *netlink_attribute(const struct nlmsghdr *message, size_t fixed, uint16_t type, size_t *ret_size);
