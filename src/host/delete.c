/* Deleting a container. Runs on the host. The state directory is removed last, so that a delete that was killed can be
 * run again. */
#include "host/host.h"

#include "base/cleanup.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"
#include "host/container/setup.h"
#include "host/resctrl/resctrl.h"

#include <errno.h>

/* Kills all processes of the cgroup, if there is one, since init may have left children behind. */
static int kill_processes(struct container *container, struct error *err)
{
	const struct cgroup_claim *own = &container->record->cgroup;

	if (own->path && cgroup_kill_own(own, err) < 0)
		return -1;
	/* The container may have no cgroup, or init may have been moved to another one. */
	return container_kill_process(container, err);
}

/* Without resctrl (ENODEV) the groups do not exist either. */
static int remove_rdt(const struct container *container, struct error *err)
{
	cleanup_fd int resctrl = -1;

	if (!container->record->rdt.group)
		return 0;
	resctrl = resctrl_open(err);
	if (resctrl < 0)
		return err->number == ENODEV ? 0 : -1;
	return resctrl_remove(resctrl, &container->record->rdt, container->id, err);
}

int container_delete(struct container *container, bool force, struct error *err)
{
	const struct record *record = container->record;

	/* A damaged record that can still be read may name another container's cgroup, or miss this one's: the link
	 * says so. */
	if (cgroup_link_check(container, err) < 0)
		return force && err->number == EBADMSG ? container_delete_damaged(container, err) : -1;
	if ((!force && container_check_verb(container, CONTAINER_DELETE, err) < 0) ||
		kill_processes(container, err) < 0)
		return -1;
	if (root_mount_remove(record, err) < 0)
		return -1;
	if (record->cgroup.path && cgroup_remove(&record->cgroup, record->pid == 0, err) < 0)
		return -1;
	if (remove_rdt(container, err) < 0)
		return -1;
	container_run_poststop(container);
	return container_remove_state(container, err);
}
