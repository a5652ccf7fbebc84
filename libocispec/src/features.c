/* The rows of the features document. Names in it are strings, not enumerated values: a runtime may know more names than
 * this library. */
#include "document.h"
#include "rows.h"

static const struct oci_field cgroup_rows[] = {
	OCI_BOOL(oci_features_cgroup, v1, "v1"),
	OCI_BOOL(oci_features_cgroup, v2, "v2"),
	OCI_BOOL(oci_features_cgroup, systemd, "systemd"),
	OCI_BOOL(oci_features_cgroup, systemd_user, "systemdUser"),
	OCI_BOOL(oci_features_cgroup, rdma, "rdma"),
};
static const struct oci_type oci_features_cgroup_type = OCI_TYPE(oci_features_cgroup, cgroup_rows);

static const struct oci_field seccomp_rows[] = {
	OCI_BOOL(oci_features_seccomp, enabled, "enabled"),
	OCI_STRINGS(oci_features_seccomp, actions, "actions"),
	OCI_STRINGS(oci_features_seccomp, operators, "operators"),
	OCI_STRINGS(oci_features_seccomp, archs, "archs"),
	OCI_STRINGS(oci_features_seccomp, known_flags, "knownFlags"),
	OCI_STRINGS(oci_features_seccomp, supported_flags, "supportedFlags"),
};
static const struct oci_type oci_features_seccomp_type = OCI_TYPE(oci_features_seccomp, seccomp_rows);

static const struct oci_field switch_rows[] = {
	OCI_BOOL(oci_features_switch, enabled, "enabled"),
};
static const struct oci_type oci_features_switch_type = OCI_TYPE(oci_features_switch, switch_rows);

static const struct oci_field intel_rdt_rows[] = {
	OCI_BOOL(oci_features_intel_rdt, enabled, "enabled"),
	OCI_BOOL(oci_features_intel_rdt, schemata, "schemata"),
	OCI_BOOL(oci_features_intel_rdt, monitoring, "monitoring"),
};
static const struct oci_type oci_features_intel_rdt_type = OCI_TYPE(oci_features_intel_rdt, intel_rdt_rows);

static const struct oci_field memory_policy_rows[] = {
	OCI_STRINGS(oci_features_memory_policy, modes, "modes"),
	OCI_STRINGS(oci_features_memory_policy, flags, "flags"),
};
static const struct oci_type oci_features_memory_policy_type = OCI_TYPE(oci_features_memory_policy, memory_policy_rows);

static const struct oci_field mount_extensions_rows[] = {
	OCI_OBJECT(oci_features_mount_extensions, idmap, "idmap", oci_features_switch),
};
static const struct oci_type oci_features_mount_extensions_type = OCI_TYPE(oci_features_mount_extensions,
	mount_extensions_rows);

static const struct oci_field linux_rows[] = {
	OCI_STRINGS(oci_features_linux, namespaces, "namespaces"),
	OCI_STRINGS(oci_features_linux, capabilities, "capabilities", .check = check_capability,
		.expected = "a name such as CAP_CHOWN"),
	OCI_OBJECT(oci_features_linux, cgroup, "cgroup", oci_features_cgroup),
	OCI_OBJECT(oci_features_linux, seccomp, "seccomp", oci_features_seccomp),
	OCI_OBJECT(oci_features_linux, apparmor, "apparmor", oci_features_switch),
	OCI_OBJECT(oci_features_linux, selinux, "selinux", oci_features_switch),
	OCI_OBJECT(oci_features_linux, intel_rdt, "intelRdt", oci_features_intel_rdt),
	OCI_OBJECT(oci_features_linux, memory_policy, "memoryPolicy", oci_features_memory_policy),
	OCI_OBJECT(oci_features_linux, mount_extensions, "mountExtensions", oci_features_mount_extensions),
	OCI_OBJECT(oci_features_linux, net_devices, "netDevices", oci_features_switch),
};
static const struct oci_type oci_features_linux_type = OCI_TYPE(oci_features_linux, linux_rows);

static const struct oci_field features_rows[] = {
	OCI_STRING(oci_features, oci_version_min, "ociVersionMin", .flags = OCI_REQUIRED),
	OCI_STRING(oci_features, oci_version_max, "ociVersionMax", .flags = OCI_REQUIRED),
	OCI_STRINGS(oci_features, hooks, "hooks"),
	OCI_STRINGS(oci_features, mount_options, "mountOptions"),
	OCI_OBJECT(oci_features, linux_, "linux", oci_features_linux),
	OCI_STRING_MAP(oci_features, annotations, "annotations"),
	OCI_STRINGS(oci_features, potentially_unsafe_config_annotations, "potentiallyUnsafeConfigAnnotations"),
};
const struct oci_type oci_features_type = OCI_TYPE(oci_features, features_rows);
