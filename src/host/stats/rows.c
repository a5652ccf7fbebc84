/* How an event of a container is written: the rows of its JSON. The names are those that the types of go-runc decode;
 * those of Intel RDT, which go-runc does not have, are runc's. Data alone. */
#include "host/stats/parts.h"

static const struct oci_field psi_times_rows[] = {
	OCI_NUMERAL(psi_times, avg10, "avg10", .flags = OCI_WRITTEN),
	OCI_NUMERAL(psi_times, avg60, "avg60", .flags = OCI_WRITTEN),
	OCI_NUMERAL(psi_times, avg300, "avg300", .flags = OCI_WRITTEN),
	OCI_NUMBER(psi_times, total, "total", .flags = OCI_WRITTEN),
};
static const struct oci_type psi_times_type = OCI_TYPE(psi_times, psi_times_rows);

static const struct oci_field psi_rows[] = {
	OCI_OBJECT(psi, some, "some", psi_times, .flags = OCI_WRITTEN),
	OCI_OBJECT(psi, full, "full", psi_times, .flags = OCI_WRITTEN),
};
static const struct oci_type psi_type = OCI_TYPE(psi, psi_rows);

static const struct oci_field cpu_usage_rows[] = {
	OCI_NUMBER(cpu_usage, total, "total"),
	OCI_NUMBER(cpu_usage, kernel, "kernel", .flags = OCI_WRITTEN),
	OCI_NUMBER(cpu_usage, user, "user", .flags = OCI_WRITTEN),
};
static const struct oci_type cpu_usage_type = OCI_TYPE(cpu_usage, cpu_usage_rows);

static const struct oci_field throttling_rows[] = {
	OCI_NUMBER(throttling, periods, "periods"),
	OCI_NUMBER(throttling, throttled_periods, "throttledPeriods"),
	OCI_NUMBER(throttling, throttled_time, "throttledTime"),
};
static const struct oci_type throttling_type = OCI_TYPE(throttling, throttling_rows);

static const struct oci_field cpu_stats_rows[] = {
	OCI_OBJECT(cpu_stats, usage, "usage", cpu_usage, .flags = OCI_WRITTEN),
	OCI_OBJECT(cpu_stats, throttling, "throttling", throttling, .flags = OCI_WRITTEN),
	OCI_OBJECT(cpu_stats, psi, "psi", psi),
};
static const struct oci_type cpu_stats_type = OCI_TYPE(cpu_stats, cpu_stats_rows);

static const struct oci_field cpuset_stats_rows[] = {
	OCI_IDS(cpuset_stats, cpus, "cpus"),
	OCI_NUMBER(cpuset_stats, cpu_exclusive, "cpu_exclusive", .flags = OCI_WRITTEN),
	OCI_IDS(cpuset_stats, mems, "mems"),
	OCI_NUMBER(cpuset_stats, mem_hardwall, "mem_hardwall", .flags = OCI_WRITTEN),
	OCI_NUMBER(cpuset_stats, mem_exclusive, "mem_exclusive", .flags = OCI_WRITTEN),
	OCI_NUMBER(cpuset_stats, memory_migrate, "memory_migrate", .flags = OCI_WRITTEN),
	OCI_NUMBER(cpuset_stats, memory_spread_page, "memory_spread_page", .flags = OCI_WRITTEN),
	OCI_NUMBER(cpuset_stats, memory_spread_slab, "memory_spread_slab", .flags = OCI_WRITTEN),
	OCI_NUMBER(cpuset_stats, memory_pressure, "memory_pressure", .flags = OCI_WRITTEN),
	OCI_NUMBER(cpuset_stats, sched_load_balance, "sched_load_balance", .flags = OCI_WRITTEN),
	OCI_NUMBER(cpuset_stats, sched_relax_domain_level, "sched_relax_domain_level", .flags = OCI_WRITTEN),
};
static const struct oci_type cpuset_stats_type = OCI_TYPE(cpuset_stats, cpuset_stats_rows);

static const struct oci_field memory_entry_rows[] = {
	OCI_NUMBER(memory_entry, limit, "limit", .flags = OCI_WRITTEN),
	OCI_NUMBER(memory_entry, usage, "usage"),
	OCI_NUMBER(memory_entry, max, "max"),
	OCI_NUMBER(memory_entry, failcnt, "failcnt", .flags = OCI_WRITTEN),
};
static const struct oci_type memory_entry_type = OCI_TYPE(memory_entry, memory_entry_rows);

static const struct oci_field memory_stats_rows[] = {
	OCI_NUMBER(memory_stats, cache, "cache"),
	OCI_OBJECT(memory_stats, usage, "usage", memory_entry, .flags = OCI_WRITTEN),
	OCI_OBJECT(memory_stats, swap, "swap", memory_entry, .flags = OCI_WRITTEN),
	OCI_OBJECT(memory_stats, kernel, "kernel", memory_entry, .flags = OCI_WRITTEN),
	OCI_OBJECT(memory_stats, kernel_tcp, "kernelTCP", memory_entry, .flags = OCI_WRITTEN),
	OCI_NUMBER_MAP(memory_stats, raw, "raw"),
	OCI_OBJECT(memory_stats, psi, "psi", psi),
};
static const struct oci_type memory_stats_type = OCI_TYPE(memory_stats, memory_stats_rows);

static const struct oci_field pids_stats_rows[] = {
	OCI_NUMBER(pids_stats, current, "current"),
	OCI_NUMBER(pids_stats, limit, "limit"),
};
static const struct oci_type pids_stats_type = OCI_TYPE(pids_stats, pids_stats_rows);

static const struct oci_field io_entry_rows[] = {
	OCI_NUMBER(io_entry, major, "major"),
	OCI_NUMBER(io_entry, minor, "minor"),
	OCI_STRING(io_entry, op, "op"),
	OCI_NUMBER(io_entry, value, "value"),
};
static const struct oci_type io_entry_type = OCI_TYPE(io_entry, io_entry_rows);

static const struct oci_field io_stats_rows[] = {
	OCI_LIST(io_stats, bytes, "ioServiceBytesRecursive", io_entry),
	OCI_LIST(io_stats, operations, "ioServicedRecursive", io_entry),
	OCI_OBJECT(io_stats, psi, "psi", psi),
};
static const struct oci_type io_stats_type = OCI_TYPE(io_stats, io_stats_rows);

static const struct oci_field hugetlb_stats_rows[] = {
	OCI_NUMBER(hugetlb_stats, usage, "usage"),
	OCI_NUMBER(hugetlb_stats, max, "max"),
	OCI_NUMBER(hugetlb_stats, failcnt, "failcnt", .flags = OCI_WRITTEN),
};
static const struct oci_type hugetlb_stats_type = OCI_TYPE(hugetlb_stats, hugetlb_stats_rows);

static const struct oci_field l3_cache_info_rows[] = {
	OCI_STRING(l3_cache_info, cbm_mask, "cbm_mask"),
	OCI_NUMBER(l3_cache_info, min_cbm_bits, "min_cbm_bits"),
	OCI_NUMBER(l3_cache_info, num_closids, "num_closids"),
};
static const struct oci_type l3_cache_info_type = OCI_TYPE(l3_cache_info, l3_cache_info_rows);

static const struct oci_field mem_bw_info_rows[] = {
	OCI_NUMBER(mem_bw_info, bandwidth_gran, "bandwidth_gran"),
	OCI_NUMBER(mem_bw_info, delay_linear, "delay_linear"),
	OCI_NUMBER(mem_bw_info, min_bandwidth, "min_bandwidth"),
	OCI_NUMBER(mem_bw_info, num_closids, "num_closids"),
};
static const struct oci_type mem_bw_info_type = OCI_TYPE(mem_bw_info, mem_bw_info_rows);

static const struct oci_field mbm_stats_rows[] = {
	OCI_NUMBER(mbm_stats, total_bytes, "mbm_total_bytes", .flags = OCI_WRITTEN),
	OCI_NUMBER(mbm_stats, local_bytes, "mbm_local_bytes", .flags = OCI_WRITTEN),
};
static const struct oci_type mbm_stats_type = OCI_TYPE(mbm_stats, mbm_stats_rows);

static const struct oci_field cmt_stats_rows[] = {
	OCI_NUMBER(cmt_stats, llc_occupancy, "llc_occupancy", .flags = OCI_WRITTEN),
};
static const struct oci_type cmt_stats_type = OCI_TYPE(cmt_stats, cmt_stats_rows);

static const struct oci_field rdt_stats_rows[] = {
	OCI_OBJECT(rdt_stats, l3_cache, "l3_cache_info", l3_cache_info),
	OCI_STRING(rdt_stats, l3_cache_schema_root, "l3_cache_schema_root"),
	OCI_STRING(rdt_stats, l3_cache_schema, "l3_cache_schema"),
	OCI_OBJECT(rdt_stats, mem_bw, "mem_bw_info", mem_bw_info),
	OCI_STRING(rdt_stats, mem_bw_schema_root, "mem_bw_schema_root"),
	OCI_STRING(rdt_stats, mem_bw_schema, "mem_bw_schema"),
	OCI_LIST(rdt_stats, mbm, "mbm_stats", mbm_stats),
	OCI_LIST(rdt_stats, cmt, "cmt_stats", cmt_stats),
};
static const struct oci_type rdt_stats_type = OCI_TYPE(rdt_stats, rdt_stats_rows);

static const struct oci_field stats_rows[] = {
	OCI_OBJECT(stats, cpu, "cpu", cpu_stats, .flags = OCI_WRITTEN),
	OCI_OBJECT(stats, cpuset, "cpuset", cpuset_stats, .flags = OCI_WRITTEN),
	OCI_OBJECT(stats, memory, "memory", memory_stats, .flags = OCI_WRITTEN),
	OCI_OBJECT(stats, pids, "pids", pids_stats, .flags = OCI_WRITTEN),
	OCI_OBJECT(stats, io, "blkio", io_stats, .flags = OCI_WRITTEN),
	OCI_KEYED_LIST(stats, hugetlb, "hugetlb", hugetlb_stats, size, .flags = OCI_WRITTEN),
	OCI_OBJECT(stats, intel_rdt, "intel_rdt", rdt_stats, .flags = OCI_WRITTEN),
	OCI_STRINGS(stats, network_interfaces, "network_interfaces", .flags = OCI_WRITTEN),
};
static const struct oci_type stats_type = OCI_TYPE(stats, stats_rows);

static const struct oci_field event_rows[] = {
	OCI_STRING(event, type, "type"),
	OCI_STRING(event, id, "id"),
	OCI_OBJECT(event, data, "data", stats),
};
const struct oci_type event_type = OCI_TYPE(event, event_rows);
