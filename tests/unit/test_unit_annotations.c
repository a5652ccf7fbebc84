/* The annotations org.systemd.property.NAME as properties of a unit. */
#include "plan/parts.h"

#include "tap.h"

#include <stdlib.h>

static const char a_config[] = "{\"ociVersion\":\"1.0.0\"}";

static struct oci_document *make_document(void)
{
	struct oci_document *document = oci_parse(&oci_config_type, "config.json", a_config, sizeof(a_config) - 1);

	if (!document)
		abort();
	return document;
}

static void add_annotation(struct oci_document *document, const char *key, const char *value, struct plan_unit *unit)
{
	struct oci_pair pair = { .key = plan_strdup(document, key), .value = plan_strdup(document, value) };

	plan_unit_annotations(document, &(struct oci_string_map){ .n = 1, .items = &pair }, unit);
}

/* Writes the properties, each as "NAME SIGNATURE WORD...|". */
static const char *listed(const struct plan_unit *unit, char *buffer, size_t size)
{
	size_t n = 0;

	buffer[0] = '\0';
	for (size_t i = 0; i < unit->n && n < size; i++) {
		const struct plan_unit_property *property = &unit->properties[i];

		n += (size_t)snprintf(buffer + n, size - n, "%s %s", property->name, property->signature);
		for (size_t k = 0; k < property->value.n && n < size; k++)
			n += (size_t)snprintf(buffer + n, size - n, " %s", property->value.items[k]);
		if (n < size)
			n += (size_t)snprintf(buffer + n, size - n, "|");
	}
	return buffer;
}

static void test_values(void)
{
	/* A property of NULL: the annotation is none for systemd, or has a problem. */
	static const struct {
		const char *name;
		const char *value;
		const char *property;
	} rows[] = {
		{ "KillSignal", "15", "KillSignal i i15|" },
		{ "CollectMode", "'inactive-or-failed'", "CollectMode s sinactive-or-failed|" },
		{ "After", "['crio.service']", "After as as scrio.service .|" },
		{ "DefaultDependencies", "true", "DefaultDependencies b btrue|" },
		{ "TimeoutStopUSec", "uint64 10000000", "TimeoutStopUSec t t10000000|" },
		{ "TimeoutStopUSec", "10000000", "TimeoutStopUSec t t10000000|" },
		{ "TimeoutStopUSec", "uint64 18446744073709551615", "TimeoutStopUSec t t18446744073709551615|" },
		{ "TimeoutStopUSec", "-1", NULL },
		{ "TimeoutStopUSec", "1.0", NULL },
		{ "TimeoutStopUSec", "'1'", NULL },
		{ "TimeoutStopUSec", "[1]", NULL },
		{ "TimeoutStopSec", "15", "TimeoutStopUSec t t15000000|" },
		{ "TimeoutStopSec", "1.5", "TimeoutStopUSec t t1500000|" },
		{ "TimeoutStopSec", "0.0000015", "TimeoutStopUSec t t2|" },
		{ "TimeoutStopSec", "uint64 18446744073709", "TimeoutStopUSec t t18446744073709000000|" },
		{ "TimeoutStopSec", "uint64 18446744073710", NULL },
		{ "TimeoutStopSec", "byte 0", "TimeoutStopUSec t t0|" },
		{ "TimeoutStopSec", "18446744073710.0", NULL },
		{ "TimeoutStopSec", "-0.5", NULL },
		{ "TimeoutStopSec", "inf", NULL },
		{ "TimeoutStopSec", "nan", NULL },
		{ "TimeoutStopSec", "true", NULL },
		{ "TimeoutStopSec", "<1>", NULL },
		{ "Sec", "15", "Sec i i15|" },
		{ "USec", "15", "USec i i15|" },
		{ "aSec", "15", "aUSec t t15000000|" },
		{ "ASec", "15", "ASec i i15|" },
		{ "IPv4", "1", "IPv4 i i1|" },
		{ "4IP", "1", NULL },
		{ "", "1", NULL },
		{ "a=b", "1", NULL },
		{ "PIDs", "[uint32 1]", NULL },
		{ "pids", "1", "pids i i1|" },
		{ "Slice", "'a.slice'", NULL },
		{ "Delegate", "false", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct oci_document *document = make_document();
		struct plan_unit unit = { 0 };
		char key[128], buffer[256], what[256];

		snprintf(key, sizeof(key), "org.systemd.property.%s", rows[i].name);
		add_annotation(document, key, rows[i].value, &unit);
		snprintf(what, sizeof(what), "the property %s of %s", rows[i].name, rows[i].value);
		is_str(listed(&unit, buffer, sizeof(buffer)), rows[i].property ? rows[i].property : "", what);
		is_int((long long)oci_problem_count(document), rows[i].property ? 0 : 1,
			"with a problem if it is none");
		ok(!unit.failed, "and there is memory");
		oci_free(document);
	}
}

static void test_others(void)
{
	static const char *const keys[] = { "org.systemd.propertyAfter", "org.systemd.", "org.systemd.Property.After",
		"io.org.systemd.property.After" };
	struct oci_document *document = make_document();
	struct plan_unit unit = { 0 };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		add_annotation(document, keys[i], "['a.service']", &unit);
	ok(unit.n == 0 && oci_problem_count(document) == 0, "other annotations are not systemd's");
	oci_free(document);
}

/* Adds a property of a boolean, as the plan does for its own. */
static void add_bool(struct oci_document *document, struct plan_unit *unit, const char *name, const char *at)
{
	struct plan_unit_property *property = plan_unit_add(document, unit, name, "b", at);

	if (!property)
		abort();
	property->may_be_left_out = true;
	plan_unit_word(document, unit, plan_strdup(document, "btrue"));
}

static void test_present(void)
{
	struct oci_document *document = make_document();
	struct plan_unit unit = { 0 };
	char buffer[512];

	add_bool(document, &unit, "Delegate", NULL);
	add_bool(document, &unit, "DefaultDependencies", NULL);
	add_bool(document, &unit, "MemoryAccounting", "linux.resources");
	add_annotation(document, "org.systemd.property.Delegate", "true", &unit);
	add_annotation(document, "org.systemd.property.MemoryAccounting", "boolean true", &unit);
	is_str(listed(&unit, buffer, sizeof(buffer)),
		"Delegate b btrue|DefaultDependencies b btrue|MemoryAccounting b btrue|",
		"a property that the unit has already is not added again");
	ok(oci_problem_count(document) == 0 && unit.properties[2].may_be_left_out, "and stays as it is");
	add_annotation(document, "org.systemd.property.DefaultDependencies", "false", &unit);
	is_str(listed(&unit, buffer, sizeof(buffer)),
		"Delegate b btrue|DefaultDependencies b bfalse|MemoryAccounting b btrue|",
		"one of tare's own that only describes the unit is replaced");
	ok(!unit.properties[1].may_be_left_out, "and has to be known to systemd");
	is_str(unit.properties[1].place, "annotations[\"org.systemd.property.DefaultDependencies\"]",
		"and has the place of the annotation");
	is_int((long long)oci_problem_count(document), 0, "without a problem");
	add_annotation(document, "org.systemd.property.PIDs", "[uint32 1]", &unit);
	ok(unit.n == 3 && oci_problem_count(document) == 1, "no other process is put into the unit");
	add_annotation(document, "org.systemd.property.MemoryAccounting", "byte 1", &unit);
	add_annotation(document, "org.systemd.property.Delegate", "false", &unit);
	is_str(listed(&unit, buffer, sizeof(buffer)),
		"Delegate b btrue|DefaultDependencies b bfalse|MemoryAccounting b btrue|", "others are not");
	is_int((long long)oci_problem_count(document), 3, "but are problems");
	oci_free(document);
}

int main(void)
{
	test_values();
	test_others();
	test_present();
	return done();
}
