/* What `events` says of a container: structs that mirror its JSON, for the files of this room that fill and write them;
 * and what they share with those of `stats` (usage.h).
 *
 * The layout is runc's, made for cgroup v1: times in nanoseconds, memory and swap as one sum, block I/O as lists of
 * operations. A value that cgroup v2 does not count is 0 or absent, as in runc; so are all values of a controller that
 * the cgroup does not have. */
#pragma once

#include "base/error.h"

#include "ocispec/field.h"

struct psi_times {
	struct oci_numeral avg10; /* per cent, as the kernel writes it: "0.12" */
	struct oci_numeral avg60;
	struct oci_numeral avg300;
	uint64_t total; /* microseconds */
};

struct psi {
	struct psi_times some;
	struct psi_times full;
	char *text; /* the text of the file, into which the numerals point */
};

struct cpu_usage {
	uint64_t total;
	uint64_t kernel;
	uint64_t user;
};

struct throttling {
	uint64_t periods;
	uint64_t throttled_periods;
	uint64_t throttled_time;
};

struct cpu_stats {
	struct cpu_usage usage;
	struct throttling throttling;
	struct psi *psi;
};

/* Of these values cgroup v2 has the two lists. */
struct cpuset_stats {
	struct oci_ids cpus;
	uint64_t cpu_exclusive;
	struct oci_ids mems;
	uint64_t mem_hardwall;
	uint64_t mem_exclusive;
	uint64_t memory_migrate;
	uint64_t memory_spread_page;
	uint64_t memory_spread_slab;
	uint64_t memory_pressure;
	uint64_t sched_load_balance;
	int64_t sched_relax_domain_level;
};

struct memory_entry {
	uint64_t limit; /* UINT64_MAX: none */
	uint64_t usage;
	uint64_t max;
	uint64_t failcnt;
};

struct memory_stats {
	uint64_t cache;
	struct memory_entry usage;
	struct memory_entry swap;
	struct memory_entry kernel;
	struct memory_entry kernel_tcp;
	struct oci_number_map raw;
	struct psi *psi;
	char *text; /* the text of memory.stat, into which the keys of raw point */
};

struct pids_stats {
	uint64_t current;
	uint64_t limit; /* 0: none */
};

struct io_entry {
	uint64_t major;
	uint64_t minor;
	const char *op;
	uint64_t value;
};

struct io_entries {
	size_t n;
	struct io_entry *items;
};

struct io_stats {
	struct io_entries bytes;
	struct io_entries operations;
	struct psi *psi;
};

struct hugetlb_stats {
	char *size; /* the key: "2MB" */
	uint64_t usage;
	uint64_t max;
	uint64_t failcnt;
};

struct hugetlb_list {
	size_t n;
	struct hugetlb_stats *items;
};

struct l3_cache_info {
	char *cbm_mask;
	uint64_t min_cbm_bits;
	uint64_t num_closids;
};

struct mem_bw_info {
	uint64_t bandwidth_gran;
	uint64_t delay_linear;
	uint64_t min_bandwidth;
	uint64_t num_closids;
};

/* The values of one L3 cache. */
struct mbm_stats {
	uint64_t total_bytes;
	uint64_t local_bytes;
};

struct cmt_stats {
	uint64_t llc_occupancy;
};

struct mbm_list {
	size_t n;
	struct mbm_stats *items;
};

struct cmt_list {
	size_t n;
	struct cmt_stats *items;
};

struct rdt_stats {
	struct l3_cache_info l3_cache;
	char *l3_cache_schema_root; /* that of the root class; the next member is that of the container's class */
	char *l3_cache_schema;
	struct mem_bw_info mem_bw;
	char *mem_bw_schema_root;
	char *mem_bw_schema;
	struct mbm_list mbm;
	struct cmt_list cmt;
};

struct stats {
	struct cpu_stats cpu;
	struct cpuset_stats cpuset;
	struct memory_stats memory;
	struct pids_stats pids;
	struct io_stats io;
	struct hugetlb_list hugetlb;
	struct rdt_stats intel_rdt;            /* all empty without linux.intelRdt */
	struct oci_strings network_interfaces; /* always empty: the manager makes them, and not the runtime */
};

struct event {
	const char *type;
	const char *id;
	struct stats *data;
};

/* lines.c: takes the next line "key value" off the text; the value is the rest of the line after the first space. False
 * at the end. */
bool lines_next_pair(char **left, char **ret_key, char **ret_value);
/* lines.c: takes the next word "key=value" off the text. False at the end. */
bool lines_next_word(char **left, char **ret_key, char **ret_value);
/* lines.c: parses the text of a file of pressure (cpu.pressure). The text was allocated by malloc(3), and belongs to
 * this function then. NULL for a text that is NULL, and when memory ran out. */
struct psi *psi_parse(char *text);
void psi_free(struct psi *psi);

/* rows.c: how an event is written as JSON. */
extern const struct oci_type event_type;

/* cgroup.c: reads all files of the cgroup, an open directory, into *stats, which is zeroed before. stats_free() accepts
 * one that was filled in part. */
int stats_read(int cgroup, struct stats *stats, struct error *err);
void stats_free(struct stats *stats);

struct resctrl_claim;

/* resctrl.c: reads how the processor divides its caches and memory bandwidth, and what of them the class of the
 * container has and uses. resctrl is an fd of the root of that file system, id the name of the container.
 * rdt_stats_free() accepts one that was filled in part. */
int rdt_stats_read(int resctrl, const struct resctrl_claim *rdt, const char *id, struct rdt_stats *stats,
	struct error *err);
void rdt_stats_free(struct rdt_stats *stats);
