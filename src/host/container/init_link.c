/* The link `init` in the directory of a container without a cgroup, "ID:PID:START:BOOT" of its init: delete needs it
 * when state.json is lost. Runs on the host. */
#include "host/container/setup.h"

#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static const char link_name[] = "init";

int init_link_make(const struct container *container, const struct record *record, struct error *err)
{
	cleanup_text struct text text = { 0 };

	if (record->cgroup.path)
		return 0;
	text_add(&text, "%s:%lld:%llu:%s", container->id, (long long)record->pid,
		(unsigned long long)record->start_time, record->boot_id);
	if (text_done(&text, err) < 0)
		return -1;
	if (symlinkat(text.s, container->dir, link_name) < 0)
		return error_set(err, errno, "cannot write the state of '%s'", container->id);
	return 0;
}

struct record init_link_read(const struct container *container, char buffer[PATH_MAX])
{
	ssize_t n = readlinkat(container->dir, link_name, buffer, PATH_MAX - 1);
	struct record record = { 0 };
	char *rest = buffer;
	const char *start_time;
	const char *pid;
	uint32_t number;

	if (n < 0)
		return record;
	buffer[n] = '\0';
	record.id = strsep(&rest, ":");
	pid = rest ? strsep(&rest, ":") : NULL;
	start_time = rest ? strsep(&rest, ":") : NULL;
	if (!rest || !text_to_u32(pid, &number) || number > INT_MAX || !text_to_u64(start_time, &record.start_time))
		return record;
	record.pid = number;
	record.boot_id = rest;
	return record;
}
