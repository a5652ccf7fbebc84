/* Setting up a container's cgroup: making, marking and limiting it. Runs on the host. */
#include "host/cgroup/parts.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int take_over(int cgroup, const struct cgroup_claim *own, struct error *err)
{
	cleanup_fd int events = openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);
	int populated = events < 0 ? -1 : cgroup_read_event(events, "populated");
	int frozen = populated < 0 ? -1 : cgroup_read_event(events, "frozen");

	if (frozen < 0)
		return error_set(err, errno, "cannot read 'cgroup.events' of the cgroup '%s'", own->path);
	/* A cgroup with processes and without a mark is refused: if it were marked, undoing the create would kill
	 * them. */
	if (cgroup_owner(cgroup, NULL) == CGROUP_OWNER_NONE && populated)
		return error_set(err, 0, "the cgroup '%s' is not empty", own->path);
	if (frozen)
		return error_set(err, 0, "the cgroup '%s' is frozen", own->path);
	return cgroup_mark(cgroup, own, err);
}

/* What is below a cgroup with a subtree for init becomes the container's, and is removed with it: so there must be
 * nothing. */
static int refuse_used_subtree(int cgroup, const char *path, struct error *err)
{
	char enabled[64] = "";
	struct stat st;

	if (fstat(cgroup, &st) < 0 || file_read_line(cgroup, "cgroup.subtree_control", enabled, sizeof(enabled)) < 0)
		return error_set(err, errno, "cannot tell whether the cgroup '%s' is in use", path);
	/* A directory has a link for itself and its name, and one for each directory in it. */
	if (st.st_nlink > 2 || *enabled)
		return error_set(err, 0, "the cgroup '%s' has cgroups below it, or controllers for them", path);
	return 0;
}

int cgroup_set_up(const struct plan_cgroup *plan, struct cgroup_claim *own, bool *ret_ours, struct error *err)
{
	cleanup_fd int cgroup = -1;
	bool made;

	cgroup = cgroup_make(plan->path, &made, err);
	if (cgroup < 0)
		return error_tag(err, ERROR_CGROUP_FAILED, "linux.cgroupsPath");
	if (!made && plan->init_name && refuse_used_subtree(cgroup, plan->path, err) < 0)
		return error_tag(err, ERROR_CGROUP_FAILED, "linux.cgroupsPath");
	/* A cgroup that existed before must not be removed until it has the container's mark. */
	*ret_ours = made;
	if (take_over(cgroup, own, err) < 0)
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
