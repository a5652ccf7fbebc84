/* What a container uses: read from its cgroup and from resctrl, and written as lines of JSON in the layout of runc.
 * Runs on the host; changes nothing. */
#pragma once

#include "base/error.h"
#include "host/resctrl/resctrl.h"

#include <sys/types.h>

/* What the numbers are read from. */
struct events_source {
	const char *id;
	pid_t pid; /* of the process whose pidfd is given; 0: not known */
	int cgroup;
	int resctrl; /* -1: the container is in no class of service */
	struct resctrl_claim rdt;
};

/* Writes to out, a line of JSON each: every interval what is used, and OOM kills when they happen, until the process of
 * pidfd has ended or nobody reads out any more. */
int events_follow(const struct events_source *source, int pidfd, int out, long interval_ms, struct error *err);

/* Writes once what is used. */
int events_report(const struct events_source *source, int out, struct error *err);
