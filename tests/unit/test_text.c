/* Growing strings and strict numbers. */
#include "base/text.h"

#include "tap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void test_growing(void)
{
	cleanup_text struct text text = { 0 };
	struct error err;
	bool whole = true;
	char number[16];

	ok(!text.s && text.n == 0, "a text begins empty and without memory");
	text_add(&text, "%s-%d", "a", 1);
	text_add_bytes(&text, "b\0c", 3);
	is_int((long long)text.n, 6, "bytes are counted, zero bytes included");
	ok(memcmp(text.s, "a-1b\0c", 7) == 0, "what is added comes last, and a zero byte behind it");
	text_free(&text);
	for (int i = 0; i < 5000; i++)
		text_add(&text, "%04d", i);
	for (int i = 0; i < 5000; i++) {
		snprintf(number, sizeof(number), "%04d", i);
		whole = whole && strncmp(text.s + 4 * (size_t)i, number, 4) == 0;
	}
	ok(text.n == 20000 && whole, "a text grows as often as needed and keeps what it has");
	ok(text.room < 4 * text.n, "and takes no more memory than a small multiple of that");
	is_int(text_done(&text, &err), 0, "a text that was built without a failure is done");
}

static void test_failed(void)
{
	struct text text = { 0 };
	struct error err;

	text_add(&text, "kept");
	text.failed = true;
	text_add(&text, "lost");
	text_add_bytes(&text, "lost", 4);
	is_str(text.s, "kept", "after a failure nothing is added");
	ok(text_done(&text, &err) < 0 && err.number == ENOMEM, "and the text is not done");
	ok(!text_take(&text), "and not handed over");
	ok(!text.s && !text.failed, "but freed");
}

static void test_take(void)
{
	struct text text = { 0 };
	char *taken;

	taken = text_take(&text);
	is_str(taken, "", "an empty text is handed over as an empty string");
	free(taken);
	text_add(&text, "mine");
	taken = text_take(&text);
	is_str(taken, "mine", "a text is handed over");
	ok(!text.s && text.n == 0, "and empty then");
	free(taken);
	errno = EDOM;
	text_free(&text);
	is_int(errno, EDOM, "freeing keeps errno");
}

static void test_numbers(void)
{
	static const char *const garbage[] = { "", " ", " 1", "1 ", "+1", "-1", "-0", "0x10", "1e3", "1.0", "1,000",
		"a", "1a", "\t1", "1\n", "18446744073709551616", "99999999999999999999", "184467440737095516150",
		"\xd9\xa1" };
	uint64_t u64 = 7;
	uint32_t u32 = 7;

	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		char what[64];

		snprintf(what, sizeof(what), "no number: %zu", i);
		ok(!text_to_u64(garbage[i], &u64) && !text_to_u32(garbage[i], &u32), what);
	}
	ok(u64 == 7 && u32 == 7, "what is no number leaves the result alone");
	ok(text_to_u64("0", &u64) && u64 == 0, "0 is a number");
	ok(text_to_u64("007", &u64) && u64 == 7, "zeros in front change nothing");
	ok(text_to_u64("18446744073709551615", &u64) && u64 == UINT64_MAX, "the largest number of 64 bits is one");
	ok(text_to_u32("4294967295", &u32) && u32 == UINT32_MAX, "the largest number of 32 bits is one");
	ok(!text_to_u32("4294967296", &u32) && u32 == UINT32_MAX, "the next one is none of 32 bits");
}

static void test_signed(void)
{
	static const char *const garbage[] = { "", "-", "--1", "+1", "- 1", "9223372036854775808",
		"-9223372036854775809", "18446744073709551616" };
	int64_t number = 7;

	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++)
		ok(!text_to_i64(garbage[i], &number) && number == 7, "no signed number");
	ok(text_to_i64("-1", &number) && number == -1, "a number below zero");
	ok(text_to_i64("9223372036854775807", &number) && number == INT64_MAX, "the largest signed number");
	ok(text_to_i64("-9223372036854775808", &number) && number == INT64_MIN, "the smallest signed number");
}

static void test_bytes(void)
{
	static const char *const garbage[] = { "", "k", "b", "-1k", "1.5", "1.5b", ".g", "1..5g", "1.5.5g", "1.g5",
		"1.-5g", "1 k", "1e", "1kk", "1bb", "1i", "1ki", "1kbx", "9223372036854775808", "8192p",
		"9007199254740992k", "1\v" };
	static const struct {
		const char *text;
		int64_t number;
	} good[] = {
		{ "0", 0 },
		{ "7b", 7 },
		{ "1k", 1024 },
		{ "1K", 1024 },
		{ "3kb", 3072 },
		{ "2KiB", 2048 },
		{ "512m", INT64_C(512) << 20 },
		{ "1G", INT64_C(1) << 30 },
		{ "2tib", INT64_C(2) << 40 },
		{ "8191p", INT64_C(8191) << 50 },
		{ "000000000000000000000001", 1 },
		{ "1.5G", INT64_C(3) << 29 },
		{ ".5g", INT64_C(1) << 29 },
		{ "1.g", INT64_C(1) << 30 },
		{ "1.0123456789g", 1086997895 },
		{ "0.00000000000000000000000009p", 0 },
		{ "0.5kib", 512 },
		{ "0.0001k", 0 },
		{ "1.999999999k", 2047 },
		{ "1.1m", 1153433 },
		{ "8191.999999999p", (INT64_C(8191) << 50) + INT64_C(1125899905716724) },
	};
	int64_t number = 7;

	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		char what[64];

		snprintf(what, sizeof(what), "no number of bytes: %zu", i);
		ok(!text_to_bytes(garbage[i], &number) && number == 7, what);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(text_to_bytes(good[i].text, &number) && number == good[i].number, good[i].text);
}

static void test_starts(void)
{
	ok(text_starts("file:/a", "file:"), "a text starts with its prefix");
	ok(text_starts("file:", "file:"), "and with itself");
	ok(text_starts("", ""), "everything starts with nothing");
	ok(!text_starts("file", "file:"), "a text does not start with what is longer");
	ok(!text_starts("File:", "file:"), "capitals are other letters");
}

/* The ranges of a list as "first-last;", and "!" for a text that is no list. */
static char *ranges(const char *list)
{
	struct text text = { 0 };
	uint64_t first = 0;
	uint64_t last = 0;

	do {
		if (!text_next_range(&list, &first, &last)) {
			text_add(&text, "!");
			break;
		}
		text_add(&text, "%llu-%llu;", (unsigned long long)first, (unsigned long long)last);
	} while (*list);
	return text_take(&text);
}

static void test_ranges(void)
{
	static const char *const cases[][2] = {
		{ "0", "0-0;" },
		{ "0-3,7", "0-3;7-7;" },
		{ "7,1-1,9999999999", "7-7;1-1;9999999999-9999999999;" },
		{ "", "!" },
		{ ",", "!" },
		{ "1,", "!" },
		{ "1,,2", "1-1;!" },
		{ "1-", "!" },
		{ "-1", "!" },
		{ "2-1", "!" },
		{ "1-2-3", "!" },
		{ "1 ,2", "!" },
		{ "0x1", "!" },
		{ "00000000001", "!" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char what[64];
		char *got = ranges(cases[i][0]);

		snprintf(what, sizeof(what), "the ranges of \"%s\"", cases[i][0]);
		is_str(got, cases[i][1], what);
		free(got);
	}
}

int main(void)
{
	test_growing();
	test_failed();
	test_take();
	test_numbers();
	test_signed();
	test_bytes();
	test_ranges();
	test_starts();
	return done();
}
