/* Removes the state directory of a container. Runs on the host. */
#include "host/container/container.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH_MAX = 100 };

/* Opens a directory below dir. RESOLVE_NO_XDEV: what is mounted on it is not the container's state. */
static DIR *open_inner(int dir, const char *name)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	int fd = sys_openat2(dir, name, &how);
	DIR *inner = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !inner)
		close_keep_errno(fd);
	return inner;
}

/* Removes a file, or a directory with everything in it, down to depth levels. tare makes one directory itself, that of
 * the notify socket; any other is damage, and is removed as well. */
static int remove_entry(int dir, const char *name, int depth)
{
	cleanup_dir DIR *inner = NULL;
	struct dirent *entry;
	int fd;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -1;
	if (depth == 0) {
		errno = ELOOP;
		return -1;
	}
	inner = open_inner(dir, name);
	fd = inner ? dirfd(inner) : -1;
	if (fd < 0)
		return -1;
	while ((entry = fd_next_entry(inner))) {
		if (remove_entry(fd, entry->d_name, depth - 1) < 0)
			return -1;
	}
	return errno ? -1 : unlinkat(dir, name, AT_REMOVEDIR);
}

int container_remove_state(const struct container *container, struct error *err)
{
	cleanup_dir DIR *dir = fd_open_dir(container->dir, ".");
	struct dirent *entry;

	if (!dir)
		return error_set(err, errno, "cannot read the state directory of '%s'", container->id);
	while ((entry = fd_next_entry(dir))) {
		if (remove_entry(container->dir, entry->d_name, DEPTH_MAX) < 0)
			return error_set(err, errno, "cannot remove '%s' of the state of '%s'", entry->d_name,
				container->id);
	}
	if (errno)
		return error_set(err, errno, "cannot read the state directory of '%s'", container->id);
	if (unlinkat(container->root, container->id, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_set(err, errno, "cannot remove the state directory of '%s'", container->id);
	return 0;
}
