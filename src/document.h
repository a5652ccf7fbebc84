/* Parses documents that libocispec knows, with their problems as a struct error. */
#pragma once

#include "base/error.h"

#include "ocispec.h"

#include <stddef.h>

/* Parses a text; name is for messages. Returns NULL with *err, which has a line for each problem, when there are any.
 * Unknown properties are logged. */
struct oci_document *document_parse(const struct oci_type *type, const char *name, const char *text, size_t length,
	struct error *err);

/* document_parse() for a file of tare's own below the directory dir, of at most max bytes. Unknown properties are not
 * logged. */
struct oci_document *document_read(const struct oci_type *type, int dir, const char *name, size_t max,
	struct error *err);

/* document_parse() for a file that the user has named, which may be a pipe. */
struct oci_document *document_read_named(const struct oci_type *type, const char *name, size_t max, struct error *err);

/* Logs the unknown properties of a document, which are ignored: at the debug level, or as a warning when a property
 * looks like a misspelled one, with the property that may be meant. */
void document_tell_unknown(struct oci_document *document, const char *name);

/* Fails when problems were found in the document: *err has a line each, and its object is the place of the first. */
int document_check(const struct oci_document *document, struct error *err);

/* document_check() for a document that has problems. Always returns -1. */
int document_report(const struct oci_document *document, struct error *err);
