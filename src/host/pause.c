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
	enum oci_status status;

	if (container_status(container, &status, err) < 0)
		return -1;
	if (status != OCI_STATUS_RUNNING && status != OCI_STATUS_CREATED)
		return container_not_running(err);
	cgroup = open_freezer(container, err);
	return cgroup < 0 ? -1 : cgroup_freeze(cgroup, true, err);
}

int container_resume(const struct container *container, struct error *err)
{
	cleanup_fd int cgroup = -1;
	enum oci_status status;

	if (container_status(container, &status, err) < 0)
		return -1;
	if (status != OCI_STATUS_PAUSED) {
		error_set(err, 0, "container not paused");
		return error_tag(err, ERROR_CONTAINER_NOT_PAUSED, "container ID");
	}
	cgroup = open_freezer(container, err);
	return cgroup < 0 ? -1 : cgroup_freeze(cgroup, false, err);
}
