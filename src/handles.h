/* Handles: the files that the host's process has opened for a plan, which init inherits through the clone. Afterwards
 * no path of the host is resolved again. */
#pragma once

#include "plan/plan.h"

/* Every fd is -1 when there is none. Arrays run parallel to the plan's lists. */
struct handles {
	int sync;                            /* init's end of the channel */
	int gate;                            /* the listening start gate */
	int namespaces[PLAN_MAX_NAMESPACES]; /* namespaces.join[i] */
	int root;          /* the root file system, a detached tree; for exec the root directory of init */
	int root_on_host;  /* the directory of the root on the host, O_PATH */
	int pid_namespace; /* a new procfs shows its processes, and a builder clones its child into it */
	/* mounts.items[i]: a detached copy, a detached file system with mapped IDs, or a link for copy-symlink */
	int *mounts;
	int *devices; /* devices.items[i]: a detached copy of the host's node, when nodes cannot be made */
	/* a detached tmpfs that covers masked paths, when the host's process has to know it; else -1 */
	int mask;
	int cgroup;      /* the container's cgroup directory, O_PATH */
	int target;      /* exec: a pidfd of the container's init */
	int notify;      /* the directory of the notify socket, a detached tree */
	int hook_stdout; /* a file for the output of hooks, which the host's process closes */
	int hook_stderr;
	/* The soft limit of open files before the host's process raised it, for the program; 0: it was not raised. */
	rlim_t former_file_limit;
	/* The host's process had no right to open root, mounts and devices: the cloned process opens them first
	 * (decisions/0007). */
	bool sources_inside;
	/* The process will be in a user namespace that is not the first one, and that may deny setgroups(2). */
	bool in_user_namespace;
};

/* A list of n fds that are -1, to be freed; NULL when memory ran out. */
int *handles_none(size_t n);

/* Sets all handles to -1 or NULL, which handles_free() accepts. */
void handles_clear(struct handles *ret_handles);

/* Closes the handles, also when only some are open, and frees the lists. */
void handles_free(const struct plan *plan, struct handles *handles);

/* The fd of the namespace of this kind (CLONE_NEW*) that is to be joined, or -1; the fd still belongs to the
 * handles. */
int handles_joined(const struct plan *plan, const struct handles *handles, int flag);
