/* Every member of every document, driven by the rows themselves: a good value is taken, each wrong type is refused with
 * its exact place and text, null is absent, a duplicate and a name in the wrong case are noticed, limits hold to the
 * last digit. For each row a small document is made that has the required members around it and nothing else. */
#include "help.h"
#include "ocispec/enums.h"

enum { DEPTH = 12, SIZE = 8192 };

/* The way from the top of a document to a member. */
struct way {
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

/* The required members of an object, but for one, as `"a":1,`. */
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

/* Takes away the comma behind the last member. */
static void end_object(struct made *made)
{
	if (made->text[made->n - 1] == ',')
		made->n--;
	put(made, "}");
}

/* A string that the row takes, NULL when there is none. */
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

/* What stands around the object within a member on the way. */
static const char *opening(const struct oci_field *field)
{
	return field->kind == OCI_KIND_LIST ? "[{" : field->kind == OCI_KIND_KEYED_LIST ? "{\"k\":{" : "{";
}

static const char *closing(const struct oci_field *field)
{
	return field->kind == OCI_KIND_LIST ? "]" : field->kind == OCI_KIND_KEYED_LIST ? "}" : "";
}

/* A document in which the member at the end of the way has the given values, one after the other; NULL gives the
 * sample. */
static void make(struct made *made, const struct way *way, const char *name, const char *const *values, size_t n)
{
	made->n = 0;
	put(made, "{");
	for (size_t i = 0; i + 1 < way->n; i++) {
		put_required(made, i == 0 ? way->top : way->fields[i - 1]->type, way->fields[i]);
		put_string(made, way->fields[i]->name);
		put(made, ":");
		put(made, opening(way->fields[i]));
	}
	made->object = made->n - 1;
	put_required(made, way->n == 1 ? way->top : way->fields[way->n - 2]->type, way->fields[way->n - 1]);
	for (size_t i = 0; i < n; i++) {
		made->name = made->n;
		put_string(made, name);
		put(made, ":");
		made->value = made->n;
		if (values[i])
			put(made, values[i]);
		else
			put_sample(made, way->fields[way->n - 1]);
		put(made, ",");
	}
	end_object(made);
	for (size_t i = way->n - 1; i-- > 0;) {
		put(made, closing(way->fields[i]));
		put(made, "}");
	}
}

static void path_of(const struct way *way, char *buffer, size_t size)
{
	size_t used = 0;
	for (size_t i = 0; i < way->n; i++) {
		const struct oci_field *field = way->fields[i];
		const char *inner = i + 1 == way->n          ? ""
			: field->kind == OCI_KIND_LIST       ? "[0]"
			: field->kind == OCI_KIND_KEYED_LIST ? ".k"
							     : "";
		used += (size_t)snprintf(buffer + used, size - used, "%s%s%s", i ? "." : "", field->name, inner);
	}
}

/* Gives the member this value and expects this problem so many bytes behind its start; "" for none. */
static void expect(const struct way *way, const char *value, size_t behind, const char *expected, const char *what)
{
	struct made made;
	char path[512], sentence[1024];
	path_of(way, path, sizeof(path));
	make(&made, way, way->fields[way->n - 1]->name, &value, 1);
	snprintf(sentence, sizeof(sentence), "%s: %s: %s", way->top->name, path, what);
	char full[2048] = "";
	if (*expected)
		snprintf(full, sizeof(full), "1:%zu: %s%s", made.value + behind + 1, path, expected);
	if (!has_problems(way->top, made.text, full, sentence))
		printf("# text %s\n", made.text);
}

/* What the row calls its type, as messages do. */
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

static void check_types(const struct way *way)
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
	const struct oci_field *field = way->fields[way->n - 1];
	const char *name = type_name(field);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char expected[128];
		bool fraction = strcmp(name, "integer") == 0 && strcmp(values[i].name, "number") == 0;
		if (strcmp(values[i].name, name) == 0)
			continue;
		snprintf(expected, sizeof(expected), ": expected %s, found %s", name,
			fraction ? values[i].value : values[i].name);
		expect(way, values[i].value, 0, expected, values[i].name);
	}
}

/* The first item of an array or object, of the wrong type. */
static void check_items(const struct way *way)
{
	switch (way->fields[way->n - 1]->kind) {
	case OCI_KIND_STRINGS:
	case OCI_KIND_ENUMS:
		expect(way, "[null]", 1, "[0]: expected string, found null", "a null item");
		expect(way, "[[]]", 1, "[0]: expected string, found array", "an array as item");
		break;
	case OCI_KIND_IDS:
		expect(way, "[null]", 1, "[0]: expected integer, found null", "a null item");
		expect(way, "[-1]", 1, "[0]: expected an integer from 0 to 4294967294, found -1", "a negative item");
		break;
	case OCI_KIND_LIST:
		expect(way, "[null]", 1, "[0]: expected object, found null", "a null item");
		expect(way, "[\"x\"]", 1, "[0]: expected object, found string", "a string as item");
		break;
	case OCI_KIND_STRING_MAP:
		expect(way, "{\"k\":null}", 5, ".k: expected string, found null", "a null value");
		expect(way, "{\"k\":1}", 5, ".k: expected string, found integer", "an integer as value");
		expect(way, "{\"\":\"v\"}", 1, "[\"\"]: expected a non-empty name", "an empty name");
		break;
	case OCI_KIND_KEYED_LIST:
		expect(way, "{\"k\":null}", 5, ".k: expected object, found null", "a null value");
		expect(way, "{\"k\":[]}", 5, ".k: expected object, found array", "an array as value");
		expect(way, "{\"\":{}}", 1, "[\"\"]: expected a non-empty name", "an empty name");
		break;
	default:
		break;
	}
}

/* Limits of a number as text: the last one that is taken and the first one that is not, on both sides. */
static void check_limits(const struct way *way)
{
	const struct oci_field *field = way->fields[way->n - 1];
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
	expect(way, min, 0, "", "the smallest number");
	expect(way, max, 0, "", "the largest number");
	snprintf(expected + length, sizeof(expected) - length, "%s", below);
	expect(way, below, 0, expected, "one less than the smallest");
	snprintf(expected + length, sizeof(expected) - length, "%s", above);
	expect(way, above, 0, expected, "one more than the largest");
}

static void check_strings(const struct way *way)
{
	const struct oci_field *field = way->fields[way->n - 1];
	bool list = field->kind == OCI_KIND_STRINGS;
	if (field->kind != OCI_KIND_STRING && !list)
		return;
	const char *item = list ? "[0]" : "";
	char expected[256];
	snprintf(expected, sizeof(expected), "%s: NUL in a string", item);
	expect(way, list ? "[\"/a\\u0000\"]" : "\"/a\\u0000\"", list, expected, "a NUL");
	snprintf(expected, sizeof(expected), "%s: invalid UTF-8", item);
	expect(way, list ? "[\"/\xff\"]" : "\"/\xff\"", list, expected, "a byte that is no UTF-8");
	if (field->flags & OCI_ABSOLUTE) {
		snprintf(expected, sizeof(expected), "%s: expected an absolute path, found \"tmp\"", item);
		expect(way, list ? "[\"tmp\"]" : "\"tmp\"", list, expected, "a relative path");
		snprintf(expected, sizeof(expected), "%s: expected an absolute path, found \"\"", item);
		expect(way, list ? "[\"\"]" : "\"\"", list, expected, "an empty path");
	}
	if (field->flags & OCI_NONEMPTY)
		expect(way, "\"\"", 0, ": expected a non-empty string", "an empty string");
	if (field->check) {
		snprintf(expected, sizeof(expected), "%s: expected %s, found \"!\\u000a\"", item, field->expected);
		expect(way, list ? "[\"!\\n\"]" : "\"!\\n\"", list, expected, "a string that the check refuses");
	}
	if (field->flags & OCI_SOME)
		expect(way, "[]", 0, ": expected at least one item", "an empty list");
}

static void check_enum(const struct way *way)
{
	const struct oci_field *field = way->fields[way->n - 1];
	bool list = field->kind == OCI_KIND_ENUMS;
	if (field->kind != OCI_KIND_ENUM && !list)
		return;
	char value[64], expected[384];
	for (const struct oci_enum *row = field->names; row->name; row++) {
		snprintf(value, sizeof(value), list ? "[\"%s\"]" : "\"%s\"", row->name);
		expect(way, value, 0, "", row->name);
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
	expect(way, list ? "[\"Other\"]" : "\"Other\"", list, expected, "a name that is not in the table");
}

/* Presence: absent, null, twice, in the wrong case. */
static void check_presence(const struct way *way)
{
	const struct oci_field *field = way->fields[way->n - 1];
	struct made made;
	char path[512], sentence[640], expected[640] = "", other[64];
	path_of(way, path, sizeof(path));

	make(&made, way, field->name, (const char *[]){ "null" }, 1);
	if (field->flags & OCI_REQUIRED)
		snprintf(expected, sizeof(expected), "1:%zu: %s: required member is missing", made.object + 1, path);
	snprintf(sentence, sizeof(sentence), "%s: %s: null", way->top->name, path);
	has_problems(way->top, made.text, expected, sentence);

	make(&made, way, field->name, NULL, 0);
	snprintf(sentence, sizeof(sentence), "%s: %s: absent", way->top->name, path);
	has_problems(way->top, made.text, expected, sentence);

	snprintf(other, sizeof(other), "%s", field->name);
	other[0] ^= 0x20;
	make(&made, way, other, (const char *[]){ "\"x\"" }, 1);
	snprintf(sentence, sizeof(sentence), "%s: %s: as \"%s\" it is not known", way->top->name, path, other);
	has_problems(way->top, made.text, expected, sentence);

	make(&made, way, field->name, (const char *[]){ NULL, NULL }, 2);
	snprintf(expected, sizeof(expected), "1:%zu: %s: duplicate member", made.name + 1, path);
	snprintf(sentence, sizeof(sentence), "%s: %s: twice", way->top->name, path);
	has_problems(way->top, made.text, expected, sentence);
}

/* All rows of a type and of the types below it. */
static void check_type(struct way *way, const struct oci_type *type)
{
	way->n++;
	for (const struct oci_field *field = type->rows; field < type->rows + type->n; field++) {
		way->fields[way->n - 1] = field;
		expect(way, NULL, 0, "", "a good value");
		check_presence(way);
		check_types(way);
		check_items(way);
		check_limits(way);
		check_strings(way);
		check_enum(way);
		if (field->type)
			check_type(way, field->type);
	}
	way->n--;
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
		struct way way = { .top = types[i] };
		check_type(&way, types[i]);
	}
	return done();
}
