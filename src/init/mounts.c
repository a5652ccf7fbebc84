/* Mounts: each entry of the plan in order, onto a target found inside the root. Runs inside the container.
 *
 * The target is opened once, made if it is missing, and everything after works on the fd: there is no path left to race for
 * (CVE-2021-30465, CVE-2024-45310). */
#include "init/init.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

int attach_mount(int mount, int target, const char *destination, struct error *err)
{
	if (move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0)
		return 0;
	/* The errno for "a mount limit is reached" speaks of a full device. */
	if (errno == ENOSPC)
		return error_set(err, 0, "cannot mount on '%s': the limit of mounts is reached (sysctl fs.mount-max)",
			destination);
	return error_set(err, errno, "cannot mount on '%s'", destination);
}

/* /proc and /sys have to be directories of the image itself: a link would let it choose what is labelled and masked later
 * (CVE-2019-19921, CVE-2023-27561). */
static bool is_kernel_tree(const struct plan_mount *m)
{
	return m->kind == PLAN_MOUNT_FS && (strcmp(m->type, "proc") == 0 || strcmp(m->type, "sysfs") == 0);
}

static int open_kernel_tree_target(int root, const char *destination, struct error *err)
{
	const char *name;
	cleanup_fd int parent = path_strict_parent(root, destination, &name, err);
	int target;

	if (parent < 0)
		return -1;
	if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot make '%s'", destination);
	target = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return error_set(err, errno, "'%s' has to be a directory and no link", destination);
	return target;
}

static int open_target(const struct init *init, const struct plan_mount *m, int source, struct error *err)
{
	enum path_kind kind = PATH_DIRECTORY;
	struct statfs fs;
	struct stat st;
	cleanup_fd int target = -1;

	if (is_kernel_tree(m))
		return open_kernel_tree_target(init->handles->root, m->destination, err);
	if (source >= 0 && fstat(source, &st) == 0 && !S_ISDIR(st.st_mode))
		kind = PATH_FILE;
	target = path_in_root_make(init->handles->root, m->destination, kind, err);
	if (target < 0)
		return -1;
	/* A link of the image may lead into /proc, which the plan could not see. */
	if (!path_is_below(m->destination, "/proc") && fstatfs(target, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC)
		return error_set(err, 0, "'%s' leads into /proc", m->destination);
	return take_fd(&target);
}

static int set_attributes(int mount, const struct plan_mount *m, struct error *err)
{
	struct mount_attr top = { .attr_set = m->attr_set, .attr_clr = m->attr_clear };
	struct mount_attr tree = { .attr_set = m->tree_set, .attr_clr = m->tree_clear };

	if ((top.attr_set || top.attr_clr) && mount_setattr(mount, "", AT_EMPTY_PATH, &top, sizeof(top)) < 0)
		return error_set(err, errno, "cannot set the mount options of '%s'", m->destination);
	if ((tree.attr_set || tree.attr_clr) &&
		mount_setattr(mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &tree, sizeof(tree)) < 0)
		return error_set(err, errno, "cannot set the recursive mount options of '%s'", m->destination);
	return 0;
}

static int set_propagation(int mount, const struct plan_mount *m, struct error *err)
{
	struct mount_attr attr = { .propagation = m->propagation };
	unsigned int flags = AT_EMPTY_PATH | (m->propagation_tree ? AT_RECURSIVE : 0);

	if (m->propagation && mount_setattr(mount, "", flags, &attr, sizeof(attr)) < 0)
		return error_set(err, errno, "cannot set the propagation of '%s'", m->destination);
	return 0;
}

/* "remount": other options for what is mounted there already. */
static int remount(const struct init *init, const struct plan_mount *m, struct error *err)
{
	cleanup_fd int mount = path_in_root_open(init->handles->root, m->destination, O_PATH, err);

	if (mount < 0 || set_attributes(mount, m, err) < 0)
		return -1;
	return set_propagation(mount, m, err);
}

static int mount_one(struct init *init, size_t i, struct error *err)
{
	const struct plan_mount *m = &init->plan->mounts.items[i];
	int source = init->handles->mounts[i];
	cleanup_fd int target = -1;
	cleanup_fd int mount = -1;

	if (m->kind == PLAN_MOUNT_REMOUNT)
		return remount(init, m, err);
	target = open_target(init, m, source, err);
	if (target < 0)
		return -1;
	if (source >= 0) /* a bind: opened and set by the host */
		return attach_mount(source, target, m->destination, err);
	mount = mount_fs(init->handles->root, m, init->plan->mount_label, target, err);
	if (mount < 0 || set_propagation(mount, m, err) < 0)
		return -1;
	if (m->copy_up && copy_up(m, target, mount, err) < 0)
		return -1;
	/* Something may have to be made inside it yet: mount points, /dev's nodes. */
	if (strcmp(m->type, "tmpfs") == 0 && (m->attr_set & MOUNT_ATTR_RDONLY))
		init->deferred[i] = take_fd(&mount);
	return 0;
}

int mount_all(struct init *init, struct error *err)
{
	const struct plan_mounts *mounts = &init->plan->mounts;

	init->deferred = malloc((mounts->n + 1) * sizeof(*init->deferred));
	if (!init->deferred)
		return error_set(err, ENOMEM, "cannot mount the file systems");
	for (size_t i = 0; i < mounts->n; i++)
		init->deferred[i] = -1;
	for (size_t i = 0; i < mounts->n; i++) {
		const struct plan_mount *m = &mounts->items[i];

		if (mount_one(init, i, err) < 0)
			return error_wrap(err, "mounts[%zu]: error mounting \"%s\" to rootfs at \"%s\"", i, m->source,
				m->destination);
		close_fd(&init->handles->mounts[i]);
	}
	return 0;
}

int finish_readonly_mounts(struct init *init, struct error *err)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };

	for (size_t i = 0; i < init->plan->mounts.n; i++) {
		if (init->deferred[i] < 0)
			continue;
		if (mount_setattr(init->deferred[i], "", AT_EMPTY_PATH, &readonly, sizeof(readonly)) < 0)
			return error_set(err, errno, "'%s'", init->plan->mounts.items[i].destination);
		close_fd(&init->deferred[i]);
	}
	return 0;
}
