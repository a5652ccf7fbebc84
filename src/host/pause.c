/* Pausing a container and letting it go on: the freezer of its cgroup. Runs on the host. That a container is paused is
 * stored nowhere but there. */
#include "host/host.h"

#include "base/cleanup.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"

/* The cgroup of a container, which is its freezer. */
static int open_freezer(const struct container *container, struct error *err)
{
	const struct cgroup_claim *own = &container->record->cgroup;

	if (!own->path)
		return error_set(err, 0, "the container has no cgroup that could be frozen");
	return cgroup_open_own(own, err);
}

int container_pause(const struct container *container, struct error *err)
{
	cleanup_fd int cgroup = -1;

	if (container_check_verb(container, CONTAINER_PAUSE, err) < 0)
		return -1;
	cgroup = open_freezer(container, err);
	return cgroup < 0 ? -1 : cgroup_freeze(cgroup, true, err);
}

int container_resume(const struct container *container, struct error *err)
{
	cleanup_fd int cgroup = -1;

	if (container_check_verb(container, CONTAINER_RESUME, err) < 0)
		return -1;
	cgroup = open_freezer(container, err);
	return cgroup < 0 ? -1 : cgroup_freeze(cgroup, false, err);
}
