/* Durations as Go writes them. */
#include "base/duration.h"

#include "tap.h"

int main(void)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{ "0", 0 },
		{ "0s", 0 },
		{ "5s", INT64_C(5000000000) },
		{ "1m30s", INT64_C(90000000000) },
		{ "1h1m1s1ms1us1ns", INT64_C(3661001001001) },
		{ "250ms", 250000000 },
		{ "7ns", 7 },
		{ "3\xc2\xb5s", 3000 },
		{ "3\xce\xbcs", 3000 },
		{ "1.5h", INT64_C(5400000000000) },
		{ ".5s", 500000000 },
		{ "5.s", INT64_C(5000000000) },
		{ "0.1s", 100000000 },
		{ "1.0000000019s", INT64_C(1000000001) },
		{ "0.33333333333333333333333333s", 333333333 },
		{ "1s1s", INT64_C(2000000000) },
		{ "9223372036854775807ns", INT64_MAX },
		{ "2562047h", INT64_C(2562047) * 3600 * 1000000000 },
	};
	static const char *const bad[] = { "", "5", "s", ".s", ".", "-5s", "+5s", "5 s", " 5s", "5s ", "5x", "5S",
		"1m30", "1..5s", "1.5.5s", "9223372036854775808ns", "2562048h", "9223372036854775807ns1ns", "5d",
		"0x5s", "5\xc2s" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		int64_t ns = -1;

		ok(duration_parse(good[i].text, &ns), good[i].text);
		is_int(ns, good[i].ns, "and as long");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t ns = 7;
		char what[64];

		snprintf(what, sizeof(what), "no duration: '%s'", bad[i]);
		ok(!duration_parse(bad[i], &ns) && ns == 7, what);
	}
	return done();
}
