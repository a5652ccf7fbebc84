/* passwd(5), without NSS: a file of a known place is read, and nothing of a container ever runs. */
#pragma once

#include "base/error.h"

#include <sys/types.h>

struct passwd_entry {
	const char *name;
	const char *home;
	char *text; /* what the two point into; freed by the caller */
};

/* Finds the user in the host's own file at path, of at most 1 MiB. Errors: of open(2); EINVAL, EFBIG for another file;
 * ENOENT when it does not say. */
int passwd_find(const char *path, uid_t uid, struct passwd_entry *ret_entry, struct error *err);

/* The same for a file that is open already; name is for messages. */
int passwd_find_in(int fd, const char *name, uid_t uid, struct passwd_entry *ret_entry, struct error *err);
