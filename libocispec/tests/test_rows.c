/* Tests each member of each document, by the rows: a good value is accepted, each wrong type is refused with its exact
 * position and text, null is absent, a duplicate and a name in the wrong case are reported, limits are exact. For each
 * row the test makes a small document that has only this member and the required ones. */
#include "help.h"
#include "ocispec/enums.h"

enum { DEPTH = 12, SIZE = 8192 };

/* The rows from the top of a document to a member. */
struct route {
	const struct oci_type *top;
	const struct oci_field *fields[DEPTH];
	size_t n;
};

struct made {
	char text[SIZE];
	size_t n;
	size_t object; /* offset of the object that has the member */
	size_t name;   /* of the last name of the member */
	size_t value;  /* of its last value */
};

static void put(struct made *made, const char *text)
{
	made->n += (size_t)snprintf(made->text + made->n, sizeof(made->text) - made->n, "%s", text);
}

static void put_sample(struct made *made, const struct oci_field *field);

/* Writes the required members of an object, except for one, as `"a":1,`. */
static void put_required(struct made *made, const struct oci_type *type, const struct oci_field *but)
{
	for (const struct oci_field *field = type->rows; field < type->rows + type->n; field++) {
		if (!(field->flags & OCI_REQUIRED) || field == but)
			continue;
		put(made, "\"");
		put(made, field->name);
		put(made, "\":");
		put_sample(made, field);
		put(made, ",");
	}
}

/* Ends an object: removes the comma behind the last member. */
static void end_object(struct made *made)
{
	if (made->text[made->n - 1] == ',')
		made->n--;
	put(made, "}");
}

/* A string that the row accepts, NULL when there is none. */
static const char *sample_string(const struct oci_field *field)
{
	static const char *const samples[] = { "/x", "RLIMIT_CORE", "2MB", "MB:0=1", "CAP_CHOWN", "a", "rw", "0-3" };
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (!field->check || field->check(samples[i]))
			return samples[i];
	return NULL;
}

static void put_string(struct made *made, const char *text)
{
	put(made, "\"");
	put(made, text);
	put(made, "\"");
}

static void put_sample_object(struct made *made, const struct oci_field *field)
{
	put(made, "{");
	put_required(made, field->type, NULL);
	end_object(made);
}

/* A good value. */
static void put_sample(struct made *made, const struct oci_field *field)
{
	const char *string = sample_string(field);
	switch (field->kind) {
	case OCI_KIND_STRING:
		put_string(made, string);
		break;
	case OCI_KIND_BOOL:
	case OCI_KIND_OPT_BOOL:
		put(made, "true");
		break;
	case OCI_KIND_ENUM:
		put_string(made, field->names[0].name);
		break;
	case OCI_KIND_ENUMS:
		put(made, "[");
		put_string(made, field->names[0].name);
		put(made, "]");
		break;
	case OCI_KIND_STRINGS:
		put(made, "[");
		if (string)
			put_string(made, string);
		put(made, "]");
		break;
	case OCI_KIND_IDS:
		put(made, "[1]");
		break;
	case OCI_KIND_STRING_MAP:
		put(made, "{\"k\":\"v\"}");
		break;
	case OCI_KIND_OBJECT:
	case OCI_KIND_OPT_OBJECT:
		put_sample_object(made, field);
		break;
	case OCI_KIND_LIST:
		put(made, "[");
		put_sample_object(made, field);
		put(made, "]");
		break;
	case OCI_KIND_KEYED_LIST:
		put(made, "{\"k\":");
		put_sample_object(made, field);
		put(made, "}");
		break;
	default:
		put(made, "1");
		break;
	}
}

/* The text before an object that is the value of this member. */
static const char *opening(const struct oci_field *field)
{
	return field->kind == OCI_KIND_LIST ? "[{" : field->kind == OCI_KIND_KEYED_LIST ? "{\"k\":{" : "{";
}

static const char *closing(const struct oci_field *field)
{
	return field->kind == OCI_KIND_LIST ? "]" : field->kind == OCI_KIND_KEYED_LIST ? "}" : "";
}

/* Makes a document in which the last member of the route has the given values, one after the other; NULL means the
 * sample. */
static void make(struct made *made, const struct route *route, const char *name, const char *const *values, size_t n)
{
	made->n = 0;
	put(made, "{");
	for (size_t i = 0; i + 1 < route->n; i++) {
		put_required(made, i == 0 ? route->top : route->fields[i - 1]->type, route->fields[i]);
		put_string(made, route->fields[i]->name);
		put(made, ":");
		put(made, opening(route->fields[i]));
	}
	made->object = made->n - 1;
	put_required(made, route->n == 1 ? route->top : route->fields[route->n - 2]->type, route->fields[route->n - 1]);
	for (size_t i = 0; i < n; i++) {
		made->name = made->n;
		put_string(made, name);
		put(made, ":");
		made->value = made->n;
		if (values[i])
			put(made, values[i]);
		else
			put_sample(made, route->fields[route->n - 1]);
		put(made, ",");
	}
	end_object(made);
	for (size_t i = route->n - 1; i-- > 0;) {
		put(made, closing(route->fields[i]));
		put(made, "}");
	}
}

static void path_of(const struct route *route, char *buffer, size_t size)
{
	size_t used = 0;
	for (size_t i = 0; i < route->n; i++) {
		const struct oci_field *field = route->fields[i];
		const char *inner = i + 1 == route->n        ? ""
			: field->kind == OCI_KIND_LIST       ? "[0]"
			: field->kind == OCI_KIND_KEYED_LIST ? ".k"
							     : "";
		used += (size_t)snprintf(buffer + used, size - used, "%s%s%s", i ? "." : "", field->name, inner);
	}
}

/* Parses a document in which the member has this value, and expects this problem so many bytes behind the value's
 * start; "" for none. */
static void expect(const struct route *route, const char *value, size_t behind, const char *expected, const char *what)
{
	struct made made;
	char path[512], sentence[1024];
	path_of(route, path, sizeof(path));
	make(&made, route, route->fields[route->n - 1]->name, &value, 1);
	snprintf(sentence, sizeof(sentence), "%s: %s: %s", route->top->name, path, what);
	char full[2048] = "";
	if (*expected)
		snprintf(full, sizeof(full), "1:%zu: %s%s", made.value + behind + 1, path, expected);
	if (!has_problems(route->top, made.text, full, sentence))
		printf("# text %s\n", made.text);
}

/* The name of the row's type in messages. */
static const char *type_name(const struct oci_field *field)
{
	switch (field->kind) {
	case OCI_KIND_STRING:
	case OCI_KIND_ENUM:
		return "string";
	case OCI_KIND_BOOL:
	case OCI_KIND_OPT_BOOL:
		return "boolean";
	case OCI_KIND_ENUMS:
	case OCI_KIND_STRINGS:
	case OCI_KIND_IDS:
	case OCI_KIND_LIST:
		return "array";
	case OCI_KIND_STRING_MAP:
	case OCI_KIND_OBJECT:
	case OCI_KIND_OPT_OBJECT:
	case OCI_KIND_KEYED_LIST:
		return "object";
	default:
		return "integer";
	}
}

static void check_types(const struct route *route)
{
	static const struct {
		const char *value, *name;
	} values[] = {
		{ "\"x\"", "string" },
		{ "7", "integer" },
		{ "1.5", "number" },
		{ "true", "boolean" },
		{ "[]", "array" },
		{ "{}", "object" },
	};
	const struct oci_field *field = route->fields[route->n - 1];
	const char *name = type_name(field);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char expected[128];
		bool fraction = strcmp(name, "integer") == 0 && strcmp(values[i].name, "number") == 0;
		if (strcmp(values[i].name, name) == 0)
			continue;
		snprintf(expected, sizeof(expected), ": expected %s, found %s", name,
			fraction ? values[i].value : values[i].name);
		expect(route, values[i].value, 0, expected, values[i].name);
	}
}

/* The first item of an array or object, of the wrong type. */
static void check_items(const struct route *route)
{
	switch (route->fields[route->n - 1]->kind) {
	case OCI_KIND_STRINGS:
	case OCI_KIND_ENUMS:
		expect(route, "[null]", 1, "[0]: expected string, found null", "a null item");
		expect(route, "[[]]", 1, "[0]: expected string, found array", "an array as item");
		break;
	case OCI_KIND_IDS:
		expect(route, "[null]", 1, "[0]: expected integer, found null", "a null item");
		expect(route, "[-1]", 1, "[0]: expected an integer from 0 to 4294967294, found -1", "a negative item");
		break;
	case OCI_KIND_LIST:
		expect(route, "[null]", 1, "[0]: expected object, found null", "a null item");
		expect(route, "[\"x\"]", 1, "[0]: expected object, found string", "a string as item");
		break;
	case OCI_KIND_STRING_MAP:
		expect(route, "{\"k\":null}", 5, ".k: expected string, found null", "a null value");
		expect(route, "{\"k\":1}", 5, ".k: expected string, found integer", "an integer as value");
		expect(route, "{\"\":\"v\"}", 1, "[\"\"]: expected a non-empty name", "an empty name");
		break;
	case OCI_KIND_KEYED_LIST:
		expect(route, "{\"k\":null}", 5, ".k: expected object, found null", "a null value");
		expect(route, "{\"k\":[]}", 5, ".k: expected object, found array", "an array as value");
		expect(route, "{\"\":{}}", 1, "[\"\"]: expected a non-empty name", "an empty name");
		break;
	default:
		break;
	}
}

/* Limits of a number as text, on both sides: the last number that is accepted and the first one that is refused. */
static void check_limits(const struct route *route)
{
	const struct oci_field *field = route->fields[route->n - 1];
	static const struct {
		const char *below, *min, *max, *above;
	} limits[] = {
		/* in the order of the kinds, which is the same for the optional ones */
		{ "-2147483649", "-2147483648", "2147483647", "2147483648" },
		{ "-9223372036854775809", "-9223372036854775808", "9223372036854775807", "9223372036854775808" },
		{ "-1", "0", "65535", "65536" },
		{ "-1", "0", "4294967295", "4294967296" },
		{ "-1", "0", "18446744073709551615", "18446744073709551616" },
	};
	char below[32], min[32], max[32], above[32], expected[160];
	if (field->kind < OCI_KIND_I32 || field->kind > OCI_KIND_OPT_U64)
		return;
	unsigned kind = (field->kind - OCI_KIND_I32) % (OCI_KIND_OPT_I32 - OCI_KIND_I32);
	if (field->min == 0 && field->max == 0) {
		snprintf(below, sizeof(below), "%s", limits[kind].below);
		snprintf(min, sizeof(min), "%s", limits[kind].min);
		snprintf(max, sizeof(max), "%s", limits[kind].max);
		snprintf(above, sizeof(above), "%s", limits[kind].above);
	} else {
		snprintf(below, sizeof(below), "%" PRId64, field->min - 1);
		snprintf(min, sizeof(min), "%" PRId64, field->min);
		snprintf(max, sizeof(max), "%" PRIu64, field->max);
		snprintf(above, sizeof(above), "%" PRIu64, field->max + 1);
	}
	bool open_end = field->min > 0 && strcmp(max, limits[kind].max) == 0;
	snprintf(expected, sizeof(expected),
		open_end ? ": expected an integer of at least %s, found "
			 : ": expected an integer from %s to %s, found ",
		min, max);
	size_t length = strlen(expected);
	expect(route, min, 0, "", "the smallest number");
	expect(route, max, 0, "", "the largest number");
	snprintf(expected + length, sizeof(expected) - length, "%s", below);
	expect(route, below, 0, expected, "one less than the smallest");
	snprintf(expected + length, sizeof(expected) - length, "%s", above);
	expect(route, above, 0, expected, "one more than the largest");
}

static void check_strings(const struct route *route)
{
	const struct oci_field *field = route->fields[route->n - 1];
	bool list = field->kind == OCI_KIND_STRINGS;
	if (field->kind != OCI_KIND_STRING && !list)
		return;
	const char *item = list ? "[0]" : "";
	char expected[256];
	snprintf(expected, sizeof(expected), "%s: NUL in a string", item);
	expect(route, list ? "[\"/a\\u0000\"]" : "\"/a\\u0000\"", list, expected, "a NUL");
	snprintf(expected, sizeof(expected), "%s: invalid UTF-8", item);
	expect(route, list ? "[\"/\xff\"]" : "\"/\xff\"", list, expected, "a byte that is no UTF-8");
	if (field->flags & OCI_ABSOLUTE) {
		snprintf(expected, sizeof(expected), "%s: expected an absolute path, found \"tmp\"", item);
		expect(route, list ? "[\"tmp\"]" : "\"tmp\"", list, expected, "a relative path");
		snprintf(expected, sizeof(expected), "%s: expected an absolute path, found \"\"", item);
		expect(route, list ? "[\"\"]" : "\"\"", list, expected, "an empty path");
	}
	if (field->flags & OCI_NONEMPTY)
		expect(route, "\"\"", 0, ": expected a non-empty string", "an empty string");
	if (field->check) {
		snprintf(expected, sizeof(expected), "%s: expected %s, found \"!\\u000a\"", item, field->expected);
		expect(route, list ? "[\"!\\n\"]" : "\"!\\n\"", list, expected, "a string that the check refuses");
	}
	if (field->flags & OCI_SOME)
		expect(route, "[]", 0, ": expected at least one item", "an empty list");
}

static void check_enum(const struct route *route)
{
	const struct oci_field *field = route->fields[route->n - 1];
	bool list = field->kind == OCI_KIND_ENUMS;
	if (field->kind != OCI_KIND_ENUM && !list)
		return;
	char value[64], expected[384];
	for (const struct oci_enum *row = field->names; row->name; row++) {
		snprintf(value, sizeof(value), list ? "[\"%s\"]" : "\"%s\"", row->name);
		expect(route, value, 0, "", row->name);
	}

	char all[256] = "";
	for (const struct oci_enum *row = field->names; row->name && strlen(all) < 200; row++) {
		size_t used = strlen(all);
		if (oci_enum_name(field->names, row->value) != row->name)
			continue; /* another name of a value */
		snprintf(all + used, sizeof(all) - used, "%s%s", used ? ", " : "", row->name);
	}
	const char *item = list ? "[0]" : "";
	if (strlen(all) <= 72)
		snprintf(expected, sizeof(expected), "%s: expected one of %s, found \"Other\"", item, all);
	else
		snprintf(expected, sizeof(expected), "%s: unknown value \"Other\"", item);
	expect(route, list ? "[\"Other\"]" : "\"Other\"", list, expected, "a name that is not in the table");
}

/* Presence: absent, null, twice, in the wrong case. */
static void check_presence(const struct route *route)
{
	const struct oci_field *field = route->fields[route->n - 1];
	struct made made;
	char path[512], sentence[640], expected[640] = "", other[64];
	path_of(route, path, sizeof(path));

	make(&made, route, field->name, (const char *[]){ "null" }, 1);
	if (field->flags & OCI_REQUIRED)
		snprintf(expected, sizeof(expected), "1:%zu: %s: required member is missing", made.object + 1, path);
	snprintf(sentence, sizeof(sentence), "%s: %s: null", route->top->name, path);
	has_problems(route->top, made.text, expected, sentence);

	make(&made, route, field->name, NULL, 0);
	snprintf(sentence, sizeof(sentence), "%s: %s: absent", route->top->name, path);
	has_problems(route->top, made.text, expected, sentence);

	snprintf(other, sizeof(other), "%s", field->name);
	other[0] ^= 0x20;
	make(&made, route, other, (const char *[]){ "\"x\"" }, 1);
	snprintf(sentence, sizeof(sentence), "%s: %s: as \"%s\" it is not known", route->top->name, path, other);
	has_problems(route->top, made.text, expected, sentence);

	make(&made, route, field->name, (const char *[]){ NULL, NULL }, 2);
	snprintf(expected, sizeof(expected), "1:%zu: %s: duplicate member", made.name + 1, path);
	snprintf(sentence, sizeof(sentence), "%s: %s: twice", route->top->name, path);
	has_problems(route->top, made.text, expected, sentence);
}

/* All rows of a type and of the types below it. */
static void check_type(struct route *route, const struct oci_type *type)
{
	route->n++;
	for (const struct oci_field *field = type->rows; field < type->rows + type->n; field++) {
		route->fields[route->n - 1] = field;
		expect(route, NULL, 0, "", "a good value");
		check_presence(route);
		check_types(route);
		check_items(route);
		check_limits(route);
		check_strings(route);
		check_enum(route);
		if (field->type)
			check_type(route, field->type);
	}
	route->n--;
}

int main(void)
{
	static const struct oci_type *const types[] = {
		&oci_config_type,
		&oci_resources_type,
		&oci_state_type,
		&oci_container_process_state_type,
		&oci_features_type,
	};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct route route = { .top = types[i] };
		check_type(&route, types[i]);
	}
	return done();
}
