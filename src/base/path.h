/* Paths below a root whose files may have been made by an attacker. Once a root fd exists, paths are resolved only by
 * these functions.
 *
 * There are two families. path_in_root_* and path_below_root_* follow symlinks as the image has them, but never out of
 * the root (CVE-2019-18837, CVE-2021-30465, CVE-2024-45310). path_strict_* follow no symlink, no magic link and no ".."
 * (CVE-2025-31133, CVE-2026-41579). All return O_PATH or opened fds, close-on-exec; the caller goes on with the fd and
 * does not use the path again. */
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
 * directory or an empty file. Dangling symlinks are completed inside the root. Errors: ELOOP after 40 links; ENOTDIR
 * and EISDIR when the file at path is of the other kind. */
int path_in_root_make(int root, const char *path, enum path_kind kind, struct error *err);

/* path_in_root_open() with O_PATH and path_in_root_make(), for a mount point, which must not be the root itself: a
 * process with an fd of the root would stay below that mount, and one that resolves a path would be above it. A path
 * whose links lead to the root is an error with the number 0. */
int path_below_root_open(int root, const char *path, struct error *err);
int path_below_root_make(int root, const char *path, enum path_kind kind, struct error *err);

/* Opens path beneath dirfd, which may not contain symlinks, magic links or "..". */
int path_strict_open(int dirfd, const char *path, int flags, struct error *err);

/* Opens with O_PATH the directory that holds path, making missing directories (0755), none of them a symlink. *ret_name
 * points at the last component inside path. Errors: ELOOP for a symlink. */
int path_strict_parent(int root, const char *path, const char **ret_name, struct error *err);

/* Removes "//", "." and ".." from an absolute or relative path; ".." of "/" is "/". The result is absolute, and the
 * caller frees it. NULL when memory ran out. */
char *path_normalise(const char *path);

/* True when the path is prefix or below it; both normalised. */
bool path_is_below(const char *path, const char *prefix);

/* True when both fds are the same file: device and inode. Returns false with errno when fstat(2) fails for one. */
bool path_same_file(int a, int b);

/* True when both fds are the same file on the same mount. */
bool path_same_file_and_mount(int a, int b);

/* The number of the mount that fd lies on, as in proc_pid_mountinfo(5). -1 with errno. */
int path_mount_id(int fd);
