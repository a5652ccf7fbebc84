/* Handles: what the host has opened for a plan, and init inherits through the clone. After the host has opened them no
 * path of the host is resolved again. */
#pragma once

#include "plan/plan.h"

/* Every fd is -1 when there is none. Arrays run parallel to the plan's lists. */
struct handles {
	int sync;                            /* init's end of the channel */
	int gate;                            /* the listening start gate */
	int namespaces[PLAN_MAX_NAMESPACES]; /* namespaces.join[i] */
	int root;          /* the root file system, a detached tree; for exec that of init, a directory */
	int root_place;    /* where it stands on the host, O_PATH */
	int pid_namespace; /* whose processes a new procfs shows, and which a builder's child is born into */
	int *mounts;       /* mounts.items[i]: a detached tree for binds */
	int *devices;      /* devices.items[i]: a detached copy of the host's node, when nodes cannot be made */
	int mask;          /* what covers masked paths, a detached tmpfs, where the host has to know it; else -1 */
	int cgroup;        /* the container's cgroup directory, O_PATH */
	int target;        /* exec: a pidfd of the container's init */
	int notify;        /* the directory of the notify socket, a detached tree */
	int hook_stdout;   /* for what hooks print, the host's to close */
	int hook_stderr;
	/* The soft limit of open files as it was before the host raised it, for the program; 0: it is as it was. */
	rlim_t former_file_limit;
	/* The host had no right to open root, mounts and devices: init's side of the clone does it first
	 * (decisions/0007). */
	bool sources_inside;
	/* The process will be in another user namespace than the machine's first, which may deny setgroups(2). */
	bool in_user_namespace;
};

/* A list of n fds that are -1, to be freed; NULL when memory ran out. */
int *handles_none(size_t n);

/* Handles of nothing, which handles_free() accepts. */
void handles_clear(struct handles *ret_handles);

/* Closes the handles, half-filled ones too, and frees the lists. */
void handles_free(const struct plan *plan, struct handles *handles);

/* The namespace of this kind (CLONE_NEW*) that is to be joined, or -1; the fd stays with the handles. */
int handles_joined(const struct plan *plan, const struct handles *handles, int flag);
