/* What create, exec and delete do with a container beside its record: the links that name its cgroup and its init, its
 * seccomp filter, the files for the output of its hooks, and the mounts of a container without a mount namespace. For
 * the verbs alone. Functions return 0, or -1 with *err. */
#pragma once

#include "base/proc.h"
#include "base/text.h"
#include "handles.h"
#include "hooks.h"
#include "host/container/container.h"
#include "plan/plan.h"

#include <limits.h>

/* ---- record.c ---- */

enum { RECORD_TIME_MAX = 40, RECORD_OWNER_MAX = 64 };

/* The texts of a record that are not the plan's. */
struct record_texts {
	char created[RECORD_TIME_MAX];
	char owner[RECORD_OWNER_MAX];
	char boot_id[PROC_BOOT_ID_MAX];
	char mark[CGROUP_MARK_MAX];
};

/* The record of a plan, as far as the plan knows it. Its strings are in the plan's memory. */
struct record record_of_plan(const struct plan *plan);

/* Adds to a record the ID, the time now in UTC, as RFC 3339 with nanoseconds, the effective user of this process, by
 * name or, without an entry in /etc/passwd, by number, the boot, and the mark for the cgroup if there will be one. */
int record_describe(struct record *record, const char *id, struct record_texts *texts, struct error *err);

/* Adds pid and start time of init. */
int record_identify(struct record *record, pid_t pid, struct error *err);

/* Copies a record into the document's memory, with those of its strings that are not there already. NULL when memory
 * runs out. */
struct record *record_copy(struct oci_document *document, const struct record *record);

/* ---- cgroup_link.c ---- */

/* Makes the link that names the container's cgroup; does nothing when it has none. */
int cgroup_link_make(const struct container *container, const struct cgroup_claim *cgroup, struct error *err);

/* Compares the link, if there is one, with the record. Errors: EBADMSG when they differ. */
int cgroup_link_check(const struct container *container, struct error *err);

/* Reads the link into buffer, to which the strings of the claim point. The mark may be that of another container. path
 * is NULL when there is no link, or none of this form. */
struct cgroup_claim cgroup_link_read(const struct container *container, char buffer[PATH_MAX]);

/* ---- init_link.c ---- */

/* Makes the link that names the init of a container without a cgroup; does nothing for a container with one. */
int init_link_make(const struct container *container, const struct record *record, struct error *err);

/* Reads the link into buffer, to which the strings of the record point: ID, pid, start time and boot; the rest is
 * empty. The ID is NULL when there is no link, the pid 0 when it has another form. */
struct record init_link_read(const struct container *container, char buffer[PATH_MAX]);

/* ---- root_mount.c ---- */

/* For a plan without a mount namespace: makes the mask, and records the mount IDs of the root and the mask before init
 * attaches them. Does nothing for other plans. handles->root is open. */
int root_mount_prepare(const struct plan *plan, struct handles *handles, const struct container *container,
	struct record *record, struct error *err);

/* Unmounts the recorded mounts and everything mounted on them, if they are still there. */
int root_mount_remove(const struct record *record, struct error *err);

/* ---- hook_output.c ---- */

/* Opens the files that annotations name for the output of hooks; without annotations both fds are -1. */
int hook_output_open(const struct oci_string_map *annotations, struct hooks_output *ret_output, struct error *err);
void hook_output_close(struct hooks_output *output);

/* ---- filter.c ---- */

/* Gives the plan the seccomp filter of its policy: from the cache of the state root, or compiled. *ret_key is the key
 * under which filter_save() shall cache it; empty when it is cached already or must not be. Errors: those of
 * plan_filter(). */
int filter_make(const char *state_root, struct oci_document *document, const struct plan_options *options,
	struct plan *plan, struct text *ret_key, struct error *err);

/* Reads the compiled filter of a container into the document's memory; its strings belong to the container. Leaves *ret
 * alone when the container has none. Errors: what is stored can be no filter. */
int filter_load(const struct container *container, struct oci_document *document, struct plan_seccomp *ret,
	struct error *err);

/* ---- filter_cache.c ---- */

/* Find and store a filter in the cache below the state root, by the key of plan_filter_key(). A filter that is not
 * found or not stored is no error. */
bool filter_cache_find(int root, const struct text *key, struct oci_document *document, struct plan_filter *ret);
void filter_cache_keep(int root, const struct text *key, const struct plan_seccomp *filter);

/* Writes a container's filter, if it has one, to its directory, where exec reads it; and to the cache when key is not
 * empty. */
int filter_save(int root, int dir, const struct text *key, const struct plan_seccomp *filter, struct error *err);
