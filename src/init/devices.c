/* /dev: nodes and links. Runs inside the container, before the pivot, so no link is followed at all: an image whose /dev points
 * elsewhere is refused (CVE-2026-41579, CVE-2026-47766). */
#include "init/init.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const struct {
	const char *path;
	const char *target; /* where the link points */
	const char *needs;  /* what has to be there for it */
} links[] = {
	{ "/dev/fd", "/proc/self/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0", "/proc/self/fd" },
	{ "/dev/stdout", "/proc/self/fd/1", "/proc/self/fd" },
	{ "/dev/stderr", "/proc/self/fd/2", "/proc/self/fd" },
	{ "/dev/ptmx", "pts/ptmx", "/dev/pts/ptmx" },
};

/* A node that is there already has to be the one that was asked for (spec: config-linux.md, devices). */
static int check_existing(int parent, const char *name, const struct plan_device *device, struct error *err)
{
	struct stat st;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(err, errno, "cannot look at '%s'", device->path);
	if ((st.st_mode & S_IFMT) != (device->mode & S_IFMT) || (!S_ISFIFO(st.st_mode) && st.st_rdev != device->number))
		return error_set(err, EEXIST, "'%s' is there as another kind of file", device->path);
	return 0;
}

/* The host's node, where mknod(2) is not allowed: in a user namespace. */
static int bind_device(int parent, const char *name, int source, const struct plan_device *device, struct error *err)
{
	cleanup_fd int target = -1;

	if (mknodat(parent, name, S_IFREG, 0) < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot make '%s'", device->path);
	target = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return error_set(err, errno, "cannot open '%s'", device->path);
	return attach_mount(source, target, device->path, err);
}

static int make_device(int root, const struct plan_device *device, int source, struct error *err)
{
	const char *name;
	cleanup_fd int parent = path_strict_parent(root, device->path, &name, err);

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

static int make_link(int root, size_t i, struct error *err)
{
	const char *name;
	cleanup_fd int parent = -1;
	cleanup_fd int needed = path_in_root_open(root, links[i].needs, O_PATH, err);

	if (needed < 0)
		return err->number == ENOENT || err->number == ENOTDIR ? 0 : -1;
	parent = path_strict_parent(root, links[i].path, &name, err);
	if (parent < 0)
		return -1;
	/* What the image or a bind of the host's /dev has there is as good. */
	if (symlinkat(links[i].target, parent, name) < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot make the link '%s'", links[i].path);
	return 0;
}

/* A /dev that comes from the host is the host's: nothing is made in it. */
static bool dev_is_bound(const struct plan_mounts *mounts)
{
	bool bound = false;

	for (size_t i = 0; i < mounts->n; i++) {
		if (strcmp(mounts->items[i].destination, "/dev") == 0)
			bound = mounts->items[i].kind == PLAN_MOUNT_BIND;
	}
	return bound;
}

int make_devices(struct init *init, struct error *err)
{
	const struct plan_devices *devices = &init->plan->devices;
	int root = init->handles->root;

	if (!(init->plan->namespaces.inside & CLONE_NEWNS) || dev_is_bound(&init->plan->mounts))
		return 0;
	for (size_t i = 0; i < devices->n; i++) {
		if (make_device(root, &devices->items[i], init->handles->devices[i], err) < 0)
			return -1;
		close_fd(&init->handles->devices[i]);
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (make_link(root, i, err) < 0)
			return -1;
	}
	return 0;
}
