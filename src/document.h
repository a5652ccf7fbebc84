/* Documents that libocispec knows: parsed, with what is wrong with them as a struct error. */
#pragma once

#include "base/error.h"

#include "ocispec.h"

#include <stddef.h>

/* Parses a text; name is for messages. NULL with *err when there is anything wrong with it: one line a problem. The log
 * is told of properties that nobody knows. */
struct oci_document *document_parse(const struct oci_type *type, const char *name, const char *text, size_t length,
	struct error *err);

/* The same of a file of ours below the directory dir, of at most max bytes, of which the log is told nothing. */
struct oci_document *document_read(const struct oci_type *type, int dir, const char *name, size_t max,
	struct error *err);

/* As document_parse(), of a file that the caller has named, which may be a pipe. */
struct oci_document *document_read_named(const struct oci_type *type, const char *name, size_t max, struct error *err);

/* Names the properties of a document that nobody knows and that are ignored: to who debugs; those that look like a slip
 * are a warning with what may have been meant. */
void document_tell_unknown(struct oci_document *document, const char *name);

/* Fails when problems were found in the document: *err has a line each, and its object is the place of the first. */
int document_check(const struct oci_document *document, struct error *err);

/* The same where it is known that there are some. Always returns -1. */
int document_report(const struct oci_document *document, struct error *err);
