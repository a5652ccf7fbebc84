/* New limits for a cgroup in use, all or none: the former value of each file is kept until the last write has
 * succeeded. Runs on the host. The kernel has no transaction for this: others see one limit change after the other. */
#include "host/cgroup/parts.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 1024 * 1024 };

/* What undoes the write of one limit. Whether the limit's file or its fallback is written is known only afterwards, so
 * there is a value for each. */
struct former {
	const char *file;     /* which of the two was written; NULL: neither */
	char *value;          /* to write to the limit's file; NULL: it could not be read */
	char *fallback_value; /* to write to the fallback file */
};

/* Files with a line for each device or resource. A write changes one line; a device without a line has the value in the
 * second column. */
static const struct {
	const char *file;
	const char *absent;
} keyed_files[] = {
	{ "dmem.low", "0" },
	{ "dmem.max", "max" },
	{ "dmem.min", "0" },
	{ "io.bfq.weight", "default" },
	{ "io.latency", "target=0" },
	{ "io.max", "rbps=max wbps=max riops=max wiops=max" },
	{ "io.weight", "default" },
	{ "misc.max", "max" },
	{ "rdma.max", "hca_handle=max hca_object=max" },
};

static const char *absent_line(const char *file)
{
	for (size_t i = 0; i < sizeof(keyed_files) / sizeof(keyed_files[0]); i++) {
		if (strcmp(keyed_files[i].file, file) == 0)
			return keyed_files[i].absent;
	}
	return NULL;
}

/* The line of the text whose first word is this one; NULL when there is none. */
static const char *find_line(const char *text, const char *word, size_t length)
{
	for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (strncmp(line, word, length) == 0 && line[length] == ' ')
			return line;
	}
	return NULL;
}

/* The text whose write undoes that of value to a file with this text, to be freed. NULL when memory runs out. */
static char *undo_of(const char *file, const char *value, const char *text)
{
	const char *absent = absent_line(file);
	cleanup_text struct text undo = { 0 };

	if (absent) {
		/* A weight without a device is the default one. */
		const char *word = strchr(value, ' ') ? value : "default";
		size_t length = strcspn(word, " ");
		const char *line = find_line(text, word, length);

		if (line)
			text_add(&undo, "%.*s", (int)strcspn(line, "\n"), line);
		else
			text_add(&undo, "%.*s %s", (int)length, word, absent);
	} else {
		text_add(&undo, "%.*s", (int)strcspn(text, "\n"), text);
	}
	/* An empty value, as of a cpuset, is written as an empty line: the kernel ignores a write of no bytes. */
	text_add(&undo, "\n");
	return text_take(&undo);
}

/* Reads what would undo a write of value to the file; NULL when it cannot be read. */
static char *keep(int cgroup, const char *file, const char *value)
{
	cleanup_free char *text = NULL;
	size_t length;

	if (file_read(cgroup, file, VALUE_MAX, &text, &length, NULL) < 0)
		return NULL;
	return undo_of(file, value, text);
}

static int write_one(int cgroup, const struct plan_write *write, long reclaim_ms, struct former *former,
	struct error *err)
{
	struct cgroup_room room = { 0 };
	int result;

	former->value = keep(cgroup, write->file, write->value);
	if (write->fallback_file)
		former->fallback_value = keep(cgroup, write->fallback_file, write->fallback_value);
	/* At its turn, since the limit of swap before it decides how much there is to reclaim. */
	if (reclaim_ms > 0 && strcmp(write->file, "memory.max") == 0 &&
		cgroup_make_room(cgroup, write, reclaim_ms, &room, err) < 0)
		return -1;
	result = cgroup_write_limit(cgroup, write, &former->file, err);
	/* Before the writes that follow, one of which may be for memory.high. */
	cgroup_end_room(cgroup, &room);
	return result;
}

/* The last write first: where one write had to precede another, its undoing has to follow that of the other. */
static void restore(int cgroup, const struct plan_writes *writes, const struct former *formers, size_t n)
{
	while (n-- > 0) {
		const struct former *former = &formers[n];
		const char *value = former->file == writes->items[n].file ? former->value : former->fallback_value;

		if (former->file && value && file_write(cgroup, former->file, value) < 0)
			log_message(LOG_LEVEL_WARNING, "cannot put back what '%s' was: %s", former->file,
				error_number_text(errno));
	}
}

/* What follows the writes. */
static int conclude(int cgroup, const struct cgroup_change *change, struct error *err)
{
	if (!change->then)
		return 0;
	if (change->then(change->context, err) < 0 || cgroup_write_limits(cgroup, change->writes, false, err) < 0)
		return -1;
	return cgroup_write_limits(cgroup, change->writes, true, err);
}

int cgroup_update(int cgroup, const struct cgroup_change *change, struct error *err)
{
	const struct plan_writes *writes = change->writes;
	cleanup_free struct former *formers = calloc(writes->n + 1, sizeof(*formers));
	size_t done = 0;
	bool good;

	if (!formers)
		return error_set(err, ENOMEM, "cannot update the cgroup");
	while (done < writes->n &&
		write_one(cgroup, &writes->items[done], change->reclaim_ms, &formers[done], err) == 0)
		done++;
	good = done == writes->n && conclude(cgroup, change, err) == 0;
	if (!good)
		restore(cgroup, writes, formers, done);
	for (size_t i = 0; i < writes->n; i++) {
		free(formers[i].value);
		free(formers[i].fallback_value);
	}
	return good ? 0 : -1;
}

static void read_cpu_max(int cgroup, struct plan_present *present)
{
	char text[64];
	char *period = text;
	const char *quota;
	uint64_t number;

	if (file_read_line(cgroup, "cpu.max", text, sizeof(text)) < 0)
		return;
	quota = strsep(&period, " ");
	if (!period || !text_to_u64(period, &present->period.v))
		return;
	present->period.set = true;
	if (strcmp(quota, "max") == 0)
		present->quota = (struct oci_opt_i64){ .set = true, .v = -1 };
	else if (text_to_u64(quota, &number))
		present->quota = (struct oci_opt_i64){ .set = true, .v = (int64_t)number };
}

struct plan_present cgroup_present(int cgroup)
{
	struct plan_present present = { 0 };
	uint64_t limit;

	read_cpu_max(cgroup, &present);
	present.burst.set = file_read_number(cgroup, "cpu.max.burst", &present.burst.v);
	if (file_read_number(cgroup, "memory.max", &limit))
		present.memory_limit = (struct oci_opt_i64){ .set = true,
			.v = limit > INT64_MAX ? -1 : (int64_t)limit };
	if (file_read_number(cgroup, "memory.swap.max", &limit))
		present.swap_limit = (struct oci_opt_i64){ .set = true, .v = limit > INT64_MAX ? -1 : (int64_t)limit };
	(void)file_read_number(cgroup, "memory.current", &present.memory_usage);
	(void)file_read_number(cgroup, "memory.swap.current", &present.swap_usage);
	return present;
}
