/* Reads the tape: from token to path, from path to token, and the text of a string. Paths are made only for problems,
 * so that a document without problems costs no time for them. */
#include "document.h"

#include <stdio.h>
#include <string.h>

/* The longest name whose escapes are replaced in a path. */
enum { PLAIN_MAX = 1024 };

uint32_t tape_next(const struct oci_document *document, uint32_t token)
{
	uint32_t next = document->tape[token].next;
	return next ? next : document->tape_n;
}

const char *tape_string(struct oci_document *document, uint32_t token, size_t *ret_length)
{
	const struct token *string = &document->tape[token];
	const char *bytes = document->text + string->start + 1;
	size_t length = string->end - string->start - 2;
	if (string->escaped) {
		char *copy = arena_string(&document->arena, bytes, length);
		if (!copy)
			return NULL;
		length = text_unescape(bytes, length, copy);
		copy[length] = 0;
		bytes = copy;
	}
	*ret_length = length;
	return bytes;
}

/* True when the escaped string stands for these bytes. Unescapes and compares one character after the other, without a
 * copy. */
static bool escaped_is(const char *escaped, size_t escaped_length, const char *bytes, size_t length)
{
	size_t at = 0;
	for (size_t i = 0; i < escaped_length;) {
		char plain[4];
		size_t n;
		i += text_unescape_one(escaped + i, escaped_length - i, plain, &n);
		if (n > length - at || memcmp(plain, bytes + at, n) != 0)
			return false;
		at += n;
	}
	return at == length;
}

bool tape_string_is(const struct oci_document *document, uint32_t token, const char *bytes, size_t length)
{
	const struct token *string = &document->tape[token];
	const char *inside = document->text + string->start + 1;
	size_t inside_length = string->end - string->start - 2;
	if (string->escaped)
		return escaped_is(inside, inside_length, bytes, length);
	return inside_length == length && memcmp(inside, bytes, length) == 0;
}

static bool is_plain_name(const char *bytes, size_t length)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	for (size_t i = 0; i < length; i++)
		if (!memchr(plain, bytes[i], sizeof(plain) - 1))
			return false;
	return length > 0 && length <= 64;
}

/* Writes ["na.me"], with the name as text_quote() writes it. */
static int path_quoted(const struct oci_document *document, uint32_t name, char *buffer, size_t size)
{
	const struct token *string = &document->tape[name];
	const char *inside = document->text + string->start + 1;
	size_t length = string->end - string->start - 2;
	char plain[PLAIN_MAX], quoted[PLAIN_MAX];
	if (string->escaped && length <= sizeof(plain)) {
		length = text_unescape(inside, length, plain);
		inside = plain;
	}
	text_quote(inside, length, quoted, sizeof(quoted));
	return snprintf(buffer, size, "[%s]", quoted);
}

/* Writes ".name", or the name in brackets and quotes when it is not plain. */
static int path_name(const struct oci_document *document, uint32_t name, bool first, char *buffer, size_t size)
{
	const struct token *string = &document->tape[name];
	const char *inside = document->text + string->start + 1;
	size_t length = string->end - string->start - 2;
	if (is_plain_name(inside, length))
		return snprintf(buffer, size, "%s%.*s", first ? "" : ".", (int)length, inside);
	return path_quoted(document, name, buffer, size);
}

void tape_path(const struct oci_document *document, uint32_t token, char *buffer, size_t size)
{
	size_t used = 0;
	buffer[0] = 0;
	for (uint32_t at = 0; at != token && used < size;) {
		bool object = document->tape[at].kind == TOKEN_OBJECT;
		uint32_t index = 0;
		uint32_t child = at + 1;
		for (;; index++) { /* find the child that is the token or contains it */
			uint32_t value = object ? child + 1 : child;
			uint32_t behind = value < document->tape_n ? tape_next(document, value) : document->tape_n;
			if (token < behind)
				break;
			child = behind;
		}
		if (object && token == child && document->tape[child].bad)
			return;
		int n = object ? path_name(document, child, used == 0, buffer + used, size - used)
			       : snprintf(buffer + used, size - used, "[%u]", index);
		used += (size_t)n;
		at = object && token != child ? child + 1 : object ? token : child;
	}
}

/* The value of the member with this name, or NO_TOKEN. */
static uint32_t find_member(const struct oci_document *document, uint32_t object, const char *name, size_t length)
{
	uint32_t end = tape_next(document, object);
	for (uint32_t key = object + 1; key + 1 < end; key = tape_next(document, key + 1))
		if (!document->tape[key].bad && tape_string_is(document, key, name, length))
			return key + 1;
	return NO_TOKEN;
}

static uint32_t find_item(const struct oci_document *document, uint32_t array, size_t index)
{
	uint32_t end = tape_next(document, array);
	uint32_t item = array + 1;
	while (index > 0 && item < end) {
		item = tape_next(document, item);
		index--;
	}
	return item < end ? item : NO_TOKEN;
}

/* Follows ["name"], in path_quoted()'s notation, at the start of path. Returns its length, 0 when the object does not
 * have it. */
static size_t follow_quoted(const struct oci_document *document, uint32_t object, const char *path, uint32_t *ret_token)
{
	uint32_t end = tape_next(document, object);
	for (uint32_t key = object + 1; key + 1 < end; key = tape_next(document, key + 1)) {
		char quoted[PLAIN_MAX];
		int length = path_quoted(document, key, quoted, sizeof(quoted));
		if (!document->tape[key].bad && strncmp(path, quoted, (size_t)length) == 0) {
			*ret_token = key + 1;
			return (size_t)length;
		}
	}
	return 0;
}

/* Follows [3]. */
static size_t follow_index(const struct oci_document *document, uint32_t array, const char *path, uint32_t *ret_token)
{
	size_t index = 0, at = 1;
	for (; path[at] >= '0' && path[at] <= '9' && at < 10; at++)
		index = index * 10 + (size_t)(path[at] - '0');
	if (at == 1 || path[at] != ']')
		return 0;
	*ret_token = find_item(document, array, index);
	return at + 1;
}

/* Follows a plain name. A name may contain dots ("annotations.com.example"): follows the longest one that the object
 * has. */
static size_t follow_name(const struct oci_document *document, uint32_t object, const char *path, uint32_t *ret_token)
{
	size_t length = 0, longest = 0;
	do {
		length += path[length] == '.' || path[length] == '[';
		length += strcspn(path + length, ".[");
		uint32_t found = find_member(document, object, path, length);
		if (found != NO_TOKEN) {
			*ret_token = found;
			longest = length;
		}
	} while (path[length]);
	return longest;
}

uint32_t tape_find(const struct oci_document *document, const char *path, bool *ret_exact)
{
	*ret_exact = false;
	if (document->tape_n == 0)
		return NO_TOKEN;
	uint32_t at = 0;
	while (*path) {
		enum token_kind kind = document->tape[at].kind;
		uint32_t found = NO_TOKEN;
		size_t length = 0;
		if (*path == '.')
			path++;
		if (kind == TOKEN_ARRAY && path[0] == '[')
			length = follow_index(document, at, path, &found);
		else if (kind == TOKEN_OBJECT && path[0] == '[')
			length = follow_quoted(document, at, path, &found);
		else if (kind == TOKEN_OBJECT)
			length = follow_name(document, at, path, &found);
		if (length == 0 || found == NO_TOKEN)
			return at;
		path += length;
		at = found;
	}
	*ret_exact = true;
	return at;
}

bool tape_is_integer(const struct oci_document *document, uint32_t token)
{
	const struct token *value = &document->tape[token];
	const char *digits = document->text + value->start;
	size_t length = value->end - value->start;
	return !memchr(digits, '.', length) && !memchr(digits, 'e', length) && !memchr(digits, 'E', length);
}
