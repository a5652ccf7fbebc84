/* What `stats` writes for a monitoring system: the text format of OpenMetrics 1.0. Runs on the host; touches no file.
 *
 * All samples of a metric family stand together behind its TYPE, UNIT and HELP. The name of a family ends with its
 * unit, and a sample of a counter has "_total" behind that. A family without samples is left out. */
#include "host/stats/usage.h"

#include "ocispec/enums.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MILLION = 1000 * 1000 };

#define PREFIX "tare_container_"

enum metric_type { GAUGE, COUNTER, STATE_SET };

static const char *const type_names[] = { [GAUGE] = "gauge", [COUNTER] = "counter", [STATE_SET] = "stateset" };

struct family {
	const char *name; /* behind the prefix */
	enum metric_type type;
	const char *unit; /* NULL: none, as for a count */
	const char *help;
};

/* Where the numbers of a family are. */
enum place {
	IN_USAGE, /* struct usage has it */
	PRESSURE, /* struct usage has a struct psi *, in which the second offset leads to the number */
	PROCESSORS /* the quota, as a number of processors */,
	EACH_DEVICE,
	EACH_PAGE_SIZE,
	EACH_RESOURCE,
};

/* A number of a family, once for each container or for each item of a list that it has. */
struct metric {
	struct family family;
	enum place place;
	bool micro;   /* the number is in millionths of the unit */
	size_t first; /* offset in struct usage, or in the item */
	size_t second;
	const char *labels; /* further ones, written as they stand; NULL: none */
};

#define IN(member)    offsetof(struct usage, member)
#define OF(member)    offsetof(struct usage_device, member)
#define PAGES(member) offsetof(struct usage_pages, member)
#define MISC(member)  offsetof(struct usage_resource, member)
#define BYTES         "bytes"
#define SECONDS       "seconds"

#define CPU_TIME                        { "cpu_seconds", COUNTER, SECONDS, "Time of the processors, by what used it" }
#define MEMORY_STAT                     { "memory_stat_bytes", GAUGE, BYTES, "Memory that is used, by its kind (memory.stat)" }
#define MEMORY_EVENT                    { "memory_events", COUNTER, NULL, "What happened for want of memory (memory.events)" }
#define SWAP_EVENT                      { "swap_events", COUNTER, NULL, "What happened for want of swap space (memory.swap.events)" }
#define FAULTS                          { "memory_page_faults", COUNTER, NULL, "Page faults; major ones read from a disk" }
#define WAITED                          { "pressure_seconds", COUNTER, SECONDS, "Time in which some or all tasks waited for the resource" }
#define STAT_OF(name)                   { MEMORY_STAT, IN_USAGE, false, IN(memory.stat.name), 0, "kind=\"" #name "\"" }
#define EVENT_OF(name)                  { MEMORY_EVENT, IN_USAGE, false, IN(memory.events.name), 0, "event=\"" #name "\"" }
#define SWAP_EVENT_OF(name)             { SWAP_EVENT, IN_USAGE, false, IN(memory.swap_events.name), 0, "event=\"" #name "\"" }
#define SOME                            offsetof(struct psi, some.total)
#define FULL                            offsetof(struct psi, full.total)
#define PRESSURE_OF(psi, total, labels) { WAITED, PRESSURE, true, (psi), (total), (labels) }

/* The rows of a family stand together. */
static const struct metric metrics[] = {
	{ { "cpu_usage_seconds", COUNTER, SECONDS, "Time of the processors that was used" }, IN_USAGE, true,
		IN(cpu.usage), 0, NULL },
	{ CPU_TIME, IN_USAGE, true, IN(cpu.user), 0, "mode=\"user\"" },
	{ CPU_TIME, IN_USAGE, true, IN(cpu.system), 0, "mode=\"system\"" },
	{ { "cpu_limit_processors", GAUGE, "processors", "How many processors may be used; absent without a limit" },
		PROCESSORS, true, IN(cpu.quota), IN(cpu.period), NULL },
	{ { "cpu_periods", COUNTER, NULL, "Periods of the limit in which the container ran" }, IN_USAGE, false,
		IN(cpu.periods), 0, NULL },
	{ { "cpu_throttled_periods", COUNTER, NULL, "Periods in which the limit was reached" }, IN_USAGE, false,
		IN(cpu.throttled_periods), 0, NULL },
	{ { "cpu_throttled_seconds", COUNTER, SECONDS, "Time for which tasks were held back by the limit" }, IN_USAGE,
		true, IN(cpu.throttled), 0, NULL },
	{ { "memory_usage_bytes", GAUGE, BYTES, "Memory that is used, with the page cache" }, IN_USAGE, false,
		IN(memory.current), 0, NULL },
	{ { "memory_peak_bytes", GAUGE, BYTES, "The most memory that was used at a time" }, IN_USAGE, false,
		IN(memory.peak), 0, NULL },
	{ { "memory_limit_bytes", GAUGE, BYTES, "The limit of memory; absent without one" }, IN_USAGE, false,
		IN(memory.limit), 0, NULL },
	{ { "memory_high_bytes", GAUGE, BYTES, "Memory from which on tasks are slowed down; absent without it" },
		IN_USAGE, false, IN(memory.high), 0, NULL },
	{ { "swap_usage_bytes", GAUGE, BYTES, "Swap space that is used" }, IN_USAGE, false, IN(memory.swap.current), 0,
		NULL },
	{ { "swap_limit_bytes", GAUGE, BYTES, "The limit of swap space; absent without one" }, IN_USAGE, false,
		IN(memory.swap.limit), 0, NULL },
	EVENT_OF(low),
	EVENT_OF(high),
	EVENT_OF(max),
	EVENT_OF(oom),
	EVENT_OF(oom_kill),
	EVENT_OF(oom_group_kill),
	SWAP_EVENT_OF(high),
	SWAP_EVENT_OF(max),
	SWAP_EVENT_OF(fail),
	STAT_OF(anon),
	STAT_OF(file),
	STAT_OF(shmem),
	STAT_OF(file_mapped),
	STAT_OF(file_dirty),
	STAT_OF(file_writeback),
	STAT_OF(inactive_anon),
	STAT_OF(active_anon),
	STAT_OF(inactive_file),
	STAT_OF(active_file),
	STAT_OF(unevictable),
	STAT_OF(kernel),
	STAT_OF(kernel_stack),
	STAT_OF(pagetables),
	STAT_OF(sock),
	STAT_OF(slab_reclaimable),
	STAT_OF(slab_unreclaimable),
	STAT_OF(swapcached),
	STAT_OF(zswap),
	{ FAULTS, IN_USAGE, false, IN(memory.stat.pgfault), 0, "kind=\"all\"" },
	{ FAULTS, IN_USAGE, false, IN(memory.stat.pgmajfault), 0, "kind=\"major\"" },
	{ { "pids", GAUGE, NULL, "Tasks that there are" }, IN_USAGE, false, IN(pids.current), 0, NULL },
	{ { "pids_peak", GAUGE, NULL, "The most tasks that there were at a time" }, IN_USAGE, false, IN(pids.peak), 0,
		NULL },
	{ { "pids_limit", GAUGE, NULL, "The limit of tasks; absent without one" }, IN_USAGE, false, IN(pids.limit), 0,
		NULL },
	{ { "pids_limit_hits", COUNTER, NULL, "How often a task was not made because of the limit" }, IN_USAGE, false,
		IN(pids.limit_hits), 0, NULL },
	{ { "io_read_bytes", COUNTER, BYTES, "Bytes that were read from the device" }, EACH_DEVICE, false,
		OF(read_bytes), 0, NULL },
	{ { "io_written_bytes", COUNTER, BYTES, "Bytes that were written to the device" }, EACH_DEVICE, false,
		OF(written_bytes), 0, NULL },
	{ { "io_discarded_bytes", COUNTER, BYTES, "Bytes that were discarded on the device" }, EACH_DEVICE, false,
		OF(discarded_bytes), 0, NULL },
	{ { "io_reads", COUNTER, NULL, "Operations that read from the device" }, EACH_DEVICE, false, OF(reads), 0,
		NULL },
	{ { "io_writes", COUNTER, NULL, "Operations that wrote to the device" }, EACH_DEVICE, false, OF(writes), 0,
		NULL },
	{ { "io_discards", COUNTER, NULL, "Operations that discarded on the device" }, EACH_DEVICE, false, OF(discards),
		0, NULL },
	PRESSURE_OF(IN(cpu.psi), SOME, "resource=\"cpu\",tasks=\"some\""),
	PRESSURE_OF(IN(cpu.psi), FULL, "resource=\"cpu\",tasks=\"full\""),
	PRESSURE_OF(IN(memory.psi), SOME, "resource=\"memory\",tasks=\"some\""),
	PRESSURE_OF(IN(memory.psi), FULL, "resource=\"memory\",tasks=\"full\""),
	PRESSURE_OF(IN(io.psi), SOME, "resource=\"io\",tasks=\"some\""),
	PRESSURE_OF(IN(io.psi), FULL, "resource=\"io\",tasks=\"full\""),
	{ { "hugetlb_usage_bytes", GAUGE, BYTES, "Memory in huge pages that is used" }, EACH_PAGE_SIZE, false,
		PAGES(current), 0, NULL },
	{ { "hugetlb_limit_bytes", GAUGE, BYTES, "The limit of memory in huge pages; absent without one" },
		EACH_PAGE_SIZE, false, PAGES(limit), 0, NULL },
	{ { "hugetlb_reserved_bytes", GAUGE, BYTES, "Memory in huge pages that is reserved" }, EACH_PAGE_SIZE, false,
		PAGES(reserved), 0, NULL },
	{ { "hugetlb_reserved_limit_bytes", GAUGE, BYTES, "The limit of reservations; absent without one" },
		EACH_PAGE_SIZE, false, PAGES(reserved_limit), 0, NULL },
	{ { "hugetlb_limit_hits", COUNTER, NULL, "How often a limit of huge pages was hit" }, EACH_PAGE_SIZE, false,
		PAGES(limit_hits), 0, NULL },
	{ { "misc", GAUGE, NULL, "Units of the resource that are used (misc.current)" }, EACH_RESOURCE, false,
		MISC(current), 0, NULL },
	{ { "misc_limit", GAUGE, NULL, "The limit of the resource; absent without one" }, EACH_RESOURCE, false,
		MISC(limit), 0, NULL },
	{ { "misc_limit_hits", COUNTER, NULL, "How often the limit of the resource was hit" }, EACH_RESOURCE, false,
		MISC(limit_hits), 0, NULL },
};

static const void *at(const void *base, size_t offset)
{
	return (const char *)base + offset;
}

/* The value of a label, in which a backslash, a double quote and a line feed are escaped. */
static void add_label_value(struct text *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' || *s == '"')
			text_add(out, "\\%c", *s);
		else if (*s == '\n')
			text_add(out, "\\n");
		else
			text_add_bytes(out, s, 1);
	}
}

static void add_label(struct text *out, const char *separator, const char *name, const char *value)
{
	text_add(out, "%s%s=\"", separator, name);
	add_label_value(out, value);
	text_add(out, "\"");
}

static void add_head(struct text *out, const struct family *family)
{
	text_add(out, "# TYPE " PREFIX "%s %s\n", family->name, type_names[family->type]);
	if (family->unit)
		text_add(out, "# UNIT " PREFIX "%s %s\n", family->name, family->unit);
	text_add(out, "# HELP " PREFIX "%s %s.\n", family->name, family->help);
}

static void add_value(struct text *out, uint64_t number, bool micro)
{
	if (micro)
		text_add(out, " %" PRIu64 ".%06" PRIu64 "\n", number / MILLION, number % MILLION);
	else
		text_add(out, " %" PRIu64 "\n", number);
}

/* A family that is being written; the head comes before the first sample. */
struct writer {
	struct text *out;
	bool begun;
};

/* label names what the number is of, beside the container; NULL: nothing. */
static void add_sample(struct writer *writer, const struct metric *metric, const char *id, const char *label,
	const char *label_value, struct oci_opt_u64 number)
{
	struct text *out = writer->out;

	if (!number.set)
		return;
	if (!writer->begun)
		add_head(out, &metric->family);
	writer->begun = true;
	text_add(out, PREFIX "%s%s", metric->family.name, metric->family.type == COUNTER ? "_total" : "");
	add_label(out, "{", "id", id);
	if (label)
		add_label(out, ",", label, label_value);
	text_add(out, "%s%s}", metric->labels ? "," : "", metric->labels ? metric->labels : "");
	add_value(out, number.v, metric->micro);
}

static struct oci_opt_u64 find_pressure(const struct usage *usage, const struct metric *metric)
{
	const struct psi *const *psi = at(usage, metric->first);
	const uint64_t *total = *psi ? at(*psi, metric->second) : NULL;

	return (struct oci_opt_u64){ .set = total, .v = total ? *total : 0 };
}

/* In millionths of a processor. */
static struct oci_opt_u64 find_processors(const struct usage *usage, const struct metric *metric)
{
	const struct oci_opt_u64 *quota = at(usage, metric->first);
	const struct oci_opt_u64 *period = at(usage, metric->second);

	if (!quota->set || !period->set || period->v == 0)
		return (struct oci_opt_u64){ 0 };
	return (struct oci_opt_u64){ .set = true, .v = (uint64_t)((unsigned __int128)quota->v * MILLION / period->v) };
}

static void add_devices(struct writer *writer, const struct metric *metric, const char *id,
	const struct usage_devices *devices)
{
	for (size_t i = 0; i < devices->n; i++) {
		const struct usage_device *device = &devices->items[i];
		const struct oci_opt_u64 *number = at(device, metric->first);
		cleanup_text struct text name = { 0 };

		text_add(&name, "%" PRIu64 ":%" PRIu64, device->major, device->minor);
		writer->out->failed = writer->out->failed || name.failed;
		if (!name.failed)
			add_sample(writer, metric, id, "device", name.s, *number);
	}
}

static void add_page_sizes(struct writer *writer, const struct metric *metric, const char *id,
	const struct usage_hugetlb *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct oci_opt_u64 *number = at(&list->items[i], metric->first);

		add_sample(writer, metric, id, "page_size", list->items[i].size, *number);
	}
}

static void add_resources(struct writer *writer, const struct metric *metric, const char *id,
	const struct usage_misc *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct oci_opt_u64 *number = at(&list->items[i], metric->first);

		add_sample(writer, metric, id, "resource", list->items[i].name, *number);
	}
}

static void add_metric(struct writer *writer, const struct metric *metric, const struct sample *sample)
{
	const struct usage *usage = sample->usage;
	const struct oci_opt_u64 *number;

	switch (metric->place) {
	case IN_USAGE:
		number = at(usage, metric->first);
		add_sample(writer, metric, sample->id, NULL, NULL, *number);
		break;
	case PRESSURE:
		add_sample(writer, metric, sample->id, NULL, NULL, find_pressure(usage, metric));
		break;
	case PROCESSORS:
		add_sample(writer, metric, sample->id, NULL, NULL, find_processors(usage, metric));
		break;
	case EACH_DEVICE:
		add_devices(writer, metric, sample->id, &usage->io.devices);
		break;
	case EACH_PAGE_SIZE:
		add_page_sizes(writer, metric, sample->id, &usage->hugetlb);
		break;
	case EACH_RESOURCE:
		add_resources(writer, metric, sample->id, &usage->misc);
		break;
	}
}

/* A state set has a sample for each state, 1 for the one that holds. */
static void add_states(const struct sample *samples, size_t n, struct text *out)
{
	static const struct family family = { "status", STATE_SET, NULL, "The status of the container" };

	for (size_t i = 0; i < n; i++) {
		if (i == 0)
			add_head(out, &family);
		for (int status = 0; status <= OCI_STATUS_STOPPED; status++) {
			const char *name = oci_enum_name(oci_status_names, status);

			if (!name)
				continue;
			text_add(out, PREFIX "status");
			add_label(out, "{", "id", samples[i].id);
			add_label(out, ",", PREFIX "status", name);
			text_add(out, "} %d\n", (int)samples[i].status == status);
		}
	}
}

void samples_add_openmetrics(const struct sample *samples, size_t n, struct text *out)
{
	struct writer writer = { .out = out };
	const char *name = NULL;

	add_states(samples, n, out);
	for (size_t m = 0; m < sizeof(metrics) / sizeof(metrics[0]); m++) {
		if (!name || strcmp(name, metrics[m].family.name) != 0)
			writer.begun = false;
		name = metrics[m].family.name;
		for (size_t i = 0; i < n; i++) {
			if (samples[i].usage)
				add_metric(&writer, &metrics[m], &samples[i]);
		}
	}
	text_add(out, "# EOF\n");
}
