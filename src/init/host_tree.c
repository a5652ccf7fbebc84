/* Removes the host's mounts from the container's mount namespace where pivot_root(2) cannot detach them (--no-pivot).
 * Runs inside the container.
 *
 * The container's processes cannot reach these mounts. But the kernel lets root of a nested user namespace mount a new
 * procfs or sysfs when its mount namespace has a mount of a whole one anywhere, reachable or not. With the host's
 * procfs and sysfs in the namespace such a root could mount new ones, and would get around the container's masks and
 * read-only paths. */
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

/* The mounts of the mount namespace, as mountinfo lists them. */
struct mount_table {
	char *text;
	struct mountinfo *mounts;
	size_t n;
};

static void table_free(struct mount_table *table)
{
	free(table->text);
	free(table->mounts);
}

static int table_read(int mountinfo, struct mount_table *ret, struct error *err)
{
	__attribute__((cleanup(table_free))) struct mount_table table = { 0 };
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
	*ret = (struct mount_table){ .n = table.n, .text = take_ptr(table.text), .mounts = take_ptr(table.mounts) };
	return 0;
}

static const struct mountinfo *find_mount(const struct mount_table *table, int id)
{
	for (size_t i = 0; i < table->n; i++) {
		if (table->mounts[i].id == id)
			return &table->mounts[i];
	}
	return NULL;
}

/* True when mount is the container's root, whose id is root, or below it. */
static bool is_mount_of_container(const struct mount_table *table, const struct mountinfo *mount, int root)
{
	/* The loop ends after as many steps as there are mounts: a table that the kernel changes while it is read may
	 * have a circle of parents. */
	for (size_t steps = 0; mount && steps <= table->n; steps++) {
		if (mount->id == root)
			return true;
		mount = find_mount(table, mount->parent);
	}
	return false;
}

/* True when another mount is attached to the root of this one. */
static bool is_covered(const struct mount_table *table, const struct mountinfo *mount)
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

/* Unmounts the mounts that are attached to the host's root, each with all below it. Returns how many were unmounted. In
 * a user namespace umount2(2) fails for a mount that was copied from outside; and a mount that covers another has to go
 * before the other can. */
static size_t unmount_children(const struct mount_table *table, int old_root, int root)
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

static int cover_mount(const struct init *init, const struct mountinfo *mount, struct error *err)
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

static int cover_kernel_trees(const struct init *init, const struct mount_table *table, int root, struct error *err)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct mountinfo *mount = &table->mounts[i];

		if (is_whole_kernel_tree(mount) && !is_covered(table, mount) &&
			!is_mount_of_container(table, mount, root) && cover_mount(init, mount, err) < 0)
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
	/* A later mount on the host would otherwise propagate into the container's mount namespace. */
	if (mount_setattr(old_root, "", AT_EMPTY_PATH, &private, sizeof(private)) < 0)
		return error_set(err, errno, "cannot make '/' private");
	for (;;) {
		__attribute__((cleanup(table_free))) struct mount_table table = { 0 };

		if (table_read(mountinfo, &table, err) < 0)
			return -1;
		if (unmount_children(&table, old_id, root) == 0)
			return cover_kernel_trees(init, &table, root, err);
	}
}
