/* What `stats` knows of a container: structs that mirror its JSON, for the files of this room that fill and write them.
 *
 * Times are in microseconds, sizes in bytes, as the kernel has them. A value without its file or line is not set, and
 * so is a limit that the kernel calls "max": 0 is a count that is 0. */
#pragma once

#include "host/stats/parts.h"
#include "host/stats/stats.h"

#include "ocispec/types.h"

struct usage_cpu {
	struct oci_opt_u64 usage;
	struct oci_opt_u64 user;
	struct oci_opt_u64 system;
	struct oci_opt_u64 quota; /* what it may use in a period */
	struct oci_opt_u64 period;
	struct oci_opt_u64 periods;
	struct oci_opt_u64 throttled_periods;
	struct oci_opt_u64 throttled;
	struct oci_opt_u64 bursts;
	struct oci_opt_u64 burst;
	struct psi *psi;
};

struct usage_swap {
	struct oci_opt_u64 current;
	struct oci_opt_u64 peak;
	struct oci_opt_u64 limit;
};

struct usage_memory_events {
	struct oci_opt_u64 low;
	struct oci_opt_u64 high;
	struct oci_opt_u64 max;
	struct oci_opt_u64 oom;
	struct oci_opt_u64 oom_kill;
	struct oci_opt_u64 oom_group_kill;
};

struct usage_swap_events {
	struct oci_opt_u64 high;
	struct oci_opt_u64 max;
	struct oci_opt_u64 fail;
};

/* Of memory.stat: sizes, and behind them counts. */
struct usage_memory_stat {
	struct oci_opt_u64 anon;
	struct oci_opt_u64 file;
	struct oci_opt_u64 shmem;
	struct oci_opt_u64 file_mapped;
	struct oci_opt_u64 file_dirty;
	struct oci_opt_u64 file_writeback;
	struct oci_opt_u64 inactive_anon;
	struct oci_opt_u64 active_anon;
	struct oci_opt_u64 inactive_file;
	struct oci_opt_u64 active_file;
	struct oci_opt_u64 unevictable;
	struct oci_opt_u64 kernel;
	struct oci_opt_u64 kernel_stack;
	struct oci_opt_u64 pagetables;
	struct oci_opt_u64 sock;
	struct oci_opt_u64 slab_reclaimable;
	struct oci_opt_u64 slab_unreclaimable;
	struct oci_opt_u64 swapcached;
	struct oci_opt_u64 zswap;
	struct oci_opt_u64 pgfault;
	struct oci_opt_u64 pgmajfault;
	struct oci_opt_u64 workingset_refault_anon;
	struct oci_opt_u64 workingset_refault_file;
};

struct usage_memory {
	struct oci_opt_u64 current;
	struct oci_opt_u64 peak;
	struct oci_opt_u64 limit;
	struct oci_opt_u64 high;
	struct oci_opt_u64 low;
	struct usage_swap swap;
	struct usage_memory_events events;
	struct usage_swap_events swap_events;
	struct usage_memory_stat stat;
	struct psi *psi;
};

struct usage_pids {
	struct oci_opt_u64 current;
	struct oci_opt_u64 peak;
	struct oci_opt_u64 limit;
	struct oci_opt_u64 limit_hits;
};

struct usage_device {
	uint64_t major;
	uint64_t minor;
	struct oci_opt_u64 read_bytes;
	struct oci_opt_u64 written_bytes;
	struct oci_opt_u64 discarded_bytes;
	struct oci_opt_u64 reads;
	struct oci_opt_u64 writes;
	struct oci_opt_u64 discards;
};

struct usage_devices {
	size_t n;
	struct usage_device *items;
};

struct usage_io {
	bool counted; /* there is an io.stat, in which a device that was not used yet has no line */
	struct usage_devices devices;
	struct psi *psi;
};

struct usage_pages {
	char *size; /* the key: "2MB" */
	struct oci_opt_u64 current;
	struct oci_opt_u64 limit;
	struct oci_opt_u64 reserved;
	struct oci_opt_u64 reserved_limit;
	struct oci_opt_u64 limit_hits;
};

struct usage_hugetlb {
	size_t n;
	struct usage_pages *items;
};

struct usage_resource {
	char *name; /* the key: "sev" */
	struct oci_opt_u64 current;
	struct oci_opt_u64 limit;
	struct oci_opt_u64 limit_hits;
};

struct usage_misc {
	size_t n;
	struct usage_resource *items;
};

struct usage {
	long long at_us; /* when it was read, on clock_us() */
	struct usage_cpu cpu;
	struct usage_memory memory;
	struct usage_pids pids;
	struct usage_io io;
	struct usage_hugetlb hugetlb;
	struct usage_misc misc;
};

/* A number per second or in hundredths of a per cent, over the time between two looks. */
struct usage_rates {
	struct oci_opt_u64 interval_us;
	struct oci_opt_u64 cpu;       /* hundredths of a per cent of one processor */
	struct oci_opt_u64 throttled; /* hundredths of a per cent of the periods */
	struct oci_opt_u64 read_bytes;
	struct oci_opt_u64 written_bytes;
};

/* ---- usage.c: the files ---- */

/* A file of a cgroup, and how its text becomes a part of struct usage. */
struct usage_file {
	const char *name; /* for a file of huge pages what comes behind "hugetlb.SIZE." */
	bool brief;       /* the table needs it */
	size_t offset;    /* in struct usage; in struct usage_pages for a file of huge pages */
	/* base is what the offset is relative to. Changes the text. Returns -1 when memory ran out. */
	int (*parse)(const struct usage_file *file, char *text, void *base);
	const struct usage_key *keys;
};

/* All files but those of huge pages, up to one without a name; then those of huge pages of one size. */
extern const struct usage_file usage_files[];
extern const struct usage_file usage_page_files[];

/* What happened between two looks at a container; before may be NULL. A count that has become smaller, as that of a
 * cgroup that was made anew, gives no rate. */
struct usage_rates usage_rates_between(const struct usage *before, const struct usage *now);
