/* passwd(5), without NSS: only the file is read, and no code of an image runs. */
#pragma once

#include "base/error.h"

#include <sys/types.h>

struct passwd_entry {
	const char *name;
	const char *home;
	char *text; /* the strings above point into it; the caller frees it */
};

/* Finds the user in the host's file at path. Errors: of open(2); EINVAL when it is no regular file; EFBIG when it is
 * larger than 1 MiB; ENOENT when it does not have the user. */
int passwd_find(const char *path, uid_t uid, struct passwd_entry *ret_entry, struct error *err);

/* passwd_find() for a file that is open already; name is for messages. */
int passwd_find_in(int fd, const char *name, uid_t uid, struct passwd_entry *ret_entry, struct error *err);
