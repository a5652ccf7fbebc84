/* What the files of this room share among themselves; cgroup.h is what the room offers. */
#pragma once

#include "host/cgroup/cgroup.h"

#include <limits.h>

/* ---- tree.c ---- */

/* Makes the cgroup at path with its parents. *ret_made is false when it existed. Returns an fd of its directory. */
int cgroup_make(const char *path, bool *ret_made, struct error *err);

/* cgroup_open() where cgroup_tree() was called already. */
int cgroup_open_in(int tree, const char *path, struct error *err);

/* Copies the next component of *path and moves *path behind it. Returns 1, 0 at the end, or -1 with errno:
 * ENAMETOOLONG. */
int cgroup_next_name(const char **path, char ret_name[NAME_MAX + 1]);

/* ---- event_file.c ---- */

/* True for the errno values that the files of a cgroup give only when it has been removed. */
bool cgroup_is_gone(int number);

/* Reads the value of a line like "populated 1" from an open cgroup.events. Returns -1 with errno on failure; 0 when the
 * cgroup has been removed. */
int cgroup_read_event(int events, const char *name);

/* Waits until the event called name has the value. Returns 1, 0 when timeout_ms milliseconds are over, or -1 with
 * errno. */
int cgroup_wait_event(int events, const char *name, int value, long timeout_ms);

/* How long the files of this room wait for an event, in milliseconds. */
enum { CGROUP_EVENT_MS = 10000 };

/* ---- mark.c ---- */

/* The inode number of the cgroup's directory; 0 when fstat(2) fails. */
uint64_t cgroup_inode(int cgroup);

/* Gives a cgroup that has no mark that of own. Errors: "the cgroup ... belongs to container ...". */
int cgroup_mark(int cgroup, const struct cgroup_claim *own, struct error *err);
void cgroup_unmark(int cgroup);

/* ---- emptying.c ---- */

/* Kills every process in the cgroup and below, and waits until all have ended. Fails when some are still there after 10
 * seconds. */
int cgroup_kill_all(int cgroup, struct error *err);

/* Removes every cgroup below this one; fails when these are more than most. */
int cgroup_remove_below(int cgroup, unsigned long most, struct error *err);

/* ---- transient.c ---- */

/* Removes those that were left behind in a cgroup, with their processes. */
void cgroup_transient_sweep(int parent);

/* ---- subtree.c ---- */

/* Gives the directory of the cgroup, and the files that the kernel lists for that, to a user (spec: config-linux.md,
 * cgroup ownership). */
int cgroup_delegate(int cgroup, uid_t owner, struct error *err);

/* Moves the processes of the container's cgroup to the one below it that the plan names for init, which is made, and
 * enables the controllers of the container's for those below it. The one of init is given to the container's user where
 * the plan delegates. Does nothing where the plan names none. */
int cgroup_move_init_below(int cgroup, const struct plan_cgroup *plan, struct error *err);

/* ---- limits.c ---- */

/* Writes the limits that are late, or those that are not. */
int cgroup_write_limits(int cgroup, const struct plan_writes *writes, bool late, struct error *err);

/* Hands controllers down to the cgroup, and writes its limits except the late ones. */
int cgroup_apply(int cgroup, const struct plan_cgroup *plan, struct error *err);

/* Writes one limit. *ret_file is the file that was written: that of the limit, or its fallback; NULL when neither
 * exists and the limit is optional. When the controller is missing, the error says how to get it. */
int cgroup_write_limit(int cgroup, const struct plan_write *limit, const char **ret_file, struct error *err);

/* ---- reclaim.c ---- */

/* What cgroup_make_room() has changed. */
struct cgroup_room {
	char former_high[32]; /* of memory.high; "": that is as it was */
};

/* Reclaims memory of the cgroup until no more is in use than a limit for memory.max, within timeout_ms milliseconds,
 * and lowers memory.high, so that it stays so until the limit is written; cgroup_end_room() follows that. Fails, with
 * memory.high as it was, when the time is up, or when a signal asks this process to end. */
int cgroup_make_room(int cgroup, const struct plan_write *limit, long timeout_ms, struct cgroup_room *ret,
	struct error *err);

/* Gives memory.high its former value. A failure is a warning. */
void cgroup_end_room(int cgroup, struct cgroup_room *room);

/* ---- freezer.c ---- */

/* Whether a process that is cloned into the cgroup would be frozen at once, because the cgroup or one above it is
 * frozen or about to be: 1 or 0, or -1 with *err. */
int cgroup_is_being_frozen(int cgroup, struct error *err);

/* ---- controllers.c ---- */

/* Makes every controller that the cgroups above the path have available to the cgroup at the path. Changes nothing when
 * one of the cgroups above holds processes, since the kernel then hands no controller down. */
int cgroup_hand_down(int tree, const char *path, struct error *err);

/* Makes every controller of this cgroup available to those below it, as far as the kernel lets it, or none. */
int cgroup_enable_controllers(int cgroup, struct error *err);
int cgroup_disable_controllers(int cgroup, struct error *err);

/* Whether cgroup.controllers does not list the controller; false when the file cannot be read. */
bool cgroup_lacks_controller(int cgroup, const char *controller);

/* Sets *err for a limit whose controller is missing, with a hint that depends on whether this cgroup or the whole tree
 * lacks it. Always returns -1. */
int cgroup_refuse_controller(const struct plan_write *limit, struct error *err);

/* ---- systemd_helper.c ---- */

/* Waits for the answer to systemd_start_unit(). */
int systemd_await_start(const struct systemd_helper *helper, struct error *err);
