/* What the host's process and init both do with a mount: they make it, give it its attributes, mode and propagation
 * while it is detached, and attach it; and they change one that is attached. With fsopen(2), mount_setattr(2) and
 * move_mount(2). */
#include "mount.h"

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

/* Sets *err to what, with the message that the kernel's file system has put into the context (fsopen(2)). */
static int fs_error(int context, struct error *err, const char *what)
{
	int number = errno;
	char answer[512];
	ssize_t n = read(context, answer, sizeof(answer) - 1);

	if (n <= 2)
		return error_set(err, number, "%s", what);
	answer[n] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	return error_set(err, number, "%s (%s)", what, answer + 2); /* the message begins with "e " */
}

/* Gives one option, "name" or "name=value", to fsconfig(2). */
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

static int configure(int context, const struct plan_mount *m, const struct plan_mounts *mounts, struct error *err)
{
	bool readonly = m->attr_set & MOUNT_ATTR_RDONLY;

	if (m->source && fsconfig(context, FSCONFIG_SET_STRING, "source", m->source, 0) < 0)
		return fs_error(context, err, "cannot set the source");
	if (plan_mount_is_new(m) && readonly && set_option(context, "ro", err) < 0)
		return -1;
	if (m->has_label && mounts->label &&
		fsconfig(context, FSCONFIG_SET_STRING, mounts->label_option, mounts->label, 0) < 0)
		return fs_error(context, err, "cannot set linux.mountLabel");
	if (set_options(context, m, err) < 0)
		return -1;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fs_error(context, err, "cannot make the file system");
	return 0;
}

/* Checks that the mount is a procfs. Its context may come from a child in a pid namespace with hostile processes
 * (procfs_begin()), and such a process could have made the child send another file. */
static int check_procfs(int mount, struct error *err)
{
	struct statfs fs;

	if (fstatfs(mount, &fs) < 0)
		return error_set(err, errno, "cannot look at the procfs");
	return fs.f_type == PROC_SUPER_MAGIC ? 0 : error_set(err, 0, "expected a procfs, found another file system");
}

static int open_context(const struct plan_mount *m, int pid_namespace, struct error *err)
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

int mount_set_propagation(int mount, const struct plan_mount *m, struct error *err)
{
	struct mount_attr attr = { .propagation = m->propagation };
	unsigned int flags = AT_EMPTY_PATH | (m->propagation_tree ? AT_RECURSIVE : 0);

	if (m->propagation && mount_setattr(mount, "", flags, &attr, sizeof(attr)) < 0)
		return error_set(err, errno, "cannot set the propagation of '%s'", m->destination);
	return 0;
}

int mount_make(const struct plan_mount *m, const struct plan_mounts *mounts, int pid_namespace, struct error *err)
{
	cleanup_fd int context = open_context(m, pid_namespace, err);
	cleanup_fd int mount = -1;

	if (context < 0 || configure(context, m, mounts, err) < 0)
		return -1;
	mount = fsmount(context, FSMOUNT_CLOEXEC, (unsigned int)m->attr_set);
	if (mount < 0)
		return fs_error(context, err, "cannot mount the file system");
	if (pid_namespace >= 0 && check_procfs(mount, err) < 0)
		return -1;
	return take_fd(&mount);
}

int mount_change(int mount, const struct plan_mount *m, struct error *err)
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

/* Finds out which flag cannot be cleared: mount_setattr(2) fails with EPERM for a flag that a user namespace above has
 * locked (mount_namespaces(7)). Each lockable flag is cleared by itself. A locked flag that may stay (attr_may_stay) is
 * removed from attr->attr_clr; any other is an error. */
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
		if (!(flags & AT_RECURSIVE) && m->attr_may_stay & attribute)
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

int mount_set_attributes(int mount, const struct plan_mount *m, struct error *err)
{
	struct mount_attr top = { .attr_set = m->attr_set, .attr_clr = m->attr_clear };
	struct mount_attr tree = { .attr_set = m->tree_set, .attr_clr = m->tree_clear };

	/* The attributes of the whole tree come first, since those of the mount itself override them at its top
	 * (plan/mount_options.c). */
	if (set_attributes(mount, AT_RECURSIVE, &tree, m, err) < 0)
		return -1;
	return set_attributes(mount, 0, &top, m, err);
}

int mount_prepare_copy(int copy, const struct plan_mount *m, struct error *err)
{
	struct mount_attr detached = { .propagation = MS_PRIVATE };

	/* open_tree(2) makes the copy a peer of its original. It stays a peer, or becomes a slave, only where the
	 * config asks for it; otherwise mounts would propagate between the two. */
	if (!(m->propagation & (MS_SHARED | MS_SLAVE)) &&
		mount_setattr(copy, "", AT_EMPTY_PATH | AT_RECURSIVE, &detached, sizeof(detached)) < 0)
		return error_set(err, errno, "cannot detach '%s' from its original", m->source);
	if (mount_set_attributes(copy, m, err) < 0)
		return -1;
	/* Private and unbindable are set once the copy is attached: move_mount(2) makes a mount below a shared one
	 * shared, and refuses an unbindable one there. */
	return m->propagation & (MS_SHARED | MS_SLAVE) ? mount_set_propagation(copy, m, err) : 0;
}

int mount_inherit_mode(int mount, int covered, struct error *err)
{
	cleanup_fd int top = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (top < 0 || fstat(covered, &st) < 0 || fchmod(top, st.st_mode & MODE_BITS) < 0)
		return error_set(err, errno, "cannot give the file system the mode of what it covers");
	return 0;
}

int mount_attach(int mount, int target, const char *destination, struct error *err)
{
	if (move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0)
		return 0;
	/* move_mount(2) fails with ENOSPC when the limit of mounts is reached; the text of ENOSPC would speak of a full
	 * device. */
	if (errno == ENOSPC) {
		error_set(err, 0, "cannot mount on '%s': the limit of mounts is reached (sysctl fs.mount-max)",
			destination);
		return error_hint(err, "raise the sysctl fs.mount-max, or look for who mounts so much");
	}
	return error_set(err, errno, "cannot mount on '%s'", destination);
}

int mount_make_mask(struct error *err)
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
