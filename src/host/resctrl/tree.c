/* Where resctrl is, and the directories of its classes of service. Runs on the host. */
#include "host/resctrl/resctrl.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

enum { MOUNTINFO_MAX = 16 * 1024 * 1024 };

const char *resctrl_mount_point(char **mountinfo)
{
	struct mountinfo mount;

	while (mountinfo_next(mountinfo, &mount)) {
		if (strcmp(mount.type, "resctrl") == 0 && strcmp(mount.root, "/") == 0)
			return mount.path;
	}
	return NULL;
}

int resctrl_open(struct error *err)
{
	cleanup_free char *text = NULL;
	size_t length;
	char *rest;

	if (file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, &length, err) < 0)
		return -1;
	rest = text;
	for (const char *path = resctrl_mount_point(&rest); path; path = resctrl_mount_point(&rest)) {
		cleanup_fd int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		struct statfs fs;

		/* Another file system may be mounted over it. */
		if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == RDTGROUP_SUPER_MAGIC)
			return take_fd(&fd);
	}
	error_set(err, ENODEV, "linux.intelRdt: no resctrl file system is mounted");
	return error_tag(err, ERROR_NOT_SUPPORTED, "linux.intelRdt");
}

int resctrl_open_group(int resctrl, const char *group)
{
	return openat(resctrl, strcmp(group, "/") == 0 ? "." : group, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}
