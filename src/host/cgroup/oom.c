/* Counting what the kernel's OOM killer has killed in a cgroup. Runs on the host; reads only. */
#include "host/cgroup/cgroup.h"

#include "base/file.h"

uint64_t cgroup_oom_kills(int cgroup)
{
	return file_read_key(cgroup, "memory.events", "oom_kill");
}
