/* passwd(5), without NSS: a file of a known place is read, and nothing of a container ever runs. */
#pragma once

#include "base/error.h"

#include <sys/types.h>

struct passwd_entry {
	const char *name;
	const char *home;
	char *text; /* what the two point into; freed by the caller */
};

/* Finds the user in the file at path: a regular file of at most 1 MiB, to which no magic link of a procfs leads.
 * Errors: of openat2(2); EINVAL, EFBIG for another file; ENOENT when it does not say. */
int passwd_find(const char *path, uid_t uid, struct passwd_entry *ret_entry, struct error *err);
