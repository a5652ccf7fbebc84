/* Freezing the processes of a cgroup, and finding out whether they are frozen. Runs on the host. */
#include "host/cgroup/parts.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int cgroup_is_frozen(int cgroup, struct error *err)
{
	cleanup_fd int events = openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);

	int frozen;

	if (events < 0)
		return cgroup_is_gone(errno) ? 0 : error_set(err, errno, "cannot open 'cgroup.events'");
	frozen = cgroup_read_event(events, "frozen");
	return frozen < 0 ? error_set(err, errno, "cannot read 'cgroup.events'") : frozen;
}

int cgroup_is_being_frozen(int cgroup, struct error *err)
{
	cleanup_fd int current = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char freeze[16] = "";

	/* cgroup.events says frozen only when the last process has stopped. Until then only cgroup.freeze tells, here
	 * or in a cgroup above. The loop ends at the root of the tree, or at the mount point, where the file does not
	 * exist. */
	while (current >= 0 && file_read_line(current, "cgroup.freeze", freeze, sizeof(freeze)) == 0) {
		int above;

		if (strcmp(freeze, "1") == 0)
			return 1;
		above = openat(current, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close_fd(&current);
		current = above;
	}
	if (!cgroup_is_gone(errno))
		return error_set(err, errno, "cannot tell whether the cgroup is frozen");
	return cgroup_is_frozen(cgroup, err);
}

int cgroup_refuse_frozen(int cgroup, struct error *err)
{
	int frozen = cgroup_is_being_frozen(cgroup, err);

	if (frozen <= 0)
		return frozen;
	error_set(err, 0, "cannot exec in a frozen cgroup (use --ignore-paused to override)");
	return error_tag(err, ERROR_CGROUP_FAILED, "linux.cgroupsPath");
}

int cgroup_freeze(int cgroup, bool frozen, struct error *err)
{
	cleanup_fd int events = openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);
	int done;

	if (events < 0)
		return error_set(err, errno, "cannot open 'cgroup.events'");
	if (file_write(cgroup, "cgroup.freeze", frozen ? "1" : "0") < 0)
		return error_set(err, errno, "cannot write to 'cgroup.freeze'");
	done = cgroup_wait_event(events, "frozen", frozen, CGROUP_EVENT_MS);
	if (done > 0)
		return 0;
	if (done < 0)
		error_set(err, errno, "cannot wait until the container is %s", frozen ? "frozen" : "thawed");
	else
		error_set(err, 0, "the container did not %s within %d seconds", frozen ? "freeze" : "thaw",
			CGROUP_EVENT_MS / 1000);
	/* A container of which only some processes run would be of no use: thaws it. */
	if (frozen)
		(void)file_write(cgroup, "cgroup.freeze", "0");
	return -1;
}
