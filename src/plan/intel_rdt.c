/* linux.intelRdt: the directory of resctrl that the container belongs to, and the lines for its schemata. The kernel
 * checks the lines against the processor. Pure. */
#include "plan/plan.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

/* Names in the root of resctrl that are not groups. */
static const char *const reserved[] = { ".", "..", "info", "mon_data", "mon_groups" };

static bool is_group_name(const char *name)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (strcmp(name, reserved[i]) == 0)
			return false;
	}
	for (const char *c = name; *c; c++) {
		if (*c == '/' || iscntrl((unsigned char)*c))
			return false;
	}
	return strlen(name) <= NAME_MAX;
}

/* Appends a line of n bytes. Returns -1 without memory. */
static int add_line(struct oci_document *document, struct oci_strings *lines, const char *line, size_t n)
{
	char *copy = plan_printf(document, "%.*s", (int)n, line);

	if (!copy)
		return -1;
	lines->items[lines->n++] = copy;
	return 0;
}

/* Spec: with memBwSchema, lines of l3CacheSchema that begin with "MB:" are left out. */
static int add_cache_schema(struct oci_document *document, const struct oci_intel_rdt *spec, struct oci_strings *lines)
{
	for (const char *line = spec->l3_cache_schema; line && *line;) {
		size_t n = strcspn(line, "\n");

		if (n > 0 && !(spec->mem_bw_schema && text_starts(line, "MB:")) &&
			add_line(document, lines, line, n) < 0)
			return -1;
		line += n + (line[n] == '\n');
	}
	return 0;
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	for (; text && *text; text++)
		n += *text == '\n';
	return n;
}

int plan_rdt_schemata(struct oci_document *document, const struct oci_intel_rdt *spec, struct oci_strings *ret,
	struct error *err)
{
	struct oci_strings lines = { 0 };

	lines.items = oci_alloc(document,
		(count_lines(spec->l3_cache_schema) + 1 + spec->schemata.n) * sizeof(*lines.items));
	if (!lines.items || add_cache_schema(document, spec, &lines) < 0)
		return error_set(err, ENOMEM, "cannot make a plan");
	/* The spec requires this order. */
	if (spec->mem_bw_schema)
		lines.items[lines.n++] = spec->mem_bw_schema;
	for (size_t i = 0; i < spec->schemata.n; i++)
		lines.items[lines.n++] = spec->schemata.items[i];
	*ret = lines;
	return 0;
}

int plan_rdt(struct oci_document *document, const struct oci_intel_rdt *spec, const char *id, struct plan_rdt *ret,
	struct error *err)
{
	bool given = spec && spec->clos_id && *spec->clos_id;
	struct plan_rdt plan = { 0 };

	if (!spec)
		return 0;
	plan.group = given ? spec->clos_id : id;
	plan.own = !given;
	plan.monitored = spec->enable_monitoring;
	if (given && strcmp(plan.group, "/") != 0 && !is_group_name(plan.group))
		oci_problem_add(document, "linux.intelRdt.closID",
			"expected / or the name of a directory for a class of service, found \"%s\"", plan.group);
	if (plan_rdt_schemata(document, spec, &plan.schemata, err) < 0)
		return -1;
	*ret = plan;
	return 0;
}
