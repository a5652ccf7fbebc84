/* What create, exec and delete do with a container beside its record: the links that name its cgroup and process, its
 * filter, what hooks print to, the mounts of one that shares those of the host. */
#pragma once

#include "base/text.h"
#include "handles.h"
#include "hooks.h"
#include "host/container/container.h"
#include "plan/plan.h"

#include <limits.h>

/* ---- record.c ---- */

enum { RECORD_TIME_MAX = 40, RECORD_OWNER_MAX = 64 };

/* Now, and the name of the user who we are, or his number. */
void record_tell_time(char ret_time[RECORD_TIME_MAX]);
void record_tell_owner(char ret_owner[RECORD_OWNER_MAX]);

/* What a record says of a plan, whose memory it is in; the cgroup is left to the caller. */
struct record record_of_plan(const struct plan *plan);

/* A copy of a record of which some strings are in the document's memory already, and of the others. NULL without
 * memory. */
struct record *record_copy(struct oci_document *document, const struct record *record);

/* ---- cgroup_link.c ---- */

/* Writes the link that names the container's cgroup; nothing when it has none. */
int cgroup_link_make(const struct container *container, const struct cgroup_claim *cgroup, struct error *err);

/* Fails when there is a link, and the record does not say the same: EBADMSG. */
int cgroup_link_check(const struct container *container, struct error *err);

/* What the link says, in buffer, be it of another container; path is NULL when it says nothing. */
struct cgroup_claim cgroup_link_read(const struct container *container, char buffer[PATH_MAX]);

/* ---- init_link.c ---- */

/* Writes the link that names the process of a container without a cgroup; nothing where a cgroup tells its
 * processes. */
int init_link_make(const struct container *container, const struct record *record, struct error *err);

/* What the link says, in buffer: id, pid, start time and boot, and nothing else. The id is NULL when there is none, the
 * pid 0 when it says nothing. */
struct record init_link_read(const struct container *container, char buffer[PATH_MAX]);

/* ---- root_mount.c ---- */

/* Records which mounts init will make at the place of the root, before it does, and makes the mask. Nothing for a plan
 * that does not share the mounts of the runtime. The root is open. */
int root_mount_prepare(const struct plan *plan, struct handles *handles, const struct container *container,
	struct record *record, struct error *err);

/* Unmounts what the record names, with all that is mounted on it, as far as it is there. */
int root_mount_remove(const struct record *record, struct error *err);

/* ---- hook_output.c ---- */

/* Opens the files that annotations name for what hooks print; both -1 when none does. */
int hook_output_open(const struct oci_string_map *annotations, struct hooks_output *ret_output, struct error *err);
void hook_output_close(struct hooks_output *output);

/* ---- filter.c ---- */

/* Gives the plan the filter of its policy: by the one that was compiled for another container of the state root, if
 * there is one. *ret_key is what it is to be kept by, empty when it is kept already or is not to be. Fails as
 * plan_filter() does. */
int filter_make(const char *state_root, struct oci_document *document, const struct plan_options *options,
	struct plan *plan, struct text *ret_key, struct error *err);

/* ---- filter_cache.c ---- */

/* Filters by the key of plan_filter_key(), below the state root. */
bool filter_cache_find(int root, const struct text *key, struct oci_document *document, struct plan_filter *ret);
void filter_cache_keep(int root, const struct text *key, const struct plan_seccomp *filter);

/* Keeps a container's filter, if it has one, in its directory, for exec; and in the cache where it has a key. */
int filter_save(int root, int dir, const struct text *key, const struct plan_seccomp *filter, struct error *err);
