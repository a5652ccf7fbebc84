/* /proc: process identity from the host's procfs, and a private handle for writes. Runs on both sides; inside a
 * container only the private handle is ever used. */
#include "base/proc.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "base/syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

enum { STAT_MAX = 1024, START_TIME_FIELD = 22 };

int proc_open(struct error *err)
{
	cleanup_fd int context = fsopen("proc", FSOPEN_CLOEXEC);
	int mount;

	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return error_set(err, errno, "cannot make a private procfs");
	mount = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID);
	if (mount < 0)
		return error_set(err, errno, "cannot mount a private procfs");
	return mount;
}

int proc_write(int proc, const char *path, const char *value, struct error *err)
{
	const struct open_how how = {
		.flags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	cleanup_fd int fd = sys_openat2(proc, path, &how);
	ssize_t n;

	if (fd < 0)
		return error_set(err, errno, "cannot open '/proc/%s'", path);
	do
		n = write(fd, value, strlen(value));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set(err, errno, "cannot write '%s' to '/proc/%s'", value, path);
	return 0;
}

int proc_identify(pid_t pid, struct proc_identity *ret_identity)
{
	char path[64];
	char stat[STAT_MAX];
	char *field;
	unsigned long long start_time;
	char state;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (file_read_line(AT_FDCWD, path, stat, sizeof(stat)) < 0) {
		if (errno == ENOENT)
			errno = ESRCH;
		return -1;
	}
	/* The second field is the program's own choice and may hold anything, ')' included. */
	field = strrchr(stat, ')');
	if (!field || field[1] != ' ' || field[2] == '\0') {
		errno = EIO;
		return -1;
	}
	state = field[2];
	field += 2;
	for (int i = 3; field && i < START_TIME_FIELD; i++) {
		field = strchr(field, ' ');
		if (field)
			field++;
	}
	if (!field || sscanf(field, "%llu", &start_time) != 1) {
		errno = EIO;
		return -1;
	}
	*ret_identity = (struct proc_identity){ .state = state, .start_time = start_time };
	return 0;
}

int proc_boot_id(char *ret_id, struct error *err)
{
	if (file_read_line(AT_FDCWD, "/proc/sys/kernel/random/boot_id", ret_id, PROC_BOOT_ID_MAX) < 0)
		return error_set(err, errno, "cannot read '/proc/sys/kernel/random/boot_id'");
	return 0;
}
