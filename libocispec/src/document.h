/* The types and functions that the files of the engine share: the arena, the tape that the reader fills, and the
 * document that owns both.
 *
 * A text is processed in three steps: reader.c turns it into a tape of tokens, check.c looks for duplicate names,
 * bind.c fills structs from the tokens by the rows. Each reports to problem.c, which keeps the problems. Nothing here
 * is part of the public interface. */
#pragma once

#include "ocispec.h"

#include <stdarg.h>

/* arena.c: memory in chunks, zeroed, freed all at once. */
struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* the current chunk is the first */
	size_t chunk_size;          /* the size of the next ordinary chunk */
};

/* n * size zeroed bytes, aligned for any type, or NULL without memory. For 0 bytes, too, returns a valid pointer. */
void *arena_alloc(struct arena *arena, size_t n, size_t size);

/* A terminated copy, or NULL. */
char *arena_string(struct arena *arena, const char *bytes, size_t length);

void arena_free(struct arena *arena);

/* The tape: all values and member names in the order of the text. The token of an array is followed by its values, that
 * of an object by name, value, name, value and so on. Both are called containers. */
enum token_kind {
	TOKEN_NULL,
	TOKEN_BOOL,
	TOKEN_NUMBER,
	TOKEN_STRING,
	TOKEN_ARRAY,
	TOKEN_OBJECT,
};

struct token {
	uint32_t start; /* offset in the text */
	/* offset of the first byte behind the token; 0 for a container that the text does not close */
	uint32_t end;
	uint32_t next;        /* index of the first token behind the token and its contents; 0 as above */
	uint32_t kind : 3;    /* enum token_kind */
	uint32_t escaped : 1; /* a string with a backslash */
	uint32_t bad : 1;     /* a string with a problem that was reported: it is ignored */
	uint32_t n : 27;      /* items of an array, members of an object */
};

#define NO_TOKEN UINT32_MAX

/* A member that no row of its type knows. */
struct unknown {
	const struct oci_type *type;
	uint32_t key;
};

struct oci_document {
	const struct oci_type *type;
	char *name;
	char *text;    /* a copy with one '\n' added, so that every token ends before the end */
	size_t length; /* without that '\n' */
	struct token *tape;
	uint32_t tape_n;
	uint32_t tape_room;
	struct arena arena;
	void *root;
	size_t problem_n; /* sorted by their offsets; see problem.c */
	struct oci_problem problems[OCI_MAX_PROBLEMS];
	size_t offsets[OCI_MAX_PROBLEMS];
	size_t unknown_n;
	struct unknown unknown[OCI_MAX_UNKNOWN];
};

/* reader.c: fills the tape. Returns 0, 1 when the text has a problem that stops the reading (it is reported), or -1
 * when memory ran out. */
int reader_read(struct oci_document *document);

/* tape.c: walking the tape. */

/* The first token behind token and its contents; the end of the tape when the text does not close the container. */
uint32_t tape_next(const struct oci_document *document, uint32_t token);

/* The bytes of a string that is not bad, unescaped: in the text where that is possible, else in the arena. NULL when
 * memory ran out. */
const char *tape_string(struct oci_document *document, uint32_t token, size_t *ret_length);

/* True when a string that is not bad has these bytes. */
bool tape_string_is(const struct oci_document *document, uint32_t token, const char *bytes, size_t length);

/* Writes the path of a value or member name into buffer, cut at its size. For a name that is bad, writes the path of
 * the object. */
void tape_path(const struct oci_document *document, uint32_t token, char *buffer, size_t size);

/* The value at path, or its nearest parent; NO_TOKEN when the tape is empty. */
uint32_t tape_find(const struct oci_document *document, const char *path, bool *ret_exact);

/* True when a number is written as an integer, without fraction and exponent. 1.0 is not an integer. */
bool tape_is_integer(const struct oci_document *document, uint32_t token);

/* check.c: checks that rows and types cannot express. */

/* Reports each name that an object has twice, anywhere on the tape. Returns -1 when memory ran out. */
int check_duplicates(struct oci_document *document);

/* The formats of strings; each function is the check of a row. */
bool check_cpu_list(const char *text);
bool check_rlimit_type(const char *text);
bool check_capability(const char *text);
bool check_page_size(const char *text);
bool check_memory_bandwidth(const char *text);
bool check_one_line(const char *text);
bool check_device_rule_type(const char *text);
bool check_device_access(const char *text);
bool check_nothing(const char *text);

/* True when the text is the value of the type's only row, not an object with members. */
static inline bool type_is_bare(const struct oci_type *type)
{
	return type->n == 1 && type->rows[0].name_length == 0;
}

/* bind.c: fills base, a struct of the type, from the tape. Returns -1 when memory ran out. */
int bind_root(struct oci_document *document, void *base);

/* unknown.c: remembers a member that no row of the type knows; key is the token of its name. */
void unknown_add(struct oci_document *document, const struct oci_type *type, uint32_t key);

/* text.c: bytes, strings and positions. */
enum text_fault {
	TEXT_OK,
	TEXT_NUL,
	TEXT_NOT_UTF8,
};

/* Length of the UTF-8 sequence that bytes begin with, 0 when they do not begin with a valid one. */
size_t text_utf8(const char *bytes, size_t length);

/* Checks the bytes between the quotes of a JSON string whose escapes are known to be well formed. */
enum text_fault text_check(const char *bytes, size_t length);

/* Decodes the first character of such a string, or a single byte of one that is not escaped: at most 4 bytes. Returns
 * how many were used up. */
size_t text_unescape_one(const char *bytes, size_t length, char *ret_bytes, size_t *ret_n);

/* Replaces the escapes in such a string; ret_bytes needs room for length bytes. Returns the new length. */
size_t text_unescape(const char *bytes, size_t length, char *ret_bytes);

/* Writes bytes in quotes, without control characters, shortened when long. Returns what snprintf(3) would. */
int text_quote(const char *bytes, size_t length, char *buffer, size_t size);

/* Advances a position (line and column, both from 1) from offset from to offset to of the text, from <= to. */
void text_position(const char *text, size_t from, size_t to, unsigned *line, unsigned *column);

/* problem.c */

/* True when a value is of this kind and not bad; reports "expected ..., found ..." when it is of another kind. */
bool expect_kind(struct oci_document *document, uint32_t token, enum token_kind kind, const char *expected);

/* Reports a problem of a token. The path is that of the token, followed by member unless that is NULL. */
void problem_report(struct oci_document *document, uint32_t token, const char *member, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Reports a problem at an offset of the text, with this path. */
void problem_report_at(struct oci_document *document, size_t offset, const char *path, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Works out line and column of all problems. */
void problem_locate_all(struct oci_document *document);
