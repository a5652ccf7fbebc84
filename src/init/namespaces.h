/* Steps that join and make namespaces, and the builder: where a container shares a pid namespace, and in exec, a
 * process outside of the pid namespace walks the steps and clones the program's process at the end
 * (docs/decisions/0001-one-clone.md). Each returns 0, or -1 with *err. */
#pragma once

#include "init/parts.h"

/* namespaces.c */
/* setns(2) to all namespaces that the plan joins but the pid namespace, the user namespace last. Of handles only the
 * fds of the namespaces are used. Called by init and by the stage. */
int join_namespaces(const struct plan *plan, const struct handles *handles, struct error *err);
/* Joins the namespaces, unless the stage has done it. A builder also makes the new ones, and reports to the host's
 * process. */
int enter_namespaces(struct init *init, struct error *err);
/* setns(2) to the pid namespace, into which children of this process are born from then on. */
int join_pid_namespace(struct init *init, struct error *err);
/* exec: setns(2) to all namespaces of the container, its root, and close_inherited(). */
int join_container(struct init *init, struct error *err);
/* Makes the time namespace, with linux.timeOffsets, and enters it. */
int enter_time_namespace(struct init *init, struct error *err);
/* unshare(2) of the cgroup namespace, whose root is then the cgroup of this process. Waits for the host before, when
 * systemd puts this process into its cgroup. Later calls do nothing. */
int enter_cgroup_namespace(struct init *init, struct error *err);
/* setresgid(2) and setresuid(2) to 0 in the container's user namespace, if it has one. */
int become_namespace_root(struct init *init, struct error *err);

/* builder.c: all but wipe_environment() do nothing where there is no builder. */
/* madvise(2), MADV_DONTFORK: the builder's child will not inherit the memory of the host's process. */
int hide_host_memory(struct init *init, struct error *err);
/* Overwrites the environment of the runtime's caller in the memory of this process. */
int wipe_environment(struct init *init, struct error *err);
/* Clones the program's process and ends the builder; returns in the new process when the host has sent GO. */
int clone_program_process(struct init *init, struct error *err);
/* setsid(2) in the process that the builder has cloned, and makes the terminal its controlling terminal. */
int start_program_session(struct init *init, struct error *err);
