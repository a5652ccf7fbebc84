/* Making and freeing a document. */
#include "document.h"

#include <stdlib.h>
#include <string.h>

static struct oci_document *document_new(const struct oci_type *type, const char *name, const char *text, size_t length)
{
	struct oci_document *document = calloc(1, sizeof(*document));
	if (!document)
		return NULL;
	document->type = type;
	document->name = arena_string(&document->arena, name, strlen(name));
	document->root = arena_alloc(&document->arena, 1, type->size);
	document->text = malloc(length + 1);
	if (!document->name || !document->root || !document->text) {
		oci_free(document);
		return NULL;
	}
	if (length > 0)
		memcpy(document->text, text, length);
	document->text[length] = '\n';
	document->length = length;
	return document;
}

/* Reads, checks and binds the text (see document.h). Returns -1 when memory ran out. */
static int parse(struct oci_document *document)
{
	int stopped = reader_read(document);
	if (stopped == 0 && (check_duplicates(document) < 0 || bind_root(document, document->root) < 0))
		return -1;
	problem_locate_all(document);
	return stopped < 0 ? -1 : 0;
}

struct oci_document *oci_parse(const struct oci_type *type, const char *name, const char *text, size_t length)
{
	bool too_long = length > OCI_MAX_TEXT;
	struct oci_document *document = document_new(type, name, text, too_long ? 0 : length);
	if (!document)
		return NULL;
	if (too_long) {
		oci_problem_add(document, "", "longer than %d bytes", OCI_MAX_TEXT);
		return document;
	}
	if (parse(document) < 0) {
		oci_free(document);
		return NULL;
	}
	return document;
}

void *oci_root(struct oci_document *document)
{
	return document->root;
}

void *oci_alloc(struct oci_document *document, size_t size)
{
	return arena_alloc(&document->arena, 1, size);
}

void oci_free(struct oci_document *document)
{
	if (!document)
		return;
	arena_free(&document->arena);
	free(document->tape);
	free(document->text);
	free(document);
}
