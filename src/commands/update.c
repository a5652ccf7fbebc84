/* tare update: changes the limits of a container, by a JSON file like linux.resources and by options. A value of the
 * file wins over an option; limits that neither has stay. Schemata of Intel RDT can only be given by options. */
#include "commands/commands.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "document.h"
#include "host/container/container.h"
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_RECLAIM_SECONDS = 86400 };

struct options {
	const char *resources;
	bool devices;
	const char *blkio_weight;
	const char *cpu_burst;
	const char *cpu_idle;
	const char *cpu_period;
	const char *cpu_quota;
	const char *cpu_rt_period;
	const char *cpu_rt_runtime;
	const char *cpu_share;
	const char *cpuset_cpus;
	const char *cpuset_mems;
	const char *kernel_memory;
	const char *kernel_memory_tcp;
	const char *l3_cache_schema;
	const char *mem_bw_schema;
	const char *memory;
	const char *memory_reservation;
	const char *memory_swap;
	const char *pids_limit;
	const char *reclaim;
	bool help;
};

#define LIMIT(option, member, value, help) { 0, option, OPTION_TEXT, offsetof(struct options, member), value, help }

static const struct option_row rows[] = {
	{ 'r', "resources", OPTION_TEXT, offsetof(struct options, resources), "FILE",
		"read the limits from this file, or from standard input for \"-\"" },
	{ 0, "devices", OPTION_FLAG, offsetof(struct options, devices), NULL,
		"replace the device rules by those in FILE, too" },
	LIMIT("blkio-weight", blkio_weight, "N", "weight of block I/O, 10 to 1000"),
	LIMIT("cpu-burst", cpu_burst, "USEC", "what may be saved up of the quota"),
	LIMIT("cpu-idle", cpu_idle, "0|1", "1: run only when nothing else does"),
	LIMIT("cpu-period", cpu_period, "USEC", "the time that the quota is for"),
	LIMIT("cpu-quota", cpu_quota, "USEC", "CPU time in each period, or -1 for no limit"),
	LIMIT("cpu-share", cpu_share, "N", "share of the CPU time, 2 to 262144"),
	LIMIT("cpuset-cpus", cpuset_cpus, "LIST", "the CPUs to run on, as 0-3,7"),
	LIMIT("cpuset-mems", cpuset_mems, "LIST", "the memory nodes to use, as 0-1"),
	LIMIT("l3-cache-schema", l3_cache_schema, "SCHEMA", "share of the L3 cache by Intel RDT, as L3:0=ff;1=f"),
	LIMIT("mem-bw-schema", mem_bw_schema, "SCHEMA", "share of the memory bandwidth by Intel RDT, as MB:0=50"),
	LIMIT("memory", memory, "BYTES", "limit of memory: 512m, 1.5g, bytes without a unit, or -1 for none"),
	LIMIT("memory-reservation", memory_reservation, "BYTES", "memory that is left to the container"),
	LIMIT("memory-swap", memory_swap, "BYTES", "limit of memory and swap together, or -1 for none"),
	LIMIT("pids-limit", pids_limit, "N", "limit of tasks, or -1 for none"),
	LIMIT("reclaim", reclaim, "SECONDS", "reclaim memory down to the new limit, or change nothing"),
	LIMIT("cpu-rt-period", cpu_rt_period, "USEC", "refused unless 0: cgroup v2 has no such limit"),
	LIMIT("cpu-rt-runtime", cpu_rt_runtime, "USEC", "refused unless 0: cgroup v2 has no such limit"),
	LIMIT("kernel-memory", kernel_memory, "BYTES", "refused unless -1: cgroup v2 has no such limit"),
	LIMIT("kernel-memory-tcp", kernel_memory_tcp, "BYTES", "refused unless -1: cgroup v2 has no such limit"),
	ROW_HELP,
	{ 0 },
};

/* ---- from the text of an option to a member of the spec; one that is set already stays ---- */

static bool take_i64(const char *text, void *target)
{
	struct oci_opt_i64 *member = target;
	struct oci_opt_i64 value = { .set = true };

	if (!text_to_i64(text, &value.v))
		return false;
	if (!member->set)
		*member = value;
	return true;
}

static bool take_u64(const char *text, void *target)
{
	struct oci_opt_u64 *member = target;
	struct oci_opt_u64 value = { .set = true };

	if (!text_to_u64(text, &value.v))
		return false;
	if (!member->set)
		*member = value;
	return true;
}

static bool take_weight(const char *text, void *target)
{
	struct oci_opt_u16 *member = target;
	uint32_t number;

	if (!text_to_u32(text, &number) || number > UINT16_MAX)
		return false;
	if (!member->set)
		*member = (struct oci_opt_u16){ .set = true, .v = (uint16_t)number };
	return true;
}

static bool take_switch(const char *text, void *target)
{
	return (strcmp(text, "0") == 0 || strcmp(text, "1") == 0) && take_i64(text, target);
}

static bool take_bytes(const char *text, void *target)
{
	struct oci_opt_i64 *member = target;
	struct oci_opt_i64 value = { .set = true };

	if (!text_to_i64(text, &value.v) && !text_to_bytes(text, &value.v))
		return false;
	if (!member->set)
		*member = value;
	return true;
}

static bool take_text(const char *text, void *target)
{
	const char **member = target;

	if (!*member)
		*member = text;
	return true;
}

/* An object in linux.resources: offset and size of its struct. */
struct section {
	size_t offset;
	size_t size;
};

static const struct section block_io = { offsetof(struct oci_resources, block_io), sizeof(struct oci_block_io) };
static const struct section cpu = { offsetof(struct oci_resources, cpu), sizeof(struct oci_cpu) };
static const struct section memory = { offsetof(struct oci_resources, memory), sizeof(struct oci_memory) };
static const struct section pids = { offsetof(struct oci_resources, pids), sizeof(struct oci_pids) };

static const char integer[] = "an integer";
static const char natural[] = "a natural number";
static const char bytes[] = "a number of bytes such as 536870912 or 512m";

/* The member of the spec that an option sets. */
static const struct meaning {
	const char *option;
	size_t text; /* its offset in the struct of options */
	const char *place;
	const struct section *section;
	size_t offset; /* of the member in the section */
	bool (*take)(const char *text, void *target);
	const char *expected;
} meanings[] = {
	{ "blkio-weight", offsetof(struct options, blkio_weight), "blockIO.weight", &block_io,
		offsetof(struct oci_block_io, weight), take_weight, natural },
	{ "cpu-burst", offsetof(struct options, cpu_burst), "cpu.burst", &cpu, offsetof(struct oci_cpu, burst),
		take_u64, natural },
	{ "cpu-idle", offsetof(struct options, cpu_idle), "cpu.idle", &cpu, offsetof(struct oci_cpu, idle), take_switch,
		"0 or 1" },
	{ "cpu-period", offsetof(struct options, cpu_period), "cpu.period", &cpu, offsetof(struct oci_cpu, period),
		take_u64, natural },
	{ "cpu-quota", offsetof(struct options, cpu_quota), "cpu.quota", &cpu, offsetof(struct oci_cpu, quota),
		take_i64, integer },
	{ "cpu-rt-period", offsetof(struct options, cpu_rt_period), "cpu.realtimePeriod", &cpu,
		offsetof(struct oci_cpu, realtime_period), take_u64, natural },
	{ "cpu-rt-runtime", offsetof(struct options, cpu_rt_runtime), "cpu.realtimeRuntime", &cpu,
		offsetof(struct oci_cpu, realtime_runtime), take_i64, integer },
	{ "cpu-share", offsetof(struct options, cpu_share), "cpu.shares", &cpu, offsetof(struct oci_cpu, shares),
		take_u64, natural },
	{ "cpuset-cpus", offsetof(struct options, cpuset_cpus), "cpu.cpus", &cpu, offsetof(struct oci_cpu, cpus),
		take_text, NULL },
	{ "cpuset-mems", offsetof(struct options, cpuset_mems), "cpu.mems", &cpu, offsetof(struct oci_cpu, mems),
		take_text, NULL },
	{ "kernel-memory", offsetof(struct options, kernel_memory), "memory.kernel", &memory,
		offsetof(struct oci_memory, kernel), take_bytes, bytes },
	{ "kernel-memory-tcp", offsetof(struct options, kernel_memory_tcp), "memory.kernelTCP", &memory,
		offsetof(struct oci_memory, kernel_tcp), take_bytes, bytes },
	{ "memory", offsetof(struct options, memory), "memory.limit", &memory, offsetof(struct oci_memory, limit),
		take_bytes, bytes },
	{ "memory-reservation", offsetof(struct options, memory_reservation), "memory.reservation", &memory,
		offsetof(struct oci_memory, reservation), take_bytes, bytes },
	{ "memory-swap", offsetof(struct options, memory_swap), "memory.swap", &memory,
		offsetof(struct oci_memory, swap), take_bytes, bytes },
	{ "pids-limit", offsetof(struct options, pids_limit), "pids.limit", &pids, offsetof(struct oci_pids, limit),
		take_i64, integer },
};

enum { MEANING_COUNT = sizeof(meanings) / sizeof(meanings[0]) };

static const char *text_of(const struct options *options, const struct meaning *meaning)
{
	const void *member = (const char *)options + meaning->text;

	return *(const char *const *)member;
}

/* The section of the resources, which is made when it is missing. NULL without memory. */
static char *section_of(struct oci_document *document, struct oci_resources *resources, const struct section *section)
{
	void *member = (char *)resources + section->offset;
	void **pointer = member;

	if (!*pointer)
		*pointer = oci_alloc(document, section->size);
	return *pointer;
}

/* Warns of a small number without a unit: it means bytes, and the user may have meant megabytes. */
static void warn_of_bytes(const struct meaning *meaning, const char *text)
{
	const long page = sysconf(_SC_PAGESIZE);
	int64_t value;

	if (meaning->take == take_bytes && text_to_i64(text, &value) && value > 0 && value < page)
		log_message(LOG_LEVEL_WARNING,
			"option --%s: %s bytes are less than a page of memory, which the kernel takes for 0: "
			"write '%sm' for megabytes",
			meaning->option, text, text);
}

/* Adds the values of the options to those of the file. */
static int add_options(struct oci_document *document, struct oci_resources *resources, const struct options *options,
	struct error *err)
{
	for (const struct meaning *meaning = meanings; meaning < meanings + MEANING_COUNT; meaning++) {
		const char *text = text_of(options, meaning);
		char *section;

		if (!text)
			continue;
		section = section_of(document, resources, meaning->section);
		if (!section)
			return error_set(err, ENOMEM, "cannot read the options");
		if (!meaning->take(text, section + meaning->offset)) {
			error_set(err, 0, "option --%s: expected %s, found '%s'", meaning->option, meaning->expected,
				text);
			return error_tag(err, ERROR_USAGE, "--%s", meaning->option);
		}
		warn_of_bytes(meaning, text);
	}
	return 0;
}

/* ---- the file ---- */

static int read_file(const char *path, const char *name, struct text *ret_text, struct error *err)
{
	bool is_file = strcmp(path, "-") != 0;
	cleanup_fd int fd = is_file ? open(path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);

	if (fd < 0)
		return error_set(err, errno, "cannot open '%s'", name);
	return fd_read_all(fd, name, OCI_MAX_TEXT, &ret_text->s, &ret_text->n, err);
}

/* Reads the file. Without a file, the document is an empty object. */
static int load_resources(const char *path, struct oci_document **ret_document, struct error *err)
{
	const char *name = !path ? "command line" : strcmp(path, "-") == 0 ? "standard input" : path;
	cleanup_text struct text text = { 0 };

	if (path && read_file(path, name, &text, err) < 0)
		return -1;
	if (!path)
		text_add(&text, "{}");
	if (text_done(&text, err) < 0)
		return -1;
	*ret_document = oci_parse(&oci_resources_type, name, text.s, text.n);
	if (!*ret_document)
		return error_set(err, ENOMEM, "cannot parse '%s'", name);
	document_tell_unknown(*ret_document, name);
	return 0;
}

/* The option that set the member at this JSON path; NULL when the file has the member, or no option set it. */
static const struct meaning *option_at(const struct oci_document *document, const struct options *options,
	const char *place)
{
	unsigned int line;
	unsigned int column;

	if (oci_locate(document, place, &line, &column))
		return NULL;
	for (const struct meaning *meaning = meanings; meaning < meanings + MEANING_COUNT; meaning++) {
		if (strcmp(meaning->place, place) == 0 && text_of(options, meaning))
			return meaning;
	}
	return NULL;
}

/* Reports the problems of the document. A problem of a value from an option is reported with the option's name, not
 * with a place in the file. Always returns -1. */
static int report(const struct oci_document *document, const struct options *options, struct error *err)
{
	const struct oci_problem *problem;

	for (size_t i = 0; (problem = oci_problem_at(document, i)); i++) {
		const struct meaning *meaning = option_at(document, options, problem->path);

		if (meaning) {
			error_set(err, 0, "option --%s: %s", meaning->option, problem->text);
			return error_tag(err, ERROR_USAGE, "--%s", meaning->option);
		}
	}
	return document_report(document, err);
}

/* ---- Intel RDT ---- */

/* The members of linux.intelRdt that the options set. */
static const struct {
	const char *place;
	const char *option;
} rdt_meanings[] = {
	{ "l3CacheSchema", "l3-cache-schema" },
	{ "memBwSchema", "mem-bw-schema" },
};

/* Reports the problems of the Intel RDT options. Always returns -1. */
static int report_rdt(const struct oci_document *document, struct error *err)
{
	const struct oci_problem *problem = oci_problem_at(document, 0);

	for (size_t i = 0; i < sizeof(rdt_meanings) / sizeof(rdt_meanings[0]); i++) {
		if (strcmp(rdt_meanings[i].place, problem->path) == 0)
			return error_set(err, 0, "option --%s: %s", rdt_meanings[i].option, problem->text);
	}
	return document_report(document, err);
}

/* Makes a document from the Intel RDT options, so that the config's rows check them. */
static int load_rdt(const struct options *options, struct oci_document **ret_document, struct error *err)
{
	const struct oci_intel_rdt asked = {
		.l3_cache_schema = (char *)(uintptr_t)options->l3_cache_schema,
		.mem_bw_schema = (char *)(uintptr_t)options->mem_bw_schema,
	};
	cleanup_free char *json = NULL;
	size_t length;

	if (oci_write(&oci_intel_rdt_type, &asked, OCI_WRITE_COMPACT, &json, &length) < 0)
		return error_set(err, errno, "cannot read the options");
	*ret_document = oci_parse(&oci_intel_rdt_type, "command line", json, length);
	if (!*ret_document)
		return error_set(err, ENOMEM, "cannot read the options");
	return oci_problem_count(*ret_document) > 0 ? report_rdt(*ret_document, err) : 0;
}

/* ---- the command ---- */

/* How long memory may be reclaimed, in seconds; 0 without the option. */
static int read_reclaim(const struct options *options, const struct oci_resources *resources, uint32_t *ret_seconds,
	struct error *err)
{
	bool limited = resources->memory && resources->memory->limit.v != 0;

	if (!options->reclaim)
		return 0;
	if (!text_to_u32(options->reclaim, ret_seconds) || *ret_seconds == 0 || *ret_seconds > MAX_RECLAIM_SECONDS)
		return error_usage(err, "--reclaim", "option --reclaim: expected 1 to %d seconds, found '%s'",
			MAX_RECLAIM_SECONDS, options->reclaim);
	for (size_t i = 0; i < resources->unified.n; i++)
		limited |= strcmp(resources->unified.items[i].key, "memory.max") == 0;
	if (!limited)
		return error_usage(err, "--reclaim",
			"option --reclaim: there is no new limit of memory: expected --memory, or one in the file");
	return 0;
}

static int update(const struct invocation *invocation, const struct container *container, struct oci_document *document,
	struct oci_document *rdt, struct error *err)
{
	const struct options *options = invocation->options;
	struct oci_resources *resources = oci_root(document);
	struct update_options how = { .systemd_helper = invocation->global->systemd_helper };

	if (oci_problem_count(document) > 0)
		return report(document, options, err);
	if (add_options(document, resources, options, err) < 0 ||
		read_reclaim(options, resources, &how.reclaim_seconds, err) < 0)
		return -1;
	/* Managers send all resources of their own copy of the config, in which the rules are missing that a wrapper
	 * of the runtime has added for a GPU (decisions/0005). */
	if (!options->devices)
		resources->devices.n = 0;
	if (container_update(container, document, resources, oci_root(rdt), &how, err) < 0)
		return oci_problem_count(document) > 0 ? report(document, options, err) : -1;
	return 0;
}

static int run(const struct invocation *invocation, struct error *err)
{
	const struct options *options = invocation->options;
	struct container container = CONTAINER_NONE;
	struct oci_document *document = NULL;
	struct oci_document *rdt = NULL;
	int result = 0;

	if (options->devices && !options->resources)
		result = error_usage(err, "--devices", "--devices needs the rules: expected --resources FILE as well");
	/* Before the lock is taken: reading the standard input may take any time. */
	if (result == 0)
		result = load_resources(options->resources, &document, err);
	if (result == 0)
		result = load_rdt(options, &rdt, err);
	if (result == 0)
		result = open_locked_container(invocation, invocation->words[0], &container, err);
	if (result == 0)
		result = update(invocation, &container, document, rdt, err);
	oci_free(rdt);
	oci_free(document);
	container_close(&container);
	return result;
}

const struct command update_command = {
	.name = "update",
	.words = "ID",
	.summary = "change the limits of a container",
	.options = rows,
	.options_size = sizeof(struct options),
	.least_words = 1,
	.most_words = 1,
	.run = run,
};
