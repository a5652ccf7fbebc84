/* What gvariant.c, which reads values of all types, uses of gvariant_basic.c: the place in the text, and values of
 * basic types. Functions that return a pointer return NULL when they fail, with parser->problem set unless memory ran
 * out. */
#pragma once

#include "ocispec.h"

#include <stdbool.h>
#include <stddef.h>

enum gvariant_kind { GVARIANT_BASIC, GVARIANT_BYTES, GVARIANT_LIST, GVARIANT_VARIANT };

struct gvariant_node {
	enum gvariant_kind kind;
	size_t at;           /* in the text */
	const char *pattern; /* of its type, as plan_type_unify() has it */
	char *text; /* GVARIANT_BASIC, _BYTES: the value, without escapes; _VARIANT: the type of what is in it */
	struct gvariant_node *first; /* _LIST, _VARIANT: what is in it */
	struct gvariant_node *next;  /* in the same node */
};

struct gvariant_parser {
	struct oci_document *document;
	const char *text;
	size_t at;
	unsigned int nested;      /* the values around the present one */
	size_t word_room;         /* at least the number of words that the nodes become */
	struct oci_strings words; /* those that have been made */
	const char *problem;
};

/* ---- the place in the text ---- */

/* What is found at that place, for a message. */
const char *gvariant_found(struct gvariant_parser *parser, size_t at);

/* Sets the problem, "at byte 7: " and the text. Returns NULL. */
void *gvariant_refuse(struct gvariant_parser *parser, size_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

void gvariant_skip_space(struct gvariant_parser *parser);

/* Passes over white space, and then over a character if it is this one. */
bool gvariant_take(struct gvariant_parser *parser, char c);

/* The same; any other character is a problem, which says what is wanted. */
bool gvariant_expect(struct gvariant_parser *parser, char c, const char *wanted);

/* Copies the next bytes, and passes over them. */
char *gvariant_copy(struct gvariant_parser *parser, size_t size);

/* ---- values ---- */

struct gvariant_node *gvariant_node(struct gvariant_parser *parser, enum gvariant_kind kind, size_t at,
	const char *pattern);

/* Reads a number. */
struct gvariant_node *gvariant_number(struct gvariant_parser *parser);

/* Reads a text, or a byte string behind its "b", whose node begins at that place. */
struct gvariant_node *gvariant_quoted(struct gvariant_parser *parser, enum gvariant_kind kind, size_t at);

/* The word of a GVARIANT_BASIC of that type. */
char *gvariant_basic_word(struct gvariant_parser *parser, const struct gvariant_node *node, char type);
