/* The rows of config.json: the top level, root, mounts, process and hooks. The linux section is in linux.c. Where the
 * text of the specification and its schema differ, the rows follow the text; tests/test_schema.py lists these
 * differences. */
#include "document.h"
#include "rows.h"

static const struct oci_field id_mapping_rows[] = {
	OCI_NUMBER(oci_id_mapping, container_id, "containerID", .flags = OCI_REQUIRED, .max = OCI_MAX_ID),
	OCI_NUMBER(oci_id_mapping, host_id, "hostID", .flags = OCI_REQUIRED, .max = OCI_MAX_ID),
	OCI_NUMBER(oci_id_mapping, size, "size", .flags = OCI_REQUIRED, .min = 1, .max = UINT32_MAX),
};
const struct oci_type oci_id_mapping_type = OCI_TYPE(oci_id_mapping, id_mapping_rows);

static const struct oci_field root_rows[] = {
	OCI_STRING(oci_root, path, "path", .flags = OCI_REQUIRED | OCI_NONEMPTY),
	OCI_BOOL(oci_root, readonly, "readonly"),
};
static const struct oci_type oci_root_type = OCI_TYPE(oci_root, root_rows);

static const struct oci_field mount_rows[] = {
	OCI_STRING(oci_mount, destination, "destination", .flags = OCI_REQUIRED | OCI_NONEMPTY),
	OCI_STRING(oci_mount, type, "type"),
	OCI_STRING(oci_mount, source, "source"),
	OCI_STRINGS(oci_mount, options, "options"),
	OCI_LIST(oci_mount, uid_mappings, "uidMappings", oci_id_mapping),
	OCI_LIST(oci_mount, gid_mappings, "gidMappings", oci_id_mapping),
};
static const struct oci_type oci_mount_type = OCI_TYPE(oci_mount, mount_rows);

static const struct oci_field mount_file_rows[] = {
	OCI_LIST(oci_mount_file, mounts, "", oci_mount),
};
const struct oci_type oci_mount_file_type = OCI_TYPE(oci_mount_file, mount_file_rows);

static const struct oci_field console_size_rows[] = {
	OCI_NUMBER(oci_console_size, height, "height"),
	OCI_NUMBER(oci_console_size, width, "width"),
};
static const struct oci_type oci_console_size_type = OCI_TYPE(oci_console_size, console_size_rows);

static const struct oci_field user_rows[] = {
	OCI_NUMBER(oci_user, uid, "uid", .flags = OCI_WRITTEN, .max = OCI_MAX_ID),
	OCI_NUMBER(oci_user, gid, "gid", .flags = OCI_WRITTEN, .max = OCI_MAX_ID),
	OCI_NUMBER(oci_user, umask, "umask", .max = 0777),
	OCI_IDS(oci_user, additional_gids, "additionalGids", .max = OCI_MAX_ID),
	OCI_STRING(oci_user, username, "username"),
};
static const struct oci_type oci_user_type = OCI_TYPE(oci_user, user_rows);

static const struct oci_field capabilities_rows[] = {
	OCI_STRINGS(oci_capabilities, bounding, "bounding"),
	OCI_STRINGS(oci_capabilities, effective, "effective"),
	OCI_STRINGS(oci_capabilities, inheritable, "inheritable"),
	OCI_STRINGS(oci_capabilities, permitted, "permitted"),
	OCI_STRINGS(oci_capabilities, ambient, "ambient"),
};
static const struct oci_type oci_capabilities_type = OCI_TYPE(oci_capabilities, capabilities_rows);

static const struct oci_field rlimit_rows[] = {
	OCI_STRING(oci_rlimit, type, "type", .flags = OCI_REQUIRED, .check = check_rlimit_type,
		.expected = "a name such as RLIMIT_NOFILE"),
	OCI_NUMBER(oci_rlimit, hard, "hard", .flags = OCI_REQUIRED),
	OCI_NUMBER(oci_rlimit, soft, "soft", .flags = OCI_REQUIRED),
};
static const struct oci_type oci_rlimit_type = OCI_TYPE(oci_rlimit, rlimit_rows);

static const struct oci_field scheduler_rows[] = {
	OCI_ENUM(oci_scheduler, policy, "policy", oci_sched_policy, .flags = OCI_REQUIRED),
	OCI_NUMBER(oci_scheduler, nice, "nice"),
	OCI_NUMBER(oci_scheduler, priority, "priority"),
	OCI_ENUMS(oci_scheduler, flags, "flags", oci_sched_flag),
	OCI_NUMBER(oci_scheduler, runtime, "runtime"),
	OCI_NUMBER(oci_scheduler, deadline, "deadline"),
	OCI_NUMBER(oci_scheduler, period, "period"),
};
static const struct oci_type oci_scheduler_type = OCI_TYPE(oci_scheduler, scheduler_rows);

static const struct oci_field io_priority_rows[] = {
	OCI_ENUM(oci_io_priority, ioprio_class, "class", oci_ioprio_class, .flags = OCI_REQUIRED),
	OCI_NUMBER(oci_io_priority, priority, "priority", .flags = OCI_REQUIRED, .max = 7),
};
static const struct oci_type oci_io_priority_type = OCI_TYPE(oci_io_priority, io_priority_rows);

static const struct oci_field exec_cpu_affinity_rows[] = {
	OCI_STRING(oci_exec_cpu_affinity, initial, "initial", .check = check_cpu_list,
		.expected = "a list of CPUs such as 0-3,7"),
	OCI_STRING(oci_exec_cpu_affinity, final, "final", .check = check_cpu_list,
		.expected = "a list of CPUs such as 0-3,7"),
};
static const struct oci_type oci_exec_cpu_affinity_type = OCI_TYPE(oci_exec_cpu_affinity, exec_cpu_affinity_rows);

static const struct oci_field process_rows[] = {
	OCI_BOOL(oci_process, terminal, "terminal"),
	OCI_OBJECT(oci_process, console_size, "consoleSize", oci_console_size),
	OCI_OBJECT(oci_process, user, "user", oci_user, .flags = OCI_WRITTEN),
	OCI_STRINGS(oci_process, args, "args"),
	OCI_STRING(oci_process, command_line, "commandLine"),
	OCI_STRINGS(oci_process, env, "env"),
	OCI_STRING(oci_process, cwd, "cwd", .flags = OCI_REQUIRED | OCI_ABSOLUTE),
	OCI_OBJECT(oci_process, capabilities, "capabilities", oci_capabilities),
	OCI_LIST(oci_process, rlimits, "rlimits", oci_rlimit),
	OCI_BOOL(oci_process, no_new_privileges, "noNewPrivileges"),
	OCI_STRING(oci_process, apparmor_profile, "apparmorProfile"),
	OCI_NUMBER(oci_process, oom_score_adj, "oomScoreAdj", .min = -1000, .max = 1000),
	OCI_OBJECT(oci_process, scheduler, "scheduler", oci_scheduler),
	OCI_STRING(oci_process, selinux_label, "selinuxLabel"),
	OCI_OBJECT(oci_process, io_priority, "ioPriority", oci_io_priority),
	OCI_OBJECT(oci_process, exec_cpu_affinity, "execCPUAffinity", oci_exec_cpu_affinity),
};
const struct oci_type oci_process_type = OCI_TYPE(oci_process, process_rows);

static const struct oci_field hook_rows[] = {
	OCI_STRING(oci_hook, path, "path", .flags = OCI_REQUIRED | OCI_ABSOLUTE),
	OCI_STRINGS(oci_hook, args, "args"),
	OCI_STRINGS(oci_hook, env, "env"),
	OCI_NUMBER(oci_hook, timeout, "timeout", .min = 1, .max = INT64_MAX),
};
static const struct oci_type oci_hook_type = OCI_TYPE(oci_hook, hook_rows);

static const struct oci_field hooks_rows[] = {
	OCI_LIST(oci_hooks, prestart, "prestart", oci_hook),
	OCI_LIST(oci_hooks, create_runtime, "createRuntime", oci_hook),
	OCI_LIST(oci_hooks, create_container, "createContainer", oci_hook),
	OCI_LIST(oci_hooks, start_container, "startContainer", oci_hook),
	OCI_LIST(oci_hooks, poststart, "poststart", oci_hook),
	OCI_LIST(oci_hooks, poststop, "poststop", oci_hook),
};
static const struct oci_type oci_hooks_type = OCI_TYPE(oci_hooks, hooks_rows);

static const struct oci_field config_rows[] = {
	OCI_STRING(oci_config, oci_version, "ociVersion", .flags = OCI_REQUIRED),
	OCI_OBJECT(oci_config, process, "process", oci_process),
	OCI_OBJECT(oci_config, root, "root", oci_root),
	OCI_STRING(oci_config, hostname, "hostname"),
	OCI_STRING(oci_config, domainname, "domainname"),
	OCI_LIST(oci_config, mounts, "mounts", oci_mount),
	OCI_OBJECT(oci_config, hooks, "hooks", oci_hooks),
	OCI_STRING_MAP(oci_config, annotations, "annotations"),
	OCI_OBJECT(oci_config, linux_, "linux", oci_linux),
};
const struct oci_type oci_config_type = OCI_TYPE(oci_config, config_rows);
