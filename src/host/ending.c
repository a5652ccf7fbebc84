/* Why a process of ours ended that did not say so itself. Runs on the host. */
#include "host/parts.h"

#include "base/child.h"
#include "host/cgroup/cgroup.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { GONE_MS = 1000 };

static bool was_killed(int pidfd)
{
	siginfo_t info = { 0 };

	/* The end of the channel comes a moment before. */
	return child_gone(pidfd, GONE_MS) > 0 &&
		waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_code == CLD_KILLED &&
		info.si_status == SIGKILL;
}

int ending_explain(int pidfd, int cgroup, uint64_t oom_kills, struct error *err)
{
	if (pidfd < 0 || cgroup < 0 || cgroup_oom_kills(cgroup) <= oom_kills || !was_killed(pidfd))
		return -1;
	/* The words of runc, which tests of managers look for. */
	error_wrap(err, "container init was OOM-killed (memory limit too low?)");
	return error_tag(err, ERROR_CGROUP_FAILED, "linux.resources.memory.limit");
}
