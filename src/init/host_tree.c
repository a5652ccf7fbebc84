/* The host's tree, where pivot_root(2) cannot detach it: what of it has to go from the container's mount namespace.
 * Runs inside the container.
 *
 * Nothing of it can be reached from the new root. But the kernel lets root of a nested user namespace mount a new
 * procfs or sysfs when its mount namespace has a whole one anywhere, reachable or not: with the host's, the container's
 * masks and read-only paths would guard nothing. */
#include "init/tree.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/mountinfo.h"
#include "base/path.h"
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

enum { MOUNTINFO_MAX = 16 * 1024 * 1024 };

/* What the namespace has mounted at the moment. */
struct table {
	char *text;
	struct mountinfo *mounts;
	size_t n;
};

static void table_free(struct table *table)
{
	free(table->text);
	free(table->mounts);
}

static int table_read(int mountinfo, struct table *ret, struct error *err)
{
	__attribute__((cleanup(table_free))) struct table table = { 0 };
	size_t length;
	size_t lines = 1;
	char *rest;

	if (lseek(mountinfo, 0, SEEK_SET) < 0)
		return error_set(err, errno, "cannot read 'mountinfo'");
	if (fd_read_all(mountinfo, "mountinfo", MOUNTINFO_MAX, &table.text, &length, err) < 0)
		return -1;
	for (const char *end = strchr(table.text, '\n'); end; end = strchr(end + 1, '\n'))
		lines++;
	table.mounts = calloc(lines, sizeof(*table.mounts));
	if (!table.mounts)
		return error_set(err, ENOMEM, "cannot read 'mountinfo'");
	rest = table.text;
	while (table.n < lines && mountinfo_next(&rest, &table.mounts[table.n]))
		table.n++;
	*ret = (struct table){ .n = table.n, .text = take_ptr(table.text), .mounts = take_ptr(table.mounts) };
	return 0;
}

static const struct mountinfo *find(const struct table *table, int id)
{
	for (size_t i = 0; i < table->n; i++) {
		if (table->mounts[i].id == id)
			return &table->mounts[i];
	}
	return NULL;
}

/* True for a mount of the container: its root, or one below that. */
static bool is_inside(const struct table *table, const struct mountinfo *mount, int root)
{
	/* A table that is read while it changes could have a circle. */
	for (size_t steps = 0; mount && steps <= table->n; steps++) {
		if (mount->id == root)
			return true;
		mount = find(table, mount->parent);
	}
	return false;
}

/* True when another mount lies on the very root of this one. */
static bool is_covered(const struct table *table, const struct mountinfo *mount)
{
	for (size_t i = 0; i < table->n; i++) {
		if (table->mounts[i].parent == mount->id && strcmp(table->mounts[i].path, mount->path) == 0)
			return true;
	}
	return false;
}

static bool is_whole_kernel_tree(const struct mountinfo *mount)
{
	return (strcmp(mount->type, "proc") == 0 || strcmp(mount->type, "sysfs") == 0) && strcmp(mount->root, "/") == 0;
}

/* Unmounts what lies on the host's root, each with all below it. Returns how many of them could be. In a user namespace
 * the kernel holds on to what came from outside, and one may hide another until that is gone. */
static size_t unmount_children(const struct table *table, int old_root, int root)
{
	size_t n = 0;

	for (size_t i = 0; i < table->n; i++) {
		const struct mountinfo *mount = &table->mounts[i];

		if (mount->parent == old_root && mount->id != root && strcmp(mount->path, "/") != 0 &&
			umount2(mount->path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			n++;
	}
	return n;
}

static int cover(const struct init *init, const struct mountinfo *mount, struct error *err)
{
	const struct plan_mount empty = {
		.kind = PLAN_MOUNT_FS,
		.type = "tmpfs",
		.source = "tmpfs",
		.destination = mount->path,
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	};
	cleanup_fd int target = open(mount->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	cleanup_fd int tmpfs = -1;

	if (target < 0 || path_mount_id(target) != mount->id) {
		error_set(err, 0, "the host's '%s' (%s) lies under another mount and cannot be hidden", mount->path,
			mount->type);
		return error_hint(err, "leave out --no-pivot, which is for a root on a ramdisk");
	}
	tmpfs = mount_make(&empty, &init->plan->mounts, -1, err);
	return tmpfs < 0 ? -1 : mount_attach(tmpfs, target, mount->path, err);
}

static int cover_kernel_trees(const struct init *init, const struct table *table, int root, struct error *err)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct mountinfo *mount = &table->mounts[i];

		if (is_whole_kernel_tree(mount) && !is_covered(table, mount) && !is_inside(table, mount, root) &&
			cover(init, mount, err) < 0)
			return -1;
	}
	return 0;
}

int hide_host_tree(const struct init *init, struct error *err)
{
	struct mount_attr private = { .propagation = MS_PRIVATE };
	cleanup_fd int mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	cleanup_fd int old_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int root = path_mount_id(init->handles->root);
	int old_id = path_mount_id(old_root);

	if (mountinfo < 0)
		return error_set(err, errno, "cannot open '/proc/self/mountinfo'");
	if (root < 0 || old_id < 0)
		return error_set(err, errno, "cannot look at the root");
	/* What the host mounts later is not to come in. */
	if (mount_setattr(old_root, "", AT_EMPTY_PATH, &private, sizeof(private)) < 0)
		return error_set(err, errno, "cannot make '/' private");
	for (;;) {
		__attribute__((cleanup(table_free))) struct table table = { 0 };

		if (table_read(mountinfo, &table, err) < 0)
			return -1;
		if (unmount_children(&table, old_id, root) == 0)
			return cover_kernel_trees(init, &table, root, err);
	}
}
