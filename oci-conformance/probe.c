/*
 * probe: sees and does what a shell cannot.
 *
 * Inside a container it prints facts about its own process, or tries one system call and prints how that ended. Outside
 * it waits for a process and plays the two parties that an OCI runtime sends file descriptors to: the owner of a
 * console socket and the seccomp agent.  It is linked statically, so that it runs in any root file system; it must
 * never change anything but what its arguments name.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define MAX_FDS 8

#ifndef SYS_SECCOMP /* newer than some C libraries */
#define SYS_SECCOMP 1
#endif

struct name {
	const char *name;
	long value;
};

struct call {
	long number;
	unsigned long args[6];
	bool in_32_bits;
};

static long lookup(const struct name *table, const char *name)
{
	for (; table->name; table++)
		if (strcmp(table->name, name) == 0)
			return table->value;
	errx(2, "unknown name '%s'", name);
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 0);
	if (errno || end == text || *end)
		errx(2, "'%s' is not a number", text);
	return value;
}

static void print_errno(int error)
{
	const char *name = strerrorname_np(error);

	if (name)
		puts(name);
	else
		printf("errno %d\n", error);
}

static int print_result(long result)
{
	if (result < 0)
		print_errno(errno);
	else
		puts("ok");
	return 0;
}

/* fds: the descriptors that are open, on one line */
static int show_fds(char **args)
{
	(void)args;
	for (int fd = 0; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	puts("");
	return 0;
}

/* tty: which of 0, 1 and 2 are terminals, whether one controls the session, and its size as "rows columns" */
static int show_tty(char **args)
{
	struct winsize size;
	int fd;

	(void)args;
	printf("terminals %d%d%d\n", isatty(0), isatty(1), isatty(2));
	fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	printf("controlling %s\n", fd >= 0 && tcgetsid(fd) == getsid(0) ? "yes" : "no");
	if (ioctl(0, TIOCGWINSZ, &size) == 0)
		printf("size %d %d\n", size.ws_row, size.ws_col);
	return 0;
}

static const struct name limits[] = {
	{ "RLIMIT_AS", RLIMIT_AS },
	{ "RLIMIT_CORE", RLIMIT_CORE },
	{ "RLIMIT_CPU", RLIMIT_CPU },
	{ "RLIMIT_DATA", RLIMIT_DATA },
	{ "RLIMIT_FSIZE", RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS", RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE", RLIMIT_NICE },
	{ "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_NPROC", RLIMIT_NPROC },
	{ "RLIMIT_RSS", RLIMIT_RSS },
	{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME", RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK", RLIMIT_STACK },
	{ 0 },
};

/* rlimit NAME...: what getrlimit says, one "name soft hard" a line */
static int show_rlimits(char **args)
{
	struct rlimit limit;

	for (; *args; args++) {
		if (getrlimit((int)lookup(limits, *args), &limit))
			err(1, "getrlimit");
		printf("%s %llu %llu\n", *args, (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
	}
	return 0;
}

/* clock: the seconds of the monotonic and the boot clock */
static int show_clocks(char **args)
{
	struct timespec monotonic, boot;

	(void)args;
	if (clock_gettime(CLOCK_MONOTONIC, &monotonic) || clock_gettime(CLOCK_BOOTTIME, &boot))
		err(1, "clock_gettime");
	printf("%lld %lld\n", (long long)monotonic.tv_sec, (long long)boot.tv_sec);
	return 0;
}

/* open r|w|rw PATH: how open ends */
static int try_open(char **args)
{
	static const struct name modes[] = { { "r", O_RDONLY }, { "w", O_WRONLY }, { "rw", O_RDWR }, { 0 } };

	return print_result(open(args[1], (int)lookup(modes, args[0]) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

/* mknod c|b MAJOR MINOR PATH: how mknod ends */
static int try_mknod(char **args)
{
	static const struct name types[] = { { "c", S_IFCHR }, { "b", S_IFBLK }, { 0 } };
	mode_t type = (mode_t)lookup(types, args[0]);

	return print_result(mknod(args[3], type | 0600, makedev((unsigned)number(args[1]), (unsigned)number(args[2]))));
}

/* The first version of struct sched_attr: C libraries and kernel headers differ in whether and where they declare
 * it. */
struct scheduling {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t period;
};

static const struct name policies[] = {
	{ "SCHED_OTHER", 0 },
	{ "SCHED_FIFO", 1 },
	{ "SCHED_RR", 2 },
	{ "SCHED_BATCH", 3 },
	{ "SCHED_IDLE", 5 },
	{ "SCHED_DEADLINE", 6 },
	{ 0 },
};

static const char *name_of(const struct name *table, long value)
{
	for (; table->name; table++)
		if (table->value == value)
			return table->name;
	errx(1, "unknown value %ld", value);
}

/* scheduler: "POLICY nice N priority N flags N", and what only the deadline policy has */
static int show_scheduler(char **args)
{
	struct scheduling scheduling = { 0 };

	(void)args;
	if (syscall(SYS_sched_getattr, 0, &scheduling, sizeof(scheduling), 0))
		err(1, "sched_getattr");
	printf("%s nice %d priority %u flags %llu", name_of(policies, scheduling.policy), scheduling.nice,
		scheduling.priority, (unsigned long long)scheduling.flags);
	if (scheduling.policy == 6)
		printf(" runtime %llu deadline %llu period %llu", (unsigned long long)scheduling.runtime,
			(unsigned long long)scheduling.deadline, (unsigned long long)scheduling.period);
	puts("");
	return 0;
}

/* schedule POLICY PRIORITY: whether this host lets a process have it, as "ok" or the name of the error */
static int try_scheduler(char **args)
{
	struct scheduling scheduling = { .size = sizeof(scheduling) };

	scheduling.policy = (uint32_t)lookup(policies, args[0]);
	scheduling.priority = (uint32_t)number(args[1]);
	if (scheduling.policy == 6) {
		scheduling.runtime = 1000000;
		scheduling.deadline = scheduling.period = 100000000;
	}
	return print_result(syscall(SYS_sched_setattr, 0, &scheduling, 0));
}

/* ioprio: "CLASS PRIORITY" */
static int show_io_priority(char **args)
{
	static const struct name classes[] = { { "none", IOPRIO_CLASS_NONE }, { "IOPRIO_CLASS_RT", IOPRIO_CLASS_RT },
		{ "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE }, { "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE }, { 0 } };
	long priority = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);

	(void)args;
	if (priority < 0)
		err(1, "ioprio_get");
	printf("%s %ld\n", name_of(classes, priority >> IOPRIO_CLASS_SHIFT), priority & 7);
	return 0;
}

/* mempolicy: "MODE [FLAG]... nodes MASK", with the mask of the nodes in hexadecimal digits. Modes and flags that are
 * newer than some kernel headers stand here as numbers. */
static int show_memory_policy(char **args)
{
	static const struct name modes[] = { { "MPOL_DEFAULT", MPOL_DEFAULT }, { "MPOL_PREFERRED", MPOL_PREFERRED },
		{ "MPOL_BIND", MPOL_BIND }, { "MPOL_INTERLEAVE", MPOL_INTERLEAVE }, { "MPOL_LOCAL", MPOL_LOCAL },
		{ "MPOL_PREFERRED_MANY", 5 }, { "MPOL_WEIGHTED_INTERLEAVE", 6 }, { 0 } };
	static const struct name flags[] = { { " MPOL_F_NUMA_BALANCING", 1 << 13 },
		{ " MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES }, { " MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES },
		{ 0 } };
	unsigned long nodes[16] = { 0 }; /* 1024 nodes, more than any kernel has */
	int mode = 0;

	(void)args;
	if (syscall(SYS_get_mempolicy, &mode, nodes, sizeof(nodes) * 8, 0, 0))
		err(1, "get_mempolicy");
	printf("%s", name_of(modes, mode & 0xfff));
	for (const struct name *flag = flags; flag->name; flag++)
		if (mode & flag->value)
			printf("%s", flag->name);
	printf(" nodes %lx\n", nodes[0]);
	return 0;
}

/* interleave COMMAND [ARGUMENT]...: runs it with this memory policy, on node 0 */
static int run_interleaved(char **args)
{
	const unsigned long nodes = 1;

	if (syscall(SYS_set_mempolicy, MPOL_INTERLEAVE, &nodes, 64))
		err(1, "set_mempolicy");
	execvp(args[0], args);
	err(1, "cannot run '%s'", args[0]);
}

/* umask: the mask of this process */
static int show_umask(char **args)
{
	(void)args;
	printf("%04o\n", umask(0));
	return 0;
}

/* signals: prints the number of each signal that comes, until SIGTERM */
static int show_signals(char **args)
{
	sigset_t all;
	int signal = 0;

	(void)args;
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL))
		err(1, "sigprocmask");
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (signal != SIGTERM) {
		if (sigwait(&all, &signal))
			errx(1, "sigwait");
		if (signal != SIGCHLD)
			printf("signal %d\n", signal);
	}
	return 0;
}

static const struct name calls[] = {
	{ "prctl", SYS_prctl },
	{ "sysinfo", SYS_sysinfo },
	{ "mkdirat", SYS_mkdirat },
	{ "getpid", SYS_getpid },
	{ "personality", SYS_personality },
	{ "unshare", SYS_unshare },
	{ "setpriority", SYS_setpriority },
	{ 0 },
};

static long make_call(const struct call *call)
{
	const unsigned long *a = call->args;
#if defined(__x86_64__)
	long result;

	if (call->in_32_bits) {
		__asm__ volatile("int $0x80"
			: "=a"(result)
			: "a"(call->number), "b"(a[0]), "c"(a[1]), "d"(a[2])
			: "memory");
		if (result >= 0)
			return result;
		errno = (int)-result;
		return -1;
	}
#endif
	return syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void trapped(int signal, siginfo_t *info, void *context)
{
	static const char text[] = "trapped\n";

	(void)signal;
	(void)context;
	if (info->si_code == SYS_SECCOMP && write(1, text, sizeof(text) - 1) < 0)
		_exit(1);
	_exit(0);
}

static void *call_in_thread(void *call)
{
	print_result(make_call(call));
	fflush(stdout);
	return NULL;
}

/* The call runs in a child, so that the one who reports outlives whatever it brings. */
static int report(struct call *call, bool in_thread, bool with_handler)
{
	const struct sigaction action = { .sa_sigaction = trapped, .sa_flags = SA_SIGINFO };
	pthread_t thread;
	int status;
	pid_t child;

	child = fork();
	if (child < 0)
		err(1, "fork");
	if (child == 0) {
		if (with_handler && sigaction(SIGSYS, &action, NULL))
			err(1, "sigaction");
		if (!in_thread)
			_exit((call_in_thread(call), 0));
		if (pthread_create(&thread, NULL, call_in_thread, call) || pthread_join(thread, NULL))
			errx(1, "cannot run a thread");
		puts("the process lives on");
		exit(0);
	}
	if (waitpid(child, &status, 0) < 0)
		err(1, "waitpid");
	if (WIFSIGNALED(status))
		printf("killed by SIG%s\n", sigabbrev_np(WTERMSIG(status)));
	return 0;
}

static void parse_arguments(struct call *call, char **args)
{
	for (int i = 0; args[i] && i < 6; i++)
		call->args[i] = number(args[i]);
}

/* call NAME [ARG]...: "ok", the name of the error, or how the process was stopped */
static int try_call(char **args)
{
	struct call call = { .number = lookup(calls, args[0]) };

	parse_arguments(&call, args + 1);
	return report(&call, false, false);
}

/* trap NAME [ARG]...: the same with a handler for SIGSYS that prints "trapped" */
static int try_call_with_handler(char **args)
{
	struct call call = { .number = lookup(calls, args[0]) };

	parse_arguments(&call, args + 1);
	return report(&call, false, true);
}

static void ignore(int signal)
{
	(void)signal;
}

/* interrupted NAME [ARG]...: the same with a handler for SIGUSR1, which ends the calls that it interrupts */
static int try_interrupted_call(char **args)
{
	const struct sigaction action = { .sa_handler = ignore };
	struct call call = { .number = lookup(calls, args[0]) };

	parse_arguments(&call, args + 1);
	if (sigaction(SIGUSR1, &action, NULL))
		err(1, "sigaction");
	return report(&call, false, false);
}

/* filter-flags PID: "flags N", those that the kernel tells of the process's last seccomp filter */
static int show_filter_flags(char **args)
{
	pid_t pid = (pid_t)number(args[0]);
	struct {
		uint64_t filter;
		uint64_t flags;
	} metadata = { 0 };
	const long get_metadata = 0x420d; /* PTRACE_SECCOMP_GET_METADATA */
	int status;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) || ptrace(PTRACE_INTERRUPT, pid, 0, 0) || waitpid(pid, &status, 0) != pid)
		err(1, "ptrace");
	if (syscall(SYS_ptrace, get_metadata, pid, sizeof(metadata), &metadata) < 0)
		err(1, "metadata");
	printf("flags %llu\n", (unsigned long long)metadata.flags);
	return 0;
}

/* thread NAME [ARG]...: the same in a second thread; then whether the process lives on */
static int try_call_in_thread(char **args)
{
	struct call call = { .number = lookup(calls, args[0]) };

	parse_arguments(&call, args + 1);
	return report(&call, true, false);
}

/* call32 NUMBER [ARG]...: the same through the 32-bit entry of x86 */
static int try_call32(char **args)
{
	struct call call = { .number = (long)number(args[0]), .in_32_bits = true };

	parse_arguments(&call, args + 1);
	return report(&call, false, false);
}

/* wait SECONDS PID: until the process has ended; fails when it has not by then */
static int wait_for(char **args)
{
	struct pollfd end = { .events = POLLIN };

	end.fd = (int)syscall(SYS_pidfd_open, number(args[1]), 0);
	if (end.fd < 0) {
		if (errno == ESRCH)
			return 0;
		err(1, "pidfd_open");
	}
	if (poll(&end, 1, (int)number(args[0]) * 1000) != 1)
		errx(1, "process %s is still there after %s seconds", args[1], args[0]);
	return 0;
}

/* reap COMMAND [ARGUMENT]...: ends as the command does. Another process stays, adopts what the command leaves behind,
 * and writes to descriptor 3 how each process has ended: "PID killed by SIGNAME" or "PID exited STATUS". */
static int reap(char **args)
{
	int ends[2], status;
	pid_t child, ended;

	if (pipe2(ends, O_CLOEXEC))
		err(1, "pipe");
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (child > 0) {
		close(ends[1]);
		if (read(ends[0], &status, sizeof(status)) != sizeof(status))
			errx(1, "the command was not run");
		return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	close(ends[0]);
	if (fcntl(3, F_SETFD, FD_CLOEXEC) || prctl(PR_SET_CHILD_SUBREAPER, 1))
		err(1, "cannot adopt");
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (child == 0) {
		execvp(args[0], args);
		err(127, "cannot run '%s'", args[0]);
	}
	while ((ended = waitpid(-1, &status, 0)) > 0) {
		if (ended == child && write(ends[1], &status, sizeof(status)) < 0)
			err(1, "write");
		if (WIFSIGNALED(status))
			dprintf(3, "%d killed by SIG%s\n", ended, sigabbrev_np(WTERMSIG(status)));
		else
			dprintf(3, "%d exited %d\n", ended, WEXITSTATUS(status));
		if (ended == child) /* not to keep what the caller waits for */
			for (int fd = 0; fd < 3; fd++)
				close(fd);
	}
	_exit(0);
}

/* The name is there once it can be connected to: tests wait for it. */
static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(address.sun_path, sizeof(address.sun_path), "%s.new", path);
	int fd;

	if (length >= (int)sizeof(address.sun_path))
		errx(1, "the path '%s' is too long for a socket", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 1) ||
		rename(address.sun_path, path))
		err(1, "cannot listen at '%s'", path);
	return fd;
}

/* One message of a new connection: its text, and the descriptors that came with it. */
static size_t receive(int listener, char *text, size_t size, int fds[MAX_FDS])
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * MAX_FDS)];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec data = { .iov_base = text, .iov_len = size - 1 };
	struct msghdr message = { .msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *header;
	size_t count = 0, used = 0;
	ssize_t length;
	int fd;

	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		err(1, "accept");
	length = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	if (length < 0)
		err(1, "recvmsg");
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS) {
		count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(header), count * sizeof(int));
	}
	/* A long document may come in pieces; the sender closes the connection behind it. */
	while (length > 0 && used < size - 1) {
		used += (size_t)length;
		length = read(fd, text + used, size - 1 - used);
	}
	text[used] = 0;
	close(fd);
	return count;
}

/* console SOCKET: takes a terminal, prints "received N", then what the container writes to it */
static int serve_console(char **args)
{
	char text[4096] = "";
	int fds[MAX_FDS];
	ssize_t length;
	size_t count;

	setvbuf(stdout, NULL, _IONBF, 0);
	count = receive(listen_at(args[0]), text, sizeof(text), fds);
	printf("received %zu\n", count);
	if (count != 1)
		return 1;
	while ((length = read(fds[0], text, sizeof(text))) > 0)
		fwrite(text, 1, (size_t)length, stdout);
	return 0;
}

/* agent SOCKET: takes a seccomp listener, prints the number of descriptors and the document that came with it, then
 * answers each notification with EXDEV until the container is gone */
static int answer_seccomp(char **args, bool interrupting)
{
	struct seccomp_notif request;
	struct seccomp_notif_resp answer;
	static char text[65536];
	int fds[MAX_FDS];
	struct pollfd event = { .events = POLLIN };
	size_t count, requests = 0;

	setvbuf(stdout, NULL, _IONBF, 0);
	count = receive(listen_at(args[0]), text, sizeof(text), fds);
	printf("%zu\n%s\n", count, text);
	if (count < 1)
		return 1;
	event.fd = fds[0];
	while (poll(&event, 1, -1) == 1 && (event.revents & POLLIN)) {
		memset(&request, 0, sizeof(request));
		if (ioctl(event.fd, SECCOMP_IOCTL_NOTIF_RECV, &request))
			continue;
		requests++;
		/* The process is asleep in its call, so that it takes the signal at once, or not at all. */
		if (interrupting && requests == 1 && (kill((pid_t)request.pid, SIGUSR1) || usleep(300000)))
			err(1, "kill");
		answer = (struct seccomp_notif_resp){ .id = request.id, .error = -EXDEV };
		if (ioctl(event.fd, SECCOMP_IOCTL_NOTIF_SEND, &answer) && errno != ENOENT)
			err(1, "cannot answer the notification");
	}
	if (interrupting)
		printf("requests %zu\n", requests);
	return 0;
}

static int serve_seccomp(char **args)
{
	return answer_seccomp(args, false);
}

/* agent-interrupting SOCKET: the same, but the process that makes the first call gets SIGUSR1 before the answer; the
 * last line is "requests N" */
static int serve_seccomp_interrupting(char **args)
{
	return answer_seccomp(args, true);
}

static const struct {
	const char *name;
	int arguments; /* at least */
	int (*run)(char **args);
} verbs[] = {
	{ "fds", 0, show_fds },
	{ "tty", 0, show_tty },
	{ "rlimit", 1, show_rlimits },
	{ "clock", 0, show_clocks },
	{ "umask", 0, show_umask },
	{ "scheduler", 0, show_scheduler },
	{ "schedule", 2, try_scheduler },
	{ "ioprio", 0, show_io_priority },
	{ "mempolicy", 0, show_memory_policy },
	{ "interleave", 1, run_interleaved },
	{ "open", 2, try_open },
	{ "mknod", 4, try_mknod },
	{ "signals", 0, show_signals },
	{ "call", 1, try_call },
	{ "trap", 1, try_call_with_handler },
	{ "thread", 1, try_call_in_thread },
	{ "interrupted", 1, try_interrupted_call },
	{ "filter-flags", 1, show_filter_flags },
	{ "call32", 1, try_call32 },
	{ "wait", 2, wait_for },
	{ "reap", 1, reap },
	{ "console", 1, serve_console },
	{ "agent", 1, serve_seccomp },
	{ "agent-interrupting", 1, serve_seccomp_interrupting },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, argv[1]) == 0 && argc - 2 >= verbs[i].arguments)
			return verbs[i].run(argv + 2);
	fputs("usage: probe VERB [ARGUMENT]...; the verbs are described in probe.c\n", stderr);
	return 2;
}
