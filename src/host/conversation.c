/* What the host does for a process of a container, be it the first one or one of exec: gives it more than it may take
 * itself, listens to it until the program runs, tells its pid. Runs on the host. */
#include "host/parts.h"

#include "base/cleanup.h"
#include "base/interrupt.h"
#include "base/proc.h"
#include "host/attach/attach.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"
#include "sync.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 1000, SILENCE_MS = 10000 };

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
