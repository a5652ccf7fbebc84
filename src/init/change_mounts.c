/* `tare mounts`: a process joins a running container, attaches or detaches mounts, sends READY or ERROR, and ends. Runs
 * inside the container's mount namespace but outside of its pid namespace. The container's processes may change its
 * paths meanwhile, so no link is followed, and every lookup stays below the container's root. */
#include "init/init.h"

#include "base/cleanup.h"
#include "init/namespaces.h"
#include "init/tree.h"
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* Joins the container's namespaces with one setns(2), except for the pid namespace, where the container's processes
 * could see this process, and the time namespace. */
static int enter_container(struct init *init, int container, struct error *err)
{
	uint64_t namespaces = init->plan->namespaces.inside & ~(uint64_t)(CLONE_NEWPID | CLONE_NEWTIME);

	if (setns(container, (int)namespaces) < 0)
		return error_set(err, errno, "cannot join the namespaces of the container");
	if (become_namespace_root(init, err) < 0)
		return -1;
	/* setns(2) has made the root of the joined mount namespace the root of this process. */
	init->handles->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* fd_path() returns paths that are relative to the procfs. */
	if (init->handles->root < 0 || fchdir(init->private_proc) < 0)
		return error_set(err, errno, "cannot enter the root file system of the container");
	return 0;
}

static int detach(const struct init *init, int mount)
{
	char path[INIT_FD_PATH_MAX];

	fd_path(init, mount, path);
	return umount2(path, MNT_DETACH);
}

/* Detaches the mounts that were attached before one failed: either all mounts are added or none. */
static void detach_attached(const struct init *init)
{
	for (size_t i = init->plan->mounts.n; init->mount_fds && i-- > 0;) {
		if (init->mount_fds[i] >= 0)
			(void)detach(init, init->mount_fds[i]);
	}
}

static int add_mounts(struct init *init, struct error *err)
{
	if (mount_all(init, err) == 0 && finish_readonly_mounts(init, err) == 0)
		return 0;
	detach_attached(init);
	return -1;
}

static int find_mounted(const struct init *init, const struct plan_mount *m, struct error *err)
{
	cleanup_fd int mount = open_mounted(init, m, err);
	struct statx stx;

	if (mount < 0)
		return -1;
	if (statx(mount, "", AT_EMPTY_PATH, 0, &stx) < 0)
		return error_set(err, errno, "cannot look at '%s'", m->destination);
	if (!(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return error_set(err, EINVAL, "nothing is mounted at '%s'", m->destination);
	return take_fd(&mount);
}

static int remove_mounts(struct init *init, struct error *err)
{
	const struct plan_mounts *mounts = &init->plan->mounts;

	if (make_mount_fds(init, err) < 0)
		return -1;
	/* All mounts are looked up before the first is detached, so that a path without a mount changes nothing. */
	for (size_t i = 0; i < mounts->n; i++) {
		init->mount_fds[i] = find_mounted(init, &mounts->items[i], err);
		if (init->mount_fds[i] < 0)
			return error_wrap(err, "mounts[%zu]", i);
	}
	/* In reverse order, since a later mount may cover an earlier one. */
	for (size_t i = mounts->n; i-- > 0;) {
		if (detach(init, init->mount_fds[i]) < 0)
			return error_set(err, errno, "mounts[%zu]: cannot unmount '%s'", i,
				mounts->items[i].destination);
	}
	return 0;
}

static _Noreturn void run_in_container(const struct plan *plan, struct handles *handles, int container, int proc,
	int (*run)(struct init *init, struct error *err))
{
	struct init init = init_begin(plan, handles);
	struct error err;
	bool done;

	init.private_proc = proc;
	init.container_runs = true;
	done = enter_container(&init, container, &err) == 0 && run(&init, &err) == 0;
	(void)sync_send(handles->sync, done ? SYNC_READY : SYNC_ERROR, done ? NULL : &err, -1);
	_exit(done ? EXIT_SUCCESS : EXIT_FAILURE);
}

__attribute__((noreturn)) void init_add_mounts(const struct plan *plan, struct handles *handles, int container,
	int proc)
{
	run_in_container(plan, handles, container, proc, add_mounts);
}

__attribute__((noreturn)) void init_remove_mounts(const struct plan *plan, struct handles *handles, int container,
	int proc)
{
	run_in_container(plan, handles, container, proc, remove_mounts);
}
