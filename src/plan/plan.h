/* The plan: what will be done, worked out from the spec before anything on the system is changed.
 *
 * A plan consists of numbers, flags, lists of writes and BPF programs. The host's process makes it once, without root
 * and without a side effect; from then on the plan is const. The host's process does one part of it; init inherits the
 * plan through clone3(2) and does the rest. This file lists all that a container is made of. */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "plan/mounts.h"

#include "ocispec.h"

#include <linux/filter.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct bpf_insn;

/* ---- namespaces (spec: config-linux.md, namespaces) ---- */

enum {
	PLAN_MAX_NAMESPACES = 8,
	PLAN_MAX_MAPPINGS = 340, /* the kernel's limit: user_namespaces(7) */
};

struct plan_join {
	int flag;         /* CLONE_NEW* */
	const char *name; /* "network", for messages */
	const char *file; /* "net", below /proc/PID/ns */
	const char *path;
};

struct plan_namespaces {
	uint64_t create; /* CLONE_NEW* flags of the namespaces to make */
	uint64_t inside; /* create plus the namespaces to join: those that the container does not share with the host */
	struct plan_join join[PLAN_MAX_NAMESPACES];
	size_t join_count;
	char *uid_map; /* text for /proc/PID/uid_map; NULL without a new user namespace */
	char *gid_map;
	char *time_offsets; /* text for /proc/PID/timens_offsets; NULL for none */
};

enum { PROCESS_NOT_EXECUTED = 255 }; /* the exit status of a process whose program the kernel refuses to execute */

/* How a process comes into its namespaces (decisions/0001). */
enum plan_spawn {
	/* One clone3(2) makes the new namespaces; the process itself joins the others. */
	PLAN_SPAWN_CLONE,
	/* The user namespace is joined and others are new. The kernel gives rights only over namespaces that were made
	 * in that user namespace, so a stage process joins it and clones init there. */
	PLAN_SPAWN_STAGE,
	/* The pid namespace is joined and has other processes. A builder process outside of it does all that needs more
	 * rights than the program will have, and at the end clones the program's process into it. */
	PLAN_SPAWN_BUILDER,
};

/* ---- root (spec: config.md, root); mounts are in plan/mounts.h ---- */

struct plan_root {
	const char *path; /* absolute, on the host */
	bool readonly;
	unsigned long propagation; /* MS_PRIVATE, MS_SHARED, MS_SLAVE or MS_UNBINDABLE, with MS_REC */
};

/* ---- devices (spec: config-linux.md, devices, default devices) ---- */

struct plan_device {
	const char *path; /* normalised, absolute, in the container */
	mode_t mode;      /* file type and permissions */
	dev_t number;
	uid_t uid; /* in the container */
	gid_t gid;
};

struct plan_devices {
	size_t n;
	struct plan_device *items;
};

/* ---- cgroup (spec: config-linux.md, control groups) ---- */

/* One write to a cgroup file, in the order of the list. */
struct plan_write {
	const char *file;          /* "memory.max" */
	const char *value;         /* without a newline */
	const char *controller;    /* "memory"; NULL for the core files */
	const char *place;         /* "linux.resources.memory.limit", for messages */
	bool optional;             /* a missing file is no error: the value is the kernel's default */
	bool late;                 /* counts tasks, also the runtime's: written when they have left a new cgroup */
	const char *fallback_file; /* of the same controller; gets fallback_value when file is missing; NULL: none */
	const char *fallback_value;
};

struct plan_writes {
	size_t n;
	struct plan_write *items;
};

struct plan_device_program {
	struct bpf_insn *instructions; /* a BPF_PROG_TYPE_CGROUP_DEVICE program; NULL: every device is allowed */
	size_t n;
	/* denies mknod of a device in devices[]: the program is attached after init has made the nodes */
	bool forbids_nodes;
};

/* A property of a systemd unit, as unit_request.h has it: value holds the words of the value. */
struct plan_unit_property {
	const char *name;      /* "MemoryMax" */
	const char *signature; /* of D-Bus: "t" */
	struct oci_strings value;
	bool may_be_left_out; /* by a systemd that does not know it */
	const char *place;    /* in the config, for messages */
};

/* The transient scope of a container; name is NULL without the systemd driver. */
struct plan_unit {
	const char *name; /* "docker-1234.scope" */
	size_t n;
	struct plan_unit_property *properties;
	bool failed; /* memory ran out while it was made */
};

struct plan_cgroup {
	/* From the root of the cgroup v2 tree, "/a/b". NULL: the runtime's cgroup; or with a unit, while systemd has
	 * not started it. */
	const char *path;
	struct plan_unit unit;
	bool relative; /* the spec has no absolute path: an ordinary user's may be below the user's own */
	bool delegate; /* give the cgroup to the container's user (chown) */
	uid_t owner;   /* the uid of that user on the host */
	/* the name of the cgroup below it in which init lives, so that the container may enable controllers for others
	 * beside it; NULL: init lives in the cgroup itself */
	const char *init_name;
	struct plan_writes writes;
	struct plan_device_program devices;
};

/* ---- process (spec: config.md, process) ---- */

struct plan_seccomp {
	struct sock_filter *instructions; /* NULL: no filter */
	unsigned short n;
	unsigned int flags; /* SECCOMP_FILTER_FLAG_* */
	bool notify;        /* the filter has a notify action, and its listener fd is sent to an agent */
	const char *listener_path;
	const char *listener_metadata;
};

struct plan_rlimit {
	int resource; /* RLIMIT_* */
	const char *name;
	struct rlimit value;
};

struct plan_capabilities {
	uint64_t bounding; /* bit n is capability n */
	uint64_t effective;
	uint64_t inheritable;
	uint64_t permitted;
	uint64_t ambient;
};

/* struct sched_attr of sched_setattr(2), which glibc does not declare. */
struct plan_scheduler {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t period;
	uint32_t util_min;
	uint32_t util_max;
};

/* The largest number of CPUs that a kernel can be built for; cpu_set_t has only 1024. The kernel takes masks that are
 * longer than its own. */
enum {
	PLAN_MAX_CPUS = 8192,
	PLAN_CPU_WORD = 8 * sizeof(unsigned long),
	PLAN_CPU_WORDS = PLAN_MAX_CPUS / PLAN_CPU_WORD
};

struct plan_affinity {
	bool set;
	unsigned long cpus[PLAN_CPU_WORDS]; /* bit n is CPU n, for sched_setaffinity(2) */
};

struct plan_process {
	char *const *args;
	char *const *env; /* when the spec has no HOME, init adds it */
	const char *cwd;
	bool terminal;
	unsigned short rows; /* 0: not asked for */
	unsigned short columns;
	uint32_t uid; /* in the container, like all ids here */
	uint32_t gid;
	const uint32_t *groups;
	size_t group_count;
	bool keep_groups; /* run.oci.keep_original_groups */
	mode_t umask;
	struct plan_capabilities capabilities;
	bool no_new_privileges;
	struct plan_rlimit *rlimits;
	size_t rlimit_count;
	bool has_oom_score_adj;
	int oom_score_adj;
	const char *apparmor_profile;
	const char *selinux_label;
	bool has_scheduler;
	struct plan_scheduler scheduler;
	int io_priority;                   /* the value for ioprio_set(2); -1: do not change it */
	long personality;                  /* the value for personality(2); -1: do not change it */
	struct plan_affinity exec_initial; /* exec only: before, and after the process is in its cgroup */
	struct plan_affinity exec_final;
};

/* ---- network devices (spec: config-linux.md, network devices) ---- */

struct plan_net_device {
	const char *name;   /* on the host */
	const char *inside; /* in the container */
	bool numbered;      /* inside ends in "%d" */
	const char *place;  /* "linux.netDevices.eth0", for messages */
};

struct plan_net_devices {
	size_t n;
	struct plan_net_device *items;
};

/* ---- Intel RDT (spec: config-linux.md, IntelRdt) ---- */

struct plan_rdt {
	const char *group;           /* a directory of resctrl, "/" for its root; NULL: do not use resctrl */
	bool own;                    /* the group is made for this container only, and removed with the container */
	bool monitored;              /* with a monitoring group for this container */
	struct oci_strings schemata; /* lines, in order */
};

/* ---- memory policy (spec: config-linux.md, memory policy) ---- */

enum { PLAN_MAX_NODES = 1024, PLAN_NODE_WORDS = PLAN_MAX_NODES / (8 * sizeof(unsigned long)) };

/* The arguments of set_mempolicy(2). */
struct plan_memory_policy {
	bool set;
	int mode; /* MPOL_* and MPOL_F_* */
	bool has_nodes;
	unsigned long nodes[PLAN_NODE_WORDS]; /* bit n is node n */
};

/* ---- annotations (docs/annotations.md) ---- */

/* What the annotations ask for. The strings belong to the map that they were read from. NULL and false: not asked
 * for. */
struct plan_annotations {
	const char *cgroup_init;     /* org.opencontainers.tare.cgroup.init: a name */
	const char *delegate_cgroup; /* run.oci.delegate-cgroup: crun's word for it */
	const char *hooks_stdout;    /* run.oci.hooks.stdout: absolute */
	const char *hooks_stderr;
	const char *mount_context_type; /* run.oci.mount_context_type: the option of mount(8) for linux.mountLabel */
	const char *pidfd_receiver;     /* run.oci.pidfd_receiver: absolute */
	const char *seccomp_receiver;   /* run.oci.seccomp.receiver: absolute */
	const char *seccomp_filter;     /* run.oci.seccomp_bpf_data: base64 */
	bool seccomp_strict;            /* run.oci.seccomp_fail_unknown_syscall */
	bool keep_groups;               /* run.oci.keep_original_groups */
};

/* ---- the whole ---- */

struct plan_sysctl {
	char *path; /* below /proc: "sys/net/ipv4/ip_forward" */
	const char *value;
};

struct plan_sysctls {
	size_t n;
	struct plan_sysctl *items;
};

struct plan {
	const struct oci_config *spec; /* hooks are used as they are */
	struct plan_annotations annotations;
	const char *id;
	const char *bundle; /* absolute */
	enum plan_spawn spawn;
	struct plan_namespaces namespaces;
	struct plan_root root;
	struct plan_mounts mounts;
	struct plan_net_devices net_devices;
	struct plan_devices devices; /* the default ones, then those of the spec */
	struct plan_cgroup cgroup;
	struct plan_seccomp seccomp;
	bool has_process;
	struct plan_process process;
	struct plan_memory_policy memory_policy;
	struct plan_rdt rdt;
	struct plan_sysctls sysctls;
	const char *hostname; /* NULL: do not change it */
	const char *domainname;
	struct oci_strings masked_paths;
	struct oci_strings readonly_paths;
	bool new_keyring;
	/* The container has no new mount namespace. Its mounts are in the runtime's mount namespace, below a mount made
	 * for it at root.path, which is removed with the container. */
	bool shares_mounts;
	bool no_pivot;                  /* the root is moved over the host's root, which then cannot be detached */
	struct oci_strings environment; /* what the runtime adds to the environment of the process */
	unsigned int listen_fds;        /* the number of preserve_fds that LISTEN_FDS tells the program */
	bool notify;                    /* a socket is mounted for sd_notify(3) of the program */
	unsigned int preserve_fds;      /* the program inherits fds 3 to 2+n */
	bool waits_for_go;              /* exec: the process waits for a GO before it executes its program */
	struct oci_strings warnings;    /* what is ignored, one sentence each; the caller logs them */
	struct oci_strings notes;       /* what is ignored as the specification requires; logged for debugging */
};

/* What the command line adds to the spec. */
struct plan_options {
	const char *id;
	const char *bundle;        /* absolute */
	const char *seccomp_agent; /* RUN_OCI_SECCOMP_RECEIVER: absolute, or NULL */
	bool cgroup_disabled;      /* --cgroup-manager disabled */
	bool cgroup_systemd;       /* --systemd-cgroup: the cgroup is that of a systemd unit */
	bool systemd_user;         /* of the systemd that runs for the user, not of the host's */
	bool no_new_keyring;       /* --no-new-keyring */
	bool no_pivot;             /* --no-pivot */
	unsigned int preserve_fds; /* --preserve-fds */
	unsigned int listen_fds;   /* LISTEN_FDS: passed on like --preserve-fds, and told in the environment */
	const char *listen_names;  /* LISTEN_FDNAMES, or NULL */
	bool notify;               /* NOTIFY_SOCKET is set */
};

/* ---- plan.c ---- */

/* Works out the plan, without the seccomp filter, for a document whose root is a struct oci_config. Adds a problem to
 * the document for each value that conflicts with others or is out of its range; the caller reports the problems.
 * Memory belongs to the document. Returns 0, or -1 with *err: plan_refuse() when there are problems, else ENOMEM and
 * the like. */
int plan_make(struct oci_document *document, const struct plan_options *options, struct plan *ret_plan,
	struct error *err);

/* The path of a container's cgroup, from its configuration and its id; NULL when memory ran out. Memory belongs to the
 * document. */
char *plan_cgroup_path(struct oci_document *document, const struct oci_config *spec, const char *id);

/* Sets *err to number 0 and an empty text, which means: see the document's problems. Always returns -1. */
int plan_refuse(struct error *err);

/* The directory in the container that has the socket for sd_notify(3). */
extern const char plan_notify_directory[];
extern const char plan_notify_name[]; /* the socket's name in that directory */

/* True when a mount is made for the container's root. */
bool plan_mounts_root(const struct plan *plan);

/* True when init waits between the mounts and the pivot for the host's process, which runs hooks or passes a terminal
 * on. */
bool plan_pauses_at_mounted(const struct plan *plan);

/* Copies text into the document's memory; NULL when memory ran out. */
char *plan_strdup(struct oci_document *document, const char *s);
char *plan_printf(struct oci_document *document, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- filter.c ---- */

/* A compiled policy. */
struct plan_filter {
	struct sock_filter *instructions;
	unsigned short n;
	bool notify; /* it has a notify action */
};

/* Adds the filter to a plan that plan_make() made. Compiling a policy takes longer than the rest of the plan and is
 * useless when the rest has problems, so it is a function by itself. known: the filter to which the policy was compiled
 * before, or NULL. Returns as plan_make() does. */
int plan_filter(struct oci_document *document, const struct plan_options *options, const struct plan_filter *known,
	struct plan *plan, struct error *err);

/* Appends to the key all that the filter depends on: policies with the same key are compiled to the same filter.
 * Appends nothing when there is no policy to compile. */
int plan_filter_key(const struct plan *plan, struct text *ret_key, struct error *err);

/* ---- syscall_names.c ---- */

/* Adds unknown names of system calls in the policy to the plan's notes, and those that look misspelled to its warnings,
 * with the name that may be meant. Fails for lack of memory. */
int plan_filter_names(struct oci_document *document, struct plan *plan, struct error *err);

/* ---- unmet_rules.c ---- */

/* Adds a warning for each name in a rule of the policy that is never met for it, since a rule with the default action
 * decides before. Fails for lack of memory. */
int plan_filter_rules(struct oci_document *document, struct plan *plan, struct error *err);

/* ---- filter_answer.c ---- */

/* For what a call is needed behind the filter: by init itself, to join a pid namespace, to run startContainer hooks, or
 * for the program to begin. */
enum plan_occasion { PLAN_NEED_OF_INIT, PLAN_NEED_TO_JOIN, PLAN_NEED_FOR_HOOKS, PLAN_NEED_TO_BEGIN };

struct plan_need {
	const char *name; /* "ioctl(TIOCSCTTY)" */
	enum plan_occasion occasion;
	uint32_t answer; /* of the filter: SECCOMP_RET_* with its data */
	bool denied;
};

enum { PLAN_MAX_NEEDS = 48 };

/* The calls that are made behind the filter before the program runs. Returns how many there are. waits: init waits for
 * a start meanwhile. */
size_t plan_filter_needs(const struct plan *plan, bool waits, struct plan_need ret[PLAN_MAX_NEEDS]);

/* Finds the calls that init has to make when its filter is loaded already, and that the filter denies. waits: it
 * waits for a start meanwhile. Problems are added to the document. */
void plan_filter_check(struct oci_document *document, const struct plan *plan, bool waits);

/* True when the seccomp filter is loaded during create, since noNewPrivileges is not set; otherwise it is loaded at the
 * start. */
bool plan_filters_early(const struct plan *plan);

/* ---- process.c ---- */

/* Works out plan->process and plan->has_process. prefix is the JSON path of the process: "process" or "". */
int plan_process(struct oci_document *document, const char *prefix, const struct oci_process *spec, struct plan *plan,
	struct error *err);

/* True when a child does not inherit the scheduling: SCHED_DEADLINE, and with SCHED_FLAG_RESET_ON_FORK (sched(7)). */
bool plan_scheduler_ends_with_clone(const struct plan_process *process);

/* ---- exec.c ---- */

/* What the command line of `exec` asks for; 0 or NULL: not given. With a process document only terminal, preserve_fds
 * and waits_for_go are used. */
struct plan_exec_options {
	const char *id;
	const char *bundle;
	bool no_new_keyring;
	unsigned int preserve_fds;
	bool terminal;
	char *const *args; /* NULL-terminated */
	size_t arg_count;
	const char *cwd;
	const char *const *env; /* NAME=VALUE, after those of the configuration */
	size_t env_count;
	bool has_uid;
	uint32_t uid;
	bool has_gid;
	uint32_t gid;
	const uint32_t *groups; /* after those of the configuration */
	size_t group_count;
	const char *const *capabilities; /* added to those of the configuration; not inheritable (CVE-2022-29162) */
	size_t capability_count;
	struct oci_opt_bool no_new_privileges; /* unset: as in the container's configuration */
	const char *apparmor_profile;
	const char *selinux_label;
	bool waits_for_go; /* as in struct plan */
};

/* Works out the plan for a further process in a container. config is the container's document. process has a struct
 * oci_process as its root; labels, capabilities, limits and scheduling that it does not have are taken from the
 * configuration. process NULL: the process of the configuration, changed by *options. Problems are added to the
 * document that has the value. The caller adds the filter. Returns as plan_make() does. */
int plan_make_exec(struct oci_document *config, struct oci_document *process, const struct plan_exec_options *options,
	struct plan *ret_plan, struct error *err);

/* ---- namespaces.c ---- */

int plan_namespaces(struct oci_document *document, const struct oci_config *spec, struct plan_namespaces *ret,
	struct error *err);

/* How init of a container that is to be made comes into its namespaces. */
enum plan_spawn plan_spawn_of_init(const struct plan_namespaces *namespaces);

/* Which of join is of this kind (CLONE_NEW*); -1: none. */
int plan_joined(const struct plan_namespaces *namespaces, int flag);

/* The namespaces of an existing container, whose configuration has been checked: only create and inside are set. */
struct plan_namespaces plan_namespaces_of(const struct oci_config *spec);

/* A member of the config that changes the namespace of that kind (CLONE_NEW*), so that the namespace must not be the
 * host's. NULL when there is none. */
const char *plan_changes_namespace(const struct plan *plan, int flag);
int plan_sysctls(struct oci_document *document, const struct oci_config *spec, uint64_t inside,
	struct plan_sysctls *ret, struct error *err);

/* ---- devices.c ---- */

int plan_devices(struct oci_document *document, const struct oci_config *spec, struct plan_devices *ret,
	struct error *err);

/* ---- update.c ---- */

/* The present values of a cgroup that an update depends on; unset or 0 where the controller is missing. */
struct plan_present {
	struct oci_opt_i64 quota; /* microseconds; -1: none */
	struct oci_opt_u64 period;
	struct oci_opt_u64 burst;
	struct oci_opt_i64 memory_limit; /* bytes; -1: none */
	struct oci_opt_i64 swap_limit;   /* of swap alone */
	uint64_t memory_usage;
	uint64_t swap_usage;
	bool check_memory; /* memory.checkBeforeUpdate of the container's config */
	bool reclaims;     /* the memory in use is reduced before the limit is written, so it may be above that */
};

/* Plans the writes for a cgroup in use. asked belongs to the document, whose root is a struct oci_resources. Only
 * values that asked has are written: with only a quota, a period or a burst the other two stay, with only memory.swap
 * the present memory limit stays, and with only memory.limit the sum of memory and swap stays. */
int plan_update(struct oci_document *document, const struct oci_resources *asked, const struct plan_present *present,
	struct plan_writes *ret, struct error *err);

/* ---- unit_limits.c ---- */

/* Adds the properties of a systemd unit that stand for writes to the files of its cgroup. unit->failed becomes true
 * when memory runs out. */
void plan_unit_limits(struct oci_document *document, const struct plan_writes *writes, struct plan_unit *unit);

/* ---- intel_rdt.c ---- */

int plan_rdt(struct oci_document *document, const struct oci_intel_rdt *spec, const char *id, struct plan_rdt *ret,
	struct error *err);

/* The lines for the schemata, in the order of the spec: the part of linux.intelRdt that `update` can change. */
int plan_rdt_schemata(struct oci_document *document, const struct oci_intel_rdt *spec, struct oci_strings *ret,
	struct error *err);

/* ---- memory_policy.c ---- */

/* For the container's first process, whose children inherit the policy; also for `exec`. */
void plan_memory_policy(struct oci_document *document, const struct oci_memory_policy *spec,
	struct plan_memory_policy *ret);

/* ---- device_bpf.c ---- */

/* The device rules as one program: deny all, then allow the default devices, then the rules in order. */
int plan_device_program(struct oci_document *document, const struct oci_device_rules *rules,
	const struct plan_devices *devices, struct plan_device_program *ret, struct error *err);

/* The same for `update`, whose document has a struct oci_resources as its root. Rules that allow every device become a
 * program too: an attached program can only be replaced by another one. */
int plan_device_update(struct oci_document *document, const struct oci_device_rules *rules,
	struct plan_device_program *ret, struct error *err);

/* Whether two programs have the same instructions: then they answer alike. */
bool plan_same_device_program(const struct plan_device_program *a, const struct plan_device_program *b);

/* ---- seccomp.c ---- */

/* The agent of a filter with a notify action: the one of the policy, or of an annotation or environment variable. */
struct plan_agent {
	const char *path; /* NULL: no agent */
	const char *metadata;
};

/* The policy compiled, unless known says what to. strict: a system call that nobody knows is a problem, else it is
 * passed over. */
int plan_seccomp(struct oci_document *document, const struct oci_seccomp *seccomp, const struct plan_agent *agent,
	bool strict, const struct plan_filter *known, struct plan_seccomp *ret, struct error *err);
const char *const *plan_seccomp_supported_flags(void);

/* ---- annotations.c ---- */

/* Reads what the annotations of a config, or of a container's record, ask for. */
void plan_annotations_read(const struct oci_string_map *map, struct plan_annotations *ret);
const char *const *plan_annotation_names(void);

/* ---- mount_options.c ---- */

/* The names of options that configs may use, for `features`: NULL-terminated, static. */
const char *const *plan_mount_option_names(void);

/* ---- capabilities.c ---- */

/* The number of a capability name ("CAP_CHOWN"), or -1; and the names that this build knows, NULL-terminated. */
int plan_capability(const char *name);
const char *const *plan_capability_names(void);
