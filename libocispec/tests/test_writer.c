/* From structs to text: exact output, round trips, strings that need escapes. */
#include "help.h"

static const char state_text[] = "{\n"
				 "  \"ociVersion\": \"1.3.0\",\n"
				 "  \"id\": \"c1\",\n"
				 "  \"status\": \"running\",\n"
				 "  \"pid\": 4422,\n"
				 "  \"bundle\": \"/b\",\n"
				 "  \"annotations\": {\n"
				 "    \"a\": \"1\",\n"
				 "    \"b\": \"\"\n"
				 "  }\n"
				 "}\n";

static char *write_text(const struct oci_type *type, const void *root, enum oci_write_flags flags)
{
	char *text = NULL;
	size_t length = 0;
	if (oci_write(type, root, flags, &text, &length) < 0)
		abort();
	ok(strlen(text) == length, "the length is that of the text");
	return text;
}

static void check_state(void)
{
	struct oci_pair annotations[] = {
		{ "a", "1" },
		{ "b", "" },
	};
	struct oci_state state = {
		.oci_version = "1.3.0",
		.id = "c1",
		.status = OCI_STATUS_RUNNING,
		.pid = { true, 4422 },
		.bundle = "/b",
		.annotations = { 2, annotations },
	};
	char *text = write_text(&oci_state_type, &state, OCI_WRITE_PRETTY);
	is_str(text, state_text, "a state, indented by two spaces");
	free(text);

	state.annotations.n = 0;
	state.pid.set = false;
	text = write_text(&oci_state_type, &state, OCI_WRITE_COMPACT);
	is_str(text, "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"status\":\"running\",\"bundle\":\"/b\"}",
		"a state on one line, what is absent left out");
	free(text);

	struct oci_state nothing = { 0 };
	text = write_text(&oci_state_type, &nothing, OCI_WRITE_COMPACT);
	is_str(text, "{\"ociVersion\":\"\",\"id\":\"\",\"status\":\"\",\"bundle\":\"\"}",
		"required members are written even when there is nothing to write");
	free(text);

	struct oci_config config = { .oci_version = "1.3.0" };
	text = write_text(&oci_config_type, &config, OCI_WRITE_PRETTY);
	is_str(text, "{\n  \"ociVersion\": \"1.3.0\"\n}\n", "a config that is nearly empty");
	free(text);

	struct oci_resources resources = { 0 };
	text = write_text(&oci_resources_type, &resources, OCI_WRITE_PRETTY);
	is_str(text, "{}\n", "an empty object stays on its line");
	free(text);
}

static void check_process(void)
{
	struct oci_process process = { .cwd = "/" };
	char *text = write_text(&oci_process_type, &process, OCI_WRITE_COMPACT);
	is_str(text, "{\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\"}", "uid and gid are written even when they are 0");
	free(text);
}

/* text -> struct -> text, which must be the same. */
static void check_same(const struct oci_type *type, const char *text, const char *what)
{
	struct oci_document *document = parse_text(type, text);
	is_str(problems_of(document), "", what);
	char *written = write_text(type, oci_root(document), OCI_WRITE_COMPACT);
	is_str(written, text, what);
	free(written);
	oci_free(document);
}

static void check_round_trips(void)
{
	check_same(&oci_config_type, "{\"ociVersion\":\"1.3.0\",\"linux\":{}}", "an empty optional object is kept");
	check_same(&oci_config_type,
		"{\"ociVersion\":\"1.3.0\",\"process\":{\"terminal\":true,\"user\":{\"uid\":5,\"gid\":6,\"umask\":0,"
		"\"additionalGids\":[7,8]},\"args\":[\"a\",\"\"],\"cwd\":\"/\",\"rlimits\":[{\"type\":\"RLIMIT_CPU\","
		"\"hard\":18446744073709551615,\"soft\":0}],\"oomScoreAdj\":0,\"scheduler\":{\"policy\":\"SCHED_OTHER\","
		"\"nice\":-5,\"flags\":[\"SCHED_FLAG_RECLAIM\",\"SCHED_FLAG_DL_OVERRUN\"]}}}",
		"a process");
	check_same(&oci_resources_type,
		"{\"devices\":[{\"allow\":false},{\"allow\":true,\"type\":\"c\",\"major\":-1,\"access\":\"rw\"}],"
		"\"memory\":{\"limit\":-9223372036854775808,\"disableOOMKiller\":false},\"blockIO\":{\"weight\":0},"
		"\"rdma\":{\"a\":{\"hcaHandles\":1},\"b\":{}},\"unified\":{\"x\":\"y\"}}",
		"resources with false, zero and keys");
	check_same(&oci_container_process_state_type,
		"{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":7,\"state\":{\"ociVersion\":\"1.3.0\","
		"\"id\":\"x\",\"status\":\"creating\",\"bundle\":\"/b\"}}",
		"the state of a container process");
	check_same(&oci_mount_file_type, "[]", "no mounts, in a file of their own");
	check_same(&oci_mount_file_type,
		"[{\"destination\":\"/a\",\"type\":\"tmpfs\"},{\"destination\":\"/b\",\"options\":[\"ro\"]}]",
		"mounts in a file of their own");
	check_same(&oci_features_type,
		"{\"ociVersionMin\":\"1.0.0\",\"ociVersionMax\":\"1.3.0\",\"hooks\":[\"prestart\"],"
		"\"linux\":{\"cgroup\":{\"v1\":false,\"v2\":true},\"mountExtensions\":{\"idmap\":{\"enabled\":true}}}}",
		"features with false");
}

/* Kinds that no document of the specification uses. */
struct report {
	struct oci_number_map counts;
	struct oci_numeral share;
	struct oci_numeral rest;
};

static const struct oci_field report_rows[] = {
	OCI_NUMBER_MAP(report, counts, "counts"),
	OCI_NUMERAL(report, share, "share"),
	OCI_NUMERAL(report, rest, "rest", .flags = OCI_WRITTEN),
};
static const struct oci_type report_type = OCI_TYPE(report, report_rows);

static void check_numbers(void)
{
	struct report nothing = { 0 };
	char *text = write_text(&report_type, &nothing, OCI_WRITE_COMPACT);
	is_str(text, "{\"rest\":0}", "a numeral that is not there is left out, or 0");
	free(text);
	check_same(&report_type, "{\"counts\":{\"a\":0,\"b.c\":18446744073709551615},\"share\":0.10,\"rest\":-1e3}",
		"a map of numbers, and numbers that are no integers");

	struct oci_document *document = parse_text(&report_type,
		"{\"counts\":{\"a\":1.5,\"b\":-1,\"c\":null,\"d\":2,\"\":3},\"share\":\"x\"}");
	const struct report *report = oci_root(document);
	is_str(problems_of(document),
		"1:16: counts.a: expected integer, found 1.5 | "
		"1:24: counts.b: expected an integer from 0 to 18446744073709551615, found -1 | "
		"1:31: counts.c: expected integer, found null | "
		"1:42: counts[\"\"]: expected a non-empty name | "
		"1:56: share: expected number, found string",
		"what does not fit a map of numbers or a numeral");
	ok(report->counts.n == 1 && strcmp(report->counts.items[0].key, "d") == 0 && report->counts.items[0].value == 2,
		"what fits is there");
	oci_free(document);
	document = parse_text(&report_type, "{\"counts\":[],\"share\":true}");
	is_str(problems_of(document),
		"1:11: counts: expected object, found array | 1:22: share: expected number, found boolean",
		"nor other types");
	oci_free(document);
}

static void check_strings(void)
{
	static const char *const strings[][3] = {
		{ "plain", "/a b'c", "\"/a b'c\"" },
		{ "empty", "", "\"\"" },
		{ "quote and backslash", "\"\\", "\"\\\"\\\\\"" },
		{ "short escapes", "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
		{ "other control characters", "\x01\x1f", "\"\\u0001\\u001f\"" },
		{ "DEL", "\x7f", "\"\\u007f\"" },
		{ "a control character of two bytes", "\xc2\x9b \xc2\xa0", "\"\\u009b \xc2\xa0\"" },
		{ "UTF-8", "\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
		{ "a bad byte becomes U+FFFD",
			"a\xff"
			"b",
			"\"a\xef\xbf\xbd"
			"b\"" },
		{ "each byte of an overlong form", "\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "each byte of a surrogate", "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "a sequence that the end cuts", "\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	};
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		char *text = NULL;
		if (oci_write_string(strings[i][1], &text) < 0)
			abort();
		is_str(text, strings[i][2], strings[i][0]);
		free(text);
	}
}

/* All bytes are the same after writing and reading. */
static void check_all_bytes(void)
{
	char value[128];
	for (int i = 0; i < 127; i++)
		value[i] = (char)(i + 1);
	value[127] = 0;
	struct oci_pair pair = { value, value };
	struct oci_config config = { .oci_version = "1", .annotations = { 1, &pair } };
	char *text = write_text(&oci_config_type, &config, OCI_WRITE_COMPACT);
	struct oci_document *document = parse_text(&oci_config_type, text);
	const struct oci_config *read = oci_root(document);
	is_str(problems_of(document), "", "all of ASCII can be read again");
	ok(read->annotations.n == 1 && strcmp(read->annotations.items[0].key, value) == 0 &&
			strcmp(read->annotations.items[0].value, value) == 0,
		"and is the same, as name and as value");
	oci_free(document);
	free(text);
}

/* A list of names that is empty is not one that is absent: linux.seccomp.flags has a default. */
static void check_empty_names(void)
{
	static const char *const texts[] = { "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[]}" };
	for (int i = 0; i < 2; i++) {
		struct oci_document *document = parse_text(&oci_seccomp_type, texts[i]);
		const struct oci_seccomp *read = oci_root(document);
		char *text = write_text(&oci_seccomp_type, read, OCI_WRITE_COMPACT);
		ok(!read->flags.items == (i == 0) && read->flags.n == 0, "a list of names knows whether it is there");
		is_str(text, texts[i], "and is written so");
		free(text);
		oci_free(document);
	}
	struct oci_document *document = parse_text(&oci_seccomp_type,
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":null}");
	const struct oci_seccomp *read = oci_root(document);
	ok(!read->flags.items, "null is absent");
	oci_free(document);
}

int main(void)
{
	check_empty_names();
	check_state();
	check_process();
	check_round_trips();
	check_numbers();
	check_strings();
	check_all_bytes();
	return done();
}
