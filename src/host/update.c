/* Changing the limits and the device rules of a container. Runs on the host. The present ones are read from the cgroup
 * and from resctrl, and stored nowhere else. */
#include "host/host.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/userns.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"
#include "host/resctrl/resctrl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is to be written, and where. */
struct update {
	int cgroup; /* -1: the container has none */
	struct plan_writes limits;
	struct plan_device_program devices; /* instructions is NULL: no device rules are asked for */
	long reclaim_ms;                    /* how long memory above a new limit is reclaimed; 0: it is not */
	bool devices_as_made;               /* the rules that are asked for mean what those of the config.json do */
	struct cgroup_device_change device_change;
	struct plan_unit unit; /* the limits as properties of the container's systemd unit */
	struct systemd_helper systemd;
	int resctrl; /* -1: no schema is asked for */
	struct oci_strings schemata;
};

static const struct update update_none = {
	.cgroup = -1,
	.device_change = { .program = -1, .former = -1 },
	.systemd = { .sock = -1 },
	.resctrl = -1,
};

static void update_close(struct update *update)
{
	close_fd(&update->cgroup);
	cgroup_device_change_close(&update->device_change);
	systemd_helper_close(&update->systemd);
	close_fd(&update->resctrl);
}

#define cleanup_update __attribute__((cleanup(update_close)))

/* Reads what counts of the config that the container was made with: memory.checkBeforeUpdate goes for all updates, and
 * device rules may be the same as those that are asked for. */
static int read_config(const struct container *container, struct update *update, bool *ret_check, struct error *err)
{
	static const struct oci_resources no_resources;
	struct oci_document *document = NULL;
	struct plan_device_program made = { 0 };
	const struct oci_config *config;
	const struct oci_resources *resources;
	int result = 0;

	if (container_config(container, &document, err) < 0)
		return -1;
	config = oci_root(document);
	resources = config->linux_ && config->linux_->resources ? config->linux_->resources : &no_resources;
	*ret_check = resources->memory && resources->memory->check_before_update.v;
	if (update->devices.instructions) {
		result = plan_device_update(document, &resources->devices, &made, err);
		update->devices_as_made = result == 0 && plan_same_device_program(&made, &update->devices);
	}
	oci_free(document);
	return result;
}

/* Device rules that are absent or empty ask for nothing: managers send the limits that they change, or all. */
static int plan_devices_asked(struct oci_document *document, const struct oci_resources *resources,
	struct update *update, struct error *err)
{
	return resources->devices.n > 0 ? plan_device_update(document, &resources->devices, &update->devices, err) : 0;
}

static int plan_limits(const struct container *container, struct oci_document *document,
	const struct oci_resources *resources, struct update *update, struct error *err)
{
	struct plan_present present = { 0 };

	if (container->record->cgroup.path) {
		update->cgroup = cgroup_open_own(&container->record->cgroup, err);
		if (update->cgroup < 0)
			return -1;
		present = cgroup_present(update->cgroup);
		present.reclaims = update->reclaim_ms > 0;
	}
	if (plan_devices_asked(document, resources, update, err) < 0 ||
		read_config(container, update, &present.check_memory, err) < 0 ||
		plan_update(document, resources, &present, &update->limits, err) < 0)
		return -1;
	if (update->limits.n > 0 && update->cgroup < 0)
		return error_set(err, 0, "the container has no cgroup that could be limited");
	return 0;
}

/* For a container with a systemd unit: works out the properties, and starts tare-systemd, which connects to systemd
 * meanwhile. */
static int plan_properties(const struct container *container, struct oci_document *document, const char *helper,
	struct update *update, struct error *err)
{
	const struct cgroup_claim *own = &container->record->cgroup;

	if (!own->unit)
		return 0;
	plan_unit_limits(document, &update->limits, &update->unit);
	if (update->unit.failed)
		return error_set(err, ENOMEM, "cannot make a plan");
	return update->unit.n > 0 ? systemd_helper_start(helper, own->user, &update->systemd, err) : 0;
}

static int refuse_devices(struct error *err)
{
	(void)error_wrap(err, "linux.resources.devices");
	return error_tag(err, ERROR_CGROUP_FAILED, "linux.resources.devices");
}

/* Loads the device program. Where create attaches none, the rules of the config.json pass, as they do there, and others
 * are refused. */
static int load_devices(struct update *update, struct error *err)
{
	if (!update->devices.instructions)
		return 0;
	if (update->cgroup >= 0 && userns_is_initial() && !rootless_is_needed()) {
		if (cgroup_load_devices(update->cgroup, &update->devices, update->devices_as_made,
			    &update->device_change, err) == 0)
			return 0;
	} else if (update->devices_as_made) {
		return 0;
	} else if (update->cgroup < 0) {
		error_set(err, 0, "the container has no cgroup whose devices could be restricted");
	} else {
		error_set(err, 0, "only root in the machine's own user namespace may change device rules");
	}
	return refuse_devices(err);
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

/* What changing the properties of a unit takes. */
struct tell {
	const char *unit;
	const struct update *update;
};

/* Files that systemd writes with any other property of their controller, and not as tare has written them: the quota in
 * whole percents, weights of BFQ by a formula of its own, and the last two as they were when the unit was started. */
static const char *const kept_files[] = { "cpu.max", "io.bfq.weight", "memory.oom.group", "memory.zswap.writeback" };

enum { N_KEPT = sizeof(kept_files) / sizeof(kept_files[0]), KEPT_MAX = 1024 * 1024 };

/* Writes a text that was read from the file, which takes a line at a time. The text is changed. */
static int write_back(int cgroup, const char *file, char *text, struct error *err)
{
	for (char *line = strsep(&text, "\n"); line; line = strsep(&text, "\n")) {
		if (*line && file_write(cgroup, file, line) < 0)
			return error_set(err, errno, "cannot write '%s' to '%s'", line, file);
	}
	return 0;
}

/* Changes the properties of the unit to the limits that were written. */
static int tell_systemd(void *context, struct error *err)
{
	const struct tell *tell = context;
	const struct update *update = tell->update;
	char *kept[N_KEPT] = { NULL };
	size_t length;
	int result;

	/* A file that is not there has no text. */
	for (size_t i = 0; i < N_KEPT; i++)
		(void)file_read(update->cgroup, kept_files[i], KEPT_MAX, &kept[i], &length, NULL);
	result = systemd_set_properties(&update->systemd, tell->unit, &update->unit, err);
	for (size_t i = 0; i < N_KEPT; i++) {
		if (result == 0 && kept[i])
			result = write_back(update->cgroup, kept_files[i], kept[i], err);
		free(kept[i]);
	}
	return result;
}

/* Writes the device program and the limits of the cgroup, or neither: when a limit fails, the former program is put
 * back; the limits restore themselves. */
static int write_cgroup(const struct container *container, const struct update *update, struct error *err)
{
	struct tell tell = { .unit = container->record->cgroup.unit, .update = update };
	const struct cgroup_change limits = {
		.writes = &update->limits,
		.reclaim_ms = update->reclaim_ms,
		.then = update->systemd.sock >= 0 ? tell_systemd : NULL,
		.context = &tell,
	};
	const struct cgroup_device_change *change = &update->device_change;

	if (change->program >= 0 && cgroup_replace_devices(update->cgroup, change, err) < 0)
		return refuse_devices(err);
	if (cgroup_update(update->cgroup, &limits, err) == 0)
		return 0;
	if (change->program >= 0)
		cgroup_restore_devices(update->cgroup, change);
	return -1;
}

/* Writes all limits or none: the schemata first, which are restored when the cgroup's part fails; that restores
 * itself. */
static int write_all(const struct container *container, struct oci_document *document, const struct update *update,
	struct error *err)
{
	const char *group = container->record->rdt.group;
	struct oci_strings former = { 0 };

	/* A signal must not end it half-way. Where it waits, for memory to be reclaimed and for systemd, it looks for
	 * signals. */
	interrupt_watch();
	interrupt_block();
	if (update->resctrl >= 0 &&
		resctrl_change_schemata(document, update->resctrl, group, &update->schemata, &former, err) < 0)
		return -1;
	if (write_cgroup(container, update, err) == 0)
		return 0;
	if (update->resctrl >= 0)
		resctrl_restore_schemata(update->resctrl, group, &former);
	return -1;
}

int container_update(const struct container *container, struct oci_document *document,
	const struct oci_resources *resources, const struct oci_intel_rdt *rdt, const struct update_options *options,
	struct error *err)
{
	cleanup_update struct update update = update_none;

	update.reclaim_ms = options->reclaim_seconds * 1000L;
	if (container_check_verb(container, CONTAINER_UPDATE, err) < 0 ||
		plan_limits(container, document, resources, &update, err) < 0 ||
		plan_schemata(container, document, rdt, &update, err) < 0)
		return -1;
	if (oci_problem_count(document) > 0)
		return plan_refuse(err);
	if (load_devices(&update, err) < 0 ||
		plan_properties(container, document, options->systemd_helper, &update, err) < 0)
		return -1;
	return write_all(container, document, &update, err);
}
