/* Durations in the notation of Go's time.ParseDuration. Runs on both sides. */
#include "base/duration.h"

#include "base/text.h"

#include <stddef.h>
#include <string.h>

/* Where one name begins with another, the longer one comes first: "ms" before "m". */
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

/* Reads the unit at *s and advances. Returns its length in nanoseconds, or 0 when there is no unit. */
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

bool duration_parse(const char *s, int64_t *ret_ns)
{
	int64_t sum = 0;

	if (strcmp(s, "0") == 0) {
		*ret_ns = 0;
		return true;
	}
	do {
		struct text_decimal number;
		int64_t unit;

		if (!text_take_decimal(&s, &number))
			return false;
		unit = read_unit(&s);
		if (unit == 0 || __builtin_mul_overflow(number.whole, unit, &number.whole) ||
			__builtin_add_overflow(sum, number.whole, &sum) ||
			__builtin_add_overflow(sum, (int64_t)((__int128)number.part * unit / number.scale), &sum))
			return false;
	} while (*s);
	*ret_ns = sum;
	return true;
}
