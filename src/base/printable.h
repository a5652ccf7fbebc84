/* Foreign bytes in messages: names of files, output of a hook, arguments. A terminal would obey a control character
 * among them, and a line feed would begin a line that looks like a message of this program. */
#pragma once

#include <stddef.h>

/* The number of bytes of the character at s: 1 to 4, or 0 when s does not begin with well-formed UTF-8 (RFC 3629: no
 * overlong form, no surrogate, nothing above U+10FFFF). s is terminated and not empty. */
size_t printable_character(const char *s);

/* printable_character() that also returns 0 for a control character: below the space, DEL, and U+0080 to U+009F. */
size_t printable_size(const char *s);

/* One byte in visible form: "\n", "\t", "\x1b", "\xff". Returns buffer. */
enum { PRINTABLE_ESCAPE_MAX = 8 };
const char *printable_escape(char byte, char buffer[PRINTABLE_ESCAPE_MAX]);

/* Copies s with each byte of a control character, and each byte that is not part of a character, in visible form. The
 * copy is cut at size - 1 bytes, between characters, and terminated. */
void printable_copy(char *buffer, size_t size, const char *s);
