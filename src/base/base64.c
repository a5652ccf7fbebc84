/* Base64, decoded strictly: a text that another decoder could read as other bytes is refused. */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

/* The six bits of a digit, or -1. */
static int base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

ssize_t base64_decode(const char *s, unsigned char *bytes, size_t room)
{
	size_t length = strlen(s);
	size_t padding = length - strcspn(s, "=");
	size_t n = 0;

	if (length % 4 != 0 || padding > 2 || (padding == 2 && s[length - 1] != '='))
		return -1;
	for (size_t i = 0; i < length; i += 4) {
		uint32_t group = 0;

		for (size_t j = i; j < i + 4; j++) {
			int digit = j < length - padding ? base64_digit(s[j]) : 0;

			if (digit < 0)
				return -1;
			group = group << 6 | (uint32_t)digit;
		}
		for (int shift = 16; shift >= 0; shift -= 8) {
			/* A padded digit stands for no byte; the bits left over in the digit before it have to be 0. */
			if (i + 4 == length && (size_t)shift / 8 < padding) {
				if (group >> shift & 0xff)
					return -1;
				continue;
			}
			if (n == room)
				return -1;
			bytes[n++] = (unsigned char)(group >> shift);
		}
	}
	return (ssize_t)n;
}
