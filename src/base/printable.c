/* Foreign bytes in messages. Runs on both sides; pure. Allocates nothing, since error_set() uses it. */
#include "base/printable.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { DEL = 0x7f };

static bool continues(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t printable_character(const char *s)
{
	const unsigned char *at = (const unsigned char *)s;
	size_t size = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;
	/* These limits of the second byte exclude overlong forms, surrogates, and characters above U+10FFFF. */
	unsigned char low = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : 0x80;
	unsigned char high = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : 0xbf;

	if (size < 2)
		return size;
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++) {
		if (!continues(at[i]))
			return 0;
	}
	return size;
}

size_t printable_size(const char *s)
{
	unsigned char first = (unsigned char)s[0];
	size_t size = printable_character(s);
	bool control = first < ' ' || first == DEL || (size == 2 && first == 0xc2 && (unsigned char)s[1] < 0xa0);

	return control ? 0 : size;
}

const char *printable_escape(char byte, char buffer[PRINTABLE_ESCAPE_MAX])
{
	if (byte == '\n' || byte == '\t')
		snprintf(buffer, PRINTABLE_ESCAPE_MAX, "\\%c", byte == '\n' ? 'n' : 't');
	else
		snprintf(buffer, PRINTABLE_ESCAPE_MAX, "\\x%02x", (unsigned char)byte);
	return buffer;
}

void printable_copy(char *buffer, size_t size, const char *s)
{
	size_t n = 0;

	while (*s) {
		char escaped[PRINTABLE_ESCAPE_MAX];
		size_t taken = printable_size(s);
		const char *shown = s;
		size_t length = taken;

		if (taken == 0) {
			shown = printable_escape(*s, escaped);
			length = strlen(shown);
			taken = 1;
		}
		if (n + length >= size)
			break;
		memcpy(buffer + n, shown, length);
		n += length;
		s += taken;
	}
	buffer[n] = '\0';
}
