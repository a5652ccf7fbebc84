/* A directory for one test: scratch_open() makes it below /tmp, scratch_close() removes it with its contents. */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char scratch_path[] = "/tmp/unit-test-XXXXXX";

/* Returns an fd of the directory, or ends the program. */
static inline int scratch_open(void)
{
	int fd = mkdtemp(scratch_path) ? open(scratch_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0) {
		perror("cannot make a directory in /tmp");
		exit(EXIT_FAILURE);
	}
	return fd;
}

static inline int scratch_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void scratch_close(int fd)
{
	close(fd);
	nftw(scratch_path, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
}
