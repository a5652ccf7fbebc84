/* Cgroups of version 2 (spec: config-linux.md, control groups; cgroups(7)). Runs on the host.
 *
 * A container's cgroup is named by a claim, which state.json keeps. cgroup_set_up() makes the cgroup, cgroup_remove()
 * removes it; in between cgroup_open_own() finds it by its claim, and the other functions take an fd of its directory.
 * An error about something that the config asks for names the member ("linux.resources.pids"). */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

#include "ocispec.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What says that a cgroup is the container's own. */
struct cgroup_claim {
	char *path; /* from the root of the v2 tree; NULL: the container has no cgroup of its own */
	char *mark; /* the extended attribute that the cgroup's directory has as long as it is the container's */
	/* How many leading components of the path existed before the container; they stay when it is deleted. */
	uint32_t existing_depth;
	char *unit;   /* the systemd unit whose cgroup it is; NULL: tare's own process made it */
	bool user;    /* the unit is one of the systemd that runs for the user */
	bool subtree; /* a cgroup was made below it for init: what is below is the container's */
	/* The inode number of the directory, if the create made it: no other directory of the tree gets the number
	 * until the next boot. A process inside may be able to remove the mark, but not to change this. 0: not
	 * known. */
	uint64_t inode;
};

/* ---- tree.c: where cgroups are ---- */

/* Finds the cgroup v2 tree. Returns an O_PATH fd of its root, or -1 with *err when the host has none. */
int cgroup_tree(struct error *err);

/* Opens the cgroup at a path in the tree, without following a link. Returns an fd of its directory. Errors: ENOENT when
 * there is none. */
int cgroup_open(const char *path, struct error *err);

/* The path of the cgroup that a process is in, as /proc/PID/cgroup shows it to this process: "/../x" for one outside of
 * this process's cgroup namespace. To be freed; NULL when the process has ended or memory runs out. */
char *cgroup_of_process(pid_t pid);

/* How many components a path has before the last one: those that stay when the cgroup itself alone is the
 * container's. */
uint32_t cgroup_count_parents(const char *path);

/* Counts how many leading components of the path exist now. */
int cgroup_count_existing(const char *path, uint32_t *ret_n, struct error *err);

/* ---- delegated.c: the cgroup of an ordinary user's container ---- */

/* For a caller who may not write to the root of the tree: moves a plan's cgroup whose path is relative to below a
 * cgroup that was delegated to the user. Where there is none, the plan loses its cgroup if the config sets no limit; if
 * it sets one, that is an error, which names the limit and how to delegate a cgroup. */
int cgroup_find_delegated(struct oci_document *document, struct plan_cgroup *cgroup, struct error *err);

/* ---- setup.c, limits.c, subtree.c: its limits ---- */

/* Makes the cgroup of a container, marks it as the container's, and writes its limits except the late ones. Returns an
 * fd of its directory. *ret_ours becomes true when there may be a cgroup that cgroup_remove() has to remove, after a
 * failure too; it keeps its value when cgroup_make() failed half-way. own->inode becomes the inode number of a
 * directory that was made here. */
int cgroup_set_up(const struct plan_cgroup *plan, struct cgroup_claim *own, bool *ret_ours, struct error *err);

/* What is done once init is the only process in the cgroup, and has its cgroup namespace: moves init to the cgroup
 * below it that the plan names for it, if it does, with all controllers enabled, and writes the late limits (struct
 * plan_write, late). */
int cgroup_apply_late(int cgroup, const struct plan_cgroup *plan, struct error *err);

/* ---- systemd_helper.c: the program tare-systemd, which speaks D-Bus ---- */

/* A running tare-systemd, which takes one request. It is no child of this process, and ends when its socket is
 * closed. */
struct systemd_helper {
	int sock; /* -1: none */
	const char *program;
};

/* True when there is such a program, which can be executed; NULL: where it was to be installed. */
bool systemd_helper_exists(const char *program);

/* Starts tare-systemd, which then connects to systemd while this process goes on. program: its path; NULL: where it was
 * to be installed. user: connects to the systemd that runs for the user. Errors: there is no such program. */
int systemd_helper_start(const char *program, bool user, struct systemd_helper *ret_helper, struct error *err);

/* Asks for the start of the unit with the process in it; cgroup_await_scope() waits for it. Does nothing for a plan
 * without a unit. */
int systemd_start_unit(const struct systemd_helper *helper, const struct plan_unit *unit, pid_t pid, struct error *err);

/* Has systemd change properties of a unit until the next boot. No signal ends the wait. After a time that is up systemd
 * may change them all the same. */
int systemd_set_properties(const struct systemd_helper *helper, const char *name, const struct plan_unit *unit,
	struct error *err);

void systemd_helper_close(struct systemd_helper *helper);

/* ---- scope.c: the cgroup of a systemd unit ---- */

/* Waits until systemd has started the unit. Then finds the cgroup that it has put the process into, and claims it as
 * cgroup_set_up() does: with its mark and its limits except the late ones, which do not hold until cgroup_apply_late().
 * Returns an fd of its directory. own->path becomes its path, in the document's memory. Errors: what systemd says; its
 * time is up; a signal asks this process to end. */
int cgroup_await_scope(struct oci_document *document, const struct systemd_helper *helper, struct plan_cgroup *plan,
	pid_t pid, struct cgroup_claim *own, struct error *err);

/* ---- replace_limits.c, reclaim.c: other limits while it is in use ---- */

/* How new limits come into a cgroup in use. */
struct cgroup_change {
	const struct plan_writes *writes;
	/* Before memory.max is written, memory above it is reclaimed, for so many milliseconds at most; if more is in
	 * use then, or a signal asks this process to end, the update fails. 0: the kernel may kill processes. */
	long reclaim_ms;
	/* Called when all are written, or NULL. They are written once more afterwards: it has systemd write its own
	 * form of them. */
	int (*then)(void *context, struct error *err);
	void *context;
};

/* Writes the limits. When a write or the function fails, the limits written before are put back, the last one first. */
int cgroup_update(int cgroup, const struct cgroup_change *change, struct error *err);

/* Reads what plan_update() has to know of the present limits. check_memory is left to the caller. */
struct plan_present cgroup_present(int cgroup);

/* ---- mark.c: whose a cgroup is ---- */

enum { CGROUP_MARK_MAX = 320 };

enum cgroup_owner { CGROUP_OWNER_NONE, CGROUP_OWNER_THIS, CGROUP_OWNER_OTHER, CGROUP_OWNER_UNKNOWN };

/* Makes the mark of a container, "ID@CREATED": no other container has the same ID and time of creation. */
void cgroup_make_mark(const char *id, const char *created, char ret_mark[CGROUP_MARK_MAX]);

/* Whether a mark is that of a container with this ID. */
bool cgroup_mark_is_of(const char *mark, const char *id);

/* Tells whose the cgroup is by its mark. CGROUP_OWNER_THIS: it has the mark or the inode number of own (which may be
 * NULL); CGROUP_OWNER_OTHER: it has another mark; CGROUP_OWNER_NONE: it has no mark; CGROUP_OWNER_UNKNOWN, with errno:
 * fgetxattr(2) failed. */
enum cgroup_owner cgroup_owner(int cgroup, const struct cgroup_claim *own);

/* Reads the mark of the cgroup at path; "" when the cgroup or its mark does not exist. */
int cgroup_find_mark(const char *path, char ret_mark[CGROUP_MARK_MAX], struct error *err);

/* Opens the container's cgroup. Errors: ENOENT when it is gone, also if another cgroup has its path now. */
int cgroup_open_own(const struct cgroup_claim *own, struct error *err);

/* ---- removal.c ---- */

/* Kills every process in the container's cgroup and below, and waits until all have ended. A cgroup that is gone is no
 * error. */
int cgroup_kill_own(const struct cgroup_claim *own, struct error *err);

/* Removes the container's cgroup with everything in it and below, and then its parents that are empty, except the first
 * own->existing_depth components of the path. If the cgroup itself existed before the container, it stays and loses its
 * mark.
 *
 * unfinished: the create may have been killed between making the cgroup and marking it, so a cgroup without a mark is
 * removed too if it is empty. */
int cgroup_remove(const struct cgroup_claim *own, bool unfinished, struct error *err);

/* ---- freezer.c ---- */

/* Whether all processes in the cgroup stand still: 1 or 0, or -1 with *err. 0 when the cgroup was removed meanwhile. */
int cgroup_is_frozen(int cgroup, struct error *err);

/* Fails when a process that is cloned into the cgroup would be frozen at once, because the cgroup or one above it is
 * frozen or about to be. */
int cgroup_refuse_frozen(int cgroup, struct error *err);

/* Freezes or thaws every process in the cgroup and below, and waits until cgroup.events says so, 10 seconds at most. If
 * not all processes freeze in that time, the cgroup is thawed again, and the result is an error. */
int cgroup_freeze(int cgroup, bool frozen, struct error *err);

/* ---- processes.c ---- */

/* Process IDs as the host's pid namespace has them, in ascending order. */
struct process_list {
	pid_t *pids;
	size_t n;
};

#define cleanup_process_list __attribute__((cleanup(process_list_free)))
void process_list_free(struct process_list *list);

/* Sends a signal to every process in the cgroup and below. A process that has ended meanwhile is no error. */
int cgroup_signal_all(int cgroup, int signal_number, struct error *err);

/* Appends the pids of every process in the cgroup and below, and sorts the list. */
int cgroup_list_processes(int cgroup, struct process_list *list, struct error *err);

/* ---- oom.c ---- */

/* How many processes of the cgroup and below the kernel's OOM killer has killed (memory.events); 0 without the memory
 * controller. */
uint64_t cgroup_oom_kills(int cgroup);

/* A look at what the OOM killer does in a cgroup. systemd removes the cgroup of a unit as soon as its last process has
 * ended, with its counts: then those of the cgroup above tell whether the OOM killer was at work. */
struct oom_watch {
	int cgroup;           /* borrowed; -1: none */
	uint64_t kills;       /* what the cgroup had counted before */
	uint64_t limit;       /* memory.max at the beginning; UINT64_MAX: none, or not known */
	int above;            /* the cgroup above that of a unit; else -1 */
	uint64_t kills_above; /* what that had counted at the beginning */
};

#define cleanup_oom_watch __attribute__((cleanup(oom_watch_end)))
/* own may be NULL for a cgroup that is no unit's. kills stays 0: the caller sets it where the cgroup is an old one. */
struct oom_watch oom_watch_begin(int cgroup, const struct cgroup_claim *own);
bool oom_watch_saw_kill(const struct oom_watch *watch);
/* The memory limit of the cgroup in bytes. False when it has none, or it is not known. */
bool oom_watch_limit(const struct oom_watch *watch, uint64_t *ret_limit);
void oom_watch_end(struct oom_watch *watch);

/* ---- devices.c ---- */

/* Loads the device program of the plan and attaches it to the cgroup. A plan without a program allows every device, and
 * nothing is attached. */
int cgroup_attach_devices(int cgroup, const struct plan_device_program *program, struct error *err);

/* Detaches the programs that cgroup_attach_devices() attached, which it finds by their name. */
void cgroup_detach_devices(int cgroup);

/* Another device program for a cgroup in use. */
struct cgroup_device_change {
	int program; /* the new program; -1: nothing is to be changed */
	int former;  /* the program that it replaces; -1: none of tare's is attached */
};

void cgroup_device_change_close(struct cgroup_device_change *change);

/* Loads the program, finds the attached program that it is to replace, told by its name, and attaches nothing yet.
 * There is nothing to change when that one has the same instructions. as_made: the program is the one that the
 * container was made with; then there is nothing to change either when no program of tare's is attached, because it
 * could not be attached at create or because somebody has put another one in its place. Errors: those of bpf(2), with
 * what the verifier says. */
int cgroup_load_devices(int cgroup, const struct plan_device_program *program, bool as_made,
	struct cgroup_device_change *ret, struct error *err);

/* Attaches the program of the change in place of the former one. The kernel exchanges the two in one step: each access
 * is judged by one of them. Programs of others stay, and go on to count. */
int cgroup_replace_devices(int cgroup, const struct cgroup_device_change *change, struct error *err);

/* Undoes cgroup_replace_devices(). A failure is a warning. */
void cgroup_restore_devices(int cgroup, const struct cgroup_device_change *change);
