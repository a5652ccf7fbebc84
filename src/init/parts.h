/* The state that the steps of init share. The steps are declared by subject in namespaces.h, tree.h, process.h and
 * startgate.h. Each step returns 0, or -1 with *err; it returns 0 and does nothing when the plan does not ask for
 * it. */
#pragma once

#include "base/error.h"
#include "handles.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <sys/types.h>

/* fds are -1 while they are not open. */
struct init {
	const struct plan *plan;
	struct handles *handles;
	bool is_program_process;   /* the builder has cloned this process, which will execute the program */
	bool joined_pid_namespace; /* children of this process are born into the container's pid namespace */
	int private_proc;          /* a procfs that is mounted nowhere; -1 where no step needs it */
	/* the directory of the host's tree where attach_root() attaches the root; -1 without a mount namespace */
	int root_mount_point;
	/* the tmpfs whose files cover masked paths, attached to the root's mount point under the root; -1 without
	 * masked paths */
	int mask;
	int old_root;         /* the host's root, from pivot_root(2) until detach_old_root() */
	int dev_mount_id;     /* path_mount_id() of the new file system at /dev; -1 without one */
	bool dev_is_foreign;  /* /dev is a bind of a directory outside of the image: tare makes nothing in it */
	int pty_master;       /* the master end of the container's terminal, until it is handed over */
	int listener;         /* the seccomp listener, until it is handed over */
	int start_connection; /* the connection of `start` at the gate */
	bool container_runs; /* `tare mounts`: the container runs, and its processes may change its paths at any time */
	/* one fd per mount of the plan: the attached mount, until finish_readonly_mounts() is done with it; while the
	 * container runs until the end */
	int *mount_fds;
	bool in_cgroup;      /* enter_cgroup_namespace() is done */
	bool cwd_entered;    /* chdir(2) to the working directory worked as root, before the identity changed */
	char **env;          /* the program's environment, with HOME */
	char listen_pid[32]; /* LISTEN_PID=N, which env has */
	struct plan_capabilities granted; /* of the capabilities that process.capabilities asks for */
	uint64_t right_to_filter;         /* CAP_SYS_ADMIN as a bit, kept until an early filter is loaded; or 0 */
	char *program_path;               /* the path of args[0] in the container */
	/* the state for startContainer hooks, written by the builder; text is NULL where there is no builder */
	struct {
		char *text;
		size_t length;
	} start_state;
};

/* Returns the state at the first step: no fd is open but those of handles. */
struct init init_begin(const struct plan *plan, struct handles *handles);
