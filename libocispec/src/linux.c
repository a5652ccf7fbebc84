/* The rows of the linux section of config.json; its resources and its seccomp policy are in files of their own. */
#include "document.h"
#include "rows.h"

static const struct oci_field namespace_rows[] = {
	OCI_ENUM(oci_namespace, type, "type", oci_namespace_type, .flags = OCI_REQUIRED),
	OCI_STRING(oci_namespace, path, "path", .flags = OCI_ABSOLUTE),
};
static const struct oci_type oci_namespace_type = OCI_TYPE(oci_namespace, namespace_rows);

static const struct oci_field device_rows[] = {
	OCI_STRING(oci_device, path, "path", .flags = OCI_REQUIRED | OCI_ABSOLUTE),
	OCI_ENUM(oci_device, type, "type", oci_device_type, .flags = OCI_REQUIRED),
	OCI_NUMBER(oci_device, major, "major", .max = OCI_MAX_MAJOR),
	OCI_NUMBER(oci_device, minor, "minor", .max = OCI_MAX_MINOR),
	/* Managers send st_mode unchanged, with the bits of the file type. */
	OCI_NUMBER(oci_device, file_mode, "fileMode", .max = 0177777),
	OCI_NUMBER(oci_device, uid, "uid", .max = OCI_MAX_ID),
	OCI_NUMBER(oci_device, gid, "gid", .max = OCI_MAX_ID),
};
static const struct oci_type oci_device_type = OCI_TYPE(oci_device, device_rows);

static const struct oci_field net_device_rows[] = {
	OCI_STRING(oci_net_device, name, "name"),
};
static const struct oci_type oci_net_device_type = OCI_TYPE(oci_net_device, net_device_rows);

static const struct oci_field time_offset_rows[] = {
	OCI_NUMBER(oci_time_offset, secs, "secs"),
	OCI_NUMBER(oci_time_offset, nanosecs, "nanosecs", .max = 999999999),
};
static const struct oci_type oci_time_offset_type = OCI_TYPE(oci_time_offset, time_offset_rows);

static const struct oci_field time_offsets_rows[] = {
	OCI_OBJECT(oci_time_offsets, monotonic, "monotonic", oci_time_offset),
	OCI_OBJECT(oci_time_offsets, boottime, "boottime", oci_time_offset),
};
static const struct oci_type oci_time_offsets_type = OCI_TYPE(oci_time_offsets, time_offsets_rows);

static const struct oci_field personality_rows[] = {
	OCI_ENUM(oci_personality, domain, "domain", oci_personality_domain, .flags = OCI_REQUIRED),
	OCI_STRINGS(oci_personality, flags, "flags", .check = check_nothing,
		.expected = "no flag, as the specification defines none"),
};
static const struct oci_type oci_personality_type = OCI_TYPE(oci_personality, personality_rows);

/* Each schema becomes a line of a file in resctrl. */
static const struct oci_field intel_rdt_rows[] = {
	OCI_STRING(oci_intel_rdt, clos_id, "closID"),
	OCI_STRINGS(oci_intel_rdt, schemata, "schemata", .check = check_one_line, .expected = "a single line"),
	OCI_STRING(oci_intel_rdt, l3_cache_schema, "l3CacheSchema"),
	OCI_STRING(oci_intel_rdt, mem_bw_schema, "memBwSchema", .check = check_memory_bandwidth,
		.expected = "a single line that starts with MB:"),
	OCI_BOOL(oci_intel_rdt, enable_monitoring, "enableMonitoring"),
};
const struct oci_type oci_intel_rdt_type = OCI_TYPE(oci_intel_rdt, intel_rdt_rows);

static const struct oci_field memory_policy_rows[] = {
	OCI_ENUM(oci_memory_policy, mode, "mode", oci_mempolicy_mode, .flags = OCI_REQUIRED),
	OCI_STRING(oci_memory_policy, nodes, "nodes"),
	OCI_ENUMS(oci_memory_policy, flags, "flags", oci_mempolicy_flag),
};
static const struct oci_type oci_memory_policy_type = OCI_TYPE(oci_memory_policy, memory_policy_rows);

static const struct oci_field linux_rows[] = {
	OCI_LIST(oci_linux, uid_mappings, "uidMappings", oci_id_mapping),
	OCI_LIST(oci_linux, gid_mappings, "gidMappings", oci_id_mapping),
	OCI_STRING_MAP(oci_linux, sysctl, "sysctl"),
	OCI_OBJECT(oci_linux, resources, "resources", oci_resources),
	OCI_STRING(oci_linux, cgroups_path, "cgroupsPath"),
	OCI_LIST(oci_linux, namespaces, "namespaces", oci_namespace),
	OCI_LIST(oci_linux, devices, "devices", oci_device),
	OCI_KEYED_LIST(oci_linux, net_devices, "netDevices", oci_net_device, host_name),
	OCI_OBJECT(oci_linux, seccomp, "seccomp", oci_seccomp),
	OCI_ENUM(oci_linux, rootfs_propagation, "rootfsPropagation", oci_propagation),
	OCI_STRINGS(oci_linux, masked_paths, "maskedPaths", .flags = OCI_ABSOLUTE),
	OCI_STRINGS(oci_linux, readonly_paths, "readonlyPaths", .flags = OCI_ABSOLUTE),
	OCI_STRING(oci_linux, mount_label, "mountLabel"),
	OCI_OBJECT(oci_linux, intel_rdt, "intelRdt", oci_intel_rdt),
	OCI_OBJECT(oci_linux, memory_policy, "memoryPolicy", oci_memory_policy),
	OCI_OBJECT(oci_linux, personality, "personality", oci_personality),
	OCI_OBJECT(oci_linux, time_offsets, "timeOffsets", oci_time_offsets),
};
const struct oci_type oci_linux_type = OCI_TYPE(oci_linux, linux_rows);
