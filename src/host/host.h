/* The host's side: everything that runs in the runtime namespaces.
 *
 * A bundle is what the caller has, a container what exists: a state directory, a cgroup, a process. Creating claims the
 * three in this order, each behind a destructor; deleting calls the same destructors on what the state directory
 * remembers. */
#pragma once

#include "base/error.h"
#include "base/table.h"
#include "hooks.h"
#include "plan/plan.h"

#include "ocispec.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- document.c: documents that libocispec knows ---- */

/* Parses a text; name is for messages. NULL with *err when there is anything wrong with it: one line a problem. */
struct oci_document *document_parse(const struct oci_type *type, const char *name, const char *text, size_t length,
	struct error *err);

/* The same of a file below the directory dir, of at most max bytes. */
struct oci_document *document_read(const struct oci_type *type, int dir, const char *name, size_t max,
	struct error *err);

/* Fails when problems were found in the document: *err has a line each, and its object is the place of the first. */
int document_check(const struct oci_document *document, struct error *err);

/* The same where it is known that there are some. Always returns -1. */
int document_report(const struct oci_document *document, struct error *err);

/* ---- bundle.c: config.json, read once ---- */

struct bundle {
	char *path;                    /* absolute, without links */
	struct oci_document *document; /* root: struct oci_config */
	char *text;
	size_t length;
};

/* Reads and parses DIRECTORY/NAME. A config with problems is an error with one line a problem. */
int bundle_load(const char *directory, const char *name, struct bundle *ret_bundle, struct error *err);
void bundle_free(struct bundle *bundle);

/* ---- root.c: the state root ---- */

/* Opens the directory of all containers: path, or the default for this user when it is NULL. With make it is made
 * (0700). Errors: ENOENT when it is not there and make is false; refused when others can write to it. */
int root_open(const char *path, bool make, struct error *err);

/* True when id is a name for a container: letters, digits, "_+-." and neither "." nor "..", at most 1024 bytes. */
bool root_id_is_valid(const char *id);

/* The ids of the containers in a state root. */
struct root_ids {
	char **items;
	size_t n;
};

/* Reads them, sorted. What cannot be a container is somebody else's file, and left out. */
int root_list(int root, struct root_ids *ret_ids, struct error *err);
void root_ids_free(struct root_ids *ids);

/* ---- container.c: one container's directory, record and status ---- */

struct record_cgroup {
	char *path;    /* in the v2 tree; NULL: none of its own */
	char *mark;    /* what the cgroup bears as long as it is the container's */
	uint32_t kept; /* how many leading components were there before us and stay */
};

struct record_rdt {
	char *group;    /* in resctrl, "/" for its root; NULL: none */
	bool own;       /* made for this container, and removed with it */
	bool monitored; /* it has the monitoring group of the container */
};

/* What does not change, as <root>/<id>/state.json has it. */
struct record {
	uint32_t version;
	char *bundle;
	char *rootfs;
	char *created; /* RFC 3339, UTC, nanoseconds */
	char *owner;   /* the user who made it, by name if the host has one */
	char *oci_version;
	char *boot_id;
	int64_t pid; /* 0 until there is a process */
	uint64_t start_time;
	bool has_hooks;   /* poststart or poststop hooks to run */
	bool has_process; /* the config has one to start */
	bool has_filter;  /* the compiled seccomp filter is beside the record, for exec */
	uint32_t filter_flags;
	bool filter_notifies;
	char *listener_path; /* of the seccomp agent */
	char *listener_metadata;
	struct record_cgroup cgroup;
	struct record_rdt rdt;
	struct oci_string_map annotations;
};

struct container {
	int root;
	int dir; /* <root>/<id> */
	const char *id;
	struct oci_document *document; /* of the record, when it was read from disk */
	const struct record *record;
	int pidfd; /* of the init process while it lives, else -1 */
	pid_t pid; /* the same as a number; 0 */
};

/* An empty container: what container_close() accepts. */
#define CONTAINER_NONE ((struct container){ .root = -1, .dir = -1, .pidfd = -1 })

/* Makes <root>/<id> and locks it. Errors: EEXIST "container with given ID already exists". */
int container_claim(int root, const char *id, struct container *ret_container, struct error *err);

/* Opens an existing container and finds its process. Errors: ENOENT "container does not exist"; EBADMSG for a record
 * that cannot be read, with the container open all the same for container_delete(). */
int container_open(int root, const char *id, struct container *ret_container, struct error *err);

/* Reads the container's copy of its config.json, which later operations go by: the one in the bundle may be another by
 * now. The root of *ret_document is a struct oci_config; free it with oci_free(). Errors: a copy that is gone or
 * damaged. */
int container_config(const struct container *container, struct oci_document **ret_document, struct error *err);

/* Sets *err to what every command says of an unknown id. Always returns -1. */
int container_missing(const char *id, struct error *err);
/* The same of one whose processes have ended, in the words that managers look for. */
int container_not_running(struct error *err);

/* Takes the container's lock, which every operation that changes its state holds. Waits up to 30 seconds. Errors:
 * ENOENT when the container was removed meanwhile. */
int container_lock(const struct container *container, struct error *err);
void container_unlock(const struct container *container);
/* True while an operation holds the lock. */
bool container_is_locked(const struct container *container);

/* Writes the record. */
int container_save(const struct container *container, const struct record *record, struct error *err);

/* Worked out from what is there: process, start gate, freezer. Nothing of it is stored. Never waits. Errors: what keeps
 * us from looking (EMFILE, ENOMEM), which says nothing about the container. */
int container_status(const struct container *container, enum oci_status *ret_status, struct error *err);
/* The same; *ret_gate, which is -1 before, is the connection to the init of a created container: a wake-up less for
 * start. Errors: ETIMEDOUT for an init that does not let us in. */
int container_status_and_gate(const struct container *container, enum oci_status *ret_status, int *ret_gate,
	struct error *err);

/* The state document (spec: runtime.md, state). Strings belong to the container. */
struct oci_state container_state(const struct container *container, enum oci_status status);

/* Removes the directory: the container is forgotten. */
int container_forget(const struct container *container, struct error *err);
void container_close(struct container *container);

extern const char container_gate_name[];     /* "gate", in the container's directory */
extern const char container_gate_new_name[]; /* its name until create has committed */
extern const char container_config_name[];   /* the copy of config.json that later operations go by */
extern const char container_filter_name[];   /* the compiled seccomp filter: struct sock_filter[] */

/* ---- operations ---- */

/* activation.c: what a service manager passed to this very process (sd_listen_fds(3)). */
struct activation {
	unsigned int fds;  /* from 3 on */
	const char *names; /* LISTEN_FDNAMES, or NULL */
};

struct activation activation_read(void);

struct create_options {
	const char *root; /* --root, or NULL */
	const char *id;
	const char *bundle;
	const char *config; /* the name of config.json in the bundle */
	const char *pid_file;
	const char *console_socket;
	const char *pidfd_socket;
	const char *seccomp_agent; /* of the environment, or NULL */
	struct activation activation;
	bool notify;        /* somebody listens at NOTIFY_SOCKET */
	bool keep_terminal; /* the caller relays the pty itself (attached run) */
	bool detached;      /* the caller ends while the container runs */
	bool no_new_keyring;
	bool no_pivot;
	bool cgroup_disabled;
	bool cgroup_optional; /* without the right to a cgroup there is none, unless limits need it (--rootless) */
	unsigned int preserve_fds;
};

/* The code of the container's own process, which the host may not know: init/init.h has it, for create and for exec. */
struct init_entry {
	void (*life)(const struct plan *plan, struct handles *handles, bool in_stage) __attribute__((noreturn));
	void (*stage)(const struct plan *plan, struct handles *handles) __attribute__((noreturn));
	bool (*needs_stage)(const struct plan *plan);
};

/* create.c: creates a container, all or nothing. *ret_terminal is the pty master when options->keep_terminal asked for
 * it and the config has a terminal, else -1. */
int container_create(const struct create_options *options, const struct init_entry *entry, int *ret_terminal,
	struct error *err);

/* start.c: starts a created container. A hook that fails stops and removes it, as the spec says. */
int container_start(struct container *container, struct error *err);

struct exec_options {
	struct plan_exec_options plan; /* id and bundle are filled in */
	const char *process_file;      /* a process document, or NULL */
	const char *cgroup;            /* below the container's own, or NULL */
	const char *pid_file;
	const char *pidfd_socket;
	const char *console_socket;
	bool keep_terminal; /* as in create_options, as the next one */
	bool detached;
	bool ignore_paused;
};

/* A process that exec has started, a child of ours. */
struct executed {
	pid_t pid;
	int pidfd;
	int terminal; /* the pty master when options->keep_terminal asked for it, else -1 */
};

/* exec.c: starts one more process in a created or running container. Returns when the program runs; nothing is left
 * behind otherwise. Errors: those of managers.md 9. */
int container_exec(const struct container *container, const struct exec_options *options,
	const struct init_entry *entry, struct executed *ret_executed, struct error *err);
/* Kills it and waits for its end. */
void container_exec_end(const struct executed *executed);

/* kill.c */
int container_kill(const struct container *container, int signal_number, bool all, struct error *err);
/* The number of "KILL", "SIGKILL", "9", "RTMIN+1"; or -1. "0" is kill(2)'s question whether anybody is there. */
int signal_parse(const char *text);
/* The signals by their names, without those that have none but RTMIN and its like. */
extern const struct table_row signal_names[];

/* pause.c: suspends a running or created container, all or nothing, and lets a paused one go on. Both hold the
 * container's lock. Errors: "container not running", "container not paused"; a freezer that does not act within 10
 * seconds. */
int container_pause(const struct container *container, struct error *err);
int container_resume(const struct container *container, struct error *err);

/* update.c: changes the limits of a running, created or paused container, all or nothing (spec: config-linux.md,
 * control groups). The root of the document is a struct oci_resources, and resources is what to make of it; device
 * rules in it are left alone, as managers expect who send the whole spec. Of rdt the schemata count, which become those
 * of the container's class of service, whoever else is in it. Holds the container's lock. Errors: "container not
 * running"; number 0 and text "" when the document has problems now, which the caller reports. */
int container_update(const struct container *container, struct oci_document *document,
	const struct oci_resources *resources, const struct oci_intel_rdt *rdt, struct error *err);

/* events.c: writes to out, a line of JSON each, in the layout of runc: every interval what the container uses, and OOM
 * kills when they happen, until the container ends or nobody reads out any more. With an interval of 0 it reports once
 * and returns. Errors: "container with id ID is not running". */
int container_events(const struct container *container, int out, long interval_ms, struct error *err);
/* The part of it that knows no container, but what its numbers are read from. It ends with the process of pidfd. */
struct events_source {
	const char *id;
	int cgroup;
	int resctrl; /* -1: the container is in no class of service */
	struct record_rdt rdt;
};
int events_follow(const struct events_source *source, int pidfd, int out, long interval_ms, struct error *err);

/* ps.c: pids on the host, in ascending order. */
struct process_list {
	pid_t *pids;
	size_t n;
};

#define cleanup_process_list __attribute__((cleanup(process_list_free)))
void process_list_free(struct process_list *list);

/* All processes in the container's cgroup and below; *list is empty before. None when the cgroup is gone. */
int container_processes(const struct container *container, struct process_list *list, struct error *err);
/* Appends the table that the host's ps(1) prints when it is called with n words ("-ef" if there are none), reduced to
 * its heading and the lines of these processes, which are told by the word under PID: a column with blanks must not
 * come before. Errors: what ps fails with; a table without a column PID. */
int process_list_table(const struct process_list *list, char *const *words, size_t n, struct text *out,
	struct error *err);
/* The part of it that chooses the lines of ps's output, which is cut to pieces by that. */
int process_list_filter(const struct process_list *list, char *output, struct text *out, struct error *err);

/* delete.c: removes a stopped or created container, or any with force. Poststop hooks run last. */
int container_delete(struct container *container, bool force, struct error *err);
/* Removes a container whose record cannot be read, with what its cgroup holds. */
int container_delete_unreadable(const struct container *container, struct error *err);

/* The code of a process that joins the container of a pidfd to change its mounts; proc is a private procfs. */
struct mounts_entry {
	void (*add)(const struct plan *plan, struct handles *handles, int container, int proc)
		__attribute__((noreturn));
	void (*remove)(const struct plan *plan, struct handles *handles, int container, int proc)
		__attribute__((noreturn));
};

/* mounts.c: adds the mounts that file lists, an array as in config.json, to a container with a process; or removes what
 * is mounted at their destinations. All or none, but for what a remount changes. *err names places as
 * FILE:line:column. */
int container_change_mounts(struct container *container, const char *file, bool removes,
	const struct mounts_entry *entry, struct error *err);

struct notify;

/* foreground.c: makes orphans of the container children of this process, so that somebody reaps them where the
 * container has no pid namespace, and thereby no init, of its own. */
int foreground_adopt_orphans(struct error *err);
/* Reaps what of them has ended; never the process init (0: none), whose exit code is waited for elsewhere. */
void foreground_reap_orphans(pid_t init);
/* Holds back the signals that the container shall get; before it is started, so that none is lost. Returns the
 * signalfd that they are read from, or -1 with *err. */
int foreground_hold_signals(struct error *err);
/* Stays with a process of a container, a child of ours, until it ends: forwards signals and what it notifies of (NULL:
 * nobody wants to know), relays the terminal (-1: none). *ret_code is the exit code of the process, 128+n for signal
 * n. */
int foreground_wait(pid_t pid, int pidfd, int terminal, int signals, struct notify *notify, int *ret_code,
	struct error *err);

/* ---- parts ---- */

/* notify.c: what the program says with sd_notify(3) goes on to our own service manager. */
struct notify {
	int container; /* the socket that the program writes to; -1: nobody wants to know */
	int host;      /* connected to NOTIFY_SOCKET */
	bool sent;     /* the manager was told something */
};

#define NOTIFY_NONE ((struct notify){ .container = -1, .host = -1 })

/* Whether the environment names a service manager's socket. Fails for an address of an unknown kind. */
int notify_wanted(bool *ret_wanted, struct error *err);
/* Makes the directory for the container's socket. Returns a detached, read-only copy of its mount, for the
 * container. */
int notify_make_directory(const struct container *container, struct error *err);
/* Opens both sockets, before the start; nothing when one of them is not wanted. */
int notify_open(const struct container *container, struct notify *ret_notify, struct error *err);
/* Passes on what is there, 32 messages at most. Returns true when the program was ready; then the manager knows
 * main_pid as the service's process. */
bool notify_forward(struct notify *notify, pid_t main_pid);
/* Passes on what comes until the program is ready, or has ended. */
void notify_wait(struct notify *notify, const struct container *container);
/* Waits, at most 30 seconds, until the manager has read what it was told. */
void notify_close(struct notify *notify);

/* kept_hooks.c: run the hooks of a container that is there. The first poststart hook that fails ends the round; a
 * poststop hook that fails, or cannot be read, is a warning. */
int container_run_poststart(const struct container *container, struct error *err);
void container_run_poststop(const struct container *container);

/* hook_output.c: opens the files that annotations name for what hooks print; both -1 when none does. */
int hook_output_open(const struct oci_string_map *annotations, struct hooks_output *ret_output, struct error *err);
void hook_output_close(struct hooks_output *output);

/* floor.c: fails on a kernel older than 5.14, and says so. */
int floor_check(struct error *err);

/* exeseal.c: makes sure that no container can write to this program's file through /proc/PID/exe (CVE-2019-5736): runs
 * it again from a read-only mount, or from a sealed copy where no mount can be made. Returns when that is already
 * so. */
int exeseal_enter(char *const argv[], struct error *err);

/* handles.c: opens all that the plan names on the host: first the namespaces to join. handles_free() accepts
 * half-filled ones. */
int handles_open(const struct plan *plan, struct handles *ret_handles, struct error *err);
/* A list of n fds that are -1, to be freed; NULL when memory ran out. */
int *handles_none(size_t n);
/* The root and the sources of mounts and devices, once the cgroup exists. Needs rights over the mount namespace. */
int handles_open_sources(const struct plan *plan, struct handles *handles, struct error *err);
/* Of these the cgroup tree alone. */
int handles_open_cgroup_mounts(const struct plan *plan, struct handles *handles, struct error *err);

/* mount_sources.c: opens into ret_fds, which begins with -1s, what the plan's mounts name on the host, as detached
 * mounts that are ready to be attached. joined is the user namespace of mounts whose ids it maps and whose maps nobody
 * knows, or -1. */
int mount_sources_open(const struct plan *plan, int joined, int *ret_fds, struct error *err);
/* Sets attributes and propagation of a detached copy, the whole tree first. */
int mount_source_set(int copy, const struct plan_mount *m, struct error *err);

/* userns.c: maps the ids of a new user namespace of a process that waits for it, by newuidmap(1) and newgidmap(1) where
 * our own rights do not do. The files in /proc have to be ours: the process must be dumpable, or we root. Errors name
 * uidMappings or gidMappings, with place in front ("linux."), and the fix. */
int userns_map(pid_t pid, const char *uid_map, const char *gid_map, const char *place, struct error *err);
/* True when that map of groups makes the namespace lose setgroups(2). */
bool userns_gives_up_groups(const char *gid_map);
/* True in the machine's own user namespace. Elsewhere root may make neither device nodes nor device filters. */
bool userns_is_initial(void);
/* True when we have the capability (CAP_SYS_ADMIN) in our user namespace. */
bool userns_has_capability(int capability);
/* Opens the user namespace of a process. */
int userns_open(pid_t pid, struct error *err);
/* Takes the user namespace out of those to join when we are in that of the process already: a namespace that is one's
 * own cannot be joined again, which of all kinds only the user namespace minds (setns(2)). */
int userns_leave_out_own(pid_t pid, struct plan_namespaces *namespaces, struct error *err);
/* Makes a user namespace with these mappings and nobody in it. Returns its fd. */
int userns_make(const char *uid_map, const char *gid_map, struct error *err);

void handles_free(const struct plan *plan, struct handles *handles);

/* Handles of nothing, which handles_free() accepts. */
void handles_clear(struct handles *ret_handles);

/* process.c: for the first process of a container and for those of exec. */
/* Fails when the process has a terminal and nobody to give it to, or the other way round. */
int process_check_terminal(const struct plan_process *process, const char *console_socket, bool detached,
	struct error *err);
int process_set_oom_score(pid_t pid, const struct plan_process *process, struct error *err);
/* The process sets its limits itself. Raising a hard one needs the host's rights, which it may have lost by then. */
int process_raise_limits(pid_t pid, const struct plan_process *process, struct error *err);
/* Says GO. A process that is dead says why when it is listened to. */
int process_let_go(int sock, struct error *err);
/* A process whose filter is loaded early would stop at the first call that the agent has to decide: waits for the
 * listener, if there will be one, and hands it over. */
int process_serve_agent_early(int sock, const struct plan *plan, const struct container *container,
	enum oci_status status, struct error *err);
/* Listens to the process until its program runs, and serves its seccomp agent. */
int process_await_program(int sock, const struct container *container, enum oci_status status, struct error *err);
/* The pid file appears whole, and only when the process is there: managers take it as the sign of success. */
int process_write_pid_file(pid_t pid, const char *path, struct error *err);
/* After a failure: CRI-O makes the file beforehand, and conmon takes an empty one for success (managers.md 0.3). */
void process_remove_empty_pid_file(const char *path);

/* rootless.c: for who has no CAP_SYS_ADMIN in his user namespace, and so may neither copy mounts nor make or join
 * namespaces but by way of a user namespace. */
bool rootless_is_needed(void);
/* Finds what the plan cannot have without root. Problems are reported with their place. */
int rootless_check(struct oci_document *document, const struct plan *plan, struct error *err);
/* In the child of the clone: handles_open_sources() with the rights of the container's user namespace, the new one that
 * we are in, or the one to join, which we enter. */
int rootless_open_sources(const struct plan *plan, struct handles *handles, struct error *err);

/* spawn.c */
struct spawned {
	pid_t pid;
	int pidfd;
	int sync; /* the host's end of the channel */
};

/* Clones init into its namespaces and its cgroup (handles->cgroup) and writes its id mappings; init waits at the
 * channel. With handles->sources_inside it opens the sources first. Errors: those of clone3(2); EBUSY and EOPNOTSUPP
 * for a cgroup that takes no processes. */
int spawn_init(const struct plan *plan, struct handles *handles, const struct init_entry *entry,
	struct spawned *ret_spawned, struct error *err);
/* Kills and reaps what was spawned. */
void spawn_undo(struct spawned *spawned);

/* netdev.c: network devices that move to the container (spec: config-linux.md, network devices). Each is an object of
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

/* intelrdt.c: Intel RDT. resctrl is the root of that file system, as an fd. */

/* The next mount point of resctrl in the text of a mountinfo, which is taken to pieces: *mountinfo moves on. NULL at
 * the end. */
char *rdt_mount_point(char **mountinfo);
/* Opens the root of resctrl. Errors: ENODEV when it is not mounted. */
int rdt_open(struct error *err);
/* Fails for what cannot be as the plan wants it; changes nothing. Errors: EEXIST for a group of that name. */
int rdt_check(int resctrl, const struct plan_rdt *plan, const char *id, struct error *err);
/* Makes the groups that are not there. *made, empty before, says which, also after a failure, for rdt_remove(). */
int rdt_make(int resctrl, const struct plan_rdt *plan, const char *id, struct record_rdt *made, struct error *err);
/* Puts a process, and the children it will have, into its groups. */
int rdt_enter(int resctrl, const struct record_rdt *rdt, const char *id, pid_t pid, struct error *err);
/* Removes the groups; what is gone already is no error. */
int rdt_remove(int resctrl, const struct record_rdt *rdt, const char *id, struct error *err);
/* The directory of a class of service, "/" for the root. Returns -1 with errno. */
int rdt_open_group(int resctrl, const char *group);

/* rdt_schemata.c: the resources of a class of service, by the name of its group. */

/* In the text of schemata, the line of the resource that is named, or that another line is about: up to its end,
 * without the blanks in front. NULL when there is none. */
const char *rdt_find_schema(const char *schemata, const char *resource);
/* Spec: a group that is there has to be as the config wants it, and is not changed. */
int rdt_compare_schemata(int group, const struct plan_rdt *plan, struct error *err);
int rdt_set_schemata(int resctrl, const char *name, const struct oci_strings *lines, struct error *err);
/* Sets new lines for a group in use, all or none. *ret_former, in the document's memory, is what rdt_restore_schemata()
 * takes to undo it; what cannot be undone is a warning. */
int rdt_change_schemata(struct oci_document *document, int resctrl, const char *name, const struct oci_strings *lines,
	struct oci_strings *ret_former, struct error *err);
void rdt_restore_schemata(int resctrl, const char *name, const struct oci_strings *former);

/* cgroup.c: finds the tree; cgroup_mark.c: whose a cgroup is; cgroup_fs.c: works on it through the file system;
 * cgroup_procs.c: its processes; cgroup_bpf.c: device programs. */
int cgroup_tree(struct error *err);

/* cgroup_place.c: for who has no right to the whole tree: moves a cgroup whose path is relative below one that was
 * delegated, and does without any if there is none and no limit asks for it. Errors name the limit and how to
 * delegate. */
int cgroup_place(struct oci_document *document, struct plan_cgroup *cgroup, struct error *err);
/* Makes the cgroup at path with its parents; it may be there, and then *ret_made is false. Returns its directory fd. */
int cgroup_make(const char *path, bool *ret_made, struct error *err);
int cgroup_open(const char *path, struct error *err);

enum { CGROUP_MARK_MAX = 320 };
enum cgroup_owner { CGROUP_NOBODYS, CGROUP_OURS, CGROUP_ANOTHERS, CGROUP_UNKNOWN };

/* cgroup_mark.c: a mark that no other container has: its id and the time at which it was made. */
void cgroup_make_mark(const char *id, const char *created, char ret_mark[CGROUP_MARK_MAX]);
/* Whose the cgroup is, ours being the one with this mark; unknown with errno, when that cannot be read. */
enum cgroup_owner cgroup_owner(int cgroup, const char *mark);
/* Marks a cgroup that bears no mark. Errors: "the cgroup ... belongs to container ...". */
int cgroup_mark(int cgroup, const struct record_cgroup *own, struct error *err);
void cgroup_unmark(int cgroup);
/* Opens the container's cgroup. Errors: ENOENT when it is gone, whatever stands in its place. */
int cgroup_open_own(const struct record_cgroup *own, struct error *err);
/* Copies the next component of *path and advances it. Returns 1, 0 at the end, or -1 with errno: ENAMETOOLONG. */
int cgroup_next_name(const char **path, char ret_name[NAME_MAX + 1]);
/* The path of the cgroup that a process is in, as we see it ("/../x" beside our cgroup namespace), to be freed; NULL
 * when the process is gone. */
char *cgroup_of_process(pid_t pid);
/* Makes the cgroup ours, which has to be empty and not frozen. */
int cgroup_claim(int cgroup, const struct record_cgroup *own, struct error *err);
/* Writes the limits but the late ones. */
int cgroup_apply(int cgroup, const struct plan_cgroup *plan, struct error *err);
/* Writes the late ones, when init is the only process there. */
int cgroup_apply_late(int cgroup, const struct plan_cgroup *plan, struct error *err);
/* Writes one limit; says why when its controller is not there. *ret_file is the file that was written, NULL for
 * none. */
int cgroup_write_limit(int cgroup, const struct plan_write *limit, const char **ret_file, struct error *err);
/* cgroup_update.c: writes new limits to a cgroup in use. When one fails, those before it are put back, newest first. */
int cgroup_update(int cgroup, const struct plan_writes *writes, struct error *err);
/* What a plan for new limits has to know of the old ones; check_memory is left to the caller. */
struct plan_present cgroup_present(int cgroup);
/* Gives the cgroup to a user, as far as the kernel lists files for it (spec: cgroup ownership). */
int cgroup_delegate(int cgroup, uid_t owner, struct error *err);
/* 1 or 0; of a cgroup that was removed meanwhile 0. */
int cgroup_is_frozen(int cgroup, struct error *err);
/* Freezes or thaws every process in the cgroup and below, and waits until the kernel says so, 10 seconds at most; what
 * did not freeze in time is thawed again. */
int cgroup_freeze(int cgroup, bool frozen, struct error *err);
/* Kills every process in the cgroup and below, and waits until they are gone. Errors: ETIMEDOUT after 10 seconds. */
int cgroup_kill_all(int cgroup, struct error *err);
/* Sends a signal to every process in the cgroup and below. */
int cgroup_signal_all(int cgroup, int signal_number, struct error *err);
/* Appends the pids of every process in the cgroup and below, and sorts them. */
int cgroup_list_processes(int cgroup, struct process_list *list, struct error *err);
/* Removes the cgroup with everything in it and below, if it is ours, and its parents down to the first `kept`
 * components if they are empty. One that was there before the container becomes nobody's again. unfinished: the create
 * may have been cut short before it marked the cgroup that it had made; then one that is nobody's is removed, too, if
 * it is empty. */
int cgroup_remove(const struct record_cgroup *own, bool unfinished, struct error *err);
/* How many leading components of the path exist now. */
uint32_t cgroup_existing(const char *path);
/* Loads the device rules into the kernel; without a program every device is allowed. */
int cgroup_attach_devices(int cgroup, const struct plan_device_program *program, struct error *err);
/* Takes them away again: what cgroup_attach_devices() attached, and nobody else's. */
void cgroup_detach_devices(int cgroup);

/* cgroup_link.c: writes the link that names the container's cgroup; nothing when it has none. */
int cgroup_link_make(const struct container *container, const struct record_cgroup *cgroup, struct error *err);
/* Fails when there is a link, and the record does not say the same. */
int cgroup_link_check(const struct container *container, struct error *err);
/* What the link says, in buffer; path is NULL when there is none. */
struct record_cgroup cgroup_link_read(const struct container *container, char buffer[PATH_MAX]);

/* console.c: the terminal of a process, on its way to who asked for it. */
struct console {
	const char *socket; /* gets it; NULL: nobody listens */
	bool kept;          /* the caller relays it himself */
	bool served;        /* the socket has it */
	int master;         /* of the pty; -1: none, or handed over */
};

/* Hands it to the socket, unless it is kept. */
int console_deliver(struct console *console, struct error *err);
/* Keeps a promise after a failure: a manager that waits at the socket gets a pty that leads nowhere (managers.md
 * 0.4). */
void console_give_up(const struct console *console);

/* filter_cache.c: filters by the key of plan_filter_key(), below the state root. */
bool filter_cache_find(int root, const struct text *key, struct oci_document *document, struct plan_filter *ret);
void filter_cache_keep(int root, const struct text *key, const struct plan_seccomp *filter);

/* pidfd.c: passes the pidfd of a process to the listener at path. */
int pidfd_hand_over(const char *path, int pidfd, struct error *err);

/* agent.c: passes a seccomp listener to its agent (spec: config-linux.md, the container process state). */
int agent_send(const struct container *container, int listener, enum oci_status status, struct error *err);
