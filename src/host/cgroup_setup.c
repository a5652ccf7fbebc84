/* Setting up a container's cgroup: made, claimed, limited. Runs on the host. */
#include "host/parts.h"

#include "base/cleanup.h"

int cgroup_set_up(const struct plan_cgroup *plan, struct record_cgroup *own, bool *ret_ours, struct error *err)
{
	cleanup_fd int cgroup = -1;
	bool made;

	cgroup = cgroup_make(plan->path, &made, err);
	if (cgroup < 0)
		return error_tag(err, ERROR_CGROUP_FAILED, "linux.cgroupsPath");
	/* Until it bears our mark, one that we have only found is not ours to remove. */
	*ret_ours = made;
	if (cgroup_claim(cgroup, own, err) < 0)
		return error_tag(err, ERROR_CGROUP_FAILED, "linux.cgroupsPath");
	*ret_ours = true;
	if (made)
		own->inode = cgroup_inode(cgroup);
	if (cgroup_apply(cgroup, plan, err) < 0)
		return error_tag(err, ERROR_CGROUP_FAILED, "linux.resources");
	if (plan->delegate && cgroup_delegate(cgroup, plan->owner, err) < 0)
		return error_tag(err, ERROR_CGROUP_FAILED, "linux.cgroupsPath");
	return take_fd(&cgroup);
}
