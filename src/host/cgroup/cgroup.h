/* Cgroups of version 2 (spec: config-linux.md, control groups; cgroups(7)). Runs on the host.
 *
 * A container's cgroup is named by a claim, which the record keeps. cgroup_set_up() makes it, cgroup_remove() ends it;
 * between them the cgroup is found by its claim, and works by an fd of its directory. Errors about what the config asks
 * name its place. */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

#include "ocispec.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A cgroup as the container's own. */
struct cgroup_claim {
	char *path;    /* in the v2 tree; NULL: none of its own */
	char *mark;    /* what the cgroup bears as long as it is the container's */
	uint32_t kept; /* how many leading components were there before us and stay */
	/* Of a directory that we made, which no other one ever has (until the next boot): the mark can be taken away
	 * from within. 0: not known. */
	uint64_t inode;
};

/* ---- tree.c: where cgroups are ---- */

/* Finds the tree. Returns an fd of its root. */
int cgroup_tree(struct error *err);

/* Opens the cgroup at a path in the tree. Errors: ENOENT when there is none. */
int cgroup_open(const char *path, struct error *err);

/* The path of the cgroup that a process is in, as we see it ("/../x" beside our cgroup namespace), to be freed; NULL
 * when the process is gone. */
char *cgroup_of_process(pid_t pid);

/* How many leading components of the path exist now. */
int cgroup_existing(const char *path, uint32_t *ret_n, struct error *err);

/* ---- delegated.c: for who has no right to the whole tree ---- */

/* For who has no right to the whole tree: moves a cgroup whose path is relative below one that was
 * delegated, and does without any if there is none and no limit asks for it. Errors name the limit and how to
 * delegate. */
int cgroup_find_delegated(struct oci_document *document, struct plan_cgroup *cgroup, struct error *err);

/* ---- setup.c, limits.c: its limits ---- */

/* Makes the cgroup of a container with its limits, but the late ones. Returns its fd. *ret_ours, set also after a
 * failure, tells whether there may be something that is ours to remove; it stays as it was when nobody knows what was
 * made. own->inode is that of a cgroup that was not there before. */
int cgroup_set_up(const struct plan_cgroup *plan, struct cgroup_claim *own, bool *ret_ours, struct error *err);

/* Writes the late ones, when init is the only process there. */
int cgroup_apply_late(int cgroup, const struct plan_cgroup *plan, struct error *err);

/* ---- update.c: other limits while it is in use ---- */

/* Writes new limits to a cgroup in use. When one fails, those before it are put back, newest first. */
int cgroup_update(int cgroup, const struct plan_writes *writes, struct error *err);

/* What a plan for new limits has to know of the old ones; check_memory is left to the caller. */
struct plan_present cgroup_present(int cgroup);

/* ---- mark.c: whose a cgroup is ---- */

enum { CGROUP_MARK_MAX = 320 };

enum cgroup_owner { CGROUP_NOBODYS, CGROUP_OURS, CGROUP_ANOTHERS, CGROUP_UNKNOWN };

/* A mark that no other container has: its id and the time at which it was made. */
void cgroup_make_mark(const char *id, const char *created, char ret_mark[CGROUP_MARK_MAX]);

/* Whether a mark is one of the container called id. */
bool cgroup_mark_is_of(const char *mark, const char *id);

/* Whose the cgroup is, ours being the one with the mark, or the inode, of own (NULL: none is); unknown with errno, when
 * that cannot be read. */
enum cgroup_owner cgroup_owner(int cgroup, const struct cgroup_claim *own);

/* Reads the mark of the cgroup at path; "" when there is none. */
int cgroup_find_mark(const char *path, char ret_mark[CGROUP_MARK_MAX], struct error *err);

/* Opens the container's cgroup. Errors: ENOENT when it is gone, whatever stands in its place. */
int cgroup_open_own(const struct cgroup_claim *own, struct error *err);

/* ---- removal.c: its end ---- */

/* Kills what is in the container's cgroup and below, if it is there. */
int cgroup_kill_own(const struct cgroup_claim *own, struct error *err);

/* Removes the cgroup with everything in it and below, if it is ours, and its parents down to the first `kept`
 * components if they are empty. One that was there before the container becomes nobody's again. unfinished: the create
 * may have been cut short before it marked the cgroup that it had made; then one that is nobody's is removed, too, if
 * it is empty. */
int cgroup_remove(const struct cgroup_claim *own, bool unfinished, struct error *err);

/* ---- freezer.c ---- */

/* 1 or 0; of a cgroup that was removed meanwhile 0. */
int cgroup_is_frozen(int cgroup, struct error *err);

/* Fails when a process that is born in the cgroup would stand still: the cgroup, or one above, is frozen or is just
 * being frozen. */
int cgroup_refuse_frozen(int cgroup, struct error *err);

/* Freezes or thaws every process in the cgroup and below, and waits until the kernel says so, 10 seconds at most; what
 * did not freeze in time is thawed again. */
int cgroup_freeze(int cgroup, bool frozen, struct error *err);

/* ---- processes.c: who is in it ---- */

/* Pids on the host, in ascending order. */
struct process_list {
	pid_t *pids;
	size_t n;
};

#define cleanup_process_list __attribute__((cleanup(process_list_free)))
void process_list_free(struct process_list *list);

/* Sends a signal to every process in the cgroup and below. */
int cgroup_signal_all(int cgroup, int signal_number, struct error *err);

/* Appends the pids of every process in the cgroup and below, and sorts them. */
int cgroup_list_processes(int cgroup, struct process_list *list, struct error *err);

/* ---- oom.c ---- */

/* How many processes of the cgroup and below the OOM killer has killed; 0 where that is not counted. */
uint64_t cgroup_oom_kills(int cgroup);

/* ---- devices.c ---- */

/* Loads the device rules into the kernel; without a program every device is allowed. */
int cgroup_attach_devices(int cgroup, const struct plan_device_program *program, struct error *err);

/* Takes them away again: what cgroup_attach_devices() attached, and nobody else's. */
void cgroup_detach_devices(int cgroup);
