/* The rows of linux.resources, for config.json and `update --resources`. */
#include "document.h"
#include "rows.h"

/* -1 means any number. */
static const struct oci_field device_rule_rows[] = {
	OCI_BOOL(oci_device_rule, allow, "allow", .flags = OCI_REQUIRED),
	OCI_STRING(oci_device_rule, type, "type", .check = check_device_rule_type, .expected = "one of a, b, c"),
	OCI_NUMBER(oci_device_rule, major, "major", .min = -1, .max = OCI_MAX_MAJOR),
	OCI_NUMBER(oci_device_rule, minor, "minor", .min = -1, .max = OCI_MAX_MINOR),
	OCI_STRING(oci_device_rule, access, "access", .check = check_device_access, .expected = "some of r, w, m"),
};
static const struct oci_type oci_device_rule_type = OCI_TYPE(oci_device_rule, device_rule_rows);

static const struct oci_field memory_rows[] = {
	OCI_NUMBER(oci_memory, limit, "limit"),
	OCI_NUMBER(oci_memory, reservation, "reservation"),
	OCI_NUMBER(oci_memory, swap, "swap"),
	OCI_NUMBER(oci_memory, kernel, "kernel"),
	OCI_NUMBER(oci_memory, kernel_tcp, "kernelTCP"),
	OCI_NUMBER(oci_memory, swappiness, "swappiness", .max = 100),
	OCI_BOOL(oci_memory, disable_oom_killer, "disableOOMKiller"),
	OCI_BOOL(oci_memory, use_hierarchy, "useHierarchy"),
	OCI_BOOL(oci_memory, check_before_update, "checkBeforeUpdate"),
};
static const struct oci_type oci_memory_type = OCI_TYPE(oci_memory, memory_rows);

static const struct oci_field cpu_rows[] = {
	OCI_NUMBER(oci_cpu, shares, "shares"),
	OCI_NUMBER(oci_cpu, quota, "quota"),
	OCI_NUMBER(oci_cpu, burst, "burst"),
	OCI_NUMBER(oci_cpu, period, "period"),
	OCI_NUMBER(oci_cpu, realtime_runtime, "realtimeRuntime"),
	OCI_NUMBER(oci_cpu, realtime_period, "realtimePeriod"),
	OCI_STRING(oci_cpu, cpus, "cpus"),
	OCI_STRING(oci_cpu, mems, "mems"),
	OCI_NUMBER(oci_cpu, idle, "idle", .max = 1),
};
static const struct oci_type oci_cpu_type = OCI_TYPE(oci_cpu, cpu_rows);

static const struct oci_field pids_rows[] = {
	OCI_NUMBER(oci_pids, limit, "limit"),
};
static const struct oci_type oci_pids_type = OCI_TYPE(oci_pids, pids_rows);

static const struct oci_field weight_device_rows[] = {
	OCI_NUMBER(oci_weight_device, major, "major", .flags = OCI_REQUIRED, .max = OCI_MAX_MAJOR),
	OCI_NUMBER(oci_weight_device, minor, "minor", .flags = OCI_REQUIRED, .max = OCI_MAX_MINOR),
	OCI_NUMBER(oci_weight_device, weight, "weight"),
	OCI_NUMBER(oci_weight_device, leaf_weight, "leafWeight"),
};
static const struct oci_type oci_weight_device_type = OCI_TYPE(oci_weight_device, weight_device_rows);

static const struct oci_field throttle_device_rows[] = {
	OCI_NUMBER(oci_throttle_device, major, "major", .flags = OCI_REQUIRED, .max = OCI_MAX_MAJOR),
	OCI_NUMBER(oci_throttle_device, minor, "minor", .flags = OCI_REQUIRED, .max = OCI_MAX_MINOR),
	OCI_NUMBER(oci_throttle_device, rate, "rate", .flags = OCI_REQUIRED),
};
static const struct oci_type oci_throttle_device_type = OCI_TYPE(oci_throttle_device, throttle_device_rows);

static const struct oci_field block_io_rows[] = {
	OCI_NUMBER(oci_block_io, weight, "weight"),
	OCI_NUMBER(oci_block_io, leaf_weight, "leafWeight"),
	OCI_LIST(oci_block_io, weight_device, "weightDevice", oci_weight_device),
	OCI_LIST(oci_block_io, throttle_read_bps_device, "throttleReadBpsDevice", oci_throttle_device),
	OCI_LIST(oci_block_io, throttle_write_bps_device, "throttleWriteBpsDevice", oci_throttle_device),
	OCI_LIST(oci_block_io, throttle_read_iops_device, "throttleReadIOPSDevice", oci_throttle_device),
	OCI_LIST(oci_block_io, throttle_write_iops_device, "throttleWriteIOPSDevice", oci_throttle_device),
};
static const struct oci_type oci_block_io_type = OCI_TYPE(oci_block_io, block_io_rows);

static const struct oci_field hugepage_limit_rows[] = {
	OCI_STRING(oci_hugepage_limit, page_size, "pageSize", .flags = OCI_REQUIRED, .check = check_page_size,
		.expected = "a size such as 64KB, 2MB or 1GB"),
	OCI_NUMBER(oci_hugepage_limit, limit, "limit", .flags = OCI_REQUIRED),
};
static const struct oci_type oci_hugepage_limit_type = OCI_TYPE(oci_hugepage_limit, hugepage_limit_rows);

static const struct oci_field interface_priority_rows[] = {
	OCI_STRING(oci_interface_priority, name, "name", .flags = OCI_REQUIRED),
	OCI_NUMBER(oci_interface_priority, priority, "priority", .flags = OCI_REQUIRED),
};
static const struct oci_type oci_interface_priority_type = OCI_TYPE(oci_interface_priority, interface_priority_rows);

static const struct oci_field network_rows[] = {
	OCI_NUMBER(oci_network, class_id, "classID"),
	OCI_LIST(oci_network, priorities, "priorities", oci_interface_priority),
};
static const struct oci_type oci_network_type = OCI_TYPE(oci_network, network_rows);

static const struct oci_field rdma_rows[] = {
	OCI_NUMBER(oci_rdma, hca_handles, "hcaHandles"),
	OCI_NUMBER(oci_rdma, hca_objects, "hcaObjects"),
};
static const struct oci_type oci_rdma_type = OCI_TYPE(oci_rdma, rdma_rows);

static const struct oci_field resources_rows[] = {
	OCI_LIST(oci_resources, devices, "devices", oci_device_rule),
	OCI_OBJECT(oci_resources, memory, "memory", oci_memory),
	OCI_OBJECT(oci_resources, cpu, "cpu", oci_cpu),
	OCI_OBJECT(oci_resources, pids, "pids", oci_pids),
	OCI_OBJECT(oci_resources, block_io, "blockIO", oci_block_io),
	OCI_LIST(oci_resources, hugepage_limits, "hugepageLimits", oci_hugepage_limit),
	OCI_OBJECT(oci_resources, network, "network", oci_network),
	OCI_KEYED_LIST(oci_resources, rdma, "rdma", oci_rdma, device),
	OCI_STRING_MAP(oci_resources, unified, "unified"),
};
const struct oci_type oci_resources_type = OCI_TYPE(oci_resources, resources_rows);
