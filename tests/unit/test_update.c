/* New limits for a cgroup in use: they are completed by the present ones, and a failure restores the present ones. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "host/cgroup/cgroup.h"
#include "scratch.h"
#include "tap.h"

#include <errno.h>
#include <sys/stat.h>

/* ---- the plan: requested and present values ---- */

static const struct plan_present half_a_cpu = {
	.quota = { true, 50000 },
	.period = { true, 100000 },
	.burst = { true, 20000 },
	.memory_limit = { true, 4000 },
	.swap_limit = { true, -1 },
	.memory_usage = 1000,
	.swap_usage = 500,
};
static const struct plan_present unlimited = {
	.quota = { true, -1 },
	.period = { true, 100000 },
	.burst = { true, 0 },
	.memory_limit = { true, -1 },
	.memory_usage = 1000,
};
static const struct plan_present swapping = { .memory_limit = { true, 4000 }, .swap_limit = { true, 3000 } };
static const struct plan_present careful = { .memory_limit = { true, -1 }, .memory_usage = 1000, .check_memory = true };
static const struct plan_present no_controllers;

static const struct {
	const char *what;
	const struct plan_present *present;
	const char *json;
	const char *wanted;
} plan_cases[] = {
	{ "nothing asked, nothing written", &half_a_cpu, "{}", "" },
	{ "an empty blockIO and a weight of 0 demand nothing", &half_a_cpu,
		"{\"blockIO\":{\"weight\":0},\"memory\":{}}", "" },
	{ "device rules are no limits, and nothing is written for them", &half_a_cpu,
		"{\"devices\":[{\"allow\":false}],\"pids\":{\"limit\":7}}", "pids.max 7\n" },
	{ "a quota keeps the period", &half_a_cpu, "{\"cpu\":{\"quota\":30000}}", "cpu.max 30000 100000\n" },
	{ "a period keeps the quota", &half_a_cpu, "{\"cpu\":{\"period\":200000}}", "cpu.max 50000 200000\n" },
	{ "a period keeps that there is no quota", &unlimited, "{\"cpu\":{\"period\":200000}}",
		"cpu.max max 200000\n" },
	{ "a quota of 0 is not set", &half_a_cpu, "{\"cpu\":{\"quota\":0,\"period\":200000}}",
		"cpu.max 50000 200000\n" },
	{ "no quota keeps the period", &half_a_cpu, "{\"cpu\":{\"quota\":-1}}", "cpu.max max 100000\n" },
	{ "shares touch neither", &half_a_cpu, "{\"cpu\":{\"shares\":1024}}", "cpu.weight 100\n" },
	{ "a quota below the burst that stays", &half_a_cpu, "{\"cpu\":{\"quota\":19999}}",
		"! cpu.quota: expected at least the burst that stays, 20000, found 19999\ncpu.max 19999 100000\n" },
	{ "a quota below the burst that goes", &half_a_cpu, "{\"cpu\":{\"quota\":19999,\"burst\":0}}",
		"cpu.max.burst 0\ncpu.max 19999 100000\n" },
	{ "a burst is held against the present quota", &half_a_cpu, "{\"cpu\":{\"burst\":50001}}",
		"! cpu.burst: expected at most the quota, 50000, found 50001\n" },
	{ "a burst within it", &half_a_cpu, "{\"cpu\":{\"burst\":50000}}",
		"cpu.max.burst 0\ncpu.max 50000 100000\ncpu.max.burst 50000\n" },
	{ "no burst", &half_a_cpu, "{\"cpu\":{\"burst\":0}}", "cpu.max.burst 0\n" },
	{ "a quota where there is no controller", &no_controllers, "{\"cpu\":{\"quota\":30000}}",
		"cpu.max 30000 100000\n" },
	{ "memory and swap go with the present limit of memory", &half_a_cpu, "{\"memory\":{\"swap\":5000}}",
		"memory.swap.max 1000\nmemory.max 4000\n" },
	{ "memory and swap below it", &half_a_cpu, "{\"memory\":{\"swap\":3000}}",
		"! memory.swap: expected at least memory.limit, 4000, found 3000\nmemory.max 4000\n" },
	{ "swap alone where memory is not limited", &unlimited, "{\"memory\":{\"swap\":5000}}",
		"memory.swap.max 5000\nmemory.max max\n" },
	{ "memory and swap together", &half_a_cpu, "{\"memory\":{\"limit\":2000,\"swap\":5000}}",
		"memory.swap.max 3000\nmemory.max 2000\n" },
	{ "a limit of memory where swap is not limited", &half_a_cpu, "{\"memory\":{\"limit\":2000}}",
		"memory.max 2000\n" },
	{ "a smaller limit of memory keeps the sum of memory and swap", &swapping, "{\"memory\":{\"limit\":2000}}",
		"memory.swap.max 5000\nmemory.max 2000\n" },
	{ "so does a larger one", &swapping, "{\"memory\":{\"limit\":7000}}", "memory.swap.max 0\nmemory.max 7000\n" },
	{ "up to the sum", &swapping, "{\"memory\":{\"limit\":7001}}",
		"! memory.limit: expected at most the sum of memory and swap that stays, 7000, or memory.swap with it, "
		"found 7001\nmemory.max 7001\n" },
	{ "with a new sum it is another matter", &swapping, "{\"memory\":{\"limit\":7001,\"swap\":8000}}",
		"memory.swap.max 999\nmemory.max 7001\n" },
	{ "no limit of memory is none of swap", &swapping, "{\"memory\":{\"limit\":-1}}",
		"memory.swap.max max\nmemory.max max\n" },
	{ "the raw file has the last word", &swapping,
		"{\"memory\":{\"limit\":9000},\"unified\":{\"memory.swap.max\":\"0\"}}",
		"memory.max 9000\nmemory.swap.max 0\n" },
	{ "a reservation touches neither", &swapping, "{\"memory\":{\"reservation\":2000}}", "memory.low 2000\n" },
	{ "a limit below what is in use is the kernel's to judge", &half_a_cpu, "{\"memory\":{\"limit\":999}}",
		"memory.max 999\n" },
	{ "unless it is to be checked", &half_a_cpu,
		"{\"memory\":{\"limit\":1000,\"swap\":1500,\"checkBeforeUpdate\":true}}",
		"! memory.limit: expected more than what is in use, 1000, found 1000\n"
		"! memory.swap: expected more than what is in use, 1500, found 1500\n"
		"memory.swap.max 500\nmemory.max 1000\n" },
	{ "a limit above it passes the check", &half_a_cpu,
		"{\"memory\":{\"limit\":1001,\"swap\":1501,\"checkBeforeUpdate\":true}}",
		"memory.swap.max 500\nmemory.max 1001\n" },
	{ "no limit passes it", &careful, "{\"memory\":{\"limit\":-1}}", "memory.swap.max max\nmemory.max max\n" },
	{ "the container was made to be checked", &careful, "{\"memory\":{\"limit\":1000}}",
		"! memory.limit: expected more than what is in use, 1000, found 1000\nmemory.max 1000\n" },
	{ "this once it is not", &careful, "{\"memory\":{\"limit\":1000,\"checkBeforeUpdate\":false}}",
		"memory.max 1000\n" },
	{ "what has no place in cgroup v2 is refused", &half_a_cpu, "{\"memory\":{\"kernel\":5,\"kernelTCP\":-1}}",
		"! memory.kernel: has no equivalent in cgroup v2\n" },
	{ "0 and -1 are limits of tasks", &half_a_cpu, "{\"pids\":{\"limit\":0},\"unified\":{\"pids.max\":\"max\"}}",
		"pids.max 0\npids.max max\n" },
};

static void test_plan(void)
{
	for (size_t i = 0; i < sizeof(plan_cases) / sizeof(plan_cases[0]); i++) {
		const char *json = plan_cases[i].json;
		struct oci_document *document = oci_parse(&oci_resources_type, "r.json", json, strlen(json));
		struct plan_writes writes = { 0 };
		cleanup_text struct text out = { 0 };
		struct error err;

		if (plan_update(document, oci_root(document), plan_cases[i].present, &writes, &err) < 0)
			text_add(&out, "# %s\n", err.text);
		for (size_t j = 0; j < oci_problem_count(document); j++)
			text_add(&out, "! %s: %s\n", oci_problem_at(document, j)->path,
				oci_problem_at(document, j)->text);
		for (size_t j = 0; j < writes.n; j++)
			text_add(&out, "%s %s\n", writes.items[j].file, writes.items[j].value);
		is_str(out.s ? out.s : "", plan_cases[i].wanted, plan_cases[i].what);
		oci_free(document);
	}
}

/* ---- the writes: an ordinary directory instead of a cgroup; its files keep what was written last ---- */

static int cgroup;

static void set_file(const char *name, const char *content)
{
	struct error err;

	if (file_replace(cgroup, name, 0600, content, strlen(content), &err) < 0)
		printf("# %s\n", err.text);
}

/* Compares the file up to the length of wanted: unlike a kernel file, an ordinary one keeps the end of a longer
 * text. */
static void is_file(const char *name, const char *wanted, const char *what)
{
	char text[256] = "";

	file_read_line(cgroup, name, text, sizeof(text));
	text[strlen(wanted)] = '\0';
	is_str(text, wanted, what);
}

static int update(const struct plan_write *writes, size_t n, struct error *err)
{
	const struct plan_writes list = { .n = n, .items = (struct plan_write *)(uintptr_t)writes };

	return cgroup_update(cgroup, &(struct cgroup_change){ .writes = &list }, err);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The last write of each update below fails, since its file is missing. */
#define FAILING { .file = "pids.max", .value = "5", .controller = "pids", .place = "pids.limit" }

static void test_success(void)
{
	static const struct plan_write writes[] = {
		{ .file = "memory.max", .value = "2000", .place = "memory.limit" },
		{ .file = "memory.swap.max", .value = "max", .place = "memory.swap", .optional = true },
		{ .file = "io.bfq.weight", .value = "50", .fallback_file = "io.weight", .fallback_value = "405" },
	};
	struct error err;

	set_file("memory.max", "1000\n");
	set_file("io.weight", "default 100\n");
	is_int(update(writes, COUNT(writes), &err), 0, "an update whose files are there succeeds");
	is_file("memory.max", "2000", "and has written");
	is_file("io.weight", "405", "to the other file where the first is missing");
}

static void test_restore(void)
{
	static const struct plan_write writes[] = {
		{ .file = "cpu.max.burst", .value = "0", .place = "cpu.burst" },
		{ .file = "cpu.max", .value = "30000 200000", .place = "cpu.quota" },
		{ .file = "cpu.max.burst", .value = "7", .place = "cpu.burst" },
		{ .file = "cpuset.cpus", .value = "0-3", .place = "cpu.cpus" },
		{ .file = "io.weight", .value = "777", .place = "w" },
		FAILING,
	};
	struct error err;

	set_file("cgroup.controllers", "cpu memory\n");
	set_file("cpu.max.burst", "5\n");
	set_file("cpu.max", "max 100000\n");
	set_file("cpuset.cpus", "\n");
	set_file("io.weight", "default 100\n8:0 200\n");
	ok(update(writes, COUNT(writes), &err) < 0, "an update fails when a file is missing");
	is_str(err.text, "pids.limit: the cgroup controller \"pids\" is not available here", "and says why");
	is_file("cpu.max", "max 100000\n", "a value is put back");
	is_file("cpu.max.burst", "5", "one that was written twice is what it was before the first time");
	is_file("cpuset.cpus", "\n", "an empty one is put back as an empty line");
	is_file("io.weight", "default 100", "the default among the weights of devices is put back alone");
}

/* Files with a line for each device: each line is one write. Here the device of the update has its own file, so that
 * the test sees each write. */
static void test_devices(void)
{
	static const struct {
		const char *file;
		const char *before;
		const char *value;
		const char *after;
		const char *what;
	} cases[] = {
		{ "io.max", "8:0 rbps=1 wbps=max riops=max wiops=max\n8:16 rbps=2 wbps=3 riops=max wiops=max\n",
			"8:16 rbps=9", "8:16 rbps=2 wbps=3 riops=max wiops=max", "the line of the device is put back" },
		{ "io.max", "8:161 rbps=1 wbps=max riops=max wiops=max\n", "8:16 rbps=9",
			"8:16 rbps=max wbps=max riops=max wiops=max", "a device without a line had no limits" },
		{ "io.max", "", "8:16 rbps=9", "8:16 rbps=max wbps=max riops=max wiops=max",
			"nor if no device had any" },
		{ "io.bfq.weight", "default 100\n8:0 7\n", "8:0 9", "8:0 7", "the weight of a device" },
		{ "io.bfq.weight", "default 100\n", "8:0 9", "8:0 default", "the weight that a device had not" },
		{ "rdma.max", "mlx4_0 hca_handle=2 hca_object=max\n", "mlx4_0 hca_handle=1",
			"mlx4_0 hca_handle=2 hca_object=max", "the limits of an rdma device" },
		{ "misc.max", "res_a max\nres_b 10\n", "res_b 5", "res_b 10", "a resource of the misc controller" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct plan_write writes[] = {
			{ .file = cases[i].file, .value = cases[i].value, .place = "place" },
			FAILING,
		};
		struct error err;

		set_file(cases[i].file, cases[i].before);
		ok(update(writes, COUNT(writes), &err) < 0, "the update fails");
		is_file(cases[i].file, cases[i].after, cases[i].what);
	}
}

static void test_refused_fallback(void)
{
	static const struct plan_write writes[] = {
		{ .file = "io.none",
			.value = "8:0 50",
			.fallback_file = "io.latency",
			.fallback_value = "8:0 405",
			.place = "blockIO.weightDevice[0].weight" },
	};
	struct error err;

	mkdirat(cgroup, "io.latency", 0700);
	is_int(update(writes, COUNT(writes), &err), -1, "a file that stands for another one may refuse, too");
	is_str(err.text, "blockIO.weightDevice[0].weight: cannot write '8:0 405' to 'io.latency': is a directory",
		"the error names the one that did");
}

static void test_present(void)
{
	struct plan_present present;

	set_file("cpu.max", "50000 200000\n");
	set_file("cpu.max.burst", "7\n");
	set_file("memory.max", "18446744073709551615\n");
	set_file("memory.swap.max", "12288\n");
	set_file("memory.current", "4096\n");
	set_file("memory.swap.current", "8192\n");
	present = cgroup_present(cgroup);
	ok(present.quota.set && present.quota.v == 50000 && present.period.set && present.period.v == 200000,
		"quota and period are read");
	ok(present.burst.set && present.burst.v == 7, "and the burst");
	ok(present.memory_limit.set && present.memory_limit.v == -1, "a limit that is larger than all memory is none");
	ok(present.swap_limit.set && present.swap_limit.v == 12288, "the limit of swap is read");
	ok(present.memory_usage == 4096 && present.swap_usage == 8192, "what is in use is read");
	set_file("cpu.max", "max 100000\n");
	set_file("memory.max", "max\n");
	present = cgroup_present(cgroup);
	ok(present.quota.set && present.quota.v == -1 && present.memory_limit.set && present.memory_limit.v == -1,
		"max is no limit");
	set_file("cpu.max", "what\n");
	unlinkat(cgroup, "memory.max", 0);
	present = cgroup_present(cgroup);
	ok(!present.quota.set && !present.period.set && !present.memory_limit.set, "what is not there is not set");
}

int main(void)
{
	cgroup = scratch_open();
	test_plan();
	test_success();
	test_restore();
	test_devices();
	test_refused_fallback();
	test_present();
	scratch_close(cgroup);
	return done();
}
