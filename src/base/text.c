/* Strings that grow, and strict conversions. Runs on both sides. */
#include "base/text.h"

#include "base/printable.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 256, DIGITS_MAX = 10, HEX_DIGITS_MAX = 16 };

/* Makes room for n more bytes and the terminator. */
static bool text_reserve(struct text *text, size_t n)
{
	size_t room = text->room ? text->room : FIRST_ROOM;
	char *grown;

	if (text->failed)
		return false;
	while (room - text->n <= n)
		room *= 2;
	if (room == text->room)
		return true;
	grown = realloc(text->s, room);
	if (!grown) {
		text->failed = true;
		return false;
	}
	text->s = grown;
	text->room = room;
	return true;
}

void text_add_bytes(struct text *text, const char *bytes, size_t n)
{
	if (!text_reserve(text, n))
		return;
	memcpy(text->s + text->n, bytes, n);
	text->n += n;
	text->s[text->n] = '\0';
}

void text_add(struct text *text, const char *format, ...)
{
	va_list args;
	va_list again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0)
		text->failed = true;
	else if (text_reserve(text, (size_t)length)) {
		vsnprintf(text->s + text->n, (size_t)length + 1, format, again);
		text->n += (size_t)length;
	}
	va_end(again);
}

void text_add_printable(struct text *text, const char *s)
{
	while (*s) {
		char escaped[PRINTABLE_ESCAPE_MAX];
		size_t length = printable_size(s);

		if (length > 0)
			text_add_bytes(text, s, length);
		else
			text_add(text, "%s", printable_escape(*s, escaped));
		s += length ? length : 1;
	}
}

int text_done(const struct text *text, struct error *err)
{
	if (text->failed)
		return error_set(err, ENOMEM, "cannot build a text");
	return 0;
}

char *text_take(struct text *text)
{
	char *taken;

	text_add_bytes(text, "", 0);
	taken = text->failed ? NULL : text->s;
	if (text->failed)
		free(text->s);
	*text = (struct text){ 0 };
	return taken;
}

void text_free(struct text *text)
{
	int saved = errno;

	free(text->s);
	*text = (struct text){ 0 };
	errno = saved;
}

bool text_to_u64(const char *s, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (*s == '\0')
		return false;
	for (; *s; s++) {
		unsigned int digit = (unsigned int)(*s - '0');

		if (digit > 9 || __builtin_mul_overflow(value, 10U, &value) ||
			__builtin_add_overflow(value, digit, &value))
			return false;
	}
	*ret_value = value;
	return true;
}

bool text_to_u32(const char *s, uint32_t *ret_value)
{
	uint64_t value;

	if (!text_to_u64(s, &value) || value > UINT32_MAX)
		return false;
	*ret_value = (uint32_t)value;
	return true;
}

/* Reads the digits at *s and moves *s behind them. */
static bool read_digits(const char **s, uint64_t *ret_number)
{
	char digits[DIGITS_MAX + 1] = "";
	size_t length = strspn(*s, "0123456789");

	if (length >= sizeof(digits))
		return false;
	memcpy(digits, *s, length);
	*s += length;
	return text_to_u64(digits, ret_number);
}

bool text_next_range(const char **list, uint64_t *ret_first, uint64_t *ret_last)
{
	const char *s = *list;
	uint64_t first;
	uint64_t last;

	if (!read_digits(&s, &first))
		return false;
	last = first;
	if (*s == '-') {
		s++;
		if (!read_digits(&s, &last))
			return false;
	}
	if (last < first || (*s != ',' && *s != '\0') || (*s == ',' && s[1] == '\0'))
		return false;
	*list = s + (*s == ',');
	*ret_first = first;
	*ret_last = last;
	return true;
}

bool text_to_hex(const char *s, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t n = 0;

	for (; isxdigit((unsigned char)s[n]); n++)
		value = value << 4 | (uint64_t)(isdigit((unsigned char)s[n]) ? s[n] - '0' : (s[n] | 0x20) - 'a' + 10);
	if (n == 0 || n > HEX_DIGITS_MAX || s[n])
		return false;
	*ret_value = value;
	return true;
}

bool text_to_i64(const char *s, int64_t *ret_value)
{
	bool negative = *s == '-';
	uint64_t magnitude;

	if (!text_to_u64(s + negative, &magnitude) || magnitude > (uint64_t)INT64_MAX + negative)
		return false;
	*ret_value = (int64_t)(negative ? -magnitude : magnitude);
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads the digits behind the point and moves *s behind them. Returns how many there are. */
static size_t take_fraction(const char **s, struct text_decimal *number)
{
	enum { DIGITS_THAT_COUNT = 18 };
	size_t n = 0;

	for (; is_digit(**s); (*s)++, n++) {
		if (n < DIGITS_THAT_COUNT) {
			number->part = number->part * 10 + (**s - '0');
			number->scale *= 10;
		}
	}
	return n;
}

bool text_take_decimal(const char **s, struct text_decimal *ret)
{
	struct text_decimal number = { .scale = 1 };
	const char *next = *s;
	size_t digits = 0;

	for (; is_digit(*next); next++, digits++) {
		if (__builtin_mul_overflow(number.whole, INT64_C(10), &number.whole) ||
			__builtin_add_overflow(number.whole, (int64_t)(*next - '0'), &number.whole))
			return false;
	}
	if (*next == '.') {
		next++;
		digits += take_fraction(&next, &number);
	}
	if (digits == 0)
		return false;
	*s = next;
	*ret = number;
	return true;
}

/* Multiplies the number by 1024. Returns false when the result is too large. */
static bool multiply(struct text_decimal *number)
{
	__int128 part = (__int128)number->part * 1024;

	if (__builtin_mul_overflow(number->whole, INT64_C(1024), &number->whole))
		return false;
	number->whole += (int64_t)(part / number->scale); /* fewer than 1024: no overflow */
	number->part = (int64_t)(part % number->scale);
	return true;
}

bool text_to_bytes(const char *s, int64_t *ret_value)
{
	static const char units[] = "kmgtp";
	struct text_decimal number;
	const char *unit;

	if (!text_take_decimal(&s, &number))
		return false;
	unit = *s ? strchr(units, *s | ('a' ^ 'A')) : NULL;
	if (!unit && number.scale > 1)
		return false;
	if (unit) {
		for (const char *power = units; power <= unit; power++) {
			if (!multiply(&number))
				return false;
		}
		s++;
		s += *s == 'i' && (s[1] | ('a' ^ 'A')) == 'b';
	}
	s += (*s | ('a' ^ 'A')) == 'b';
	if (*s)
		return false;
	*ret_value = number.whole;
	return true;
}

bool text_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *s, const char *suffix)
{
	size_t length = strlen(s);
	size_t n = strlen(suffix);

	return length >= n && strcmp(s + length - n, suffix) == 0;
}
