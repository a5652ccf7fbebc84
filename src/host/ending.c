/* Whether the kernel's OOM killer has ended a child that sent no error. Runs on the host. */
#include "host/parts.h"

#include "base/child.h"
#include "base/file.h"
#include "host/cgroup/cgroup.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { GONE_MS = 1000 };

static bool was_killed(int pidfd)
{
	siginfo_t info = { 0 };

	/* The end of file of the channel comes shortly before the end of the process. */
	return child_gone(pidfd, GONE_MS) > 0 &&
		waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_code == CLD_KILLED &&
		info.si_status == SIGKILL;
}

int ending_explain(int pidfd, int cgroup, uint64_t oom_kills, struct error *err)
{
	uint64_t limit;

	if (pidfd < 0 || cgroup < 0 || cgroup_oom_kills(cgroup) <= oom_kills || !was_killed(pidfd))
		return -1;
	if (file_read_number(cgroup, "memory.max", &limit) && limit != UINT64_MAX)
		error_wrap(err, "linux.resources.memory.limit is %llu bytes", (unsigned long long)limit);
	/* runc's words, which tests of managers match on. */
	error_wrap(err, "container init was OOM-killed (memory limit too low?)");
	return error_tag(err, ERROR_CGROUP_FAILED, "linux.resources.memory.limit");
}
