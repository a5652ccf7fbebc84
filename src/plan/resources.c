/* linux.resources as writes to cgroup v2 files, for create and for update: the file and text for each value, the values
 * that are refused, and the order that the kernel accepts. The device rules are in device_bpf.c. Pure.
 *
 * Managers make configs for cgroup v1, too. A value that asks for nothing in cgroup v1 is no error here: see
 * refuse_v1_values(). update.c handles memory.checkBeforeUpdate: a new cgroup uses no memory yet. */
#include "plan/parts.h"

#include "base/table.h"

#include <errno.h>
#include <string.h>

enum {
	MIN_SHARES = 2, /* kernel limits of cgroup v1's cpu.shares */
	MAX_SHARES = 262144,
	MIN_CPU_WEIGHT = 1,
	MAX_CPU_WEIGHT = 10000,
	LOG_BITS = 48,     /* bits of the fraction */
	MIN_PERIOD = 1000, /* microseconds, kernel limits of cpu.max */
	MAX_PERIOD = 1000000,
	DEFAULT_PERIOD = 100000,
	MIN_QUOTA = 1000,
	MIN_BLOCK_WEIGHT = 10,
	MAX_BLOCK_WEIGHT = 1000,
};

struct list {
	struct oci_document *document;
	const char *prefix; /* the JSON path of the resources; "" when they are the document */
	struct plan_writes writes;
	bool failed; /* memory ran out; later calls do nothing */
};

/* Returns made; without memory sets list->failed and returns "". */
static const char *made_or_failed(struct list *list, const char *made)
{
	if (!made)
		list->failed = true;
	return made ? made : "";
}

#define make(list, ...) made_or_failed(list, plan_printf((list)->document, __VA_ARGS__))

static const char *place_of(struct list *list, const char *member)
{
	return make(list, "%s%s%s", list->prefix, *list->prefix ? "." : "", member);
}

static const char *place_of_key(struct list *list, const char *member, const char *key)
{
	return made_or_failed(list, plan_place_of_key(list->document, place_of(list, member), key));
}

static const char *place_of_item(struct list *list, const char *member, size_t index, const char *item)
{
	return place_of(list, make(list, "%s[%zu].%s", member, index, item));
}

/* The controller is the part of the name before the first dot. The core files (cgroup.*, and names without a dot) have
 * no controller. */
static const char *controller_of(struct list *list, const char *file)
{
	size_t length = strcspn(file, ".");

	if (file[length] == '\0' || text_starts(file, "cgroup."))
		return NULL;
	return make(list, "%.*s", (int)length, file);
}

static void append(struct list *list, struct plan_write write)
{
	struct plan_writes *writes = &list->writes;
	struct plan_write *grown;

	write.controller = controller_of(list, write.file);
	write.late = strcmp(write.file, "pids.max") == 0;
	grown = plan_grow(list->document, writes->items, writes->n, sizeof(*grown));
	if (!grown) {
		list->failed = true;
		return;
	}
	writes->items = grown;
	writes->items[writes->n++] = write;
}

static void add(struct list *list, const char *place, const char *file, const char *value)
{
	append(list, (struct plan_write){ .file = file, .value = value, .place = place });
}

/* add(), but a missing file is no error when the value is the kernel's default. */
static void add_or_default(struct list *list, bool is_default, const char *place, const char *file, const char *value)
{
	append(list, (struct plan_write){ .file = file, .value = value, .place = place, .optional = is_default });
}

/* ---- what cgroup v2 does not have ---- */

/* Spec: a value without an equivalent in cgroup v2 is an error. The comment of a row tells which values ask for nothing
 * and are ignored. */
static void refuse_v1_values(struct list *list, const struct oci_resources *resources)
{
	static const struct oci_memory no_memory;
	static const struct oci_cpu no_cpu;
	static const struct oci_block_io no_block_io;
	static const struct oci_network no_network;
	const struct oci_memory *memory = resources->memory ? resources->memory : &no_memory;
	const struct oci_cpu *cpu = resources->cpu ? resources->cpu : &no_cpu;
	const struct oci_block_io *block_io = resources->block_io ? resources->block_io : &no_block_io;
	const struct oci_network *network = resources->network ? resources->network : &no_network;
	const struct {
		const char *member;
		bool asks;
	} rows[] = {
		/* 0: not set; -1: no limit of its own, as in v2 */
		{ "memory.kernel", memory->kernel.v != 0 && memory->kernel.v != -1 },
		{ "memory.kernelTCP", memory->kernel_tcp.v != 0 && memory->kernel_tcp.v != -1 },
		/* none: 0, too, asks for something */
		{ "memory.swappiness", memory->swappiness.set },
		/* false: the OOM killer is on, as always in v2 */
		{ "memory.disableOOMKiller", memory->disable_oom_killer.v },
		/* true: v2 always counts every level */
		{ "memory.useHierarchy", memory->use_hierarchy.set && !memory->use_hierarchy.v },
		/* 0: not set, for this and the following rows */
		{ "cpu.realtimeRuntime", cpu->realtime_runtime.v != 0 },
		{ "cpu.realtimePeriod", cpu->realtime_period.v != 0 },
		{ "blockIO.leafWeight", block_io->leaf_weight.v != 0 },
		{ "network.classID", network->class_id.v != 0 },
		{ "network.priorities", network->priorities.n > 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].asks)
			oci_problem_add(list->document, place_of(list, rows[i].member),
				"has no equivalent in cgroup v2");
	}
}

/* ---- cpuset ---- */

/* The list format of cpuset(7): "0-3,7". */
static bool is_number_list(const char *s)
{
	uint64_t first;
	uint64_t last;

	do {
		if (!text_next_range(&s, &first, &last))
			return false;
	} while (*s);
	return true;
}

static void add_cpuset(struct list *list, const char *member, const char *file, const char *value)
{
	const char *place = place_of(list, member);

	if (!value || !*value)
		return;
	if (!is_number_list(value))
		oci_problem_add(list->document, place, "expected a list like \"0-3,7\", found \"%s\"", value);
	else
		add(list, place, file, value);
}

/* ---- cpu ---- */

/* The binary logarithm of a number, at least 1, bit by bit: squaring a number doubles its logarithm. This avoids a
 * dependency on libm. */
static double log2_of(unsigned int number)
{
	double mantissa = number;
	double result = 0;
	double bit = 1;

	while (mantissa >= 2) {
		mantissa /= 2;
		result += 1;
	}
	for (int i = 0; i < LOG_BITS; i++) {
		mantissa *= mantissa;
		bit /= 2;
		if (mantissa >= 2) {
			mantissa /= 2;
			result += bit;
		}
	}
	return result;
}

/* ceil(10^((l*l + 125 l) / 612 - 7/34)) with l = log2(shares): the formula of runc, crun and Kubernetes. It maps 2 to
 * 1, the default 1024 to the default 100 and 262144 to 10000. The result is the least weight whose logarithm reaches
 * the exponent; both sides are compared as logarithms, times 612. The slack absorbs the rounding of the logarithms. It
 * matters only at 1024, whose weight is exactly 100; elsewhere the sides differ by at least 3e-7. */
static unsigned int weight_of_shares(uint64_t shares)
{
	const double slack = 1e-8;
	unsigned int low = MIN_CPU_WEIGHT;
	unsigned int high = MAX_CPU_WEIGHT;
	double l;
	double exponent;

	if (shares <= MIN_SHARES)
		return MIN_CPU_WEIGHT;
	if (shares >= MAX_SHARES)
		return MAX_CPU_WEIGHT;
	l = log2_of((unsigned int)shares);
	exponent = (l * l + 125 * l - 126) * log2_of(10);
	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (612 * log2_of(middle) + slack >= exponent)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static void add_cpu_weight(struct list *list, const struct oci_cpu *cpu)
{
	bool idle = cpu->idle.set && cpu->idle.v != 0;

	/* Before the weight: the kernel refuses a weight while the cgroup is idle, and ignores it then. */
	if (cpu->idle.set)
		add_or_default(list, !idle, place_of(list, "cpu.idle"), "cpu.idle", idle ? "1" : "0");
	/* 0: not set, as in cgroup v1. */
	if (cpu->shares.v != 0 && !idle)
		add(list, place_of(list, "cpu.shares"), "cpu.weight",
			make(list, "%u", weight_of_shares(cpu->shares.v)));
}

/* True when the kernel accepts quota (0: not set, below 0: no limit) and period (0: not set). */
static bool check_cpu_times(struct list *list, int64_t quota, uint64_t period, uint64_t burst)
{
	struct oci_document *document = list->document;
	bool good = true;

	if (period != 0 && (period < MIN_PERIOD || period > MAX_PERIOD)) {
		oci_problem_add(document, place_of(list, "cpu.period"), "expected %d to %d microseconds, found %llu",
			MIN_PERIOD, MAX_PERIOD, (unsigned long long)period);
		good = false;
	}
	if (quota > 0 && quota < MIN_QUOTA) {
		oci_problem_add(document, place_of(list, "cpu.quota"), "expected at least %d microseconds, found %lld",
			MIN_QUOTA, (long long)quota);
		good = false;
	}
	if (quota > 0 && burst > (uint64_t)quota) {
		oci_problem_add(document, place_of(list, "cpu.burst"), "expected at most the quota, %lld, found %llu",
			(long long)quota, (unsigned long long)burst);
		good = false;
	}
	return good;
}

static void add_cpu_max(struct list *list, const struct oci_cpu *cpu)
{
	const char *burst_place = place_of(list, "cpu.burst");
	unsigned long long period = cpu->period.v ? cpu->period.v : DEFAULT_PERIOD;
	unsigned long long burst = cpu->burst.v;
	long long quota = cpu->quota.v;
	bool limits = cpu->quota.v != 0 || cpu->period.v != 0;

	if (!check_cpu_times(list, cpu->quota.v, cpu->period.v, cpu->burst.v))
		return;
	/* First reset the burst: the kernel refuses a quota below the present burst. */
	if (cpu->burst.set && (burst == 0 || limits))
		add_or_default(list, true, burst_place, "cpu.max.burst", "0");
	if (quota > 0)
		add(list, place_of(list, "cpu.quota"), "cpu.max", make(list, "%lld %llu", quota, period));
	else if (limits)
		add_or_default(list, true, place_of(list, quota ? "cpu.quota" : "cpu.period"), "cpu.max",
			make(list, "max %llu", period));
	if (burst != 0)
		add(list, burst_place, "cpu.max.burst", make(list, "%llu", burst));
}

/* ---- memory and pids ---- */

/* Returns false, and adds a problem, for a limit below -1, which means no limit. */
static bool check_limit(struct list *list, const char *place, int64_t limit)
{
	if (limit >= -1)
		return true;
	oci_problem_add(list->document, place, "expected -1 or more, found %lld", (long long)limit);
	return false;
}

static void add_limit(struct list *list, const char *place, const char *file, int64_t limit)
{
	if (limit == -1)
		add_or_default(list, true, place, file, "max");
	else
		add(list, place, file, make(list, "%lld", (long long)limit));
}

/* memory.swap counts memory and swap together, memory.swap.max only swap. When memory.limit is -1, memory.swap is
 * written to memory.swap.max as it is, as in runc; when memory.limit is not set, that would be wrong, and is a problem.
 * A kernel without swap has no such file; for "max" and 0 a missing file is no error. */
static void add_swap(struct list *list, int64_t limit, int64_t sum)
{
	const char *place = place_of(list, "memory.swap");

	if (!check_limit(list, place, sum))
		return;
	if (sum == -1)
		add_limit(list, place, "memory.swap.max", -1);
	else if (limit == -1)
		add_limit(list, place, "memory.swap.max", sum);
	else if (limit == 0)
		oci_problem_add(list->document, place, "needs memory.limit, since it counts memory and swap together");
	else if (limit > sum)
		oci_problem_add(list->document, place, "expected at least memory.limit, %lld, found %lld",
			(long long)limit, (long long)sum);
	else
		add_or_default(list, sum == limit, place, "memory.swap.max",
			make(list, "%lld", (long long)(sum - limit)));
}

/* For limit and swap 0 means "not set", as in runc: managers send it so, and no program runs in 0 bytes. */
static void add_memory(struct list *list, const struct oci_memory *memory)
{
	const char *limit_place = place_of(list, "memory.limit");
	const char *low_place = place_of(list, "memory.reservation");
	int64_t limit = memory->limit.v;
	int64_t low = memory->reservation.v;

	if (!check_limit(list, limit_place, limit))
		return;
	/* Swap first: when a limit is below the memory in use, the kernel has to swap to reach it. */
	if (memory->swap.v != 0)
		add_swap(list, limit, memory->swap.v);
	else if (limit == -1) /* in cgroup v1 "no limit" lifted the limit of swap, too */
		add_limit(list, limit_place, "memory.swap.max", -1);
	if (limit != 0)
		add_limit(list, limit_place, "memory.max", limit);
	if (memory->reservation.set && check_limit(list, low_place, low))
		add_or_default(list, low == 0, low_place, "memory.low",
			low == -1 ? "max" : make(list, "%lld", (long long)low));
}

static void add_pids(struct list *list, const struct oci_pids *pids)
{
	const char *place = place_of(list, "pids.limit");

	if (pids->limit.set && check_limit(list, place, pids->limit.v))
		add_limit(list, place, "pids.max", pids->limit.v);
}

/* ---- blockIO ---- */

/* device is "8:0 ", or "" for the default of all devices. BFQ has the same range of weights as cgroup v1; its file
 * exists when BFQ is the I/O scheduler. Otherwise the weight is scaled to the range of io.weight, 1 to 10000. */
static void add_block_weight(struct list *list, const char *place, const char *device, struct oci_opt_u16 weight)
{
	unsigned int number = weight.v;

	/* Managers send 0 for "not set". */
	if (number == 0)
		return;
	if (number < MIN_BLOCK_WEIGHT || number > MAX_BLOCK_WEIGHT)
		oci_problem_add(list->document, place, "expected 0 or %d to %d, found %u", MIN_BLOCK_WEIGHT,
			MAX_BLOCK_WEIGHT, number);
	else
		append(list,
			(struct plan_write){ .file = "io.bfq.weight",
				.value = make(list, "%s%u", device, number),
				.place = place,
				.fallback_file = "io.weight",
				.fallback_value = make(list, "%s%u", device, 1 + (number - 10) * 9999 / 990) });
}

static void add_weight_device(struct list *list, const struct oci_weight_device *device, size_t index)
{
	const char *leaf_place = place_of_item(list, "blockIO.weightDevice", index, "leafWeight");
	const char *place = place_of_item(list, "blockIO.weightDevice", index, "weight");

	if (!device->weight.set && !device->leaf_weight.set)
		oci_problem_add(list->document, place, "required member is missing");
	if (device->leaf_weight.v != 0)
		oci_problem_add(list->document, leaf_place, "has no equivalent in cgroup v2");
	add_block_weight(list, place, make(list, "%lld:%lld ", (long long)device->major, (long long)device->minor),
		device->weight);
}

/* A rate of 0 lifts the limit, as in cgroup v1; io.max itself refuses 0. */
static void add_throttle(struct list *list, const char *member, const char *key,
	const struct oci_throttle_devices *devices)
{
	for (size_t i = 0; i < devices->n; i++) {
		const struct oci_throttle_device *device = &devices->items[i];
		const char *rate = device->rate ? make(list, "%llu", (unsigned long long)device->rate) : "max";

		add_or_default(list, device->rate == 0, place_of_item(list, member, i, "rate"), "io.max",
			make(list, "%lld:%lld %s=%s", (long long)device->major, (long long)device->minor, key, rate));
	}
}

static void add_block_io(struct list *list, const struct oci_block_io *block_io)
{
	add_block_weight(list, place_of(list, "blockIO.weight"), "", block_io->weight);
	for (size_t i = 0; i < block_io->weight_device.n; i++)
		add_weight_device(list, &block_io->weight_device.items[i], i);
	add_throttle(list, "blockIO.throttleReadBpsDevice", "rbps", &block_io->throttle_read_bps_device);
	add_throttle(list, "blockIO.throttleWriteBpsDevice", "wbps", &block_io->throttle_write_bps_device);
	add_throttle(list, "blockIO.throttleReadIOPSDevice", "riops", &block_io->throttle_read_iops_device);
	add_throttle(list, "blockIO.throttleWriteIOPSDevice", "wiops", &block_io->throttle_write_iops_device);
}

/* ---- huge pages, rdma ---- */

/* Spec: limit reservations where the kernel can, otherwise page faults. Writing both limits has the same effect, and
 * needs no check of the kernel. */
static void add_hugepage_limit(struct list *list, const struct oci_hugepage_limit *limit, size_t index)
{
	const char *place = place_of_item(list, "hugepageLimits", index, "limit");
	const char *value = make(list, "%llu", (unsigned long long)limit->limit);

	add(list, place, make(list, "hugetlb.%s.max", limit->page_size), value);
	append(list,
		(struct plan_write){ .file = make(list, "hugetlb.%s.rsvd.max", limit->page_size),
			.value = value,
			.place = place,
			.optional = true });
}

/* " hca_handle=3", or "" when it is not set. The kernel counts in an int: larger values are written as "max". */
static const char *rdma_limit(struct list *list, const char *key, struct oci_opt_u32 limit)
{
	if (!limit.set)
		return "";
	if (limit.v >= INT32_MAX)
		return make(list, " %s=max", key);
	return make(list, " %s=%u", key, limit.v);
}

static void add_rdma(struct list *list, const struct oci_rdma *rdma)
{
	const char *place = place_of_key(list, "rdma", rdma->device);
	const char *handles = rdma_limit(list, "hca_handle", rdma->hca_handles);
	const char *objects = rdma_limit(list, "hca_object", rdma->hca_objects);

	if (strpbrk(rdma->device, " \t\n"))
		oci_problem_add(list->document, place, "expected the name of a device, found \"%s\"", rdma->device);
	else if (!rdma->hca_handles.set && !rdma->hca_objects.set)
		oci_problem_add(list->document, place, "expected hcaHandles or hcaObjects");
	else
		add(list, place, "rdma.max", make(list, "%s%s%s", rdma->device, handles, objects));
}

/* ---- unified ---- */

/* Files that act on processes and are no property of the cgroup. */
static const struct table_row no_limits[] = {
	{ "cgroup.procs", 0 },
	{ "cgroup.threads", 0 },
	{ "cgroup.freeze", 0 },
	{ "cgroup.kill", 0 },
	{ NULL, 0 },
};

/* Spec: the value is written as it is, to any file; line by line, since a cgroup file takes one line with each
 * write(2). */
static void add_unified(struct list *list, const struct oci_pair *pair)
{
	const char *place = place_of_key(list, "unified", pair->key);
	const char *line = pair->value;
	size_t lines = 0;

	if (table_find(no_limits, pair->key)) {
		oci_problem_add(list->document, place,
			"expected a limit, found %s, which moves, stops or ends processes", pair->key);
		return;
	}
	if (pair->key[0] == '.' || strchr(pair->key, '/')) {
		oci_problem_add(list->document, place, "expected the name of a cgroup file, found \"%s\"", pair->key);
		return;
	}
	while (*line) {
		size_t length = strcspn(line, "\n");

		if (length > 0) {
			add(list, place, pair->key, make(list, "%.*s", (int)length, line));
			lines++;
		}
		line += length + (line[length] == '\n');
	}
	if (lines == 0)
		oci_problem_add(list->document, place, "expected something to write, found \"%s\"", pair->value);
}

int plan_resources(struct oci_document *document, const struct oci_resources *resources, const char *prefix,
	struct plan_writes *ret, struct error *err)
{
	struct list list = { .document = document, .prefix = prefix };

	refuse_v1_values(&list, resources);
	if (resources->cpu) {
		add_cpuset(&list, "cpu.cpus", "cpuset.cpus", resources->cpu->cpus);
		add_cpuset(&list, "cpu.mems", "cpuset.mems", resources->cpu->mems);
		add_cpu_weight(&list, resources->cpu);
		add_cpu_max(&list, resources->cpu);
	}
	if (resources->memory)
		add_memory(&list, resources->memory);
	if (resources->pids)
		add_pids(&list, resources->pids);
	if (resources->block_io)
		add_block_io(&list, resources->block_io);
	for (size_t i = 0; i < resources->hugepage_limits.n; i++)
		add_hugepage_limit(&list, &resources->hugepage_limits.items[i], i);
	for (size_t i = 0; i < resources->rdma.n; i++)
		add_rdma(&list, &resources->rdma.items[i]);
	/* Last: unified values override the others. */
	for (size_t i = 0; i < resources->unified.n; i++)
		add_unified(&list, &resources->unified.items[i]);
	if (list.failed)
		return error_set(err, ENOMEM, "cannot make a plan");
	*ret = list.writes;
	return 0;
}
