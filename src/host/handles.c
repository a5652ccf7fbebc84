/* Handles: everything the plan names on the host, opened while only the host's view exists. Runs on the host, before the clone.
 *
 * After this no host path is resolved again. The root file system and the sources of binds become detached copies with their
 * final attributes: nothing is writable for a moment, nothing propagates. */
#include "host/host.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

enum { PROC_ROOT_INODE = 1 };

static int open_namespace(const struct plan_join *join, struct error *err)
{
	cleanup_fd int fd = open(join->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int type;

	if (fd < 0)
		return error_set(err, errno, "cannot open the %s namespace '%s'", join->name, join->path);
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0)
		return error_set(err, 0, "'%s' is not a namespace", join->path);
	if (type != join->flag)
		return error_set(err, 0, "'%s' is not a %s namespace", join->path, join->name);
	return take_fd(&fd);
}

static int open_namespaces(const struct plan *plan, struct handles *handles, struct error *err)
{
	for (size_t i = 0; i < plan->namespaces.join_count; i++) {
		handles->namespaces[i] = open_namespace(&plan->namespaces.join[i], err);
		if (handles->namespaces[i] < 0)
			return -1;
	}
	return 0;
}

static int open_root(const struct plan *plan, struct handles *handles, struct error *err)
{
	struct mount_attr detached = { .propagation = MS_PRIVATE };
	const char *path = plan->root.path;

	/* Shared or slave: what the host mounts below the root later shall appear in the container. */
	if (plan->root.propagation & (MS_SHARED | MS_SLAVE))
		detached.propagation = MS_SLAVE;
	handles->root_place = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (handles->root_place < 0)
		return error_set(err, errno, "root.path: cannot open '%s'", path);
	if (!(plan->namespaces.inside & CLONE_NEWNS)) {
		handles->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		return handles->root < 0 ? error_set(err, errno, "root.path: cannot open '%s'", path) : 0;
	}
	handles->root = open_tree(handles->root_place, "",
		AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (handles->root < 0)
		return error_set(err, errno, "root.path: cannot copy the mounts of '%s'", path);
	if (mount_setattr(handles->root, "", AT_EMPTY_PATH | AT_RECURSIVE, &detached, sizeof(detached)) < 0)
		return error_set(err, errno, "root.path: cannot detach '%s' from the host", path);
	return 0;
}

/* Only the procfs of the host itself may be bound to /proc: anything else would be a fake (CVE-2019-16884). */
static int check_proc_source(int source, const struct plan_mount *m, struct error *err)
{
	struct statfs fs;
	struct stat st;

	if (!plan_mount_is_guarded(m->destination))
		return 0;
	if (fstatfs(source, &fs) == 0 && fstat(source, &st) == 0 && fs.f_type == PROC_SUPER_MAGIC &&
		st.st_ino == PROC_ROOT_INODE)
		return 0;
	return error_set(err, 0, "'%s' is not a procfs, and nothing else may be at %s", m->source, m->destination);
}

/* Attributes and propagation of a detached copy, the whole tree first. */
static int set_copy(int copy, const struct plan_mount *m, struct error *err)
{
	struct mount_attr detached = { .propagation = MS_PRIVATE };
	struct mount_attr top = { .attr_set = m->attr_set, .attr_clr = m->attr_clear };
	struct mount_attr tree = { .attr_set = m->tree_set, .attr_clr = m->tree_clear };
	struct mount_attr wanted = { .propagation = m->propagation };
	unsigned int tree_flag = m->propagation_tree ? AT_RECURSIVE : 0;

	/* Private, unless the spec wants to hear of the host's mounts: a copy starts as a peer of its original. */
	if (!(m->propagation & (MS_SHARED | MS_SLAVE)) &&
		mount_setattr(copy, "", AT_EMPTY_PATH | AT_RECURSIVE, &detached, sizeof(detached)) < 0)
		return error_set(err, errno, "cannot detach '%s' from the host", m->source);
	if ((tree.attr_set || tree.attr_clr) &&
		mount_setattr(copy, "", AT_EMPTY_PATH | AT_RECURSIVE, &tree, sizeof(tree)) < 0)
		return error_set(err, errno, "cannot set the recursive mount options of '%s'", m->source);
	if ((top.attr_set || top.attr_clr) && mount_setattr(copy, "", AT_EMPTY_PATH, &top, sizeof(top)) < 0)
		return error_set(err, errno, "cannot set the mount options of '%s'", m->source);
	if (wanted.propagation && wanted.propagation != MS_PRIVATE &&
		mount_setattr(copy, "", AT_EMPTY_PATH | tree_flag, &wanted, sizeof(wanted)) < 0)
		return error_set(err, errno, "cannot set the propagation of '%s'", m->source);
	return 0;
}

static int open_bind(const struct plan_mount *m, struct error *err)
{
	unsigned int recursive = m->recursive ? AT_RECURSIVE : 0;
	cleanup_fd int copy = open_tree(AT_FDCWD, m->source, recursive | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (copy < 0)
		return error_set(err, errno, "cannot open the source");
	if (check_proc_source(copy, m, err) < 0 || set_copy(copy, m, err) < 0)
		return -1;
	return take_fd(&copy);
}

static int open_binds(const struct plan *plan, struct handles *handles, struct error *err)
{
	for (size_t i = 0; i < plan->mounts.n; i++) {
		const struct plan_mount *m = &plan->mounts.items[i];

		if (m->kind != PLAN_MOUNT_BIND)
			continue;
		handles->mounts[i] = open_bind(m, err);
		if (handles->mounts[i] < 0)
			return error_wrap(err, "mounts[%zu]: error mounting \"%s\" to rootfs at \"%s\"", m->index,
				m->source, m->destination);
	}
	return 0;
}

/* In a user namespace nodes cannot be made: the host's own are bound, if they are what was asked for. */
static int open_device(const struct plan_device *device, struct error *err)
{
	cleanup_fd int copy = open_tree(AT_FDCWD, device->path,
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
	struct stat st;

	if (copy < 0 || fstat(copy, &st) < 0)
		return error_set(err, errno, "device '%s' of a user namespace has to be on the host too", device->path);
	if ((st.st_mode & S_IFMT) != (device->mode & S_IFMT) || st.st_rdev != device->number)
		return error_set(err, 0, "device '%s' of a user namespace has to be on the host too, as %u:%u",
			device->path, major(device->number), minor(device->number));
	return take_fd(&copy);
}

static int open_devices(const struct plan *plan, struct handles *handles, struct error *err)
{
	if (!(plan->namespaces.inside & CLONE_NEWUSER))
		return 0;
	for (size_t i = 0; i < plan->devices.n; i++) {
		if (S_ISFIFO(plan->devices.items[i].mode))
			continue;
		handles->devices[i] = open_device(&plan->devices.items[i], err);
		if (handles->devices[i] < 0)
			return -1;
	}
	return 0;
}

static int *no_fds(size_t n)
{
	int *fds = malloc((n + 1) * sizeof(*fds));

	for (size_t i = 0; fds && i < n; i++)
		fds[i] = -1;
	return fds;
}

int handles_open(const struct plan *plan, struct handles *ret_handles, struct error *err)
{
	struct handles handles = {
		.sync = -1,
		.gate = -1,
		.root = -1,
		.root_place = -1,
		.cgroup = -1,
		.mounts = no_fds(plan->mounts.n),
		.devices = no_fds(plan->devices.n),
	};

	for (size_t i = 0; i < PLAN_MAX_NAMESPACES; i++)
		handles.namespaces[i] = -1;
	if (!handles.mounts || !handles.devices)
		error_set(err, ENOMEM, "cannot open what the configuration names");
	else if (open_namespaces(plan, &handles, err) == 0 && open_root(plan, &handles, err) == 0 &&
		open_binds(plan, &handles, err) == 0 && open_devices(plan, &handles, err) == 0) {
		*ret_handles = handles;
		return 0;
	}
	handles_free(plan, &handles);
	return -1;
}

/* Without a cgroup namespace of its own the container gets a bind: a new mount of the tree would change the options of the
 * host's own mount and wait for a grace period. With a user namespace it gets no more than its own cgroup (CVE-2023-25809). */
int handles_open_cgroup_mounts(const struct plan *plan, struct handles *handles, struct error *err)
{
	if (plan->namespaces.create & CLONE_NEWCGROUP)
		return 0;
	for (size_t i = 0; i < plan->mounts.n; i++) {
		const struct plan_mount *m = &plan->mounts.items[i];
		bool own = plan->namespaces.inside & CLONE_NEWUSER && handles->cgroup >= 0;
		cleanup_fd int tree = -1;
		cleanup_fd int copy = -1;

		if (m->kind != PLAN_MOUNT_CGROUP)
			continue;
		tree = own ? fcntl(handles->cgroup, F_DUPFD_CLOEXEC, 0) : cgroup_tree(err);
		if (tree < 0)
			return -1;
		copy = open_tree(tree, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (copy < 0)
			return error_set(err, errno, "cannot copy the cgroup tree for '%s'", m->destination);
		if (set_copy(copy, m, err) < 0)
			return -1;
		handles->mounts[i] = take_fd(&copy);
	}
	return 0;
}

void handles_free(const struct plan *plan, struct handles *handles)
{
	for (size_t i = 0; i < PLAN_MAX_NAMESPACES; i++)
		close_fd(&handles->namespaces[i]);
	for (size_t i = 0; handles->mounts && i < plan->mounts.n; i++)
		close_fd(&handles->mounts[i]);
	for (size_t i = 0; handles->devices && i < plan->devices.n; i++)
		close_fd(&handles->devices[i]);
	close_fd(&handles->sync);
	close_fd(&handles->gate);
	close_fd(&handles->root);
	close_fd(&handles->root_place);
	close_fd(&handles->cgroup);
	free(handles->mounts);
	free(handles->devices);
	handles->mounts = NULL;
	handles->devices = NULL;
}
