/* Mounts each entry of the plan in order, at a target that is looked up inside of the root. Runs inside the
 * container. */
#include "init/tree.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "init/namespaces.h"
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* "remount": changes the options of what is mounted at the destination. No link is followed, since a link of the image
 * could choose which mount becomes writable. */
static int remount(const struct init *init, const struct plan_mount *m, struct error *err)
{
	cleanup_fd int mount = path_strict_open(init->handles->root, m->destination, O_PATH, err);

	if (mount < 0 || mount_change(mount, m, err) < 0 || mount_set_attributes(mount, m, err) < 0)
		return -1;
	return mount_set_propagation(mount, m, err);
}

/* "copy-symlink": makes a link at the destination with the target of the source, which is a link. */
static int copy_source_link(const struct init *init, const struct plan_mount *m, int source, struct error *err)
{
	const char *name;
	cleanup_fd int parent = open_target_parent(init, m, &name, err);
	char wanted[PATH_MAX];
	char found[PATH_MAX];
	ssize_t length = readlinkat(source, "", wanted, sizeof(wanted) - 1);

	if (parent < 0)
		return -1;
	if (length < 0)
		return error_set(err, errno, "cannot read the link");
	wanted[length] = '\0';
	if (symlinkat(wanted, parent, name) == 0)
		return 0;
	if (errno != EEXIST)
		return error_set(err, errno, "cannot make a link to '%s'", wanted);
	if (readlinkat(parent, name, found, sizeof(found)) == length && memcmp(found, wanted, (size_t)length) == 0)
		return 0;
	return error_set(err, EEXIST, "cannot make a link to '%s'", wanted);
}

static bool must_inherit_mode(const struct init *init, const struct plan_mount *m)
{
	struct error ignored;
	cleanup_fd int covered = m->inherits_mode ? open_mounted(init, m, &ignored) : -1;

	return covered >= 0;
}

static bool is_link(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode);
}

/* Refuses a source in /proc or /sys, to which a link of the image may have led: mask_paths() and make_paths_readonly()
 * run later and cover paths below /proc and /sys, and would not cover those of the copy. */
static int check_source_inside(int source, const struct plan_mount *m, struct error *err)
{
	struct statfs fs;

	if (fstatfs(source, &fs) < 0)
		return error_set(err, errno, "cannot look at '%s'", m->source);
	if (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC)
		return error_set(err, 0, "'%s' leads into /proc or /sys of the container", m->source);
	return 0;
}

static int find_source_inside(const struct init *init, const struct plan_mount *m, struct error *err)
{
	int root = init->handles->root;

	if (m->source_nofollow || m->copy_link)
		return path_in_root_open(root, m->source_inside, O_PATH | O_NOFOLLOW, err);
	if (strcmp(m->source_inside, "/") == 0)
		return path_strict_open(root, "/", O_PATH, err);
	return path_below_root_open(root, m->source_inside, err);
}

/* A bind of a path of the container: returns a detached copy with its final attributes, or the source itself where the
 * source is a link that copy_source_link() makes anew. */
static int copy_source_inside(const struct init *init, const struct plan_mount *m, struct error *err)
{
	cleanup_fd int source = find_source_inside(init, m, err);
	cleanup_fd int copy = -1;

	if (source < 0)
		return error_wrap(err, "cannot open the source");
	if (m->copy_link && is_link(source))
		return take_fd(&source);
	if (check_source_inside(source, m, err) < 0)
		return -1;
	copy = open_tree(source, "",
		AT_EMPTY_PATH | (m->recursive ? AT_RECURSIVE : 0) | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (copy < 0)
		return error_set(err, errno, "cannot copy the source");
	if (mount_prepare_copy(copy, m, err) < 0)
		return -1;
	return take_fd(&copy);
}

/* Replaces the handle of the root by a mount at "/". */
static int use_new_root(struct init *init, int mount, struct error *err)
{
	int root = fcntl(mount, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (root < 0)
		return error_set(err, errno, "cannot keep the new root");
	close_fd(&init->handles->root);
	init->handles->root = root;
	return 0;
}

/* Returns the detached mount of items[i], from the host's process or made here. */
static int open_source(struct init *init, size_t i, struct error *err)
{
	const struct plan_mount *m = &init->plan->mounts.items[i];

	if (init->handles->mounts[i] >= 0)
		return take_fd(&init->handles->mounts[i]);
	return m->kind == PLAN_MOUNT_INSIDE ? copy_source_inside(init, m, err) : make_file_system(init, m, err);
}

/* inherits: the mount gets the mode of the directory that it covers. */
static int attach(const struct plan_mount *m, int mount, int target, bool inherits, struct error *err)
{
	if (inherits && mount_inherit_mode(mount, target, err) < 0)
		return -1;
	return mount_attach(mount, target, m->destination, err);
}

static int mount_one(struct init *init, size_t i, struct error *err)
{
	const struct plan_mount *m = &init->plan->mounts.items[i];
	bool classic = needs_classic_mount(init, m);
	cleanup_fd int mount = -1;
	cleanup_fd int target = -1;
	bool inherits;

	if (m->kind == PLAN_MOUNT_REMOUNT)
		return remount(init, m, err);
	if (!classic)
		mount = open_source(init, i, err);
	if (!classic && mount < 0)
		return -1;
	if (m->copy_link && is_link(mount))
		return copy_source_link(init, m, mount, err);
	inherits = must_inherit_mode(init, m);
	target = open_target(init, m, mount, err);
	if (target < 0)
		return -1;
	if (classic)
		mount = mount_classic(init, m, target, inherits, err);
	if (mount < 0 || (!classic && attach(m, mount, target, inherits, err) < 0))
		return -1;
	init->mount_fds[i] = take_fd(&mount);
	if (mount_set_propagation(init->mount_fds[i], m, err) < 0)
		return -1;
	/* make_devices() fills a new file system at /dev, and no bind: a bind is a directory with its own files, even
	 * where a link has led the bind to /dev. */
	if (plan_mount_is_new(m) && strcmp(m->destination, "/dev") == 0)
		init->dev_mount_id = path_mount_id(init->mount_fds[i]);
	if (m->copy_up && copy_up(init, m, target, init->mount_fds[i], err) < 0)
		return -1;
	if (strcmp(m->destination, "/") == 0 && use_new_root(init, init->mount_fds[i], err) < 0)
		return -1;
	if (!m->attr_at_end && !init->container_runs)
		close_fd(&init->mount_fds[i]);
	return 0;
}

int make_mount_fds(struct init *init, struct error *err)
{
	size_t n = init->plan->mounts.n;

	init->mount_fds = malloc((n + 1) * sizeof(*init->mount_fds));
	if (!init->mount_fds)
		return error_set(err, ENOMEM, "cannot mount the file systems");
	for (size_t i = 0; i < n; i++)
		init->mount_fds[i] = -1;
	return 0;
}

/* A cgroup mount shows the cgroup of this process, and the memory of a file system that gets files belongs to it. */
static int enter_cgroup_for(struct init *init, const struct plan_mount *m, struct error *err)
{
	bool shows = m->kind == PLAN_MOUNT_CGROUP || m->kind == PLAN_MOUNT_CGROUP_COPY;

	if (init->container_runs || !(shows || m->copy_up))
		return 0;
	if (enter_cgroup_namespace(init, err) == 0)
		return 0;
	error_tag(err, ERROR_NAMESPACE_FAILED, "linux.namespaces");
	error_during(err, "init", "make the cgroup namespace");
	return error_wrap(err, "cannot make the cgroup namespace");
}

int mount_all(struct init *init, struct error *err)
{
	const struct plan_mounts *mounts = &init->plan->mounts;

	if (make_mount_fds(init, err) < 0)
		return -1;
	for (size_t i = 0; i < mounts->n; i++) {
		const struct plan_mount *m = &mounts->items[i];

		if (enter_cgroup_for(init, m, err) < 0)
			return -1;
		if (mount_one(init, i, err) < 0) {
			error_tag(err, ERROR_MOUNT_FAILED, "mounts[%zu]", m->index);
			return error_wrap(err, "mounts[%zu]: error mounting \"%s\" to rootfs at \"%s\"", m->index,
				m->source, m->destination);
		}
	}
	return 0;
}

int mount_notify_socket(struct init *init, struct error *err)
{
	const struct plan_mount m = { .kind = PLAN_MOUNT_BIND, .type = "", .destination = plan_notify_directory };
	cleanup_fd int target = -1;

	if (!init->plan->notify)
		return 0;
	target = open_target(init, &m, init->handles->notify, err);
	if (target < 0 || mount_attach(init->handles->notify, target, m.destination, err) < 0)
		return -1;
	close_fd(&init->handles->notify);
	return 0;
}

int finish_readonly_mounts(struct init *init, struct error *err)
{
	for (size_t i = 0; i < init->plan->mounts.n; i++) {
		const struct plan_mount *m = &init->plan->mounts.items[i];

		struct mount_attr last = { .attr_set = m->attr_at_end };

		if (init->mount_fds[i] < 0 || !last.attr_set)
			continue;
		if (mount_setattr(init->mount_fds[i], "", AT_EMPTY_PATH, &last, sizeof(last)) < 0)
			return error_set(err, errno, "'%s'", m->destination);
		if (!init->container_runs)
			close_fd(&init->mount_fds[i]);
	}
	return 0;
}
