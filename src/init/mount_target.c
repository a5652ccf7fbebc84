/* Finds the target of a mount inside of the root, and makes it if it is missing. Runs inside the container.
 *
 * The target is opened once, and later calls use the fd: no process can exchange the path in between (CVE-2021-30465,
 * CVE-2024-45310). While init builds the container, links of the image are followed inside of the root. In a container
 * that runs no link is followed: a process of the container could make a link that chooses what the mount covers. */
#include "init/tree.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

void fd_path(const struct init *init, int fd, char *ret_path)
{
	/* In a container that runs /proc is the container's and may be forged. The process of `tare mounts` has a
	 * private procfs as its working directory instead, and the path is relative to it. */
	snprintf(ret_path, INIT_FD_PATH_MAX, "%sself/fd/%d", init->container_runs ? "" : "/proc/", fd);
}

/* True for mounts at /proc and /sys, and of procfs and sysfs anywhere: their targets have to be directories of the
 * image. A link could choose which paths are labelled and masked later (CVE-2019-19921, CVE-2023-27561). */
static bool is_kernel_tree(const struct plan_mount *m)
{
	return m->kind == PLAN_MOUNT_PROC || m->kind == PLAN_MOUNT_SYSFS || strcmp(m->destination, "/proc") == 0 ||
		strcmp(m->destination, "/sys") == 0;
}

/* True where no link may be followed on the way to the target: in a container that runs, and for files below /proc,
 * which the plan allows by their names (plan_mount_is_guarded()). */
static bool refuses_links(const struct init *init, const struct plan_mount *m)
{
	return init->container_runs || path_is_below(m->destination, "/proc");
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

int open_target_parent(const struct init *init, const struct plan_mount *m, const char **ret_name, struct error *err)
{
	const char *slash = strrchr(m->destination, '/');
	cleanup_free char *directory = NULL;

	if (refuses_links(init, m))
		return path_strict_parent(init->handles->root, m->destination, ret_name, err);
	directory = strndup(m->destination, (size_t)(slash - m->destination) + 1);
	if (!directory)
		return error_set(err, ENOMEM, "cannot find '%s'", m->destination);
	*ret_name = slash + 1;
	return path_in_root_make(init->handles->root, directory, PATH_DIRECTORY, err);
}

/* ENOTDIR for a file on a directory as well as for a directory on a file: managers recognise by this errno that source
 * and destination do not fit. */
static int refuse_file(const struct plan_mount *m, struct error *err)
{
	return error_set(err, ENOTDIR, "cannot mount a file on the directory '%s'", m->destination);
}

/* Opens the target without following a link at the end of the path. */
static int open_target_nofollow(const struct init *init, const struct plan_mount *m, enum path_kind kind,
	struct error *err)
{
	const char *name;
	cleanup_fd int parent = open_target_parent(init, m, &name, err);
	cleanup_fd int target = -1;
	int made;
	struct stat st;

	if (parent < 0)
		return -1;
	made = kind == PATH_DIRECTORY ? mkdirat(parent, name, 0755) : mknodat(parent, name, S_IFREG | 0644, 0);
	if (made < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot make '%s'", m->destination);
	target = path_strict_open(parent, name, O_PATH | O_NOFOLLOW, err);
	if (target < 0)
		return -1;
	if (fstat(target, &st) < 0)
		return error_set(err, errno, "cannot look at '%s'", m->destination);
	if (S_ISLNK(st.st_mode) && !m->destination_nofollow)
		return error_set(err, ELOOP, "'%s' is a link", m->destination);
	if (S_ISDIR(st.st_mode) && kind == PATH_FILE)
		return refuse_file(m, err);
	if (!S_ISDIR(st.st_mode) && kind == PATH_DIRECTORY)
		return error_set(err, ENOTDIR, "cannot use '%s'", m->destination);
	return take_fd(&target);
}

int open_target(const struct init *init, const struct plan_mount *m, int source, struct error *err)
{
	bool is_root = strcmp(m->destination, "/") == 0; /* the mount replaces the root */
	enum path_kind kind = PATH_DIRECTORY;
	struct statfs fs;
	struct stat st;
	cleanup_fd int target = -1;

	if (source >= 0 && fstat(source, &st) == 0 && !S_ISDIR(st.st_mode))
		kind = PATH_FILE;
	if (kind == PATH_FILE && (is_kernel_tree(m) || is_root))
		return refuse_file(m, err);
	if (is_kernel_tree(m))
		return open_kernel_tree_target(init->handles->root, m->destination, err);
	if (is_root)
		return path_strict_open(init->handles->root, "/", O_PATH | O_DIRECTORY, err);
	if (refuses_links(init, m) || m->destination_nofollow)
		target = open_target_nofollow(init, m, kind, err);
	else
		target = path_below_root_make(init->handles->root, m->destination, kind, err);
	if (target < 0)
		return err->number == EISDIR ? refuse_file(m, err) : -1;
	/* A link of the image may have led into /proc: the plan has checked the destination's name alone. */
	if (!path_is_below(m->destination, "/proc") && fstatfs(target, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC)
		return error_set(err, 0, "'%s' leads into /proc", m->destination);
	return take_fd(&target);
}

int open_mounted(const struct init *init, const struct plan_mount *m, struct error *err)
{
	if (init->container_runs)
		return path_strict_open(init->handles->root, m->destination, O_PATH, err);
	return path_in_root_open(init->handles->root, m->destination, O_PATH, err);
}
