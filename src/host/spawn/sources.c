/* Opening the root and the sources of mounts, before the container's namespaces exist: binds and cgroup trees as
 * detached copies, and new file systems whose IDs are mapped. Runs on the host, except without root.
 *
 * A detached mount gets its final attributes and ID mappings before it is attached: no process ever sees it writable if
 * it must not be, it does not propagate, and the kernel maps the IDs of a mount only while it is detached. */
#include "host/spawn/parts.h"

#include "base/cleanup.h"
#include "host/cgroup/cgroup.h"
#include "handles.h"
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum { PROC_ROOT_INODE = 1 };

static int copy_root(const struct plan *plan, struct handles *handles, struct error *err)
{
	struct mount_attr detached = { .propagation = MS_PRIVATE };
	const char *path = plan->root.path;

	/* With a slave propagation, the copy becomes a slave of the host's mount: the container sees what the host
	 * mounts below the root later. A shared one is shared only with copies made of it. */
	if (plan->root.propagation & MS_SLAVE)
		detached.propagation = MS_SLAVE;
	handles->root_on_host = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (handles->root_on_host < 0)
		return error_set(err, errno, "root.path: cannot open '%s'", path);
	if (!plan_mounts_root(plan)) {
		handles->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		return handles->root < 0 ? error_set(err, errno, "root.path: cannot open '%s'", path) : 0;
	}
	handles->root = open_tree(handles->root_on_host, "",
		AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (handles->root < 0)
		return error_set(err, errno, "root.path: cannot copy the mounts of '%s'", path);
	if (mount_setattr(handles->root, "", AT_EMPTY_PATH | AT_RECURSIVE, &detached, sizeof(detached)) < 0)
		return error_set(err, errno, "root.path: cannot detach '%s' from the host", path);
	return 0;
}

int sources_open_root(const struct plan *plan, struct handles *handles, struct error *err)
{
	return copy_root(plan, handles, err) < 0 ? error_tag(err, ERROR_ROOT_FAILED, "root.path") : 0;
}

/* Only the procfs of the host may be bound to /proc: any other file system could feign the files that tare relies on
 * (CVE-2019-16884). */
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

/* The user namespace for the mappings of items[i]: that of an earlier mount with the same mappings, or a new one.
 * userns[j] is that of items[j]. Returns an fd that stays with the list, or -1 with *err. */
static int find_userns(const struct plan_mounts *mounts, size_t i, int joined, int *userns, struct error *err)
{
	const struct plan_idmap *idmap = &mounts->items[i].idmap;

	if (!idmap->uid_map)
		return joined;
	for (size_t j = 0; j < i; j++) {
		const struct plan_idmap *other = &mounts->items[j].idmap;

		if (userns[j] >= 0 && strcmp(other->uid_map, idmap->uid_map) == 0 &&
			strcmp(other->gid_map, idmap->gid_map) == 0)
			return userns[j];
	}
	userns[i] = userns_make(idmap->uid_map, idmap->gid_map, err);
	return userns[i];
}

static int map_ids(int mount, const struct plan_mount *m, int userns, struct error *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns };
	unsigned int flags = AT_EMPTY_PATH | (m->idmap.tree ? AT_RECURSIVE : 0);

	if (mount_setattr(mount, "", flags, &attr, sizeof(attr)) == 0)
		return 0;
	/* EINVAL: the file system does not support ID mappings. */
	if (errno == EINVAL)
		return error_set(err, 0, "cannot map the ids of '%s': its file system does not support it", m->source);
	return error_set(err, errno, "cannot map the ids of '%s'", m->source);
}

/* A recursive bind of the host's sysfs contains the cgroup tree, parts of which may belong to the container's user
 * (CVE-2023-25809). All of its mounts become read-only: while the copy is detached a mount below its root cannot be
 * changed alone, and the user can write to nothing else in sysfs anyway. */
static int guard_sysfs(int copy, const struct plan_mount *m, struct error *err)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	struct statfs fs;

	if (!m->recursive || fstatfs(copy, &fs) < 0 || fs.f_type != SYSFS_MAGIC)
		return 0;
	if (mount_setattr(copy, "", AT_EMPTY_PATH | AT_RECURSIVE, &readonly, sizeof(readonly)) < 0)
		return error_set(err, errno, "cannot make '%s' read-only", m->source);
	return 0;
}

static int open_bind(const struct plan *plan, const struct plan_mount *m, struct error *err)
{
	unsigned int recursive = m->recursive ? AT_RECURSIVE : 0;
	unsigned int nofollow = m->source_nofollow ? AT_SYMLINK_NOFOLLOW : 0;
	cleanup_fd int copy = open_tree(AT_FDCWD, m->source,
		recursive | nofollow | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (copy < 0)
		return error_set(err, errno, "cannot open the source");
	if (check_proc_source(copy, m, err) < 0 || mount_prepare_copy(copy, m, err) < 0)
		return -1;
	if (plan->namespaces.inside & CLONE_NEWUSER && guard_sysfs(copy, m, err) < 0)
		return -1;
	return take_fd(&copy);
}

/* A container without a cgroup namespace of its own gets a bind of the tree: a new mount would change the options of
 * the host's mount and wait for an RCU grace period. With a user namespace it gets only its own cgroup, or the tree
 * read-only if it has none: parts of the tree may belong to its user (CVE-2023-25809). */
static int open_cgroup_copy(const struct plan *plan, const struct plan_mount *m, struct error *err)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	bool confined = plan->namespaces.inside & CLONE_NEWUSER;
	bool own = confined && plan->cgroup.path;
	cleanup_fd int tree = own ? cgroup_open(plan->cgroup.path, err) : cgroup_tree(err);
	cleanup_fd int copy = -1;

	if (tree < 0)
		return -1;
	copy = open_tree(tree, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (copy < 0)
		return error_set(err, errno, "cannot copy the cgroup tree for '%s'", m->destination);
	if (mount_prepare_copy(copy, m, err) < 0)
		return -1;
	if (confined && !own && mount_setattr(copy, "", AT_EMPTY_PATH, &readonly, sizeof(readonly)) < 0)
		return error_set(err, errno, "cannot make the cgroup tree read-only for '%s'", m->destination);
	return take_fd(&copy);
}

/* Opens a symbolic link itself, for the option "copy-symlink". Returns -2 when the source is no link. */
static int open_link(const struct plan_mount *m, struct error *err)
{
	cleanup_fd int link = open(m->source, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (link < 0 || fstat(link, &st) < 0)
		return error_set(err, errno, "cannot open the source");
	return S_ISLNK(st.st_mode) ? take_fd(&link) : -2;
}

/* The mount of items[i], for those that the host makes. */
static int make_source(const struct plan *plan, const struct plan_mount *m, struct error *err)
{
	switch (m->kind) {
	case PLAN_MOUNT_MAPPED_FS:
		return mount_make(m, &plan->mounts, -1, err);
	case PLAN_MOUNT_CGROUP_COPY:
		return open_cgroup_copy(plan, m, err);
	default:
		return open_bind(plan, m, err);
	}
}

static bool is_of_host(const struct plan_mount *m)
{
	return m->kind == PLAN_MOUNT_BIND || m->kind == PLAN_MOUNT_MAPPED_FS || m->kind == PLAN_MOUNT_CGROUP_COPY;
}

static int open_source(const struct plan *plan, size_t i, int joined, int *userns, struct error *err)
{
	const struct plan_mounts *mounts = &plan->mounts;
	const struct plan_mount *m = &mounts->items[i];
	cleanup_fd int mount = m->copy_link ? open_link(m, err) : -2;
	int map = -1;

	if (mount != -2)
		return take_fd(&mount);
	mount = make_source(plan, m, err);
	if (mount < 0 || !m->idmap.set)
		return take_fd(&mount);
	map = find_userns(mounts, i, joined, userns, err);
	if (map < 0 || map_ids(mount, m, map, err) < 0)
		return -1;
	return take_fd(&mount);
}

static int open_all(const struct plan *plan, int joined, int *userns, int *ret_fds, struct error *err)
{
	const struct plan_mounts *mounts = &plan->mounts;

	for (size_t i = 0; i < mounts->n; i++) {
		const struct plan_mount *m = &mounts->items[i];

		if (!is_of_host(m))
			continue;
		ret_fds[i] = open_source(plan, i, joined, userns, err);
		if (ret_fds[i] < 0) {
			if (err->number == EMFILE)
				error_hint(err, "raise the hard limit of open files, as with 'ulimit -Hn'");
			error_tag(err, ERROR_MOUNT_FAILED, "mounts[%zu]", m->index);
			return error_wrap(err, "mounts[%zu]: error mounting \"%s\" to rootfs at \"%s\"", m->index,
				m->source, m->destination);
		}
	}
	return 0;
}

int mount_sources_open(const struct plan *plan, int joined, int *ret_fds, struct error *err)
{
	const struct plan_mounts *mounts = &plan->mounts;
	cleanup_free int *userns = handles_none(mounts->n);
	int result;

	if (!userns)
		return error_set(err, ENOMEM, "cannot open the sources of the mounts");
	result = open_all(plan, joined, userns, ret_fds, err);
	for (size_t i = 0; i < mounts->n; i++)
		close_fd(&userns[i]);
	return result;
}
