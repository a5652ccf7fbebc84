/* The end of a cgroup: its processes are killed, and its directories removed. Runs on the host. Waits are events of the
 * kernel (cgroup.events), never sleeps. */
#include "host/cgroup/parts.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_ROUND_MS = 40 };

/* One round of killing, which ends what it can reach and waits for that. Returns 1 when nobody is left. */
static int kill_round(int cgroup, int events, long patience, struct error *err)
{
	struct error ignored;
	int empty;

	if (file_write(cgroup, "cgroup.kill", "1") < 0)
		return cgroup_is_gone(errno) ? 1 : error_set(err, errno, "cannot kill the processes of the cgroup");
	empty = cgroup_wait_event(events, "populated", 0, patience);
	if (empty < 0)
		return error_set(err, errno, "cannot wait for the end of the cgroup's processes");
	/* Those whose first thread has ended are left. What they fork meanwhile, the next round ends. */
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

/* Opens the first child directory of a cgroup; -1 when it has none. */
static int first_child(int cgroup, char *ret_name)
{
	cleanup_dir DIR *dir = fd_open_dir(cgroup, ".");

	for (struct dirent *entry = dir ? fd_next_entry(dir) : NULL; entry; entry = fd_next_entry(dir)) {
		if (entry->d_type != DT_DIR)
			continue;
		snprintf(ret_name, NAME_MAX + 1, "%s", entry->d_name);
		return openat(cgroup, ret_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	return -1;
}

/* Removes everything below a cgroup, deepest first, without recursion: a container may nest as deep as it likes. */
static int remove_below(int cgroup, struct error *err)
{
	for (;;) {
		char name[NAME_MAX + 1];
		char deeper_name[NAME_MAX + 1];
		cleanup_fd int parent = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		cleanup_fd int child = parent < 0 ? -1 : first_child(parent, name);

		if (child < 0)
			return 0;
		for (int deeper = first_child(child, deeper_name); deeper >= 0;
			deeper = first_child(child, deeper_name)) {
			close_fd(&parent);
			parent = take_fd(&child);
			child = deeper;
			memcpy(name, deeper_name, sizeof(name));
		}
		if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return error_set(err, errno, "cannot remove the cgroup '%s' of the container", name);
	}
}

/* Removes the container's cgroup, in which there may still be a dying process. */
static int remove_leaf(int parent, const char *name, const struct cgroup_claim *own, bool unfinished, struct error *err)
{
	cleanup_fd int cgroup = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	enum cgroup_owner owner = cgroup < 0 ? CGROUP_NOBODYS : cgroup_owner(cgroup, own);

	/* An undo may have no file descriptor left to look with. */
	if (cgroup < 0 && (errno == ENOENT || !unfinished))
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot open the cgroup '%s'", own->path);
	if (owner == CGROUP_UNKNOWN && !unfinished)
		return error_set(err, errno, "cannot tell whose the cgroup '%s' is", own->path);
	if (owner == CGROUP_ANOTHERS || (owner == CGROUP_NOBODYS && !unfinished))
		return 0;
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY)
		return error_set(err, errno, "cannot remove the cgroup '%s'", own->path);
	if (owner != CGROUP_OURS)
		return 0;
	if (cgroup_kill_all(cgroup, err) < 0 || remove_below(cgroup, err) < 0)
		return -1;
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_set(err, errno, "cannot remove the cgroup '%s'", own->path);
	return 0;
}

/* Leaves a cgroup that was there before, as far as we can as it was: what the limits were nobody knows any more. */
static int leave(const struct cgroup_claim *own, struct error *err)
{
	cleanup_fd int cgroup = cgroup_open_own(own, err);

	if (cgroup < 0)
		return err->number == ENOENT ? 0 : -1;
	if (cgroup_kill_all(cgroup, err) < 0)
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
	if (depth <= own->kept)
		return leave(own, err);
	for (; depth > own->kept; depth--, leaf = false) {
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
		/* A parent that others use by now is theirs. One that is not there: no more of the path was made. */
		if (!leaf && unlinkat(parent, slash + 1, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return 0;
	}
	return 0;
}
