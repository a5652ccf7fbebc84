/* What the test programs share: parse a literal, and all problems of a document as one string. */
#pragma once

#include "ocispec.h"
#include "tap.h"

#include <stdlib.h>

static inline struct oci_document *parse_text(const struct oci_type *type, const char *text)
{
	struct oci_document *document = oci_parse(type, "t", text, strlen(text));
	if (!document)
		abort(); /* memory ran out, which these tests do not expect */
	return document;
}

/* "1:2: path: text" for each problem, joined by " | "; "" when there is none. The name "t" in front is left out. */
static inline const char *problems_of(const struct oci_document *document)
{
	static char joined[16384];
	size_t used = 0;
	joined[0] = 0;
	for (size_t i = 0; i < oci_problem_count(document) && used < sizeof(joined); i++) {
		char line[1024];
		oci_problem_format(document, i, line, sizeof(line));
		const char *shown = line[1] == ':' && line[2] != ' ' ? line + 2 : line;
		used += (size_t)snprintf(joined + used, sizeof(joined) - used, "%s%s", i ? " | " : "", shown);
	}
	return joined;
}

/* Parses text and compares its problems; expected is "" for none. */
static inline bool has_problems(const struct oci_type *type, const char *text, const char *expected, const char *what)
{
	struct oci_document *document = parse_text(type, text);
	bool same = is_str(problems_of(document), expected, what);
	oci_free(document);
	return same;
}
