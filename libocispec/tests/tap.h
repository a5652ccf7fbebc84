/* The smallest TAP: ok(), is_int(), is_str(), done(). A check is a sentence; a failed one says what was found. */
#pragma once

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3))) static inline bool ok(bool pass, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	printf("%sok %d - ", pass ? "" : "not ", ++tap_count);
	vprintf(format, arguments);
	putchar('\n');
	va_end(arguments);
	tap_failed += !pass;
	return pass;
}

static inline bool is_int(int64_t found, int64_t expected, const char *what)
{
	if (ok(found == expected, "%s", what))
		return true;
	printf("# found %" PRId64 ", expected %" PRId64 "\n", found, expected);
	return false;
}

static inline bool is_str(const char *found, const char *expected, const char *what)
{
	bool same = found && expected ? strcmp(found, expected) == 0 : found == expected;
	if (ok(same, "%s", what))
		return true;
	printf("# found    %s\n# expected %s\n", found ? found : "(null)", expected ? expected : "(null)");
	return false;
}

/* For main() to return. */
static inline int done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed > 0;
}
