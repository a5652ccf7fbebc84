/* What the files of this room share among themselves; cgroup.h is what the room offers. */
#pragma once

#include "host/cgroup/cgroup.h"

#include <limits.h>

/* ---- tree.c ---- */

/* Makes the cgroup at path with its parents; it may be there, and then *ret_made is false. Returns its directory fd. */
int cgroup_make(const char *path, bool *ret_made, struct error *err);

/* Opens the cgroup at a path in a tree that was found. */
int cgroup_open_in(int tree, const char *path, struct error *err);

/* Copies the next component of *path and advances it. Returns 1, 0 at the end, or -1 with errno: ENAMETOOLONG. */
int cgroup_next_name(const char **path, char ret_name[NAME_MAX + 1]);

/* ---- events.c ---- */

/* True for the errno of a file of a cgroup that has been removed meanwhile; nothing else means so. */
bool cgroup_is_gone(int number);

/* The value of a line like "populated 1" in an open cgroup.events; -1 with errno when it cannot be read. In a cgroup that
 * has been removed meanwhile nothing is. */
int cgroup_read_event(int events, const char *name);

/* Waits until the event called name has the value. Returns 1, 0 when the time is up, or -1 with errno. */
int cgroup_wait_event(int events, const char *name, int value, long timeout_ms);

/* How long anybody waits for an event, in milliseconds. */
enum { CGROUP_EVENT_MS = 10000 };

/* ---- mark.c ---- */

/* The number of the cgroup's directory for the record; 0 when it cannot be told. */
uint64_t cgroup_inode(int cgroup);

/* Marks a cgroup that bears no mark. Errors: "the cgroup ... belongs to container ...". */
int cgroup_mark(int cgroup, const struct cgroup_claim *own, struct error *err);
void cgroup_unmark(int cgroup);

/* ---- removal.c ---- */

/* Kills every process in the cgroup and below, and waits until they are gone. Errors: ETIMEDOUT after 10 seconds. */
int cgroup_kill_all(int cgroup, struct error *err);

/* ---- limits.c ---- */

/* Writes the limits but the late ones. */
int cgroup_apply(int cgroup, const struct plan_cgroup *plan, struct error *err);

/* Writes one limit; says why when its controller is not there. *ret_file is the file that was written, NULL for
 * none. */
int cgroup_write_limit(int cgroup, const struct plan_write *limit, const char **ret_file, struct error *err);

/* ---- setup.c ---- */

/* Makes the cgroup ours, which has to be empty and not frozen. */
int cgroup_take_over(int cgroup, const struct cgroup_claim *own, struct error *err);

/* Gives the cgroup to a user, as far as the kernel lists files for it (spec: cgroup ownership). */
int cgroup_delegate(int cgroup, uid_t owner, struct error *err);

/* ---- freezer.c ---- */

/* 1 or 0: whether a process that is born there would stand still, since the cgroup or one above is frozen, or is just
 * being. */
int cgroup_is_being_frozen(int cgroup, struct error *err);

/* ---- controllers.c ---- */

/* Hands down to the cgroup at path in the tree what the cgroups above it have. Those are left as they are when one of
 * them holds processes, below which there are no controllers to be had. */
int cgroup_hand_down(int tree, const char *path, struct error *err);

/* False, too, when that cannot be told. */
bool cgroup_lacks_controller(int cgroup, const char *controller);

/* Says why a limit cannot be: its controller may be out of reach of this cgroup alone, or of the whole tree. Always
 * returns -1. */
int cgroup_refuse_controller(const struct plan_write *limit, struct error *err);
