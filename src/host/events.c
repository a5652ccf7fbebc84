/* The verb events: opens what the numbers are read from. Runs on the host; changes nothing. */
#include "host/host.h"

#include "base/cleanup.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"
#include "host/resctrl/resctrl.h"
#include "host/stats/stats.h"

int container_events(const struct container *container, int out, long interval_ms, struct error *err)
{
	const struct record *record = container->record;
	cleanup_fd int cgroup = -1;
	cleanup_fd int resctrl = -1;
	struct events_source source;

	if (container->pidfd < 0)
		return container_check_status(container, CONTAINER_EVENTS, OCI_STATUS_STOPPED, err);
	if (!record->cgroup.path)
		return error_set(err, 0, "the container has no cgroup that would tell what it uses");
	cgroup = cgroup_open_own(&record->cgroup, err);
	if (cgroup < 0)
		return -1;
	if (record->rdt.group) {
		resctrl = resctrl_open(err);
		if (resctrl < 0)
			return -1;
	}
	source = (struct events_source){
		.id = container->id,
		.pid = container->pid,
		.cgroup = cgroup,
		.resctrl = resctrl,
		.rdt = record->rdt,
	};
	if (interval_ms > 0)
		return events_follow(&source, container->pidfd, out, interval_ms, err);
	return events_report(&source, out, err);
}
