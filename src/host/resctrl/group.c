/* Intel RDT: the class of service and the monitoring group of a container. Runs on the host.
 *
 * All paths are resolved below an fd of the root of resctrl. A class of service that was made for the container is
 * removed with it; one that the config names and that existed before stays. */
#include "host/resctrl/parts.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GROUP_MODE = 0755 };

static int open_monitors(int group)
{
	return openat(group, "mon_groups", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool exists(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int check(int resctrl, const struct plan_rdt *plan, const char *id, struct error *err)
{
	cleanup_fd int group = resctrl_open_group(resctrl, plan->group);
	cleanup_fd int monitors = -1;

	if (group < 0 && errno != ENOENT)
		return error_set(err, errno, "linux.intelRdt: cannot open '%s'", plan->group);
	if (group < 0 && !plan->own && plan->schemata.n == 0)
		return error_set(err, 0,
			"linux.intelRdt.closID: there is no class of service '%s', and no schema for it", plan->group);
	if (group < 0)
		return 0;
	if (plan->own)
		return error_set(err, EEXIST, "linux.intelRdt: the class of service '%s'", plan->group);
	if (plan->monitored)
		monitors = open_monitors(group);
	if (monitors >= 0 && exists(monitors, id))
		return error_set(err, EEXIST, "linux.intelRdt: the monitoring group '%s' of '%s'", id, plan->group);
	return resctrl_compare_schemata(group, plan, err);
}

int resctrl_check(int resctrl, const struct plan_rdt *plan, const char *id, struct error *err)
{
	if (check(resctrl, plan, id, err) < 0)
		return error_tag(err, ERROR_RDT_FAILED, "linux.intelRdt");
	return 0;
}

/* mkdir(2) in resctrl takes one of the IDs of the processor, of which there are few: ENOSPC says that none is left. */
static int make_group(int dir, const char *name, const char *what, struct error *err)
{
	if (mkdirat(dir, name, GROUP_MODE) == 0)
		return 0;
	if (errno == ENOSPC)
		return error_set(err, 0, "linux.intelRdt: the processor has no %s left for '%s'", what, name);
	return error_set(err, errno, "linux.intelRdt: cannot make the %s '%s'", what, name);
}

static int make(int resctrl, const struct plan_rdt *plan, const char *id, struct resctrl_claim *made, struct error *err)
{
	cleanup_fd int group = resctrl_open_group(resctrl, plan->group);
	cleanup_fd int monitors = -1;

	if (group >= 0 && !plan->own) {
		if (resctrl_compare_schemata(group, plan, err) < 0)
			return -1;
	} else {
		if (make_group(resctrl, plan->group, "class of service", err) < 0)
			return -1;
		made->own = true;
		if (resctrl_set_schemata(resctrl, plan->group, &plan->schemata, err) < 0)
			return -1;
		close_fd(&group);
		group = resctrl_open_group(resctrl, plan->group);
	}
	if (!plan->monitored)
		return 0;
	monitors = group < 0 ? -1 : open_monitors(group);
	if (monitors < 0)
		return error_set(err, errno, "linux.intelRdt.enableMonitoring: this host cannot monitor '%s'",
			plan->group);
	if (make_group(monitors, id, "monitoring group", err) < 0)
		return -1;
	made->monitored = true;
	return 0;
}

int resctrl_plan_group(const struct plan_rdt *plan, const char *id, int *ret_resctrl, struct resctrl_claim *ret_record,
	struct error *err)
{
	cleanup_fd int resctrl = -1;

	if (!plan->group)
		return 0;
	resctrl = resctrl_open(err);
	if (resctrl < 0 || resctrl_check(resctrl, plan, id, err) < 0)
		return -1;
	*ret_record = (struct resctrl_claim){
		.group = (char *)(uintptr_t)plan->group,
		.own = plan->own,
		.monitored = plan->monitored,
	};
	*ret_resctrl = take_fd(&resctrl);
	return 0;
}

int resctrl_make(int resctrl, const struct plan_rdt *plan, const char *id, struct resctrl_claim *made,
	struct error *err)
{
	made->group = (char *)(uintptr_t)plan->group;
	if (make(resctrl, plan, id, made, err) < 0)
		return error_tag(err, ERROR_RDT_FAILED, "linux.intelRdt");
	return 0;
}

int resctrl_enter(int resctrl, const struct resctrl_claim *rdt, const char *id, pid_t pid, struct error *err)
{
	cleanup_fd int group = resctrl_open_group(resctrl, rdt->group);
	cleanup_fd int monitors = group < 0 || !rdt->monitored ? -1 : open_monitors(group);
	cleanup_fd int monitor = monitors < 0 ? -1 : resctrl_open_group(monitors, id);
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)pid);
	/* The class of service first: a monitoring group takes only processes of its own class. */
	if (group < 0 || file_write(group, "tasks", number) < 0 ||
		(rdt->monitored && (monitor < 0 || file_write(monitor, "tasks", number) < 0))) {
		error_set(err, errno, "linux.intelRdt: cannot put process %d into '%s'", (int)pid, rdt->group);
		return error_tag(err, ERROR_RDT_FAILED, "linux.intelRdt");
	}
	return 0;
}

int resctrl_remove(int resctrl, const struct resctrl_claim *rdt, const char *id, struct error *err)
{
	cleanup_fd int group = rdt->group ? resctrl_open_group(resctrl, rdt->group) : -1;
	cleanup_fd int monitors = group < 0 || !rdt->monitored ? -1 : open_monitors(group);

	if (monitors >= 0 && unlinkat(monitors, id, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_set(err, errno, "cannot remove the monitoring group '%s' of '%s'", id, rdt->group);
	if (group >= 0 && rdt->own && unlinkat(resctrl, rdt->group, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_set(err, errno, "cannot remove the class of service '%s'", rdt->group);
	return 0;
}
