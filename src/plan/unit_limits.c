/* The limits of a cgroup as properties of its systemd unit: systemd writes its properties to the files whenever it sets
 * a unit up again, and so has to know the limits. They are worked out from the planned writes, so that limits from
 * linux.resources and from linux.resources.unified become the same properties. A limit without a property, and a value
 * that systemd has no form for, is written to its file alone. Pure. */
#include "plan/parts.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum {
	USEC_PER_SEC = 1000000,
	PERCENT_USEC = USEC_PER_SEC / 100,
	DEFAULT_PERIOD = 100000,
	MAX_SET_BITS = 8192, /* CPUs or memory nodes in a set, the most that Linux has */
};

/* What a row works with. */
struct target {
	struct oci_document *document;
	struct plan_unit *unit;
	const struct plan_write *write;
	const char *property;
};

static struct plan_unit_property *add(const struct target *t, const char *name, const char *signature)
{
	return plan_unit_add(t->document, t->unit, name, signature, t->write->place);
}

static void add_word(const struct target *t, const char *word)
{
	plan_unit_word(t->document, t->unit, plan_strdup(t->document, word));
}

static void add_number_word(const struct target *t, uint64_t number)
{
	plan_unit_word(t->document, t->unit, plan_printf(t->document, "t%llu", (unsigned long long)number));
}

/* A number without a limit is UINT64_MAX, as systemd has it. */
static struct plan_unit_property *add_number(const struct target *t, const char *name, uint64_t number)
{
	struct plan_unit_property *property = add(t, name, "t");

	if (property)
		add_number_word(t, number);
	return property;
}

/* For a property that is younger than others: a systemd that does not know it leaves the limit to the file. */
static void let_leave_out(struct plan_unit_property *property)
{
	if (property)
		property->may_be_left_out = true;
}

/* A number of bytes, or "max". False for another text. */
static bool read_size(const char *text, uint64_t *ret)
{
	int64_t size;

	if (strcmp(text, "max") == 0) {
		*ret = UINT64_MAX;
		return true;
	}
	if (!text_to_bytes(text, &size))
		return false;
	*ret = (uint64_t)size;
	return true;
}

static void add_size(const struct target *t, const char *value)
{
	uint64_t size;

	if (read_size(value, &size))
		add_number(t, t->property, size);
}

/* systemd takes no 0 for these; the file gets it. */
static void add_least_one(const struct target *t, const char *value)
{
	uint64_t size;

	if (read_size(value, &size))
		add_number(t, t->property, size > 0 ? size : 1);
}

static void add_zswap(const struct target *t, const char *value)
{
	uint64_t size;

	if (read_size(value, &size))
		let_leave_out(add_number(t, t->property, size)); /* systemd 253 */
}

static void add_weight(const struct target *t, const char *value)
{
	uint64_t weight;

	if (text_to_u64(value, &weight))
		add_number(t, t->property, weight);
}

/* systemd's form of cpu.idle is the weight 0. An idle cgroup has no other weight. */
static void add_idle(const struct target *t, const char *value)
{
	struct plan_unit_property *property = add_number(t, t->property, strcmp(value, "1") == 0 ? 0 : UINT64_MAX);

	if (property)
		property->may_be_left_out = true; /* systemd 252 */
}

/* "QUOTA PERIOD" in microseconds. systemd keeps the quota as whole percents of a CPU, so it is rounded up: what the
 * container is promised stays. The file gets the exact quota. */
static void add_cpu_max(const struct target *t, const char *value)
{
	cleanup_free char *quota = strdup(value);
	char *period = quota ? strchr(quota, ' ') : NULL;
	struct plan_unit_property *property;
	uint64_t period_us = DEFAULT_PERIOD;
	uint64_t quota_us;
	uint64_t share;

	t->unit->failed |= quota == NULL;
	if (!quota)
		return;
	if (period)
		*period++ = '\0';
	if ((period && !text_to_u64(period, &period_us)) || period_us == 0 || !read_size(quota, &quota_us))
		return;
	share = quota_us;
	if (quota_us != UINT64_MAX) {
		if (quota_us > UINT64_MAX / USEC_PER_SEC - period_us)
			return;
		share = (quota_us * USEC_PER_SEC + period_us - 1) / period_us;
		share = (share + PERCENT_USEC - 1) / PERCENT_USEC * PERCENT_USEC;
	}
	add_number(t, t->property, share);
	property = add_number(t, "CPUQuotaPeriodUSec", period_us);
	if (property)
		property->may_be_left_out = true; /* systemd 242 */
}

/* "0-3,7" as a set of bits. */
static void add_set(const struct target *t, const char *value)
{
	unsigned char bits[MAX_SET_BITS / 8] = { 0 };
	struct plan_unit_property *property;
	uint64_t first;
	uint64_t last = 0;
	size_t n = 0;

	for (const char *left = value; *left;) {
		if (!text_next_range(&left, &first, &last) || last >= MAX_SET_BITS)
			return;
		for (uint64_t i = first; i <= last; i++)
			bits[i / 8] |= (unsigned char)(1U << i % 8);
		n = last / 8 + 1 > n ? last / 8 + 1 : n;
	}
	property = add(t, t->property, "ay");
	if (!property)
		return;
	let_leave_out(property); /* systemd 244 */
	add_word(t, "ay");
	for (size_t i = 0; i < n; i++)
		plan_unit_word(t->document, t->unit, plan_printf(t->document, "y%u", bits[i]));
	add_word(t, ".");
}

/* A list of one pair of device and number. The device is given as "8:0", and named for systemd by its file. */
static void add_device(const struct target *t, const char *name, const char *device, int length, uint64_t number)
{
	if (!add(t, name, "a(st)"))
		return;
	add_word(t, "a(st)");
	add_word(t, "(st");
	plan_unit_word(t->document, t->unit, plan_printf(t->document, "s/dev/block/%.*s", length, device));
	add_number_word(t, number);
	add_word(t, ".");
	add_word(t, ".");
}

/* "100", "default 100", or "8:0 100" with the weight of one device. */
static void add_io_weight(const struct target *t, const char *value)
{
	const char *space = strchr(value, ' ');
	uint64_t weight;

	if (!text_to_u64(space ? space + 1 : value, &weight))
		return;
	if (!space || text_starts(value, "default "))
		add_number(t, t->property, weight);
	else
		add_device(t, "IODeviceWeight", value, (int)(space - value), weight);
}

/* "8:0 rbps=1048576 wiops=max" */
static void add_io_max(const struct target *t, const char *value)
{
	static const struct {
		const char *key;
		const char *property;
	} rows[] = {
		{ "rbps", "IOReadBandwidthMax" },
		{ "wbps", "IOWriteBandwidthMax" },
		{ "riops", "IOReadIOPSMax" },
		{ "wiops", "IOWriteIOPSMax" },
	};
	int device = (int)strcspn(value, " ");
	cleanup_free char *words = strdup(value);
	char *left = words;
	uint64_t rate;

	t->unit->failed |= words == NULL;
	(void)strsep(&left, " ");
	for (char *word = strsep(&left, " "); word; word = strsep(&left, " ")) {
		char *number = strchr(word, '=');

		if (number)
			*number++ = '\0';
		for (size_t i = 0; number && i < sizeof(rows) / sizeof(rows[0]); i++) {
			if (strcmp(word, rows[i].key) == 0 && read_size(number, &rate))
				add_device(t, rows[i].property, value, device, rate);
		}
	}
}

static void add_oom_group(const struct target *t, const char *value)
{
	struct plan_unit_property *property = add(t, t->property, "s");

	if (!property)
		return;
	let_leave_out(property); /* systemd 253 */
	add_word(t, strcmp(value, "1") == 0 ? "skill" : "scontinue");
}

static const struct row {
	const char *file;
	const char *property;
	void (*add)(const struct target *t, const char *value);
} rows[] = {
	{ "cpu.idle", "CPUWeight", add_idle },
	{ "cpu.max", "CPUQuotaPerSecUSec", add_cpu_max },
	{ "cpu.weight", "CPUWeight", add_weight },
	{ "cpuset.cpus", "AllowedCPUs", add_set },
	{ "cpuset.mems", "AllowedMemoryNodes", add_set },
	{ "io.max", NULL, add_io_max },
	{ "io.weight", "IOWeight", add_io_weight },
	{ "memory.high", "MemoryHigh", add_least_one },
	{ "memory.low", "MemoryLow", add_size },
	{ "memory.max", "MemoryMax", add_least_one },
	{ "memory.min", "MemoryMin", add_size },
	{ "memory.oom.group", "OOMPolicy", add_oom_group },
	{ "memory.swap.max", "MemorySwapMax", add_size },
	{ "memory.zswap.max", "MemoryZSwapMax", add_zswap },
	{ "pids.max", "TasksMax", add_least_one },
};

static const struct row *find_row(const char *file)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].file, file) == 0)
			return &rows[i];
	}
	return NULL;
}

static void add_write(struct oci_document *document, const struct plan_write *write, struct plan_unit *unit)
{
	const struct row *row = find_row(write->file);
	struct target target = { .document = document, .unit = unit, .write = write };
	const char *value = write->value;

	if (!row && write->fallback_file) {
		row = find_row(write->fallback_file);
		value = write->fallback_value;
	}
	if (!row)
		return;
	target.property = row->property;
	row->add(&target, value);
}

void plan_unit_limits(struct oci_document *document, const struct plan_writes *writes, struct plan_unit *unit)
{
	for (size_t i = 0; i < writes->n && !unit->failed; i++)
		add_write(document, &writes->items[i], unit);
}
