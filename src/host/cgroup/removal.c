/* Removing a cgroup: killing its processes, and removing its directories. Runs on the host. Waits for events of
 * cgroup.events and never only sleeps. */
#include "host/cgroup/parts.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/string_list.h"

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

enum { FIRST_ROUND_MS = 40, UNIT_REMOVAL_MS = 1000 };

/* Writes to cgroup.kill and waits up to patience milliseconds for the end of all processes. Returns 1 when none is
 * left, 0 when some are, or -1 with *err. */
static int kill_round(int cgroup, int events, long patience, struct error *err)
{
	struct error ignored;
	int empty;

	if (file_write(cgroup, "cgroup.kill", "1") < 0)
		return cgroup_is_gone(errno) ? 1 : error_set(err, errno, "cannot kill the processes of the cgroup");
	empty = cgroup_wait_event(events, "populated", 0, patience);
	if (empty < 0)
		return error_set(err, errno, "cannot wait for the end of the cgroup's processes");
	/* Processes whose first thread has ended are left, which cgroup.kill does not reach. What they fork meanwhile
	 * is killed by the next round. */
	if (empty == 0)
		(void)cgroup_signal_all(cgroup, SIGKILL, &ignored);
	return empty;
}

int cgroup_kill_all(int cgroup, struct error *err)
{
	cleanup_fd int events = openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);
	int empty;

	if (events < 0)
		return cgroup_is_gone(errno) ? 0 : error_set(err, errno, "cannot open 'cgroup.events'");
	empty = cgroup_wait_event(events, "populated", 0, 0);
	if (empty < 0)
		return error_set(err, errno, "cannot read 'cgroup.events'");
	for (long patience = FIRST_ROUND_MS, spent = 0; !empty && spent < CGROUP_EVENT_MS;
		spent += patience, patience *= 2)
		empty = kill_round(cgroup, events, patience, err);
	if (empty < 0)
		return -1;
	if (!empty)
		return error_set(err, 0, "processes of the container are still there after %d seconds",
			CGROUP_EVENT_MS / 1000);
	return 0;
}

int cgroup_kill_own(const struct cgroup_claim *own, struct error *err)
{
	cleanup_fd int cgroup = cgroup_open_own(own, err);

	if (cgroup < 0)
		return err->number == ENOENT ? 0 : -1;
	return cgroup_kill_all(cgroup, err);
}

/* Opens the first child directory of a cgroup and copies its name, of NAME_MAX bytes at most. One that systemd removes
 * meanwhile is passed over. Returns -1 with errno, ENOENT when there is none. */
static int first_child(int cgroup, char *ret_name)
{
	cleanup_dir DIR *dir = fd_open_dir(cgroup, ".");

	if (!dir)
		return -1;
	for (struct dirent *entry = fd_next_entry(dir); entry; entry = fd_next_entry(dir)) {
		int fd = -1;

		if (entry->d_type != DT_DIR)
			continue;
		snprintf(ret_name, NAME_MAX + 1, "%s", entry->d_name);
		fd = openat(cgroup, ret_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 || !cgroup_is_gone(errno))
			return fd;
	}
	errno = ENOENT;
	return -1;
}

/* Removes every cgroup below this one, the deepest first: goes down as long as there is a child, and up again to remove
 * it. A container may nest them as deep as it likes, so this is no recursion, and one of them is open at a time. */
static int remove_below(int cgroup, struct error *err)
{
	cleanup_string_list struct string_list names = { 0 };
	cleanup_fd int current = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char child_name[NAME_MAX + 1];

	for (;;) {
		cleanup_free char *name = NULL;
		int next = current < 0 ? -1 : first_child(current, child_name);

		if (next < 0 && !cgroup_is_gone(errno))
			return error_set(err, errno, "cannot look for cgroups below that of the container");
		if (next >= 0) {
			close_fd(&current);
			current = next;
			if (string_list_add(&names, child_name) < 0)
				return error_set(err, ENOMEM, "cannot remove the cgroups of the container");
			continue;
		}
		if (names.n == 0)
			return 0;
		/* Cgroups cannot be moved: ".." is the one from which this one was reached. */
		name = string_list_take_last(&names);
		next = openat(current, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (next < 0)
			return error_set(err, errno, "cannot open the parent of the cgroup '%s' of the container",
				name);
		close_fd(&current);
		current = next;
		if (unlinkat(current, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return error_set(err, errno, "cannot remove the cgroup '%s' of the container", name);
	}
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
	if (cgroup_kill_all(cgroup, err) < 0 || remove_below(cgroup, err) < 0)
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
	/* The next container could have no processes there while controllers are enabled for those below. */
	if (own->subtree && (remove_below(cgroup, err) < 0 || cgroup_disable_controllers(cgroup, err) < 0))
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
