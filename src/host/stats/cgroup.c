/* Reading what a container uses from the files of its cgroup, for `events`. Runs on the host; reads only. Without a
 * file its values are 0. */
#include "host/stats/parts.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"
#include "host/cgroup/cgroup.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STAT_FILE_MAX = 1024 * 1024, USEC = 1000 };

/* The text of a file, to be freed; NULL when the cgroup has no such file, or read(2) fails. */
static char *read_text(int cgroup, const char *name)
{
	char *text = NULL;
	size_t length;

	return file_read(cgroup, name, STAT_FILE_MAX, &text, &length, NULL) == 0 ? text : NULL;
}

/* The number in a file; 0 without the file, none for "max". */
static uint64_t read_number(int cgroup, const char *name, uint64_t none)
{
	uint64_t number;

	if (!file_read_number(cgroup, name, &number))
		return 0;
	return number == UINT64_MAX ? none : number;
}

/* The pressure on a resource (PSI); NULL when the kernel does not measure it. */
static struct psi *read_psi(int cgroup, const char *name)
{
	return psi_parse(read_text(cgroup, name));
}

static void read_cpu(int cgroup, struct cpu_stats *cpu)
{
	cleanup_free char *text = read_text(cgroup, "cpu.stat");
	const struct {
		const char *key;
		uint64_t *number;
		uint64_t unit;
	} wanted[] = {
		{ "usage_usec", &cpu->usage.total, USEC },
		{ "system_usec", &cpu->usage.kernel, USEC },
		{ "user_usec", &cpu->usage.user, USEC },
		{ "nr_periods", &cpu->throttling.periods, 1 },
		{ "nr_throttled", &cpu->throttling.throttled_periods, 1 },
		{ "throttled_usec", &cpu->throttling.throttled_time, USEC },
	};
	char *left = text;
	char *value;
	char *key;

	while (lines_next_pair(&left, &key, &value)) {
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			if (strcmp(key, wanted[i].key) == 0 && text_to_u64(value, wanted[i].number))
				*wanted[i].number *= wanted[i].unit;
		}
	}
	cpu->psi = read_psi(cgroup, "cpu.pressure");
}

/* Reads a list such as "0-3,7" into single numbers. */
static int read_ids(int cgroup, const char *name, struct oci_ids *ids)
{
	cleanup_free char *text = read_text(cgroup, name);
	const char *list = text;
	uint64_t first;
	uint64_t last;

	if (text)
		text[strcspn(text, "\n")] = '\0';
	while (list && *list && text_next_range(&list, &first, &last)) {
		for (uint64_t id = first; id <= last && id < UINT16_MAX; id++) {
			uint32_t *grown = reallocarray(ids->items, ids->n + 1, sizeof(*grown));

			if (!grown)
				return -1;
			ids->items = grown;
			grown[ids->n++] = (uint32_t)id;
		}
	}
	return 0;
}

static int read_raw_memory(int cgroup, struct memory_stats *memory)
{
	char *left = read_text(cgroup, "memory.stat");
	char *value;
	char *key;

	memory->text = left;
	while (lines_next_pair(&left, &key, &value)) {
		struct oci_number_pair pair = { .key = key };
		struct oci_number_pair *grown;

		if (!text_to_u64(value, &pair.value))
			continue;
		if (strcmp(key, "file") == 0)
			memory->cache = pair.value;
		grown = reallocarray(memory->raw.items, memory->raw.n + 1, sizeof(*grown));
		if (!grown)
			return -1;
		memory->raw.items = grown;
		grown[memory->raw.n++] = pair;
	}
	return 0;
}

static uint64_t add_limits(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static int read_memory(int cgroup, struct memory_stats *memory)
{
	memory->usage.limit = read_number(cgroup, "memory.max", UINT64_MAX);
	memory->usage.usage = read_number(cgroup, "memory.current", UINT64_MAX);
	memory->usage.max = read_number(cgroup, "memory.peak", UINT64_MAX);
	memory->usage.failcnt = file_read_key(cgroup, "memory.events", "max");
	memory->swap.limit = add_limits(read_number(cgroup, "memory.swap.max", UINT64_MAX), memory->usage.limit);
	memory->swap.usage = read_number(cgroup, "memory.swap.current", UINT64_MAX) + memory->usage.usage;
	memory->psi = read_psi(cgroup, "memory.pressure");
	return read_raw_memory(cgroup, memory);
}

/* Without the pids controller the processes are counted: fewer than their threads, but better than nothing. */
static int read_pids(int cgroup, struct pids_stats *pids, struct error *err)
{
	cleanup_process_list struct process_list list = { 0 };

	pids->limit = read_number(cgroup, "pids.max", 0);
	pids->current = read_number(cgroup, "pids.current", 0);
	if (pids->current > 0)
		return 0;
	if (cgroup_list_processes(cgroup, &list, err) < 0)
		return -1;
	pids->current = list.n;
	return 0;
}

static int add_io(struct io_entries *entries, struct io_entry entry)
{
	struct io_entry *grown = reallocarray(entries->items, entries->n + 1, sizeof(*grown));

	if (!grown)
		return -1;
	entries->items = grown;
	grown[entries->n++] = entry;
	return 0;
}

/* Parses "rbytes=1 wbytes=2 rios=3 wios=4 ..." of a device. */
static int parse_io(char *words, struct io_entry entry, struct io_stats *io)
{
	const struct {
		const char *key;
		const char *op;
		struct io_entries *entries;
	} wanted[] = {
		{ "rbytes", "Read", &io->bytes },
		{ "wbytes", "Write", &io->bytes },
		{ "rios", "Read", &io->operations },
		{ "wios", "Write", &io->operations },
	};
	char *value;
	char *key;

	while (lines_next_word(&words, &key, &value)) {
		if (!text_to_u64(value, &entry.value))
			continue;
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			entry.op = wanted[i].op;
			if (strcmp(key, wanted[i].key) == 0 && add_io(wanted[i].entries, entry) < 0)
				return -1;
		}
	}
	return 0;
}

static int read_io(int cgroup, struct io_stats *io)
{
	cleanup_free char *text = read_text(cgroup, "io.stat");
	char *left = text;
	char *value;
	char *key;

	io->psi = read_psi(cgroup, "io.pressure");
	while (lines_next_pair(&left, &key, &value)) {
		struct io_entry entry = { 0 };
		char *minor = key;
		const char *major = strsep(&minor, ":");

		if (minor && text_to_u64(major, &entry.major) && text_to_u64(minor, &entry.minor) &&
			parse_io(value, entry, io) < 0)
			return -1;
	}
	return 0;
}

/* The size in a file name such as "hugetlb.2MB.current", to be freed; NULL for other names. */
static char *page_size_of(const char *name)
{
	static const char prefix[] = "hugetlb.";
	static const char suffix[] = ".current";
	const char *size = name + sizeof(prefix) - 1;

	if (!text_starts(name, prefix) || strcmp(size + strcspn(size, "."), suffix) != 0)
		return NULL;
	return strndup(size, strcspn(size, "."));
}

/* Reads the reserved pages where the kernel counts them, since the limit of create is one of reservations; else the
 * pages in use. */
static void read_page_size(int cgroup, struct hugetlb_stats *stats)
{
	char name[NAME_MAX + 1];

	snprintf(name, sizeof(name), "hugetlb.%s.rsvd.current", stats->size);
	if (faccessat(cgroup, name, F_OK, 0) < 0)
		snprintf(name, sizeof(name), "hugetlb.%s.current", stats->size);
	stats->usage = read_number(cgroup, name, 0);
	snprintf(name, sizeof(name), "hugetlb.%s.events", stats->size);
	stats->failcnt = file_read_key(cgroup, name, "max");
}

static int compare_sizes(const void *a, const void *b)
{
	const struct hugetlb_stats *left = a;
	const struct hugetlb_stats *right = b;

	return strcmp(left->size, right->size);
}

static int read_hugetlb(int cgroup, struct hugetlb_list *list)
{
	cleanup_dir DIR *dir = fd_open_dir(cgroup, ".");

	for (struct dirent *entry = dir ? fd_next_entry(dir) : NULL; entry; entry = fd_next_entry(dir)) {
		struct hugetlb_stats stats = { .size = page_size_of(entry->d_name) };
		struct hugetlb_stats *grown;

		if (!stats.size)
			continue;
		grown = reallocarray(list->items, list->n + 1, sizeof(*grown));
		if (!grown) {
			free(stats.size);
			return -1;
		}
		read_page_size(cgroup, &stats);
		list->items = grown;
		grown[list->n++] = stats;
	}
	if (list->n > 0)
		qsort(list->items, list->n, sizeof(*list->items), compare_sizes);
	return 0;
}

int stats_read(int cgroup, struct stats *stats, struct error *err)
{
	read_cpu(cgroup, &stats->cpu);
	if (read_ids(cgroup, "cpuset.cpus.effective", &stats->cpuset.cpus) < 0 ||
		read_ids(cgroup, "cpuset.mems.effective", &stats->cpuset.mems) < 0 ||
		read_memory(cgroup, &stats->memory) < 0 || read_io(cgroup, &stats->io) < 0 ||
		read_hugetlb(cgroup, &stats->hugetlb) < 0)
		return error_set(err, ENOMEM, "cannot read what the container uses");
	return read_pids(cgroup, &stats->pids, err);
}

void stats_free(struct stats *stats)
{
	psi_free(stats->cpu.psi);
	free(stats->cpuset.cpus.items);
	free(stats->cpuset.mems.items);
	psi_free(stats->memory.psi);
	free(stats->memory.raw.items);
	free(stats->memory.text);
	psi_free(stats->io.psi);
	free(stats->io.bytes.items);
	free(stats->io.operations.items);
	for (size_t i = 0; i < stats->hugetlb.n; i++)
		free(stats->hugetlb.items[i].size);
	free(stats->hugetlb.items);
	rdt_stats_free(&stats->intel_rdt);
	*stats = (struct stats){ 0 };
}
