/* Durations in the notation of Go's time.ParseDuration. Runs on both sides. */
#include "base/duration.h"

#include "base/text.h"

#include <stddef.h>
#include <string.h>

enum { FRACTION_DIGITS = 18 };

/* The longer name of two that begin alike comes first. */
static const struct {
	const char *name;
	int64_t ns;
} units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\xc2\xb5s", 1000 }, /* the micro sign */
	{ "\xce\xbcs", 1000 }, /* the Greek letter */
	{ "ms", INT64_C(1000) * 1000 },
	{ "s", INT64_C(1000) * 1000 * 1000 },
	{ "m", INT64_C(60) * 1000 * 1000 * 1000 },
	{ "h", INT64_C(3600) * 1000 * 1000 * 1000 },
};

/* Reads the unit at *s and advances. Returns its length in nanoseconds, or 0 for none. */
static int64_t read_unit(const char **s)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (text_starts(*s, units[i].name)) {
			*s += strlen(units[i].name);
			return units[i].ns;
		}
	}
	return 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads "12.5" and advances: the whole part, and the rest in units of 1/scale. Digits beyond what a nanosecond can tell are
 * passed over. */
static bool read_number(const char **s, int64_t *ret_whole, int64_t *ret_part, int64_t *ret_scale)
{
	bool any = is_digit(**s);
	int digits = 0;

	*ret_whole = 0;
	*ret_part = 0;
	*ret_scale = 1;
	for (; is_digit(**s); (*s)++) {
		if (__builtin_mul_overflow(*ret_whole, INT64_C(10), ret_whole) ||
			__builtin_add_overflow(*ret_whole, (int64_t)(**s - '0'), ret_whole))
			return false;
	}
	if (**s != '.')
		return any;
	(*s)++;
	for (; is_digit(**s); (*s)++, any = true) {
		if (digits++ >= FRACTION_DIGITS)
			continue;
		*ret_part = *ret_part * 10 + (**s - '0');
		*ret_scale *= 10;
	}
	return any;
}

bool duration_parse(const char *s, int64_t *ret_ns)
{
	int64_t sum = 0;

	if (strcmp(s, "0") == 0) {
		*ret_ns = 0;
		return true;
	}
	do {
		int64_t whole;
		int64_t part;
		int64_t scale;
		int64_t unit;

		if (!read_number(&s, &whole, &part, &scale))
			return false;
		unit = read_unit(&s);
		if (unit == 0 || __builtin_mul_overflow(whole, unit, &whole) ||
			__builtin_add_overflow(sum, whole, &sum) ||
			__builtin_add_overflow(sum, (int64_t)((__int128)part * unit / scale), &sum))
			return false;
	} while (*s);
	*ret_ns = sum;
	return true;
}
