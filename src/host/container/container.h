/* A container: what exists of it on the host: a directory below the state root, its record, its processes. Runs on the
 * host. Its cgroup is a room of its own (host/cgroup/). Functions return 0 or what they say, or -1 with *err. */
#pragma once

#include "base/error.h"
#include "base/string_list.h"
#include "host/cgroup/cgroup.h"
#include "host/resctrl/resctrl.h"

#include "ocispec.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- bundle.c: config.json, read once ---- */

struct bundle {
	char *path;                    /* absolute, all links resolved */
	struct oci_document *document; /* root: struct oci_config */
	char *text;
	size_t length;
};

/* Reads and parses the file name below the bundle's directory. Errors: a config with problems gives one line for each
 * of them. */
int bundle_load(const char *directory, const char *name, struct bundle *ret_bundle, struct error *err);
void bundle_free(struct bundle *bundle);

/* ---- state_root.c: the directory of all containers ---- */

/* Opens the state root, the directory of all containers: path, or if it is NULL the default of this user. With make, a
 * directory that does not exist is made with mode 0700. Returns its fd. Errors: ENOENT when it does not exist and make
 * is false; EPERM when another user owns it or can write to it. */
int root_open(const char *path, bool make, struct error *err);

/* True when id is a valid name of a container: letters, digits and "_+-.", no dash in front, neither "." nor "..", 1 to
 * 1024 bytes. */
bool root_id_is_valid(const char *id);

/* Lists the ids of the containers in a state root, in the order of strcmp(3): the names of its directories that
 * root_id_is_valid() accepts; anything else there is left out. string_list_free() is the caller's to call. */
int root_list(int root, struct string_list *ret_ids, struct error *err);

/* ---- container.c: one container's directory and record ---- */

/* The facts of a container that do not change while it exists, as <root>/<id>/state.json has them. */
struct record {
	uint32_t version;
	char *id; /* NULL in a record that an older version wrote */
	char *bundle;
	char *rootfs;
	char *created; /* RFC 3339, UTC, nanoseconds */
	char *owner;   /* the user who ran create, by name or number */
	char *oci_version;
	char *boot_id;
	int64_t pid; /* of init; 0 until it is cloned */
	uint64_t start_time;
	bool has_hooks;   /* poststart or poststop hooks to run */
	bool has_process; /* the config has one to start */
	bool shares_pids; /* the container has no pid namespace of its own, which the kernel would kill with its init */
	bool has_filter;  /* the compiled seccomp filter is kept in the container's directory, for exec */
	uint32_t filter_flags;
	bool filter_notifies;
	bool filter_at_start; /* init loads it in start and not in create */
	char *listener_path;  /* of the seccomp agent */
	char *listener_metadata;
	/* The mount IDs (statx(2), STATX_MNT_ID_UNIQUE) of what is mounted at rootfs for a container without a mount
	 * namespace; 0: nothing. */
	uint64_t root_mount;
	uint64_t mask_mount;
	struct cgroup_claim cgroup;
	struct resctrl_claim rdt;
	struct oci_string_map annotations;
};

struct container {
	int root;
	int dir; /* <root>/<id> */
	const char *id;
	struct oci_document *document; /* of the record, when it was read from state.json; else NULL */
	const struct record *record;
	int pidfd;        /* of init while it lives, else -1 */
	pid_t pid;        /* the pid of init while it lives, else 0 */
	bool first_ended; /* the first thread of init has ended, and others live */
	bool locked;      /* this process holds the container's lock: no other process changes it */
	bool creating;    /* another process held the lock when the record was read, which names no process yet */
};

/* An empty container: what container_close() accepts. */
#define CONTAINER_NONE ((struct container){ .root = -1, .dir = -1, .pidfd = -1 })

/* Makes <root>/<id> and locks it. Errors: EEXIST "container with given ID already exists". */
int container_claim(int root, const char *id, struct container *ret_container, struct error *err);

/* Opens an existing container to look at it, and finds its init. Takes no lock and never waits: another process may be
 * changing what is read. Errors: ENOENT "container does not exist", also while another process makes its directory;
 * EBADMSG for a record that cannot be read, in which case the container is open all the same, for
 * container_delete_damaged(). */
int container_open(int root, const char *id, struct container *ret_container, struct error *err);

/* The same to change the container: takes its lock, which every command that changes its state holds, and then reads
 * the record. Waits up to 30 seconds for the lock, which container_close() gives back. Errors: "container ... is busy
 * with another operation", too. */
int container_open_locked(int root, const char *id, struct container *ret_container, struct error *err);

/* Reads the container's copy of config.json. Commands after create read this one, since the bundle's may have been
 * changed. The root of *ret_document is a struct oci_config; free it with oci_free(). Errors: the copy is gone or
 * damaged. */
int container_config(const struct container *container, struct oci_document **ret_document, struct error *err);

/* Sets *err to what every command says of an unknown ID. Always returns -1. */
int container_missing(const char *id, struct error *err);

/* Takes the lock of a container that is open; waits up to 30 seconds. The record stays as it was read, and is right if
 * it names a process. Errors: ENOENT when the container was deleted meanwhile. */
int container_lock(struct container *container, struct error *err);
/* The same without waiting; false when another process has the lock. */
bool container_try_lock(struct container *container);
void container_unlock(struct container *container);

/* Writes the record to state.json, in one rename(2). */
int container_save(const struct container *container, const struct record *record, struct error *err);

/* Finds the status of a container from what exists: its init, the start gate, the freezer. It is stored nowhere. Never
 * waits. Errors: a look that fails for want of memory or file descriptors, which says nothing about the container. */
int container_status(const struct container *container, enum oci_status *ret_status, struct error *err);
/* The same for start: *ret_gate, which is -1 before, becomes the connection to the init of a created container. Waits
 * for init to accept it. Errors: ETIMEDOUT when it does not. */
int container_status_and_gate(const struct container *container, enum oci_status *ret_status, int *ret_gate,
	struct error *err);

/* The state document (spec: runtime.md, state). Strings belong to the container. */
struct oci_state container_state(const struct container *container, enum oci_status status);

/* Removes the container's directory with everything in it. */
int container_remove_state(const struct container *container, struct error *err);
void container_close(struct container *container);

/* the socket in the container's directory at which the init of a created container listens: "gate" */
extern const char container_gate_name[];
extern const char container_gate_new_name[]; /* its name until the create commits: "gate.new" */
extern const char container_record_name[];
extern const char container_config_name[]; /* the container's copy of the config: "config.json" */
extern const char container_filter_name[]; /* the compiled seccomp filter, an array of struct sock_filter: "seccomp" */

/* ---- verbs.c: which status a verb takes ---- */

enum container_verb {
	CONTAINER_START,
	CONTAINER_EXEC,
	CONTAINER_EXEC_IGNORING_PAUSED, /* exec --ignore-paused */
	CONTAINER_KILL,
	CONTAINER_PAUSE,
	CONTAINER_RESUME,
	CONTAINER_UPDATE,
	CONTAINER_CHANGE_MOUNTS,
	CONTAINER_EVENTS,
	CONTAINER_DELETE,
};

/* Fails, in the words that managers match on, when the verb does not take a container of this status. kill and events
 * look at the process alone, and ask with OCI_STATUS_STOPPED when there is none. */
int container_check_status(const struct container *container, enum container_verb verb, enum oci_status status,
	struct error *err);

/* The same for the status that container_status() finds. Errors: those of container_status(), too. */
int container_check_verb(const struct container *container, enum container_verb verb, struct error *err);

/* ---- processes.c ---- */

/* Finds init and opens container->pidfd, if the process with the recorded pid has the recorded start time and boot. A
 * process that has ended is no error. */
int container_find_process(struct container *container, struct error *err);

/* Lists all processes in the container's cgroup and below; *list is empty before. A cgroup that is gone has none.
 * Errors: the container has no cgroup. */
int container_processes(const struct container *container, struct process_list *list, struct error *err);

/* Kills init, if it lives, and waits for its end, 10 seconds at most. */
int container_kill_process(struct container *container, struct error *err);

/* ---- joinable.c ---- */

/* The process or thread by which a container's namespaces are joined (setns(2)). */
struct joinable {
	int pidfd;     /* its pidfd; -1: that of init, container->pidfd */
	char proc[64]; /* its directory in /proc */
};

#define JOINABLE_NONE ((struct joinable){ .pidfd = -1 })

/* Finds a process or thread of a container with an init, to be joined: init itself; where the first thread of init has
 * ended, by which nothing can be joined, another thread of init, or before Linux 6.9 another process in the same
 * namespaces. */
int joinable_find(const struct container *container, struct joinable *ret_joinable, struct error *err);

/* ---- hooks.c ---- */

/* Run the hooks of a container. The first poststart hook that fails is the error, and no further one runs. A poststop
 * hook that fails or cannot be read is a warning, and the others run. */
int container_run_poststart(const struct container *container, struct error *err);
void container_run_poststop(const struct container *container);
