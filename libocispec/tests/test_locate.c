/* The line and column of a path, or of its nearest parent when the value is absent; and the path of a problem leads
 * back to its position. */
#include "help.h"

static const char text[] = "{\n"                                                               /* 1 */
			   "  \"ociVersion\": \"1.3.0\",\n"                                    /* 2 */
			   "  \"mounts\": [\n"                                                 /* 3 */
			   "    {\"destination\": \"/a\"},\n"                                  /* 4 */
			   "\t{\"destination\": \"/b\", \"options\": [ \"ro\" , \"bind\" ]}\n" /* 5 */
			   "  ],\n"                                                            /* 6 */
			   "  \"annotations\": {\n"                                            /* 7 */
			   "    \"com.example.a\": \"1\", \"com.example\": \"2\",\n"           /* 8 */
			   "    \"q\\\"\\u0062\": \"\xc3\xa9\", \"l[0]\": \"3\",\n"            /* 9 */
			   "    \"\\u0063lean\": \"4\"\n"                                      /* 10 */
			   "  }, \"other\": {\"x\": [[1, 2], [3]]}\n"                          /* 11 */
			   "}\n";

static const struct {
	const char *path;
	bool there;
	unsigned line, column;
} places[] = {
	{ "", true, 1, 1 },
	{ "ociVersion", true, 2, 17 },
	{ "mounts", true, 3, 13 },
	{ "mounts[0]", true, 4, 5 },
	{ "mounts[0].destination", true, 4, 21 },
	{ "mounts[1]", true, 5, 2 },
	{ "mounts[1].options", true, 5, 35 },
	{ "mounts[1].options[0]", true, 5, 37 },
	{ "mounts[1].options[1]", true, 5, 44 },
	{ "annotations", true, 7, 18 },
	{ "annotations[\"com.example.a\"]", true, 8, 22 },
	{ "annotations[\"com.example\"]", true, 8, 42 },
	{ "annotations.com.example.a", true, 8, 22 },
	{ "annotations.com.example", true, 8, 42 },
	{ "annotations[\"q\\\"b\"]", true, 9, 18 },
	{ "annotations[\"l[0]\"]", true, 9, 32 },
	{ "annotations.l[0]", true, 9, 32 },
	{ "annotations.clean", true, 10, 19 },
	{ "annotations[\"clean\"]", true, 10, 19 },
	{ "other.x[0][1]", true, 11, 26 },
	{ "other.x[1][0]", true, 11, 31 },
	{ "process", false, 1, 1 },
	{ "process.cwd", false, 1, 1 },
	{ "mounts[2]", false, 3, 13 },
	{ "mounts[2].source", false, 3, 13 },
	{ "mounts[0].source", false, 4, 5 },
	{ "mounts[0].destination.x", false, 4, 21 },
	{ "mounts[99999999999999999999]", false, 3, 13 },
	{ "mounts[]", false, 3, 13 },
	{ "mounts[x]", false, 3, 13 },
	{ "mounts[1", false, 3, 13 },
	{ "mounts.x", false, 3, 13 },
	{ "annotations[\"com\"]", false, 7, 18 },
	{ "annotations[\"com.example", false, 7, 18 },
	{ "annotations[\"\\u", false, 7, 18 },
	{ "annotations[0]", false, 7, 18 },
	{ "annotations.", false, 7, 18 },
	{ "MOUNTS", false, 1, 1 },
	{ "mount", false, 1, 1 },
	{ "[0]", false, 1, 1 },
	{ "[", false, 1, 1 },
	{ ".", false, 1, 1 },
};

static void check_places(void)
{
	struct oci_document *document = parse_text(&oci_config_type, text);
	is_str(problems_of(document), "", "the text has no problem");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		unsigned line = 0, column = 0;
		bool there = oci_locate(document, places[i].path, &line, &column);
		if (!ok(there == places[i].there && line == places[i].line && column == places[i].column,
			    "'%s' is %s at %u:%u", places[i].path,
			    places[i].there ? "there" : "not there, its parent stands", places[i].line,
			    places[i].column))
			printf("# found %s at %u:%u\n", there ? "it" : "its parent", line, column);
	}
	oci_free(document);
}

/* Paths in problems and paths for oci_locate() have the same notation. */
static void check_back(void)
{
	struct oci_document *document = parse_text(&oci_config_type,
		"{\n\"ociVersion\": 1,\n \"mounts\": [{\"destination\": \"/\", \"options\": [\"a\", 2]}],\n"
		"\"annotations\": {\"a.b\": 1, \"\\u0061\\n\": 2, \"\xc3\xa9\": 3, \"x\\\"y\\\\\": 4, \"[\": 5,\n"
		"\"0123456789012345678901234567890123456789012345678901234567890123456789\": 6}}");
	is_int((int64_t)oci_problem_count(document), 8, "eight wrong values");
	for (size_t i = 0; i < oci_problem_count(document); i++) {
		const struct oci_problem *problem = oci_problem_at(document, i);
		unsigned line = 0, column = 0;
		bool there = oci_locate(document, problem->path, &line, &column);
		ok(there && line == problem->line && column == problem->column, "%s leads back to %u:%u", problem->path,
			problem->line, problem->column);
	}
	oci_free(document);
}

/* After a syntax error the part before it can still be located. */
static void check_broken(void)
{
	struct oci_document *document = parse_text(&oci_config_type,
		"{\"mounts\": [{\"destination\": \"/\"}, {\"type\": x");
	unsigned line = 0, column = 0;
	is_str(problems_of(document), "1:44: mounts[1].type: syntax error: unexpected character, found 'x'",
		"a broken text");
	ok(oci_locate(document, "mounts[0].destination", &line, &column) && column == 29, "what is there is found");
	ok(!oci_locate(document, "mounts[1].type", &line, &column) && column == 35, "what is broken off is not");
	ok(!oci_locate(document, "mounts[2]", &line, &column) && column == 12, "and what would come behind neither");
	oci_free(document);

	document = parse_text(&oci_config_type, "");
	ok(!oci_locate(document, "mounts", &line, &column) && line == 0 && column == 0, "an empty text has no places");
	oci_free(document);
}

int main(void)
{
	check_places();
	check_back();
	check_broken();
	return done();
}
