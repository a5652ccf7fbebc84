/* Reads and parses documents that libocispec knows, and reports their problems. Runs on the host; changes nothing. */
#include "document.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { PROBLEM_LINE_MAX = 1024 };

int document_report(const struct oci_document *document, struct error *err)
{
	cleanup_text struct text text = { 0 };
	size_t n = oci_problem_count(document);

	for (size_t i = 0; i < n; i++) {
		char problem[PROBLEM_LINE_MAX];
		char line[PROBLEM_LINE_MAX];

		oci_problem_format(document, i, problem, sizeof(problem));
		/* The name of the document may have any bytes. */
		printable_copy(line, sizeof(line), problem);
		if (text.n + strlen(line) > ERROR_TEXT_MAX - 64) {
			text_add(&text, "\nand %zu more", n - i);
			break;
		}
		text_add(&text, "%s%s", i ? "\n" : "", line);
	}
	error_set_lines(err, text.s ? text.s : "the configuration has problems");
	return error_tag(err, ERROR_CONFIG_INVALID, "%s", n > 0 ? oci_problem_at(document, 0)->path : "");
}

int document_check(const struct oci_document *document, struct error *err)
{
	return oci_problem_count(document) > 0 ? document_report(document, err) : 0;
}

void document_tell_unknown(struct oci_document *document, const char *name)
{
	struct oci_unknown unknown;
	size_t i = 0;

	for (; oci_unknown_at(document, i, &unknown); i++) {
		if (unknown.meant)
			log_message(LOG_LEVEL_WARNING, "%s: %s: ignoring the unknown property: did you mean \"%s\"?",
				name, unknown.path, unknown.meant);
		else
			log_message(LOG_LEVEL_DEBUG, "%s: %s: ignoring the unknown property", name, unknown.path);
	}
	if (i == OCI_MAX_UNKNOWN)
		log_message(LOG_LEVEL_DEBUG, "%s: there may be more unknown properties", name);
}

static struct oci_document *parse(const struct oci_type *type, const char *name, const char *text, size_t length,
	bool tells, struct error *err)
{
	struct oci_document *document = oci_parse(type, name, text, length);

	if (!document) {
		error_set(err, ENOMEM, "cannot parse '%s'", name);
		return NULL;
	}
	/* Also when there are problems: a missing member may be present under a misspelled name. */
	if (tells)
		document_tell_unknown(document, name);
	if (document_check(document, err) == 0)
		return document;
	oci_free(document);
	return NULL;
}

struct oci_document *document_parse(const struct oci_type *type, const char *name, const char *text, size_t length,
	struct error *err)
{
	return parse(type, name, text, length, true, err);
}

struct oci_document *document_read_named(const struct oci_type *type, const char *name, size_t max, struct error *err)
{
	cleanup_free char *text = NULL;
	size_t length;

	if (file_read_named(AT_FDCWD, name, max, &text, &length, err) < 0)
		return NULL;
	return parse(type, name, text, length, true, err);
}

struct oci_document *document_read(const struct oci_type *type, int dir, const char *name, size_t max,
	struct error *err)
{
	cleanup_free char *text = NULL;
	size_t length;

	if (file_read(dir, name, max, &text, &length, err) < 0)
		return NULL;
	return parse(type, name, text, length, false, err);
}
