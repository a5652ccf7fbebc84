/*
 * reach: what a hostile process tries, for tests/e2e/security.bats. Linked statically, it runs in a container as well as outside.
 *
 * usage: reach exe PATH...     tries to write to files through /proc/PID/exe links, in every way there is
 *        reach look PID...     tries to look into processes: their fds, root, working directory and memory
 *        reach swap A B        exchanges two names without end, until its parent is gone
 *
 * exe and look print a line for each thing that succeeded, "won: ...", and the number of attempts at the end.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

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

/* Opens through /proc/self/fd what was opened as a mere handle. */
static long reopen(int handle)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", handle);
	return open(path, O_RDWR);
}

static void try_exe(const char *path)
{
	int handle = open(path, O_PATH);
	long copy;

	if (handle < 0) {
		attempts++;
		return;
	}
	attempt("open for writing", path, open(path, O_WRONLY));
	attempt("open for appending", path, open(path, O_WRONLY | O_APPEND));
	attempt("truncate", path, truncate(path, 0));
	attempt("reopen for writing", path, reopen(handle));
	attempt("mount_setattr", path, writable(AT_FDCWD, path, 0));
	attempt("reopen after mount_setattr", path, reopen(handle));
	copy = syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (copy >= 0 && writable((int)copy, "", AT_EMPTY_PATH) == 0)
		attempt("reopen of a writable clone", path, reopen((int)copy));
	attempts++;
	close(handle);
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
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[1], "exe") == 0)
			try_exe(argv[i]);
		else
			look(argv[i]);
	}
	printf("attempts: %u\n", attempts);
	return EXIT_SUCCESS;
}
