/* The cgroup v2 tree: where it is, and walking it. Runs on the host. Every path below the tree's root is resolved
 * without following a link, on the one file system that it is. */
#include "host/cgroup/parts.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum { CGROUP_MODE = 0755, MEMBERSHIP_MAX = 1024 * 1024 };

/* Where a host with cgroup v2 alone mounts the tree, and where a host with both versions does. */
static const char *const mount_points[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

int cgroup_tree(struct error *err)
{
	for (size_t i = 0; i < sizeof(mount_points) / sizeof(mount_points[0]); i++) {
		cleanup_fd int fd = open(mount_points[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		struct statfs fs;

		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return error_set(err, errno, "cannot open '%s'", mount_points[i]);
		if (fstatfs(fd, &fs) < 0)
			return error_set(err, errno, "cannot tell what file system is mounted on '%s'",
				mount_points[i]);
		if (fs.f_type == CGROUP2_SUPER_MAGIC)
			return take_fd(&fd);
	}
	error_set(err, 0, "this host has no cgroup v2 tree at %s or %s, which tare needs", mount_points[0],
		mount_points[1]);
	error_hint(err, "mount -t cgroup2 cgroup2 %s, or boot with systemd.unified_cgroup_hierarchy=1",
		mount_points[0]);
	return error_tag(err, ERROR_CGROUP_FAILED, NULL);
}

/* Opens the cgroup component by component, for hosts where a seccomp filter around tare refuses openat2(2):
 * cgroup_make() needs no openat2(2), and what it made has to be removable without it. */
static int walk(int tree, const char *path, struct error *err)
{
	cleanup_fd int dir = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *rest = path;
	char name[NAME_MAX + 1];

	while (dir >= 0 && cgroup_next_name(&rest, name) > 0) {
		int next = -1;

		if (strcmp(name, "..") == 0)
			errno = EXDEV;
		else
			next = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close_fd(&dir);
		dir = next;
	}
	return dir < 0 ? error_set(err, errno, "cannot open '%s'", path) : take_fd(&dir);
}

int cgroup_open_in(int tree, const char *path, struct error *err)
{
	struct error why;
	int fd = path_strict_open(tree, path, O_RDONLY | O_DIRECTORY, &why);

	if (fd < 0 && (why.number == EPERM || why.number == EACCES || why.number == ENOSYS))
		return walk(tree, path, err);
	if (fd < 0 && err)
		*err = why;
	return fd;
}

int cgroup_open(const char *path, struct error *err)
{
	cleanup_fd int tree = cgroup_tree(err);

	return tree < 0 ? -1 : cgroup_open_in(tree, path, err);
}

char *cgroup_of_process(pid_t pid)
{
	cleanup_free char *text = NULL;
	char name[64];
	size_t length;
	char *left;

	snprintf(name, sizeof(name), "/proc/%d/cgroup", (int)pid);
	if (file_read(AT_FDCWD, name, MEMBERSHIP_MAX, &text, &length, NULL) < 0)
		return NULL;
	left = text;
	/* Lines of the hierarchies of cgroup v1 come before the line of v2. */
	for (const char *line = strsep(&left, "\n"); line; line = strsep(&left, "\n")) {
		if (text_starts(line, "0::/"))
			return strdup(line + strlen("0::"));
	}
	return NULL;
}

int cgroup_next_name(const char **path, char ret_name[NAME_MAX + 1])
{
	size_t length;

	*path += strspn(*path, "/");
	length = strcspn(*path, "/");
	if (length > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(ret_name, *path, length);
	ret_name[length] = '\0';
	*path += length;
	return length > 0;
}

uint32_t cgroup_count_parents(const char *path)
{
	uint32_t n = 0;

	for (const char *c = path + 1; *c; c++)
		n += *c == '/';
	return n;
}

int cgroup_count_existing(const char *path, uint32_t *ret_n, struct error *err)
{
	cleanup_fd int dir = cgroup_tree(err);
	const char *rest = path;
	char name[NAME_MAX + 1];
	uint32_t n = 0;

	if (dir < 0)
		return -1;
	while (cgroup_next_name(&rest, name) > 0) {
		int next = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (next < 0 && errno == ENOENT)
			break;
		/* Any other error fails: a component that exists and is not counted would be removed with the
		 * container. */
		if (next < 0)
			return error_set(err, errno, "cannot open the cgroup '%s'", path);
		close_fd(&dir);
		dir = next;
		n++;
	}
	*ret_n = n;
	return 0;
}

int cgroup_make(const char *path, bool *ret_made, struct error *err)
{
	cleanup_fd int dir = cgroup_tree(err);
	const char *rest = path;
	char name[NAME_MAX + 1];
	bool made = false;
	int more;

	if (dir < 0)
		return -1;
	while ((more = cgroup_next_name(&rest, name)) > 0) {
		int next;

		made = mkdirat(dir, name, CGROUP_MODE) == 0;
		if (!made && errno != EEXIST)
			return error_set(err, errno, "cannot make the cgroup '%s'", path);
		next = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return error_set(err, errno, "cannot open the cgroup '%s'", path);
		close_fd(&dir);
		dir = next;
	}
	if (more < 0)
		return error_set(err, errno, "cannot make the cgroup '%s'", path);
	*ret_made = made;
	return take_fd(&dir);
}
