/* Read-only and masked paths. Runs inside the container, before pivot_root(2): after that call the old root is stacked
 * on the new one, and a path (or a link of the image) with ".." at the root would be looked up in the host's tree.
 *
 * A masked path is covered with an empty file or directory of a tmpfs that tare makes, and not with the container's
 * /dev/null, which an image or a process of another container could replace (CVE-2025-31133). The tmpfs is attached to
 * the root's mount point in the host's tree, where the root file system covers it: the container cannot reach it there,
 * and detach_old_root() removes it with that tree. The copies that cover paths stay. */
#include "init/tree.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* Opens a path of the container. Returns -2 when the path does not exist, which is no error, or -1 with *err. */
static int open_existing(const struct init *init, const char *path, struct error *err)
{
	int fd = path_below_root_open(init->handles->root, path, err);

	if (fd < 0 && (err->number == ENOENT || err->number == ENOTDIR))
		return -2;
	return fd;
}

static int make_readonly(const struct init *init, const char *path, struct error *err)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	cleanup_fd int copy = -1;
	cleanup_fd int target = open_existing(init, path, err);

	if (target < 0)
		return target == -2 ? 0 : -1;
	copy = open_tree(target, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (copy < 0)
		return error_set(err, errno, "cannot copy '%s'", path);
	if (mount_setattr(copy, "", AT_EMPTY_PATH | AT_RECURSIVE, &readonly, sizeof(readonly)) < 0)
		return error_set(err, errno, "cannot make '%s' read-only", path);
	return mount_attach(copy, target, path, err);
}

int make_paths_readonly(struct init *init, struct error *err)
{
	const struct oci_strings *paths = &init->plan->readonly_paths;

	for (size_t i = 0; i < paths->n; i++) {
		if (make_readonly(init, paths->items[i], err) < 0) {
			error_tag(err, ERROR_MOUNT_FAILED, "linux.readonlyPaths[%zu]", i);
			return error_wrap(err, "linux.readonlyPaths[%zu]", i);
		}
	}
	return 0;
}

int attach_mask(struct init *init, struct error *err)
{
	if (init->plan->masked_paths.n == 0)
		return 0;
	init->mask = take_fd(&init->handles->mask);
	if (init->mask < 0)
		init->mask = mount_make_mask(err);
	if (init->mask < 0)
		return -1;
	return mount_attach(init->mask, init->root_mount_point, init->plan->root.path, err);
}

/* Returns a detached copy of the mask: of its directory when target is a directory, else of its file. */
static int copy_mask(int mask, int target, struct error *err)
{
	struct stat st;
	int copy;

	if (fstat(target, &st) < 0)
		return error_set(err, errno, "cannot look at it");
	copy = open_tree(mask, S_ISDIR(st.st_mode) ? "directory" : "file", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (copy < 0)
		return error_set(err, errno, "cannot copy the mask");
	return copy;
}

int mask_paths(struct init *init, struct error *err)
{
	const struct oci_strings *paths = &init->plan->masked_paths;

	for (size_t i = 0; i < paths->n; i++) {
		cleanup_fd int target = open_existing(init, paths->items[i], err);
		cleanup_fd int copy = -1;

		if (target == -2)
			continue;
		if (target >= 0)
			copy = copy_mask(init->mask, target, err);
		if (copy < 0 || mount_attach(copy, target, paths->items[i], err) < 0) {
			error_tag(err, ERROR_MOUNT_FAILED, "linux.maskedPaths[%zu]", i);
			return error_wrap(err, "linux.maskedPaths[%zu]", i);
		}
	}
	return 0;
}
