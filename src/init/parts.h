/* What the files of init share among themselves: its state. The steps are declared by subject in namespaces.h, tree.h,
 * process.h and startgate.h. Each returns 0, or -1 with *err. */
#pragma once

#include "base/error.h"
#include "handles.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <sys/types.h>

/* What the steps share. */
struct init {
	const struct plan *plan;
	struct handles *handles;
	bool born;       /* the builder has cloned this process into the pid namespace: it is the program's */
	bool pid_joined; /* the builder's children are born into the pid namespace */
	int proc;        /* a private procfs, -1 when nothing needs it */
	int mount_point; /* the directory of the host's tree where the root is attached, -1 without a mount namespace */
	int mask;        /* what covers masked paths, below the root in that place; -1 without masked paths */
	int old_root;    /* the host's tree between pivot_root and its detaching, -1 otherwise */
	int dev_mount;   /* the number of the new file system at /dev (path_mount_id), -1 without one */
	bool dev_is_bound; /* what is at /dev belongs to somebody: nothing is made in it */
	int pty_master;    /* -1 without a terminal */
	int listener;      /* the seccomp listener, -1 when there is none */
	int start;         /* the connection of the `start` that is at the gate */
	bool live;         /* the container runs already: its processes may change its paths at any time */
	int *mounted; /* per mount of the plan: the attached one until it is finished, in a live container all; or -1 */
	bool cwd_entered;    /* the working directory could be entered before the identity changed */
	char **env;          /* with HOME */
	char listen_pid[32]; /* a variable in it */
	char *program;       /* the path of args[0] in the container */
	struct { /* what startContainer hooks are told, where a builder has written it; NULL: to be written */
		char *text;
		size_t length;
	} state;
};

/* Nothing of a process opened yet. */
struct init init_begin(const struct plan *plan, struct handles *handles);
