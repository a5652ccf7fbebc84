/* Making a process of a container: opening what the plan names on the host, one clone3(2) into namespaces and cgroup,
 * and the settings that the process may not make itself. Runs on the host; the child goes on in init/. Functions return
 * 0 or what they say, or -1 with *err. */
#pragma once

#include "base/error.h"
#include "handles.h"
#include "plan/plan.h"

#include "ocispec.h"

#include <stdbool.h>
#include <sys/types.h>

/* ---- spawn.c ---- */

/* What the process is for, and so which function of init/init.h it goes on with: init_create() or init_exec(). */
enum spawn_purpose { SPAWN_CREATE, SPAWN_EXEC };

struct spawned {
	pid_t pid; /* of init, or of the builder until spawn_follow_builder() returns */
	int pidfd;
	int sync; /* the host's end of the channel */
};

/* Clones init, or its builder, into its namespaces and its cgroup (handles->cgroup), and writes its ID mappings. With
 * handles->sources_inside the child opens the sources first. The process then waits at the channel. Errors: those of
 * clone3(2); EBUSY and EOPNOTSUPP for a cgroup that takes no processes. */
int spawn_init(const struct plan *plan, struct handles *handles, enum spawn_purpose purpose,
	struct spawned *ret_spawned, struct error *err);

/* Waits until the builder has cloned the program's process, which *spawned names from then on, and makes the settings
 * that it did not inherit. The process then waits at the channel. */
int spawn_follow_builder(struct spawned *spawned, const struct plan *plan, struct error *err);

/* Kills and reaps the process. */
void spawn_undo(struct spawned *spawned);

/* ---- handles.c: what the plan names on the host ---- */

/* Opens the namespaces to join, and makes the empty lists of mounts and devices. */
int handles_open(const struct plan *plan, struct handles *ret_handles, struct error *err);

/* Opens the root and the sources of mounts and devices. The cgroup exists already. Needs CAP_SYS_ADMIN over the mount
 * namespace. */
int handles_open_sources(const struct plan *plan, struct handles *handles, struct error *err);

/* The same again, leaving out mount namespaces that are bound in the sources (sources_apart.c). */
int handles_open_sources_apart(const struct plan *plan, struct handles *handles, struct error *err);

/* ---- sources.c ---- */

/* Opens what the plan's mounts name on the host, as detached mounts that can be attached as they are. ret_fds has an
 * entry for each mount, -1 before. joined is an fd of a user namespace to join, for mounts with mapped IDs and no
 * mappings of their own; or -1. */
int mount_sources_open(const struct plan *plan, int joined, int *ret_fds, struct error *err);

/* ---- sources_apart.c ---- */

/* True when the error is the one that attaching a tree with a mount namespace in it gives, and the plan attaches
 * trees. */
bool sources_may_be_pinned(const struct plan *plan, const struct error *err);

/* Opens the root file system, if the plan has one, and the sources of mounts again, leaving out mount namespaces that
 * are bound in them. joined: an fd of the user namespace to join, or -1. */
int sources_open_apart(const struct plan *plan, struct handles *handles, int joined, struct error *err);

/* ---- file_limit.c ---- */

/* Raises the soft limit of open files to what the plan needs, or to the hard limit. Does nothing unless the plan names
 * unusually many files. */
int file_limit_raise(const struct plan *plan, struct handles *handles, struct error *err);

/* Closes the sources, which init has inherited, and restores the former soft limit. Does nothing when it was not
 * raised. */
int file_limit_give_back(const struct plan *plan, struct handles *handles, struct error *err);

/* ---- id_maps.c ---- */

/* Opens the user namespace of a process. Returns its fd. */
int userns_open(pid_t pid, struct error *err);

/* Removes the user namespace from those to join when this process is in it already: setns(2) into one's own user
 * namespace fails, unlike that into other kinds. */
int userns_leave_out_own(pid_t pid, struct plan_namespaces *namespaces, struct error *err);

/* ---- rootless.c ---- */

/* Adds a problem to the document for each thing in it that is not possible without root. Fails when there are
 * problems. */
int rootless_check(struct oci_document *document, const struct plan *plan, struct error *err);

/* ---- late_settings.c ---- */

/* Makes the settings that the process may not make itself any more when it gets to them: raises those of its hard
 * limits that the plan wants higher, and writes process.oomScoreAdj.
 *
 * In a container with a user namespace, which is that of process namespace_pid, also changes the owner of pipes and
 * sockets at standard input, output and error to the program's user, so that the program can reopen /dev/stdout: no
 * capability in the user namespace holds for a file whose owner is not mapped there. Failures of this are ignored. */
int process_set_up(pid_t pid, pid_t namespace_pid, const struct plan *plan, struct error *err);

/* ---- net_devices.c ---- */

/* Network devices that move to the container (spec: config-linux.md, network devices). Until the create commits, all of
 * them can be moved back. */
struct net_devices {
	size_t n;
	struct net_device *items;
	int host;      /* an rtnetlink socket in the host's network namespace */
	int container; /* one in the container's */
	int namespace; /* an fd of the host's network namespace */
};

/* No devices: what net_devices_free() accepts. */
#define NET_DEVICES_NONE ((struct net_devices){ .host = -1, .container = -1, .namespace = -1 })

/* Finds the devices of the plan and notes their permanent addresses of global scope, which a move removes. Changes
 * nothing. Errors: a device that does not exist; a name that is taken in a network namespace to join.
 * net_devices_free() is the caller's to call, after a failure too. */
int net_devices_find(const struct plan *plan, const struct handles *handles, struct net_devices *devices,
	struct error *err);

/* Moves the devices to the network namespace of init, renames them, adds their addresses and brings them up. */
int net_devices_move(struct net_devices *devices, const struct plan *plan, const struct handles *handles, pid_t init,
	struct error *err);

/* Moves back the devices that were moved, with their former names, addresses and state; routes are lost. Calls
 * on_warning for each device that cannot be moved back. */
void net_devices_restore(struct net_devices *devices, void (*on_warning)(const char *text));
void net_devices_free(struct net_devices *devices);
