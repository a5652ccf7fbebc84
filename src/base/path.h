/* Paths below a root that may be hostile. Once a root fd exists no path is resolved any other way.
 *
 * Two questions, two families. path_in_root_*: "where does the image say this is?": symlinks are followed, but never
 * out of the root, and missing parts are made (CVE-2019-18837, CVE-2021-30465, CVE-2024-45310). path_strict_*: "is it
 * exactly here?": no symlink, no magic link, no way up (CVE-2025-31133, CVE-2026-41579). All of them return O_PATH or
 * opened fds, close-on-exec; what follows works on the fd and never on the path again. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Opens path inside root. flags as open(2); never with O_CREAT. Errors: of openat2(2), EAGAIN after 50 ms of
 * retries. */
int path_in_root_open(int root, const char *path, int flags, struct error *err);

enum path_kind {
	PATH_DIRECTORY,
	PATH_FILE, /* an empty regular file */
};

/* Opens path inside root with O_PATH, after making what is missing: directories of mode 0755, and at the end a
 * directory or an empty file. Dangling symlinks are completed inside the root. Errors: ELOOP after 40 links, ENOTDIR
 * and EISDIR when what is there is of the other kind. */
int path_in_root_make(int root, const char *path, enum path_kind kind, struct error *err);

/* The same two, with O_PATH, for what is going to be covered by a mount and so may not be the root itself: who has an
 * fd of the root would stay below that mount, and who comes by name would be above it. A path that links lead to the
 * root is an error with the number 0. */
int path_below_root_open(int root, const char *path, struct error *err);
int path_below_root_make(int root, const char *path, enum path_kind kind, struct error *err);

/* Opens path beneath dirfd, which may not contain symlinks, magic links or "..". */
int path_strict_open(int dirfd, const char *path, int flags, struct error *err);

/* Opens with O_PATH the directory that holds path, making missing directories (0755), none of them a symlink. *ret_name
 * points at the last component inside path. Errors: ELOOP for a symlink. */
int path_strict_parent(int root, const char *path, const char **ret_name, struct error *err);

/* Removes "//", "." and ".." (never above "/") from an absolute or relative path; the result is absolute, and the
 * caller frees it. NULL when memory ran out. */
char *path_normalise(const char *path);

/* True when the path is prefix or below it; both normalised. */
bool path_is_below(const char *path, const char *prefix);

/* True when both fds are the same file: device and inode. False with errno when one cannot be asked. */
bool path_same_file(int a, int b);

/* True when they are so on the same mount, too. */
bool path_same_place(int a, int b);

/* The number of the mount that fd lies on, as in proc_pid_mountinfo(5). -1 with errno. */
int path_mount_id(int fd);
