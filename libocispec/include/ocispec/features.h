/* The features document: the features of a runtime (spec: features.md, features-linux.md). */
#pragma once

#include "ocispec/types.h"

struct oci_features_cgroup {
	struct oci_opt_bool v1;
	struct oci_opt_bool v2;
	struct oci_opt_bool systemd;
	struct oci_opt_bool systemd_user;
	struct oci_opt_bool rdma;
};

struct oci_features_seccomp {
	struct oci_opt_bool enabled;
	struct oci_strings actions;
	struct oci_strings operators;
	struct oci_strings archs;
	struct oci_strings known_flags;
	struct oci_strings supported_flags;
};

struct oci_features_switch {
	struct oci_opt_bool enabled;
};

struct oci_features_intel_rdt {
	struct oci_opt_bool enabled;
	struct oci_opt_bool schemata;
	struct oci_opt_bool monitoring;
};

struct oci_features_memory_policy {
	struct oci_strings modes;
	struct oci_strings flags;
};

struct oci_features_mount_extensions {
	struct oci_features_switch *idmap;
};

struct oci_features_linux {
	struct oci_strings namespaces;
	struct oci_strings capabilities;
	struct oci_features_cgroup *cgroup;
	struct oci_features_seccomp *seccomp;
	struct oci_features_switch *apparmor;
	struct oci_features_switch *selinux;
	struct oci_features_intel_rdt *intel_rdt;
	struct oci_features_memory_policy *memory_policy;
	struct oci_features_mount_extensions *mount_extensions;
	struct oci_features_switch *net_devices;
};

struct oci_features {
	char *oci_version_min;
	char *oci_version_max;
	struct oci_strings hooks;
	struct oci_strings mount_options;
	struct oci_features_linux *linux_;
	struct oci_string_map annotations;
	struct oci_strings potentially_unsafe_config_annotations;
};
