/* Writing the limits of a cgroup. Runs on the host. */
#include "host/cgroup/parts.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <string.h>

struct attempt {
	const char *file;
	const char *value;
};

/* Writes to the limit's file, or to its fallback file where the first does not exist or is not for this device: weights
 * of devices are BFQ's for those whose scheduler it is (EOPNOTSUPP otherwise). Returns -1 with errno. *ret_last is the
 * last write that was tried. */
static int write_either(int cgroup, const struct plan_write *limit, struct attempt *ret_last)
{
	*ret_last = (struct attempt){ limit->file, limit->value };
	if (file_write(cgroup, limit->file, limit->value) == 0)
		return 0;
	if ((errno != ENOENT && errno != EOPNOTSUPP) || !limit->fallback_file)
		return -1;
	*ret_last = (struct attempt){ limit->fallback_file, limit->fallback_value };
	return file_write(cgroup, limit->fallback_file, limit->fallback_value);
}

int cgroup_write_limit(int cgroup, const struct plan_write *limit, const char **ret_file, struct error *err)
{
	struct attempt last;
	bool written = write_either(cgroup, limit, &last) == 0;
	int number = errno;

	if (written || (number == ENOENT && limit->optional)) {
		*ret_file = written ? last.file : NULL;
		return 0;
	}
	if (number == ENOENT && limit->controller && cgroup_lacks_controller(cgroup, limit->controller))
		return cgroup_refuse_controller(limit, err);
	error_set(err, number, "%s: cannot write '%s' to '%s'", limit->place, last.value, last.file);
	if (number == EOPNOTSUPP && limit->fallback_file)
		error_hint(err, "a device has weights with the scheduler BFQ, or with costs in io.cost.qos");
	return error_tag(err, ERROR_CGROUP_FAILED, "%s", limit->place);
}

int cgroup_write_limits(int cgroup, const struct plan_writes *writes, bool late, struct error *err)
{
	for (size_t i = 0; i < writes->n; i++) {
		const char *file;

		if (writes->items[i].late == late && cgroup_write_limit(cgroup, &writes->items[i], &file, err) < 0)
			return -1;
	}
	return 0;
}

int cgroup_apply(int cgroup, const struct plan_cgroup *plan, struct error *err)
{
	cleanup_fd int tree = cgroup_tree(err);

	if (tree < 0 || cgroup_hand_down(tree, plan->path, err) < 0)
		return -1;
	return cgroup_write_limits(cgroup, &plan->writes, false, err);
}

int cgroup_apply_late(int cgroup, const struct plan_cgroup *plan, struct error *err)
{
	if (cgroup_move_init_below(cgroup, plan, err) < 0)
		return -1;
	return cgroup_write_limits(cgroup, &plan->writes, true, err);
}
