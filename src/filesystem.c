/* New file systems as detached mounts, and changes of what is mounted, through fsopen(2) and its kin. Runs on both
 * sides. */
#include "filesystem.h"

#include "base/cleanup.h"
#include "base/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { MODE_BITS = 07777 };

/* Adds what the file system itself had to say about a failure. */
static int fs_error(int context, struct error *err, const char *what)
{
	int number = errno;
	char said[512];
	ssize_t n = read(context, said, sizeof(said) - 1);

	if (n <= 2)
		return error_set(err, number, "%s", what);
	said[n] = '\0';
	said[strcspn(said, "\n")] = '\0';
	return error_set(err, number, "%s (%s)", what, said + 2); /* after "e " */
}

/* One option: "name" or "name=value". */
static int set_option(int context, const char *option, struct error *err)
{
	char name[64];
	size_t length = strcspn(option, "=");
	char what[256];
	int result;

	if (length >= sizeof(name))
		return error_set(err, EINVAL, "unknown option '%s'", option);
	memcpy(name, option, length);
	name[length] = '\0';
	if (option[length] == '=')
		result = fsconfig(context, FSCONFIG_SET_STRING, name, option + length + 1, 0);
	else
		result = fsconfig(context, FSCONFIG_SET_FLAG, name, NULL, 0);
	snprintf(what, sizeof(what), "cannot set the option '%s'", option);
	return result < 0 ? fs_error(context, err, what) : 0;
}

static int set_options(int context, const struct plan_mount *m, struct error *err)
{
	for (size_t i = 0; i < m->data.n; i++) {
		if (set_option(context, m->data.items[i], err) < 0)
			return -1;
	}
	return 0;
}

static int inherit_mode(int context, const struct plan_mount *m, int covered, struct error *err)
{
	char mode[16];
	struct stat st;

	if (fstat(covered, &st) < 0)
		return error_set(err, errno, "cannot look at '%s'", m->destination);
	snprintf(mode, sizeof(mode), "mode=%o", st.st_mode & MODE_BITS);
	return set_option(context, mode, err);
}

static int configure(int context, const struct plan_mount *m, const struct plan_mounts *mounts, int covered,
	struct error *err)
{
	bool readonly = m->attr_set & MOUNT_ATTR_RDONLY;

	if (m->source && fsconfig(context, FSCONFIG_SET_STRING, "source", m->source, 0) < 0)
		return fs_error(context, err, "cannot set the source");
	if (m->kind == PLAN_MOUNT_FS && readonly && set_option(context, "ro", err) < 0)
		return -1;
	if (m->has_label && mounts->label &&
		fsconfig(context, FSCONFIG_SET_STRING, mounts->label_option, mounts->label, 0) < 0)
		return fs_error(context, err, "cannot set linux.mountLabel");
	if (set_options(context, m, err) < 0)
		return -1;
	if (covered >= 0 && inherit_mode(context, m, covered, err) < 0)
		return -1;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fs_error(context, err, "cannot make the file system");
	return 0;
}

/* The child that may have made it could be another's by then. */
static int check_procfs(int mount, struct error *err)
{
	struct statfs fs;

	if (fstatfs(mount, &fs) < 0)
		return error_set(err, errno, "cannot look at the procfs");
	return fs.f_type == PROC_SUPER_MAGIC ? 0 : error_set(err, 0, "expected a procfs, found another file system");
}

static int begin(const struct plan_mount *m, int pid_namespace, struct error *err)
{
	const char *type = m->kind == PLAN_MOUNT_CGROUP ? "cgroup2" : m->type;
	int context;

	if (pid_namespace >= 0)
		return procfs_begin(pid_namespace, err);
	context = fsopen(type, FSOPEN_CLOEXEC);
	if (context >= 0)
		return context;
	return error_set(err, errno, errno == ENODEV ? "unknown file system type '%s'" : "cannot mount a '%s'", type);
}

int filesystem_make(const struct plan_mount *m, const struct plan_mounts *mounts, int covered, int pid_namespace,
	struct error *err)
{
	cleanup_fd int context = begin(m, pid_namespace, err);
	cleanup_fd int mount = -1;

	if (context < 0 || configure(context, m, mounts, covered, err) < 0)
		return -1;
	mount = fsmount(context, FSMOUNT_CLOEXEC, (unsigned int)m->attr_set);
	if (mount < 0)
		return fs_error(context, err, "cannot mount the file system");
	if (pid_namespace >= 0 && check_procfs(mount, err) < 0)
		return -1;
	return take_fd(&mount);
}

int filesystem_change(int mount, const struct plan_mount *m, struct error *err)
{
	cleanup_fd int context = -1;

	if (m->data.n == 0)
		return 0;
	context = fspick(mount, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);
	if (context < 0)
		return error_set(err, errno, "cannot change the file system at '%s'", m->destination);
	if (set_options(context, m, err) < 0)
		return -1;
	if (fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return fs_error(context, err, "cannot change the options of the file system");
	return 0;
}

/* Takes away what a user namespace above may have locked, one by one, to find out what that is (mount_namespaces(7)).
 * Leaves out of *attr what stays because it yields. */
static int find_locked(int mount, unsigned int flags, struct mount_attr *attr, const struct plan_mount *m,
	struct error *err)
{
	static const struct {
		uint64_t attribute;
		const char *name;
	} lockable[] = {
		{ MOUNT_ATTR_RDONLY, "ro" },
		{ MOUNT_ATTR_NOSUID, "nosuid" },
		{ MOUNT_ATTR_NODEV, "nodev" },
		{ MOUNT_ATTR_NOEXEC, "noexec" },
	};

	for (size_t i = 0; i < sizeof(lockable) / sizeof(lockable[0]); i++) {
		uint64_t attribute = lockable[i].attribute;
		struct mount_attr one = { .attr_clr = attribute };

		if (!(attr->attr_clr & attribute) || mount_setattr(mount, "", flags, &one, sizeof(one)) == 0)
			continue;
		attr->attr_clr &= ~attribute;
		if (!(flags & AT_RECURSIVE) && m->attr_yields & attribute)
			continue;
		return error_set(err, errno, "cannot take '%s' from '%s'%s: the user namespace above has locked it",
			lockable[i].name, m->destination, flags & AT_RECURSIVE ? " and all below" : "");
	}
	return 0;
}

static int set_attributes(int mount, unsigned int flags, struct mount_attr *attr, const struct plan_mount *m,
	struct error *err)
{
	flags |= AT_EMPTY_PATH;
	if ((!attr->attr_set && !attr->attr_clr) || mount_setattr(mount, "", flags, attr, sizeof(*attr)) == 0)
		return 0;
	if (errno == EPERM) {
		if (find_locked(mount, flags, attr, m, err) < 0)
			return -1;
		if (mount_setattr(mount, "", flags, attr, sizeof(*attr)) == 0)
			return 0;
		if (errno == EPERM && attr->attr_clr & MOUNT_ATTR__ATIME)
			return error_set(err, errno,
				"cannot change the access times of '%s': the user namespace above has locked them",
				m->destination);
	}
	return error_set(err, errno, "cannot set the %smount options of '%s'", flags & AT_RECURSIVE ? "recursive " : "",
		m->destination);
}

int filesystem_set_attributes(int mount, const struct plan_mount *m, struct error *err)
{
	struct mount_attr top = { .attr_set = m->attr_set, .attr_clr = m->attr_clear };
	struct mount_attr tree = { .attr_set = m->tree_set, .attr_clr = m->tree_clear };

	/* The tree first: what the plan has for the mount itself is the later word (plan/mount_options.c). */
	if (set_attributes(mount, AT_RECURSIVE, &tree, m, err) < 0)
		return -1;
	return set_attributes(mount, 0, &top, m, err);
}

int filesystem_make_mask(struct error *err)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	cleanup_fd int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
	cleanup_fd int mask = -1;

	if (context < 0 || fsconfig(context, FSCONFIG_SET_STRING, "mode", "0755", 0) < 0 ||
		fsconfig(context, FSCONFIG_SET_STRING, "nr_inodes", "4", 0) < 0 ||
		fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return error_set(err, errno, "cannot make a tmpfs for masks");
	mask = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (mask < 0 || mknodat(mask, "file", S_IFREG | 0444, 0) < 0 || mkdirat(mask, "directory", 0555) < 0)
		return error_set(err, errno, "cannot make the masks");
	if (mount_setattr(mask, "", AT_EMPTY_PATH, &readonly, sizeof(readonly)) < 0)
		return error_set(err, errno, "cannot make the masks read-only");
	return take_fd(&mask);
}
