/* What the files of this room share among themselves; spawn.h is what the room offers. */
#pragma once

#include "host/spawn/spawn.h"

/* ---- sources.c ---- */

/* Opens the root file system: its place, and a detached copy of the tree. */
int sources_open_root(const struct plan *plan, struct handles *handles, struct error *err);

/* ---- id_maps.c ---- */

/* Maps the ids of a new user namespace of a process that waits for it, by newuidmap(1) and newgidmap(1) where
 * our own rights do not do. The files in /proc have to be ours: the process must be dumpable, or we root. Errors name
 * uidMappings or gidMappings, with place in front ("linux."), and the fix. */
int userns_map(pid_t pid, const char *uid_map, const char *gid_map, const char *place, struct error *err);

/* True when that map of groups makes the namespace lose setgroups(2). */
bool userns_gives_up_groups(const char *gid_map);

/* Who on the host is the user uid of a process's user namespace. False when nobody is. */
bool userns_find_owner(pid_t pid, uid_t uid, uid_t *ret_owner);

/* Makes a user namespace with these mappings and nobody in it. Returns its fd. */
int userns_make(const char *uid_map, const char *gid_map, struct error *err);

/* ---- rootless.c ---- */

/* In the child of the clone: handles_open_sources() with the rights of the container's user namespace, the new one that
 * we are in, or the one to join, which we enter. */
int rootless_open_sources(const struct plan *plan, struct handles *handles, struct error *err);

/* ---- late_settings.c ---- */

/* Sets what the child of a builder does not inherit: some kinds of scheduling. */
int process_complete(pid_t pid, const struct plan_process *process, struct error *err);
