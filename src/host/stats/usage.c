/* The files of a cgroup as numbers, for `stats`: which there are, how each is parsed, and the rates between two looks.
 * Touches no file. A line or word that has no number is passed over. */
#include "host/stats/usage.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { HUNDREDTHS_OF_PER_CENT = 100 * 100, US_PER_SECOND = 1000 * 1000 };

/* More than any machine has. */
#define NO_PAGE_LIMIT (UINT64_C(1) << 62)

/* A line "name number", and where the number goes. */
struct usage_key {
	const char *name; /* NULL ends the table */
	size_t offset;    /* in the struct that the offset of the file leads to */
};

static void *at(void *base, size_t offset)
{
	return (char *)base + offset;
}

static void set_number(struct oci_opt_u64 *number, const char *text)
{
	uint64_t value;

	if (text_to_u64(text, &value))
		*number = (struct oci_opt_u64){ .set = true, .v = value };
}

/* ---- how a text is parsed ---- */

/* "max", which is no limit, is no number either. */
static int parse_number(const struct usage_file *file, char *text, void *base)
{
	text[strcspn(text, "\n")] = '\0';
	set_number(at(base, file->offset), text);
	return 0;
}

/* Linux up to 6.18 shows the largest number of whole pages where no limit of huge pages is set. */
static int parse_page_limit(const struct usage_file *file, char *text, void *base)
{
	struct oci_opt_u64 *limit = at(base, file->offset);
	int result = parse_number(file, text, base);

	if (limit->set && limit->v >= NO_PAGE_LIMIT)
		*limit = (struct oci_opt_u64){ 0 };
	return result;
}

static int parse_keys(const struct usage_file *file, char *text, void *base)
{
	char *value;
	char *key;

	while (lines_next_pair(&text, &key, &value)) {
		for (const struct usage_key *row = file->keys; row->name; row++) {
			if (strcmp(row->name, key) == 0)
				set_number(at(base, file->offset + row->offset), value);
		}
	}
	return 0;
}

/* "25000 100000", or "max 100000". */
static int parse_quota(const struct usage_file *file, char *text, void *base)
{
	struct usage_cpu *cpu = at(base, file->offset);
	char *period;
	char *quota;

	if (lines_next_pair(&text, &quota, &period)) {
		set_number(&cpu->quota, quota);
		set_number(&cpu->period, period);
	}
	return 0;
}

static int parse_pressure(const struct usage_file *file, char *text, void *base)
{
	struct psi **psi = at(base, file->offset);
	char *copy = strdup(text);

	*psi = psi_parse(copy);
	return *psi ? 0 : -1;
}

/* A line of io.stat: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6". A device that was never used may have none
 * of the words, and is left out. */
static bool parse_device(char *number, char *words, struct usage_device *ret)
{
	struct usage_device device = { 0 };
	const struct {
		const char *key;
		struct oci_opt_u64 *number;
	} wanted[] = {
		{ "rbytes", &device.read_bytes },
		{ "wbytes", &device.written_bytes },
		{ "dbytes", &device.discarded_bytes },
		{ "rios", &device.reads },
		{ "wios", &device.writes },
		{ "dios", &device.discards },
	};
	const char *major = strsep(&number, ":");
	bool found = false;
	char *value;
	char *key;

	if (!number || !text_to_u64(major, &device.major) || !text_to_u64(number, &device.minor))
		return false;
	while (lines_next_word(&words, &key, &value)) {
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			if (strcmp(key, wanted[i].key) != 0)
				continue;
			set_number(wanted[i].number, value);
			found = found || wanted[i].number->set;
		}
	}
	*ret = device;
	return found;
}

static int parse_devices(const struct usage_file *file, char *text, void *base)
{
	struct usage_io *io = at(base, file->offset);
	struct usage_devices *devices = &io->devices;
	char *words;
	char *number;

	io->counted = true;
	while (lines_next_pair(&text, &number, &words)) {
		struct usage_device device;
		struct usage_device *grown;

		if (!parse_device(number, words, &device))
			continue;
		grown = reallocarray(devices->items, devices->n + 1, sizeof(*grown));
		if (!grown)
			return -1;
		devices->items = grown;
		grown[devices->n++] = device;
	}
	return 0;
}

/* The resource of that name; it is added when it is not there. NULL when memory ran out. */
static struct usage_resource *find_resource(struct usage_misc *misc, const char *name)
{
	struct usage_resource *grown;

	for (size_t i = 0; i < misc->n; i++) {
		if (strcmp(misc->items[i].name, name) == 0)
			return &misc->items[i];
	}
	grown = reallocarray(misc->items, misc->n + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	misc->items = grown;
	grown[misc->n] = (struct usage_resource){ .name = strdup(name) };
	return grown[misc->n].name ? &grown[misc->n++] : NULL;
}

/* Lines "sev 3"; the key of the file says which number of the resource that is. In misc.events the name has ".max"
 * behind it. */
static int parse_misc(const struct usage_file *file, char *text, void *base)
{
	static const char suffix[] = ".max";
	struct usage_misc *misc = at(base, file->offset);
	char *value;
	char *key;

	while (lines_next_pair(&text, &key, &value)) {
		struct usage_resource *resource;

		if (text_starts(key + strcspn(key, "."), suffix))
			key[strcspn(key, ".")] = '\0';
		resource = find_resource(misc, key);
		if (!resource)
			return -1;
		set_number(at(resource, file->keys->offset), value);
	}
	return 0;
}

/* ---- the files ---- */

#define KEY(type, name, member) { (name), offsetof(struct type, member) }
#define END                     { 0 }

static const struct usage_key cpu_keys[] = {
	KEY(usage_cpu, "usage_usec", usage),
	KEY(usage_cpu, "user_usec", user),
	KEY(usage_cpu, "system_usec", system),
	KEY(usage_cpu, "nr_periods", periods),
	KEY(usage_cpu, "nr_throttled", throttled_periods),
	KEY(usage_cpu, "throttled_usec", throttled),
	KEY(usage_cpu, "nr_bursts", bursts),
	KEY(usage_cpu, "burst_usec", burst),
	END,
};

static const struct usage_key memory_event_keys[] = {
	KEY(usage_memory_events, "low", low),
	KEY(usage_memory_events, "high", high),
	KEY(usage_memory_events, "max", max),
	KEY(usage_memory_events, "oom", oom),
	KEY(usage_memory_events, "oom_kill", oom_kill),
	KEY(usage_memory_events, "oom_group_kill", oom_group_kill),
	END,
};

static const struct usage_key swap_event_keys[] = {
	KEY(usage_swap_events, "high", high),
	KEY(usage_swap_events, "max", max),
	KEY(usage_swap_events, "fail", fail),
	END,
};

#define STAT(name) KEY(usage_memory_stat, #name, name)
static const struct usage_key memory_stat_keys[] = {
	STAT(anon),
	STAT(file),
	STAT(shmem),
	STAT(file_mapped),
	STAT(file_dirty),
	STAT(file_writeback),
	STAT(inactive_anon),
	STAT(active_anon),
	STAT(inactive_file),
	STAT(active_file),
	STAT(unevictable),
	STAT(kernel),
	STAT(kernel_stack),
	STAT(pagetables),
	STAT(sock),
	STAT(slab_reclaimable),
	STAT(slab_unreclaimable),
	STAT(swapcached),
	STAT(zswap),
	STAT(pgfault),
	STAT(pgmajfault),
	STAT(workingset_refault_anon),
	STAT(workingset_refault_file),
	END,
};

static const struct usage_key pids_event_keys[] = { KEY(usage_pids, "max", limit_hits), END };
static const struct usage_key pages_event_keys[] = { KEY(usage_pages, "max", limit_hits), END };

static const struct usage_key misc_current_key = KEY(usage_resource, "", current);
static const struct usage_key misc_limit_key = KEY(usage_resource, "", limit);
static const struct usage_key misc_hits_key = KEY(usage_resource, "", limit_hits);

#define ALL        false
#define TABLE      true
#define IN(member) offsetof(struct usage, member)

const struct usage_file usage_files[] = {
	{ "cpu.stat", TABLE, IN(cpu), parse_keys, cpu_keys },
	{ "cpu.max", ALL, IN(cpu), parse_quota, NULL },
	{ "cpu.pressure", TABLE, IN(cpu.psi), parse_pressure, NULL },
	{ "memory.current", TABLE, IN(memory.current), parse_number, NULL },
	{ "memory.peak", ALL, IN(memory.peak), parse_number, NULL },
	{ "memory.max", TABLE, IN(memory.limit), parse_number, NULL },
	{ "memory.high", ALL, IN(memory.high), parse_number, NULL },
	{ "memory.low", ALL, IN(memory.low), parse_number, NULL },
	{ "memory.swap.current", ALL, IN(memory.swap.current), parse_number, NULL },
	{ "memory.swap.peak", ALL, IN(memory.swap.peak), parse_number, NULL },
	{ "memory.swap.max", ALL, IN(memory.swap.limit), parse_number, NULL },
	{ "memory.events", TABLE, IN(memory.events), parse_keys, memory_event_keys },
	{ "memory.swap.events", ALL, IN(memory.swap_events), parse_keys, swap_event_keys },
	{ "memory.stat", ALL, IN(memory.stat), parse_keys, memory_stat_keys },
	{ "memory.pressure", TABLE, IN(memory.psi), parse_pressure, NULL },
	{ "pids.current", TABLE, IN(pids.current), parse_number, NULL },
	{ "pids.peak", ALL, IN(pids.peak), parse_number, NULL },
	{ "pids.max", TABLE, IN(pids.limit), parse_number, NULL },
	{ "pids.events", ALL, IN(pids), parse_keys, pids_event_keys },
	{ "io.stat", TABLE, IN(io), parse_devices, NULL },
	{ "io.pressure", TABLE, IN(io.psi), parse_pressure, NULL },
	{ "misc.current", ALL, IN(misc), parse_misc, &misc_current_key },
	{ "misc.max", ALL, IN(misc), parse_misc, &misc_limit_key },
	{ "misc.events", ALL, IN(misc), parse_misc, &misc_hits_key },
	{ 0 },
};

const struct usage_file usage_page_files[] = {
	{ "current", ALL, offsetof(struct usage_pages, current), parse_number, NULL },
	{ "max", ALL, offsetof(struct usage_pages, limit), parse_page_limit, NULL },
	{ "rsvd.current", ALL, offsetof(struct usage_pages, reserved), parse_number, NULL },
	{ "rsvd.max", ALL, offsetof(struct usage_pages, reserved_limit), parse_page_limit, NULL },
	{ "events", ALL, 0, parse_keys, pages_event_keys },
	{ 0 },
};

void usage_free(struct usage *usage)
{
	if (!usage)
		return;
	psi_free(usage->cpu.psi);
	psi_free(usage->memory.psi);
	psi_free(usage->io.psi);
	free(usage->io.devices.items);
	for (size_t i = 0; i < usage->hugetlb.n; i++)
		free(usage->hugetlb.items[i].size);
	free(usage->hugetlb.items);
	for (size_t i = 0; i < usage->misc.n; i++)
		free(usage->misc.items[i].name);
	free(usage->misc.items);
	free(usage);
}

/* ---- rates ---- */

/* (now - before) * factor / divisor, rounded; not set when a count is missing or has become smaller. */
static struct oci_opt_u64 rate(struct oci_opt_u64 before, struct oci_opt_u64 now, uint64_t factor, uint64_t divisor)
{
	unsigned __int128 rate;

	if (!before.set || !now.set || now.v < before.v || divisor == 0)
		return (struct oci_opt_u64){ 0 };
	rate = ((unsigned __int128)(now.v - before.v) * factor + divisor / 2) / divisor;
	return (struct oci_opt_u64){ .set = true, .v = rate > UINT64_MAX ? UINT64_MAX : (uint64_t)rate };
}

/* The periods in which the container was held back, of all that it ran in. When it ran in none, it was held back in
 * none. */
static struct oci_opt_u64 rate_of_throttling(const struct usage_cpu *before, const struct usage_cpu *now)
{
	struct oci_opt_u64 periods = rate(before->periods, now->periods, 1, 1);

	if (periods.set && periods.v == 0)
		return periods;
	return rate(before->throttled_periods, now->throttled_periods, HUNDREDTHS_OF_PER_CENT, periods.v);
}

/* The sum over all devices of the number at this offset in struct usage_device. */
static struct oci_opt_u64 sum_devices(const struct usage_io *io, size_t offset)
{
	struct oci_opt_u64 sum = { .set = io->counted };

	for (size_t i = 0; i < io->devices.n; i++) {
		const struct oci_opt_u64 *number = at(&io->devices.items[i], offset);

		sum.v += number->v;
	}
	return sum;
}

static struct oci_opt_u64 rate_of_io(const struct usage *before, const struct usage *now, size_t offset, uint64_t us)
{
	return rate(sum_devices(&before->io, offset), sum_devices(&now->io, offset), US_PER_SECOND, us);
}

struct usage_rates usage_rates_between(const struct usage *before, const struct usage *now)
{
	struct usage_rates rates = { 0 };
	uint64_t us;

	if (!before || now->at_us <= before->at_us)
		return rates;
	us = (uint64_t)(now->at_us - before->at_us);
	rates.interval_us = (struct oci_opt_u64){ .set = true, .v = us };
	rates.cpu = rate(before->cpu.usage, now->cpu.usage, HUNDREDTHS_OF_PER_CENT, us);
	rates.throttled = rate_of_throttling(&before->cpu, &now->cpu);
	rates.read_bytes = rate_of_io(before, now, offsetof(struct usage_device, read_bytes), us);
	rates.written_bytes = rate_of_io(before, now, offsetof(struct usage_device, written_bytes), us);
	return rates;
}
