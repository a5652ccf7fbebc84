/* The list of problems of a document. It is sorted by the position in the text, not by the order in which problems are
 * found. When there are more than OCI_MAX_PROBLEMS, the first ones in the text are kept. Reporting cannot fail: without
 * memory a problem has no text, but is still counted, because a caller that counts 0 problems goes on. */
#include "document.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 1024, TEXT_SIZE = 1024, COLUMN_MAX = 500 };

/* The offset of a problem without a position: sorts behind all others. */
#define NOWHERE SIZE_MAX

/* Replaces control characters: messages go to terminals and logs, one line each. U+0080 to U+009F are two bytes in
 * UTF-8. */
static void make_printable(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
			c[0] = c[1] = '?';
		else if (*c < 0x20 || *c == 0x7f)
			*c = '?';
	}
}

/* Removes an incomplete character at the end of a text that was cut at the size of its buffer. */
static void end_whole(char *text)
{
	size_t length = strlen(text), last = length;
	while (last > 0 && length - last < 4 && ((unsigned char)text[last - 1] & 0xc0) == 0x80)
		last--;
	if (last > 0 && (unsigned char)text[last - 1] >= 0xc0 && text_utf8(text + last - 1, length - last + 1) == 0)
		text[last - 1] = '\0';
}

static const char *keep(struct oci_document *document, char *text)
{
	end_whole(text);
	make_printable(text);
	const char *copy = arena_string(&document->arena, text, strlen(text));
	return copy ? copy : "out of memory";
}

/* The index for a problem at offset, behind those at the same offset; OCI_MAX_PROBLEMS when the list is full of earlier
 * ones. */
static size_t index_for(const struct oci_document *document, size_t offset)
{
	size_t index = document->problem_n;
	while (index > 0 && document->offsets[index - 1] > offset)
		index--;
	if (index >= OCI_MAX_PROBLEMS - 1)
		return OCI_MAX_PROBLEMS;
	return index;
}

static void insert(struct oci_document *document, size_t index, size_t offset, struct oci_problem problem)
{
	if (index >= OCI_MAX_PROBLEMS || document->problem_n == OCI_MAX_PROBLEMS - 1) {
		/* The list is full: from now on the last entry says that there are more. */
		document->problems[OCI_MAX_PROBLEMS - 1] = (struct oci_problem){ .path = "",
			.text = "too many problems: the rest is not shown" };
		document->offsets[OCI_MAX_PROBLEMS - 1] = NOWHERE;
		document->problem_n = OCI_MAX_PROBLEMS;
	}
	if (index >= OCI_MAX_PROBLEMS)
		return;
	size_t kept = document->problem_n == OCI_MAX_PROBLEMS ? OCI_MAX_PROBLEMS - 2 : document->problem_n++;
	size_t moved = kept - index;
	memmove(&document->problems[index + 1], &document->problems[index], moved * sizeof(problem));
	memmove(&document->offsets[index + 1], &document->offsets[index], moved * sizeof(offset));
	document->problems[index] = problem;
	document->offsets[index] = offset;
}

__attribute__((format(printf, 4, 0))) static void report(struct oci_document *document, size_t offset, const char *path,
	const char *format, va_list arguments)
{
	size_t index = index_for(document, offset);
	struct oci_problem problem = { .path = "", .text = "" };
	if (index < OCI_MAX_PROBLEMS) {
		char text[TEXT_SIZE], path_copy[PATH_SIZE];
		vsnprintf(text, sizeof(text), format, arguments);
		snprintf(path_copy, sizeof(path_copy), "%s", path);
		problem = (struct oci_problem){ .path = keep(document, path_copy), .text = keep(document, text) };
	}
	insert(document, index, offset, problem);
}

void problem_report_at(struct oci_document *document, size_t offset, const char *path, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	report(document, offset, path, format, arguments);
	va_end(arguments);
}

void problem_report(struct oci_document *document, uint32_t token, const char *member, const char *format, ...)
{
	size_t offset = document->tape[token].start;
	char path[PATH_SIZE] = "";
	if (index_for(document, offset) < OCI_MAX_PROBLEMS) { /* otherwise the problem is not kept */
		tape_path(document, token, path, sizeof(path));
		size_t used = strlen(path);
		if (member)
			snprintf(path + used, sizeof(path) - used, "%s%s", used ? "." : "", member);
	}
	va_list arguments;
	va_start(arguments, format);
	report(document, offset, path, format, arguments);
	va_end(arguments);
}

void problem_locate_all(struct oci_document *document)
{
	size_t offset = 0;
	unsigned line = 1, column = 1;
	for (size_t i = 0; i < document->problem_n && document->offsets[i] != NOWHERE; i++) {
		text_position(document->text, offset, document->offsets[i], &line, &column);
		offset = document->offsets[i];
		document->problems[i].line = line;
		document->problems[i].column = column;
	}
}

size_t oci_problem_count(const struct oci_document *document)
{
	return document->problem_n;
}

const struct oci_problem *oci_problem_at(const struct oci_document *document, size_t index)
{
	return index < document->problem_n ? &document->problems[index] : NULL;
}

bool oci_locate(const struct oci_document *document, const char *path, unsigned *ret_line, unsigned *ret_column)
{
	bool exact;
	uint32_t token = tape_find(document, path, &exact);
	unsigned line = 0, column = 0;
	if (token != NO_TOKEN) {
		line = column = 1;
		text_position(document->text, 0, document->tape[token].start, &line, &column);
	}
	*ret_line = line;
	*ret_column = column;
	return exact;
}

void oci_problem_add(struct oci_document *document, const char *path, const char *format, ...)
{
	if (document->problem_n == OCI_MAX_PROBLEMS) /* limits the time: finding a position takes time */
		return;
	bool exact;
	uint32_t token = tape_find(document, path, &exact);
	va_list arguments;
	va_start(arguments, format);
	report(document, token == NO_TOKEN ? NOWHERE : document->tape[token].start, path, format, arguments);
	va_end(arguments);
	problem_locate_all(document);
}

int oci_problem_format(const struct oci_document *document, size_t index, char *buffer, size_t size)
{
	const struct oci_problem *problem = oci_problem_at(document, index);
	if (!problem)
		return snprintf(buffer, size, "%s: no problem", document->name);
	char position[32] = "";
	/* A column beyond COLUMN_MAX, as in a text that a program wrote as a single line, helps no reader; the path
	 * tells the position. */
	bool countable = problem->column <= COLUMN_MAX || !*problem->path;
	if (problem->line > 0 && countable)
		snprintf(position, sizeof(position), ":%u:%u", problem->line, problem->column);
	int length = snprintf(buffer, size, "%s%s: %s%s%s", document->name, position, problem->path,
		*problem->path ? ": " : "", problem->text);
	if (size > 0)
		make_printable(buffer); /* the name is a path that the user chose */
	return length;
}

/* The name of a value's type in messages. */
static const char *token_name(const struct oci_document *document, uint32_t token)
{
	static const char *const names[] = {
		[TOKEN_NULL] = "null",
		[TOKEN_BOOL] = "boolean",
		[TOKEN_NUMBER] = "number",
		[TOKEN_STRING] = "string",
		[TOKEN_ARRAY] = "array",
		[TOKEN_OBJECT] = "object",
	};
	const struct token *value = &document->tape[token];
	if (value->kind == TOKEN_NUMBER && tape_is_integer(document, token))
		return "integer";
	return names[value->kind];
}

bool expect_kind(struct oci_document *document, uint32_t token, enum token_kind kind, const char *expected)
{
	if (document->tape[token].kind == kind)
		return !document->tape[token].bad;
	problem_report(document, token, NULL, "expected %s, found %s", expected, token_name(document, token));
	return false;
}
