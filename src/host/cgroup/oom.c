/* Counting what the kernel's OOM killer has killed in a cgroup. Runs on the host; reads only. */
#include "host/cgroup/cgroup.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { EVENTS_MAX = 4096 };

uint64_t cgroup_oom_kills(int cgroup)
{
	static const char key[] = "oom_kill ";
	cleanup_free char *text = NULL;
	uint64_t kills = 0;
	size_t length;

	if (file_read(cgroup, "memory.events", EVENTS_MAX, &text, &length, NULL) < 0)
		return 0;
	for (char *left = text, *line = strsep(&left, "\n"); line; line = strsep(&left, "\n")) {
		if (text_starts(line, key) && text_to_u64(line + strlen(key), &kills))
			break;
	}
	return kills;
}
