/* Namespaces from the inside: joining those of others, making the two that only the process itself can make, and taking
 * root's place in a new user namespace. Runs inside the container (joining: also in the stage). */
#include "init/namespaces.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/proc.h"
#include "init/process.h"
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

static int join_one(const struct plan *plan, const struct handles *handles, size_t i, struct error *err)
{
	const struct plan_join *join = &plan->namespaces.join[i];

	/* Without root the user namespace had to come first: host/spawn/rootless.c. */
	if (handles->namespaces[i] < 0)
		return 0;
	if (setns(handles->namespaces[i], join->flag) < 0)
		return error_set(err, errno, "cannot join the %s namespace '%s'", join->name, join->path);
	return 0;
}

/* Once more after a change of credentials, which resets it: new ids, and joining a user namespace. */
static void make_undumpable(void)
{
	prctl(PR_SET_DUMPABLE, 0);
}

int join_namespaces(const struct plan *plan, const struct handles *handles, struct error *err)
{
	int user = plan_joined(&plan->namespaces, CLONE_NEWUSER);
	int pid = plan_joined(&plan->namespaces, CLONE_NEWPID);

	/* The user namespace last: the host's rights reach into all of them, the rights of a user namespace may not. */
	for (size_t i = 0; i < plan->namespaces.join_count; i++) {
		if ((int)i != user && (int)i != pid && join_one(plan, handles, i, err) < 0)
			return -1;
	}
	if (user < 0)
		return 0;
	if (join_one(plan, handles, (size_t)user, err) < 0)
		return -1;
	make_undumpable();
	return 0;
}

/* True when the builder will still have the right to join the pid namespace when it is in its user namespace: a joined
 * one that owns the pid namespace. A new one owns nothing. */
static bool may_join_pid_namespace_later(const struct init *init)
{
	const struct plan_namespaces *namespaces = &init->plan->namespaces;
	cleanup_fd int owner = -1;
	int user = handles_joined(init->plan, init->handles, CLONE_NEWUSER);

	if (!(namespaces->inside & CLONE_NEWUSER))
		return true;
	if (user < 0)
		return !(namespaces->create & CLONE_NEWUSER); /* the builder is in it already: host/spawn/rootless.c */
	owner = ioctl(init->handles->pid_namespace, NS_GET_USERNS);
	return owner >= 0 && path_same_file(owner, user);
}

int join_pid_namespace(struct init *init, struct error *err)
{
	int namespace = init->handles->pid_namespace;

	if (namespace < 0 || init->pid_joined)
		return 0;
	if (setns(namespace, CLONE_NEWPID) < 0)
		return error_set(err, errno, "'%s'",
			init->plan->namespaces.join[plan_joined(&init->plan->namespaces, CLONE_NEWPID)].path);
	init->pid_joined = true;
	return 0;
}

/* The builder is in its namespaces by itself, since whoever is cloned after the pid namespace is joined is in that,
 * too. The host writes its id mappings when it hears that there are namespaces. */
static int enter_as_builder(struct init *init, struct error *err)
{
	/* cgroup and time namespaces are steps of their own. */
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
		return enter_as_builder(init, err);
	case PLAN_SPAWN_STAGE:
		return 0;
	default:
		return join_namespaces(init->plan, init->handles, err);
	}
}

/* setns(2) goes to the root of a mount namespace. Where the container has none of its own its root is a mere directory,
 * which create made its init's with chroot(2), too. */
static int enter_root_of_container(const struct plan *plan, const struct handles *handles, struct error *err)
{
	if (plan->namespaces.inside & CLONE_NEWNS)
		return 0;
	if (fchdir(handles->root) < 0 || chroot(".") < 0)
		return error_set(err, errno, "cannot enter the root of the container");
	return 0;
}

/* One call, by the pidfd that the host has proved to be the container's: no path is looked up, and no namespace has
 * rights over this process before it has left all of the host's. It stays outside of the pid namespace, into which only
 * its child will be born. */
int join_container(struct init *init, struct error *err)
{
	const struct plan *plan = init->plan;

	if (plan->namespaces.inside && setns(init->handles->target, (int)plan->namespaces.inside) < 0)
		return error_set(err, errno, "cannot join the namespaces of the container");
	init->pid_joined = true;
	if (enter_root_of_container(plan, init->handles, err) < 0)
		return -1;
	/* Where the pid namespace is the host's, whoever lives there sees this process. */
	if (close_inherited(init, err) < 0)
		return error_wrap(err, "cannot close the host's files");
	make_undumpable();
	return 0;
}

/* Unshare, offsets, and only then in: time_namespaces(7) freezes the offsets when the first process enters. */
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
	if ((init->plan->namespaces.create & CLONE_NEWCGROUP) && unshare(CLONE_NEWCGROUP) < 0)
		return error_set(err, errno, "unshare");
	return 0;
}

int become_namespace_root(struct init *init, struct error *err)
{
	if (!(init->plan->namespaces.inside & CLONE_NEWUSER))
		return 0;
	if (setresgid(0, 0, 0) < 0)
		return error_set(err, errno, "cannot set the group");
	if (setresuid(0, 0, 0) < 0)
		return error_set(err, errno, "cannot set the user");
	make_undumpable();
	return 0;
}
