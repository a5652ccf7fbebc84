/* The "linux" section of config.json (spec: config-linux.md). */
#pragma once

#include "ocispec/resources.h"
#include "ocispec/seccomp.h"
#include "ocispec/types.h"

enum oci_namespace_type {
	OCI_NAMESPACE_UNSET,
	OCI_NAMESPACE_PID,
	OCI_NAMESPACE_NETWORK,
	OCI_NAMESPACE_MOUNT,
	OCI_NAMESPACE_IPC,
	OCI_NAMESPACE_UTS,
	OCI_NAMESPACE_USER,
	OCI_NAMESPACE_CGROUP,
	OCI_NAMESPACE_TIME,
};

struct oci_namespace {
	enum oci_namespace_type type;
	char *path; /* absolute: the namespace to join; NULL: make a new one */
};

struct oci_namespaces {
	size_t n;
	struct oci_namespace *items;
};

enum oci_device_type {
	OCI_DEVICE_UNSET,
	OCI_DEVICE_CHAR,       /* "c" */
	OCI_DEVICE_BLOCK,      /* "b" */
	OCI_DEVICE_UNBUFFERED, /* "u", another name of a character device */
	OCI_DEVICE_FIFO,       /* "p" */
};

struct oci_device {
	enum oci_device_type type;
	char *path;
	struct oci_opt_i64 major;
	struct oci_opt_i64 minor;
	struct oci_opt_u32 file_mode;
	struct oci_opt_u32 uid;
	struct oci_opt_u32 gid;
};

struct oci_devices {
	size_t n;
	struct oci_device *items;
};

struct oci_net_device {
	char *host_name; /* the key */
	char *name;      /* its name in the container; NULL: the same */
};

struct oci_net_devices {
	size_t n;
	struct oci_net_device *items;
};

struct oci_time_offset {
	int64_t secs;
	uint32_t nanosecs;
};

struct oci_time_offsets {
	struct oci_time_offset *monotonic;
	struct oci_time_offset *boottime;
};

enum oci_propagation {
	OCI_PROPAGATION_UNSET,
	OCI_PROPAGATION_PRIVATE,
	OCI_PROPAGATION_SHARED,
	OCI_PROPAGATION_SLAVE,
	OCI_PROPAGATION_UNBINDABLE,
};

enum oci_personality_domain {
	OCI_PERSONALITY_UNSET,
	OCI_PERSONALITY_LINUX,
	OCI_PERSONALITY_LINUX32,
};

struct oci_personality {
	enum oci_personality_domain domain;
	struct oci_strings flags; /* no valid value exists */
};

struct oci_intel_rdt {
	char *clos_id;
	struct oci_strings schemata;
	char *l3_cache_schema;
	char *mem_bw_schema;
	bool enable_monitoring;
};

enum oci_mempolicy_mode {
	OCI_MPOL_UNSET,
	OCI_MPOL_DEFAULT,
	OCI_MPOL_BIND,
	OCI_MPOL_INTERLEAVE,
	OCI_MPOL_WEIGHTED_INTERLEAVE,
	OCI_MPOL_PREFERRED,
	OCI_MPOL_PREFERRED_MANY,
	OCI_MPOL_LOCAL,
};

enum oci_mempolicy_flag {
	OCI_MPOL_F_UNSET,
	OCI_MPOL_F_NUMA_BALANCING,
	OCI_MPOL_F_RELATIVE_NODES,
	OCI_MPOL_F_STATIC_NODES,
};

struct oci_memory_policy {
	enum oci_mempolicy_mode mode;
	char *nodes; /* "0-3,7" */
	struct oci_enums flags;
};

struct oci_linux {
	struct oci_namespaces namespaces;
	struct oci_id_mappings uid_mappings;
	struct oci_id_mappings gid_mappings;
	struct oci_devices devices;
	struct oci_net_devices net_devices;
	char *cgroups_path;
	struct oci_resources *resources;
	enum oci_propagation rootfs_propagation;
	struct oci_seccomp *seccomp;
	struct oci_string_map sysctl;
	struct oci_strings masked_paths;
	struct oci_strings readonly_paths;
	char *mount_label;
	struct oci_intel_rdt *intel_rdt;
	struct oci_memory_policy *memory_policy;
	struct oci_personality *personality;
	struct oci_time_offsets *time_offsets;
};
