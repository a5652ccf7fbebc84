/*
 * race: the exact peak of a command's memory, and the number of its system calls.
 *
 * The command and all that it starts is stopped at each system call, as by strace -f, but only up to its own end: what
 * `create` leaves waiting is not waited for. The resident set of a process grows by its page faults and shrinks only in
 * system calls (munmap, madvise, execve, exit), so that the largest value seen at their entries is the peak, also
 * across an execve, where VmHWM begins anew. It is read from smaps_rollup, which walks the page tables, because older
 * kernels add up the counters behind VmHWM late; ru_maxrss starts with the size of the spawner. Reading it is slow, and
 * a slow runc makes more calls (its runtime has a thread that wakes up by the clock): memory and calls are measured in
 * different runs. This must never be used together with a clock.
 */
#include "race.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_STOP (SIGTRAP | 0x80)
#define OPTIONS                                                                                                        \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
		PTRACE_O_EXITKILL)

struct tracees {
	pid_t pids[256];
	unsigned int count;
};

/* <sys/ptrace.h> and <linux/ptrace.h> do not agree to be included together; this is the whole interface. */
static long trace_call(long request, pid_t pid, uintptr_t address, uintptr_t data)
{
	return syscall(SYS_ptrace, request, (long)pid, address, data);
}

static void add_tracee(struct tracees *tracees, pid_t pid)
{
	for (unsigned int i = 0; i < tracees->count; i++)
		if (tracees->pids[i] == pid)
			return;
	if (tracees->count == sizeof(tracees->pids) / sizeof(tracees->pids[0])) {
		errno = ENOBUFS;
		fail("too many processes to trace");
	}
	tracees->pids[tracees->count++] = pid;
}

static void remove_tracee(struct tracees *tracees, pid_t pid)
{
	for (unsigned int i = 0; i < tracees->count; i++) {
		if (tracees->pids[i] == pid) {
			tracees->pids[i] = tracees->pids[--tracees->count];
			return;
		}
	}
}

static long resident_kib(pid_t pid)
{
	char path[64], text[256];
	const char *rss;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	rss = strstr(text, "\nRss:");
	return rss ? strtol(rss + 5, NULL, 10) : 0;
}

static void note_call(pid_t pid, bool memory, struct trace *trace)
{
	struct ptrace_syscall_info info;
	long kib;

	if (trace_call(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), (uintptr_t)&info) < 0 ||
		info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	trace->calls++;
	kib = memory ? resident_kib(pid) : 0;
	if (kib > trace->peak_kib)
		trace->peak_kib = kib;
}

/* The child waits until it is seized, so that nothing of its command escapes. */
static pid_t start_traced(char *const *argv)
{
	int seized[2];
	char byte;
	pid_t pid;

	if (pipe2(seized, O_CLOEXEC) < 0)
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		close(seized[1]);
		if (read(seized[0], &byte, 1) == 1)
			execv(argv[0], argv);
		_exit(127);
	}
	close(seized[0]);
	if (trace_call(PTRACE_SEIZE, pid, 0, OPTIONS) < 0)
		fail("PTRACE_SEIZE");
	if (write(seized[1], "s", 1) != 1)
		fail("pipe");
	close(seized[1]);
	return pid;
}

/* The signal that a stopped process was stopped for, which it has to be given; 0 for any other stop. */
static uintptr_t pending_signal(int status)
{
	return status >> 16 || WSTOPSIG(status) == SYSCALL_STOP ? 0 : (uintptr_t)WSTOPSIG(status);
}

static void let_go(struct tracees *tracees)
{
	int status;

	while (tracees->count > 0) {
		pid_t pid = tracees->pids[--tracees->count];

		if (trace_call(PTRACE_INTERRUPT, pid, 0, 0) < 0 || waitpid(pid, &status, __WALL) < 0)
			continue;
		if (WIFSTOPPED(status))
			trace_call(PTRACE_DETACH, pid, 0, pending_signal(status));
	}
}

void trace_command(char *const *argv, bool memory, struct trace *ret_trace)
{
	struct tracees tracees = { .count = 0 };
	struct trace trace = { .calls = 1 };
	pid_t command = start_traced(argv);
	bool begun = false;
	int status;

	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0)
			fail("the traced command does not end");
		if (!WIFSTOPPED(status)) {
			remove_tracee(&tracees, pid);
			if (pid == command)
				break;
			continue;
		}
		add_tracee(&tracees, pid);
		if (status >> 16 == PTRACE_EVENT_EXEC)
			begun = true;
		else if (begun && WSTOPSIG(status) == SYSCALL_STOP)
			note_call(pid, memory, &trace);
		trace_call(PTRACE_SYSCALL, pid, 0, pending_signal(status));
	}
	let_go(&tracees);
	trace.status = status;
	*ret_trace = trace;
}
