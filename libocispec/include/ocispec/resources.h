/* linux.resources: the limits of a container; also the document of `update --resources` (spec: config-linux.md, control
 * groups). */
#pragma once

#include "ocispec/types.h"

struct oci_device_rule {
	bool allow;
	char *type;               /* "a", "b" or "c"; NULL: "a" */
	struct oci_opt_i64 major; /* unset or -1: every */
	struct oci_opt_i64 minor;
	char *access; /* some of "rwm"; NULL: all */
};

struct oci_device_rules {
	size_t n;
	struct oci_device_rule *items;
};

struct oci_memory {
	struct oci_opt_i64 limit; /* bytes, -1: unlimited; the same for the next four */
	struct oci_opt_i64 reservation;
	struct oci_opt_i64 swap; /* memory plus swap */
	struct oci_opt_i64 kernel;
	struct oci_opt_i64 kernel_tcp;
	struct oci_opt_u64 swappiness;
	struct oci_opt_bool disable_oom_killer;
	struct oci_opt_bool use_hierarchy;
	struct oci_opt_bool check_before_update;
};

struct oci_cpu {
	struct oci_opt_u64 shares;
	struct oci_opt_i64 quota; /* microseconds, as all times here */
	struct oci_opt_u64 burst;
	struct oci_opt_u64 period;
	struct oci_opt_i64 realtime_runtime;
	struct oci_opt_u64 realtime_period;
	char *cpus; /* "0-3,7" */
	char *mems;
	struct oci_opt_i64 idle; /* 0 or 1 */
};

struct oci_weight_device {
	int64_t major;
	int64_t minor;
	struct oci_opt_u16 weight;
	struct oci_opt_u16 leaf_weight;
};

struct oci_weight_devices {
	size_t n;
	struct oci_weight_device *items;
};

struct oci_throttle_device {
	int64_t major;
	int64_t minor;
	uint64_t rate; /* bytes or operations per second */
};

struct oci_throttle_devices {
	size_t n;
	struct oci_throttle_device *items;
};

struct oci_block_io {
	struct oci_opt_u16 weight;
	struct oci_opt_u16 leaf_weight;
	struct oci_weight_devices weight_device;
	struct oci_throttle_devices throttle_read_bps_device;
	struct oci_throttle_devices throttle_write_bps_device;
	struct oci_throttle_devices throttle_read_iops_device;
	struct oci_throttle_devices throttle_write_iops_device;
};

struct oci_hugepage_limit {
	char *page_size; /* "2MB" */
	uint64_t limit;  /* bytes */
};

struct oci_hugepage_limits {
	size_t n;
	struct oci_hugepage_limit *items;
};

struct oci_interface_priority {
	char *name;
	uint32_t priority;
};

struct oci_interface_priorities {
	size_t n;
	struct oci_interface_priority *items;
};

struct oci_network {
	struct oci_opt_u32 class_id;
	struct oci_interface_priorities priorities;
};

struct oci_pids {
	struct oci_opt_i64 limit; /* -1: unlimited; 0 is a limit */
};

struct oci_rdma {
	char *device; /* the key */
	struct oci_opt_u32 hca_handles;
	struct oci_opt_u32 hca_objects;
};

struct oci_rdma_list {
	size_t n;
	struct oci_rdma *items;
};

struct oci_resources {
	struct oci_device_rules devices;
	struct oci_memory *memory;
	struct oci_cpu *cpu;
	struct oci_pids *pids;
	struct oci_block_io *block_io;
	struct oci_hugepage_limits hugepage_limits;
	struct oci_network *network;
	struct oci_rdma_list rdma;
	struct oci_string_map unified;
};
