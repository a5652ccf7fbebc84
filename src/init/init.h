/* Init: the code that a process of the container runs between clone3(2) and execve(2). The process is the container's
 * first one, or one that exec adds.
 *
 * Init inherits the plan and the handles from the host's process, runs the steps of steps.c in order, and executes the
 * program. An error ends init, which undoes nothing: the host's process does that. The host's process calls these
 * functions in the child of its clone. plan is constant; handles are init's copy of the host's files, which init closes
 * as it goes. */
#pragma once

#include "handles.h"
#include "plan/plan.h"

/* Runs all steps of a container's first process and never returns. Called in the child of the host's process, or in the
 * child of the stage. Where a container shares a pid namespace the caller is the builder, and the process that the
 * builder clones runs the last steps. */
__attribute__((noreturn)) void init_create(const struct plan *plan, struct handles *handles);

/* Runs all steps of a process that exec adds to a container, and never returns. */
__attribute__((noreturn)) void init_exec(const struct plan *plan, struct handles *handles);

/* stage.c: joins the namespaces, clones init as a child of the host's process, sends HELLO with the pid of init on the
 * channel, and ends. */
__attribute__((noreturn)) void init_stage(const struct plan *plan, struct handles *handles);

/* change_mounts.c: the caller's process joins a running container and attaches the plan's mounts, or detaches what is
 * mounted at their destinations. container is a pidfd of the container's init, proc a private procfs. The process sends
 * READY, or ERROR with the reason, and ends. */
__attribute__((noreturn)) void init_add_mounts(const struct plan *plan, struct handles *handles, int container,
	int proc);
__attribute__((noreturn)) void init_remove_mounts(const struct plan *plan, struct handles *handles, int container,
	int proc);
