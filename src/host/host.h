/* What a runtime does with containers, a file each verb. Everything here runs on the host, in the runtime namespaces.
 *
 * A bundle is what the caller has, a container what exists: a state directory, a cgroup, a process. Creating claims the
 * three in this order, each behind a destructor; deleting calls the same destructors on what the state directory
 * remembers. The rooms below this one have the parts: container/, cgroup/, resctrl/, stats/, spawn/ and attach/. */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "host/attach/attach.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"
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

/* create.c: creates a container, all or nothing. *ret_container, which may be NULL, is the container, opened and
 * locked. *ret_terminal is the pty master when options->keep_terminal asked for it and the config has a terminal, else
 * -1. */
int container_create(const struct create_options *options, struct container *ret_container, int *ret_terminal,
	struct error *err);

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
int container_exec(const struct container *container, const struct exec_options *options, struct executed *ret_executed,
	struct error *err);
/* Kills it and waits for its end. */
void container_exec_end(const struct executed *executed);

/* kill.c: sends a signal to the container's first process, or to all. One that would end a process ends a created
 * container; SIGKILL reaches all where there is no pid namespace that would end. */
int container_kill(struct container *container, int signal_number, bool all, struct error *err);

/* pause.c: suspends a running or created container, all or nothing, and lets a paused one go on. It is locked. Errors:
 * "container not running", "container not paused"; a freezer that does not act within 10 seconds. */
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
/* ps.c: appends the table that the host's ps(1) prints when it is called with n words ("-ef" if there are none),
 * reduced to its heading and the lines of these processes, which are told by the word under PID: a column with blanks
 * must not come before. Errors: what ps fails with; a table without a column PID. */
int process_list_table(const struct process_list *list, char *const *words, size_t n, struct text *out,
	struct error *err);
/* The part of it that chooses the lines of ps's output, which is cut to pieces by that. */
int process_list_filter(const struct process_list *list, char *output, struct text *out, struct error *err);

/* delete.c: removes a stopped or created container, or any with force; it is locked. Poststop hooks run last. */
int container_delete(struct container *container, bool force, struct error *err);
/* delete_damaged.c: removes a container whose record cannot be read, or is not to be trusted, with what its cgroup
 * holds. Errors: nothing is left that tells which processes are its own. */
int container_delete_damaged(struct container *container, struct error *err);

/* change_mounts.c: adds the mounts that file lists, an array as in config.json, to a container with a process; or
 * removes what is mounted at their destinations. All or none, but for what a remount changes. The container is locked.
 * *err names places as FILE:line:column. */
int container_change_mounts(struct container *container, const char *file, bool removes, struct error *err);

/* killed.c: warns of a program of the container that a signal has ended, when it is known why: its filter, low limits,
 * or no memory. */
void killed_tell(const struct container *container, int signal);
