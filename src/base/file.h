/* Small files, always relative to a directory fd: read whole, written whole, replaced atomically. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads the regular file name below dirfd, at most max bytes, into a terminated buffer that the caller frees. Opening a
 * fifo does not wait. Errors: of open(2); EFBIG; EINVAL for other kinds of files. */
int file_read(int dirfd, const char *name, size_t max, char **ret_data, size_t *ret_length, struct error *err);

/* file_read() for a file that the user has named, which may be a pipe: reads until the writers have closed it. */
int file_read_named(int dirfd, const char *name, size_t max, char **ret_data, size_t *ret_length, struct error *err);

/* Reads a kernel file (cgroup, proc) that fits in size - 1 bytes, without its final newline. Returns 0, or -1 with
 * errno. */
int file_read_line(int dirfd, const char *name, char *buffer, size_t size);

/* Reads a kernel file with one number; "max", which cgroup files use, becomes UINT64_MAX. Returns false when there is
 * no file, or no number in it. */
bool file_read_number(int dirfd, const char *name, uint64_t *ret_number);

/* Reads the number of a key from a kernel file of lines such as "oom_kill 3". Returns 0 when there is no file, or no such
 * line in it. */
uint64_t file_read_key(int dirfd, const char *name, const char *key);

/* Writes value to an existing file with one write(2), which kernel files require. Returns 0, or -1 with errno. */
int file_write(int dirfd, const char *name, const char *value);

/* Takes the lock of flock(2) on fd and waits for it at most timeout_ms milliseconds. The time is limited by SIGALRM:
 * its action and the signal mask are restored at the end; a SIGALRM from elsewhere that comes meanwhile is lost.
 * Returns 0, or -1 with errno: ETIMEDOUT when the time is over. */
int file_lock(int fd, long timeout_ms);

/* Writes a temporary file in dirfd and renames it over name: a reader sees either the whole old text or the whole new
 * one. */
int file_replace(int dirfd, const char *name, mode_t mode, const void *data, size_t n, struct error *err);
