/* The list of problems: in the order of the text, limited, formatted on one line, extended by the caller, and safe to
 * print for any text. */
#include "help.h"

static void check_order(void)
{
	has_problems(&oci_config_type,
		"{\n \"process\": {\"args\": 5, \"args\": [\"\xff\"]},\n \"hostname\": 1,\n \"x\": {\"y\": 1, \"y\": 2},\n"
		" \"root\": {\"readonly\": 0}\n}",
		"1:1: ociVersion: required member is missing"
		" | 2:13: process.cwd: required member is missing"
		" | 2:22: process.args: expected array, found integer"
		" | 2:25: process.args: duplicate member"
		" | 2:34: process.args[0]: invalid UTF-8"
		" | 3:14: hostname: expected string, found integer"
		" | 4:16: x.y: duplicate member"
		" | 5:10: root.path: required member is missing"
		" | 5:23: root.readonly: expected boolean, found integer",
		"all problems at once, in the order of the text");
	has_problems(&oci_config_type, "{\"root\": {}, \"hostname\": \"h\"}",
		"1:1: ociVersion: required member is missing | 1:10: root.path: required member is missing",
		"missing members stand at the objects that should have them");
	has_problems(&oci_state_type, "{}",
		"1:1: ociVersion: required member is missing | 1:1: id: required member is missing"
		" | 1:1: status: required member is missing | 1:1: bundle: required member is missing",
		"members missing in one place come in the order of the rows");
}

/* A text that is an array has paths that begin with an index. */
static void check_bare(void)
{
	has_problems(&oci_mount_file_type, "[{\"destination\": \"/a\"},\n {\"options\": [\"ro\", 1]}, 2]",
		"2:2: [1].destination: required member is missing"
		" | 2:21: [1].options[1]: expected string, found integer"
		" | 2:26: [2]: expected object, found integer",
		"problems of an array of mounts");
	has_problems(&oci_mount_file_type, "{\"mounts\": []}", "1:1: expected array, found object",
		"an object around it is none");
}

static void check_texts(void)
{
	static const char *const cases[][3] = {
		{ "\"hostname\": 1.5", "1:31: hostname: expected string, found number", "a number" },
		{ "\"hostname\": \"a\\u0000b\"", "1:31: hostname: NUL in a string", "a NUL" },
		{ "\"process\": {\"cwd\": \"tmp\"}", "1:38: process.cwd: expected an absolute path, found \"tmp\"",
			"a relative path" },
		{ "\"root\": {\"path\": \"\"}", "1:36: root.path: expected a non-empty string", "an empty string" },
		{ "\"linux\": {\"devices\": [{\"path\": \"/d\", \"type\": \"x\"}]}",
			"1:64: linux.devices[0].type: expected one of c, b, u, p, found \"x\"", "a short table" },
		{ "\"linux\": {\"seccomp\": {\"defaultAction\": \"SCMP_ACT_FOO\"}}",
			"1:58: linux.seccomp.defaultAction: unknown value \"SCMP_ACT_FOO\"", "a long table" },
		{ "\"linux\": {\"sysctl\": {\"net.x\": 1}}",
			"1:49: linux.sysctl[\"net.x\"]: expected string, found integer", "a name with a dot" },
		{ "\"linux\": {\"personality\": {\"domain\": \"LINUX\", \"flags\": [\"X\"]}}",
			"1:74: linux.personality.flags[0]: expected no flag, as the specification defines none, found \"X\"",
			"a flag where there are none" },
		{ "\"process\": {\"cwd\": \"\\u001b[31m\\u009b\\n\"}",
			"1:38: process.cwd: expected an absolute path, found \"\\u001b[31m\\u009b\\u000a\"",
			"what a terminal would obey is shown as an escape" },
		{ "\"annotations\": {\"a\\u001b\\\"\": 1}",
			"1:48: annotations[\"a\\u001b\\\"\"]: expected string, found integer", "in names as well" },
		{ "\"process\": {\"cwd\": \"0123456789012345678901234567890123456789012345678901234567890123456789\"}",
			"1:38: process.cwd: expected an absolute path, found "
			"\"0123456789012345678901234567890123456789012345678901234567890123...\"",
			"long strings are cut off" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[512];
		snprintf(text, sizeof(text), "{\"ociVersion\":\"1\",%s}", cases[i][0]);
		has_problems(&oci_config_type, text, cases[i][1], cases[i][2]);
	}
}

static void check_add(void)
{
	struct oci_document *document = parse_text(&oci_config_type,
		"{\n\"ociVersion\": \"1\",\n\"hostname\": 5,\n\"mounts\": [\n{\"destination\": \"/\"}]}");
	oci_problem_add(document, "mounts[0].destination", "must not be '%s'", "/");
	oci_problem_add(document, "process.args", "must have an item");
	oci_problem_add(document, "mounts[0].source", "is\nmissing\x1b\xc2\x9b");
	oci_problem_add(document, "", "says nothing");
	is_str(problems_of(document),
		"1:1: process.args: must have an item | 1:1: says nothing"
		" | 3:13: hostname: expected string, found integer"
		" | 5:1: mounts[0].source: is?missing???"
		" | 5:17: mounts[0].destination: must not be '/'",
		"added problems are located and sorted in, and printable");
	oci_free(document);

	document = parse_text(&oci_config_type, "");
	oci_problem_add(document, "mounts", "cannot be");
	is_str(problems_of(document), "1:1: document is empty | t: mounts: cannot be",
		"a problem without a place comes last");
	is_int(oci_problem_at(document, 1)->line, 0, "and has no line");
	oci_free(document);
}

static void check_format(void)
{
	struct oci_document *document = parse_text(&oci_config_type, "{\"ociVersion\": 1}");
	char line[256], small[10], none;
	const char *full = "t:1:16: ociVersion: expected string, found integer";
	is_int(oci_problem_format(document, 0, line, sizeof(line)), (int64_t)strlen(full),
		"the length of a formatted problem");
	is_str(line, full, "a formatted problem");
	is_int(oci_problem_format(document, 0, small, sizeof(small)), (int64_t)strlen(full),
		"the length it would have");
	is_str(small, "t:1:16: o", "a small buffer is terminated");
	is_int(oci_problem_format(document, 0, &none, 0), (int64_t)strlen(full), "no buffer at all");
	is_str(oci_problem_at(document, 0)->path, "ociVersion", "the path of a problem");
	is_str(oci_problem_at(document, 0)->text, "expected string, found integer", "the text of a problem");
	ok(oci_problem_at(document, 1) == NULL, "there is no second one");
	oci_free(document);
}

static void format_behind(size_t blanks, const char *text, char *line, size_t size)
{
	char whole[1024];
	snprintf(whole, sizeof(whole), "\n%*s%s\n", (int)blanks, "", text);
	struct oci_document *document = parse_text(&oci_config_type, whole);
	oci_problem_format(document, 0, line, size);
	oci_free(document);
}

/* A text that a program has written as one line. */
static void check_long_lines(void)
{
	char line[256];
	format_behind(484, "{\"ociVersion\": 1}", line, sizeof(line));
	is_str(line, "t:2:500: ociVersion: expected string, found integer", "a column that an editor shows");
	format_behind(485, "{\"ociVersion\": 1}", line, sizeof(line));
	is_str(line, "t: ociVersion: expected string, found integer", "behind it the path says where");
	format_behind(600, "}", line, sizeof(line));
	ok(strncmp(line, "t:2:601: ", 9) == 0, "without a path the place is all there is: %s", line);
}

/* n wrong items, in an array that starts at 1:7. */
static struct oci_document *parse_many(size_t n)
{
	char *text = malloc(2 * n + 64);
	if (!text)
		abort();
	size_t used = (size_t)snprintf(text, 64, "{\"ociVersion\":\"1\",\"mounts\":[");
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, 3, "%s", i ? ",1" : "1");
	snprintf(text + used, 3, "]}");
	struct oci_document *document = parse_text(&oci_config_type, text);
	free(text);
	return document;
}

static void check_cap(void)
{
	struct oci_document *document = parse_many(OCI_MAX_PROBLEMS - 1);
	is_int((int64_t)oci_problem_count(document), OCI_MAX_PROBLEMS - 1, "99 problems are all kept");
	is_str(oci_problem_at(document, OCI_MAX_PROBLEMS - 2)->path, "mounts[98]", "up to the last one");

	oci_problem_add(document, "ociVersion", "added in front");
	is_int((int64_t)oci_problem_count(document), OCI_MAX_PROBLEMS, "one more makes 100");
	is_str(oci_problem_at(document, 0)->text, "added in front", "it stands where it belongs");
	is_str(oci_problem_at(document, OCI_MAX_PROBLEMS - 2)->path, "mounts[97]", "the last one fell out");
	is_str(oci_problem_at(document, OCI_MAX_PROBLEMS - 1)->text, "too many problems: the rest is not shown",
		"which the last entry says");
	oci_free(document);

	document = parse_many(5000);
	is_int((int64_t)oci_problem_count(document), OCI_MAX_PROBLEMS, "5000 problems are 100");
	is_str(oci_problem_at(document, 0)->path, "mounts[0]", "the first ones of the text");
	is_str(oci_problem_at(document, OCI_MAX_PROBLEMS - 2)->path, "mounts[98]", "99 of them");
	char line[128];
	oci_problem_format(document, OCI_MAX_PROBLEMS - 1, line, sizeof(line));
	is_str(line, "t: too many problems: the rest is not shown", "the last entry has no place");
	oci_problem_add(document, "mounts[4000]", "too late");
	is_int((int64_t)oci_problem_count(document), OCI_MAX_PROBLEMS, "there are never more");
	is_str(oci_problem_at(document, OCI_MAX_PROBLEMS - 2)->path, "mounts[98]",
		"and what comes later does not push in");
	oci_free(document);
}

int main(void)
{
	check_order();
	check_bare();
	check_texts();
	check_add();
	check_format();
	check_long_lines();
	check_cap();
	return done();
}
