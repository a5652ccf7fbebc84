/* Opens files of the image that init reads itself, with more rights than the program will have. Runs inside the
 * container.
 *
 * At the path of such a file a hostile image may have a device, a fifo, or a link to a file of a kernel file system.
 * open(2) of a device or fifo has effects or blocks; a read may consume what the kernel has to say (kmsg), or disclose
 * what the program may not know. So init opens each path with O_PATH, looks at the file, and opens it for reading only
 * when it is a regular file of an ordinary file system. */
#include "init/tree.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum {
	READ_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
	/* linux/magic.h lacks these. */
	APPARMOR_MAGIC = 0x5a3c69f0,
	CONFIGFS_MAGIC = 0x62656570,
	FUSECTL_MAGIC = 0x65735543,
};

/* File systems whose files the kernel generates when they are read. */
static const unsigned int kernel_file_systems[] = {
	PROC_SUPER_MAGIC,
	SYSFS_MAGIC,
	CGROUP2_SUPER_MAGIC,
	CGROUP_SUPER_MAGIC,
	DEBUGFS_MAGIC,
	TRACEFS_MAGIC,
	SECURITYFS_MAGIC,
	SELINUX_MAGIC,
	SMACK_MAGIC,
	APPARMOR_MAGIC,
	BPF_FS_MAGIC,
	RDTGROUP_SUPER_MAGIC,
	EFIVARFS_MAGIC,
	PSTOREFS_MAGIC,
	BINFMTFS_MAGIC,
	NSFS_MAGIC,
	CONFIGFS_MAGIC,
	FUSECTL_MAGIC,
};

int is_on_kernel_file_system(int fd, const char *name, struct error *err)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return error_set(err, errno, "cannot look at the file system of '%s'", name);
	for (size_t i = 0; i < sizeof(kernel_file_systems) / sizeof(kernel_file_systems[0]); i++) {
		if ((unsigned int)fs.f_type == kernel_file_systems[i])
			return true;
	}
	return false;
}

/* Returns 0 when the file, open with O_PATH, is a regular file of no kernel file system, else -1 with *err (EINVAL). */
static int check_regular(int found, const char *name, struct error *err)
{
	struct stat st;
	int of_kernel;

	if (fstat(found, &st) < 0)
		return error_set(err, errno, "cannot look at '%s'", name);
	if (!S_ISREG(st.st_mode))
		return error_set(err, EINVAL, "cannot read '%s', which is not a regular file", name);
	of_kernel = is_on_kernel_file_system(found, name, err);
	if (of_kernel > 0)
		error_set(err, EINVAL, "cannot read '%s', which is a file of the kernel's", name);
	return of_kernel == 0 ? 0 : -1;
}

int reopen_image_file(const struct init *init, int found, const char *name, struct error *err)
{
	char path[INIT_FD_PATH_MAX];
	int fd;

	if (check_regular(found, name, err) < 0)
		return -1;
	fd_path(init, found, path);
	fd = open(path, READ_FLAGS);
	return fd < 0 ? error_set(err, errno, "cannot open '%s'", name) : fd;
}

int open_image_file(const struct init *init, const char *path, struct error *err)
{
	cleanup_fd int found = path_in_root_open(init->handles->root, path, O_PATH, err);

	return found < 0 ? -1 : reopen_image_file(init, found, path, err);
}

int open_image_file_inside(const char *path, struct error *err)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS };
	cleanup_fd int found = sys_openat2(AT_FDCWD, path, &how);
	cleanup_fd int fd = -1;

	if (found < 0)
		return error_set(err, errno, "cannot open '%s'", path);
	if (check_regular(found, path, err) < 0)
		return -1;
	how.flags = READ_FLAGS;
	fd = sys_openat2(AT_FDCWD, path, &how);
	if (fd < 0)
		return error_set(err, errno, "cannot open '%s'", path);
	if (!path_same_file(found, fd))
		return error_set(err, EINVAL, "cannot read '%s', which is being exchanged", path);
	return take_fd(&fd);
}
