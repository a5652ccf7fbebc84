/* The annotations org.systemd.property.NAME: properties of a container's systemd unit, with values in GVariant's text
 * format, as runc and crun have them. Names that end in "Sec", as in systemd's man pages, become the "USec" of D-Bus.
 * docs/annotations.md tells which properties are refused. Pure. */
#include "plan/parts.h"

#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { USEC_PER_SEC = 1000000 };

static const char prefix[] = "org.systemd.property.";

/* Properties of tare that only describe the unit, or say when it ends and is forgotten. */
static const char *const replaceable[] = { "CollectMode", "DefaultDependencies", "Description" };

/* Properties that would take away from tare what a container is made of. */
static const struct {
	const char *name;
	const char *reason;
} refused[] = {
	{ "Delegate", "tare needs it to be true" },
	{ "DelegateControllers", "a container gets all controllers" },
	{ "DelegateSubgroup", "what is in the cgroup of a container belongs to tare" },
	{ "DeviceAllow", "device rules are those of linux.resources.devices" },
	{ "DevicePolicy", "device rules are those of linux.resources.devices" },
	{ "PIDs", "tare puts the first process of the container into the unit, and no other one" },
	{ "Slice", "the slice is named in linux.cgroupsPath" },
};

/* An annotation that is being read. */
struct source {
	struct oci_document *document;
	const char *place;
	const char *text;
};

static bool is_name(const char *name)
{
	const char *c = name;

	while (isalnum((unsigned char)*c))
		c++;
	return isalpha((unsigned char)*name) && !*c;
}

/* True for names of man pages, "TimeoutStopSec"; those of D-Bus end in "USec". As in runc. */
static bool in_seconds(const char *name)
{
	return strlen(name) > strlen("Sec") && text_ends(name, "Sec") &&
		islower((unsigned char)name[strlen(name) - strlen("xSec")]);
}

/* The number of microseconds of a time in units of that many. False for what is no time. */
static bool read_time(const struct plan_unit_property *property, uint64_t unit, uint64_t *ret)
{
	const char *number = property->value.items[0] + 1;
	uint64_t whole;
	double time;

	if (strlen(property->signature) == 1 && strchr("ynqiuxt", *property->signature))
		return text_to_u64(number, &whole) && !__builtin_mul_overflow(whole, unit, ret);
	if (unit == 1 || strcmp(property->signature, "d") != 0)
		return false;
	time = strtod(number, NULL) * (double)unit;
	if (!(time >= 0 && time < (double)UINT64_MAX))
		return false;
	*ret = (uint64_t)(time + 0.5);
	return true;
}

/* Makes a property of a time what systemd takes: a uint64 in microseconds. Returns false with a problem. */
static bool convert_time(const struct source *source, struct plan_unit_property *property)
{
	bool micro = strlen(property->name) > strlen("USec") && text_ends(property->name, "USec");
	uint64_t unit = micro ? 1 : USEC_PER_SEC;
	const char *units = micro ? "microseconds" : "seconds";
	uint64_t time;

	if (!micro && !in_seconds(property->name))
		return true;
	if (!read_time(property, unit, &time)) {
		oci_problem_add(source->document, source->place, "expected a number of %s from 0 to %llu, found \"%s\"",
			units, (unsigned long long)(UINT64_MAX / unit), source->text);
		return false;
	}
	if (!micro)
		property->name = plan_printf(source->document, "%.*sUSec",
			(int)(strlen(property->name) - strlen("Sec")), property->name);
	property->signature = "t";
	property->value.n = 1;
	property->value.items[0] = plan_printf(source->document, "t%llu", (unsigned long long)time);
	return true;
}

static bool same_value(const struct plan_unit_property *a, const struct plan_unit_property *b)
{
	bool same = strcmp(a->signature, b->signature) == 0 && a->value.n == b->value.n;

	for (size_t i = 0; same && i < a->value.n; i++)
		same = strcmp(a->value.items[i], b->value.items[i]) == 0;
	return same;
}

static bool may_replace(const char *name)
{
	for (size_t i = 0; i < sizeof(replaceable) / sizeof(replaceable[0]); i++) {
		if (strcmp(replaceable[i], name) == 0)
			return true;
	}
	return false;
}

/* Adds a problem for a property that is tare's. */
static bool refuse(const struct source *source, const char *name)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (strcmp(refused[i].name, name) == 0) {
			oci_problem_add(source->document, source->place, "%s cannot be set: %s", name,
				refused[i].reason);
			return true;
		}
	}
	return false;
}

/* Adds a property, or puts it in the place of one that tare has set. */
static void add(const struct source *source, const struct plan_unit_property *property, struct plan_unit *unit)
{
	struct plan_unit_property *other = NULL;

	for (size_t i = 0; i < unit->n && !other; i++) {
		if (strcmp(unit->properties[i].name, property->name) == 0)
			other = &unit->properties[i];
	}
	if (other && same_value(other, property))
		return;
	if (refuse(source, property->name))
		return;
	if (other && !may_replace(property->name)) {
		const char *from = other->place ? other->place : "tare";

		oci_problem_add(source->document, source->place, "%s has another value already, from %s",
			property->name, from);
		return;
	}
	if (!other)
		other = plan_unit_add(source->document, unit, property->name, property->signature, source->place);
	if (other)
		*other = *property;
}

static void add_annotation(struct oci_document *document, const struct oci_pair *pair, struct plan_unit *unit)
{
	struct source source = { .document = document,
		.place = plan_place_of_key(document, "annotations", pair->key),
		.text = pair->value };
	struct plan_unit_property property = { .name = pair->key + strlen(prefix), .place = source.place };
	const char *problem = NULL;

	unit->failed |= !source.place;
	if (unit->failed)
		return;
	if (!is_name(property.name)) {
		oci_problem_add(document, source.place,
			"expected the name of a property (letters and digits) behind \"%s\", found \"%s\"", prefix,
			property.name);
		return;
	}
	if (plan_gvariant_parse(document, pair->value, &property.signature, &property.value, &problem) < 0) {
		unit->failed |= !problem;
		if (problem)
			oci_problem_add(document, source.place, "not a value in GVariant's text format, %s", problem);
		return;
	}
	if (!convert_time(&source, &property))
		return;
	unit->failed |= !property.name || !property.value.items[0];
	if (!unit->failed)
		add(&source, &property, unit);
}

void plan_unit_annotations(struct oci_document *document, const struct oci_string_map *map, struct plan_unit *unit)
{
	for (size_t i = 0; i < map->n; i++) {
		if (text_starts(map->items[i].key, prefix))
			add_annotation(document, &map->items[i], unit);
	}
}
