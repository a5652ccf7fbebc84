/* Spawning a process of a container: what the plan names on the host is opened, one clone3(2) makes the process in its
 * namespaces and its cgroup, and the host gives it what it may not take itself. Runs on the host; the child goes on in
 * init/. */
#pragma once

#include "base/error.h"
#include "handles.h"
#include "plan/plan.h"

#include "ocispec.h"

#include <stdbool.h>
#include <sys/types.h>

/* ---- spawn.c ---- */

/* Whose life the process goes on with: init_create() or init_exec() of init/init.h. */
enum spawn_life { SPAWN_CREATE, SPAWN_EXEC };

struct spawned {
	pid_t pid; /* of init, or of the builder until spawn_meet_program() */
	int pidfd;
	int sync; /* the host's end of the channel */
};

/* Clones init, or its builder, into its namespaces and its cgroup (handles->cgroup) and writes its id mappings; it
 * waits at the channel. With handles->sources_inside it opens the sources first. Errors: those of clone3(2); EBUSY
 * and EOPNOTSUPP for a cgroup that takes no processes. */
int spawn_init(const struct plan *plan, struct handles *handles, enum spawn_life life, struct spawned *ret_spawned,
	struct error *err);

/* Waits until a builder has cloned the program's process, which *spawned is from then on, and gives it what it did not
 * inherit. It waits at the channel. */
int spawn_meet_program(struct spawned *spawned, const struct plan *plan, struct error *err);

/* Kills and reaps what was spawned. */
void spawn_undo(struct spawned *spawned);

/* ---- handles.c: what the plan names on the host ---- */

/* Opens the namespaces to join, and makes the lists. */
int handles_open(const struct plan *plan, struct handles *ret_handles, struct error *err);

/* The root and the sources of mounts and devices, once the cgroup exists. Needs rights over the mount namespace. */
int handles_open_sources(const struct plan *plan, struct handles *handles, struct error *err);

/* The same once more, without the mount namespaces that are mounted in them (sources_apart.c). */
int handles_open_sources_apart(const struct plan *plan, struct handles *handles, struct error *err);

/* ---- sources.c ---- */

/* Opens into ret_fds, which begins with -1s, what the plan's mounts name on the host, as detached
 * mounts that are ready to be attached. joined is the user namespace of mounts whose ids it maps and whose maps nobody
 * knows, or -1. */
int mount_sources_open(const struct plan *plan, int joined, int *ret_fds, struct error *err);

/* ---- sources_apart.c ---- */

/* True when the error is what attaching a tree with a mount namespace in it gives, and the plan has trees. */
bool sources_may_be_pinned(const struct plan *plan, const struct error *err);

/* Opens the root file system, if the plan has one, and the sources of mounts once more, without the mount namespaces
 * that are mounted in them. joined: the user namespace to join, or -1. */
int sources_open_apart(const struct plan *plan, struct handles *handles, int joined, struct error *err);

/* ---- file_limit.c ---- */

/* Raises the soft limit of open files as far as the plan needs and the hard one allows. Asks for it only when the plan
 * names unusually many. */
int file_limit_raise(const struct plan *plan, struct handles *handles, struct error *err);

/* Gives this process the former limit back, when init has inherited what was opened: closes the sources first. Nothing
 * when it was not raised. */
int file_limit_give_back(const struct plan *plan, struct handles *handles, struct error *err);

/* ---- id_maps.c ---- */

/* Opens the user namespace of a process. */
int userns_open(pid_t pid, struct error *err);

/* Takes the user namespace out of those to join when we are in that of the process already: a namespace that is one's
 * own cannot be joined again, which of all kinds only the user namespace minds (setns(2)). */
int userns_leave_out_own(pid_t pid, struct plan_namespaces *namespaces, struct error *err);

/* ---- rootless.c ---- */

/* Finds what the plan cannot have without root. Problems are reported with their place. */
int rootless_check(struct oci_document *document, const struct plan *plan, struct error *err);

/* ---- late_settings.c ---- */

/* Writes process.oomScoreAdj, if the plan has it. */
int process_set_oom_score(pid_t pid, const struct plan_process *process, struct error *err);

/* In a user namespace, which is that of process pid: a pipe or socket that the caller made for the process becomes its
 * user's, who may reopen it through /dev/stdout. Inside nobody has rights over a file whose owner is nobody there. What
 * cannot be given stays as it is. */
void process_give_stdio(pid_t pid, const struct plan *plan);

/* The process sets its limits itself. Raising a hard one needs the host's rights, which it may have lost by then. */
int process_raise_limits(pid_t pid, const struct plan_process *process, struct error *err);

/* ---- net_devices.c ---- */

/* Network devices that move to the container (spec: config-linux.md, network devices). Each is an object of
 * the create: until its last line all of them can be moved back. */
struct net_devices {
	size_t n;
	struct net_device *items;
	int host; /* rtnetlink sockets to the two network namespaces */
	int container;
	int namespace; /* the host's */
};

/* Empty ones: what net_devices_free() accepts. */
#define NET_DEVICES_NONE ((struct net_devices){ .host = -1, .container = -1, .namespace = -1 })

/* Finds the devices of the plan and notes what a move would lose: permanent addresses of global scope. Changes nothing.
 * Fails for one that is not there, and for a name that is taken in a namespace to join. *devices are none before, and
 * are to be freed whatever comes of it. */
int net_devices_find(const struct plan *plan, const struct handles *handles, struct net_devices *devices,
	struct error *err);

/* Moves them to the network namespace of init, renames them, gives them their addresses back and brings them up. */
int net_devices_move(struct net_devices *devices, const struct plan *plan, const struct handles *handles, pid_t init,
	struct error *err);

/* Moves back those that were moved, with their old names, addresses and state; routes are lost. Tells what it could not
 * do. */
void net_devices_restore(struct net_devices *devices, void (*on_warning)(const char *text));
void net_devices_free(struct net_devices *devices);
