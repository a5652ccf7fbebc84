/* Spawning init: one clone3(2) into all new namespaces and into the cgroup, so that the process is never anywhere else.
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

/* Waits until there is something to read from who was cloned. False when a signal asks us to end, or when it ended
 * without a word: a process of its own, if it was born, holds the other end of the channel too, so that no end of file
 * would ever tell. */
static bool clone_speaks(const struct spawned *spawned)
{
	struct pollfd events[] = {
		{ .fd = spawned->sync, .events = POLLIN },
		{ .fd = spawned->pidfd, .events = POLLIN },
	};

	while (poll(events, 2, -1) < 0 && errno == EINTR && !interrupt_noted())
		;
	/* What it said before its end may have come between the two looks. */
	return events[0].revents || poll(events, 1, 0) > 0;
}

/* Ends who was cloned, and a process of its own whose pid nobody told: that goes with the channel. */
static void abandon_unknown(struct spawned *spawned)
{
	pidfd_send_signal(spawned->pidfd, SIGKILL, NULL, 0);
	close_fd(&spawned->sync);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	spawned->pid = 0;
}

/* A stage, or a builder, says the pid of the process that it has cloned, which is a child of this one all the same, and
 * ends. Others may speak on the channel as soon as that process is born: only its parent is believed. */
static int follow(struct spawned *spawned, struct error *err)
{
	pid_t parent = spawned->pid;
	struct sync_message message;
	int code;

	if (!clone_speaks(spawned)) {
		abandon_unknown(spawned);
		return error_set(err, 0, "the process between this one and the container's ended unexpectedly");
	}
	if (sync_hear(spawned->sync, SYNC_HELLO, &message, err) < 0)
		return -1;
	close_fd(&message.fd);
	if (message.sender != parent || message.error.number <= 0)
		return error_set(err, 0, "an unexpected process spoke on the channel to init");
	spawned->pid = message.error.number;
	close_fd(&spawned->pidfd);
	spawned->pidfd = pidfd_open(spawned->pid, 0);
	if (child_wait(parent, &code) < 0 || spawned->pidfd < 0)
		return error_set(err, errno, "cannot follow the container's init");
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

/* The host's last work, by the one that has the right to it. */
static void open_sources_inside(const struct plan *plan, struct handles *handles)
{
	struct error err;

	if (rootless_open_sources(plan, handles, &err) == 0)
		return;
	sync_send(handles->sync, SYNC_ERROR, &err, -1);
	_exit(EXIT_FAILURE);
}

/* The child: what is left for the host's code to do in it, and then the life of init. */
static _Noreturn void live(const struct plan *plan, struct handles *handles, enum spawn_life life, int host_end)
{
	/* Or init would never see the end of the host. */
	close_keep_errno(host_end);
	if (handles->sources_inside)
		open_sources_inside(plan, handles);
	if (plan->spawn == PLAN_SPAWN_STAGE)
		init_stage(plan, handles);
	if (life == SPAWN_EXEC)
		init_exec(plan, handles);
	init_create(plan, handles);
}

/* clone3(2) with what the child is born into. Returns as fork(2) does. */
static pid_t clone_child(const struct plan *plan, const struct handles *handles, int *ret_pidfd)
{
	/* A cgroup namespace is made by init once it is in its cgroup, a time namespace once its offsets are set. */
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

/* The sysctls by which distributions keep ordinary users from user namespaces. */
static const struct knob {
	const char *sysctl;
	const char *path;
	const char *wanted;
} knobs[] = {
	{ "kernel.unprivileged_userns_clone", "/proc/sys/kernel/unprivileged_userns_clone", "1" },
	{ "kernel.apparmor_restrict_unprivileged_userns", "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
		"0" },
};

static const struct knob *find_wrong_knob(void)
{
	char value[16];

	for (const struct knob *knob = knobs; knob < knobs + sizeof(knobs) / sizeof(knobs[0]); knob++) {
		if (file_read_line(AT_FDCWD, knob->path, value, sizeof(value)) == 0 && strcmp(value, knob->wanted) != 0)
			return knob;
	}
	return NULL;
}

/* Why clone3(2) failed, by errno: it makes namespaces, enters a cgroup, and needs a process to spare. Always returns
 * -1. */
static int clone_refused(int number, const struct plan *plan, struct error *err)
{
	const struct knob *knob = number == EPERM && plan->namespaces.create & CLONE_NEWUSER ? find_wrong_knob() : NULL;

	if (knob) {
		error_set(err, 0, "cannot make a user namespace: the sysctl %s has to be %s", knob->sysctl,
			knob->wanted);
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

/* Waits until a process with the mappings of the plan is there, and writes them. */
static int settle(const struct plan *plan, struct spawned *spawned, struct error *err)
{
	if (plan->spawn == PLAN_SPAWN_STAGE && follow(spawned, err) < 0)
		return -1;
	/* A builder makes its namespaces by itself; that of exec has none to make. */
	if (plan->spawn == PLAN_SPAWN_BUILDER && plan->namespaces.join_count > 0 &&
		sync_expect(spawned->sync, SYNC_HELLO, NULL, err) < 0)
		return -1;
	return write_maps(plan, spawned->pid, err);
}

int spawn_init(const struct plan *plan, struct handles *handles, enum spawn_life life, struct spawned *ret_spawned,
	struct error *err)
{
	struct spawned spawned = { .pidfd = -1, .sync = -1 };
	bool reachable = handles->sources_inside && plan->namespaces.uid_map;
	int ends[2];

	if (sync_pair(ends) < 0)
		return error_set(err, errno, "cannot make the channel to init");
	spawned.sync = ends[0];
	handles->sync = ends[1];
	handles->in_user_namespace = plan->namespaces.inside & CLONE_NEWUSER || !userns_is_initial();
	if (plan->spawn != PLAN_SPAWN_CLONE && sync_ask_senders(spawned.sync) < 0) {
		error_set(err, errno, "cannot make the channel to init");
		close_fd(&spawned.sync);
		close_fd(&handles->sync);
		return -1;
	}
	/* The files in /proc of a process that is not dumpable belong to the machine's root, and nobody else could map
	 * its ids. Nothing of the container is there yet that could look into it; init ends this when it becomes root
	 * inside. */
	if (reachable)
		prctl(PR_SET_DUMPABLE, 1);
	spawned.pid = clone_child(plan, handles, &spawned.pidfd);
	if (spawned.pid == 0)
		live(plan, handles, life, spawned.sync);
	if (spawned.pid < 0) {
		clone_refused(errno, plan, err);
		close_fd(&spawned.sync);
		close_fd(&handles->sync);
		return -1;
	}
	if (reachable)
		prctl(PR_SET_DUMPABLE, 0);
	/* So that the end of file tells of init's end. */
	close_fd(&handles->sync);
	*ret_spawned = spawned;
	if (settle(plan, ret_spawned, err) < 0) {
		spawn_undo(ret_spawned);
		return -1;
	}
	return 0;
}

int spawn_meet_program(struct spawned *spawned, const struct plan *plan, struct error *err)
{
	if (follow(spawned, err) < 0)
		return -1;
	return process_complete(spawned->pid, &plan->process, err);
}

void spawn_undo(struct spawned *spawned)
{
	int code;

	if (spawned->pid <= 0)
		return;
	/* A filter around us may refuse the one. The other is as good: nobody has reaped the child yet. */
	if (spawned->pidfd < 0 || pidfd_send_signal(spawned->pidfd, SIGKILL, NULL, 0) < 0)
		kill(spawned->pid, SIGKILL);
	close_fd(&spawned->sync);
	close_fd(&spawned->pidfd);
	(void)child_wait(spawned->pid, &code);
	spawned->pid = 0;
}
