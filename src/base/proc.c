/* /proc: process identity from the host's procfs, and a private handle for writes. Runs on both sides; inside a
 * container only the private handle is ever used. */
#include "base/proc.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
	STAT_MAX = 1024,
	STATE_FIELD = 3, /* of /proc/PID/stat, like the others */
	FLAGS_FIELD = 9,
	START_TIME_FIELD = 22,
	EXIT_CODE_FIELD = 52,
	ROOT_INODE = 1,   /* of the root directory of each procfs, and of no other file in it */
	PF_EXITING = 0x4, /* from the kernel's include/linux/sched.h; in the field "flags" */
	PF_FORKNOEXEC = 0x40,
};

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

int proc_open_any(struct error *err)
{
	struct error refused;
	struct statfs fs;
	struct stat st;
	cleanup_fd int proc = proc_open(&refused);

	if (proc >= 0)
		return take_fd(&proc);
	if (refused.number == EPERM)
		proc = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (proc >= 0 && fstatfs(proc, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC && fstat(proc, &st) == 0 &&
		st.st_ino == ROOT_INODE)
		return take_fd(&proc);
	*err = refused;
	return -1;
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

int proc_own_number(int proc, char *ret_number, struct error *err)
{
	char number[PROC_NUMBER_MAX];
	ssize_t n = readlinkat(proc, "self", number, sizeof(number) - 1);

	if (n < 0)
		return error_set(err, errno, "cannot find this process in the procfs");
	memcpy(ret_number, number, (size_t)n);
	ret_number[n] = '\0';
	return 0;
}

int proc_write_own(int proc, const char *path, const char *value, struct error *err)
{
	char number[PROC_NUMBER_MAX];
	char whole[PROC_NUMBER_MAX + NAME_MAX];

	if (proc_own_number(proc, number, err) < 0)
		return -1;
	/* The number of this process, not "self": proc_write() follows no link. */
	snprintf(whole, sizeof(whole), "%s/%s", number, path);
	return proc_write(proc, whole, value, err);
}

/* Reads the file "stat" of a process, or of a thread of it, into line and finds the third field, the state. NULL with
 * errno: ESRCH for no such process. */
static const char *read_stat(int dirfd, const char *path, char line[STAT_MAX])
{
	const char *name_end;

	if (file_read_line(dirfd, path, line, STAT_MAX) < 0) {
		if (errno == ENOENT)
			errno = ESRCH;
		return NULL;
	}
	/* The program chooses the second field, its name, which may have any character, also ')'. */
	name_end = strrchr(line, ')');
	if (name_end && name_end[1] == ' ' && name_end[2] != '\0')
		return name_end + 2;
	errno = EIO;
	return NULL;
}

/* Reads the number in a field behind the third. state is the text from the third field on. Returns false with errno. */
static bool read_field(const char *state, int number, unsigned long long *ret)
{
	const char *field = state;

	for (int i = STATE_FIELD; field && i < number; i++) {
		field = strchr(field, ' ');
		if (field)
			field++;
	}
	if (field && sscanf(field, "%llu", ret) == 1)
		return true;
	errno = EIO;
	return false;
}

static int identify(int dirfd, const char *path, struct proc_identity *ret_identity)
{
	char line[STAT_MAX];
	const char *state = read_stat(dirfd, path, line);
	unsigned long long start_time;
	unsigned long long flags;

	if (!state || !read_field(state, FLAGS_FIELD, &flags) || !read_field(state, START_TIME_FIELD, &start_time))
		return -1;
	*ret_identity = (struct proc_identity){
		.state = *state,
		.exiting = flags & PF_EXITING,
		.start_time = start_time,
	};
	return 0;
}

int proc_identify(pid_t pid, struct proc_identity *ret_identity)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	return identify(AT_FDCWD, path, ret_identity);
}

int proc_look_at_exec(pid_t pid, struct proc_exec *ret_exec)
{
	char path[64];
	char line[STAT_MAX];
	const char *state;
	unsigned long long flags;
	unsigned long long status;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	state = read_stat(AT_FDCWD, path, line);
	if (!state || !read_field(state, FLAGS_FIELD, &flags) || !read_field(state, EXIT_CODE_FIELD, &status))
		return -1;
	*ret_exec = (struct proc_exec){ .done = !(flags & PF_FORKNOEXEC), .status = (int)status };
	return 0;
}

/* True when a thread of the directory tasks has ended, or is not there any more. */
static bool thread_has_ended(int tasks, const char *thread)
{
	struct proc_identity identity;
	char path[64];
	char target[64];

	snprintf(path, sizeof(path), "%.20s/stat", thread);
	if (identify(tasks, path, &identity) < 0)
		return errno == ESRCH;
	if (identity.state == 'Z' || identity.state == 'X')
		return true;
	/* The thread exits and sleeps. Without a mount namespace it sleeps in zap_pid_ns_processes(): an exiting thread
	 * sleeps nowhere else after it has given up its namespaces. */
	if (!identity.exiting || identity.state != 'S')
		return false;
	snprintf(path, sizeof(path), "%.20s/ns/mnt", thread);
	return readlinkat(tasks, path, target, sizeof(target)) < 0 && (errno == ENOENT || errno == ESRCH);
}

bool proc_has_ended(pid_t pid)
{
	cleanup_dir DIR *tasks = NULL;
	struct dirent *entry;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = fd_open_dir(AT_FDCWD, path);
	fd = tasks ? dirfd(tasks) : -1;
	if (fd < 0)
		return false;
	while ((entry = fd_next_entry(tasks))) {
		if (!thread_has_ended(fd, entry->d_name))
			return false;
	}
	return errno == 0;
}

int proc_boot_id(char *ret_id, struct error *err)
{
	struct error ignored;
	cleanup_fd int proc = -1;

	if (file_read_line(AT_FDCWD, "/proc/sys/kernel/random/boot_id", ret_id, PROC_BOOT_ID_MAX) == 0)
		return 0;
	if (errno != ENOENT)
		return error_set(err, errno, "cannot read '/proc/sys/kernel/random/boot_id'");
	proc = proc_open(&ignored);
	if (proc < 0 || file_read_line(proc, "sys/kernel/random/boot_id", ret_id, PROC_BOOT_ID_MAX) < 0)
		ret_id[0] = '\0';
	return 0;
}
