/* config.json of the OCI runtime specification 1.3, for Linux, as plain C structs (spec: config.md).
 *
 * Member names follow the JSON names in snake case. A pointer to a struct is an optional object. */
#pragma once

#include "ocispec/linux.h"
#include "ocispec/types.h"

struct oci_root {
	char *path; /* absolute, or relative to the bundle */
	bool readonly;
};

struct oci_mount {
	char *destination; /* absolute; a relative one means relative to "/" */
	char *source;
	char *type; /* file system type; ignored for bind mounts */
	struct oci_strings options;
	struct oci_id_mappings uid_mappings;
	struct oci_id_mappings gid_mappings;
};

struct oci_mounts {
	size_t n;
	struct oci_mount *items;
};

/* A text that is only an array of mounts. */
struct oci_mount_file {
	struct oci_mounts mounts;
};

/* Both members are required, but the whole is to be ignored without a terminal, also when it is not complete. */
struct oci_console_size {
	struct oci_opt_u64 height; /* characters */
	struct oci_opt_u64 width;
};

struct oci_user {
	uint32_t uid; /* as seen in the container */
	uint32_t gid;
	struct oci_opt_u32 umask;
	struct oci_ids additional_gids;
	char *username; /* Windows only; parsed, not used */
};

struct oci_capabilities {
	struct oci_strings bounding;
	struct oci_strings effective;
	struct oci_strings inheritable;
	struct oci_strings permitted;
	struct oci_strings ambient;
};

struct oci_rlimit {
	char *type; /* "RLIMIT_NOFILE" and so on */
	uint64_t soft;
	uint64_t hard;
};

struct oci_rlimits {
	size_t n;
	struct oci_rlimit *items;
};

enum oci_sched_policy {
	OCI_SCHED_UNSET,
	OCI_SCHED_OTHER,
	OCI_SCHED_FIFO,
	OCI_SCHED_RR,
	OCI_SCHED_BATCH,
	OCI_SCHED_ISO,
	OCI_SCHED_IDLE,
	OCI_SCHED_DEADLINE,
};

enum oci_sched_flag {
	OCI_SCHED_FLAG_UNSET,
	OCI_SCHED_FLAG_RESET_ON_FORK,
	OCI_SCHED_FLAG_RECLAIM,
	OCI_SCHED_FLAG_DL_OVERRUN,
	OCI_SCHED_FLAG_KEEP_POLICY,
	OCI_SCHED_FLAG_KEEP_PARAMS,
	OCI_SCHED_FLAG_UTIL_CLAMP_MIN,
	OCI_SCHED_FLAG_UTIL_CLAMP_MAX,
};

struct oci_scheduler {
	enum oci_sched_policy policy;
	int32_t nice;
	int32_t priority;
	struct oci_enums flags; /* enum oci_sched_flag */
	uint64_t runtime;       /* nanoseconds, SCHED_DEADLINE only, as the next two */
	uint64_t deadline;
	uint64_t period;
};

enum oci_ioprio_class {
	OCI_IOPRIO_CLASS_UNSET,
	OCI_IOPRIO_CLASS_RT,
	OCI_IOPRIO_CLASS_BE,
	OCI_IOPRIO_CLASS_IDLE,
};

struct oci_io_priority {
	enum oci_ioprio_class ioprio_class; /* JSON: class */
	int32_t priority;                   /* 0 to 7 */
};

struct oci_exec_cpu_affinity {
	char *initial; /* cpu lists: "0-3,7" */
	char *final;
};

struct oci_process {
	bool terminal;
	struct oci_console_size *console_size;
	struct oci_user user;
	struct oci_strings args;
	char *command_line; /* Windows only; parsed, not used */
	struct oci_strings env;
	char *cwd;
	struct oci_capabilities *capabilities;
	struct oci_rlimits rlimits;
	bool no_new_privileges;
	char *apparmor_profile;
	struct oci_opt_i32 oom_score_adj;
	struct oci_scheduler *scheduler;
	char *selinux_label;
	struct oci_io_priority *io_priority;
	struct oci_exec_cpu_affinity *exec_cpu_affinity;
};

struct oci_hook {
	char *path; /* absolute */
	struct oci_strings args;
	struct oci_strings env;
	struct oci_opt_i64 timeout; /* seconds, > 0 */
};

struct oci_hook_list {
	size_t n;
	struct oci_hook *items;
};

struct oci_hooks {
	struct oci_hook_list prestart;
	struct oci_hook_list create_runtime;
	struct oci_hook_list create_container;
	struct oci_hook_list start_container;
	struct oci_hook_list poststart;
	struct oci_hook_list poststop;
};

struct oci_config {
	char *oci_version;
	struct oci_root *root;
	struct oci_mounts mounts;
	struct oci_process *process; /* may be absent at create, not at start */
	char *hostname;
	char *domainname;
	struct oci_hooks *hooks;
	struct oci_string_map annotations;
	struct oci_linux *linux_; /* "linux" is a macro of gcc's GNU dialect */
};
