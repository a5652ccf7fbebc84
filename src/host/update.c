/* Changing the limits of a container that is there. Runs on the host. The limits are remembered where they are in force: in the
 * cgroup, and nowhere else. */
#include "host/host.h"

#include "base/cleanup.h"

/* Whether the container was made with memory.checkBeforeUpdate, which goes for all its updates. */
static int read_check_memory(const struct container *container, bool *ret_check, struct error *err)
{
	struct oci_document *document = NULL;
	const struct oci_config *config;
	const struct oci_resources *resources;

	if (container_config(container, &document, err) < 0)
		return -1;
	config = oci_root(document);
	resources = config->linux_ ? config->linux_->resources : NULL;
	*ret_check = resources && resources->memory && resources->memory->check_before_update.v;
	oci_free(document);
	return 0;
}

int container_update(const struct container *container, struct oci_document *document,
	const struct oci_resources *resources, struct error *err)
{
	cleanup_fd int cgroup = -1;
	struct plan_writes writes = { 0 };
	struct plan_present present;

	if (container_lock(container, err) < 0)
		return -1;
	switch (container_status(container)) {
	case OCI_STATUS_CREATED:
	case OCI_STATUS_RUNNING:
	case OCI_STATUS_PAUSED:
		break;
	default: {
		error_set(err, 0, "container not running");
		return error_tag(err, ERROR_CONTAINER_NOT_RUNNING, "container ID");
	}
	}
	if (!container->record->cgroup.path)
		return error_set(err, 0, "the container has no cgroup that could be limited");
	cgroup = cgroup_open(container->record->cgroup.path, err);
	if (cgroup < 0)
		return -1;
	present = cgroup_present(cgroup);
	if (read_check_memory(container, &present.check_memory, err) < 0 ||
		plan_update(document, resources, &present, &writes, err) < 0)
		return -1;
	if (oci_problem_count(document) > 0)
		return error_set(err, 0, "%s", "");
	return cgroup_update(cgroup, &writes, err);
}
