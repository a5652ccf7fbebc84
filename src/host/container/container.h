/* A container: what exists of it on the host, a directory below the state root, its record, its processes. Runs on the
 * host. The cgroup is a room of its own. */
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
	char *path;                    /* absolute, without links */
	struct oci_document *document; /* root: struct oci_config */
	char *text;
	size_t length;
};

/* Reads and parses DIRECTORY/NAME. A config with problems is an error with one line a problem. */
int bundle_load(const char *directory, const char *name, struct bundle *ret_bundle, struct error *err);
void bundle_free(struct bundle *bundle);

/* ---- state_root.c: the directory of all containers ---- */

/* Opens the directory of all containers: path, or the default for this user when it is NULL. With make it is made
 * (0700). Errors: ENOENT when it is not there and make is false; refused when others can write to it. */
int root_open(const char *path, bool make, struct error *err);

/* True when id is a name for a container: letters, digits and "_+-.", no dash in front, neither "." nor "..", at most
 * 1024 bytes. */
bool root_id_is_valid(const char *id);

/* Lists the ids of the containers in a state root, in the order of strcmp(3): the names of its directories that
 * root_id_is_valid() accepts; anything else there is left out. string_list_free() is the caller's to call. */
int root_list(int root, struct string_list *ret_ids, struct error *err);

/* ---- container.c: one container's directory and record ---- */

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
	struct cgroup_claim cgroup;
	struct resctrl_claim rdt;
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

/* ---- processes.c ---- */

/* Finds the process of the record, if it is still the same one, for pidfd and pid. */
int container_find_process(struct container *container, struct error *err);

/* Lists all processes in the container's cgroup and below; *list is empty before. None when the cgroup is gone. */
int container_processes(const struct container *container, struct process_list *list, struct error *err);

/* Kills the container's process and waits for its end, 10 seconds at most. */
int container_kill_process(struct container *container, struct error *err);

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

/* ---- hooks.c ---- */

/* Run the hooks of a container that is there. The first poststart hook that fails ends the round; a
 * poststop hook that fails, or cannot be read, is a warning. */
int container_run_poststart(const struct container *container, struct error *err);
void container_run_poststop(const struct container *container);
