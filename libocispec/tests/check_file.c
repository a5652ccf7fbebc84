/* Parses files as a document and prints their problems, one a line: check_file config|state|features FILE... Exits with
 * 1 when there are any. Also a small example of using the library. */
#include "ocispec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns the number of problems. */
static size_t check_text(const struct oci_type *type, const char *name, const char *text, size_t length)
{
	struct oci_document *document = oci_parse(type, name, text, length);
	if (!document) {
		printf("%s: out of memory\n", name);
		return 1;
	}
	size_t n = oci_problem_count(document);
	for (size_t i = 0; i < n; i++) {
		char line[4096];
		oci_problem_format(document, i, line, sizeof(line));
		puts(line);
	}
	oci_free(document);
	return n;
}

static size_t check_file(const struct oci_type *type, const char *name)
{
	static char text[OCI_MAX_TEXT + 1];
	FILE *file = fopen(name, "re");
	if (!file) {
		printf("%s: %s\n", name, strerror(errno));
		return 1;
	}
	size_t length = fread(text, 1, sizeof(text), file);
	fclose(file);
	return check_text(type, name, text, length);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		const struct oci_type *type;
	} types[] = {
		{ "config", &oci_config_type },
		{ "state", &oci_state_type },
		{ "features", &oci_features_type },
	};
	const struct oci_type *type = NULL;
	for (size_t i = 0; argc > 2 && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(argv[1], types[i].name) == 0)
			type = types[i].type;
	if (!type) {
		fprintf(stderr, "usage: %s config|state|features FILE...\n", argv[0]);
		return 2;
	}
	size_t problems = 0;
	for (int i = 2; i < argc; i++)
		problems += check_file(type, argv[i]);
	return problems > 0;
}
