/*
 * inject: makes one system call of a command fail, or sends a signal to the process that makes it.
 *
 * usage: inject [OPTION...] COMMAND [ARG...]
 *
 *   -i N      the call to strike: the N-th of those that count (default 0: none, the command runs as always)
 *   -e NAME   the call is not made and fails with this error
 *   -k        the process is killed as it enters the call
 *   -t        the process gets SIGTERM as it enters the call: one that waits ends at once, and else the signal comes
 *             right behind it
 *   -w WHO    count the calls of "host" (the command itself) or of "init" (what it clones) alone, or of "any"
 *   -n NAMES  count these calls alone, separated by commas
 *   -x NAMES  do not count these
 *   -p PID    trace this process too, as one of init's side
 *   -o FILE   write the calls that count, one a line: "init mount_setattr"; the one that was struck ends in " *"
 *
 * Calls are counted over all processes together. A program counts from its first close_range(2) on, which the runtime
 * makes once it knows its command: the start of libc and of the sanitizers is not what is tested. A process that
 * becomes another program, a hook or the container's own, is let go. The exit status is that of the command, 128+N for
 * signal N; 125 when this program fails and 124 when the command takes longer than 30 seconds, which ends everything it
 * started.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/ptrace.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	FAILED = 125,
	TIMED_OUT = 124,
	LIMIT_SECONDS = 30,
	MAX_TRACEES = 64,
	MAX_NAMES = 64,
	SYSCALL_STOP = SIGTRAP | 0x80,
	OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		PTRACE_O_TRACECLONE,
};

struct tracee {
	pid_t pid;
	bool counts; /* this process has called close_range(2), and its calls count */
	bool struck; /* the system call that this process is in fails */
};

enum side { ANY, HOST, INIT };

struct names {
	int numbers[MAX_NAMES];
	size_t n;
};

static const struct {
	const char *name;
	int number;
} error_names[] = {
	{ "EACCES", EACCES },
	{ "EAGAIN", EAGAIN },
	{ "EBUSY", EBUSY },
	{ "EINTR", EINTR },
	{ "EINVAL", EINVAL },
	{ "EIO", EIO },
	{ "EMFILE", EMFILE },
	{ "ENOMEM", ENOMEM },
	{ "ENOSPC", ENOSPC },
	{ "ENOSYS", ENOSYS },
	{ "EPERM", EPERM },
	{ "ENOENT", ENOENT },
};

static const char *const side_names[] = { [ANY] = "any", [HOST] = "host", [INIT] = "init" };

static struct tracee tracees[MAX_TRACEES];
static size_t tracee_count;
static pid_t command;
static struct stat command_file;

static unsigned long wanted_index;
static int wanted_error;
static int wanted_signal;
static enum side wanted_side;
static struct names only;
static struct names except;
static FILE *trace;
static unsigned long counted;

/* <sys/ptrace.h> and <linux/ptrace.h> do not agree to be included together; this is the whole interface. */
static long trace_call(long request, pid_t pid, uintptr_t address, uintptr_t data)
{
	return syscall(SYS_ptrace, request, (long)pid, address, data);
}

static bool contains(const struct names *names, int number)
{
	for (size_t i = 0; i < names->n; i++) {
		if (names->numbers[i] == number)
			return true;
	}
	return false;
}

static void parse_names(char *text, struct names *ret_names)
{
	for (char *left = text, *name = strsep(&left, ","); name; name = strsep(&left, ",")) {
		int number = seccomp_syscall_resolve_name(name);

		if (number == __NR_SCMP_ERROR || ret_names->n == MAX_NAMES)
			errx(FAILED, "cannot take the system call '%s'", name);
		ret_names->numbers[ret_names->n++] = number;
	}
}

static int parse_error(const char *name)
{
	for (size_t i = 0; i < sizeof(error_names) / sizeof(error_names[0]); i++) {
		if (strcmp(error_names[i].name, name) == 0)
			return error_names[i].number;
	}
	errx(FAILED, "unknown error '%s'", name);
}

static enum side parse_side(const char *name)
{
	for (size_t i = 0; i < sizeof(side_names) / sizeof(side_names[0]); i++) {
		if (strcmp(side_names[i], name) == 0)
			return (enum side)i;
	}
	errx(FAILED, "unknown side '%s'", name);
}

static struct tracee *find(pid_t pid)
{
	for (size_t i = 0; i < tracee_count; i++) {
		if (tracees[i].pid == pid)
			return &tracees[i];
	}
	if (tracee_count == MAX_TRACEES)
		errx(FAILED, "too many processes");
	/* Only the command itself executes a program when it starts; the other processes are its forks. */
	tracees[tracee_count] = (struct tracee){ .pid = pid, .counts = pid != command };
	return &tracees[tracee_count++];
}

static void forget(pid_t pid)
{
	*find(pid) = tracees[tracee_count - 1];
	tracee_count--;
}

static void end_everything(int signal_number)
{
	(void)signal_number;
	for (size_t i = 0; i < tracee_count; i++)
		kill(tracees[i].pid, SIGKILL);
	_exit(TIMED_OUT);
}

/* Registers hold the number of a call, -1 for one that is not made, and its result. */
#if defined(__x86_64__)
static long set_call(pid_t pid, int number)
{
	return trace_call(PTRACE_POKEUSR, pid, offsetof(struct user_regs_struct, orig_rax), (uintptr_t)(long)number);
}

static long set_returned(pid_t pid, long value)
{
	return trace_call(PTRACE_POKEUSR, pid, offsetof(struct user_regs_struct, rax), (uintptr_t)value);
}
#elif defined(__aarch64__)
static long set_call(pid_t pid, int number)
{
	struct iovec part = { .iov_base = &number, .iov_len = sizeof(number) };

	return trace_call(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, (uintptr_t)&part);
}

static long set_returned(pid_t pid, long value)
{
	struct user_regs_struct registers;
	struct iovec part = { .iov_base = &registers, .iov_len = sizeof(registers) };

	if (trace_call(PTRACE_GETREGSET, pid, NT_PRSTATUS, (uintptr_t)&part) < 0)
		return -1;
	registers.regs[0] = (unsigned long long)value;
	return trace_call(PTRACE_SETREGSET, pid, NT_PRSTATUS, (uintptr_t)&part);
}
#else
#error "the registers of this architecture are not known here"
#endif

static void skip_call(pid_t pid)
{
	if (set_call(pid, -1) < 0)
		err(FAILED, "cannot skip a system call");
}

static void set_result(pid_t pid, int number)
{
	if (set_returned(pid, -number) < 0)
		err(FAILED, "cannot set the result of a system call");
}

static bool is_chosen(const struct tracee *tracee, int number)
{
	if (wanted_side != ANY && (wanted_side == HOST) != (tracee->pid == command))
		return false;
	return (only.n == 0 || contains(&only, number)) && !contains(&except, number);
}

/* A call that does not return cannot fail, and umask(2) always succeeds. */
static bool can_fail(int number)
{
	return number != SYS_exit && number != SYS_exit_group && number != SYS_rt_sigreturn && number != SYS_umask;
}

static void strike(struct tracee *tracee, int number)
{
	if (wanted_signal) {
		kill(tracee->pid, wanted_signal);
	} else if (can_fail(number)) {
		/* Linux closes a file even when close(2) fails. */
		if (number != SYS_close)
			skip_call(tracee->pid);
		tracee->struck = true;
	}
}

static void enter_call(struct tracee *tracee, int number)
{
	char *name;
	bool hit;

	tracee->counts |= number == SYS_close_range;
	if (!tracee->counts || !is_chosen(tracee, number))
		return;
	counted++;
	hit = counted == wanted_index;
	if (trace) {
		name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
		fprintf(trace, "%s %s%s\n", tracee->pid == command ? "host" : "init", name ? name : "?",
			hit ? " *" : "");
		free(name);
	}
	if (hit)
		strike(tracee, number);
}

static void at_call(struct tracee *tracee)
{
	struct ptrace_syscall_info info = { 0 };

	if (trace_call(PTRACE_GET_SYSCALL_INFO, tracee->pid, sizeof(info), (uintptr_t)&info) < 0)
		return; /* killed meanwhile */
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		enter_call(tracee, (int)info.entry.nr);
	} else if (tracee->struck) {
		set_result(tracee->pid, wanted_error);
		tracee->struck = false;
	}
}

/* The command may execute itself again; any other process that executes a program has become a hook or the container's
 * program. */
static bool is_ours(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if (pid == command)
		return true;
	return stat(path, &st) == 0 && st.st_dev == command_file.st_dev && st.st_ino == command_file.st_ino;
}

/* Handles a stop of a process, and lets it go on. */
static void at_stop(pid_t pid, int status)
{
	struct tracee *tracee = find(pid);
	int event = status >> 16;
	int signal_number = WSTOPSIG(status);

	if (signal_number == SYSCALL_STOP) {
		at_call(tracee);
		signal_number = 0;
	} else if (event == PTRACE_EVENT_EXEC) {
		tracee->counts = false;
		signal_number = 0;
		if (!is_ours(pid)) {
			trace_call(PTRACE_DETACH, pid, 0, 0);
			forget(pid);
			return;
		}
	} else if (event != 0) {
		signal_number = 0;
	}
	trace_call(PTRACE_SYSCALL, pid, 0, (uintptr_t)signal_number);
}

/* A call that is skipped gets its result from this program: a process that waits for one when the command has ended
 * gets it first. */
static void finish_struck(void)
{
	for (size_t i = 0; i < tracee_count; i++) {
		int status;

		while (tracees[i].struck && waitpid(tracees[i].pid, &status, __WALL) > 0 && WIFSTOPPED(status))
			at_stop(tracees[i].pid, status);
	}
}

/* Traces until the command ends; processes that it leaves behind go on by themselves when this program ends. */
static int follow(void)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			err(FAILED, "cannot wait");
		if (WIFSTOPPED(status)) {
			at_stop(pid, status);
			continue;
		}
		forget(pid);
		if (pid != command)
			continue;
		finish_struck();
		return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

static void seize(pid_t pid)
{
	if (trace_call(PTRACE_SEIZE, pid, 0, OPTIONS) < 0 || trace_call(PTRACE_INTERRUPT, pid, 0, 0) < 0)
		err(FAILED, "cannot trace process %d", (int)pid);
	(void)find(pid);
}

static void start(char **argv)
{
	int go[2];
	char byte;

	if (stat(argv[0], &command_file) < 0 || pipe2(go, O_CLOEXEC) < 0)
		err(FAILED, "cannot run '%s'", argv[0]);
	command = fork();
	if (command < 0)
		err(FAILED, "cannot fork");
	if (command == 0) {
		close(go[1]);
		if (read(go[0], &byte, 1) == 0)
			execv(argv[0], argv);
		err(FAILED, "cannot run '%s'", argv[0]);
	}
	close(go[0]);
	seize(command);
	close(go[1]);
}

static pid_t parse_options(int argc, char **argv)
{
	pid_t other = 0;
	int option;

	while ((option = getopt(argc, argv, "+i:e:ktw:n:x:p:o:")) >= 0) {
		switch (option) {
		case 'i':
			wanted_index = strtoul(optarg, NULL, 10);
			break;
		case 'e':
			wanted_error = parse_error(optarg);
			break;
		case 'k':
			wanted_signal = SIGKILL;
			break;
		case 't':
			wanted_signal = SIGTERM;
			break;
		case 'w':
			wanted_side = parse_side(optarg);
			break;
		case 'n':
			parse_names(optarg, &only);
			break;
		case 'x':
			parse_names(optarg, &except);
			break;
		case 'p':
			other = (pid_t)strtol(optarg, NULL, 10);
			break;
		case 'o':
			trace = fopen(optarg, "we");
			if (!trace)
				err(FAILED, "cannot write '%s'", optarg);
			setvbuf(trace, NULL, _IOLBF, 0); /* whole up to the last call if the time runs out */
			break;
		default:
			exit(FAILED);
		}
	}
	if (optind == argc || (wanted_index > 0 && !wanted_signal && wanted_error == 0))
		errx(FAILED, "expected what to do, and a command");
	return other;
}

int main(int argc, char **argv)
{
	pid_t other = parse_options(argc, argv);
	int code;

	signal(SIGALRM, end_everything);
	alarm(LIMIT_SECONDS);
	start(argv + optind);
	if (other > 0)
		seize(other);
	code = follow();
	if (trace)
		fclose(trace);
	return code;
}
