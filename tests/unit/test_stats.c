/* `events --stats` from files of a cgroup and of resctrl, which here are ordinary files. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "host/resctrl/resctrl.h"
#include "host/stats/parts.h"
#include "scratch.h"
#include "tap.h"

#include <sys/stat.h>

static int cgroup;

static void set_file(const char *name, const char *content)
{
	struct error err;

	if (file_replace(cgroup, name, 0600, content, strlen(content), &err) < 0)
		printf("# %s\n", err.text);
}

/* Checks the whole line that `events` would print. */
static void is_event(const char *wanted, const char *what)
{
	struct stats stats = { 0 };
	const struct event event = { .type = "stats", .id = "c1", .data = &stats };
	struct error err;
	char *json = NULL;

	if (stats_read(cgroup, &stats, &err) < 0 || oci_write(&event_type, &event, OCI_WRITE_COMPACT, &json, NULL) < 0)
		printf("# cannot make the event\n");
	is_str(json, wanted, what);
	free(json);
	stats_free(&stats);
}

#define PSI                                                                                                  \
	"\"psi\":{\"some\":{\"avg10\":0.12,\"avg60\":10.50,\"avg300\":0.00,\"total\":18446744073709551615}," \
	"\"full\":{\"avg10\":0.00,\"avg60\":0.00,\"avg300\":0.00,\"total\":7}}"
#define NO_ENTRY "{\"limit\":0,\"failcnt\":0}"
#define NO_CPUSET                                                                               \
	"\"mem_hardwall\":0,\"mem_exclusive\":0,\"memory_migrate\":0,\"memory_spread_page\":0," \
	"\"memory_spread_slab\":0,\"memory_pressure\":0,\"sched_load_balance\":0,\"sched_relax_domain_level\":0"

/* A cgroup without controllers has only the core files. */
static void test_core(void)
{
	set_file("cgroup.procs", "17\n4\n");
	is_event("{\"type\":\"stats\",\"id\":\"c1\",\"data\":{"
		 "\"cpu\":{\"usage\":{\"kernel\":0,\"user\":0},\"throttling\":{}},"
		 "\"cpuset\":{\"cpu_exclusive\":0," NO_CPUSET "},"
		 "\"memory\":{\"usage\":" NO_ENTRY ",\"swap\":" NO_ENTRY ",\"kernel\":" NO_ENTRY
		 ",\"kernelTCP\":" NO_ENTRY "},"
		 "\"pids\":{\"current\":2},\"blkio\":{},\"hugetlb\":{},\"intel_rdt\":{},\"network_interfaces\":[]}}",
		"without controllers there are processes, and zeros");
}

static void test_everything(void)
{
	static const char pressure[] = "some avg10=0.12 avg60=10.50 avg300=0.00 total=18446744073709551615\n"
				       "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";

	set_file("cpu.stat",
		"usage_usec 5000000000001\nuser_usec 3\nsystem_usec 4\nnr_periods 5\nnr_throttled 6\n"
		"throttled_usec 7\nnr_bursts 8\n");
	set_file("cpu.pressure", pressure);
	set_file("cpuset.cpus.effective", "0-2,7\n");
	set_file("cpuset.mems.effective", "0\n");
	set_file("memory.current", "4096\n");
	set_file("memory.max", "10000\n");
	set_file("memory.peak", "5000\n");
	set_file("memory.events", "low 1\nhigh 2\nmax 70\noom 3\noom_kill 4\n");
	set_file("memory.swap.current", "100\n");
	set_file("memory.swap.max", "2000\n");
	set_file("memory.stat", "anon 1\nfile 18446744073709551615\nslab_reclaimable 0\n");
	set_file("memory.pressure", pressure);
	set_file("pids.current", "9\n");
	set_file("pids.max", "20\n");
	set_file("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n8:16 \n0:5 wbytes=7 cost.usage=8\n");
	set_file("io.pressure", pressure);
	set_file("hugetlb.2MB.current", "2097152\n");
	set_file("hugetlb.2MB.rsvd.current", "4194304\n");
	set_file("hugetlb.2MB.events", "max 3\n");
	set_file("hugetlb.1GB.current", "1073741824\n");
	is_event("{\"type\":\"stats\",\"id\":\"c1\",\"data\":{"
		 "\"cpu\":{\"usage\":{\"total\":5000000000001000,\"kernel\":4000,\"user\":3000},"
		 "\"throttling\":{\"periods\":5,\"throttledPeriods\":6,\"throttledTime\":7000}," PSI "},"
		 "\"cpuset\":{\"cpus\":[0,1,2,7],\"cpu_exclusive\":0,\"mems\":[0]," NO_CPUSET "},"
		 "\"memory\":{\"cache\":18446744073709551615,"
		 "\"usage\":{\"limit\":10000,\"usage\":4096,\"max\":5000,\"failcnt\":70},"
		 "\"swap\":{\"limit\":12000,\"usage\":4196,\"failcnt\":0},\"kernel\":" NO_ENTRY
		 ",\"kernelTCP\":" NO_ENTRY ","
		 "\"raw\":{\"anon\":1,\"file\":18446744073709551615,\"slab_reclaimable\":0}," PSI "},"
		 "\"pids\":{\"current\":9,\"limit\":20},"
		 "\"blkio\":{\"ioServiceBytesRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":1},"
		 "{\"major\":8,\"op\":\"Write\",\"value\":2},{\"minor\":5,\"op\":\"Write\",\"value\":7}],"
		 "\"ioServicedRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":3},"
		 "{\"major\":8,\"op\":\"Write\",\"value\":4}]," PSI "},"
		 "\"hugetlb\":{\"1GB\":{\"usage\":1073741824,\"failcnt\":0},\"2MB\":{\"usage\":4194304,\"failcnt\":3}},"
		 "\"intel_rdt\":{},\"network_interfaces\":[]}}",
		"with all controllers everything has its number, in the units of the layout");
}

static struct stats read_again(void)
{
	struct stats stats = { 0 };
	struct error err;

	ok(stats_read(cgroup, &stats, &err) == 0, "the files are read");
	return stats;
}

static void test_limits(void)
{
	struct stats stats;

	set_file("memory.max", "max\n");
	set_file("pids.max", "max\n");
	stats = read_again();
	ok(stats.memory.usage.limit == UINT64_MAX && stats.memory.swap.limit == UINT64_MAX,
		"no limit of memory is the largest number, with swap as well");
	ok(stats.pids.limit == 0 && stats.pids.current == 9, "no limit of tasks is none");
	stats_free(&stats);
	set_file("memory.max", "10000\n");
	set_file("memory.swap.max", "max\n");
	stats = read_again();
	ok(stats.memory.usage.limit == 10000 && stats.memory.swap.limit == UINT64_MAX, "nor has swap one alone");
	stats_free(&stats);
}

static void test_garbage(void)
{
	struct stats stats;

	set_file("cpu.stat", "usage_usec\nuser_usec x\n\n system_usec 4\nsystem_usec 5");
	set_file("cpu.pressure", "some avg10=nan avg60=01.5 avg300=1. total=-1\nfull\nother avg10=1\n");
	set_file("io.stat", "8 rbytes=1\nx:y rbytes=1\n8:0 rbytes wbytes=x =1\n");
	set_file("cpuset.cpus.effective", "\n");
	set_file("cpuset.mems.effective", "3-1\n");
	set_file("memory.stat", "anon -1\nfile 12\n");
	stats = read_again();
	ok(stats.cpu.usage.total == 0 && stats.cpu.usage.user == 0 && stats.cpu.usage.kernel == 5000,
		"what is no number is passed over");
	ok(stats.cpu.psi && !stats.cpu.psi->some.avg10.digits && !stats.cpu.psi->some.avg60.digits &&
			!stats.cpu.psi->some.avg300.digits && stats.cpu.psi->some.total == 0 &&
			!stats.cpu.psi->full.avg10.digits,
		"what JSON would not take for a number never gets there");
	ok(stats.io.bytes.n == 0 && stats.io.operations.n == 0, "nor a device without a number");
	ok(stats.cpuset.cpus.n == 0 && stats.cpuset.mems.n == 0, "nor a list that is none");
	ok(stats.memory.raw.n == 1 && stats.memory.cache == 12, "nor a count below zero");
	stats_free(&stats);
}

/* ---- Intel RDT, in ordinary directories and files with the names of resctrl's ---- */

/* Makes the directory unless it exists. Returns an fd of it, or ends the program. */
static int make_directory(int parent, const char *name)
{
	int fd;

	mkdirat(parent, name, 0700);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		perror(name);
		exit(EXIT_FAILURE);
	}
	return fd;
}

static void set_file_of(int parent, const char *directory, const char *name, const char *content)
{
	cleanup_fd int dir = make_directory(parent, directory);
	struct error err;

	if (file_replace(dir, name, 0600, content, strlen(content), &err) < 0)
		printf("# %s\n", err.text);
}

/* Checks the end of the line that `events` would print. */
static void is_line_end(int resctrl, const struct resctrl_claim *rdt, const char *wanted, const char *what)
{
	struct stats stats = { 0 };
	const struct event event = { .type = "stats", .id = "c1", .data = &stats };
	cleanup_free char *json = NULL;
	struct error err;

	if (rdt_stats_read(resctrl, rdt, "c1", &stats.intel_rdt, &err) < 0 ||
		oci_write(&event_type, &event, OCI_WRITE_COMPACT, &json, NULL) < 0)
		printf("# cannot make the event\n");
	is_str(json ? strstr(json, "\"intel_rdt\":") : NULL, wanted, what);
	stats_free(&stats);
}

static void set_count(int group, const char *cache, const char *name, const char *content)
{
	cleanup_fd int data = make_directory(group, "mon_data");

	set_file_of(data, cache, name, content);
}

static void test_rdt(void)
{
	const struct resctrl_claim of_class = { .group = "gold" };
	const struct resctrl_claim of_its_own = { .group = "gold", .monitored = true };
	const struct resctrl_claim of_none = { .group = "none" };
	cleanup_fd int resctrl = make_directory(cgroup, "resctrl");
	cleanup_fd int info = make_directory(resctrl, "info");
	cleanup_fd int group = make_directory(resctrl, "gold");
	cleanup_fd int monitors = make_directory(group, "mon_groups");
	cleanup_fd int monitor = make_directory(monitors, "c1");

	is_line_end(resctrl, &of_class, "\"intel_rdt\":{},\"network_interfaces\":[]}}",
		"a processor that divides nothing and counts nothing says so");
	set_file_of(info, "L3", "cbm_mask", "7ff\n");
	set_file_of(info, "L3", "min_cbm_bits", "1\n");
	set_file_of(info, "L3", "num_closids", "16\n");
	set_file_of(resctrl, ".", "schemata", "    L2:0=3\n    L3:0=7ff;1=7ff\n");
	set_file_of(resctrl, "gold", "schemata", "    L2:0=3\n    L3:0=00f;1=7ff\n");
	set_count(group, "mon_L3_00", "llc_occupancy", "4096\n");
	is_line_end(resctrl, &of_class,
		"\"intel_rdt\":{\"l3_cache_info\":{\"cbm_mask\":\"7ff\",\"min_cbm_bits\":1,\"num_closids\":16},"
		"\"l3_cache_schema_root\":\"L3:0=7ff;1=7ff\",\"l3_cache_schema\":\"L3:0=00f;1=7ff\","
		"\"cmt_stats\":[{\"llc_occupancy\":4096}]},\"network_interfaces\":[]}}",
		"what it does not divide or count is not there");
	set_file_of(info, "MB", "bandwidth_gran", "10\n");
	set_file_of(info, "MB", "delay_linear", "1\n");
	set_file_of(info, "MB", "min_bandwidth", "10\n");
	set_file_of(info, "MB", "num_closids", "8\n");
	set_file_of(resctrl, ".", "schemata", "L3:0=7ff;1=7ff\n    MB:0=100;1=100\n");
	set_file_of(resctrl, "gold", "schemata", "    L3:0=00f;1=7ff\n    MB:0= 20;1=100\n");
	set_count(monitor, "mon_L3_01", "llc_occupancy", "Unavailable\n");
	set_count(monitor, "mon_L3_01", "mbm_total_bytes", "3\n");
	set_count(monitor, "mon_L3_01", "mbm_local_bytes", "2\n");
	set_count(monitor, "mon_L3_00", "llc_occupancy", "5\n");
	set_count(monitor, "mon_L3_00", "mbm_total_bytes", "18446744073709551615\n");
	set_count(monitor, "mon_PERF_PKG_00", "core_energy", "1.5\n");
	is_line_end(resctrl, &of_its_own,
		"\"intel_rdt\":{\"l3_cache_info\":{\"cbm_mask\":\"7ff\",\"min_cbm_bits\":1,\"num_closids\":16},"
		"\"l3_cache_schema_root\":\"L3:0=7ff;1=7ff\",\"l3_cache_schema\":\"L3:0=00f;1=7ff\","
		"\"mem_bw_info\":{\"bandwidth_gran\":10,\"delay_linear\":1,\"min_bandwidth\":10,\"num_closids\":8},"
		"\"mem_bw_schema_root\":\"MB:0=100;1=100\",\"mem_bw_schema\":\"MB:0= 20;1=100\","
		"\"mbm_stats\":[{\"mbm_total_bytes\":18446744073709551615,\"mbm_local_bytes\":0},"
		"{\"mbm_total_bytes\":3,\"mbm_local_bytes\":2}],"
		"\"cmt_stats\":[{\"llc_occupancy\":5},{\"llc_occupancy\":0}]},\"network_interfaces\":[]}}",
		"a container with a monitor has its own numbers, one for each cache in order");
	is_line_end(resctrl, &of_none,
		"\"intel_rdt\":{\"l3_cache_info\":{\"cbm_mask\":\"7ff\",\"min_cbm_bits\":1,\"num_closids\":16},"
		"\"l3_cache_schema_root\":\"L3:0=7ff;1=7ff\","
		"\"mem_bw_info\":{\"bandwidth_gran\":10,\"delay_linear\":1,\"min_bandwidth\":10,\"num_closids\":8},"
		"\"mem_bw_schema_root\":\"MB:0=100;1=100\"},\"network_interfaces\":[]}}",
		"a class of service that is gone has nothing, the host still has");
}

int main(void)
{
	cgroup = scratch_open();
	test_core();
	test_everything();
	test_limits();
	test_garbage();
	test_rdt();
	scratch_close(cgroup);
	return done();
}
