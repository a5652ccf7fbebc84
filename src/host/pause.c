/* Pausing a container and resuming it: freezing and thawing its cgroup. Runs on the host. That a container is paused is
 * stored nowhere else. */
#include "host/host.h"

#include "base/cleanup.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"

/* Freezes or thaws the cgroup of a container, if its status allows this verb. */
static int set_frozen(const struct container *container, enum container_verb verb, bool frozen, struct error *err)
{
	const struct cgroup_claim *own = &container->record->cgroup;
	cleanup_fd int cgroup = -1;

	if (container_check_verb(container, verb, err) < 0)
		return -1;
	if (!own->path)
		return error_set(err, 0, "the container has no cgroup that could be frozen");
	cgroup = cgroup_open_own(own, err);
	return cgroup < 0 ? -1 : cgroup_freeze(cgroup, frozen, err);
}

int container_pause(const struct container *container, struct error *err)
{
	return set_frozen(container, CONTAINER_PAUSE, true, err);
}

int container_resume(const struct container *container, struct error *err)
{
	return set_frozen(container, CONTAINER_RESUME, false, err);
}
