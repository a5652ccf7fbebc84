/*
 * neighbour: a hostile process with CAP_SYS_PTRACE that looks into every process of its pid namespace as soon as it
 * shows up, for tests/e2e/shared_pids.bats. Linked statically, it runs in a container.
 *
 * usage: neighbour SECRET FILE CAPABILITIES STOP [sanitized]
 *
 * SECRET is a text that only the host's side knows: in the environment of whoever calls the runtime, in its arguments,
 * in the configuration, and in FILE, a file of the host. CAPABILITIES is the mask, in hexadecimal, of those that a
 * program here may have. It prints a line for each thing that it should not have got, "won: ...", until the file STOP
 * is there, and then how many processes it looked at.
 * A runtime that is "sanitized" has all of its memory in each process: that is not looked at.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BUFFER = 1024 * 1024, FDS = 32 };

static const char *secret;
static const char *file;
static unsigned long long allowed;
static bool sanitized;
static char buffer[BUFFER + 1];

static void won(const char *what, pid_t pid)
{
	printf("won: %s of %d\n", what, pid);
	fflush(stdout);
}

/* Reads a file of /proc/PID into the buffer; its length, or -1. */
static ssize_t slurp(pid_t pid, const char *name)
{
	char path[4096];
	ssize_t length = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return -1;
	while (length < BUFFER && (n = read(fd, buffer + length, (size_t)(BUFFER - length))) > 0)
		length += n;
	buffer[length] = '\0';
	close(fd);
	return length;
}

static bool knows_secret(ssize_t length)
{
	return length > 0 && memmem(buffer, (size_t)length, secret, strlen(secret));
}

static void look_at_rights(pid_t pid)
{
	static const char *const sets[] = { "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:" };

	if (slurp(pid, "status") <= 0)
		return;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		const char *line = strstr(buffer, sets[i]);

		if (line && strtoull(line + strlen(sets[i]), NULL, 16) & ~allowed)
			won(sets[i], pid);
	}
}

static void look_at_root(pid_t pid)
{
	static const char *const roots[] = { "root", "cwd" };
	char name[4096];
	int fd;

	for (size_t i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s%s", roots[i], file);
		if (knows_secret(slurp(pid, name)))
			won(name, pid);
		/* From any directory up to the root. */
		snprintf(name, sizeof(name), "%s/../../../../../../../..%s", roots[i], file);
		if (knows_secret(slurp(pid, name)))
			won(name, pid);
	}
	snprintf(name, sizeof(name), "/proc/%d/root%s.made", pid, file);
	fd = open(name, O_WRONLY | O_CREAT, 0600);
	if (fd >= 0)
		won("a file on the host by the root", pid);
	close(fd);
}

/* Looks among the process's descriptors for a file of the host, or a directory that leads to one. */
static void look_at_files(pid_t pid)
{
	char name[4096];

	for (int i = 0; i < FDS; i++) {
		snprintf(name, sizeof(name), "fd/%d", i);
		if (i > 2 && knows_secret(slurp(pid, name)))
			won("a file", pid);
		snprintf(name, sizeof(name), "fd/%d%s", i, file);
		if (knows_secret(slurp(pid, name)))
			won("a directory", pid);
	}
}

static void look_at_memory(pid_t pid)
{
	static char maps[BUFFER + 1];
	char path[64];
	int mem;

	if (knows_secret(slurp(pid, "environ")))
		won("the environment", pid);
	if (knows_secret(slurp(pid, "cmdline")))
		won("the arguments", pid);
	if (sanitized || slurp(pid, "maps") <= 0)
		return;
	memcpy(maps, buffer, sizeof(maps));
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDWR);
	if (mem < 0)
		return;
	for (char *line = strtok(maps, "\n"); line; line = strtok(NULL, "\n")) {
		uintptr_t start;
		uintptr_t end;
		char write;

		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " r%c", &start, &end, &write) != 3 || write != 'w')
			continue;
		for (; start < end; start += BUFFER / 2) {
			size_t size = end - start < BUFFER ? end - start : BUFFER;

			if (knows_secret(pread(mem, buffer, size, (off_t)start))) {
				won("the memory", pid);
				break;
			}
		}
	}
	close(mem);
}

/* Stops the process by ptrace(2) and looks into it while it cannot go on. */
static void look_into(pid_t pid)
{
	bool seized = ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 && ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0;

	look_at_root(pid);
	look_at_rights(pid);
	look_at_files(pid);
	look_at_memory(pid);
	if (!seized)
		return;
	waitpid(pid, NULL, __WALL | WNOHANG);
	if (ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0) {
		waitpid(pid, NULL, __WALL);
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
	}
}

int main(int argc, char *argv[])
{
	pid_t self = getpid();
	unsigned long looks = 0;

	if (argc != 5 && argc != 6)
		errx(2, "usage: neighbour SECRET FILE CAPABILITIES STOP [sanitized]");
	sanitized = argc == 6;
	secret = argv[1];
	file = argv[2];
	allowed = strtoull(argv[3], NULL, 16);
	/* The secret is in the arguments of this process, which the loop leaves out. */
	puts("looking");
	fflush(stdout);
	while (access(argv[4], F_OK) < 0) {
		DIR *proc = opendir("/proc");
		struct dirent *entry;

		if (!proc)
			err(1, "/proc");
		while ((entry = readdir(proc))) {
			pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

			if (pid <= 1 || pid == self)
				continue;
			looks++;
			look_into(pid);
		}
		closedir(proc);
	}
	printf("looked at %lu\n", looks);
	return 0;
}
