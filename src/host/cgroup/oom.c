/* Counting what the kernel's OOM killer has killed in a cgroup. Runs on the host; reads only. */
#include "host/cgroup/parts.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <fcntl.h>
#include <unistd.h>

uint64_t cgroup_oom_kills(int cgroup)
{
	return file_read_key(cgroup, "memory.events", "oom_kill");
}

struct oom_watch oom_watch_begin(int cgroup, const struct cgroup_claim *own)
{
	struct oom_watch watch = { .cgroup = cgroup, .above = -1, .limit = UINT64_MAX };

	if (cgroup < 0)
		return watch;
	(void)file_read_number(cgroup, "memory.max", &watch.limit);
	if (own && own->unit) {
		watch.above = openat(cgroup, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		watch.kills_above = watch.above < 0 ? 0 : cgroup_oom_kills(watch.above);
	}
	return watch;
}

bool oom_watch_saw_kill(const struct oom_watch *watch)
{
	if (watch->cgroup < 0)
		return false;
	if (cgroup_oom_kills(watch->cgroup) > watch->kills)
		return true;
	return watch->above >= 0 && faccessat(watch->cgroup, "memory.events", F_OK, 0) < 0 &&
		cgroup_oom_kills(watch->above) > watch->kills_above;
}

bool oom_watch_limit(const struct oom_watch *watch, uint64_t *ret_limit)
{
	uint64_t limit = watch->limit;

	(void)file_read_number(watch->cgroup, "memory.max", &limit);
	if (limit == UINT64_MAX)
		return false;
	*ret_limit = limit;
	return true;
}

void oom_watch_end(struct oom_watch *watch)
{
	close_fd(&watch->above);
}
