/* What a runtime does with containers: the verbs, one file each. All of it runs on the host, in the namespaces of
 * tare's own process.
 *
 * A bundle is what the caller has; a container is what exists on the host: a state directory, a cgroup, a process.
 * create makes the three in this order and undoes each by a destructor when it fails; delete calls the same destructors
 * for what the state directory names. The rooms below have the parts: container/, cgroup/, resctrl/, stats/, spawn/ and
 * attach/. Functions return 0 or what they say, or -1 with *err. */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "host/attach/attach.h"
#include "host/cgroup/cgroup.h"
#include "host/cgroup/transient.h"
#include "host/container/container.h"
#include "host/stats/stats.h"
#include "plan/plan.h"

#include "ocispec.h"

#include <stdbool.h>
#include <sys/types.h>

struct create_options {
	const char *root; /* --root, or NULL */
	const char *id;
	const char *bundle;
	const char *config; /* the name of config.json in the bundle */
	const char *pid_file;
	const char *console_socket;
	const char *pidfd_socket;
	const char *seccomp_agent; /* the path of the agent's socket, of an environment variable; or NULL */
	struct activation activation;
	bool notify;        /* NOTIFY_SOCKET names a service manager's socket */
	bool keep_terminal; /* the caller relays the pty itself (attached run) */
	bool detached;      /* the caller ends while the container runs */
	bool no_new_keyring;
	bool no_pivot;
	bool cgroup_disabled;
	bool cgroup_systemd;        /* the cgroup is that of a systemd unit */
	bool systemd_user;          /* of the systemd that runs for the user */
	const char *systemd_helper; /* the path of tare-systemd, or NULL */
	/* a user without the right to make a cgroup gets none, unless a limit needs it (--rootless) */
	bool cgroup_optional;
	unsigned int preserve_fds;
};

/* create.c: creates a container, all or nothing. *ret_container, if ret_container is not NULL, becomes the container,
 * open and locked. *ret_terminal becomes the pty master when options->keep_terminal asks for it and the config has a
 * terminal, else -1. */
int container_create(const struct create_options *options, struct container *ret_container, int *ret_terminal,
	struct error *err);

/* start.c: starts a created container, which the caller has locked. When a hook fails, the container is stopped and
 * deleted (spec: runtime.md, lifecycle). */
int container_start(struct container *container, struct error *err);

struct exec_options {
	struct plan_exec_options plan; /* id and bundle are filled in */
	const char *process_file;      /* a process document, or NULL */
	const char *cgroup;            /* below the container's own, or NULL */
	const char *pid_file;
	const char *pidfd_socket;
	const char *console_socket;
	bool keep_terminal; /* these two: as in create_options */
	bool detached;
	bool ignore_paused;
	const char *wait_fifo; /* the fifo whose reader lets the process execute its program, or NULL */
	/* When the time is up, on clock_ms(): the process gets a cgroup of its own, and the start fails with
	 * ERROR_TIMED_OUT then; 0: never. */
	long deadline_ms;
};

/* A process that exec has started, a child of tare's own process. */
struct executed {
	pid_t pid;
	int pidfd;
	int terminal; /* the pty master when options->keep_terminal asked for it, else -1 */
	struct cgroup_transient cgroup;
};

/* exec.c: starts one more process in a created or running container, and returns when its program runs; with detached
 * and a wait_fifo when the process waits for the reader of the fifo. After a failure no process is left. Errors: those
 * that managers match on (container/verbs.c), and a program that cannot be found or executed. */
int container_exec(const struct container *container, const struct exec_options *options, struct executed *ret_executed,
	struct error *err);
/* Kills the process and waits for its end. */
void container_exec_end(const struct executed *executed);
/* When the process has ended, or was left running: kills what is left in its own cgroup, if it has one, and removes
 * that; closes the files. What cannot be removed is a warning. */
void container_exec_close(struct executed *executed);

/* kill.c: sends a signal to the container's init, or with all to each of its processes. A signal that ends a process by
 * default ends a created container. SIGKILL goes to all processes of a container without a pid namespace of its own.
 * Errors: "container not running". */
int container_kill(struct container *container, int signal_number, bool all, struct error *err);

/* pause.c: freezes the processes of a running or created container, all of them or none, and thaws those of a paused
 * one. The caller has locked the container. Errors: "container not running", "container not paused"; not all processes
 * froze within 10 seconds. */
int container_pause(const struct container *container, struct error *err);
int container_resume(const struct container *container, struct error *err);

struct update_options {
	/* how long memory may be reclaimed before a lower limit is set, which fails when more is in use then; 0: the
	 * kernel may kill processes for it */
	uint32_t reclaim_seconds;
	const char *systemd_helper; /* the path of tare-systemd, or NULL */
};

/* update.c: changes the limits of a running, created or paused container, all or none (spec: config-linux.md, control
 * groups). The root of the document is a struct oci_resources; resources is the part to apply. Device rules in it
 * replace the container's rules, unless the list is empty. The schemata of rdt become those of the container's
 * class of service, also for other containers in it. A container with a systemd unit gets its limits as properties of
 * the unit, too. The caller has locked the container. Errors: "container not running"; number 0 and text "" when the
 * document has problems now, which the caller reports. */
int container_update(const struct container *container, struct oci_document *document,
	const struct oci_resources *resources, const struct oci_intel_rdt *rdt, const struct update_options *options,
	struct error *err);

/* events.c: writes lines of JSON to out, in the layout of runc: what the container uses, every interval_ms
 * milliseconds, and OOM kills when they happen, until the container ends or the other end of out is closed. With an
 * interval of 0 it writes one line and returns. Errors: "container with id ID is not running". */
int container_events(const struct container *container, int out, long interval_ms, struct error *err);

/* watch.c: looks at containers again and again, for `stats`: at those with the ids, or with n = 0 at all below the
 * state root, which is --root or NULL. brief: reads only what the table shows. watch_close() ends what watch_open() has
 * begun. */
struct watch;
struct watch *watch_open(const char *root, char *const *ids, size_t n, bool brief, struct error *err);
void watch_close(struct watch *watch);
/* Looks once. A container that is not there any more is left out, and one that cannot be read is, with a warning.
 * Errors of the first look: a container that is named is not there or cannot be read; the only one that is named is not
 * running, or has no cgroup of its own. */
int watch_look(struct watch *watch, struct error *err);
/* What the last look has found, in the order of the ids. It belongs to the watch, until the next look. */
const struct sample *watch_samples(const struct watch *watch, size_t *ret_n);
/* True when containers were named and none of them runs any more. */
bool watch_is_over(const struct watch *watch);

/* ps.c: runs the host's ps(1) with n words ("-ef" if n is 0), and appends the heading of its table and the lines of the
 * processes in the list. The word in the column PID says which process a line is about; no column before it may have
 * blanks in it. Errors: what ps prints when it fails; a table without a column PID. */
int process_list_table(const struct process_list *list, char *const *words, size_t n, struct text *out,
	struct error *err);
/* Appends the heading and the lines of the processes in the list from an output of ps, which it changes. */
int process_list_filter(const struct process_list *list, char *output, struct text *out, struct error *err);

/* A seccomp filter to look at. */
struct filter_view {
	struct bundle bundle;    /* of a filter that is not in use: else only the document */
	struct plan plan;        /* with the filter */
	bool stored;             /* it is that of a container */
	bool refused;            /* create would refuse it: the problems of the document say why */
	size_t earlier_warnings; /* of the plan, which are not about names in the policy */
};

/* filter_view.c: the filter that a container of this bundle would have, or that a container has. Changes nothing.
 * agent: as in create_options. Errors: there is no filter; the configuration has other problems. The caller calls
 * filter_view_free(), also after a failure. */
int filter_view_of_bundle(const char *directory, const char *config, const char *agent, struct filter_view *ret,
	struct error *err);
int filter_view_of_container(const struct container *container, struct filter_view *ret, struct error *err);
void filter_view_free(struct filter_view *view);

/* delete.c: deletes a stopped or created container, or with force any; the caller has locked it. Poststop hooks run
 * last. */
int container_delete(struct container *container, bool force, struct error *err);
/* delete_damaged.c: deletes a container whose record cannot be read, or contradicts its links, with the processes of
 * its cgroup. Errors: nothing tells which processes are its own. */
int container_delete_damaged(struct container *container, struct error *err);

/* change_mounts.c: adds the mounts of a file, a list as in config.json, to a container with a process; or removes the
 * mounts at their destinations. All or none, except that what a remount has changed stays. The caller has locked the
 * container. *err names places as FILE:line:column. */
int container_change_mounts(struct container *container, const char *file, bool removes, struct error *err);

/* killed.c: begins to watch the container's cgroup for a lack of memory. *ret_cgroup is an fd for the caller to close
 * after the watch, or -1. */
struct oom_watch killed_watch(const struct container *container, int *ret_cgroup);

/* killed.c: logs why a signal has ended a program of the container, if that is known: its seccomp filter, low limits,
 * or lack of memory. */
void killed_log(const struct container *container, int signal, const struct oom_watch *memory);
