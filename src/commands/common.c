/* What several commands begin with. */
#include "commands/commands.h"

#include "base/cleanup.h"
#include "base/table.h"
#include "host/host.h"

#include <errno.h>
#include <string.h>

int check_id(const char *id, struct error *err)
{
	if (root_id_is_valid(id))
		return 0;
	return error_set(err, 0, "invalid container ID format: \"%s\"", id);
}

int open_named_container(const struct invocation *invocation, struct container *ret_container, struct error *err)
{
	const char *id = invocation->words[0];
	cleanup_fd int root = -1;

	if (check_id(id, err) < 0)
		return -1;
	root = root_open(invocation->global->root, false, err);
	if (root < 0 && err->number == ENOENT)
		return container_missing(id, err);
	if (root < 0)
		return -1;
	return container_open(root, id, ret_container, err);
}

int check_cgroup_manager(const struct global_options *global, bool *ret_disabled, struct error *err)
{
	const char *manager = global->cgroup_manager ? global->cgroup_manager : "cgroupfs";

	if (global->systemd_cgroup || strcmp(manager, "systemd") == 0)
		return error_set(err, 0, "the systemd cgroup driver is not supported");
	if (strcmp(manager, "cgroupfs") != 0 && strcmp(manager, "disabled") != 0)
		return error_set(err, 0, "option --cgroup-manager: expected cgroupfs or disabled, found '%s'", manager);
	*ret_disabled = strcmp(manager, "disabled") == 0;
	return 0;
}
