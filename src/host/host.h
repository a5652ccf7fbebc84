/* The host's side: everything that runs in the runtime namespaces.
 *
 * A bundle is what the caller has, a container what exists: a state directory, a cgroup, a process. Creating claims the
 * three in this order, each behind a destructor; deleting calls the same destructors on what the state directory
 * remembers. */
#pragma once

#include "base/error.h"
#include "base/table.h"
#include "hooks.h"
#include "plan/handles.h"
#include "plan/plan.h"

#include "ocispec.h"

#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- document.c: documents that libocispec knows ---- */

/* Parses a text; name is for messages. NULL with *err when there is anything wrong with it: one line a problem. The log
 * is told of properties that nobody knows. */
struct oci_document *document_parse(const struct oci_type *type, const char *name, const char *text, size_t length,
	struct error *err);

/* The same of a file of ours below the directory dir, of at most max bytes, of which the log is told nothing. */
struct oci_document *document_read(const struct oci_type *type, int dir, const char *name, size_t max,
	struct error *err);

/* As document_parse(), of a file that the caller has named, which may be a pipe. */
struct oci_document *document_read_named(const struct oci_type *type, const char *name, size_t max, struct error *err);

/* Names the properties of a document that nobody knows and that are ignored: to who debugs; those that look like a slip
 * are a warning with what may have been meant. */
void document_tell_unknown(struct oci_document *document, const char *name);

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

/* True when id is a name for a container: letters, digits and "_+-.", no dash in front, neither "." nor "..", at most
 * 1024 bytes. */
bool root_id_is_valid(const char *id);

/* The ids of the containers in a state root. */
struct root_ids {
	char **items;
	size_t n;
};

/* Reads them, sorted. What cannot be a container, a directory with such a name, is somebody else's, and left out. */
int root_list(int root, struct root_ids *ret_ids, struct error *err);
void root_ids_free(struct root_ids *ids);

/* ---- container.c: one container's directory, record and status ---- */

struct record_cgroup {
	char *path;    /* in the v2 tree; NULL: none of its own */
	char *mark;    /* what the cgroup bears as long as it is the container's */
	uint32_t kept; /* how many leading components were there before us and stay */
	/* Of a directory that we made, which no other one ever has (until the next boot): the mark can be taken away
	 * from within. 0: not known. */
	uint64_t inode;
};

struct record_rdt {
	char *group;    /* in resctrl, "/" for its root; NULL: none */
	bool own;       /* made for this container, and removed with it */
	bool monitored; /* it has the monitoring group of the container */
};

/* What does not change, as <root>/<id>/state.json has it. */
struct record {
	uint32_t version;
	char *id; /* NULL in those of older versions */
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
	bool shares_pids; /* it has no pid namespace of its own, which would end with its first process */
	bool has_filter;  /* the compiled seccomp filter is beside the record, for exec */
	uint32_t filter_flags;
	bool filter_notifies;
	bool filter_at_start; /* `start` loads it, not create */
	char *listener_path;  /* of the seccomp agent */
	char *listener_metadata;
	/* The numbers of the mounts at rootfs of a container without a mount namespace; 0: none. */
	uint64_t root_mount;
	uint64_t mask_mount;
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
	int pidfd;        /* of the init process while it lives, else -1 */
	pid_t pid;        /* the same as a number; 0 */
	bool first_ended; /* its first thread has ended, and others live */
	bool locked;      /* we hold its lock: nobody else is at work on it */
	bool creating;    /* somebody was at work on it when its record, which has no process yet, was read */
};

/* An empty container: what container_close() accepts. */
#define CONTAINER_NONE ((struct container){ .root = -1, .dir = -1, .pidfd = -1 })

/* Makes <root>/<id> and locks it. Errors: EEXIST "container with given ID already exists". */
int container_claim(int root, const char *id, struct container *ret_container, struct error *err);

/* Opens an existing container to look at it, and finds its process. Never waits: what is read may be changed by whoever
 * is at work on it. Errors: ENOENT "container does not exist", also while it is being claimed; EBADMSG for a record that
 * cannot be read, with the container open all the same for container_delete_damaged(). */
int container_open(int root, const char *id, struct container *ret_container, struct error *err);

/* The same to change it: takes the container's lock, which every operation that changes its state holds, and then reads
 * what the operation before has left. Waits up to 30 seconds for the lock, which container_close() gives back. */
int container_open_locked(int root, const char *id, struct container *ret_container, struct error *err);

/* Reads the container's copy of its config.json, which later operations go by: the one in the bundle may be another by
 * now. The root of *ret_document is a struct oci_config; free it with oci_free(). Errors: a copy that is gone or
 * damaged. */
int container_config(const struct container *container, struct oci_document **ret_document, struct error *err);

/* Sets *err to what every command says of an unknown id. Always returns -1. */
int container_missing(const char *id, struct error *err);
/* The same of one whose processes have ended, in the words that managers look for. */
int container_not_running(struct error *err);

/* Takes the lock once more, of a container that was opened. What its record says has not changed meanwhile if it had a
 * process. Errors: ENOENT when it was removed. */
int container_lock(struct container *container, struct error *err);
/* The same without waiting. */
bool container_try_lock(struct container *container);
void container_unlock(struct container *container);

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
extern const char container_record_name[];
extern const char container_config_name[]; /* the copy of config.json that later operations go by */
extern const char container_filter_name[]; /* the compiled seccomp filter: struct sock_filter[] */

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
	void (*life)(const struct plan *plan, struct handles *handles) __attribute__((noreturn));
	void (*stage)(const struct plan *plan, struct handles *handles) __attribute__((noreturn)); /* of create alone */
};

/* create.c: creates a container, all or nothing. *ret_container, which may be NULL, is the container, opened and
 * locked. *ret_terminal is the pty master when options->keep_terminal asked for it and the config has a terminal, else
 * -1. */
int container_create(const struct create_options *options, const struct init_entry *entry,
	struct container *ret_container, int *ret_terminal, struct error *err);

/* start.c: starts a created container, which is locked. A hook that fails stops and removes it, as the spec says. */
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

/* kill.c: sends a signal to the container's first process, or to all. One that would end a process ends a created
 * container; SIGKILL reaches all where there is no pid namespace that would end. */
int container_kill(struct container *container, int signal_number, bool all, struct error *err);

/* signals.c: the number of "KILL", "SIGKILL", "9", "RTMIN+1"; or -1. "0" is kill(2)'s question whether anybody is there. */
int signal_parse(const char *text);
/* The signals by their names, without those that have none but RTMIN and its like. */
extern const struct table_row signal_names[];

/* pause.c: suspends a running or created container, all or nothing, and lets a paused one go on. It is locked. Errors: "container not running", "container not paused"; a freezer that does not act within 10
 * seconds. */
int container_pause(const struct container *container, struct error *err);
int container_resume(const struct container *container, struct error *err);

/* update.c: changes the limits of a running, created or paused container, all or nothing (spec: config-linux.md,
 * control groups). The root of the document is a struct oci_resources, and resources is what to make of it; device
 * rules in it are left alone, as managers expect who send the whole spec. Of rdt the schemata count, which become those
 * of the container's class of service, whoever else is in it. The container is locked. Errors: "container not
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
	pid_t pid; /* of the process whose pidfd is given; 0: not known */
	int cgroup;
	int resctrl; /* -1: the container is in no class of service */
	struct record_rdt rdt;
};
int events_follow(const struct events_source *source, int pidfd, int out, long interval_ms, struct error *err);

/* cgroup_procs.c: pids on the host, in ascending order. */
struct process_list {
	pid_t *pids;
	size_t n;
};

#define cleanup_process_list __attribute__((cleanup(process_list_free)))
void process_list_free(struct process_list *list);

/* ps.c: all processes in the container's cgroup and below; *list is empty before. None when the cgroup is gone. */
int container_processes(const struct container *container, struct process_list *list, struct error *err);
/* Appends the table that the host's ps(1) prints when it is called with n words ("-ef" if there are none), reduced to
 * its heading and the lines of these processes, which are told by the word under PID: a column with blanks must not
 * come before. Errors: what ps fails with; a table without a column PID. */
int process_list_table(const struct process_list *list, char *const *words, size_t n, struct text *out,
	struct error *err);
/* The part of it that chooses the lines of ps's output, which is cut to pieces by that. */
int process_list_filter(const struct process_list *list, char *output, struct text *out, struct error *err);

/* delete.c: removes a stopped or created container, or any with force; it is locked. Poststop hooks run last. */
int container_delete(struct container *container, bool force, struct error *err);
/* delete_damaged.c: removes a container whose record cannot be read, or is not to be trusted, with what its cgroup
 * holds. Errors: nothing is left that tells which processes are its own. */
int container_delete_damaged(struct container *container, struct error *err);

/* The code of a process that joins the container of a pidfd to change its mounts; proc is a private procfs. */
struct mounts_entry {
	void (*add)(const struct plan *plan, struct handles *handles, int container, int proc)
		__attribute__((noreturn));
	void (*remove)(const struct plan *plan, struct handles *handles, int container, int proc)
		__attribute__((noreturn));
};

/* mounts.c: adds the mounts that file lists, an array as in config.json, to a container with a process; or removes what
 * is mounted at their destinations. All or none, but for what a remount changes. The container is locked. *err names
 * places as FILE:line:column. */
int container_change_mounts(struct container *container, const char *file, bool removes,
	const struct mounts_entry *entry, struct error *err);

struct notify;

/* foreground.c: makes orphans of the container children of this process, so that somebody reaps them where the
 * container has no pid namespace, and thereby no init, of its own. */
int foreground_adopt_orphans(struct error *err);
/* Reaps what of them has ended; never the process init (0: none), whose exit code is waited for elsewhere. */
void foreground_reap_orphans(pid_t init);
/* The signalfd that the signals for the container are read from; before it is started. Returns -1 with *err. */
int foreground_open_signals(struct error *err);
/* Stays with a process of a container, a child of ours, until it ends: forwards signals and what it notifies of (NULL:
 * nobody wants to know), relays the terminal (*terminal -1: none), whose end the program is told of: at the end of our
 * input it reads the end of file, and when nobody takes its output any more we close *terminal, which is a hang-up.
 * *ret_code is the exit code of the process, 128+n for signal n; *ret_signal is n, or 0 when it was no signal. */
int foreground_wait(pid_t pid, int pidfd, int *terminal, int signals, struct notify *notify, int *ret_code,
	int *ret_signal, struct error *err);

/* killed.c: warns of a program of the container that a signal has ended, when it is known why: its filter, low limits,
 * or no memory. */
void killed_tell(const struct container *container, int signal);

/* notify.c: what the program says with sd_notify(3) goes on to our own service manager. */
struct notify {
	int container; /* the socket that the program writes to; -1: nobody wants to know */
	int host;      /* connected to NOTIFY_SOCKET */
	bool sent;     /* the manager was told something */
	bool ready;    /* that the program is ready */
	bool deaf;     /* it did not take something in time */
	bool holds;    /* there is a message that it has no room for now, */
	struct notify_message *held;
	long held_until_ms; /* kept until then */
};

#define NOTIFY_NONE ((struct notify){ .container = -1, .host = -1 })

/* Whether the environment names a service manager's socket. Fails for an address of an unknown kind. */
int notify_wanted(bool *ret_wanted, struct error *err);
/* Makes the directory for the container's socket. Returns a detached, read-only copy of its mount, for the
 * container. */
int notify_make_directory(const struct container *container, struct error *err);
/* Opens both sockets, before the start; nothing when one of them is not wanted. */
int notify_open(const struct container *container, struct notify *ret_notify, struct error *err);
/* What has to happen until there is something to pass on: for poll(2). */
struct pollfd notify_poll(const struct notify *notify);
/* Milliseconds until notify_forward() has to be called all the same: it gives up a message; -1: never. */
int notify_left_ms(const struct notify *notify);
/* Passes on what is there, 32 messages at most, and never waits: what the manager has no room for is kept for it, for 5
 * seconds. Returns true when the program was ready, and the manager knows main_pid as the service's process. */
bool notify_forward(struct notify *notify, pid_t main_pid);
/* Passes on what comes until the program is ready, or has ended. Fails for a signal (base/interrupt.h). */
int notify_wait(struct notify *notify, const struct container *container, struct error *err);
/* Waits, at most 30 seconds, until the manager has read what it was told, or for a signal. */
void notify_close(struct notify *notify);

/* ---- what the commands ask before ---- */

/* kernel.c: fails on a kernel older than 5.14, and says so. */
int kernel_check(struct error *err);

/* exeseal.c: makes sure that no container can write to this program's file through /proc/PID/exe (CVE-2019-5736): runs
 * it again from a read-only mount, or from a sealed copy where no mount can be made. Returns when that is already
 * so. */
int exeseal_enter(char *const argv[], struct error *err);

/* userns.c: true in the machine's own user namespace. Elsewhere root may make neither device nodes nor device
 * filters. */
bool userns_is_initial(void);

/* rootless.c: for who has no CAP_SYS_ADMIN in his user namespace, and so may neither copy mounts nor make or join
 * namespaces but by way of a user namespace. */
bool rootless_is_needed(void);
