/* Attacks by size: depth, length, numbers of members. Each large text must be handled in about linear time; otherwise
 * an alarm ends the program. */
#include "help.h"

#include <unistd.h>

enum { SECONDS = 120, MANY = 400000 };

struct buffer {
	char *bytes;
	size_t n;
};

static struct buffer buffer_new(size_t room)
{
	struct buffer buffer = { .bytes = malloc(room) };
	if (!buffer.bytes)
		abort();
	return buffer;
}

static void put(struct buffer *buffer, const char *text)
{
	size_t length = strlen(text);
	memcpy(buffer->bytes + buffer->n, text, length);
	buffer->n += length;
}

static struct oci_document *parse_buffer(const struct oci_type *type, struct buffer *buffer)
{
	struct oci_document *document = oci_parse(type, "t", buffer->bytes, buffer->n);
	if (!document)
		abort();
	free(buffer->bytes);
	return document;
}

/* depth containers in a member that no row knows; the document itself is one more. */
static struct oci_document *parse_depth(size_t depth, const char *open, const char *close)
{
	struct buffer buffer = buffer_new(depth * (strlen(open) + strlen(close)) + 64);
	put(&buffer, "{\"ociVersion\":\"1\",\"x\":");
	for (size_t i = 0; i < depth; i++)
		put(&buffer, open);
	put(&buffer, "1");
	for (size_t i = 0; i < depth; i++)
		put(&buffer, close);
	put(&buffer, "}");
	return parse_buffer(&oci_config_type, &buffer);
}

static void check_depth(void)
{
	static const char *const shapes[][2] = {
		{ "[", "]" },
		{ "{\"a\":", "}" },
		{ "[{\"a\":", "}]" },
	};
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		size_t levels = i == 2 ? 2 : 1;
		struct oci_document *document = parse_depth((OCI_MAX_DEPTH - 1) / levels, shapes[i][0], shapes[i][1]);
		is_str(problems_of(document), "", "64 levels are taken");
		oci_free(document);

		document = parse_depth(OCI_MAX_DEPTH / levels, shapes[i][0], shapes[i][1]);
		is_str(oci_problem_at(document, 0)->text, "nested deeper than 64", "65 levels are refused");
		is_int((int64_t)oci_problem_count(document), 1, "with one problem");
		oci_free(document);

		document = parse_depth(1000000, shapes[i][0], shapes[i][1]);
		is_str(oci_problem_at(document, 0)->text, "nested deeper than 64", "so are a million levels");
		oci_free(document);
	}
	struct oci_document *document = parse_depth(OCI_MAX_DEPTH, "[", "]");
	is_int(oci_problem_at(document, 0)->column, 22 + OCI_MAX_DEPTH, "the place is the container that is too much");
	oci_free(document);
}

static void check_length(void)
{
	static const char start[] = "{\"ociVersion\":\"1\",\"hostname\":\"";
	size_t rest = OCI_MAX_TEXT - strlen(start) - 2;
	struct buffer buffer = buffer_new(OCI_MAX_TEXT + 64);
	put(&buffer, start);
	memset(buffer.bytes + buffer.n, 'a', rest);
	buffer.n += rest;
	put(&buffer, "\"} ");

	struct oci_document *document = oci_parse(&oci_config_type, "t", buffer.bytes, OCI_MAX_TEXT);
	if (!document)
		abort();
	const struct oci_config *config = oci_root(document);
	is_int((int64_t)oci_problem_count(document), 0, "16 MiB are taken");
	is_int((int64_t)strlen(config->hostname), (int64_t)rest, "a string of nearly 16 MiB is all there");
	oci_free(document);

	document = parse_buffer(&oci_config_type, &buffer);
	is_str(problems_of(document), "t: longer than 16777216 bytes",
		"one byte more is refused, even if it is a space");
	oci_free(document);
}

static void check_many_items(void)
{
	struct buffer buffer = buffer_new((size_t)MANY * 24 + 64);
	put(&buffer, "{\"ociVersion\":\"1\",\"mounts\":[");
	for (int i = 0; i < MANY; i++)
		put(&buffer, i ? ",{\"destination\":\"/\"}" : "{\"destination\":\"/\"}");
	put(&buffer, "]}");
	struct oci_document *document = parse_buffer(&oci_config_type, &buffer);
	const struct oci_config *config = oci_root(document);
	is_int((int64_t)oci_problem_count(document), 0, "many mounts are no problem");
	is_int((int64_t)config->mounts.n, MANY, "and all there");
	oci_free(document);
}

/* One object with many names; with duplicates, the second half has the names of the first. */
static void check_many_names(bool duplicates)
{
	struct buffer buffer = buffer_new((size_t)MANY * 32 + 64);
	put(&buffer, "{\"ociVersion\":\"1\",\"annotations\":{");
	for (int i = 0; i < MANY; i++) {
		char member[32];
		snprintf(member, sizeof(member), "%s\"k%d\":\"v\"", i ? "," : "", duplicates ? i % (MANY / 2) : i);
		put(&buffer, member);
	}
	put(&buffer, "}}");
	struct oci_document *document = parse_buffer(&oci_config_type, &buffer);
	if (duplicates) {
		is_int((int64_t)oci_problem_count(document), OCI_MAX_PROBLEMS, "many duplicates are 100 problems");
		is_str(oci_problem_at(document, 0)->path, "annotations.k0", "the first duplicate comes first");
		is_str(oci_problem_at(document, 0)->text, "duplicate member", "and is called that");
	} else {
		const struct oci_config *config = oci_root(document);
		is_int((int64_t)oci_problem_count(document), 0, "many annotations are no problem");
		is_int((int64_t)config->annotations.n, MANY, "and all there");
	}
	oci_free(document);
}

/* Each of many items is wrong, and their objects miss something: many problems found out of order. */
static void check_many_problems(void)
{
	struct buffer buffer = buffer_new((size_t)MANY * 32 + 64);
	put(&buffer, "{\"mounts\":[");
	for (int i = 0; i < MANY; i++)
		put(&buffer, i ? ",{\"source\":1,\"\xff\":2}" : "{\"source\":1,\"\xff\":2}");
	put(&buffer, "]}");
	struct oci_document *document = parse_buffer(&oci_config_type, &buffer);
	is_int((int64_t)oci_problem_count(document), OCI_MAX_PROBLEMS, "many wrong items are 100 problems");
	is_str(oci_problem_at(document, 0)->path, "ociVersion", "what is missing at the start comes first");
	is_str(oci_problem_at(document, 1)->text, "required member is missing", "then the first item");
	is_str(oci_problem_at(document, 98)->path, "mounts[32].source", "and the last one shown is the 98th behind it");
	oci_free(document);
}

/* The size of an object at which the search for duplicates changes its method. */
static void check_duplicates_at(int names)
{
	for (int twice = 0; twice < names; twice += 7) {
		struct buffer buffer = buffer_new(4096);
		char member[64];
		put(&buffer, "{\"ociVersion\":\"1\",\"x\":{");
		for (int i = 0; i < names - 1; i++) {
			snprintf(member, sizeof(member), "\"%d\":1,", i);
			put(&buffer, member);
		}
		snprintf(member, sizeof(member), "%d", twice); /* its first digit is written as an escape */
		snprintf(member, sizeof(member), "\"\\u003%c%s\":1}}", member[0],
			twice < 10 ? "" : (char[]){ member[1], 0 });
		put(&buffer, member);
		struct oci_document *document = parse_buffer(&oci_config_type, &buffer);
		bool expected = twice < names - 1;
		ok(oci_problem_count(document) == (size_t)expected, "of %d names the last %s number %d", names,
			expected ? "is" : "is not", twice);
		oci_free(document);
	}
}

int main(void)
{
	alarm(SECONDS);
	check_depth();
	check_length();
	check_many_items();
	check_many_names(false);
	check_many_names(true);
	check_many_problems();
	check_duplicates_at(31);
	check_duplicates_at(32);
	check_duplicates_at(33);
	check_duplicates_at(64);
	return done();
}
