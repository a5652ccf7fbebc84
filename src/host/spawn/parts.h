/* What the files of this room share among themselves; spawn.h is what the room offers. */
#pragma once

#include "host/spawn/spawn.h"

/* ---- sources.c ---- */

/* Opens the root file system: handles->root, a detached copy of the tree of its mounts, and handles->root_on_host, its
 * directory on the host. */
int sources_open_root(const struct plan *plan, struct handles *handles, struct error *err);

/* ---- id_maps.c ---- */

/* Maps the IDs of the new user namespace of a process that waits for it, by newuidmap(1) and newgidmap(1) where this
 * process may not map them itself. The process has to be dumpable, or this one root: else its files in /proc belong to
 * root. Errors name place ("linux.") with uidMappings or gidMappings, and say what to do. */
int userns_map(pid_t pid, const char *uid_map, const char *gid_map, const char *place, struct error *err);

/* True when writing this map takes setgroups(2) away from the namespace. */
bool userns_gives_up_groups(const char *gid_map);

/* Finds the user of the host that is the user uid in the user namespace of process pid. False when uid is not
 * mapped. */
bool userns_find_owner(pid_t pid, uid_t uid, uid_t *ret_owner);

/* Makes a user namespace with these mappings, in which no process is. Returns its fd. */
int userns_make(const char *uid_map, const char *gid_map, struct error *err);

/* ---- rootless.c ---- */

/* Calls handles_open_sources() in the child of the clone, with the rights of the container's user namespace: the new
 * one that the child is in, or the one of the config, which it joins first. */
int rootless_open_sources(const struct plan *plan, struct handles *handles, struct error *err);

/* ---- late_settings.c ---- */

/* Sets what the child of a builder does not inherit: some kinds of scheduling. */
int process_complete(pid_t pid, const struct plan_process *process, struct error *err);
