/* Foreign bytes: characters, control characters, and their visible form. */
#include "base/printable.h"
#include "base/text.h"

#include "tap.h"

#include <stdint.h>
#include <stdio.h>

/* Encodes a character in UTF-8 by the definition of RFC 3629. Returns its size, 0 for a code that has no UTF-8. */
static size_t encode(uint32_t code, char out[5])
{
	size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char marks[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };

	for (size_t i = size; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(marks[size] | code);
	out[size] = '\0';
	return size;
}

static void test_all_characters(void)
{
	bool right = true;
	bool controls = true;
	char bytes[5];

	for (uint32_t code = 1; code < 0x110000; code++) {
		size_t size = encode(code, bytes);
		bool surrogate = code >= 0xd800 && code < 0xe000;
		bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);

		right = right && printable_character(bytes) == (surrogate ? 0 : size);
		controls = controls && printable_size(bytes) == (surrogate || control ? 0 : size);
	}
	ok(right, "each character of Unicode is one, and no surrogate is");
	ok(controls, "all are shown but the control characters");
	encode(0x110000, bytes);
	is_int((long long)printable_character(bytes), 0, "behind U+10FFFF is none");
}

static void test_malformed(void)
{
	static const char *const malformed[] = { "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf",
		"\xf0\x8f\xbf\xbf", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(", "\xf5\x80\x80\x80", "\xfe", "\xff" };
	bool right = true;

	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		right = right && printable_character(malformed[i]) == 0;
	ok(right, "overlong, cut off and stray bytes are no character");
}

static void test_copy(void)
{
	cleanup_text struct text text = { 0 };
	char buffer[32];

	printable_copy(buffer, sizeof(buffer), "a\n\t\x1b\x7f\xc2\x85\xff\xc3\xa4");
	is_str(buffer, "a\\n\\t\\x1b\\x7f\\xc2\\x85\\xff\xc3\xa4", "each byte is shown");
	text_add_printable(&text, "a\n\t\x1b\x7f\xc2\x85\xff\xc3\xa4");
	is_str(text.s, buffer, "a text that grows shows it in the same way");
	printable_copy(buffer, 5, "abc\xc3\xa4");
	is_str(buffer, "abc", "a character that does not fit is left out");
	printable_copy(buffer, 6, "ab\x1bz");
	is_str(buffer, "ab", "as is the form of a byte, and what is behind it");
	printable_copy(buffer, 7, "ab\x1bz");
	is_str(buffer, "ab\\x1b", "one that fits is there");
	printable_copy(buffer, 1, "a");
	is_str(buffer, "", "there may be room for nothing");
}

int main(void)
{
	test_all_characters();
	test_malformed();
	test_copy();
	return done();
}
