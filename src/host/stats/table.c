/* The table of `stats`, for a person: a line for each container. Runs on the host; touches no file. */
#include "host/stats/usage.h"

#include "ocispec/enums.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { UNIT = 1024, TENTHS = 10, GAP = 2, SHORT_ID = 12 };

static const char nothing[] = "-";
static const char dots[] = "...";

/* ---- cells ---- */

/* Per cent from hundredths, with one digit behind the point. */
static void add_percent(struct text *out, struct oci_opt_u64 hundredths)
{
	uint64_t tenths = hundredths.v / TENTHS + (hundredths.v % TENTHS >= TENTHS / 2);

	if (hundredths.set)
		text_add(out, "%" PRIu64 ".%" PRIu64, tenths / TENTHS, tenths % TENTHS);
	else
		text_add(out, "%s", nothing);
}

/* "512B", "1.5K", "20.0M": with one digit behind the point, rounded down. */
static void add_size(struct text *out, struct oci_opt_u64 bytes, const char *unset)
{
	static const char units[] = "BKMGTPE";
	const char *unit = units;
	uint64_t whole = bytes.v;
	uint64_t rest = 0;

	if (!bytes.set) {
		text_add(out, "%s", unset);
		return;
	}
	for (; whole >= UNIT; unit++) {
		rest = whole % UNIT;
		whole /= UNIT;
	}
	if (unit == units)
		text_add(out, "%" PRIu64 "B", whole);
	else
		text_add(out, "%" PRIu64 ".%" PRIu64 "%c", whole, rest * TENTHS / UNIT, *unit);
}

static void add_count(struct text *out, struct oci_opt_u64 number, const char *unset)
{
	if (number.set)
		text_add(out, "%" PRIu64, number.v);
	else
		text_add(out, "%s", unset);
}

static void add_pressure(struct text *out, const struct psi *psi)
{
	text_add(out, "%s", psi && psi->some.avg10.digits ? psi->some.avg10.digits : nothing);
}

static void add_id(struct text *out, const struct sample *sample, const struct usage_rates *rates)
{
	(void)rates;
	text_add(out, "%s", sample->id);
}

static void add_status(struct text *out, const struct sample *sample, const struct usage_rates *rates)
{
	(void)rates;
	text_add(out, "%s", oci_enum_name(oci_status_names, (int)sample->status));
}

static void add_cpu(struct text *out, const struct sample *sample, const struct usage_rates *rates)
{
	(void)sample;
	add_percent(out, rates->cpu);
}

static void add_throttled(struct text *out, const struct sample *sample, const struct usage_rates *rates)
{
	(void)sample;
	add_percent(out, rates->throttled);
}

static void add_cpu_pressure(struct text *out, const struct sample *sample, const struct usage_rates *rates)
{
	(void)rates;
	add_pressure(out, sample->usage->cpu.psi);
}

static void add_memory(struct text *out, const struct sample *sample, const struct usage_rates *rates)
{
	const struct usage_memory *memory = &sample->usage->memory;

	(void)rates;
	add_size(out, memory->current, nothing);
	if (memory->current.set) {
		text_add(out, "/");
		add_size(out, memory->limit, "max");
	}
}

static void add_memory_pressure(struct text *out, const struct sample *sample, const struct usage_rates *rates)
{
	(void)rates;
	add_pressure(out, sample->usage->memory.psi);
}

static void add_oom_kills(struct text *out, const struct sample *sample, const struct usage_rates *rates)
{
	(void)rates;
	add_count(out, sample->usage->memory.events.oom_kill, nothing);
}

static void add_pids(struct text *out, const struct sample *sample, const struct usage_rates *rates)
{
	const struct usage_pids *pids = &sample->usage->pids;

	(void)rates;
	add_count(out, pids->current, nothing);
	if (pids->current.set) {
		text_add(out, "/");
		add_count(out, pids->limit, "max");
	}
}

static void add_read(struct text *out, const struct sample *sample, const struct usage_rates *rates)
{
	(void)sample;
	add_size(out, rates->read_bytes, nothing);
}

static void add_written(struct text *out, const struct sample *sample, const struct usage_rates *rates)
{
	(void)sample;
	add_size(out, rates->written_bytes, nothing);
}

static void add_io_pressure(struct text *out, const struct sample *sample, const struct usage_rates *rates)
{
	(void)rates;
	add_pressure(out, sample->usage->io.psi);
}

/* ---- columns ---- */

enum { COLUMN_ID = 0, COLUMN_FIRST_NUMBER = 2, COLUMN_COUNT = 12 };

/* Numbers are at the right side of their column. Where there is not enough space the column with the highest rank is
 * left out first. */
static const struct column {
	const char *heading;
	int rank;
	void (*add)(struct text *out, const struct sample *sample, const struct usage_rates *rates);
} columns_of_table[COLUMN_COUNT] = {
	{ "ID", 0, add_id },
	{ "STATUS", 0, add_status },
	{ "CPU%", 1, add_cpu },
	{ "THROTTLED%", 5, add_throttled },
	{ "CPU-PSI", 8, add_cpu_pressure },
	{ "MEMORY/LIMIT", 2, add_memory },
	{ "MEM-PSI", 6, add_memory_pressure },
	{ "OOM-KILLS", 3, add_oom_kills },
	{ "PIDS/LIMIT", 4, add_pids },
	{ "READ/s", 9, add_read },
	{ "WRITE/s", 10, add_written },
	{ "IO-PSI", 7, add_io_pressure },
};

/* What is shown, and how wide. */
struct layout {
	size_t widths[COLUMN_COUNT]; /* 0: left out */
	unsigned int columns;        /* of the terminal; 0: there is no bound */
};

static size_t width_of(const struct layout *layout)
{
	size_t sum = 0;

	for (size_t i = 0; i < COLUMN_COUNT; i++)
		sum += layout->widths[i] ? layout->widths[i] + GAP : 0;
	return sum - GAP;
}

static bool is_too_wide(const struct layout *layout)
{
	return layout->columns > 0 && width_of(layout) > layout->columns;
}

/* Leaves out the column with the highest rank. False when only those remain that are always shown. */
static bool leave_out(struct layout *layout)
{
	size_t last = COLUMN_ID;

	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (layout->widths[i] && columns_of_table[i].rank > columns_of_table[last].rank)
			last = i;
	}
	if (last == COLUMN_ID)
		return false;
	layout->widths[last] = 0;
	return true;
}

/* Ids are shortened first: other columns would be cut to wrong numbers. */
static void fit(struct layout *layout)
{
	size_t *id = &layout->widths[COLUMN_ID];

	while (is_too_wide(layout) && *id > SHORT_ID)
		(*id)--;
	while (is_too_wide(layout) && leave_out(layout))
		;
	while (is_too_wide(layout) && *id > sizeof(dots))
		(*id)--;
}

/* ---- lines ---- */

/* Why there are no numbers stands in place of the numbers. */
static void add_cells(const struct sample *sample, struct text cells[COLUMN_COUNT])
{
	struct usage_rates rates = { 0 };

	if (sample->usage)
		rates = usage_rates_between(sample->before, sample->usage);
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		cells[i].n = 0;
		if (i < COLUMN_FIRST_NUMBER || sample->usage)
			columns_of_table[i].add(&cells[i], sample, &rates);
	}
}

static void measure(struct layout *layout, const struct text cells[COLUMN_COUNT])
{
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		layout->widths[i] = cells[i].n > layout->widths[i] ? cells[i].n : layout->widths[i];
}

static void add_spaces(struct text *out, size_t n)
{
	text_add(out, "%*s", (int)n, "");
}

/* A word at the left side of its column; one that is wider ends with dots. */
static void add_word(struct text *out, const char *s, size_t width)
{
	size_t length = strlen(s);

	if (length > width && width >= sizeof(dots)) {
		text_add_bytes(out, s, width - strlen(dots));
		text_add(out, "%s", dots);
		return;
	}
	text_add_bytes(out, s, length < width ? length : width);
	add_spaces(out, length < width ? width - length : 0);
}

/* Removes spaces at the end, and what is beyond the terminal's width. */
static void end_line(const struct layout *layout, size_t start, struct text *out)
{
	if (out->failed)
		return;
	if (layout->columns > 0 && out->n - start > layout->columns)
		out->n = start + layout->columns;
	while (out->n > start && out->s[out->n - 1] == ' ')
		out->n--;
	text_add(out, "\n");
}

static void add_line(const struct layout *layout, const struct text cells[COLUMN_COUNT], const char *lacking,
	struct text *out)
{
	size_t start = out->n;

	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		const char *s = cells[i].n ? cells[i].s : "";

		if (i == COLUMN_FIRST_NUMBER && lacking) {
			add_spaces(out, GAP);
			text_add(out, "%s", lacking);
			break;
		}
		if (!layout->widths[i])
			continue;
		if (i > 0)
			add_spaces(out, GAP);
		if (i < COLUMN_FIRST_NUMBER)
			add_word(out, s, layout->widths[i]);
		else
			text_add(out, "%*s", (int)layout->widths[i], s);
	}
	end_line(layout, start, out);
}

static void add_heading(const struct layout *layout, struct text *out)
{
	struct text cells[COLUMN_COUNT] = { 0 };

	for (size_t i = 0; i < COLUMN_COUNT; i++)
		text_add(&cells[i], "%s", columns_of_table[i].heading);
	add_line(layout, cells, NULL, out);
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		text_free(&cells[i]);
}

void samples_add_table(const struct sample *samples, size_t n, unsigned int columns, unsigned int lines,
	struct text *out)
{
	struct layout layout = { .columns = columns };
	struct text cells[COLUMN_COUNT] = { 0 };
	/* One line is the heading, and one says how many are not shown. */
	size_t shown = lines == 0 || n < lines ? n : lines > 2 ? lines - 2 : 0;

	for (size_t i = 0; i < COLUMN_COUNT; i++)
		layout.widths[i] = strlen(columns_of_table[i].heading);
	for (size_t i = 0; i < shown; i++) {
		add_cells(&samples[i], cells);
		measure(&layout, cells);
	}
	fit(&layout);
	add_heading(&layout, out);
	for (size_t i = 0; i < shown; i++) {
		add_cells(&samples[i], cells);
		add_line(&layout, cells, samples[i].lacking, out);
	}
	if (shown < n && lines > 1) {
		size_t start = out->n;

		text_add(out, "%s and %zu more", dots, n - shown);
		end_line(&layout, start, out);
	}
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		out->failed = out->failed || cells[i].failed;
		text_free(&cells[i]);
	}
}
