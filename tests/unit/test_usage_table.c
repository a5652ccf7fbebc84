/* The table of `stats`: its cells, and what a narrow or low terminal shows of it. */
#include "base/text.h"
#include "host/stats/usage.h"
#include "tap.h"

#define COUNT(number) { .set = true, .v = (number) }

static struct psi pressure = { .some = { .avg10 = { "0.12" } } };
static struct usage_device device = { .read_bytes = COUNT(1536), .written_bytes = COUNT(UINT64_MAX) };

static const struct usage before = {
	.at_us = 1,
	.cpu = { .usage = COUNT(0), .periods = COUNT(0), .throttled_periods = COUNT(0) },
	.io = { .counted = true },
};
static const struct usage now = {
	.at_us = 1000001,
	.cpu = { .usage = COUNT(249500), .periods = COUNT(8), .throttled_periods = COUNT(7), .psi = &pressure },
	.memory = { .current = COUNT(20447232), .limit = COUNT(67108864), .events = { .oom_kill = COUNT(3) } },
	.pids = { .current = COUNT(12) },
	.io = { .counted = true, .devices = { 1, &device } },
};

static const struct sample samples[] = {
	{ .id = "web", .status = OCI_STATUS_RUNNING, .usage = &now, .before = &before },
	{ .id = "a-name-that-is-rather-long", .status = OCI_STATUS_PAUSED, .usage = &before },
	{ .id = "old", .status = OCI_STATUS_STOPPED, .lacking = "the container is not running" },
};

static void is_table(size_t n, unsigned int columns, unsigned int lines, const char *wanted, const char *what)
{
	cleanup_text struct text out = { 0 };

	samples_add_table(samples, n, columns, lines, &out);
	is_str(out.s, wanted, what);
}

static void test_whole(void)
{
	is_table(3, 0, 0,
		"ID                          STATUS   CPU%  THROTTLED%  CPU-PSI  MEMORY/LIMIT  MEM-PSI  OOM-KILLS  "
		"PIDS/LIMIT  READ/s  WRITE/s  IO-PSI\n"
		"web                         running  25.0        87.5     0.12   19.5M/64.0M        -          3  "
		"    12/max    1.5K    15.9E       -\n"
		"a-name-that-is-rather-long  paused      -           -        -             -        -          -  "
		"         -       -        -       -\n"
		"old                         stopped  the container is not running\n",
		"each container has a line, and a number that is not known is a dash");
	is_table(0, 0, 0,
		"ID  STATUS  CPU%  THROTTLED%  CPU-PSI  MEMORY/LIMIT  MEM-PSI  OOM-KILLS  PIDS/LIMIT  READ/s  WRITE/s  "
		"IO-PSI\n",
		"without a container there is the heading");
}

static void test_narrow(void)
{
	is_table(3, 120, 0,
		"ID             STATUS   CPU%  THROTTLED%  CPU-PSI  MEMORY/LIMIT  MEM-PSI  OOM-KILLS  PIDS/LIMIT  READ/s  "
		"WRITE/s  IO-PSI\n"
		"web            running  25.0        87.5     0.12   19.5M/64.0M        -          3      12/max    1.5K  "
		"  15.9E       -\n"
		"a-name-tha...  paused      -           -        -             -        -          -           -       -  "
		"      -       -\n"
		"old            stopped  the container is not running\n",
		"on a narrow terminal ids are shortened");
	is_table(3, 60, 0,
		"ID            STATUS   CPU%  MEMORY/LIMIT  OOM-KILLS\n"
		"web           running  25.0   19.5M/64.0M          3\n"
		"a-name-th...  paused      -             -          -\n"
		"old           stopped  the container is not running\n",
		"on a narrower one columns are left out");
	is_table(3, 20, 0,
		"ID           STATUS\n"
		"web          running\n"
		"a-name-t...  paused\n"
		"old          stopped\n",
		"the ids and the status stay");
	is_table(1, 8, 0, "ID   STA\nweb  run\n", "nothing is wider than the terminal");
}

static void test_low(void)
{
	is_table(3, 60, 3,
		"ID   STATUS   CPU%  MEMORY/LIMIT  OOM-KILLS  PIDS/LIMIT\n"
		"web  running  25.0   19.5M/64.0M          3      12/max\n"
		"... and 2 more\n",
		"a low terminal shows the first, and how many there are");
	is_table(3, 12, 1, "ID  STATUS\n", "one with a single line shows the heading");
	is_table(1, 60, 2,
		"ID   STATUS   CPU%  MEMORY/LIMIT  OOM-KILLS  PIDS/LIMIT\n"
		"web  running  25.0   19.5M/64.0M          3      12/max\n",
		"what fits is shown");
}

static void test_sizes(void)
{
	static const struct {
		uint64_t bytes;
		const char *shown;
	} rows[] = {
		{ 0, "0B/max" },
		{ 1023, "1023B/max" },
		{ 1024, "1.0K/max" },
		{ 1048575, "1023.9K/max" },
		{ 1048576, "1.0M/max" },
		{ UINT64_MAX, "15.9E/max" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct usage usage = { .memory = { .current = COUNT(rows[i].bytes) } };
		const struct sample sample = { .id = "a", .status = OCI_STATUS_RUNNING, .usage = &usage };
		cleanup_text struct text out = { 0 };
		char what[64];

		samples_add_table(&sample, 1, 0, 0, &out);
		snprintf(what, sizeof(what), "%llu bytes are %s", (unsigned long long)rows[i].bytes, rows[i].shown);
		ok(out.s && strstr(strchr(out.s, '\n'), rows[i].shown), what);
	}
}

int main(void)
{
	test_whole();
	test_narrow();
	test_low();
	test_sizes();
	return done();
}
