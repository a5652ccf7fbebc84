/* What `stats` finds and writes: the files of a cgroup, which here are ordinary files, as JSON and for OpenMetrics; and
 * the rates between two looks. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "host/stats/usage.h"
#include "scratch.h"
#include "tap.h"

static int cgroup;

static void set_file(const char *name, const char *content)
{
	struct error err;

	if (file_replace(cgroup, name, 0600, content, strlen(content), &err) < 0)
		printf("# %s\n", err.text);
}

/* Writes into the file that a meter may have open. */
static void rewrite_file(const char *name, const char *content)
{
	cleanup_fd int fd = openat(cgroup, name, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (write(fd, content, strlen(content)) != (ssize_t)strlen(content))
		printf("# cannot write %s\n", name);
}

static struct meter *open_meter(bool brief)
{
	struct error err;
	struct meter *meter = meter_open(fcntl(cgroup, F_DUPFD_CLOEXEC, 0), brief, &err);

	if (!meter) {
		printf("# %s\n", err.text);
		exit(EXIT_FAILURE);
	}
	return meter;
}

static struct usage *read_meter(struct meter *meter)
{
	struct usage *usage = NULL;
	struct error err;

	if (meter_read(meter, &usage, &err) != 1) {
		printf("# nothing was read\n");
		exit(EXIT_FAILURE);
	}
	return usage;
}

static struct usage *read_all(void)
{
	struct meter *meter = open_meter(false);
	struct usage *usage = read_meter(meter);

	meter_close(meter);
	return usage;
}

static void is_json(const struct sample *sample, const char *wanted, const char *what)
{
	cleanup_text struct text out = { 0 };
	struct error err;

	if (samples_add_json(sample, 1, &out, &err) < 0)
		printf("# %s\n", err.text);
	is_str(out.s, wanted, what);
}

static struct sample make_sample(const struct usage *usage)
{
	return (struct sample){ .id = "c1", .status = OCI_STATUS_RUNNING, .time_us = 1700000000123456, .usage = usage };
}

/* Checks the whole line. */
static void is_line(const char *wanted, const char *what)
{
	struct usage *usage = read_all();
	const struct sample sample = make_sample(usage);

	is_json(&sample, wanted, what);
	usage_free(usage);
}

#define HEAD "{\"id\":\"c1\",\"status\":\"running\",\"time_usec\":1700000000123456"
#define PSI                                                                             \
	"\"psi\":{\"some\":{\"avg10\":0.12,\"avg60\":10.50,\"avg300\":0.00,"            \
	"\"total_usec\":18446744073709551615},\"full\":{\"avg10\":0.00,\"avg60\":0.00," \
	"\"avg300\":0.00,\"total_usec\":7}}"

static const char pressure[] = "some avg10=0.12 avg60=10.50 avg300=0.00 total=18446744073709551615\n"
			       "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";

/* A cgroup without controllers has only the core files. */
static void test_core(void)
{
	is_line(HEAD "}\n", "a cgroup without a file has no number");
	set_file("cpu.stat", "usage_usec 5\nuser_usec 3\nsystem_usec 2\n");
	is_line(HEAD ",\"cpu\":{\"usage_usec\":5,\"user_usec\":3,\"system_usec\":2}}\n",
		"without controllers there is the time of the processors");
}

static void test_lacking(void)
{
	const struct sample sample = {
		.id = "c1",
		.status = OCI_STATUS_STOPPED,
		.time_us = 1,
		.lacking = "it has ended",
	};
	cleanup_text struct text out = { 0 };

	is_json(&sample, "{\"id\":\"c1\",\"status\":\"stopped\",\"time_usec\":1,\"unavailable\":\"it has ended\"}\n",
		"a container without numbers says why");
	samples_add_openmetrics(&sample, 1, &out);
	ok(out.s && strstr(out.s, "{id=\"c1\",tare_container_status=\"stopped\"} 1\n# EOF\n"),
		"and for OpenMetrics it has a status");
}

static void set_memory_files(void)
{
	set_file("memory.current", "4096\n");
	set_file("memory.peak", "5000\n");
	set_file("memory.max", "10000\n");
	set_file("memory.high", "max\n");
	set_file("memory.low", "0\n");
	set_file("memory.swap.current", "100\n");
	set_file("memory.swap.max", "2000\n");
	set_file("memory.events", "low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\nnew 7\n");
	set_file("memory.swap.events", "high 1\nmax 2\nfail 3\n");
	set_file("memory.stat", "anon 18446744073709551615\nfile 12\nper_node 1\npgfault 13\npgmajfault 14\n");
	set_file("memory.pressure", pressure);
}

static void set_other_files(void)
{
	set_file("cpu.stat",
		"usage_usec 5000001\nuser_usec 3\nsystem_usec 4\nnr_periods 5\nnr_throttled 6\n"
		"throttled_usec 7\nnr_bursts 8\nburst_usec 9\n");
	set_file("cpu.max", "25000 100000\n");
	set_file("cpu.pressure", pressure);
	set_file("pids.current", "9\n");
	set_file("pids.peak", "10\n");
	set_file("pids.max", "20\n");
	set_file("pids.events", "max 2\n");
	set_file("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n8:16 \n0:5 wbytes=7 cost.usage=8\n");
	set_file("io.pressure", pressure);
	set_file("hugetlb.2MB.current", "2097152\n");
	set_file("hugetlb.2MB.max", "4194304\n");
	set_file("hugetlb.2MB.rsvd.current", "0\n");
	set_file("hugetlb.2MB.rsvd.max", "9223372036854771712\n");
	set_file("hugetlb.2MB.events", "max 3\n");
	set_file("hugetlb.1GB.current", "1073741824\n");
	set_file("misc.current", "sev 1\nsev_es 0\n");
	set_file("misc.max", "sev max\nsev_es 5\n");
	set_file("misc.events", "sev.max 6\n");
}

static void test_everything(void)
{
	set_memory_files();
	set_other_files();
	is_line(HEAD
		",\"cpu\":{\"usage_usec\":5000001,\"user_usec\":3,\"system_usec\":4,\"quota_usec\":25000,"
		"\"period_usec\":100000,\"periods\":5,\"throttled_periods\":6,\"throttled_usec\":7,\"bursts\":8,"
		"\"burst_usec\":9," PSI "},"
		"\"memory\":{\"current_bytes\":4096,\"peak_bytes\":5000,\"limit_bytes\":10000,\"low_bytes\":0,"
		"\"swap\":{\"current_bytes\":100,\"limit_bytes\":2000},"
		"\"events\":{\"low\":1,\"high\":2,\"max\":3,\"oom\":4,\"oom_kill\":5,\"oom_group_kill\":6},"
		"\"swap_events\":{\"high\":1,\"max\":2,\"fail\":3},"
		"\"stat\":{\"anon_bytes\":18446744073709551615,\"file_bytes\":12,\"pgfault\":13,\"pgmajfault\":14}," PSI
		"},"
		"\"pids\":{\"current\":9,\"peak\":10,\"limit\":20,\"limit_hits\":2},"
		"\"io\":{\"devices\":[{\"major\":8,\"minor\":0,\"read_bytes\":1,\"written_bytes\":2,"
		"\"discarded_bytes\":5,\"reads\":3,\"writes\":4,\"discards\":6},"
		"{\"major\":0,\"minor\":5,\"written_bytes\":7}]," PSI "},"
		"\"hugetlb\":{\"1GB\":{\"current_bytes\":1073741824},\"2MB\":{\"current_bytes\":2097152,"
		"\"limit_bytes\":4194304,\"reserved_bytes\":0,\"limit_hits\":3}},"
		"\"misc\":{\"sev\":{\"current\":1,\"limit_hits\":6},\"sev_es\":{\"current\":0,\"limit\":5}}}\n",
		"with all controllers everything has its number, and a limit that is none has none");
}

static void test_garbage(void)
{
	struct usage *usage;

	set_file("cpu.stat", "usage_usec\nuser_usec x\n\n system_usec 4\nsystem_usec 5");
	set_file("cpu.max", "\n");
	set_file("cpu.pressure", "some avg10=nan avg60=01.5 avg300=1. total=-1\nother avg10=1\n");
	set_file("io.stat", "8 rbytes=1\nx:y rbytes=1\n8:0 rbytes wbytes=x =1\n");
	set_file("memory.current", "");
	set_file("pids.max", "-1\n");
	usage = read_all();
	ok(!usage->cpu.usage.set && !usage->cpu.user.set && usage->cpu.system.v == 5,
		"what is no number is passed over");
	ok(!usage->cpu.quota.set && !usage->cpu.period.set && !usage->memory.current.set && !usage->pids.limit.set,
		"in other files as well");
	ok(usage->cpu.psi && !usage->cpu.psi->some.avg10.digits && !usage->cpu.psi->some.avg60.digits,
		"what JSON would not take for a number never gets there");
	ok(usage->io.counted && usage->io.devices.n == 0, "nor a device without a number");
	usage_free(usage);
}

/* ---- the meter ---- */

static void test_meter(void)
{
	struct meter *meter;
	struct usage *usage;

	set_file("cgroup.controllers", "cpu\n");
	set_file("memory.current", "4096\n");
	meter = open_meter(false);
	unlinkat(cgroup, "pids.current", 0);
	rewrite_file("memory.current", "8192\n");
	usage = read_meter(meter);
	ok(usage->memory.current.v == 8192 && usage->pids.current.v == 9, "files are opened once, and read anew");
	usage_free(usage);
	set_file("pids.current", "11\n");
	rewrite_file("cgroup.controllers", "cpu pids\n");
	usage = read_meter(meter);
	is_int((long long)usage->pids.current.v, 11, "they are opened again when a controller was enabled");
	usage_free(usage);
	meter_close(meter);
}

static void test_brief(void)
{
	struct meter *meter = open_meter(true);
	struct usage *usage = read_meter(meter);

	ok(usage->memory.current.set && usage->memory.events.oom_kill.set && usage->io.counted &&
			usage->pids.current.set,
		"what the table shows is read for it");
	ok(!usage->memory.stat.file.set && usage->hugetlb.n == 0 && usage->misc.n == 0, "and nothing else");
	usage_free(usage);
	meter_close(meter);
}

/* Longer than what is read at first. */
static void test_long_file(void)
{
	cleanup_text struct text stat = { 0 };
	struct usage *usage;

	for (int i = 0; i < 3000; i++)
		text_add(&stat, "8:%d rbytes=%d wbytes=2 rios=3 wios=4\n", i, i);
	set_file("io.stat", stat.s);
	usage = read_all();
	ok(usage->io.devices.n == 3000 && usage->io.devices.items[2999].read_bytes.v == 2999,
		"a long file is read whole");
	usage_free(usage);
}

/* ---- rates ---- */

static struct oci_opt_u64 count(uint64_t v)
{
	return (struct oci_opt_u64){ .set = true, .v = v };
}

static void test_rates(void)
{
	struct usage_device devices[] = { { .read_bytes = count(1000) }, { .read_bytes = count(24) } };
	struct usage before = { .at_us = 1000000, .io = { .counted = true } };
	struct usage now = { .at_us = 1500000, .io = { .counted = true, .devices = { 2, devices } } };
	struct usage_rates rates;

	before.cpu = (struct usage_cpu){
		.usage = count(7),
		.periods = count(10),
		.throttled_periods = count(2),
	};
	now.cpu = (struct usage_cpu){
		.usage = count(7 + 125003),
		.periods = count(13),
		.throttled_periods = count(4),
	};
	rates = usage_rates_between(&before, &now);
	is_int((long long)rates.interval_us.v, 500000, "the interval is the time between the two looks");
	is_int((long long)rates.cpu.v, 2500, "an eighth of a second of processor in half a second is 25 per cent");
	is_int((long long)rates.throttled.v, 6667, "two of three periods are two thirds");
	is_int((long long)rates.read_bytes.v, 2048, "bytes of all devices are added up, for a whole second");
	ok(rates.written_bytes.set && rates.written_bytes.v == 0, "none is none");
	now.cpu.periods = before.cpu.periods;
	now.cpu.throttled_periods = before.cpu.throttled_periods;
	now.cpu.usage = count(3);
	now.io.counted = false;
	rates = usage_rates_between(&before, &now);
	ok(rates.throttled.set && rates.throttled.v == 0, "without a period there is no throttling");
	ok(!rates.cpu.set && !rates.read_bytes.set, "a count that fell or is gone gives no rate");
	ok(!usage_rates_between(NULL, &now).interval_us.set, "nor does a single look");
	ok(!usage_rates_between(&now, &now).interval_us.set, "nor do two at one time");
}

static void test_rates_in_json(void)
{
	const struct usage before = { .at_us = 1, .cpu = { .usage = count(0) } };
	const struct usage now = { .at_us = 1000001, .cpu = { .usage = count(2049999) } };
	struct sample sample = make_sample(&now);

	sample.before = &before;
	is_json(&sample,
		HEAD
		",\"cpu\":{\"usage_usec\":2049999},\"rates\":{\"interval_usec\":1000000,\"cpu_percent\":205.00}}\n",
		"rates are written with two digits, rounded");
}

/* ---- OpenMetrics ---- */

static void test_openmetrics(void)
{
	struct usage_device device = { .major = 8, .minor = 16, .read_bytes = count(3) };
	struct usage_resource resource = { .name = "a\"\\\nb", .current = count(1) };
	const struct usage usage = {
		.cpu = { .usage = count(1000001), .quota = count(50000), .period = count(100000) },
		.memory = { .events = { .oom_kill = count(2), .max = count(0) } },
		.io = { .devices = { 1, &device } },
		.misc = { 1, &resource },
	};
	const struct usage other = { .cpu = { .usage = count(UINT64_MAX) } };
	const struct sample samples[] = {
		{ .id = "a", .status = OCI_STATUS_PAUSED, .usage = &usage },
		{ .id = "b", .status = OCI_STATUS_RUNNING, .usage = &other },
	};
	cleanup_text struct text out = { 0 };
	const char *behind_states;

	samples_add_openmetrics(samples, 2, &out);
	ok(out.s && strstr(out.s, "tare_container_status{id=\"a\",tare_container_status=\"paused\"} 1\n") &&
			strstr(out.s, "tare_container_status{id=\"b\",tare_container_status=\"paused\"} 0\n"),
		"a state set has 1 for the state that holds");
	behind_states = out.s ? strstr(out.s, "# TYPE tare_container_cpu_usage") : NULL;
	is_str(behind_states,
		"# TYPE tare_container_cpu_usage_seconds counter\n"
		"# UNIT tare_container_cpu_usage_seconds seconds\n"
		"# HELP tare_container_cpu_usage_seconds Time of the processors that was used.\n"
		"tare_container_cpu_usage_seconds_total{id=\"a\"} 1.000001\n"
		"tare_container_cpu_usage_seconds_total{id=\"b\"} 18446744073709.551615\n"
		"# TYPE tare_container_cpu_limit_processors gauge\n"
		"# UNIT tare_container_cpu_limit_processors processors\n"
		"# HELP tare_container_cpu_limit_processors How many processors may be used; absent without a limit.\n"
		"tare_container_cpu_limit_processors{id=\"a\"} 0.500000\n"
		"# TYPE tare_container_memory_events counter\n"
		"# HELP tare_container_memory_events What happened for want of memory (memory.events).\n"
		"tare_container_memory_events_total{id=\"a\",event=\"max\"} 0\n"
		"tare_container_memory_events_total{id=\"a\",event=\"oom_kill\"} 2\n"
		"# TYPE tare_container_io_read_bytes counter\n"
		"# UNIT tare_container_io_read_bytes bytes\n"
		"# HELP tare_container_io_read_bytes Bytes that were read from the device.\n"
		"tare_container_io_read_bytes_total{id=\"a\",device=\"8:16\"} 3\n"
		"# TYPE tare_container_misc gauge\n"
		"# HELP tare_container_misc Units of the resource that are used (misc.current).\n"
		"tare_container_misc{id=\"a\",resource=\"a\\\"\\\\\\nb\"} 1\n"
		"# EOF\n",
		"families stand together, with a head each, and labels are escaped");
}

static void test_no_container(void)
{
	cleanup_text struct text out = { 0 };

	samples_add_openmetrics(NULL, 0, &out);
	is_str(out.s, "# EOF\n", "without a container there is only the end");
}

int main(void)
{
	cgroup = scratch_open();
	test_core();
	test_lacking();
	test_everything();
	test_meter();
	test_brief();
	test_garbage();
	test_long_file();
	test_rates();
	test_rates_in_json();
	test_openmetrics();
	test_no_container();
	scratch_close(cgroup);
	return done();
}
