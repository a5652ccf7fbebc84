/* Init: the code between clone and execve, in the container's own first process, and in those of exec.
 *
 * It inherits the plan and the handles, does its part of both in the order of steps.c, and becomes the program. An
 * error ends the process and nothing is undone here: the host undoes by scope. This header is what the host calls in
 * the child of its clone. */
#pragma once

#include "handles.h"
#include "plan/plan.h"

/* The whole life of a container's first process; never returns. Called in the child of the clone, or of the stage's.
 * Of a builder it is also the life of the process that the builder clones. */
__attribute__((noreturn)) void init_create(const struct plan *plan, struct handles *handles);

/* The same for one more process of a container that is there (exec). */
__attribute__((noreturn)) void init_exec(const struct plan *plan, struct handles *handles);

/* stage.c: joins, clones init as the host's child, says its pid on the channel and ends. */
__attribute__((noreturn)) void init_stage(const struct plan *plan, struct handles *handles);

/* change_mounts.c: the short life of a process that joins a running container, of which container is a pidfd, to attach
 * the plan's mounts or to detach what is mounted at their destinations. proc is a private procfs. Says READY or
 * ERROR. */
__attribute__((noreturn)) void init_add_mounts(const struct plan *plan, struct handles *handles, int container,
	int proc);
__attribute__((noreturn)) void init_remove_mounts(const struct plan *plan, struct handles *handles, int container,
	int proc);
