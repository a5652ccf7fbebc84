/* Makes new file systems of the container: with fsopen(2), or with mount(2) where options need that. Runs inside the
 * container. */
#include "init/tree.h"

#include "base/cleanup.h"
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum { FSCONFIG_STRING_MAX = 255, MODE_BITS = 07777, FLAG_NOSYMFOLLOW = 256 };

static unsigned long classic_flags(const struct plan_mount *m)
{
	static const struct {
		uint64_t attribute;
		unsigned long flag;
	} pairs[] = {
		{ MOUNT_ATTR_RDONLY, MS_RDONLY },
		{ MOUNT_ATTR_NOSUID, MS_NOSUID },
		{ MOUNT_ATTR_NODEV, MS_NODEV },
		{ MOUNT_ATTR_NOEXEC, MS_NOEXEC },
		{ MOUNT_ATTR_NOATIME, MS_NOATIME },
		{ MOUNT_ATTR_STRICTATIME, MS_STRICTATIME },
		{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME },
		{ MOUNT_ATTR_NOSYMFOLLOW, FLAG_NOSYMFOLLOW },
	};
	unsigned long flags = m->ms_flags;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (m->attr_set & pairs[i].attribute)
			flags |= pairs[i].flag;
	}
	return flags;
}

/* Writes the options of the file system as one string for mount(2), separated by commas. */
static int classic_data(const struct plan_mount *m, const struct plan_mounts *mounts, int covered, struct text *data,
	struct error *err)
{
	struct stat st;

	for (size_t i = 0; i < m->data.n; i++)
		text_add(data, "%s%s", i ? "," : "", m->data.items[i]);
	if (m->has_label && mounts->label)
		text_add(data, "%s%s=\"%s\"", data->n ? "," : "", mounts->label_option, mounts->label);
	if (covered >= 0) {
		if (fstat(covered, &st) < 0)
			return error_set(err, errno, "cannot look at '%s'", m->destination);
		text_add(data, "%smode=%o", data->n ? "," : "", st.st_mode & MODE_BITS);
	}
	return text_done(data, err);
}

int mount_classic(const struct init *init, const struct plan_mount *m, int target, bool inherits, struct error *err)
{
	cleanup_text struct text data = { 0 };
	char target_path[INIT_FD_PATH_MAX];

	if (classic_data(m, &init->plan->mounts, inherits ? target : -1, &data, err) < 0)
		return -1;
	fd_path(init, target, target_path);
	if (mount(m->source, target_path, m->type, classic_flags(m), data.s) < 0)
		return error_set(err, errno, "cannot mount the file system");
	return open_mounted(init, m, err);
}

/* Returns a read-only copy of the host's sysfs with all mounts below it. This is for a user namespace that shares the
 * host's network namespace: the kernel refuses such a namespace a new sysfs. The mounts below come along, since a copy
 * without them would uncover what they hide. The host's cgroup tree is one of them (CVE-2023-25809); a cgroup mount of
 * the config covers it. */
static int copy_sysfs(const struct plan_mount *m, struct error *err)
{
	struct mount_attr attr = {
		.attr_set = (m->attr_set & ~(uint64_t)MOUNT_ATTR__ATIME) | MOUNT_ATTR_RDONLY,
		.propagation = MS_PRIVATE,
	};
	cleanup_fd int copy = open_tree(AT_FDCWD, "/sys",
		AT_RECURSIVE | AT_SYMLINK_NOFOLLOW | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct statfs fs;

	if (copy < 0 || fstatfs(copy, &fs) < 0)
		return error_set(err, errno, "cannot copy '/sys' of the host");
	if (fs.f_type != SYSFS_MAGIC)
		return error_set(err, 0, "'/sys' of the host is no sysfs");
	if (mount_setattr(copy, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return error_set(err, errno, "cannot make '/sys' of the host read-only");
	return take_fd(&copy);
}

static bool may_copy_sysfs(const struct init *init, const struct plan_mount *m)
{
	return !init->container_runs && m->kind == PLAN_MOUNT_SYSFS && !(init->plan->namespaces.inside & CLONE_NEWNET);
}

bool needs_classic_mount(const struct init *init, const struct plan_mount *m)
{
	/* mount(2) of a procfs would show the pid namespace of the calling process, which is another one here; the
	 * options that need mount(2) mean nothing to a procfs. */
	if (m->kind == PLAN_MOUNT_PROC && init->handles->pid_namespace >= 0)
		return false;
	/* fsconfig(2) refuses a longer value, which a list of overlay layers may be. */
	for (size_t i = 0; i < m->data.n; i++) {
		if (strlen(m->data.items[i]) > FSCONFIG_STRING_MAX)
			return true;
	}
	return m->ms_flags != 0;
}

int make_file_system(const struct init *init, const struct plan_mount *m, struct error *err)
{
	int namespace = m->kind == PLAN_MOUNT_PROC ? init->handles->pid_namespace : -1;
	int mount = mount_make(m, &init->plan->mounts, namespace, err);

	if (mount < 0 && err->number == EPERM && may_copy_sysfs(init, m))
		return copy_sysfs(m, err);
	return mount;
}
