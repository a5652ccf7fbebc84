/* Changing the limits of a container. Runs on the host. The present limits are read from the cgroup and from resctrl,
 * and stored nowhere else. */
#include "host/host.h"

#include "base/cleanup.h"
#include "base/interrupt.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"
#include "host/resctrl/resctrl.h"

/* Whether the container's config has memory.checkBeforeUpdate, which holds for all of its updates. */
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

/* What is to be written, and where. */
struct update {
	int cgroup; /* -1: the container has none */
	struct plan_writes limits;
	int resctrl; /* -1: no schema is asked for */
	struct oci_strings schemata;
};

static void update_close(struct update *update)
{
	close_fd(&update->cgroup);
	close_fd(&update->resctrl);
}

#define cleanup_update __attribute__((cleanup(update_close)))

static int plan_limits(const struct container *container, struct oci_document *document,
	const struct oci_resources *resources, struct update *update, struct error *err)
{
	struct plan_present present = { 0 };

	if (container->record->cgroup.path) {
		update->cgroup = cgroup_open_own(&container->record->cgroup, err);
		if (update->cgroup < 0)
			return -1;
		present = cgroup_present(update->cgroup);
	}
	if (read_check_memory(container, &present.check_memory, err) < 0 ||
		plan_update(document, resources, &present, &update->limits, err) < 0)
		return -1;
	if (update->limits.n > 0 && update->cgroup < 0)
		return error_set(err, 0, "the container has no cgroup that could be limited");
	return 0;
}

static int plan_schemata(const struct container *container, struct oci_document *document,
	const struct oci_intel_rdt *rdt, struct update *update, struct error *err)
{
	if (plan_rdt_schemata(document, rdt, &update->schemata, err) < 0)
		return -1;
	if (update->schemata.n == 0)
		return 0;
	if (!container->record->rdt.group) {
		error_set(err, 0, "the container has no class of service that could be changed");
		error_hint(err, "linux.intelRdt in its config.json would have given it one");
		return error_tag(err, ERROR_RDT_FAILED, "linux.intelRdt");
	}
	update->resctrl = resctrl_open(err);
	return update->resctrl < 0 ? -1 : 0;
}

/* Writes all limits or none: the schemata first, which are restored when the cgroup's limits fail; those restore
 * themselves. */
static int write_all(const struct container *container, struct oci_document *document, const struct update *update,
	struct error *err)
{
	const char *group = container->record->rdt.group;
	struct oci_strings former = { 0 };

	/* A signal must not end it half-way. No step of it waits. */
	interrupt_watch();
	interrupt_block();
	if (update->resctrl >= 0 &&
		resctrl_change_schemata(document, update->resctrl, group, &update->schemata, &former, err) < 0)
		return -1;
	if (cgroup_update(update->cgroup, &update->limits, err) == 0)
		return 0;
	if (update->resctrl >= 0)
		resctrl_restore_schemata(update->resctrl, group, &former);
	return -1;
}

int container_update(const struct container *container, struct oci_document *document,
	const struct oci_resources *resources, const struct oci_intel_rdt *rdt, struct error *err)
{
	cleanup_update struct update update = { .cgroup = -1, .resctrl = -1 };

	if (container_check_verb(container, CONTAINER_UPDATE, err) < 0 ||
		plan_limits(container, document, resources, &update, err) < 0 ||
		plan_schemata(container, document, rdt, &update, err) < 0)
		return -1;
	if (oci_problem_count(document) > 0)
		return plan_refuse(err);
	return write_all(container, document, &update, err);
}
