/* What a container uses: read from its cgroup and from resctrl, and written as lines of JSON in the layout of runc.
 * Runs on the host; changes nothing. */
#pragma once

#include "base/error.h"
#include "host/resctrl/resctrl.h"

#include <sys/types.h>

/* Where the numbers of a container are read. The fds stay the caller's. */
struct events_source {
	const char *id;
	pid_t pid; /* init; 0: not known */
	int cgroup;
	int resctrl; /* the root of resctrl; -1: the container has no class of service */
	struct resctrl_claim rdt;
};

/* Writes a line of JSON to out for what is used every interval_ms milliseconds, and for OOM kills when they happen,
 * until the process of pidfd has ended or out is closed at its other end. Returns 0, or -1 with *err. */
int events_follow(const struct events_source *source, int pidfd, int out, long interval_ms, struct error *err);

/* Writes one line of JSON to out for what is used. Returns 0, or -1 with *err. */
int events_report(const struct events_source *source, int out, struct error *err);
