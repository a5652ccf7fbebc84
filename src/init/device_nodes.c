/* /dev: nodes and links. Runs inside the container, before pivot_root(2). No link is followed on the way to a node: an
 * image whose /dev is a link is refused (CVE-2026-41579, CVE-2026-47766). */
#include "init/tree.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const struct {
	const char *path;
	const char *target; /* where the link points */
	const char *needs;  /* made only if this path exists in the container */
} links[] = {
	{ "/dev/fd", "/proc/self/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0", "/proc/self/fd" },
	{ "/dev/stdout", "/proc/self/fd/1", "/proc/self/fd" },
	{ "/dev/stderr", "/proc/self/fd/2", "/proc/self/fd" },
	{ "/dev/ptmx", "pts/ptmx", "/dev/pts/ptmx" },
};

/* A node that exists already has to be the device that the config asks for (spec: config-linux.md, devices). */
static int check_existing(int parent, const char *name, const struct plan_device *device, struct error *err)
{
	struct stat st;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(err, errno, "cannot look at '%s'", device->path);
	if ((st.st_mode & S_IFMT) != (device->mode & S_IFMT) || (!S_ISFIFO(st.st_mode) && st.st_rdev != device->number))
		return error_set(err, EEXIST, "'%s' is there as another kind of file", device->path);
	return 0;
}

/* Attaches a copy of the host's node: in a user namespace mknod(2) of devices is not allowed. */
static int bind_device(int parent, const char *name, int source, const struct plan_device *device, struct error *err)
{
	cleanup_fd int target = -1;

	if (mknodat(parent, name, S_IFREG, 0) < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot make '%s'", device->path);
	target = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return error_set(err, errno, "cannot open '%s'", device->path);
	return mount_attach(source, target, device->path, err);
}

/* The directory of the last node or link, which is kept open since the next one mostly has the same. */
struct directory {
	int fd;
	const char *path; /* the path of a node in the directory; the node's own name begins at length */
	size_t length;
};

/* True when the directory is on a mount that the config has at some other destination, not at or above path: a link of
 * the image has led that mount here. */
static bool is_foreign_directory(const struct init *init, int directory, const char *path)
{
	const struct plan_mounts *mounts = &init->plan->mounts;
	int mount = path_mount_id(directory);

	if (mount == init->dev_mount_id || mount == path_mount_id(init->handles->root))
		return false;
	for (size_t i = 0; i < mounts->n; i++) {
		const char *destination = mounts->items[i].destination;

		if (strcmp(destination, "/") != 0 && strcmp(destination, "/dev") != 0 &&
			path_is_below(path, destination))
			return false;
	}
	return true;
}

/* Opens the directory of path, or returns the open one if it is the same. The fd is closed by the next call for another
 * directory. */
static int enter_parent(struct directory *current, const struct init *init, const char *path, const char **ret_name,
	struct error *err)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash + 1 - path) : 0;

	if (current->fd >= 0 && length > 0 && path[length] && current->length == length &&
		memcmp(current->path, path, length) == 0) {
		*ret_name = path + length;
		return current->fd;
	}
	close_fd(&current->fd);
	current->fd = path_strict_parent(init->handles->root, path, ret_name, err);
	current->path = path;
	current->length = length;
	if (current->fd >= 0 && is_foreign_directory(init, current->fd, path))
		return error_set(err, 0, "a link of the image has led a mount to the directory of '%s'", path);
	return current->fd;
}

static int make_device(struct directory *current, const struct init *init, const struct plan_device *device, int source,
	struct error *err)
{
	const char *name;
	int parent = enter_parent(current, init, device->path, &name, err);

	if (parent < 0)
		return -1;
	if (source >= 0)
		return bind_device(parent, name, source, device, err);
	if (mknodat(parent, name, device->mode, device->number) < 0) {
		if (errno == EEXIST)
			return check_existing(parent, name, device, err);
		return error_set(err, errno, "cannot make '%s' (%u:%u)", device->path, major(device->number),
			minor(device->number));
	}
	if ((device->uid || device->gid) && fchownat(parent, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(err, errno, "cannot give '%s' to %u:%u", device->path, device->uid, device->gid);
	return 0;
}

/* Returns 1 when the path that link i needs exists, 0 when not, or -1 with *err. */
static int has_needed_path(int root, size_t i, struct error *err)
{
	cleanup_fd int needed = path_in_root_open(root, links[i].needs, O_PATH, err);

	if (needed >= 0)
		return 1;
	return err->number == ENOENT || err->number == ENOTDIR ? 0 : -1;
}

static int make_link(struct directory *current, const struct init *init, size_t i, struct error *err)
{
	const char *name;
	int parent = enter_parent(current, init, links[i].path, &name, err);

	if (parent < 0)
		return -1;
	/* EEXIST: the image, or a directory that is bound there, has an entry of that name, which stays. */
	if (symlinkat(links[i].target, parent, name) < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot make the link '%s'", links[i].path);
	return 0;
}

/* Finds out by the mount id whether /dev is the container's: the image's own directory, or the new file system of the
 * config's mounts. All else is foreign: the config has bound a directory to /dev, or to a path that a link of the image
 * leads to /dev. current holds the directory open for make_device(). */
static int examine_dev(struct init *init, struct directory *current, struct error *err)
{
	static const char inside[] = "/dev/";
	int mount;

	current->fd = path_strict_open(init->handles->root, "/dev", O_PATH | O_DIRECTORY, err);
	if (current->fd < 0)
		return err->number == ENOENT ? 0 : -1;
	current->path = inside;
	current->length = strlen(inside);
	mount = path_mount_id(current->fd);
	if (mount < 0)
		return error_set(err, errno, "cannot look at '/dev'");
	init->dev_is_foreign = mount != init->dev_mount_id && mount != path_mount_id(init->handles->root);
	return 0;
}

static int make_links(struct directory *current, const struct init *init, struct error *err)
{
	int exists = 0;

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (i == 0 || strcmp(links[i].needs, links[i - 1].needs) != 0)
			exists = has_needed_path(init->handles->root, i, err);
		if (exists < 0 || (exists > 0 && make_link(current, init, i, err) < 0))
			return -1;
	}
	return 0;
}

int make_devices(struct init *init, struct error *err)
{
	const struct plan_devices *devices = &init->plan->devices;
	struct directory current = { .fd = -1 };
	int result;

	if (!plan_mounts_root(init->plan))
		return 0;
	result = examine_dev(init, &current, err);
	for (size_t i = 0; result == 0 && i < devices->n; i++) {
		if (init->dev_is_foreign && path_is_below(devices->items[i].path, "/dev"))
			continue;
		result = make_device(&current, init, &devices->items[i], init->handles->devices[i], err);
		close_fd(&init->handles->devices[i]);
	}
	if (result == 0 && !init->dev_is_foreign)
		result = make_links(&current, init, err);
	close_fd(&current.fd);
	return result;
}
