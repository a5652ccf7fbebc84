/* Ownership by scope: a variable with one of these attributes releases what it holds when it goes out of scope, and
 * take_fd() and take_ptr() hand it over. Cleaning up keeps errno. */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define cleanup_fd   __attribute__((cleanup(cleanup_close)))
#define cleanup_free __attribute__((cleanup(cleanup_free_pointer)))
#define cleanup_dir  __attribute__((cleanup(cleanup_closedir)))

/* Closes an fd that is not negative. close(2) is never retried: on Linux the fd is gone even after EINTR. */
static inline void close_keep_errno(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

static inline void cleanup_close(const int *fd)
{
	close_keep_errno(*fd);
}

static inline void cleanup_free_pointer(void *pointer)
{
	int saved = errno;

	free(*(void **)pointer);
	errno = saved;
}

static inline void cleanup_closedir(DIR **dir)
{
	int saved = errno;

	if (*dir)
		closedir(*dir);
	errno = saved;
}

/* Returns *fd and sets *fd to -1: the caller owns the file descriptor now. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Closes *fd and sets *fd to -1. */
static inline void close_fd(int *fd)
{
	close_keep_errno(take_fd(fd));
}

/* Returns the pointer and sets the variable to NULL. */
#define take_ptr(pointer)                       \
	({                                      \
		__auto_type taken_ = (pointer); \
		(pointer) = NULL;               \
		taken_;                         \
	})
