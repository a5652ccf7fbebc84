/* rtnetlink(7): questions and orders to the kernel about network devices and addresses. A request is built, asked, and
 * its answer walked; what the messages mean is the caller's. */
#pragma once

#include "base/text.h"

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NETLINK_REQUEST_MAX = 512 };

/* One request. Once something does not fit, failed stays set and asking fails with EMSGSIZE. */
struct netlink_request {
	bool failed;
	union {
		struct nlmsghdr header;
		unsigned char bytes[NETLINK_REQUEST_MAX];
	};
};

/* Opens a socket to the caller's network namespace, to which it belongs from then on, whoever uses it and wherever he
 * is. Returns it, or -1 with errno. */
int netlink_open(void);

/* Begins a request of a type (RTM_*) with its fixed part. flags are NLM_F_* besides those that netlink_ask() adds. */
void netlink_begin(struct netlink_request *request, uint16_t type, uint16_t flags, const void *fixed, size_t size);

/* Appends an attribute. */
void netlink_add(struct netlink_request *request, uint16_t type, const void *data, size_t size);

/* Sends the request and waits for all that the kernel has to say. The messages of the answer are appended to *answer,
 * which is NULL where none is wanted. A dump that changed under way is asked for once more. Returns 0, or -1 with
 * errno: the kernel's own, EMSGSIZE for a request or answer that is too long, ENOMEM, EINTR for a dump that changes all
 * the time. */
int netlink_ask(int sock, struct netlink_request *request, struct text *answer);

/* The message at *offset of an answer, which moves behind it; NULL at the end. */
const struct nlmsghdr *netlink_next(const struct text *answer, size_t *offset);

/* The fixed part of a message, or NULL when it is shorter than that. */
const void *netlink_fixed(const struct nlmsghdr *message, size_t size);

/* The first attribute of a type behind a fixed part of that size, and its length; NULL when there is none. */
const void *netlink_attribute(const struct nlmsghdr *message, size_t fixed, uint16_t type, size_t *ret_size);
