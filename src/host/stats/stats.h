/* What a container uses: read from its cgroup and from resctrl, and written as lines of JSON in the layout of runc, for
 * `events`; and read again and again from files that stay open, and written as a table, as JSON or for a monitoring
 * system, for `stats`. Runs on the host; changes nothing. */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "host/resctrl/resctrl.h"

#include "ocispec.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Where the numbers of a container are read. The fds stay the caller's. */
struct events_source {
	const char *id;
	pid_t pid; /* init; 0: not known */
	int cgroup;
	int resctrl; /* the root of resctrl; -1: the container has no class of service */
	struct resctrl_claim rdt;
};

/* Writes a line of JSON to out for what is used every interval_ms milliseconds, and for OOM kills when they happen,
 * until the process of pidfd has ended or out is closed at its other end. Returns 0, or -1 with *err. */
int events_follow(const struct events_source *source, int pidfd, int out, long interval_ms, struct error *err);

/* Writes one line of JSON to out for what is used. Returns 0, or -1 with *err. */
int events_report(const struct events_source *source, int out, struct error *err);

/* ---- meter.c: the files of a cgroup, opened once ---- */

struct meter;
struct usage;

/* Opens the files of a cgroup, an fd of its directory, which belongs to the meter then, also after a failure. brief:
 * only those that the table needs. Returns NULL with *err. */
struct meter *meter_open(int cgroup, bool brief, struct error *err);

/* Reads the files. Returns 1 with *ret_usage, which usage_free() frees; 0 when the cgroup is gone; -1 with *err. */
int meter_read(struct meter *meter, struct usage **ret_usage, struct error *err);

void meter_close(struct meter *meter);
void usage_free(struct usage *usage);

/* ---- the forms of what was found ---- */

/* What a look at a container has found. */
struct sample {
	const char *id;
	enum oci_status status;
	uint64_t time_us;           /* since 1970 */
	const char *lacking;        /* why there are no numbers; NULL: there are */
	const struct usage *usage;  /* NULL when lacking is set */
	const struct usage *before; /* what the look before has found, for the rates; NULL after the first look */
};

/* table.c: appends a table of n samples, a line each below a heading. One that is wider than the number of columns
 * shortens the ids and then leaves columns out; one that is higher than the number of lines says how many containers
 * are not shown. 0: there is no bound. */
void samples_add_table(const struct sample *samples, size_t n, unsigned int columns, unsigned int lines,
	struct text *out);

/* json.c: appends a line of JSON for each sample. */
int samples_add_json(const struct sample *samples, size_t n, struct text *out, struct error *err);

/* openmetrics.c: appends the samples in the text format of OpenMetrics 1.0, with its end. */
void samples_add_openmetrics(const struct sample *samples, size_t n, struct text *out);
