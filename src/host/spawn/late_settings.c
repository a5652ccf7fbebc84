/* Settings of a cloned process that the host makes, since the process lacks the right to them or does not inherit them.
 * Runs on the host. */
#include "host/spawn/parts.h"

#include "base/file.h"
#include "base/syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int set_oom_score(pid_t pid, const struct plan_process *process, struct error *err)
{
	char path[64];
	char value[16];

	if (!process->has_oom_score_adj)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	snprintf(value, sizeof(value), "%d", process->oom_score_adj);
	if (file_write(AT_FDCWD, path, value) < 0)
		return error_set(err, errno, "process.oomScoreAdj: cannot write '%s' to '%s'", value, path);
	return 0;
}

static void give_stdio(pid_t pid, const struct plan *plan)
{
	bool found = false;
	struct stat st;
	uid_t owner;

	if (!(plan->namespaces.inside & CLONE_NEWUSER) || !plan->has_process || plan->process.terminal)
		return;
	for (int fd = 0; fd <= 2; fd++) {
		if (fstat(fd, &st) < 0 || (!S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode)))
			continue;
		if (!found && !userns_find_owner(pid, plan->process.uid, &owner))
			return;
		found = true;
		if (st.st_uid != owner)
			(void)!fchown(fd, owner, (gid_t)-1);
	}
}

static int raise_limits(pid_t pid, const struct plan_process *process, struct error *err)
{
	for (size_t i = 0; i < process->rlimit_count; i++) {
		const struct plan_rlimit *limit = &process->rlimits[i];
		struct rlimit now;
		rlim_t most;

		if (getrlimit(limit->resource, &now) < 0)
			return error_set(err, errno, "process.rlimits: cannot read %s", limit->name);
		if (limit->value.rlim_max <= now.rlim_max)
			continue;
		most = now.rlim_max;
		/* The soft limit of the process may differ from that of tare's own process, which file_limit.c
		 * raises. */
		if (prlimit(pid, (enum __rlimit_resource)limit->resource, NULL, &now) < 0)
			return error_set(err, errno, "process.rlimits: cannot read %s of the container's process",
				limit->name);
		now.rlim_max = limit->value.rlim_max;
		if (prlimit(pid, (enum __rlimit_resource)limit->resource, &now, NULL) == 0)
			continue;
		error_set(err, errno, "process.rlimits: cannot raise the hard limit of %s to %llu", limit->name,
			(unsigned long long)limit->value.rlim_max);
		return error_hint(err, "without CAP_SYS_RESOURCE it can be %llu at most", (unsigned long long)most);
	}
	return 0;
}

int process_set_up(pid_t pid, pid_t namespace_pid, const struct plan *plan, struct error *err)
{
	if (raise_limits(pid, &plan->process, err) < 0 || set_oom_score(pid, &plan->process, err) < 0)
		return -1;
	give_stdio(namespace_pid, plan);
	return 0;
}

int process_complete(pid_t pid, const struct plan_process *process, struct error *err)
{
	if (plan_scheduler_ends_with_clone(process) && sys_sched_setattr(pid, &process->scheduler, 0) < 0) {
		error_set(err, errno, "process.scheduler");
		return error_tag(err, ERROR_INTERNAL, "process.scheduler");
	}
	return 0;
}
