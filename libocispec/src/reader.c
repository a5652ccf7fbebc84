/* Turns JSON text into a tape of tokens, by yajl. The only file that includes yajl.
 *
 * yajl 2.1 accepts some texts that RFC 8259 forbids, which are refused here: form feed and vertical tab as white space,
 * overlong and other invalid UTF-8, lone surrogates, U+0000. yajl does not check the result of malloc(3), so this file
 * provides its memory, and leaves yajl by longjmp(3) when memory runs out. */
#include "document.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

_Static_assert(OCI_MAX_TEXT / 2 < 1 << 27, "the members of any container can be counted in a token");

enum { PATH_SIZE = 1024 };

struct reader {
	struct oci_document *document;
	yajl_handle yajl;
	struct arena yajl_memory;
	jmp_buf out_of_memory;
	size_t at; /* end of the last token */
	uint32_t open[OCI_MAX_DEPTH];
	unsigned depth;
	bool after_key;
};

/* A block of yajl's memory, with its size for realloc. */
struct block {
	size_t size;
	_Alignas(max_align_t) char bytes[];
};

static void *yajl_malloc(void *context, size_t size)
{
	struct reader *reader = context;
	struct block *block = arena_alloc(&reader->yajl_memory, 1, sizeof(*block) + size);
	if (!block)
		longjmp(reader->out_of_memory, 1);
	block->size = size;
	return block->bytes;
}

static void *yajl_realloc(void *context, void *old, size_t size)
{
	void *bytes = yajl_malloc(context, size);
	if (old) {
		struct block *block = (void *)((char *)old - offsetof(struct block, bytes));
		memcpy(bytes, old, block->size < size ? block->size : size);
	}
	return bytes;
}

/* Frees nothing: arena_free() frees all of yajl's memory. */
static void yajl_free_nothing(void *context, void *bytes)
{
	(void)context;
	(void)bytes;
}

/* Writes the path of the value that the parser has reached. */
static void path_here(const struct reader *reader, char *buffer, size_t size)
{
	const struct oci_document *document = reader->document;
	buffer[0] = 0;
	if (reader->depth == 0)
		return;
	uint32_t container = reader->open[reader->depth - 1];
	tape_path(document, reader->after_key ? document->tape_n - 1 : container, buffer, size);
	size_t used = strlen(buffer);
	if (document->tape[container].kind == TOKEN_ARRAY)
		snprintf(buffer + used, size - used, "[%u]", document->tape[container].n);
}

/* Reports the problem that ends the reading. Returns what makes yajl stop. */
static int stop(struct reader *reader, size_t offset, const char *text)
{
	char path[PATH_SIZE];
	path_here(reader, path, sizeof(path));
	problem_report_at(reader->document, offset, path, "%s", text);
	return 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Skips white space, commas and colons between two tokens; yajl has checked their order. */
static size_t skip_gap(const struct reader *reader, size_t end)
{
	const char *text = reader->document->text;
	size_t at = reader->at;
	while (at < end && (is_space(text[at]) || text[at] == ',' || text[at] == ':'))
		at++;
	return at;
}

/* Refuses anything but JSON's white space behind the document: yajl skips other white space, too. */
static int check_rest(struct reader *reader)
{
	const struct oci_document *document = reader->document;
	size_t at = reader->at;
	while (at < document->length && is_space(document->text[at]))
		at++;
	return at == document->length || stop(reader, at, "trailing data after the document");
}

/* Offset behind the last byte of the text that is not white space. */
static size_t end_of_text(const struct oci_document *document)
{
	size_t end = document->length;
	while (end > 0 && is_space(document->text[end - 1]))
		end--;
	return end;
}

/* Finds the start and the end of the token that yajl has just read. */
static bool find_token(struct reader *reader, size_t *ret_start, size_t *ret_end)
{
	*ret_end = yajl_get_bytes_consumed(reader->yajl);
	*ret_start = skip_gap(reader, *ret_end);
	char first = reader->document->text[*ret_start];
	if (first == '\f' || first == '\v') {
		stop(reader, *ret_start, "syntax error: form feed or vertical tab between values");
		return false;
	}
	reader->at = *ret_end;
	return true;
}

static struct token *tape_add(struct reader *reader)
{
	struct oci_document *document = reader->document;
	if (document->tape_n == document->tape_room) {
		uint32_t room = document->tape_room * 2;
		struct token *tape = realloc(document->tape, room * sizeof(*tape));
		if (!tape)
			longjmp(reader->out_of_memory, 1);
		document->tape = tape;
		document->tape_room = room;
	}
	return &document->tape[document->tape_n++];
}

/* Puts a value on the tape, and counts it as an item when it is in an array. */
static struct token *add_value(struct reader *reader, enum token_kind kind)
{
	size_t start, end;
	if (!find_token(reader, &start, &end))
		return NULL;
	struct token *token = tape_add(reader);
	*token = (struct token){ .start = (uint32_t)start,
		.end = (uint32_t)end,
		.next = reader->document->tape_n,
		.kind = kind };
	if (reader->depth > 0 && !reader->after_key)
		reader->document->tape[reader->open[reader->depth - 1]].n++;
	reader->after_key = false;
	return token;
}

static int on_null(void *context)
{
	return add_value(context, TOKEN_NULL) != NULL;
}

static int on_boolean(void *context, int value)
{
	(void)value;
	return add_value(context, TOKEN_BOOL) != NULL;
}

static int on_number(void *context, const char *text, size_t length)
{
	(void)text;
	(void)length;
	return add_value(context, TOKEN_NUMBER) != NULL;
}

/* Checks the bytes of a string. length is that of yajl's unescaped copy; each escape makes that shorter. */
static void check_string(struct oci_document *document, struct token *token, size_t length)
{
	size_t inside_length = token->end - token->start - 2;
	token->escaped = inside_length != length;
	enum text_fault fault = text_check(document->text + token->start + 1, inside_length);
	if (fault == TEXT_OK)
		return;
	token->bad = true;
	problem_report(document, (uint32_t)(token - document->tape), NULL, "%s",
		fault == TEXT_NUL ? "NUL in a string" : "invalid UTF-8");
}

static int on_string(void *context, const unsigned char *bytes, size_t length)
{
	(void)bytes;
	struct reader *reader = context;
	struct token *token = add_value(reader, TOKEN_STRING);
	if (token)
		check_string(reader->document, token, length);
	return token != NULL;
}

static int on_key(void *context, const unsigned char *bytes, size_t length)
{
	(void)bytes;
	struct reader *reader = context;
	size_t start, end;
	if (!find_token(reader, &start, &end))
		return 0;
	struct token *token = tape_add(reader);
	*token = (struct token){ .start = (uint32_t)start,
		.end = (uint32_t)end,
		.next = reader->document->tape_n,
		.kind = TOKEN_STRING };
	reader->document->tape[reader->open[reader->depth - 1]].n++;
	reader->after_key = true;
	check_string(reader->document, token, length);
	return 1;
}

static int start_container(struct reader *reader, enum token_kind kind)
{
	if (reader->depth == OCI_MAX_DEPTH) {
		size_t start, end;
		if (find_token(reader, &start, &end))
			stop(reader, start, "nested deeper than 64");
		return 0;
	}
	struct token *token = add_value(reader, kind);
	if (!token)
		return 0;
	token->end = token->next = 0;
	reader->open[reader->depth++] = (uint32_t)(token - reader->document->tape);
	return 1;
}

static int end_container(struct reader *reader)
{
	size_t start, end;
	if (!find_token(reader, &start, &end))
		return 0;
	struct token *token = &reader->document->tape[reader->open[--reader->depth]];
	token->end = (uint32_t)end;
	token->next = reader->document->tape_n;
	return 1;
}

static int on_start_map(void *context)
{
	return start_container(context, TOKEN_OBJECT);
}

static int on_start_array(void *context)
{
	return start_container(context, TOKEN_ARRAY);
}

static int on_end(void *context)
{
	return end_container(context);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end,
};

/* Parts of yajl's error messages, and the messages of this library. */
static const struct syntax_error {
	const char *said;
	const char *meant;
	bool in_string; /* the position is that of the byte, not of the start of the token */
} syntax_errors[] = {
	{ "occurs before a character", "invalid escape in a string", true },
	{ "non-hex", "invalid escape in a string", true },
	{ "invalid character inside", "control character in a string", true },
	{ "invalid string in json", "unknown word", false },
	{ "malformed number", "malformed number", false },
	{ "probable comment", "JSON has no comments", false },
	{ "object key (must", "expected a member name in quotes", false },
	{ "separated by a colon", "expected ':'", false },
	{ "inside map, I expect", "expected ',' or '}'", false },
	{ "after array element", "expected ',' or ']'", false },
	{ "unallowed token", "expected a value", false },
	{ "invalid char in json", "unexpected character", false },
};

static const struct syntax_error *find_syntax_error(const char *said)
{
	static const struct syntax_error other = { "", "unexpected character", false };
	for (size_t i = 0; i < sizeof(syntax_errors) / sizeof(syntax_errors[0]); i++)
		if (strstr(said, syntax_errors[i].said))
			return &syntax_errors[i];
	return &other;
}

/* Reports why yajl stopped. */
static void report_syntax(struct reader *reader)
{
	const struct oci_document *document = reader->document;
	if (document->tape_n > 0 && reader->depth == 0) {
		check_rest(reader);
		return;
	}
	const char *said = (const char *)yajl_get_error(reader->yajl, 0, NULL, 0);
	const struct syntax_error *error = find_syntax_error(said);

	/* yajl's grammar stops behind the wrong token, its lexer at or behind the wrong byte. skip_gap() must not skip
	 * the wrong token, which may be a comma or a colon. */
	size_t consumed = yajl_get_bytes_consumed(reader->yajl);
	size_t last = consumed > reader->at && !strstr(said, "lexical") ? consumed - 1 : consumed;
	size_t start = skip_gap(reader, last);
	bool string = start < document->length && document->text[start] == '"';
	/* yajl stopped at the '
' that was added */
	if (last >= document->length && (string || start >= document->length)) {
		stop(reader, string ? start : end_of_text(document),
			string ? "syntax error: string without an end"
			       : "syntax error: unexpected end of the document");
		return;
	}

	size_t offset = error->in_string ? last : start;
	char found = document->text[offset];
	char text[128];
	if (error->in_string && found == 0)
		snprintf(text, sizeof(text), "NUL in a string");
	else if (error->in_string || found <= ' ' || found > '~')
		snprintf(text, sizeof(text), "syntax error: %s", error->meant);
	else
		snprintf(text, sizeof(text), "syntax error: %s, found '%c'", error->meant, found);
	stop(reader, offset, text);
}

/* Refuses a byte order mark and an empty text, before yajl reads it. Returns false after a refusal. */
static bool look_at_text(struct reader *reader)
{
	const struct oci_document *document = reader->document;
	if (document->length >= 3 && memcmp(document->text, "\xef\xbb\xbf", 3) == 0)
		return stop(reader, 0, "syntax error: byte order mark");
	if (end_of_text(document) == 0)
		return stop(reader, 0, "document is empty");
	return true;
}

static int read_text(struct reader *reader)
{
	struct oci_document *document = reader->document;
	if (!look_at_text(reader))
		return 1;

	yajl_alloc_funcs memory = { .malloc = yajl_malloc,
		.realloc = yajl_realloc,
		.free = yajl_free_nothing,
		.ctx = reader };
	reader->yajl = yajl_alloc(&callbacks, &memory, reader);
	yajl_config(reader->yajl, yajl_dont_validate_strings, 1); /* check_string() validates them, more strictly */

	yajl_status status = yajl_parse(reader->yajl, (const unsigned char *)document->text, document->length + 1);
	if (status == yajl_status_client_canceled)
		return 1;
	if (status == yajl_status_ok && reader->depth == 0)
		return check_rest(reader) ? 0 : 1;
	report_syntax(reader);
	return 1;
}

/* Reads the text; a failed allocation of yajl's returns here. */
static int read_guarded(struct reader *reader)
{
	if (setjmp(reader->out_of_memory) != 0)
		return -1;
	return read_text(reader);
}

int reader_read(struct oci_document *document)
{
	struct reader reader = { .document = document };
	document->tape_room = (uint32_t)(document->length / 8 + 16);
	document->tape = malloc(document->tape_room * sizeof(*document->tape));
	if (!document->tape)
		return -1;
	int result = read_guarded(&reader);
	arena_free(&reader.yajl_memory);
	return result;
}
