/* What the host does on the channel for init and for a process of exec: sends GO, reads messages until the program
 * runs, and sends the seccomp listener to the agent. Runs on the host. */
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
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 1000, SILENCE_MS = 10000, LAST_WORDS_MS = 1000 };

int process_send_go(int sock, struct error *err)
{
	if (sync_send(sock, SYNC_GO, NULL, -1) == 0 || errno == EPIPE)
		return 0;
	return error_set(err, errno, "cannot write to the channel to the container's process");
}

int process_start_failed(const struct spawned *spawned, const struct plan *plan, const struct oci_process *process,
	int cgroup, struct error *err)
{
	killed_explain(spawned, plan, process, cgroup, err);
	return error_wrap(err, "unable to start container process");
}

int process_blame(const struct spawned *spawned, const struct plan *plan, struct error *err)
{
	struct pollfd said = { .fd = spawned->sync, .events = POLLIN };
	struct pollfd ended = { .fd = spawned->pidfd, .events = POLLIN };

	if (poll(&said, 1, 0) <= 0 || poll(&ended, 1, LAST_WORDS_MS) <= 0)
		return -1;
	if (sync_expect(spawned->sync, SYNC_READY, NULL, err) == 0)
		return error_set(err, 0, "the container's process ended unexpectedly");
	return process_start_failed(spawned, plan, plan->spec->process, -1, err);
}

/* Sends the listener that came with a message to the agent. Another process of the pid namespace may have taken the
 * socket from its owner and sent any file of the container: so the file has to be a seccomp listener. */
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

/* Judges a process that is no longer what was cloned: it runs its program, or has ended. */
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

/* Waits for a message on the channel, or its end of file. Returns 0 for those. A process of the same pid namespace may
 * have taken the socket, and then no end of file comes: every PATIENCE_MS /proc is looked at, and the result is 1, with
 * *ret_exec, when the process runs its program or has ended. Returns -1 when a signal asks tare to end, or for a frozen
 * cgroup. */
static int wait_for_message(const struct starting_process *process, struct proc_exec *ret_exec, struct error *err)
{
	struct pollfd word = { .fd = process->sock, .events = POLLIN };

	for (long silent = 0;; silent += PATIENCE_MS) {
		int n = poll(&word, 1, PATIENCE_MS);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return error_set(err, errno, "cannot wait for the container's process");
		/* The end of file may have come together with the signal: a program that runs is not undone. */
		if (n < 0 && interrupt_noted() && poll(&word, 1, 0) <= 0)
			return interrupt_check(err);
		if (n == 0 && (proc_look_at_exec(process->pid, ret_exec) < 0 || ret_exec->done || ret_exec->status))
			return 1;
		if (process->may_freeze && silent >= SILENCE_MS && cgroup_refuse_frozen(process->cgroup, err) < 0)
			return -1;
	}
}

/* The wait status of a child that is ending; it is not reaped. 0 for a process that is no child. */
static int status_of_child(pid_t pid)
{
	siginfo_t end = { 0 };

	while (waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT) < 0) {
		if (errno != EINTR)
			return 0;
	}
	return end.si_code == CLD_EXITED ? W_EXITCODE(end.si_status, 0) : W_EXITCODE(0, end.si_status);
}

/* Judges the process after the end of file. /proc may hide the wait status from an ordinary user; waitid(2) tells it
 * for a child. A process that is gone was reaped by another parent. If nothing is known of its end, it has run its
 * program, or has written why it could not. */
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

int process_await_program(const struct starting_process *process, const struct container *container,
	enum oci_status status, struct error *err)
{
	bool may_ask = process->asks_agent;
	struct sync_message message;

	for (;;) {
		cleanup_fd int fd = -1;
		struct proc_exec exec = { .done = true };
		int n = wait_for_message(process, &exec, err);

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
		if (message.type == SYNC_WAITING && process->waits && !may_ask)
			return 0;
		if (message.type != SYNC_NOTIFY || !may_ask)
			return error_set(err, 0, "unexpected message %d from the container's process",
				(int)message.type);
		may_ask = false;
		if (serve_agent(fd, container, status, err) < 0)
			return -1;
	}
}
