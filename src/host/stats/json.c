/* What `stats` writes as JSON: the rows of its objects, one a line. The names are stable (tare-stats(1)). */
#include "host/stats/usage.h"

#include "base/cleanup.h"

#include "ocispec/enums.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { HUNDREDTHS = 100, PERCENT_MAX = 32 };

/* A sample as its object has it. */
struct line {
	const char *id;
	const char *status;
	uint64_t time;
	const char *lacking;
	struct usage_cpu cpu;
	struct usage_memory memory;
	struct usage_pids pids;
	struct usage_io io;
	struct usage_hugetlb hugetlb;
	struct usage_misc misc;
	struct line_rates {
		struct oci_opt_u64 interval;
		struct oci_numeral cpu;
		struct oci_numeral throttled;
		struct oci_opt_u64 read_bytes;
		struct oci_opt_u64 written_bytes;
	} rates;
};

static const struct oci_field psi_times_rows[] = {
	OCI_NUMERAL(psi_times, avg10, "avg10"),
	OCI_NUMERAL(psi_times, avg60, "avg60"),
	OCI_NUMERAL(psi_times, avg300, "avg300"),
	OCI_NUMBER(psi_times, total, "total_usec", .flags = OCI_WRITTEN),
};
static const struct oci_type psi_times_type = OCI_TYPE(psi_times, psi_times_rows);

static const struct oci_field psi_rows[] = {
	OCI_OBJECT(psi, some, "some", psi_times),
	OCI_OBJECT(psi, full, "full", psi_times),
};
static const struct oci_type psi_type = OCI_TYPE(psi, psi_rows);

static const struct oci_field usage_cpu_rows[] = {
	OCI_NUMBER(usage_cpu, usage, "usage_usec"),
	OCI_NUMBER(usage_cpu, user, "user_usec"),
	OCI_NUMBER(usage_cpu, system, "system_usec"),
	OCI_NUMBER(usage_cpu, quota, "quota_usec"),
	OCI_NUMBER(usage_cpu, period, "period_usec"),
	OCI_NUMBER(usage_cpu, periods, "periods"),
	OCI_NUMBER(usage_cpu, throttled_periods, "throttled_periods"),
	OCI_NUMBER(usage_cpu, throttled, "throttled_usec"),
	OCI_NUMBER(usage_cpu, bursts, "bursts"),
	OCI_NUMBER(usage_cpu, burst, "burst_usec"),
	OCI_OBJECT(usage_cpu, psi, "psi", psi),
};
static const struct oci_type usage_cpu_type = OCI_TYPE(usage_cpu, usage_cpu_rows);

static const struct oci_field usage_swap_rows[] = {
	OCI_NUMBER(usage_swap, current, "current_bytes"),
	OCI_NUMBER(usage_swap, peak, "peak_bytes"),
	OCI_NUMBER(usage_swap, limit, "limit_bytes"),
};
static const struct oci_type usage_swap_type = OCI_TYPE(usage_swap, usage_swap_rows);

static const struct oci_field usage_memory_events_rows[] = {
	OCI_NUMBER(usage_memory_events, low, "low"),
	OCI_NUMBER(usage_memory_events, high, "high"),
	OCI_NUMBER(usage_memory_events, max, "max"),
	OCI_NUMBER(usage_memory_events, oom, "oom"),
	OCI_NUMBER(usage_memory_events, oom_kill, "oom_kill"),
	OCI_NUMBER(usage_memory_events, oom_group_kill, "oom_group_kill"),
};
static const struct oci_type usage_memory_events_type = OCI_TYPE(usage_memory_events, usage_memory_events_rows);

static const struct oci_field usage_swap_events_rows[] = {
	OCI_NUMBER(usage_swap_events, high, "high"),
	OCI_NUMBER(usage_swap_events, max, "max"),
	OCI_NUMBER(usage_swap_events, fail, "fail"),
};
static const struct oci_type usage_swap_events_type = OCI_TYPE(usage_swap_events, usage_swap_events_rows);

#define STAT(member)       OCI_NUMBER(usage_memory_stat, member, #member)
#define STAT_BYTES(member) OCI_NUMBER(usage_memory_stat, member, #member "_bytes")
static const struct oci_field usage_memory_stat_rows[] = {
	STAT_BYTES(anon),
	STAT_BYTES(file),
	STAT_BYTES(shmem),
	STAT_BYTES(file_mapped),
	STAT_BYTES(file_dirty),
	STAT_BYTES(file_writeback),
	STAT_BYTES(inactive_anon),
	STAT_BYTES(active_anon),
	STAT_BYTES(inactive_file),
	STAT_BYTES(active_file),
	STAT_BYTES(unevictable),
	STAT_BYTES(kernel),
	STAT_BYTES(kernel_stack),
	STAT_BYTES(pagetables),
	STAT_BYTES(sock),
	STAT_BYTES(slab_reclaimable),
	STAT_BYTES(slab_unreclaimable),
	STAT_BYTES(swapcached),
	STAT_BYTES(zswap),
	STAT(pgfault),
	STAT(pgmajfault),
	STAT(workingset_refault_anon),
	STAT(workingset_refault_file),
};
static const struct oci_type usage_memory_stat_type = OCI_TYPE(usage_memory_stat, usage_memory_stat_rows);

static const struct oci_field usage_memory_rows[] = {
	OCI_NUMBER(usage_memory, current, "current_bytes"),
	OCI_NUMBER(usage_memory, peak, "peak_bytes"),
	OCI_NUMBER(usage_memory, limit, "limit_bytes"),
	OCI_NUMBER(usage_memory, high, "high_bytes"),
	OCI_NUMBER(usage_memory, low, "low_bytes"),
	OCI_OBJECT(usage_memory, swap, "swap", usage_swap),
	OCI_OBJECT(usage_memory, events, "events", usage_memory_events),
	OCI_OBJECT(usage_memory, swap_events, "swap_events", usage_swap_events),
	OCI_OBJECT(usage_memory, stat, "stat", usage_memory_stat),
	OCI_OBJECT(usage_memory, psi, "psi", psi),
};
static const struct oci_type usage_memory_type = OCI_TYPE(usage_memory, usage_memory_rows);

static const struct oci_field usage_pids_rows[] = {
	OCI_NUMBER(usage_pids, current, "current"),
	OCI_NUMBER(usage_pids, peak, "peak"),
	OCI_NUMBER(usage_pids, limit, "limit"),
	OCI_NUMBER(usage_pids, limit_hits, "limit_hits"),
};
static const struct oci_type usage_pids_type = OCI_TYPE(usage_pids, usage_pids_rows);

static const struct oci_field usage_device_rows[] = {
	OCI_NUMBER(usage_device, major, "major", .flags = OCI_WRITTEN),
	OCI_NUMBER(usage_device, minor, "minor", .flags = OCI_WRITTEN),
	OCI_NUMBER(usage_device, read_bytes, "read_bytes"),
	OCI_NUMBER(usage_device, written_bytes, "written_bytes"),
	OCI_NUMBER(usage_device, discarded_bytes, "discarded_bytes"),
	OCI_NUMBER(usage_device, reads, "reads"),
	OCI_NUMBER(usage_device, writes, "writes"),
	OCI_NUMBER(usage_device, discards, "discards"),
};
static const struct oci_type usage_device_type = OCI_TYPE(usage_device, usage_device_rows);

static const struct oci_field usage_io_rows[] = {
	OCI_LIST(usage_io, devices, "devices", usage_device),
	OCI_OBJECT(usage_io, psi, "psi", psi),
};
static const struct oci_type usage_io_type = OCI_TYPE(usage_io, usage_io_rows);

static const struct oci_field usage_pages_rows[] = {
	OCI_NUMBER(usage_pages, current, "current_bytes"),
	OCI_NUMBER(usage_pages, limit, "limit_bytes"),
	OCI_NUMBER(usage_pages, reserved, "reserved_bytes"),
	OCI_NUMBER(usage_pages, reserved_limit, "reserved_limit_bytes"),
	OCI_NUMBER(usage_pages, limit_hits, "limit_hits"),
};
static const struct oci_type usage_pages_type = OCI_TYPE(usage_pages, usage_pages_rows);

static const struct oci_field usage_resource_rows[] = {
	OCI_NUMBER(usage_resource, current, "current"),
	OCI_NUMBER(usage_resource, limit, "limit"),
	OCI_NUMBER(usage_resource, limit_hits, "limit_hits"),
};
static const struct oci_type usage_resource_type = OCI_TYPE(usage_resource, usage_resource_rows);

static const struct oci_field line_rates_rows[] = {
	OCI_NUMBER(line_rates, interval, "interval_usec"),
	OCI_NUMERAL(line_rates, cpu, "cpu_percent"),
	OCI_NUMERAL(line_rates, throttled, "throttled_percent"),
	OCI_NUMBER(line_rates, read_bytes, "read_bytes_per_second"),
	OCI_NUMBER(line_rates, written_bytes, "written_bytes_per_second"),
};
static const struct oci_type line_rates_type = OCI_TYPE(line_rates, line_rates_rows);

static const struct oci_field line_rows[] = {
	OCI_STRING(line, id, "id"),
	OCI_STRING(line, status, "status"),
	OCI_NUMBER(line, time, "time_usec"),
	OCI_STRING(line, lacking, "unavailable"),
	OCI_OBJECT(line, cpu, "cpu", usage_cpu),
	OCI_OBJECT(line, memory, "memory", usage_memory),
	OCI_OBJECT(line, pids, "pids", usage_pids),
	OCI_OBJECT(line, io, "io", usage_io),
	OCI_KEYED_LIST(line, hugetlb, "hugetlb", usage_pages, size),
	OCI_KEYED_LIST(line, misc, "misc", usage_resource, name),
	OCI_OBJECT(line, rates, "rates", line_rates),
};
static const struct oci_type line_type = OCI_TYPE(line, line_rows);

/* Writes hundredths as a number with a point into the buffer. */
static struct oci_numeral make_percent(struct oci_opt_u64 hundredths, char buffer[PERCENT_MAX])
{
	if (!hundredths.set)
		return (struct oci_numeral){ 0 };
	snprintf(buffer, PERCENT_MAX, "%" PRIu64 ".%02" PRIu64, hundredths.v / HUNDREDTHS, hundredths.v % HUNDREDTHS);
	return (struct oci_numeral){ .digits = buffer };
}

/* The parts of the usage stay the sample's. */
static void add_usage(struct line *line, const struct usage *usage)
{
	line->cpu = usage->cpu;
	line->memory = usage->memory;
	line->pids = usage->pids;
	line->io = usage->io;
	line->hugetlb = usage->hugetlb;
	line->misc = usage->misc;
}

static int add_line(const struct sample *sample, struct text *out, struct error *err)
{
	struct usage_rates rates = { 0 };
	char cpu[PERCENT_MAX];
	char throttled[PERCENT_MAX];
	cleanup_free char *json = NULL;
	struct line line = {
		.id = sample->id,
		.status = oci_enum_name(oci_status_names, (int)sample->status),
		.time = sample->time_us,
		.lacking = sample->lacking,
	};

	if (sample->usage) {
		add_usage(&line, sample->usage);
		rates = usage_rates_between(sample->before, sample->usage);
	}
	line.rates = (struct line_rates){
		.interval = rates.interval_us,
		.cpu = make_percent(rates.cpu, cpu),
		.throttled = make_percent(rates.throttled, throttled),
		.read_bytes = rates.read_bytes,
		.written_bytes = rates.written_bytes,
	};
	if (oci_write(&line_type, &line, OCI_WRITE_COMPACT, &json, NULL) < 0)
		return error_set(err, errno, "cannot write what '%s' uses", sample->id);
	text_add(out, "%s\n", json);
	return 0;
}

int samples_add_json(const struct sample *samples, size_t n, struct text *out, struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		if (add_line(&samples[i], out, err) < 0)
			return -1;
	}
	return text_done(out, err);
}
