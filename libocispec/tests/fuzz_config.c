/* The fuzz target: parses any bytes as each type of document. There must be no crash, leak or undefined behaviour. A
 * document without problems must be the same after it is written and read again; each problem can be formatted and
 * located, and further problems can be added. */
#include "ocispec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static char *write_document(const struct oci_type *type, struct oci_document *document, enum oci_write_flags flags,
	size_t *length)
{
	char *text = NULL;
	require(oci_write(type, oci_root(document), flags, &text, length) == 0 && strlen(text) == *length);
	return text;
}

/* Writes, reads and writes again a document without problems. */
static void check_good(const struct oci_type *type, struct oci_document *document)
{
	size_t length, again_length;
	char *text = write_document(type, document, OCI_WRITE_PRETTY, &length);
	struct oci_document *again = oci_parse(type, "again", text, length);
	require(again && oci_problem_count(again) == 0);
	char *again_text = write_document(type, again, OCI_WRITE_PRETTY, &again_length);
	require(length == again_length && memcmp(text, again_text, length) == 0);
	free(again_text);
	free(text);
	oci_free(again);
}

/* Checks that problems are in the order of the text, are formatted as a terminated line, and that their paths lead to a
 * position that is not behind their own. */
static void check_bad(struct oci_document *document)
{
	unsigned last_line = 0, last_column = 0;
	size_t n = oci_problem_count(document);
	require(n <= OCI_MAX_PROBLEMS);
	for (size_t i = 0; i < n; i++) {
		char line[256];
		unsigned found_line, found_column;
		const struct oci_problem *problem = oci_problem_at(document, i);
		require(oci_problem_format(document, i, line, sizeof(line)) > 0 && strlen(line) < sizeof(line));
		require(!strpbrk(line, "\n\033"));
		oci_locate(document, problem->path, &found_line, &found_column);
		if (problem->line == 0)
			continue;
		require(problem->line > last_line || (problem->line == last_line && problem->column >= last_column));
		last_line = problem->line;
		last_column = problem->column;
	}
	char path[256];
	strncpy(path, oci_problem_at(document, n - 1)->path, sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	oci_problem_add(document, path, "added %d", 1);
	require(oci_problem_count(document) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct oci_type *types[] = { &oci_config_type, &oci_process_type, &oci_resources_type, &oci_state_type,
		&oci_container_process_state_type, &oci_features_type, &oci_mount_file_type, &oci_intel_rdt_type };
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct oci_document *document = oci_parse(types[i], "fuzz", (const char *)bytes, size);
		require(document);
		if (oci_problem_count(document) == 0)
			check_good(types[i], document);
		else
			check_bad(document);
		oci_free(document);
	}
	return 0;
}
