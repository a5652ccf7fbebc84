/* Joins existing namespaces, makes the cgroup and the time namespace, which only init itself can make, and becomes root
 * of a new user namespace. Runs inside the container; the stage calls join_namespaces(), too. */
#include "init/namespaces.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/proc.h"
#include "init/process.h"
#include "init/startgate.h"
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

static int join_namespace(const struct plan *plan, const struct handles *handles, size_t i, struct error *err)
{
	const struct plan_join *join = &plan->namespaces.join[i];

	/* A caller without root has joined this user namespace already, before the clone: host/spawn/rootless.c. */
	if (handles->namespaces[i] < 0)
		return 0;
	if (setns(handles->namespaces[i], join->flag) < 0)
		return error_set(err, errno, "cannot join the %s namespace '%s'", join->name, join->path);
	return 0;
}

/* Keeps other processes from ptrace(2) of this one. To be called again after each change of credentials (setresuid(2),
 * setns(2) into a user namespace), which makes a process dumpable. */
static void make_undumpable(void)
{
	prctl(PR_SET_DUMPABLE, 0);
}

int join_namespaces(const struct plan *plan, const struct handles *handles, struct error *err)
{
	int user = plan_joined(&plan->namespaces, CLONE_NEWUSER);
	int pid = plan_joined(&plan->namespaces, CLONE_NEWPID);

	/* The user namespace comes last: the host's rights suffice to join all of them, and the rights in the joined
	 * user namespace may not. */
	for (size_t i = 0; i < plan->namespaces.join_count; i++) {
		if ((int)i != user && (int)i != pid && join_namespace(plan, handles, i, err) < 0)
			return -1;
	}
	if (user < 0)
		return 0;
	if (join_namespace(plan, handles, (size_t)user, err) < 0)
		return -1;
	make_undumpable();
	return 0;
}

/* True when the builder will still have the right to join the pid namespace after it has entered its user namespace:
 * when it joins the very user namespace that owns the pid namespace. A new user namespace owns no pid namespace that
 * exists. */
static bool may_join_pid_namespace_later(const struct init *init)
{
	const struct plan_namespaces *namespaces = &init->plan->namespaces;
	cleanup_fd int owner = -1;
	int user = handles_joined(init->plan, init->handles, CLONE_NEWUSER);

	if (!(namespaces->inside & CLONE_NEWUSER))
		return true;
	if (user < 0)
		/* the builder is in that user namespace already: host/spawn/rootless.c */
		return !(namespaces->create & CLONE_NEWUSER);
	owner = ioctl(init->handles->pid_namespace, NS_GET_USERNS);
	return owner >= 0 && path_same_file(owner, user);
}

int join_pid_namespace(struct init *init, struct error *err)
{
	int namespace = init->handles->pid_namespace;

	if (namespace < 0 || init->joined_pid_namespace)
		return 0;
	if (setns(namespace, CLONE_NEWPID) < 0)
		return error_set(err, errno, "'%s'",
			init->plan->namespaces.join[plan_joined(&init->plan->namespaces, CLONE_NEWPID)].path);
	init->joined_pid_namespace = true;
	return 0;
}

/* The builder makes its namespaces with unshare(2) and not by the flags of its clone: it must not be in the pid
 * namespace itself, and a process that is cloned after setns(2) to a pid namespace is. HELLO tells the host's process
 * that the user namespace exists, whose id mappings it writes then. */
static int builder_enter_namespaces(struct init *init, struct error *err)
{
	/* enter_cgroup_namespace() and enter_time_namespace() make the other two. */
	const uint64_t made = init->plan->namespaces.create & ~(uint64_t)(CLONE_NEWCGROUP | CLONE_NEWTIME);

	if (!may_join_pid_namespace_later(init) && join_pid_namespace(init, err) < 0)
		return error_wrap(err, "cannot join the pid namespace");
	if (join_namespaces(init->plan, init->handles, err) < 0)
		return -1;
	if (made && unshare((int)made) < 0)
		return error_set(err, errno, "unshare");
	make_undumpable();
	if (sync_send(init->handles->sync, SYNC_HELLO, NULL, -1) < 0)
		return error_set(err, errno, "the host is gone");
	return 0;
}

int enter_namespaces(struct init *init, struct error *err)
{
	switch (init->plan->spawn) {
	case PLAN_SPAWN_BUILDER:
		return builder_enter_namespaces(init, err);
	case PLAN_SPAWN_STAGE:
		return 0;
	default:
		return join_namespaces(init->plan, init->handles, err);
	}
}

/* Enters the container's root where the container shares the host's mount namespace. setns(2) changes the root only
 * together with the mount namespace; init of such a container had entered its root with chroot(2), and exec does the
 * same. */
static int enter_root_of_container(const struct plan *plan, const struct handles *handles, struct error *err)
{
	if (plan->namespaces.inside & CLONE_NEWNS)
		return 0;
	if (fchdir(handles->root) < 0 || chroot(".") < 0)
		return error_set(err, errno, "cannot enter the root of the container");
	return 0;
}

/* Joins all namespaces with one setns(2) on a pidfd, which the host's process has proved to be the container's init: no
 * path is looked up, and the process leaves all namespaces of the host before any of the container's processes has
 * rights over it. The process itself stays outside of the pid namespace; only its child is born into it. */
int join_container(struct init *init, struct error *err)
{
	const struct plan *plan = init->plan;

	if (plan->namespaces.inside && setns(init->handles->target, (int)plan->namespaces.inside) < 0)
		return error_set(err, errno, "cannot join the namespaces of the container");
	init->joined_pid_namespace = true;
	if (enter_root_of_container(plan, init->handles, err) < 0)
		return -1;
	/* Where the container shares the host's pid namespace, its processes see this process from now on. */
	if (close_inherited(init, err) < 0)
		return error_wrap(err, "cannot close the host's files");
	make_undumpable();
	return 0;
}

/* Makes the time namespace with unshare(2), writes the offsets, and then enters the namespace with setns(2): the kernel
 * fixes the offsets when the first process enters (time_namespaces(7)). */
int enter_time_namespace(struct init *init, struct error *err)
{
	const char *offsets = init->plan->namespaces.time_offsets;
	char number[PROC_NUMBER_MAX];
	char path[64];
	cleanup_fd int proc = -1;
	cleanup_fd int ns = -1;

	if (!(init->plan->namespaces.create & CLONE_NEWTIME))
		return 0;
	if (unshare(CLONE_NEWTIME) < 0)
		return error_set(err, errno, "unshare");
	proc = proc_open_any(err);
	if (proc < 0 || (offsets && proc_write_own(proc, "timens_offsets", offsets, err) < 0) ||
		proc_own_number(proc, number, err) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/ns/time_for_children", number);
	ns = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || setns(ns, CLONE_NEWTIME) < 0)
		return error_set(err, errno, "cannot enter it");
	return 0;
}

int enter_cgroup_namespace(struct init *init, struct error *err)
{
	if (init->in_cgroup)
		return 0;
	if (init->plan->cgroup.unit.name && await_host(init, err) < 0)
		return -1;
	if ((init->plan->namespaces.create & CLONE_NEWCGROUP) && unshare(CLONE_NEWCGROUP) < 0)
		return error_set(err, errno, "unshare");
	init->in_cgroup = true;
	return 0;
}

int become_namespace_root(struct init *init, struct error *err)
{
	if (!(init->plan->namespaces.inside & CLONE_NEWUSER))
		return 0;
	/* The systemd of a user may move a process of another user nowhere: so not before this one is in its unit. */
	if (init->plan->cgroup.unit.name && enter_cgroup_namespace(init, err) < 0)
		return -1;
	if (setresgid(0, 0, 0) < 0)
		return error_set(err, errno, "cannot set the group");
	if (setresuid(0, 0, 0) < 0)
		return error_set(err, errno, "cannot set the user");
	make_undumpable();
	return 0;
}
