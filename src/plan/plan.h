/* The plan: what will be done, worked out from the spec before anything on the system is touched.
 *
 * A plan is numbers, flags, lists of writes and BPF. It is made once, on the host, without root and without a side
 * effect; from then on it is const. The host does its part of it, init inherits it through clone and does the rest.
 * Reading this file is reading what a container is made of. */
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
	PLAN_MAX_MAPPINGS = 340, /* of the kernel: user_namespaces(7) */
};

struct plan_join {
	int flag;         /* CLONE_NEW* */
	const char *name; /* "network", for messages */
	const char *file; /* "net", below /proc/PID/ns */
	const char *path;
};

struct plan_namespaces {
	uint64_t create; /* CLONE_NEW* flags of those to make */
	uint64_t inside; /* create plus those to join: what the container does not share with the host */
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
	mode_t mode;      /* type and permissions */
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
	const char *file;       /* "memory.max" */
	const char *value;      /* without a newline */
	const char *controller; /* "memory"; NULL for the core files */
	const char *place;      /* "linux.resources.memory.limit", for messages */
	bool optional;          /* a missing file is no error: the value is what the kernel does anyway */
	bool late;              /* counts tasks, those of the runtime too: a new cgroup takes it when they are gone */
	const char *fallback_file; /* of the same controller; takes fallback_value when file is missing; NULL: none */
	const char *fallback_value;
};

struct plan_writes {
	size_t n;
	struct plan_write *items;
};

struct plan_device_program {
	struct bpf_insn *instructions; /* a BPF_PROG_TYPE_CGROUP_DEVICE program; NULL: every device is allowed */
	size_t n;
	bool forbids_nodes; /* of the container's own devices: it is for later then */
};

struct plan_cgroup {
	const char *path; /* from the root of the cgroup v2 tree, "/a/b"; NULL: stay where the runtime is */
	bool relative;    /* the spec names no absolute path: an ordinary user's cgroup may be below one of his own */
	bool delegate;    /* give the cgroup to the user of the container */
	uid_t owner;      /* who that is on the host */
	struct plan_writes writes;
	struct plan_device_program devices;
};

/* ---- process (spec: config.md, process) ---- */

struct plan_seccomp {
	struct sock_filter *instructions; /* NULL: no filter */
	unsigned short n;
	unsigned int flags; /* SECCOMP_FILTER_FLAG_* */
	bool notify;        /* the filter has a notify action and a listener to send its fd to */
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

/* As many as a kernel can be built for; cpu_set_t has 1024. A mask may be longer than the kernel's own. */
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
	char *const *env; /* with HOME left to init when the spec has none */
	const char *cwd;
	bool terminal;
	unsigned short rows; /* 0: not asked for */
	unsigned short columns;
	uint32_t uid; /* in the container, as all ids */
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
	int io_priority;                   /* the number of ioprio_set(2); -1: leave it */
	long personality;                  /* the number of personality(2); -1: leave it */
	struct plan_affinity exec_initial; /* of exec alone: when it is born, and when it is in its cgroup */
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
	const char *group;           /* a directory of resctrl, "/" for its root; NULL: leave resctrl alone */
	bool own;                    /* made for this container alone, and removed with it */
	bool monitored;              /* with a monitoring group of its own */
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

/* What annotations ask of this program. Strings belong to the map they were read from; NULL and false: not asked
 * for. */
struct plan_annotations {
	const char *hooks_stdout; /* run.oci.hooks.stdout: absolute */
	const char *hooks_stderr;
	const char *mount_context_type; /* run.oci.mount_context_type: an option of mount(8) for linux.mountLabel */
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
	const char *hostname; /* NULL: leave it */
	const char *domainname;
	struct oci_strings masked_paths;
	struct oci_strings readonly_paths;
	bool new_keyring;
	/* It has no mount namespace of its own: what it mounts is on a mount of its own at root.path, in the runtime's,
	 * which goes with the container. */
	bool shares_mounts;
	bool no_pivot;                  /* the root is moved over the host's, which cannot be detached then */
	struct oci_strings environment; /* what the runtime adds to that of the process */
	unsigned int listen_fds;        /* of preserve_fds, those that LISTEN_FDS tells the program of */
	bool notify;                    /* the program may sd_notify(3): a socket is mounted for it */
	unsigned int preserve_fds;      /* fds 3 to 2+n go on to the program */
	struct oci_strings warnings;    /* what is ignored, one sentence each; the caller logs them */
	struct oci_strings notes;       /* what is ignored as it should be, for who debugs */
};

/* What the command line adds to the spec. */
struct plan_options {
	const char *id;
	const char *bundle;        /* absolute */
	const char *seccomp_agent; /* RUN_OCI_SECCOMP_RECEIVER: absolute, or NULL */
	bool cgroup_disabled;      /* --cgroup-manager disabled */
	bool no_new_keyring;       /* --no-new-keyring */
	bool no_pivot;             /* --no-pivot */
	unsigned int preserve_fds; /* --preserve-fds */
	unsigned int listen_fds;   /* LISTEN_FDS: passed on as --preserve-fds is, and named in the environment */
	const char *listen_names;  /* LISTEN_FDNAMES, or NULL */
	bool notify;               /* NOTIFY_SOCKET is set */
};

/* ---- plan.c ---- */

/* Works out the plan for a document whose root is a struct oci_config, but for the seccomp filter. Everything that is
 * wrong with the document across fields is added to its problems; the caller reports them. Memory belongs to the
 * document. Returns 0, or -1 with *err: that of plan_refuse(), else ENOMEM and the like. */
int plan_make(struct oci_document *document, const struct plan_options *options, struct plan *ret_plan,
	struct error *err);

/* The path of a container's cgroup by its configuration and id; NULL when memory ran out. Memory belongs to the
 * document. */
char *plan_cgroup_path(struct oci_document *document, const struct oci_config *spec, const char *id);

/* Says in *err that the document has problems, which tell more: number 0 and no text. Always returns -1. */
int plan_refuse(struct error *err);

/* Where the container has the socket for sd_notify(3). */
extern const char plan_notify_directory[];
extern const char plan_notify_name[]; /* in it */

/* True when the container's root is a mount of its own. */
bool plan_mounts_root(const struct plan *plan);

/* True when the host has something to do between the mounts and the pivot: hooks to run, a terminal to pass on. */
bool plan_pauses_at_mounted(const struct plan *plan);

/* Copies text into the document's memory; NULL when memory ran out. */
char *plan_strdup(struct oci_document *document, const char *s);
char *plan_printf(struct oci_document *document, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- filter.c ---- */

/* A policy, compiled. */
struct plan_filter {
	struct sock_filter *instructions;
	unsigned short n;
	bool notify; /* it has a notify action */
};

/* Adds the filter to a plan that plan_make() made; apart from it, since compiling a policy is the dearest
 * part by far, and in vain when something else is wrong. known: what the policy was compiled to before, or NULL.
 * Returns as plan_make() does. */
int plan_filter(struct oci_document *document, const struct plan_options *options, const struct plan_filter *known,
	struct plan *plan, struct error *err);

/* Appends to the key all that the filter depends on: policies with the same key are compiled to the same. Nothing when
 * there is nothing to compile. */
int plan_filter_key(const struct plan *plan, struct text *ret_key, struct error *err);

/* ---- syscall_names.c ---- */

/* Adds to the plan's notes the names of system calls in its policy that nobody knows, and to its warnings those that
 * look like a slip, with what may have been meant. Fails for lack of memory. */
int plan_filter_names(struct oci_document *document, struct plan *plan, struct error *err);

/* ---- filter_answer.c ---- */

/* Adds a problem for each system call that the process cloned by a builder has to make after its filter is loaded, and
 * that the filter denies. */
void plan_filter_check_builder(struct oci_document *document, const struct plan *plan);

/* True when the seccomp filter is loaded during create, since the process may gain privileges; else it is at the
 * start. */
bool plan_filters_early(const struct plan *plan);

/* ---- process.c ---- */

/* Works out plan->process and plan->has_process. prefix is the JSON path of the process: "process" or "". */
int plan_process(struct oci_document *document, const char *prefix, const struct oci_process *spec, struct plan *plan,
	struct error *err);

/* True when a child does not inherit the scheduling: SCHED_DEADLINE, and what is reset on fork (sched(7)). */
bool plan_scheduler_ends_with_clone(const struct plan_process *process);

/* ---- exec.c ---- */

/* What the command line of `exec` says; each 0 or NULL where it says nothing. With a process document only terminal and
 * preserve_fds count. */
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
	const char *const
		*capabilities; /* to have besides those of the configuration; not inheritable (CVE-2022-29162) */
	size_t capability_count;
	struct oci_opt_bool no_new_privileges; /* unset: as the container has it */
	const char *apparmor_profile;
	const char *selinux_label;
};

/* Works out the plan for one more process in a container. config is the container's own document. process has a
 * struct oci_process as its root, and goes by the configuration where it is silent about labels, capabilities, limits
 * and scheduling; NULL: the process of the configuration with what *options say. Problems are added to the document
 * that has them. The filter of the plan is left to the caller. Returns as plan_make() does. */
int plan_make_exec(struct oci_document *config, struct oci_document *process, const struct plan_exec_options *options,
	struct plan *ret_plan, struct error *err);

/* ---- namespaces.c ---- */

int plan_namespaces(struct oci_document *document, const struct oci_config *spec, struct plan_namespaces *ret,
	struct error *err);

/* How init of a container that is to be made comes into its namespaces. */
enum plan_spawn plan_spawn_of_init(const struct plan_namespaces *namespaces);

/* Which of join is of this kind (CLONE_NEW*); -1: none. */
int plan_joined(const struct plan_namespaces *namespaces, int flag);

/* Those of a container that is there, whose configuration has been checked: create and inside alone. */
struct plan_namespaces plan_namespaces_of(const struct oci_config *spec);

/* The member of the config that would change the namespace of that kind (CLONE_NEW*), NULL for none: it must not be the
 * host's. */
const char *plan_changes_namespace(const struct plan *plan, int flag);
int plan_sysctls(struct oci_document *document, const struct oci_config *spec, uint64_t inside,
	struct plan_sysctls *ret, struct error *err);

/* ---- devices.c ---- */

int plan_devices(struct oci_document *document, const struct oci_config *spec, struct plan_devices *ret,
	struct error *err);

/* ---- update.c ---- */

/* What a cgroup has now, as far as an update depends on it; unset or 0 where its controller is missing. */
struct plan_present {
	struct oci_opt_i64 quota; /* microseconds; -1: none */
	struct oci_opt_u64 period;
	struct oci_opt_u64 burst;
	struct oci_opt_i64 memory_limit; /* bytes; -1: none */
	struct oci_opt_i64 swap_limit;   /* of swap alone */
	uint64_t memory_usage;
	uint64_t swap_usage;
	bool check_memory; /* memory.checkBeforeUpdate of the container's config */
};

/* The same for a cgroup that is in use. asked belongs to the document, whose root is a struct oci_resources;
 * only what it names is written: a quota, a period or a burst alone keeps the others, memory.swap alone goes with the
 * present limit, and memory.limit alone keeps the sum of memory and swap. */
int plan_update(struct oci_document *document, const struct oci_resources *asked, const struct plan_present *present,
	struct plan_writes *ret, struct error *err);

/* ---- intel_rdt.c ---- */

int plan_rdt(struct oci_document *document, const struct oci_intel_rdt *spec, const char *id, struct plan_rdt *ret,
	struct error *err);

/* The part of it that `update` can change: the lines for the schemata, in the order of the spec. */
int plan_rdt_schemata(struct oci_document *document, const struct oci_intel_rdt *spec, struct oci_strings *ret,
	struct error *err);

/* ---- memory_policy.c ---- */

/* For the first process, which hands it on to all others; also for `exec`. */
void plan_memory_policy(struct oci_document *document, const struct oci_memory_policy *spec,
	struct plan_memory_policy *ret);

/* ---- device_bpf.c ---- */

/* The device rules as one small program: base deny, default devices, then the rules in order. */
int plan_device_program(struct oci_document *document, const struct oci_device_rules *rules,
	const struct plan_devices *devices, struct plan_device_program *ret, struct error *err);

/* ---- seccomp.c ---- */

/* Who is asked by a filter that notifies: the policy's own agent, or the one named elsewhere. */
struct plan_agent {
	const char *path; /* NULL: nobody */
	const char *metadata;
};

/* The policy compiled, unless known says what to. strict: a system call that nobody knows is a problem, else it is
 * passed over. */
int plan_seccomp(struct oci_document *document, const struct oci_seccomp *seccomp, const struct plan_agent *agent,
	bool strict, const struct plan_filter *known, struct plan_seccomp *ret, struct error *err);
const char *const *plan_seccomp_supported_flags(void);

/* ---- annotations.c ---- */

/* What the annotations of a config, or of a container's record, ask for. */
void plan_annotations_read(const struct oci_string_map *map, struct plan_annotations *ret);
const char *const *plan_annotation_names(void);

/* ---- mount_options.c ---- */

/* The names that configs may use, for `features`: NULL-terminated, static. */
const char *const *plan_mount_option_names(void);

/* ---- capabilities.c ---- */

/* The number of a capability name ("CAP_CHOWN"), or -1; and the names this build knows, NULL-terminated. */
int plan_capability(const char *name);
const char *const *plan_capability_names(void);
