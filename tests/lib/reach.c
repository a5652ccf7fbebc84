/*
 * reach: what a hostile process tries, for tests/e2e/security.bats. Linked statically, it runs in a container as well
 * as outside.
 *
 * usage: reach exe PATH...     tries to write to files through /proc/PID/exe links, in every way there is; says
 * "waiting" once
 *                              it holds them, and tries again when the processes are gone
 *        reach look PID...     tries to look into processes: their fds, root, working directory and memory
 *        reach swap A B        exchanges two names without end, until its parent is gone
 *
 * exe and look print a line for each thing that succeeded, "won: ...", and the number of attempts at the end.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, PATIENCE = 200 };

static unsigned int attempts;

static void attempt(const char *how, const char *path, long result)
{
	attempts++;
	if (result >= 0)
		printf("won: %s of %s\n", how, path);
}

static long writable(int dirfd, const char *path, unsigned int at_flags)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };

	return syscall(SYS_mount_setattr, dirfd, path, at_flags, &attr, sizeof(attr));
}

/* Opens a file for writing through /proc/self/fd of an O_PATH handle. */
static long reopen(int handle)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", handle);
	return open(path, O_RDWR);
}

static void sleep_a_tenth(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 100L * 1000 * 1000 }, NULL);
}

/* Overwrites the first byte with itself: a sealed file can be opened for writing, but write(2) fails. */
static long rewrite(int handle)
{
	int fd = reopen(handle);
	char byte;

	if (fd < 0 || pread(fd, &byte, 1, 0) != 1)
		return -1;
	return pwrite(fd, &byte, 1, 0) == 1 ? 0 : -1;
}

/* Repeats for a while: a file that a process executes cannot be written. */
static long rewrite_patiently(int handle)
{
	long result = rewrite(handle);

	for (int i = 0; i < PATIENCE && result < 0 && errno == ETXTBSY; i++) {
		sleep_a_tenth();
		result = rewrite(handle);
	}
	return result;
}

/* Tries to write through the handle after the process has ended, when the file is not executed any more
 * (CVE-2019-5736). */
static void try_after_the_end(const char *path, int handle)
{
	for (int i = 0; i < PATIENCE && access(path, F_OK) == 0; i++)
		sleep_a_tenth();
	attempt("write after the end", path, rewrite_patiently(handle));
}

/* Returns a handle of the file, or -1. */
static int try_exe(const char *path)
{
	int handle = open(path, O_PATH);
	long copy;

	if (handle < 0)
		return -1;
	attempt("open for writing", path, open(path, O_WRONLY));
	attempt("open for appending", path, open(path, O_WRONLY | O_APPEND));
	attempt("truncate", path, truncate(path, 0));
	attempt("reopen for writing", path, reopen(handle));
	attempt("mount_setattr", path, writable(AT_FDCWD, path, 0));
	attempt("reopen after mount_setattr", path, reopen(handle));
	copy = syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (copy >= 0 && writable((int)copy, "", AT_EMPTY_PATH) == 0)
		attempt("reopen of a writable clone", path, reopen((int)copy));
	return handle;
}

static void try_exes(char *const *paths, int n)
{
	int *handles = calloc((size_t)n, sizeof(*handles));

	if (!handles)
		err(EXIT_FAILURE, "calloc");
	for (int i = 0; i < n; i++)
		handles[i] = try_exe(paths[i]);
	puts("waiting");
	fflush(stdout);
	for (int i = 0; i < n; i++) {
		if (handles[i] >= 0)
			try_after_the_end(paths[i], handles[i]);
	}
	free(handles);
}

static void try_open(const char *process, const char *name, int flags)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "/proc/%s/%s", process, name);
	attempt("open", path, open(path, flags));
}

static void look(const char *process)
{
	char path[PATH_SIZE];
	char target[PATH_SIZE];

	try_open(process, "root/", O_RDONLY);
	try_open(process, "cwd/", O_RDONLY);
	try_open(process, "exe", O_RDONLY);
	try_open(process, "mem", O_RDONLY);
	try_open(process, "environ", O_RDONLY);
	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/%s/fd/%d", process, fd);
		attempt("readlink", path, readlink(path, target, sizeof(target)));
	}
}

static void swap(const char *a, const char *b)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(EXIT_FAILURE, "expected what to do, and to what");
	if (strcmp(argv[1], "swap") == 0 && argc == 4)
		swap(argv[2], argv[3]);
	if (strcmp(argv[1], "exe") == 0)
		try_exes(argv + 2, argc - 2);
	for (int i = 2; i < argc && strcmp(argv[1], "look") == 0; i++)
		look(argv[i]);
	printf("attempts: %u\n", attempts);
	return EXIT_SUCCESS;
}
