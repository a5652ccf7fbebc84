/* Cloning init: one clone3(2) makes it in all new namespaces and in its cgroup, so that it never runs anywhere else.
 * Runs on the host; the child goes on in init/. */
#include "host/spawn/parts.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/syscall.h"
#include "base/userns.h"
#include "handles.h"
#include "init/init.h"
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Waits until the cloned process has sent a message. False when a signal asks tare to end, or when the process has
 * ended without a message: the pidfd tells of that, since a process that it cloned in turn may hold the other end of
 * the channel open. */
static bool await_clone(const struct spawned *spawned)
{
	struct pollfd events[] = {
		{ .fd = spawned->sync, .events = POLLIN },
		{ .fd = spawned->pidfd, .events = POLLIN },
	};

	while (poll(events, 2, -1) < 0 && errno == EINTR && !interrupt_noted())
		;
	/* The process may have sent a message and ended between the two events. */
	return events[0].revents || poll(events, 1, 0) > 0;
}

/* Kills the cloned process, and waits for the end of all children: one that it cloned, and whose pid is not known, ends
 * when the channel is closed. */
static void kill_children(struct spawned *spawned)
{
	pidfd_send_signal(spawned->pidfd, SIGKILL, NULL, 0);
	close_fd(&spawned->sync);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	spawned->pid = 0;
}

/* Receives the pid of the process that a stage or builder has cloned as a child of tare's own process, and waits for
 * the end of the stage or builder. Once that process exists, a process in its pid namespace may use the channel too:
 * the message counts only if the kernel says that its sender is the stage or builder. */
static int follow_clone(struct spawned *spawned, struct error *err)
{
	pid_t parent = spawned->pid;
	struct sync_message message;
	int code;

	if (!await_clone(spawned)) {
		kill_children(spawned);
		return error_set(err, 0, "the process between this one and the container's ended unexpectedly");
	}
	if (sync_await(spawned->sync, SYNC_HELLO, &message, err) < 0)
		return -1;
	close_fd(&message.fd);
	if (message.sender != parent || message.error.number <= 0)
		return error_set(err, 0, "an unexpected process spoke on the channel to init");
	spawned->pid = message.error.number;
	close_fd(&spawned->pidfd);
	spawned->pidfd = pidfd_open(spawned->pid, 0);
	if (child_wait(parent, &code) < 0 || spawned->pidfd < 0)
		return error_set(err, errno, "cannot follow_clone the container's init");
	return 0;
}

static int write_maps(const struct plan *plan, pid_t pid, struct error *err)
{
	const struct plan_namespaces *namespaces = &plan->namespaces;

	if (!namespaces->uid_map)
		return 0;
	if (userns_map(pid, namespaces->uid_map, namespaces->gid_map, "linux.", err) < 0)
		return error_tag(err, ERROR_NAMESPACE_FAILED, NULL);
	return 0;
}

/* The last work of the host, done by the child: it has the rights of the container's user namespace. */
static void open_sources_inside(const struct plan *plan, struct handles *handles)
{
	struct error err;

	if (rootless_open_sources(plan, handles, &err) == 0)
		return;
	sync_send(handles->sync, SYNC_ERROR, &err, -1);
	_exit(EXIT_FAILURE);
}

/* Runs in the child: opens the sources if that is left to it, and goes on as init. */
static _Noreturn void run_child(const struct plan *plan, struct handles *handles, enum spawn_purpose purpose,
	int host_end)
{
	/* If init held the host's end open, it would never read the end of file when tare ends. */
	close_keep_errno(host_end);
	if (handles->sources_inside)
		open_sources_inside(plan, handles);
	if (plan->spawn == PLAN_SPAWN_STAGE)
		init_stage(plan, handles);
	if (purpose == SPAWN_EXEC)
		init_exec(plan, handles);
	init_create(plan, handles);
}

/* Calls clone3(2) with the plan's new namespaces and cgroup. Returns as fork(2) does. */
static pid_t clone_child(const struct plan *plan, const struct handles *handles, int *ret_pidfd)
{
	/* init makes a cgroup namespace itself when it is in its cgroup, and a time namespace when its offsets are
	 * set. */
	uint64_t namespaces = plan->namespaces.create & ~(uint64_t)(CLONE_NEWCGROUP | CLONE_NEWTIME);
	struct clone_args args = {
		.flags = CLONE_PIDFD | (plan->spawn == PLAN_SPAWN_CLONE ? namespaces : 0),
		.pidfd = (uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
	};

	if (handles->cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)handles->cgroup;
	}
	return sys_clone3(&args);
}

/* The sysctls by which distributions forbid ordinary users to make user namespaces, and the values that allow it. */
static const struct userns_sysctl {
	const char *name;
	const char *path;
	const char *wanted;
} userns_sysctls[] = {
	{ "kernel.unprivileged_userns_clone", "/proc/sys/kernel/unprivileged_userns_clone", "1" },
	{ "kernel.apparmor_restrict_unprivileged_userns", "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
		"0" },
};

static const struct userns_sysctl *find_forbidding_sysctl(void)
{
	char value[16];

	for (size_t i = 0; i < sizeof(userns_sysctls) / sizeof(userns_sysctls[0]); i++) {
		const struct userns_sysctl *sysctl = &userns_sysctls[i];

		if (file_read_line(AT_FDCWD, sysctl->path, value, sizeof(value)) == 0 &&
			strcmp(value, sysctl->wanted) != 0)
			return sysctl;
	}
	return NULL;
}

/* Sets *err for a clone3(2) that failed with this errno: it makes namespaces, enters a cgroup, and adds a process.
 * Always returns -1. */
static int clone_refused(int number, const struct plan *plan, struct error *err)
{
	const struct userns_sysctl *sysctl = NULL;

	if (number == EPERM && plan->namespaces.create & CLONE_NEWUSER)
		sysctl = find_forbidding_sysctl();
	if (sysctl) {
		error_set(err, 0, "cannot make a user namespace: the sysctl %s has to be %s", sysctl->name,
			sysctl->wanted);
		return error_tag(err, ERROR_NAMESPACE_FAILED, "linux.namespaces");
	}
	error_set(err, number, "cannot make the container's process");
	switch (number) {
	case ENOSPC:
	case EUSERS:
		error_hint(err, "raise the limits in /proc/sys/user/max_*_namespaces");
		return error_tag(err, ERROR_NAMESPACE_FAILED, "linux.namespaces");
	case EPERM:
	case EINVAL:
		return error_tag(err, ERROR_NAMESPACE_FAILED, "linux.namespaces");
	case EACCES:
		/* The kernel wants the right to write to the cgroup above both (cgroups(7), delegation). */
		error_hint(err,
			"start tare in a cgroup of the same systemd: systemd-run --user --scope tare ..., for instance");
		return error_tag(err, ERROR_CGROUP_FAILED, "linux.cgroupsPath");
	case EBUSY:
	case EOPNOTSUPP:
	case ENODEV:
		return error_tag(err, ERROR_CGROUP_FAILED, "linux.cgroupsPath");
	case ENOMEM:
		return error_hint(err, "raise linux.resources.memory.limit, or the memory.max of a cgroup above");
	case EAGAIN:
		return error_hint(err,
			"raise linux.resources.pids.limit, the pids.max of a cgroup above, or RLIMIT_NPROC");
	default:
		return -1;
	}
}

/* Waits until the process whose user namespace needs the mappings exists, and writes them. */
static int await_and_map(const struct plan *plan, struct spawned *spawned, struct error *err)
{
	if (plan->spawn == PLAN_SPAWN_STAGE && follow_clone(spawned, err) < 0)
		return -1;
	/* A builder makes its namespaces itself, and says so; that of exec makes none. */
	if (plan->spawn == PLAN_SPAWN_BUILDER && plan->namespaces.join_count > 0 &&
		sync_expect(spawned->sync, SYNC_HELLO, NULL, err) < 0)
		return -1;
	return write_maps(plan, spawned->pid, err);
}

int spawn_init(const struct plan *plan, struct handles *handles, enum spawn_purpose purpose,
	struct spawned *ret_spawned, struct error *err)
{
	struct spawned spawned = { .pidfd = -1, .sync = -1 };
	bool reachable = handles->sources_inside && plan->namespaces.uid_map;
	int ends[2];

	if (sync_pair(ends) < 0)
		return error_set(err, errno, "cannot make the channel to init");
	spawned.sync = ends[0];
	handles->sync = ends[1];
	handles->in_user_namespace = plan->namespaces.inside & CLONE_NEWUSER || !userns_is_initial();
	if (plan->spawn != PLAN_SPAWN_CLONE && sync_request_senders(spawned.sync) < 0) {
		error_set(err, errno, "cannot make the channel to init");
		close_fd(&spawned.sync);
		close_fd(&handles->sync);
		return -1;
	}
	/* /proc/PID/uid_map of a process that is not dumpable belongs to root of the host, and this user could not
	 * write it. Nothing of the container runs yet that could look into the process; init makes itself undumpable
	 * when it becomes root of its user namespace. */
	if (reachable)
		prctl(PR_SET_DUMPABLE, 1);
	spawned.pid = clone_child(plan, handles, &spawned.pidfd);
	if (spawned.pid == 0)
		run_child(plan, handles, purpose, spawned.sync);
	if (spawned.pid < 0) {
		clone_refused(errno, plan, err);
		close_fd(&spawned.sync);
		close_fd(&handles->sync);
		return -1;
	}
	if (reachable)
		prctl(PR_SET_DUMPABLE, 0);
	/* Only init holds its end of the channel now: the end of file tells of its end. */
	close_fd(&handles->sync);
	*ret_spawned = spawned;
	if (await_and_map(plan, ret_spawned, err) < 0) {
		spawn_undo(ret_spawned);
		return -1;
	}
	return 0;
}

int spawn_follow_builder(struct spawned *spawned, const struct plan *plan, struct error *err)
{
	if (follow_clone(spawned, err) < 0)
		return -1;
	return process_complete(spawned->pid, &plan->process, err);
}

void spawn_undo(struct spawned *spawned)
{
	int code;

	if (spawned->pid <= 0)
		return;
	/* A seccomp filter that tare itself runs under may refuse pidfd_send_signal(2). kill(2) is as safe here: the
	 * child is not reaped yet, so its pid is its own. */
	if (spawned->pidfd < 0 || pidfd_send_signal(spawned->pidfd, SIGKILL, NULL, 0) < 0)
		kill(spawned->pid, SIGKILL);
	close_fd(&spawned->sync);
	close_fd(&spawned->pidfd);
	(void)child_wait(spawned->pid, &code);
	spawned->pid = 0;
}
