/* New file systems: through fsopen(2) and its kin, or through mount(2) for what only it can say. Runs inside the container. */
#include "init/init.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FSCONFIG_STRING_MAX = 255, MODE_BITS = 07777 };

bool mount_has_data(const struct plan_mount *m, const char *prefix)
{
	for (size_t i = 0; i < m->data.n; i++) {
		if (text_starts(m->data.items[i], prefix))
			return true;
	}
	return false;
}

static bool is_tmpfs(const struct plan_mount *m)
{
	return strcmp(m->type, "tmpfs") == 0;
}

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

/* A tmpfs over a directory keeps the directory's mode unless told otherwise. */
static int inherit_mode(int context, const struct plan_mount *m, int target, struct error *err)
{
	char mode[16];
	struct stat st;

	if (mount_has_data(m, "mode="))
		return 0;
	if (fstat(target, &st) < 0)
		return error_set(err, errno, "cannot look at '%s'", m->destination);
	snprintf(mode, sizeof(mode), "mode=%o", st.st_mode & MODE_BITS);
	return set_option(context, mode, err);
}

static int configure(int context, const struct plan_mount *m, const char *label, int target, struct error *err)
{
	bool readonly = m->attr_set & MOUNT_ATTR_RDONLY;

	if (m->source && fsconfig(context, FSCONFIG_SET_STRING, "source", m->source, 0) < 0)
		return fs_error(context, err, "cannot set the source");
	if (m->kind == PLAN_MOUNT_FS && readonly && !is_tmpfs(m) && set_option(context, "ro", err) < 0)
		return -1;
	if (label && fsconfig(context, FSCONFIG_SET_STRING, "context", label, 0) < 0)
		return fs_error(context, err, "cannot set linux.mountLabel");
	for (size_t i = 0; i < m->data.n; i++) {
		if (set_option(context, m->data.items[i], err) < 0)
			return -1;
	}
	if (is_tmpfs(m) && inherit_mode(context, m, target, err) < 0)
		return -1;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fs_error(context, err, "cannot make the file system");
	return 0;
}

static int mount_new(const struct plan_mount *m, const char *label, int target, struct error *err)
{
	const char *type = m->kind == PLAN_MOUNT_CGROUP ? "cgroup2" : m->type;
	uint64_t attributes = is_tmpfs(m) ? m->attr_set & ~(uint64_t)MOUNT_ATTR_RDONLY : m->attr_set;
	struct mount_attr tree = { .attr_set = m->tree_set, .attr_clr = m->tree_clear };
	cleanup_fd int context = fsopen(type, FSOPEN_CLOEXEC);
	cleanup_fd int mount = -1;

	if (context < 0)
		return error_set(err, errno, "unknown file system type '%s'", type);
	if (configure(context, m, label, target, err) < 0)
		return -1;
	mount = fsmount(context, FSMOUNT_CLOEXEC, (unsigned int)attributes);
	if (mount < 0)
		return fs_error(context, err, "cannot mount the file system");
	if ((tree.attr_set || tree.attr_clr) && mount_setattr(mount, "", AT_EMPTY_PATH, &tree, sizeof(tree)) < 0)
		return error_set(err, errno, "cannot set the recursive mount options");
	if (attach_mount(mount, target, m->destination, err) < 0)
		return -1;
	return take_fd(&mount);
}

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
	};
	unsigned long flags = m->ms_flags;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if ((m->attr_set | m->tree_set) & pairs[i].attribute)
			flags |= pairs[i].flag;
	}
	return flags;
}

/* mount(2) with the target's fd as path. The attributes come with the call, so the second look below cannot weaken them. */
static int mount_classic(int root, const struct plan_mount *m, const char *label, int target, struct error *err)
{
	cleanup_text struct text data = { 0 };
	char place[64];

	for (size_t i = 0; i < m->data.n; i++)
		text_add(&data, "%s%s", i ? "," : "", m->data.items[i]);
	if (label)
		text_add(&data, "%scontext=\"%s\"", data.n ? "," : "", label);
	if (text_done(&data, err) < 0)
		return -1;
	snprintf(place, sizeof(place), "/proc/self/fd/%d", target);
	if (mount(m->source, place, m->type, classic_flags(m), data.s) < 0)
		return error_set(err, errno, "cannot mount the file system");
	return path_in_root_open(root, m->destination, O_PATH, err);
}

int mount_fs(int root, const struct plan_mount *m, const char *label, int target, struct error *err)
{
	bool classic = m->ms_flags != 0;

	/* fsconfig(2) takes no longer value: a list of overlay layers may be. */
	for (size_t i = 0; i < m->data.n; i++)
		classic |= strlen(m->data.items[i]) > FSCONFIG_STRING_MAX;
	return classic ? mount_classic(root, m, label, target, err) : mount_new(m, label, target, err);
}
