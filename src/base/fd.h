/* File descriptors: reading and writing a whole text, passing, and closing inherited ones at the next execve(2). */
#pragma once

#include "base/error.h"

#include <dirent.h>
#include <stddef.h>

/* Reads until the end, at most max bytes, into a terminated buffer that the caller frees. name is for messages.
 * Errors: errno of read(2); EFBIG when there is more than max. */
int fd_read_all(int fd, const char *name, size_t max, char **ret_data, size_t *ret_length, struct error *err);

/* Writes all n bytes; retries after EINTR and short writes. Returns 0, or -1 with errno set. */
int fd_write_all(int fd, const char *data, size_t n);

/* Writes a short text, cut at 4096 bytes; unlike dprintf(3) it never allocates. Errors of write(2) are ignored. */
void fd_print(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Opens the directory name below dirfd for reading from its beginning; fails when the last component is a link. Returns
 * NULL with errno. */
DIR *fd_open_dir(int dirfd, const char *name);
/* The next entry but "." and "..". NULL with errno 0 at the end, with another errno after a failure. */
struct dirent *fd_next_entry(DIR *dir);

/* Opens /dev/null on each of 0, 1 and 2 that is closed: otherwise a later open(2) would get such a number, and its file
 * would be taken for stdio. */
int fd_fill_stdio(struct error *err);

/* Marks every fd from first on close-on-exec (close_range(2)), those too that the caller of this program left open. */
int fd_cloexec_from(unsigned int first, struct error *err);

/* Occupies each free number from first to end - 1 with an unused eventfd that is close-on-exec: otherwise a later
 * open(2) would get a number that is passed on to the program. All numbers below first have to be open. */
int fd_fill_gaps(int first, int end, struct error *err);

/* Connects to the unix socket at path, which may be longer than sun_path holds, relative to dirfd. type is SOCK_STREAM,
 * SOCK_SEQPACKET or SOCK_DGRAM, with SOCK_NONBLOCK if it is not to wait. connect(2), and later each send on the socket,
 * waits at most 10 seconds for the other side. Returns the socket, or -1 with errno set: ETIMEDOUT, EAGAIN with
 * SOCK_NONBLOCK. */
int fd_connect(int dirfd, const char *path, int type);

/* A listening unix socket called name in the directory dirfd. Returns the socket, or -1 with errno set. */
int fd_listen(int dirfd, const char *name, int type);

/* A datagram socket called name in the directory dirfd, which every user may write to. Returns the socket, or -1 with
 * errno set. */
int fd_bind_datagram(int dirfd, const char *name);

/* Connects a datagram socket to a path, or to "@name" in the abstract namespace. Returns the socket, or -1 with errno
 * set. */
int fd_connect_datagram(const char *address);

/* Sends data and one fd over a stream or connected datagram socket (SCM_RIGHTS). Returns 0, or -1 with errno set:
 * ETIMEDOUT when the other side does not read. */
int fd_send(int sock, const char *data, size_t n, int fd);
