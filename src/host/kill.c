/* Sending a signal to a container. Runs on the host; lockless, so that a long start or exec never holds it up. */
#include "host/host.h"

#include "base/cleanup.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/pidfd.h>

static int signal_all(const struct container *container, int signal_number, struct error *err)
{
	cleanup_fd int cgroup = -1;

	if (!container->record->cgroup.path)
		return error_set(err, 0, "the container has no cgroup that would tell all its processes");
	cgroup = cgroup_open(container->record->cgroup.path, err);
	if (cgroup < 0)
		return err->number == ENOENT ? 0 : -1;
	return cgroup_signal_all(cgroup, signal_number, err);
}

int container_kill(const struct container *container, int signal_number, bool all, struct error *err)
{
	if (all)
		return signal_all(container, signal_number, err);
	if (container->pidfd < 0 || pidfd_send_signal(container->pidfd, signal_number, NULL, 0) < 0) {
		if (container->pidfd >= 0 && errno != ESRCH)
			return error_set(err, errno, "cannot signal the container's process");
		error_set(err, 0, "container not running");
		return error_tag(err, ERROR_CONTAINER_NOT_RUNNING, "container ID");
	}
	return 0;
}
