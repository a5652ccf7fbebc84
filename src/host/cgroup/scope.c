/* The cgroup of a container that is a systemd unit: systemd makes it and puts init into it, and tare claims it. Runs on
 * the host.
 *
 * tare marks the cgroup and writes its files as it does with one of its own: systemd leaves alone what is below a unit
 * with Delegate=, and writes to the unit's own files nothing but its properties. The device program is tare's alone:
 * systemd is told of no device rules, so it attaches no program that a reload would exchange. */
#include "host/cgroup/parts.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

/* Finds the path of the unit's cgroup: that of the process. */
static char *find_path(pid_t pid, const char *unit, struct error *err)
{
	cleanup_free char *path = cgroup_of_process(pid);
	const char *name = path ? strrchr(path, '/') : NULL;

	if (!path) {
		error_set(err, errno, "cannot read which cgroup systemd has put the container's process into");
		return NULL;
	}
	if (!name || strcmp(name + 1, unit) != 0 || text_starts(path, "/..")) {
		error_set(err, 0, "systemd has started '%s', but the container's process is in the cgroup '%s'", unit,
			path);
		return NULL;
	}
	return take_ptr(path);
}

/* Lifts the limits that systemd has set before they are to hold. */
static int suspend_late_limits(int cgroup, const struct plan_writes *writes, struct error *err)
{
	for (size_t i = 0; i < writes->n; i++) {
		const struct plan_write *limit = &writes->items[i];

		if (limit->late && file_write(cgroup, limit->file, "max") < 0 && errno != ENOENT)
			return error_set(err, errno, "%s: cannot write 'max' to '%s'", limit->place, limit->file);
	}
	return 0;
}

/* systemd hands down the controllers that it knows; hugetlb, rdma and misc are not among them. */
static int hand_down_missing(int cgroup, const struct plan_cgroup *plan, struct error *err)
{
	bool missing = false;
	cleanup_fd int tree = -1;

	for (size_t i = 0; i < plan->writes.n; i++) {
		const char *controller = plan->writes.items[i].controller;

		missing |= controller && cgroup_lacks_controller(cgroup, controller);
	}
	if (!missing)
		return 0;
	tree = cgroup_tree(err);
	return tree < 0 ? -1 : cgroup_hand_down(tree, plan->path, err);
}

static int set_limits(int cgroup, const struct plan_cgroup *plan, struct error *err)
{
	if (hand_down_missing(cgroup, plan, err) < 0 || suspend_late_limits(cgroup, &plan->writes, err) < 0 ||
		cgroup_write_limits(cgroup, &plan->writes, false, err) < 0)
		return error_tag(err, ERROR_CGROUP_FAILED, "linux.resources");
	return 0;
}

static int claim(int cgroup, const struct plan_cgroup *plan, const struct cgroup_claim *own, struct error *err)
{
	if (cgroup_mark(cgroup, own, err) < 0 || (plan->delegate && cgroup_delegate(cgroup, plan->owner, err) < 0))
		return error_tag(err, ERROR_CGROUP_FAILED, "linux.cgroupsPath");
	return 0;
}

/* Finds the cgroup of the unit that has been started, and claims it. */
static int adopt(struct oci_document *document, struct plan_cgroup *plan, pid_t pid, struct cgroup_claim *own,
	struct error *err)
{
	cleanup_free char *path = find_path(pid, plan->unit.name, err);
	cleanup_fd int cgroup = path ? cgroup_open(path, err) : -1;

	if (cgroup < 0)
		return error_tag(err, ERROR_CGROUP_FAILED, "linux.cgroupsPath");
	own->path = plan_strdup(document, path);
	if (!own->path)
		return error_set(err, ENOMEM, "cannot claim the cgroup '%s'", path);
	plan->path = own->path;
	/* The slices above are systemd's. */
	own->existing_depth = cgroup_count_parents(path);
	own->inode = cgroup_inode(cgroup);
	if (claim(cgroup, plan, own, err) < 0 || set_limits(cgroup, plan, err) < 0)
		return -1;
	return take_fd(&cgroup);
}

int cgroup_await_scope(struct oci_document *document, const struct systemd_helper *helper, struct plan_cgroup *plan,
	pid_t pid, struct cgroup_claim *own, struct error *err)
{
	return systemd_await_start(helper, err) < 0 ? -1 : adopt(document, plan, pid, own, err);
}
