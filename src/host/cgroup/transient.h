/* A cgroup below that of a container for one process and what it starts. Runs on the host. Functions return 0, or -1
 * with *err. */
#pragma once

#include "base/error.h"

/* As long as an fd of it is open it is locked: one without a lock was left behind by a process of tare that was
 * killed. */
struct cgroup_transient {
	int parent;
	int cgroup; /* -1: none */
	char name[64];
};

#define CGROUP_TRANSIENT_NONE ((struct cgroup_transient){ .parent = -1, .cgroup = -1 })

/* Makes one, and removes first those that were left behind in the parent, with their processes. Errors: the parent is
 * threaded, which means that a cgroup in it could not be killed as a whole; those of mkdir(2), EAGAIN for a limit of
 * cgroups (cgroup.max.descendants). */
int cgroup_transient_make(int parent, struct cgroup_transient *ret, struct error *err);

/* Kills what is in it, waits for the end of that for 10 seconds at most, and removes it. One that is gone is no error.
 * *transient is none then, also after a failure. */
int cgroup_transient_remove(struct cgroup_transient *transient, struct error *err);
