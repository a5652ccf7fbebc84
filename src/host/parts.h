/* The parts of the host's side, which its files share among themselves; host.h is what the room offers. */
#pragma once

#include "host/host.h"

/* ---- container_hooks.c ---- */

/* Run the hooks of a container that is there. The first poststart hook that fails ends the round; a
 * poststop hook that fails, or cannot be read, is a warning. */
int container_run_poststart(const struct container *container, struct error *err);
void container_run_poststop(const struct container *container);

/* ---- hook_output.c ---- */

/* Opens the files that annotations name for what hooks print; both -1 when none does. */
int hook_output_open(const struct oci_string_map *annotations, struct hooks_output *ret_output, struct error *err);
void hook_output_close(struct hooks_output *output);

/* ---- handles.c ---- */

/* Opens all that the plan names on the host: first the namespaces to join. handles_free() accepts
 * half-filled ones. */
int handles_open(const struct plan *plan, struct handles *ret_handles, struct error *err);

/* A list of n fds that are -1, to be freed; NULL when memory ran out. */
int *handles_none(size_t n);

/* The root and the sources of mounts and devices, once the cgroup exists. Needs rights over the mount namespace. */
int handles_open_sources(const struct plan *plan, struct handles *handles, struct error *err);

/* The same once more, without the mount namespaces that are mounted in them (sources_apart.c). */
int handles_open_sources_apart(const struct plan *plan, struct handles *handles, struct error *err);
/* The root alone. */
int handles_open_root(const struct plan *plan, struct handles *handles, struct error *err);

/* Of these the cgroup tree alone. */
int handles_open_cgroup_mounts(const struct plan *plan, struct handles *handles, struct error *err);
void handles_free(const struct plan *plan, struct handles *handles);

/* Handles of nothing, which handles_free() accepts. */
void handles_clear(struct handles *ret_handles);

/* ---- mount_sources.c ---- */

/* Opens into ret_fds, which begins with -1s, what the plan's mounts name on the host, as detached
 * mounts that are ready to be attached. joined is the user namespace of mounts whose ids it maps and whose maps nobody
 * knows, or -1. */
int mount_sources_open(const struct plan *plan, int joined, int *ret_fds, struct error *err);

/* Sets attributes and propagation of a detached copy, the whole tree first. */
int mount_source_set(int copy, const struct plan_mount *m, struct error *err);

/* ---- sources_apart.c ---- */

/* True when the error is what attaching a tree with a mount namespace in it gives, and the plan has trees. */
bool sources_may_be_pinned(const struct plan *plan, const struct error *err);

/* Opens the root file system, if the plan has one, and the sources of mounts once more, without the mount namespaces
 * that are mounted in them. joined: the user namespace to join, or -1. */
int sources_open_apart(const struct plan *plan, struct handles *handles, int joined, struct error *err);

/* ---- root_mount.c ---- */

/* Records which mounts init will make at the place of the root, before it does, and makes the mask. Nothing for a plan
 * that does not share the mounts of the runtime. The root is open. */
int root_mount_prepare(const struct plan *plan, struct handles *handles, const struct container *container,
	struct record *record, struct error *err);

/* Unmounts what the record names, with all that is mounted on it, as far as it is there. */
int root_mount_remove(const struct record *record, struct error *err);

/* ---- file_limit.c ---- */

/* Raises the soft limit of open files as far as the plan needs and the hard one allows. Asks for it only when the plan
 * names unusually many. */
int file_limit_raise(const struct plan *plan, struct handles *handles, struct error *err);

/* Gives this process the former limit back, when init has inherited what was opened: closes the sources first. Nothing
 * when it was not raised. */
int file_limit_give_back(const struct plan *plan, struct handles *handles, struct error *err);

/* ---- userns.c ---- */

/* Maps the ids of a new user namespace of a process that waits for it, by newuidmap(1) and newgidmap(1) where
 * our own rights do not do. The files in /proc have to be ours: the process must be dumpable, or we root. Errors name
 * uidMappings or gidMappings, with place in front ("linux."), and the fix. */
int userns_map(pid_t pid, const char *uid_map, const char *gid_map, const char *place, struct error *err);

/* True when that map of groups makes the namespace lose setgroups(2). */
bool userns_gives_up_groups(const char *gid_map);

/* True when we have the capability (CAP_SYS_ADMIN) in our user namespace. */
bool userns_has_capability(int capability);

/* Who on the host is the user uid of a process's user namespace. False when nobody is. */
bool userns_find_owner(pid_t pid, uid_t uid, uid_t *ret_owner);

/* Opens the user namespace of a process. */
int userns_open(pid_t pid, struct error *err);

/* Takes the user namespace out of those to join when we are in that of the process already: a namespace that is one's
 * own cannot be joined again, which of all kinds only the user namespace minds (setns(2)). */
int userns_leave_out_own(pid_t pid, struct plan_namespaces *namespaces, struct error *err);

/* Makes a user namespace with these mappings and nobody in it. Returns its fd. */
int userns_make(const char *uid_map, const char *gid_map, struct error *err);

/* ---- process.c ---- */

/* For the first process of a container and for those of exec. */
/* Fails when the process has a terminal and nobody to give it to, neither a socket nor a terminal of the caller, or the
 * other way round. */
int process_check_terminal(const struct plan_process *process, const char *console_socket, bool detached,
	struct error *err);
int process_set_oom_score(pid_t pid, const struct plan_process *process, struct error *err);

/* In a user namespace, which is that of process pid: a pipe or socket that the caller made for the process becomes its
 * user's, who may reopen it through /dev/stdout. Inside nobody has rights over a file whose owner is nobody there. What
 * cannot be given stays as it is. */
void process_give_stdio(pid_t pid, const struct plan *plan);

/* The process sets its limits itself. Raising a hard one needs the host's rights, which it may have lost by then. */
int process_raise_limits(pid_t pid, const struct plan_process *process, struct error *err);

/* Sets what the child of a builder does not inherit: some kinds of scheduling. */
int process_complete(pid_t pid, const struct plan_process *process, struct error *err);

/* Says GO. A process that is dead says why when it is listened to. */
int process_let_go(int sock, struct error *err);

/* A process whose filter is loaded early would stop at the first call that the agent has to decide: waits for the
 * listener, if there will be one, and hands it over. */
int process_serve_agent_early(int sock, const struct plan *plan, const struct container *container,
	enum oci_status status, struct error *err);

/* A process whose program is about to run. */
struct process_to_come {
	pid_t pid;
	int sock;
	bool asks_agent; /* its filter notifies and is loaded just before */
	bool may_freeze; /* it is in this cgroup, which is not waited for when it is frozen */
	int cgroup;
};

/* Listens to the process until its program runs, and serves its seccomp agent. A program that cannot be executed is
 * none of the errors: the process says so on its stderr and ends with 255, as managers know it of runc. */
int process_await_program(const struct process_to_come *process, const struct container *container,
	enum oci_status status, struct error *err);

/* The pid file appears whole, and only when the process is there: managers take it as the sign of success. */
int process_write_pid_file(pid_t pid, const char *path, struct error *err);

/* After a failure: CRI-O makes the file beforehand, and conmon takes an empty one for success (managers.md 0.3). */
void process_remove_empty_pid_file(const char *path);

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

/* ---- ending.c ---- */

/* Completes the error of a conversation with a child that ended: the kernel's OOM killer says nothing on the channel.
 * oom_kills is what the cgroup had counted before. Always returns -1. */
int ending_explain(int pidfd, int cgroup, uint64_t oom_kills, struct error *err);

/* ---- joinable.c ---- */

/* By whom a container's namespaces are joined. */
struct joinable {
	int pidfd;     /* -1: container->pidfd */
	char proc[64]; /* where /proc has it */
};

#define JOINABLE_NONE ((struct joinable){ .pidfd = -1 })

/* Finds somebody of a container with a process: its init; where the first thread of that has ended, by which nothing
 * can be joined any more, another thread of it, or before Linux 6.9 another process in the same namespaces. */
int joinable_find(const struct container *container, struct joinable *ret_joinable, struct error *err);

/* ---- rootless.c ---- */

/* Finds what the plan cannot have without root. Problems are reported with their place. */
int rootless_check(struct oci_document *document, const struct plan *plan, struct error *err);

/* In the child of the clone: handles_open_sources() with the rights of the container's user namespace, the new one that
 * we are in, or the one to join, which we enter. */
int rootless_open_sources(const struct plan *plan, struct handles *handles, struct error *err);

/* ---- spawn.c ---- */

struct spawned {
	pid_t pid; /* of init, or of the builder until spawn_meet_program() */
	int pidfd;
	int sync; /* the host's end of the channel */
};

/* Clones init, or its builder, into its namespaces and its cgroup (handles->cgroup) and writes its id mappings; it
 * waits at the channel. With handles->sources_inside it opens the sources first. Errors: those of clone3(2); EBUSY
 * and EOPNOTSUPP for a cgroup that takes no processes. */
int spawn_init(const struct plan *plan, struct handles *handles, const struct init_entry *entry,
	struct spawned *ret_spawned, struct error *err);

/* Waits until a builder has cloned the program's process, which *spawned is from then on, and gives it what it did not
 * inherit. It waits at the channel. */
int spawn_meet_program(struct spawned *spawned, const struct plan *plan, struct error *err);

/* Kills and reaps what was spawned. */
void spawn_undo(struct spawned *spawned);

/* ---- killed.c ---- */

/* A process that a signal has ended, and what may be the reason. */
struct killed {
	int signal;
	int cgroup; /* -1: it has none */
	bool has_filter;
	const struct oci_process *process; /* NULL: unknown */
};

/* Appends "killed by signal 31 (SIGSYS)", and the reason where one is known. Returns the place in the configuration that
 * the reason is about, or NULL. */
const char *killed_describe(const struct killed *killed, struct text *out);

/* Completes the error that sync_expect() gives when a child of ours is gone: by what it was killed. process is what the
 * child was to become. Of a lack of memory ending_explain() knows. Always returns -1. */
int killed_explain(const struct spawned *spawned, const struct plan *plan, const struct oci_process *process,
	struct error *err);

/* ---- net_devices.c ---- */

/* Network devices that move to the container (spec: config-linux.md, network devices). Each is an object of
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

/* ---- rdt.c ---- */

/* Intel RDT. resctrl is the root of that file system, as an fd. */

/* The next mount point of resctrl in the text of a mountinfo, which is taken to pieces: *mountinfo moves on. NULL at
 * the end. */
const char *rdt_mount_point(char **mountinfo);

/* Opens the root of resctrl. Errors: ENODEV when it is not mounted. */
int rdt_open(struct error *err);

/* Fails for what cannot be as the plan wants it; changes nothing. Errors: EEXIST for a group of that name. */
int rdt_check(int resctrl, const struct plan_rdt *plan, const char *id, struct error *err);

/* Where the plan names a group: opens resctrl, checks the plan, and says what a record has to say of it. Without one
 * nothing is returned, which is no error. */
int rdt_plan_group(const struct plan_rdt *plan, const char *id, int *ret_resctrl, struct record_rdt *ret_record,
	struct error *err);

/* Makes the groups that are not there. *made, empty before, says which, also after a failure, for rdt_remove(). */
int rdt_make(int resctrl, const struct plan_rdt *plan, const char *id, struct record_rdt *made, struct error *err);

/* Puts a process, and the children it will have, into its groups. */
int rdt_enter(int resctrl, const struct record_rdt *rdt, const char *id, pid_t pid, struct error *err);

/* Removes the groups; what is gone already is no error. */
int rdt_remove(int resctrl, const struct record_rdt *rdt, const char *id, struct error *err);

/* The directory of a class of service, "/" for the root. Returns -1 with errno. */
int rdt_open_group(int resctrl, const char *group);

/* ---- rdt_schemata.c ---- */

/* The resources of a class of service, by the name of its group. */

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

/* ---- cgroup.c ---- */

/* Finds the tree; cgroup_mark.c: whose a cgroup is; cgroup_fs.c: works on it through the file system;
 * cgroup_procs.c: its processes; cgroup_bpf.c: device programs. */
int cgroup_tree(struct error *err);

/* Makes the cgroup at path with its parents; it may be there, and then *ret_made is false. Returns its directory fd. */
int cgroup_make(const char *path, bool *ret_made, struct error *err);
int cgroup_open(const char *path, struct error *err);
/* The same in a tree that was found. */
int cgroup_open_in(int tree, const char *path, struct error *err);

/* Copies the next component of *path and advances it. Returns 1, 0 at the end, or -1 with errno: ENAMETOOLONG. */
int cgroup_next_name(const char **path, char ret_name[NAME_MAX + 1]);

/* The path of the cgroup that a process is in, as we see it ("/../x" beside our cgroup namespace), to be freed; NULL
 * when the process is gone. */
char *cgroup_of_process(pid_t pid);

/* How many leading components of the path exist now. */
int cgroup_existing(const char *path, uint32_t *ret_n, struct error *err);

/* ---- cgroup_place.c ---- */

/* For who has no right to the whole tree: moves a cgroup whose path is relative below one that was
 * delegated, and does without any if there is none and no limit asks for it. Errors name the limit and how to
 * delegate. */
int cgroup_place(struct oci_document *document, struct plan_cgroup *cgroup, struct error *err);

/* ---- cgroup_mark.c ---- */

enum { CGROUP_MARK_MAX = 320 };

enum cgroup_owner { CGROUP_NOBODYS, CGROUP_OURS, CGROUP_ANOTHERS, CGROUP_UNKNOWN };

/* A mark that no other container has: its id and the time at which it was made. */
void cgroup_make_mark(const char *id, const char *created, char ret_mark[CGROUP_MARK_MAX]);

/* Whether a mark is one of the container called id. */
bool cgroup_mark_is_of(const char *mark, const char *id);

/* The number of the cgroup's directory for the record; 0 when it cannot be told. */
uint64_t cgroup_inode(int cgroup);

/* Whose the cgroup is, ours being the one with the mark, or the inode, of own (NULL: none is); unknown with errno, when
 * that cannot be read. */
enum cgroup_owner cgroup_owner(int cgroup, const struct record_cgroup *own);

/* Reads the mark of the cgroup at path; "" when there is none. */
int cgroup_find_mark(const char *path, char ret_mark[CGROUP_MARK_MAX], struct error *err);

/* Marks a cgroup that bears no mark. Errors: "the cgroup ... belongs to container ...". */
int cgroup_mark(int cgroup, const struct record_cgroup *own, struct error *err);
void cgroup_unmark(int cgroup);

/* Kills what is in the container's cgroup and below, if it is there. */
int cgroup_kill_own(const struct record_cgroup *own, struct error *err);

/* Opens the container's cgroup. Errors: ENOENT when it is gone, whatever stands in its place. */
int cgroup_open_own(const struct record_cgroup *own, struct error *err);

/* ---- cgroup_fs.c ---- */

/* Makes the cgroup ours, which has to be empty and not frozen. */
int cgroup_claim(int cgroup, const struct record_cgroup *own, struct error *err);

/* Writes the limits but the late ones. */
int cgroup_apply(int cgroup, const struct plan_cgroup *plan, struct error *err);

/* Writes the late ones, when init is the only process there. */
int cgroup_apply_late(int cgroup, const struct plan_cgroup *plan, struct error *err);

/* Writes one limit; says why when its controller is not there. *ret_file is the file that was written, NULL for
 * none. */
int cgroup_write_limit(int cgroup, const struct plan_write *limit, const char **ret_file, struct error *err);

/* Gives the cgroup to a user, as far as the kernel lists files for it (spec: cgroup ownership). */
int cgroup_delegate(int cgroup, uid_t owner, struct error *err);

/* 1 or 0; of a cgroup that was removed meanwhile 0. */
int cgroup_is_frozen(int cgroup, struct error *err);

/* 1 or 0: whether a process that is born there would stand still, since the cgroup or one above is frozen, or is just
 * being. */
int cgroup_is_being_frozen(int cgroup, struct error *err);
/* Fails when it is. */
int cgroup_refuse_frozen(int cgroup, struct error *err);

/* Freezes or thaws every process in the cgroup and below, and waits until the kernel says so, 10 seconds at most; what
 * did not freeze in time is thawed again. */
int cgroup_freeze(int cgroup, bool frozen, struct error *err);

/* Kills every process in the cgroup and below, and waits until they are gone. Errors: ETIMEDOUT after 10 seconds. */
int cgroup_kill_all(int cgroup, struct error *err);

/* Removes the cgroup with everything in it and below, if it is ours, and its parents down to the first `kept`
 * components if they are empty. One that was there before the container becomes nobody's again. unfinished: the create
 * may have been cut short before it marked the cgroup that it had made; then one that is nobody's is removed, too, if
 * it is empty. */
int cgroup_remove(const struct record_cgroup *own, bool unfinished, struct error *err);

/* ---- cgroup_setup.c ---- */

/* Makes the cgroup of a container with its limits, but the late ones. Returns its fd. *ret_ours, set also after a
 * failure, tells whether there may be something that is ours to remove; it stays as it was when nobody knows what was
 * made. own->inode is that of a cgroup that was not there before. */
int cgroup_set_up(const struct plan_cgroup *plan, struct record_cgroup *own, bool *ret_ours, struct error *err);

/* ---- cgroup_controllers.c ---- */

/* Hands down to the cgroup at path in the tree what the cgroups above it have. Those are left as they are when one of
 * them holds processes, below which there are no controllers to be had. */
int cgroup_hand_down(int tree, const char *path, struct error *err);

/* False, too, when that cannot be told. */
bool cgroup_lacks_controller(int cgroup, const char *controller);

/* Says why a limit cannot be: its controller may be out of reach of this cgroup alone, or of the whole tree. Always
 * returns -1. */
int cgroup_refuse_controller(const struct plan_write *limit, struct error *err);

/* ---- cgroup_update.c ---- */

/* Writes new limits to a cgroup in use. When one fails, those before it are put back, newest first. */
int cgroup_update(int cgroup, const struct plan_writes *writes, struct error *err);

/* What a plan for new limits has to know of the old ones; check_memory is left to the caller. */
struct plan_present cgroup_present(int cgroup);

/* ---- cgroup_stats.c ---- */

/* How many processes of the cgroup and below the OOM killer has killed; 0 where that is not counted. */
uint64_t cgroup_oom_kills(int cgroup);

/* ---- cgroup_procs.c ---- */

/* Sends a signal to every process in the cgroup and below. */
int cgroup_signal_all(int cgroup, int signal_number, struct error *err);

/* Appends the pids of every process in the cgroup and below, and sorts them. */
int cgroup_list_processes(int cgroup, struct process_list *list, struct error *err);

/* ---- cgroup_bpf.c ---- */

/* Loads the device rules into the kernel; without a program every device is allowed. */
int cgroup_attach_devices(int cgroup, const struct plan_device_program *program, struct error *err);

/* Takes them away again: what cgroup_attach_devices() attached, and nobody else's. */
void cgroup_detach_devices(int cgroup);

/* ---- cgroup_link.c ---- */

/* Writes the link that names the container's cgroup; nothing when it has none. */
int cgroup_link_make(const struct container *container, const struct record_cgroup *cgroup, struct error *err);

/* Fails when there is a link, and the record does not say the same: EBADMSG. */
int cgroup_link_check(const struct container *container, struct error *err);

/* What the link says, in buffer, be it of another container; path is NULL when it says nothing. */
struct record_cgroup cgroup_link_read(const struct container *container, char buffer[PATH_MAX]);

/* ---- init_link.c ---- */

/* Writes the link that names the process of a container without a cgroup; nothing where a cgroup tells its
 * processes. */
int init_link_make(const struct container *container, const struct record *record, struct error *err);

/* What the link says, in buffer: id, pid, start time and boot, and nothing else. The id is NULL when there is none, the
 * pid 0 when it says nothing. */
struct record init_link_read(const struct container *container, char buffer[PATH_MAX]);

/* ---- delete.c ---- */

/* Kills the container's process and waits for its end, 10 seconds at most. */
int container_kill_process(struct container *container, struct error *err);

/* ---- container.c ---- */

/* Finds the process of the record, if it is still the same one, for pidfd and pid. */
int container_find_process(struct container *container, struct error *err);

/* ---- console.c ---- */

/* The terminal of a process, on its way to who asked for it. */
struct console {
	const char *socket; /* gets it; NULL: nobody listens */
	bool kept;          /* the caller relays it himself */
	bool served;        /* the socket has it */
	int master;         /* of the pty; -1: none, or handed over */
};

/* Hands it to the socket; one that is kept gets the size of the caller's terminal. */
int console_deliver(struct console *console, struct error *err);

/* Keeps a promise after a failure: a manager that waits at the socket gets a pty that leads nowhere (managers.md
 * 0.4). */
void console_give_up(const struct console *console);

/* Opens the terminal of the caller: the standard input, output or error, whichever is the first, or the controlling
 * terminal when they are all redirected. Returns an fd to be closed, or -1 with errno. */
int console_open_own(void);

/* Gives a pty the size of that terminal, if it has one. */
void console_copy_size(int own, int master);

/* Fails when there is none, and a program that was to be connected with it would wait for ever. */
int console_check_own(struct error *err);

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

/* ---- pidfd.c ---- */

/* Passes the pidfd of a process to the listener at path. */
int pidfd_hand_over(const char *path, int pidfd, struct error *err);

/* ---- agent.c ---- */

/* Passes a seccomp listener to its agent (spec: config-linux.md, the container process state). */
int agent_send(const struct container *container, int listener, enum oci_status status, struct error *err);
