/* linux.resources as writes to cgroup files: the writes, their order, and the texts of refusals. */
#include "plan/parts.h"

#include "tap.h"

#include <stdio.h>
#include <stdlib.h>

static struct oci_document *parse(const char *json)
{
	return oci_parse(&oci_resources_type, "r.json", json, strlen(json));
}

/* One line a write, "memory.max 1000", with "?" in front when it is optional and " | io.weight 1" behind for a
 * fallback; one line a problem, "! memory.swap: text". The caller frees it. */
static char *outcome(const char *json)
{
	struct oci_document *document = parse(json);
	struct plan_writes writes = { 0 };
	struct text out = { 0 };
	struct error err;

	if (oci_problem_count(document) > 0)
		text_add(&out, "# the parser refuses it\n");
	else if (plan_resources(document, oci_root(document), "", &writes, &err) < 0)
		text_add(&out, "# %s\n", err.text);
	for (size_t i = 0; i < oci_problem_count(document); i++) {
		const struct oci_problem *problem = oci_problem_at(document, i);

		text_add(&out, "! %s: %s\n", problem->path, problem->text);
	}
	for (size_t i = 0; i < writes.n; i++) {
		const struct plan_write *write = &writes.items[i];

		text_add(&out, "%s%s %s", write->optional ? "?" : "", write->file, write->value);
		if (write->fallback_file)
			text_add(&out, " | %s %s", write->fallback_file, write->fallback_value);
		text_add(&out, "\n");
	}
	oci_free(document);
	return text_take(&out);
}

struct outcome_case {
	const char *what;
	const char *json;
	const char *wanted;
};

static const struct outcome_case nothing_cases[] = {
	{ "no resources, no writes", "{}", "" },
	{ "what Docker 20.10 sends for nothing", "{\"memory\":{},\"cpu\":{\"shares\":0},\"blockIO\":{\"weight\":0}}",
		"" },
	{ "zero limits of memory are not set", "{\"memory\":{\"limit\":0,\"swap\":0}}", "" },
	{ "empty cpusets are not set", "{\"cpu\":{\"cpus\":\"\",\"mems\":\"\"}}", "" },
	{ "zero cpu times are not set", "{\"cpu\":{\"quota\":0,\"period\":0}}", "" },
	{ "the check before an update is met by a new cgroup", "{\"memory\":{\"checkBeforeUpdate\":true}}", "" },
	{ "values of cgroup v1 that ask for nothing pass",
		"{\"memory\":{\"kernel\":0,\"kernelTCP\":-1,\"disableOOMKiller\":false,\"useHierarchy\":true},"
		"\"cpu\":{\"realtimeRuntime\":0,\"realtimePeriod\":0},\"blockIO\":{\"leafWeight\":0},"
		"\"network\":{\"classID\":0,\"priorities\":[]}}",
		"" },
};

static const struct outcome_case v1_cases[] = {
	{ "memory of cgroup v1 is refused",
		"{\"memory\":{\"kernel\":1,\"kernelTCP\":1,\"swappiness\":0,\"disableOOMKiller\":true,\"useHierarchy\":false}}",
		"! memory.kernel: has no equivalent in cgroup v2\n! memory.kernelTCP: has no equivalent in cgroup v2\n"
		"! memory.swappiness: has no equivalent in cgroup v2\n! memory.disableOOMKiller: has no equivalent in cgroup v2\n"
		"! memory.useHierarchy: has no equivalent in cgroup v2\n" },
	{ "realtime limits are refused", "{\"cpu\":{\"realtimeRuntime\":1,\"realtimePeriod\":2}}",
		"! cpu.realtimeRuntime: has no equivalent in cgroup v2\n! cpu.realtimePeriod: has no equivalent in cgroup v2\n" },
	{ "network classes and priorities are refused",
		"{\"network\":{\"classID\":1,\"priorities\":[{\"name\":\"eth0\",\"priority\":1}]}}",
		"! network.classID: has no equivalent in cgroup v2\n! network.priorities: has no equivalent in cgroup v2\n" },
	{ "leaf weights are refused",
		"{\"blockIO\":{\"leafWeight\":10,\"weightDevice\":[{\"major\":8,\"minor\":0,\"leafWeight\":10}]}}",
		"! blockIO.leafWeight: has no equivalent in cgroup v2\n"
		"! blockIO.weightDevice[0].leafWeight: has no equivalent in cgroup v2\n" },
};

static const struct outcome_case cpu_cases[] = {
	{ "shares are a weight", "{\"cpu\":{\"shares\":1024}}", "cpu.weight 100\n" },
	{ "quota and period", "{\"cpu\":{\"quota\":50000,\"period\":200000}}", "cpu.max 50000 200000\n" },
	{ "a quota alone has the default period", "{\"cpu\":{\"quota\":50000}}", "cpu.max 50000 100000\n" },
	{ "a period alone has no quota", "{\"cpu\":{\"period\":50000}}", "?cpu.max max 50000\n" },
	{ "a negative quota is none", "{\"cpu\":{\"quota\":-1}}", "?cpu.max max 100000\n" },
	{ "the shortest quota", "{\"cpu\":{\"quota\":1000,\"period\":1000}}", "cpu.max 1000 1000\n" },
	{ "a quota and a period that the kernel refuses", "{\"cpu\":{\"quota\":999,\"period\":1000001}}",
		"! cpu.quota: expected at least 1000 microseconds, found 999\n"
		"! cpu.period: expected 1000 to 1000000 microseconds, found 1000001\n" },
	{ "a period that is too short", "{\"cpu\":{\"period\":999}}",
		"! cpu.period: expected 1000 to 1000000 microseconds, found 999\n" },
	{ "burst makes room for the quota, then follows it", "{\"cpu\":{\"quota\":20000,\"burst\":20000}}",
		"?cpu.max.burst 0\ncpu.max 20000 100000\ncpu.max.burst 20000\n" },
	{ "burst alone", "{\"cpu\":{\"burst\":5}}", "cpu.max.burst 5\n" },
	{ "no burst", "{\"cpu\":{\"burst\":0}}", "?cpu.max.burst 0\n" },
	{ "no burst with a quota", "{\"cpu\":{\"quota\":20000,\"burst\":0}}",
		"?cpu.max.burst 0\ncpu.max 20000 100000\n" },
	{ "burst above the quota", "{\"cpu\":{\"quota\":20000,\"burst\":20001}}",
		"! cpu.burst: expected at most the quota, 20000, found 20001\n" },
	{ "burst without a quota has no bound", "{\"cpu\":{\"quota\":-1,\"burst\":20001}}",
		"?cpu.max.burst 0\n?cpu.max max 100000\ncpu.max.burst 20001\n" },
	{ "idle has no weight", "{\"cpu\":{\"shares\":512,\"idle\":1}}", "cpu.idle 1\n" },
	{ "not idle comes before the weight", "{\"cpu\":{\"shares\":512,\"idle\":0}}", "?cpu.idle 0\ncpu.weight 59\n" },
	{ "cpusets", "{\"cpu\":{\"cpus\":\"0-3,7\",\"mems\":\"0\"}}", "cpuset.cpus 0-3,7\ncpuset.mems 0\n" },
	{ "a newline in a cpuset", "{\"cpu\":{\"cpus\":\"0\\n\"}}",
		"! cpu.cpus: expected a list like \"0-3,7\", found \"0?\"\n" },
	{ "a backward range", "{\"cpu\":{\"mems\":\"3-2\"}}",
		"! cpu.mems: expected a list like \"0-3,7\", found \"3-2\"\n" },
	{ "an open range", "{\"cpu\":{\"mems\":\"3-\"}}",
		"! cpu.mems: expected a list like \"0-3,7\", found \"3-\"\n" },
	{ "an empty item", "{\"cpu\":{\"cpus\":\"0,,1\"}}",
		"! cpu.cpus: expected a list like \"0-3,7\", found \"0,,1\"\n" },
	{ "a comma at the end", "{\"cpu\":{\"cpus\":\"0,\"}}",
		"! cpu.cpus: expected a list like \"0-3,7\", found \"0,\"\n" },
	{ "a space", "{\"cpu\":{\"cpus\":\"0, 1\"}}", "! cpu.cpus: expected a list like \"0-3,7\", found \"0, 1\"\n" },
	{ "a number without end", "{\"cpu\":{\"cpus\":\"00000000001\"}}",
		"! cpu.cpus: expected a list like \"0-3,7\", found \"00000000001\"\n" },
};

static const struct outcome_case memory_cases[] = {
	{ "limit, reservation and swap", "{\"memory\":{\"limit\":1000,\"reservation\":500,\"swap\":3000}}",
		"memory.swap.max 2000\nmemory.max 1000\nmemory.low 500\n" },
	{ "no swap at all", "{\"memory\":{\"limit\":1000,\"swap\":1000}}", "?memory.swap.max 0\nmemory.max 1000\n" },
	{ "unlimited swap", "{\"memory\":{\"limit\":1000,\"swap\":-1}}", "?memory.swap.max max\nmemory.max 1000\n" },
	{ "unlimited swap without a limit", "{\"memory\":{\"swap\":-1}}", "?memory.swap.max max\n" },
	{ "an unlimited limit lifts that of swap", "{\"memory\":{\"limit\":-1}}",
		"?memory.swap.max max\n?memory.max max\n" },
	{ "the largest numbers", "{\"memory\":{\"limit\":1,\"swap\":9223372036854775807}}",
		"memory.swap.max 9223372036854775806\nmemory.max 1\n" },
	{ "reservation of nothing and of all", "{\"memory\":{\"reservation\":0}}", "?memory.low 0\n" },
	{ "reservation of all", "{\"memory\":{\"reservation\":-1}}", "memory.low max\n" },
	{ "swap without a limit", "{\"memory\":{\"swap\":1000}}",
		"! memory.swap: needs memory.limit, since it counts memory and swap together\n" },
	{ "swap with an unlimited limit is swap alone", "{\"memory\":{\"limit\":-1,\"swap\":1000}}",
		"memory.swap.max 1000\n?memory.max max\n" },
	{ "swap below the limit", "{\"memory\":{\"limit\":1000,\"swap\":999}}",
		"! memory.swap: expected at least memory.limit, 1000, found 999\nmemory.max 1000\n" },
	{ "a negative limit", "{\"memory\":{\"limit\":-2}}", "! memory.limit: expected -1 or more, found -2\n" },
	{ "a negative swap", "{\"memory\":{\"limit\":5,\"swap\":-2}}",
		"! memory.swap: expected -1 or more, found -2\nmemory.max 5\n" },
	{ "a negative reservation", "{\"memory\":{\"reservation\":-2}}",
		"! memory.reservation: expected -1 or more, found -2\n" },
	{ "a limit of tasks", "{\"pids\":{\"limit\":2048}}", "pids.max 2048\n" },
	{ "0 is a limit of tasks", "{\"pids\":{\"limit\":0}}", "pids.max 0\n" },
	{ "unlimited tasks", "{\"pids\":{\"limit\":-1}}", "?pids.max max\n" },
	{ "no limit of tasks", "{\"pids\":{}}", "" },
	{ "a negative limit of tasks", "{\"pids\":{\"limit\":-2}}", "! pids.limit: expected -1 or more, found -2\n" },
};

static const struct outcome_case io_cases[] = {
	{ "the least weight", "{\"blockIO\":{\"weight\":10}}", "io.bfq.weight 10 | io.weight 1\n" },
	{ "the largest weight", "{\"blockIO\":{\"weight\":1000}}", "io.bfq.weight 1000 | io.weight 10000\n" },
	{ "a weight between", "{\"blockIO\":{\"weight\":500}}", "io.bfq.weight 500 | io.weight 4950\n" },
	{ "a weight below", "{\"blockIO\":{\"weight\":9}}", "! blockIO.weight: expected 0 or 10 to 1000, found 9\n" },
	{ "a weight above", "{\"blockIO\":{\"weight\":1001}}",
		"! blockIO.weight: expected 0 or 10 to 1000, found 1001\n" },
	{ "the weight of a device", "{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":16,\"weight\":20}]}}",
		"io.bfq.weight 8:16 20 | io.weight 8:16 102\n" },
	{ "a device without a weight", "{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":16}]}}",
		"! blockIO.weightDevice[0].weight: required member is missing\n" },
	{ "throttles",
		"{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1},{\"major\":9,\"minor\":1,\"rate\":2}],"
		"\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":3}],"
		"\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":18446744073709551615}],"
		"\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":0}]}}",
		"io.max 8:0 rbps=1\nio.max 9:1 rbps=2\nio.max 8:0 wbps=3\nio.max 8:0 riops=18446744073709551615\n"
		"?io.max 8:0 wiops=max\n" },
};

static const struct outcome_case other_cases[] = {
	{ "huge pages",
		"{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304},{\"pageSize\":\"1GB\",\"limit\":0}]}",
		"hugetlb.2MB.max 4194304\n?hugetlb.2MB.rsvd.max 4194304\nhugetlb.1GB.max 0\n?hugetlb.1GB.rsvd.max 0\n" },
	{ "rdma", "{\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":10000},\"mlx4_0\":{\"hcaObjects\":0}}}",
		"rdma.max mlx5_1 hca_handle=3 hca_object=10000\nrdma.max mlx4_0 hca_object=0\n" },
	{ "more than rdma can count", "{\"rdma\":{\"a\":{\"hcaHandles\":2147483647,\"hcaObjects\":2147483646}}}",
		"rdma.max a hca_handle=max hca_object=2147483646\n" },
	{ "rdma without a limit", "{\"rdma\":{\"mlx5_1\":{}}}", "! rdma.mlx5_1: expected hcaHandles or hcaObjects\n" },
	{ "an rdma device with an odd name", "{\"rdma\":{\"a b\":{\"hcaHandles\":3}}}",
		"! rdma[\"a b\"]: expected the name of a device, found \"a b\"\n" },
	{ "unified comes last and line by line",
		"{\"unified\":{\"memory.high\":\"5\",\"io.max\":\"8:0 rbps=1\\n\\n8:16 rbps=2\\n\",\"thing\":\"x\"},"
		"\"memory\":{\"limit\":7}}",
		"memory.max 7\nmemory.high 5\nio.max 8:0 rbps=1\nio.max 8:16 rbps=2\nthing x\n" },
	{ "unified keys that are no file names", "{\"unified\":{\"../memory.max\":\"1\",\"..\":\"1\",\"a/b\":\"1\"}}",
		"! unified[\"../memory.max\"]: expected the name of a cgroup file, found \"../memory.max\"\n"
		"! unified[\"..\"]: expected the name of a cgroup file, found \"..\"\n"
		"! unified[\"a/b\"]: expected the name of a cgroup file, found \"a/b\"\n" },
	{ "unified with nothing to write", "{\"unified\":{\"memory.high\":\"\",\"memory.max\":\"\\n\"}}",
		"! unified[\"memory.high\"]: expected something to write, found \"\"\n"
		"! unified[\"memory.max\"]: expected something to write, found \"?\"\n" },
	{ "everything, in order",
		"{\"unified\":{\"misc.max\":\"m 1\"},\"rdma\":{\"r\":{\"hcaHandles\":1}},"
		"\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}],\"blockIO\":{\"weight\":10},\"pids\":{\"limit\":1},"
		"\"memory\":{\"limit\":1},\"cpu\":{\"quota\":1000,\"shares\":2,\"cpus\":\"0\"}}",
		"cpuset.cpus 0\ncpu.weight 1\ncpu.max 1000 100000\nmemory.max 1\npids.max 1\nio.bfq.weight 10 | io.weight 1\n"
		"hugetlb.2MB.max 1\n?hugetlb.2MB.rsvd.max 1\nrdma.max r hca_handle=1\nmisc.max m 1\n" },
};

static void test_outcomes(const struct outcome_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *got = outcome(cases[i].json);

		is_str(got, cases[i].wanted, cases[i].what);
		free(got);
	}
}

/* Messages need the place in the config and the controller that may be missing. */
static void test_places(void)
{
	static const char json[] =
		"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"resources\":{\n"
		"\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1}]},\n"
		"\"unified\":{\"cgroup.max.depth\":\"3\",\"thing\":\"1\",\"misc.max\":\"m 1\"},\n"
		"\"memory\":{\"limit\":5, \"swap\":4},\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}]}}}";
	static const struct {
		const char *controller;
		const char *place;
	} wanted[] = {
		{ "memory", "linux.resources.memory.limit" },
		{ "io", "linux.resources.blockIO.throttleReadBpsDevice[0].rate" },
		{ "hugetlb", "linux.resources.hugepageLimits[0].limit" },
		{ "hugetlb", "linux.resources.hugepageLimits[0].limit" },
		{ NULL, "linux.resources.unified[\"cgroup.max.depth\"]" },
		{ NULL, "linux.resources.unified.thing" },
		{ "misc", "linux.resources.unified[\"misc.max\"]" },
	};
	struct oci_document *document = oci_parse(&oci_config_type, "config.json", json, strlen(json));
	struct oci_config *config = oci_root(document);
	struct plan_writes writes = { 0 };
	struct error err;
	char message[200];

	is_int(oci_problem_count(document), 0, "the config for places is good");
	plan_resources(document, config->linux_->resources, "linux.resources", &writes, &err);
	is_int(writes.n, sizeof(wanted) / sizeof(wanted[0]), "each value is one write, huge pages are two");
	for (size_t i = 0; i < writes.n; i++) {
		is_str(writes.items[i].controller, wanted[i].controller, "a write knows its controller");
		is_str(writes.items[i].place, wanted[i].place, "a write knows its place");
	}
	oci_problem_format(document, 0, message, sizeof(message));
	is_str(message, "config.json:4:29: linux.resources.memory.swap: expected at least memory.limit, 5, found 4",
		"a problem has a line and a column");
	oci_free(document);
}

/* The formula computed in another way, in long double: by series instead of squaring, and by the power itself instead
 * of its logarithm. */
static long double natural_log(long double x)
{
	long double ln2 = 0.693147180559945309417232121458176568L;
	long double result = 0;
	long double ratio;
	long double power;

	while (x > 1.5L) {
		x /= 2;
		result += ln2;
	}
	ratio = (x - 1) / (x + 1);
	power = ratio;
	for (int i = 1; i < 60; i += 2) {
		result += 2 * power / i;
		power *= ratio * ratio;
	}
	return result;
}

static long double exponential(long double x)
{
	long double term = 1;
	long double result = 0;

	for (int i = 1; i < 80; i++) {
		result += term;
		term *= x / i;
	}
	return result;
}

static unsigned int weight_by_power(unsigned int shares)
{
	long double ln10 = 2.302585092994045684017991454684364208L;
	long double l = natural_log(shares) / natural_log(2);
	/* Exactly 100 at 1024: take off more than rounding adds, and less than any other value is above a whole
	 * number. */
	long double power = exponential(((l * l + 125 * l) / 612 - 7.0L / 34) * ln10) - 1e-8L;
	unsigned int whole = (unsigned int)power;

	return whole + 1;
}

static unsigned int weight_of(struct oci_document *document, uint64_t shares)
{
	struct oci_cpu cpu = { .shares = { true, shares } };
	struct oci_resources resources = { .cpu = &cpu };
	struct plan_writes writes = { 0 };
	struct error err;
	uint32_t weight = 0;

	plan_resources(document, &resources, "", &writes, &err);
	if (writes.n == 1 && strcmp(writes.items[0].file, "cpu.weight") == 0)
		text_to_u32(writes.items[0].value, &weight);
	return weight;
}

static void test_cpu_weights(void)
{
	/* From a computation with 30 digits. */
	static const struct {
		uint64_t shares;
		unsigned int weight;
	} known[] = {
		{ 1, 1 },
		{ 2, 1 },
		{ 3, 2 },
		{ 102, 17 },
		{ 512, 59 },
		{ 1023, 100 },
		{ 1024, 100 },
		{ 1025, 101 },
		{ 2048, 174 },
		{ 10240, 639 },
		{ 262143, 10000 },
		{ 262144, 10000 },
		{ 262145, 10000 },
		{ UINT64_MAX, 10000 },
	};
	struct oci_document *document = parse("{}");
	unsigned int differences = 0;
	unsigned int steps = 0;
	unsigned int last = 1;

	for (unsigned int shares = 3; shares <= 262144; shares++) {
		unsigned int weight = weight_by_power(shares);

		if (weight == last)
			continue;
		differences += weight_of(document, shares - 1) != last || weight_of(document, shares) != weight;
		last = weight;
		steps++;
	}
	is_int(steps, 9999, "the curve passes every weight from 1 to 10000");
	is_int(differences, 0, "on both sides of every step the weight is that of the formula");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		is_int(weight_of(document, known[i].shares), known[i].weight, "a known pair of shares and weight");
	oci_free(document);
}

#define TEST(cases) test_outcomes(cases, sizeof(cases) / sizeof((cases)[0]))

int main(void)
{
	TEST(nothing_cases);
	TEST(v1_cases);
	TEST(cpu_cases);
	TEST(memory_cases);
	TEST(io_cases);
	TEST(other_cases);
	test_places();
	test_cpu_weights();
	return done();
}
