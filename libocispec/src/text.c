/* Bytes of a JSON text: checks UTF-8, replaces escapes, makes a foreign string visible in a message, and finds the line
 * of an offset. Pure functions without allocations. */
#include "document.h"

#include <stdio.h>
#include <string.h>

/* The longest part of a string that a message shows. */
enum { QUOTE_MAX = 64 };

size_t text_utf8(const char *bytes, size_t length)
{
	const unsigned char *at = (const unsigned char *)bytes;
	if (length == 0)
		return 0;
	if (at[0] < 0x80)
		return 1;

	/* The limits of the second byte exclude overlong forms, surrogates and characters above U+10FFFF. */
	size_t size = at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;
	if (size == 0 || size > length)
		return 0;
	unsigned low = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : 0x80;
	unsigned high = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : 0xbf;
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

static unsigned hex4(const char *digits)
{
	unsigned value = 0;
	for (int i = 0; i < 4; i++) {
		unsigned c = (unsigned char)digits[i];
		value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return value;
}

static bool is_high_surrogate(unsigned code)
{
	return code >= 0xd800 && code <= 0xdbff;
}

static bool is_low_surrogate(unsigned code)
{
	return code >= 0xdc00 && code <= 0xdfff;
}

/* Reads the \u escape at bytes, or two of them for a surrogate pair. Returns the number of bytes read. *ret_code of a
 * lone surrogate is the surrogate. */
static size_t unicode_escape(const char *bytes, size_t length, unsigned *ret_code)
{
	unsigned code = hex4(bytes + 2);
	if (is_high_surrogate(code) && length >= 12 && bytes[6] == '\\' && bytes[7] == 'u') {
		unsigned low = hex4(bytes + 8);
		if (is_low_surrogate(low)) {
			*ret_code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
			return 12;
		}
	}
	*ret_code = code;
	return 6;
}

enum text_fault text_check(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint64_t word;
		if (length - i >= sizeof(word)) { /* eight plain characters at once */
			memcpy(&word, bytes + i, sizeof(word));
			uint64_t backslashes = word ^ 0x5c5c5c5c5c5c5c5c;
			bool escape = ((backslashes - 0x0101010101010101) & ~backslashes & 0x8080808080808080) != 0;
			if (!escape && (word & 0x8080808080808080) == 0) {
				i += sizeof(word);
				continue;
			}
		}
		if (bytes[i] == '\\') {
			unsigned code = 1;
			i += bytes[i + 1] == 'u' ? unicode_escape(bytes + i, length - i, &code) : 2;
			if (code == 0)
				return TEXT_NUL;
			if (is_high_surrogate(code) || is_low_surrogate(code))
				return TEXT_NOT_UTF8;
			continue;
		}
		size_t size = text_utf8(bytes + i, length - i);
		if (size == 0)
			return TEXT_NOT_UTF8;
		i += size;
	}
	return TEXT_OK;
}

static size_t put_utf8(unsigned code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

size_t text_unescape_one(const char *bytes, size_t length, char *ret_bytes, size_t *ret_n)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	*ret_n = 1;
	if (bytes[0] != '\\') {
		ret_bytes[0] = bytes[0];
		return 1;
	}
	if (bytes[1] == 'u') {
		unsigned code;
		size_t used = unicode_escape(bytes, length, &code);
		*ret_n = put_utf8(code, ret_bytes);
		return used;
	}
	const char *letter = memchr(from, bytes[1], sizeof(from) - 1);
	ret_bytes[0] = letter ? to[letter - from] : bytes[1];
	return 2;
}

size_t text_unescape(const char *bytes, size_t length, char *ret_bytes)
{
	size_t n = 0;
	for (size_t i = 0; i < length;) {
		size_t one;
		i += text_unescape_one(bytes + i, length - i, ret_bytes + n, &one);
		n += one;
	}
	return n;
}

/* Writes the character at bytes into shown: as it is, escaped when it is a control character, or U+FFFD for invalid
 * UTF-8. Returns the number of bytes read. */
static size_t show_character(const char *bytes, size_t length, char shown[8])
{
	size_t size = text_utf8(bytes, length);
	unsigned char first = (unsigned char)bytes[0];
	if (size == 0) {
		snprintf(shown, 8, "\xef\xbf\xbd");
		return 1;
	}
	if (first == '"' || first == '\\')
		snprintf(shown, 8, "\\%c", first);
	else if (first < 0x20 || first == 0x7f)
		snprintf(shown, 8, "\\u%04x", first);
	else if (first == 0xc2 && (unsigned char)bytes[1] < 0xa0) /* the control characters U+0080 to U+009F */
		snprintf(shown, 8, "\\u%04x", (unsigned char)bytes[1]);
	else
		snprintf(shown, 8, "%.*s", (int)size, bytes);
	return size;
}

int text_quote(const char *bytes, size_t length, char *buffer, size_t size)
{
	char quoted[(size_t)6 * QUOTE_MAX + sizeof("\"...\"")];
	size_t n = 0;
	quoted[n++] = '"';
	size_t at = 0;
	while (at < length && at < QUOTE_MAX) {
		char shown[8];
		at += show_character(bytes + at, length - at, shown);
		size_t shown_length = strlen(shown);
		memcpy(quoted + n, shown, shown_length);
		n += shown_length;
	}
	quoted[n] = 0;
	return snprintf(buffer, size, at < length ? "%s...\"" : "%s\"", quoted);
}

void text_position(const char *text, size_t from, size_t to, unsigned *line, unsigned *column)
{
	while (from < to) {
		const char *newline = memchr(text + from, '\n', to - from);
		if (!newline) {
			*column += (unsigned)(to - from);
			return;
		}
		(*line)++;
		*column = 1;
		from = (size_t)(newline - text) + 1;
	}
}
