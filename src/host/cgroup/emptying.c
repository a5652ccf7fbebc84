/* Emptying a cgroup: killing its processes, and removing those below it. Runs on the host. Waits for events of
 * cgroup.events and never only sleeps. */
#include "host/cgroup/parts.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/string_list.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_ROUND_MS = 40 };

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
int cgroup_remove_below(int cgroup, unsigned long most, struct error *err)
{
	unsigned long removed = 0;
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
		if (++removed > most)
			return error_set(err, 0, "the container makes cgroups faster than they are removed");
	}
}
