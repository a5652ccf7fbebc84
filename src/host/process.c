/* What the host does for a process of a container, be it the first one or one of exec: gives it more than it may take
 * itself, listens to it until the program runs, tells its pid. Runs on the host. */
#include "host/parts.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/proc.h"
#include "base/syscall.h"
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PID_FILE_MODE = 0644, PATIENCE_MS = 1000, SILENCE_MS = 10000 };

int process_check_terminal(const struct plan_process *process, const char *console_socket, bool detached,
	struct error *err)
{
	if (console_socket && !process->terminal) {
		error_set(err, 0,
			"a console socket needs a terminal: process.terminal in the configuration, or --tty of exec");
		return error_tag(err, ERROR_USAGE, "--console-socket");
	}
	if (process->terminal && detached && !console_socket) {
		error_set(err, 0, "cannot allocate tty if tare will detach without setting console socket");
		error_hint(err, "give --console-socket, or no terminal: process.terminal false, exec without --tty");
		return error_tag(err, ERROR_USAGE, "--console-socket");
	}
	return process->terminal && !console_socket ? console_check_own(err) : 0;
}

int process_set_oom_score(pid_t pid, const struct plan_process *process, struct error *err)
{
	char path[64];
	char value[16];

	if (!process->has_oom_score_adj)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	snprintf(value, sizeof(value), "%d", process->oom_score_adj);
	if (file_write(AT_FDCWD, path, value) < 0)
		return error_set(err, errno, "process.oomScoreAdj: cannot write '%s' to '%s'", value, path);
	return 0;
}

void process_give_stdio(pid_t pid, const struct plan *plan)
{
	bool found = false;
	struct stat st;
	uid_t owner;

	if (!(plan->namespaces.inside & CLONE_NEWUSER) || !plan->has_process || plan->process.terminal)
		return;
	for (int fd = 0; fd <= 2; fd++) {
		if (fstat(fd, &st) < 0 || (!S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode)))
			continue;
		if (!found && !userns_find_owner(pid, plan->process.uid, &owner))
			return;
		found = true;
		if (st.st_uid != owner)
			(void)!fchown(fd, owner, (gid_t)-1);
	}
}

int process_raise_limits(pid_t pid, const struct plan_process *process, struct error *err)
{
	for (size_t i = 0; i < process->rlimit_count; i++) {
		const struct plan_rlimit *limit = &process->rlimits[i];
		struct rlimit now;
		rlim_t most;

		if (getrlimit(limit->resource, &now) < 0)
			return error_set(err, errno, "process.rlimits: cannot read %s", limit->name);
		if (limit->value.rlim_max <= now.rlim_max)
			continue;
		most = now.rlim_max;
		/* Its own soft one may be another than ours (file_limit.c). */
		if (prlimit(pid, (enum __rlimit_resource)limit->resource, NULL, &now) < 0)
			return error_set(err, errno, "process.rlimits: cannot read %s of the container's process",
				limit->name);
		now.rlim_max = limit->value.rlim_max;
		if (prlimit(pid, (enum __rlimit_resource)limit->resource, &now, NULL) == 0)
			continue;
		error_set(err, errno, "process.rlimits: cannot raise the hard limit of %s to %llu", limit->name,
			(unsigned long long)limit->value.rlim_max);
		return error_hint(err, "without CAP_SYS_RESOURCE it can be %llu at most", (unsigned long long)most);
	}
	return 0;
}

int process_complete(pid_t pid, const struct plan_process *process, struct error *err)
{
	if (plan_scheduler_ends_with_clone(process) && sys_sched_setattr(pid, &process->scheduler, 0) < 0) {
		error_set(err, errno, "process.scheduler");
		return error_tag(err, ERROR_INTERNAL, "process.scheduler");
	}
	return 0;
}

int process_let_go(int sock, struct error *err)
{
	if (sync_send(sock, SYNC_GO, NULL, -1) == 0 || errno == EPIPE)
		return 0;
	return error_set(err, errno, "cannot write to the channel to the container's process");
}

/* Passes the listener that came with a message on. It may come from whoever took the socket from the process, so it has
 * to be what it is said to be: nobody's agent shall get another file of the container's. */
static int serve_agent(int listener, const struct container *container, enum oci_status status, struct error *err)
{
	static const char wanted[] = "anon_inode:seccomp notify";
	char path[64];
	char target[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", listener);
	n = listener < 0 ? -1 : readlink(path, target, sizeof(target));
	if (n != (ssize_t)strlen(wanted) || memcmp(target, wanted, (size_t)n) != 0)
		return error_set(err, 0, "expected a seccomp listener on the channel to the container's process");
	return agent_send(container, listener, status, err);
}

int process_serve_agent_early(int sock, const struct plan *plan, const struct container *container,
	enum oci_status status, struct error *err)
{
	cleanup_fd int listener = -1;

	if (!plan->seccomp.notify || !plan_filters_early(plan))
		return 0;
	if (sync_expect(sock, SYNC_NOTIFY, &listener, err) < 0)
		return -1;
	return serve_agent(listener, container, status, err);
}

/* The process is no more what was cloned: it runs its program, or has ended before. */
static int check_program(const struct proc_exec *exec, struct error *err)
{
	if (exec->done || (WIFEXITED(exec->status) && WEXITSTATUS(exec->status) == PROCESS_NOT_EXECUTED))
		return 0;
	if (!WIFSIGNALED(exec->status))
		return error_set(err, 0, "the container's process ended before its program ran");
	error_set(err, 0, "the container's process was killed by signal %d before its program ran%s",
		WTERMSIG(exec->status),
		WTERMSIG(exec->status) == SIGSYS ? ": linux.seccomp forbids a system call that it made" : "");
	return WTERMSIG(exec->status) == SIGSYS ? error_tag(err, ERROR_SECURITY_FAILED, "linux.seccomp") : -1;
}

/* Waits for a word on the channel, or for its end: which nobody hears while a neighbour of the process keeps the socket
 * that he has taken from it. So now and then it is looked at: 1 when it is no more what was cloned, with *ret_exec, 0
 * when there is something to hear. */
static int wait_for_word(const struct process_to_come *process, struct proc_exec *ret_exec, struct error *err)
{
	struct pollfd word = { .fd = process->sock, .events = POLLIN };

	for (long silent = 0;; silent += PATIENCE_MS) {
		int n = poll(&word, 1, PATIENCE_MS);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return error_set(err, errno, "cannot wait for the container's process");
		/* The end may have come with the signal: a program that runs is not undone. */
		if (n < 0 && interrupt_noted() && poll(&word, 1, 0) <= 0)
			return interrupt_check(err);
		if (n == 0 && (proc_look_at_exec(process->pid, ret_exec) < 0 || ret_exec->done || ret_exec->status))
			return 1;
		if (process->may_freeze && silent >= SILENCE_MS && cgroup_refuse_frozen(process->cgroup, err) < 0)
			return -1;
	}
}

/* What a child ends with that is on its way to its end; it stays to be reaped. 0 for what is no child. */
static int status_of_child(pid_t pid)
{
	siginfo_t end = { 0 };

	while (waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT) < 0) {
		if (errno != EINTR)
			return 0;
	}
	return end.si_code == CLD_EXITED ? W_EXITCODE(end.si_status, 0) : W_EXITCODE(0, end.si_status);
}

/* After the end of file. What an ordinary user is not shown his child tells him. Whoever else the parent is may have
 * reaped the process already. Where nothing is known of its end it has run its program, or has said why not. */
static int look_at_end(pid_t pid, struct error *err)
{
	struct proc_exec exec;

	if (proc_look_at_exec(pid, &exec) == 0) {
		if (!exec.done && exec.status == 0)
			exec.status = status_of_child(pid);
		return exec.status == 0 ? 0 : check_program(&exec, err);
	}
	return errno == ESRCH ? 0 : error_set(err, errno, "cannot look at the container's process");
}

int process_await_program(const struct process_to_come *process, const struct container *container,
	enum oci_status status, struct error *err)
{
	bool may_ask = process->asks_agent;
	struct sync_message message;

	for (;;) {
		cleanup_fd int fd = -1;
		struct proc_exec exec = { .done = true };
		int n = wait_for_word(process, &exec, err);

		if (n != 0)
			return n < 0 ? -1 : check_program(&exec, err);
		n = sync_receive(process->sock, &message);
		if (n == 0)
			return look_at_end(process->pid, err);
		if (n < 0)
			return error_set(err, errno, "cannot read from the container's process");
		fd = message.fd;
		if (message.type == SYNC_ERROR) {
			*err = message.error;
			return -1;
		}
		if (message.type == SYNC_LOG) {
			sync_relay_log(&message);
			continue;
		}
		if (message.type != SYNC_NOTIFY || !may_ask)
			return error_set(err, 0, "unexpected message %d from the container's process",
				(int)message.type);
		may_ask = false;
		if (serve_agent(fd, container, status, err) < 0)
			return -1;
	}
}

int process_write_pid_file(pid_t pid, const char *path, struct error *err)
{
	const char *name = strrchr(path, '/');
	cleanup_free char *directory = name ? strndup(path, (size_t)(name - path + 1)) : strdup(".");
	cleanup_fd int dir = -1;
	char text[16];
	int length;

	name = name ? name + 1 : path;
	if (!directory)
		return error_set(err, ENOMEM, "cannot write the pid file '%s'", path);
	dir = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		error_set(err, errno, "cannot write the pid file '%s'", path);
		return error_tag(err, ERROR_INTERNAL, "--pid-file");
	}
	length = snprintf(text, sizeof(text), "%d", (int)pid);
	if (file_replace(dir, name, PID_FILE_MODE, text, (size_t)length, err) == 0)
		return 0;
	error_tag(err, ERROR_INTERNAL, "--pid-file");
	return error_wrap(err, "pid file '%s'", path);
}

void process_remove_empty_pid_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
		unlink(path);
}
