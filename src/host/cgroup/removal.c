/* Removing a cgroup: killing its processes, and removing its directories. Runs on the host. Waits for events of
 * cgroup.events and never only sleeps. */
#include "host/cgroup/parts.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { UNIT_REMOVAL_MS = 1000 };

int cgroup_kill_own(const struct cgroup_claim *own, struct error *err)
{
	cleanup_fd int cgroup = cgroup_open_own(own, err);

	if (cgroup < 0)
		return err->number == ENOENT ? 0 : -1;
	return cgroup_kill_all(cgroup, err);
}

/* False when the name has gone, or is that of another cgroup: the next container has a unit of that name. */
static bool is_there_still(int parent, const char *name, int cgroup)
{
	struct stat now;

	return fstatat(parent, name, &now, AT_SYMLINK_NOFOLLOW) == 0 && now.st_ino == cgroup_inode(cgroup);
}

/* Gives systemd the time to remove the cgroup of a unit, which it does when it has seen that no process is left: then
 * the unit has ended for it, too. A systemd that is busy or stopped is not waited for long: the caller removes the
 * cgroup. */
static void await_systemd(int parent, const char *name, int cgroup)
{
	long deadline = clock_ms() + UNIT_REMOVAL_MS;
	cleanup_fd int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
	char events[4096];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", parent);
	if (watch < 0 || inotify_add_watch(watch, path, IN_DELETE) < 0)
		return;
	while (is_there_still(parent, name, cgroup)) {
		struct pollfd event = { .fd = watch, .events = POLLIN };
		long left = deadline - clock_ms();

		if (left <= 0 || (poll(&event, 1, (int)left) < 0 && errno != EINTR))
			return;
		while (read(watch, events, sizeof(events)) > 0)
			;
	}
}

/* Removes the cgroup itself. A process in it may still be about to end, so rmdir(2) may fail with EBUSY at first. */
static int remove_leaf(int parent, const char *name, const struct cgroup_claim *own, bool unfinished, struct error *err)
{
	cleanup_fd int cgroup = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	enum cgroup_owner owner = cgroup < 0 ? CGROUP_OWNER_NONE : cgroup_owner(cgroup, own);

	/* With unfinished, openat(2) may have failed for want of file descriptors: rmdir(2) is tried without looking at
	 * the mark. */
	if (cgroup < 0 && (errno == ENOENT || !unfinished))
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot open the cgroup '%s'", own->path);
	if (owner == CGROUP_OWNER_UNKNOWN && !unfinished)
		return error_set(err, errno, "cannot tell whose the cgroup '%s' is", own->path);
	if (owner == CGROUP_OWNER_OTHER || (owner == CGROUP_OWNER_NONE && !unfinished))
		return 0;
	if (own->unit && owner == CGROUP_OWNER_THIS) {
		if (cgroup_kill_all(cgroup, err) < 0)
			return -1;
		await_systemd(parent, name, cgroup);
		if (!is_there_still(parent, name, cgroup))
			return 0;
	}
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY)
		return error_set(err, errno, "cannot remove the cgroup '%s'", own->path);
	if (owner != CGROUP_OWNER_THIS)
		return 0;
	if (cgroup_kill_all(cgroup, err) < 0 || cgroup_remove_below(cgroup, ULONG_MAX, err) < 0)
		return -1;
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_set(err, errno, "cannot remove the cgroup '%s'", own->path);
	return 0;
}

/* For a cgroup that existed before the container: kills its processes, and takes away the device program and the mark.
 * Its former limits are not known and stay as the container had them. */
static int release(const struct cgroup_claim *own, struct error *err)
{
	cleanup_fd int cgroup = cgroup_open_own(own, err);

	if (cgroup < 0)
		return err->number == ENOENT ? 0 : -1;
	if (cgroup_kill_all(cgroup, err) < 0)
		return -1;
	cgroup_transient_sweep(cgroup);
	/* The next container could have no processes there while controllers are enabled for those below. */
	if (own->subtree &&
		(cgroup_remove_below(cgroup, ULONG_MAX, err) < 0 || cgroup_disable_controllers(cgroup, err) < 0))
		return -1;
	cgroup_detach_devices(cgroup);
	cgroup_unmark(cgroup);
	return 0;
}

int cgroup_remove(const struct cgroup_claim *own, bool unfinished, struct error *err)
{
	cleanup_fd int tree = cgroup_tree(err);
	cleanup_free char *rest = strdup(own->path);
	uint32_t depth = 0;
	bool leaf = true;

	if (tree < 0)
		return -1;
	if (!rest)
		return error_set(err, ENOMEM, "cannot remove the cgroup '%s'", own->path);
	for (const char *c = rest; *c; c++)
		depth += *c == '/' && c[1] != '/' && c[1] != '\0';
	if (depth <= own->existing_depth)
		return release(own, err);
	for (; depth > own->existing_depth; depth--, leaf = false) {
		char *slash = strrchr(rest, '/');
		cleanup_fd int parent = -1;

		*slash = '\0';
		parent = cgroup_open_in(tree, rest, err);
		if (parent < 0 && err->number == ENOENT)
			continue;
		if (parent < 0)
			return -1;
		if (leaf && remove_leaf(parent, slash + 1, own, unfinished, err) < 0)
			return -1;
		/* A parent that is in use (EBUSY) stays, and so do those above it. ENOENT: the create made no more than
		 * the upper part of the path. */
		if (!leaf && unlinkat(parent, slash + 1, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return 0;
	}
	return 0;
}
