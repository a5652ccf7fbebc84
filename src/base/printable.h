/* Foreign bytes in messages: names of files, what a hook says, arguments. On a terminal a control character among them
 * would be obeyed, and a line feed would begin a line that looks like one of ours. */
#pragma once

#include <stddef.h>

/* How many bytes the character at s has: 1 to 4, or 0 where no well-formed UTF-8 begins (RFC 3629: no overlong form, no
 * surrogate, nothing behind U+10FFFF). s is terminated, and not at its end. */
size_t printable_character(const char *s);

/* The same, but 0 also for a control character: those below the space, DEL, and U+0080 to U+009F. */
size_t printable_size(const char *s);

/* One byte in visible form: "\n", "\t", "\x1b", "\xff". Returns buffer. */
enum { PRINTABLE_ESCAPE_MAX = 8 };
const char *printable_escape(char byte, char buffer[PRINTABLE_ESCAPE_MAX]);

/* Copies s with each byte of a control character, and each that is no part of a character, in visible form. What has no
 * room in size bytes is left out, whole characters at a time. The copy is terminated. */
void printable_copy(char *buffer, size_t size, const char *s);
