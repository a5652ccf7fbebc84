/* User namespaces: their mappings, and those that exist only to map the ids of mounts. Runs on the host. */
#include "host/host.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Writes with one write(2), as the kernel wants it. */
static int write_map(pid_t pid, const char *name, const char *map, struct error *err)
{
	char path[64];
	cleanup_fd int fd = -1;
	size_t length = strlen(map);

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, map, length) != (ssize_t)length)
		return error_set(err, errno, "cannot write '%s'", path);
	return 0;
}

/* Without a place the caller knows whose mappings they are. */
static int refuse_map(struct error *err, const char *place, const char *name)
{
	if (*place)
		error_tag(err, ERROR_INTERNAL, "%s%s", place, name);
	return error_wrap(err, "%s%s", place, name);
}

int userns_map(pid_t pid, const char *uid_map, const char *gid_map, const char *place, struct error *err)
{
	if (write_map(pid, "gid_map", gid_map, err) < 0)
		return refuse_map(err, place, "gidMappings");
	if (write_map(pid, "uid_map", uid_map, err) < 0)
		return refuse_map(err, place, "uidMappings");
	return 0;
}

int userns_open(pid_t pid, struct error *err)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? error_set(err, errno, "cannot open the user namespace '%s'", path) : fd;
}

int userns_make(const char *uid_map, const char *gid_map, struct error *err)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	cleanup_fd int userns = -1;
	int ends[2];
	char nothing;
	pid_t pid;
	int code;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot make a user namespace");
	pid = sys_clone3(&args);
	if (pid == 0) {
		/* It lives as long as the namespace has to be seen in /proc, and no longer than we do: until the pipe ends. */
		close(ends[1]);
		_exit(read(ends[0], &nothing, 1) < 0);
	}
	close_fd(&ends[0]);
	if (pid < 0)
		error_set(err, errno, "cannot make a user namespace");
	else if (userns_map(pid, uid_map, gid_map, "", err) == 0)
		userns = userns_open(pid, err);
	close_fd(&ends[1]);
	if (pid > 0)
		(void)child_wait(pid, &code);
	return take_fd(&userns);
}
