/* Opening what the plan names on the host, before the clone. Runs on the host.
 *
 * After this no path of the host is resolved again. The root file system and the sources of binds become detached
 * copies of mounts that already have their final attributes: at no moment is one of them writable that must not be, and
 * no mount propagates to the host. */
#include "host/spawn/parts.h"

#include "base/cleanup.h"
#include "base/namespace.h"
#include "base/userns.h"
#include "handles.h"
#include "host/cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Whether the process of this directory in /proc is in the open namespace. */
static bool is_of_process(int namespace, const char *process, const char *kind)
{
	struct namespace_id open;
	struct namespace_id of_process;

	return namespace_of_fd(namespace, &open) == 0 && namespace_of_process(process, kind, &of_process) == 0 &&
		namespace_is_same(&open, &of_process);
}

/* The host's namespaces are those of tare's own process, and those of the first process of the host, where a service
 * manager started tare in others. */
static bool is_of_host(int namespace, const char *kind)
{
	return is_of_process(namespace, "/proc/self", kind) || is_of_process(namespace, "/proc/1", kind);
}

/* Refuses a path that leads to a namespace of the host if the plan changes something in it (a sysctl, say), which would
 * change the host. */
static int check_host(const struct plan *plan, const struct plan_join *join, int namespace, struct error *err)
{
	const char *change = plan_changes_namespace(plan, join->flag);

	if (!change || !is_of_host(namespace, join->file))
		return 0;
	return error_set(err, 0, "the %s namespace '%s' is the host's, which %s would change", join->name, join->path,
		change);
}

static int open_namespace(const struct plan *plan, const struct plan_join *join, struct error *err)
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
	if (check_host(plan, join, fd, err) < 0)
		return -1;
	return take_fd(&fd);
}

static int open_namespaces(const struct plan *plan, struct handles *handles, struct error *err)
{
	for (size_t i = 0; i < plan->namespaces.join_count; i++) {
		handles->namespaces[i] = open_namespace(plan, &plan->namespaces.join[i], err);
		if (handles->namespaces[i] < 0)
			return error_tag(err, ERROR_NAMESPACE_FAILED, "linux.namespaces");
	}
	handles->pid_namespace = handles_joined(plan, handles, CLONE_NEWPID);
	return 0;
}

/* In a user namespace mknod(2) makes no device nodes: those of the host are bound, if they have the type and number
 * that the plan asks for. */
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
	if (!(plan->namespaces.inside & CLONE_NEWUSER) && userns_is_initial())
		return 0;
	for (size_t i = 0; i < plan->devices.n; i++) {
		if (S_ISFIFO(plan->devices.items[i].mode) || handles->devices[i] >= 0)
			continue;
		handles->devices[i] = open_device(&plan->devices.items[i], err);
		if (handles->devices[i] < 0)
			return error_tag(err, ERROR_MOUNT_FAILED, "linux.devices");
	}
	return 0;
}

int handles_open(const struct plan *plan, struct handles *ret_handles, struct error *err)
{
	struct handles handles;

	handles_clear(&handles);
	handles.mounts = handles_none(plan->mounts.n);
	handles.devices = handles_none(plan->devices.n);
	if (!handles.mounts || !handles.devices)
		error_set(err, ENOMEM, "cannot open what the configuration names");
	else if (open_namespaces(plan, &handles, err) == 0) {
		*ret_handles = handles;
		return 0;
	}
	handles_free(plan, &handles);
	return -1;
}

int handles_open_sources(const struct plan *plan, struct handles *handles, struct error *err)
{
	if (sources_open_root(plan, handles, err) < 0 ||
		mount_sources_open(plan, handles_joined(plan, handles, CLONE_NEWUSER), handles->mounts, err) < 0)
		return -1;
	return open_devices(plan, handles, err);
}

int handles_open_sources_apart(const struct plan *plan, struct handles *handles, struct error *err)
{
	if (sources_open_apart(plan, handles, handles_joined(plan, handles, CLONE_NEWUSER), err) < 0)
		return -1;
	return open_devices(plan, handles, err);
}
