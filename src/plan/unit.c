/* The transient systemd scope of a container (spec: config-linux.md, cgroups path; runc's form "slice:prefix:name"): its
 * name, and its properties but for those of limits, which unit_limits.c adds. Pure. */
#include "plan/parts.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char place[] = "linux.cgroupsPath";

enum { UNIT_NAME_MAX = 255 }; /* of systemd, including the suffix */

static struct plan_unit_property *add_bool(struct oci_document *document, struct plan_unit *unit, const char *name,
	bool value)
{
	struct plan_unit_property *property = plan_unit_add(document, unit, name, "b", NULL);

	if (property)
		plan_unit_word(document, unit, plan_printf(document, "b%s", value ? "true" : "false"));
	return property;
}

static void add_text(struct oci_document *document, struct plan_unit *unit, const char *name, const char *value)
{
	if (plan_unit_add(document, unit, name, "s", NULL))
		plan_unit_word(document, unit, plan_printf(document, "s%s", value));
}

static bool is_unit_character(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c && strchr(":-_.\\", c));
}

static bool is_unit_name(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < length; i++) {
		if (!is_unit_character(name[i]))
			return false;
	}
	return length > 0 && length <= UNIT_NAME_MAX;
}

/* systemd.slice(5): "a-b.slice" lies in "a.slice"; the root slice is "-.slice". */
static bool is_slice_name(const char *name)
{
	size_t length = strlen(name);

	if (strcmp(name, "-.slice") == 0)
		return true;
	return is_unit_name(name) && length > strlen(".slice") && text_ends(name, ".slice") && *name != '-' &&
		name[length - strlen("-.slice")] != '-' && !strstr(name, "--");
}

/* The ID in the characters of a unit name: '+' is the one that an ID can have beside them. */
static char *escape(struct oci_document *document, const char *id)
{
	enum { ESCAPED = sizeof("\\x2b") - 1 };
	char *name = oci_alloc(document, strlen(id) * ESCAPED + 1);
	char *end = name;

	if (!name)
		return NULL;
	for (const char *c = id; *c; c++) {
		if (is_unit_character(*c))
			*end++ = *c;
		else
			end += snprintf(end, ESCAPED + 1, "\\x%02x", (unsigned char)*c);
	}
	*end = '\0';
	return name;
}

struct names {
	char *slice; /* "": the default */
	char *prefix;
	char *name;
};

/* Divides "slice:prefix:name", which is changed, at its two colons. */
static bool divide(char *path, struct names *ret)
{
	char *parts[3];
	size_t n = 0;

	while (path && n < 3)
		parts[n++] = strsep(&path, ":");
	if (n < 3 || path)
		return false;
	*ret = (struct names){ .slice = parts[0], .prefix = parts[1], .name = parts[2] };
	return true;
}

/* Adds problems for names that systemd would refuse. Returns NULL for them, or without memory. */
static char *check_names(struct oci_document *document, const struct names *names)
{
	char *unit = *names->prefix ? plan_printf(document, "%s-%s.scope", names->prefix, names->name)
				    : plan_printf(document, "%s.scope", names->name);

	if (!unit)
		return NULL;
	if (*names->slice && !is_slice_name(names->slice))
		oci_problem_add(document, place, "expected the name of a slice before the first colon, found \"%s\"",
			names->slice);
	if (text_ends(names->name, ".slice"))
		oci_problem_add(document, place, "expected the name of a scope, found that of a slice, \"%s\"",
			names->name);
	else if (!*names->name || !is_unit_name(unit))
		oci_problem_add(document, place,
			"expected a unit name of at most %d letters, digits and characters of :-_. and backslash, found \"%s\"",
			UNIT_NAME_MAX, unit);
	return unit;
}

/* The names of the spec, or those for a container without a path. False after a problem, or without memory. */
static bool find_names(struct oci_document *document, const char *path, const char *id, struct names *ret)
{
	static char none[] = "";
	static char prefix[] = "tare";
	char *copy;

	if (!path || !*path) {
		*ret = (struct names){ .slice = none, .prefix = prefix, .name = escape(document, id) };
		return ret->name;
	}
	copy = plan_strdup(document, path);
	if (!copy)
		return false;
	if (divide(copy, ret))
		return true;
	/* The words of runc. */
	oci_problem_add(document, place,
		"expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"%s\" instead",
		path);
	return false;
}

/* Accounting is what has systemd enable a controller. Later versions enable them all, and may drop the properties. */
static void add_accounting(struct oci_document *document, struct plan_unit *unit)
{
	static const char *const names[] = { "MemoryAccounting", "CPUAccounting", "IOAccounting", "TasksAccounting" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct plan_unit_property *property = add_bool(document, unit, names[i], true);

		if (property)
			property->may_be_left_out = true;
	}
}

int plan_unit(struct oci_document *document, const struct oci_config *spec, const struct plan_options *options,
	const struct plan_writes *writes, struct plan_unit *ret, struct error *err)
{
	const char *path = spec->linux_ ? spec->linux_->cgroups_path : NULL;
	struct plan_unit unit = { 0 };
	struct names names = { 0 };
	const char *slice;

	if (!find_names(document, path, options->id, &names))
		return oci_problem_count(document) > 0 ? 0 : error_set(err, ENOMEM, "cannot make a plan");
	unit.name = check_names(document, &names);
	slice = *names.slice ? names.slice : options->systemd_user ? "user.slice" : "system.slice";
	add_text(document, &unit, "Description", plan_printf(document, "tare container %s", options->id));
	add_text(document, &unit, "Slice", slice);
	/* A scope must not be stopped before the service of its manager at shutdown. */
	add_bool(document, &unit, "DefaultDependencies", false);
	/* Its end leaves nothing behind, whatever it is. */
	add_text(document, &unit, "CollectMode", "inactive-or-failed");
	/* tare makes cgroups below, and writes files that systemd has no property for. */
	add_bool(document, &unit, "Delegate", true);
	add_accounting(document, &unit);
	plan_unit_limits(document, writes, &unit);
	plan_unit_annotations(document, &spec->annotations, &unit);
	if (!unit.name || unit.failed)
		return error_set(err, ENOMEM, "cannot make a plan");
	*ret = unit;
	return 0;
}
