/* The root file system: init attaches it, enters it, and detaches the host's. Runs inside the container. */
#include "init/tree.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/syscall.h"
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_mount_namespace(const struct init *init)
{
	return init->plan->namespaces.inside & CLONE_NEWNS;
}

int stop_propagation(struct init *init, struct error *err)
{
	struct mount_attr slave = { .propagation = MS_SLAVE };

	if (!has_mount_namespace(init))
		return 0;
	/* Slave and not private: an unmount on the host while init runs also happens here, so that init does not keep a
	 * host's file system busy. */
	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &slave, sizeof(slave)) < 0)
		return error_set(err, errno, "cannot make '/' a slave");
	return 0;
}

/* Opens the directory that root.path names. The root file system is attached there until pivot_root(2), since hooks
 * look for it at that path. */
int open_mount_point_of_root(struct init *init, struct error *err)
{
	const char *path = init->plan->root.path;

	if (!plan_mounts_root(init->plan))
		return 0;
	/* handles->root_on_host belongs to the host's mount namespace, and init needs the same directory of its own, so
	 * init opens the path again and compares. */
	init->root_mount_point = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (init->root_mount_point < 0)
		return error_set(err, errno, "cannot open '%s'", path);
	if (!path_same_file(init->root_mount_point, init->handles->root_on_host))
		return error_set(err, 0, "'%s' was changed meanwhile", path);
	return 0;
}

int attach_root(struct init *init, struct error *err)
{
	struct mount_attr private_mount = { .propagation = MS_PRIVATE };
	int root = init->handles->root;

	if (!plan_mounts_root(init->plan))
		return 0;
	if (mount_attach(root, init->root_mount_point, init->plan->root.path, err) < 0)
		return -1;
	/* A mount that is attached to a shared mount becomes shared. As a private one it propagates none of the mounts
	 * on it to other mount namespaces. */
	if (!has_mount_namespace(init) &&
		mount_setattr(root, "", AT_EMPTY_PATH | AT_RECURSIVE, &private_mount, sizeof(private_mount)) < 0)
		return error_set(err, errno, "cannot make '%s' private", init->plan->root.path);
	return 0;
}

/* Moves the root over the host's root, for a host that runs from an initramfs: pivot_root(2) refuses that. */
static int move_to_root(const struct init *init, struct error *err)
{
	if (move_mount(init->handles->root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return error_set(err, errno, "cannot move '%s' to '/'", init->plan->root.path);
	return 0;
}

int pivot_to_root(struct init *init, struct error *err)
{
	if (fchdir(init->handles->root) < 0)
		return error_set(err, errno, "cannot enter '%s'", init->plan->root.path);
	if (!has_mount_namespace(init) || init->plan->no_pivot) {
		/* move_mount(2) to "/" leaves the root directory of this process unchanged: chroot(2) changes it. */
		if (has_mount_namespace(init) && (move_to_root(init, err) < 0 || hide_host_tree(init, err) < 0))
			return -1;
		if (chroot(".") < 0)
			return error_set(err, errno, "chroot");
		return 0;
	}
	init->old_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (init->old_root < 0)
		return error_set(err, errno, "cannot open '/'");
	/* With the same directory twice pivot_root(2) stacks the old root on the new one, and needs no directory for
	 * the old one (pivot_root(2), NOTES). */
	if (sys_pivot_root(".", ".") < 0)
		return error_set(err, errno, "pivot_root to '%s'", init->plan->root.path);
	return 0;
}

/* Whether the root of this process is that of its mount namespace: where setns(2) leads, also to the own namespace. It
 * is not when tare was called in a chroot(2): then "exec" would work outside of the container, and a process with
 * CAP_SYS_CHROOT could leave it. */
static int check_root_of_namespace(struct error *err)
{
	struct statx root = { 0 };
	struct statx reached = { 0 };
	cleanup_fd int self = pidfd_open(getpid(), 0);

	if (self < 0 || statx(AT_FDCWD, "/", 0, STATX_MNT_ID, &root) < 0 || setns(self, CLONE_NEWNS) < 0 ||
		statx(AT_FDCWD, "/", 0, STATX_MNT_ID, &reached) < 0)
		return error_set(err, errno, "cannot find the root of the mount namespace");
	if (root.stx_mnt_id == reached.stx_mnt_id)
		return 0;
	error_set(err, 0, "this program runs in a chroot(2), which the container could leave");
	return error_hint(err, "call it in a mount namespace whose root was changed by pivot_root(2)");
}

int detach_old_root(struct init *init, struct error *err)
{
	struct mount_attr shared = { .propagation = init->plan->root.propagation & ~(unsigned long)MS_REC };

	if (init->old_root >= 0) {
		if (fchdir(init->old_root) < 0 || umount2(".", MNT_DETACH) < 0)
			return error_set(err, errno, "cannot detach it");
		close_fd(&init->old_root);
	}
	close_fd(&init->root_mount_point);
	close_fd(&init->mask);
	if (chdir("/") < 0)
		return error_set(err, errno, "cannot enter '/'");
	/* pivot_root(2) refuses a shared new root, so linux.rootfsPropagation is set after it. */
	if (plan_mounts_root(init->plan) && shared.propagation != MS_PRIVATE &&
		mount_setattr(AT_FDCWD, "/", 0, &shared, sizeof(shared)) < 0)
		return error_set(err, errno, "cannot set linux.rootfsPropagation");
	return init->plan->namespaces.create & CLONE_NEWNS ? check_root_of_namespace(err) : 0;
}

int make_root_readonly(struct init *init, struct error *err)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };

	if (!init->plan->root.readonly)
		return 0;
	if (mount_setattr(init->handles->root, "", AT_EMPTY_PATH, &readonly, sizeof(readonly)) < 0)
		return error_set(err, errno, "mount_setattr");
	return 0;
}
