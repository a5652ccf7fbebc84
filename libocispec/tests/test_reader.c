/* Small texts that RFC 8259 allows (y) or forbids (n), the latter with the exact problem. Values are in a member that
 * no row has, because ignored members, too, must be JSON. */
#include "help.h"

struct anything {
	char *name;
};

static const struct oci_field anything_rows[] = {
	OCI_STRING(anything, name, "name"),
};
static const struct oci_type anything_type = OCI_TYPE(anything, anything_rows);

struct reader_case {
	const char *what;
	const char *text;
	size_t length; /* 0: that of the string */
	const char *problems;
};

/* Whole texts that are accepted. */
static const char *const good_texts[][2] = {
	{ "empty object", "{}" },
	{ "space before and behind", " \t\r\n{} \t\r\n" },
	{ "space everywhere", "\n{\n\"a\"\t:\r1 ,\n\"b\" :\t2\r}\n" },
	{ "CRLF line ends", "{\r\n\"a\": 1\r\n}\r\n" },
	{ "no space at all", "{\"a\":1,\"b\":[1,2,{\"c\":null}]}" },
	{ "an empty name", "{\"\":1}" },
	{ "a name with escapes", "{\"\\u0061\\n\":1}" },
	{ "names that differ in case", "{\"a\":1,\"A\":2}" },
	{ "names that differ by accents", "{\"e\xcc\x81\":1,\"\xc3\xa9\":2}" },
	{ "the same name in two objects", "{\"a\":{\"b\":1},\"b\":{\"a\":1}}" },
	{ "a name that is a prefix", "{\"ab\":1,\"abc\":2,\"a\":3}" },
	{ "a known member beside unknown", "{\"x\":[],\"name\":\"n\",\"y\":{}}" },
};

/* Values that are accepted: {"x":VALUE}. */
static const char *const good_values[][2] = {
	{ "zero", "0" },
	{ "minus zero", "-0" },
	{ "a number", "1234567890" },
	{ "a negative number", "-12" },
	{ "a fraction", "0.5" },
	{ "a negative fraction", "-0.25" },
	{ "an exponent", "1e3" },
	{ "a capital exponent", "1E3" },
	{ "a signed exponent", "1e+3" },
	{ "a negative exponent", "1e-3" },
	{ "fraction and exponent", "-1.5e-07" },
	{ "an exponent that no double holds", "1e400" },
	{ "a very long number", "123456789012345678901234567890.0" },
	{ "true", "true" },
	{ "false", "false" },
	{ "null", "null" },
	{ "an empty string", "\"\"" },
	{ "a string", "\"abc\"" },
	{ "all short escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"" },
	{ "an escaped letter", "\"\\u0041\"" },
	{ "hexadecimal in both cases", "\"\\u00eF\\uABcd\"" },
	{ "a surrogate pair", "\"\\ud83d\\ude00\"" },
	{ "the last code point", "\"\\udbff\\udfff\"" },
	{ "surrogate pair, capital digits", "\"\\uD83D\\uDE00\"" },
	{ "an escaped noncharacter", "\"\\uffff\"" },
	{ "an escaped control character", "\"\\u001f\"" },
	{ "DEL as it is", "\"\x7f\"" },
	{ "two bytes of UTF-8", "\"\xc2\x80\"" },
	{ "three bytes of UTF-8", "\"\xe0\xa0\x80\"" },
	{ "before the surrogates", "\"\xed\x9f\xbf\"" },
	{ "behind the surrogates", "\"\xee\x80\x80\"" },
	{ "four bytes of UTF-8", "\"\xf0\x90\x80\x80\"" },
	{ "U+10FFFF", "\"\xf4\x8f\xbf\xbf\"" },
	{ "a byte order mark in a string", "\"\xef\xbb\xbf\"" },
	{ "line separators in a string", "\"\xe2\x80\xa8\xe2\x80\xa9\"" },
	{ "an escaped backslash at the end", "\"\\\\\"" },
	{ "what looks like a comment", "\"/* no */ // no\"" },
	{ "eight plain bytes and a quote", "\"12345678\\\"\"" },
	{ "a long string", "\"0123456789012345678901234567890123456789\"" },
	{ "an empty array", "[]" },
	{ "an array with space", "[ ]" },
	{ "arrays in arrays", "[[[]],[[],[]]]" },
	{ "mixed items", "[1,\"a\",true,null,{},[]]" },
	{ "null items", "[null,null]" },
	{ "an empty object", "{}" },
	{ "an object with space", "{ }" },
	{ "objects in objects", "{\"a\":{\"b\":{\"c\":{}}}}" },
};

/* Whole texts that are refused. */
static const struct reader_case bad_texts[] = {
	{ "nothing", "", 0, "1:1: document is empty" },
	{ "only space", " \n ", 0, "1:1: document is empty" },
	{ "byte order mark", "\xef\xbb\xbf{}", 0, "1:1: syntax error: byte order mark" },
	{ "UTF-16, little end", "\xff\xfe{\0}\0", 6, "1:1: syntax error: unexpected character" },
	{ "UTF-16, big end", "\xfe\xff\0{\0}", 6, "1:1: syntax error: unexpected character" },
	{ "a lone comma", ",", 0, "1:1: syntax error: expected a value, found ','" },
	{ "a lone colon", ":", 0, "1:1: syntax error: expected a value, found ':'" },
	{ "a lone bracket", "]", 0, "1:1: syntax error: expected a value, found ']'" },
	{ "a lone brace", "}", 0, "1:1: syntax error: expected a value, found '}'" },
	{ "an open object", "{", 0, "1:2: syntax error: unexpected end of the document" },
	{ "an open object and newlines", "{\n\n\n", 0, "1:2: syntax error: unexpected end of the document" },
	{ "an open array", "[", 0, "1:2: [0]: syntax error: unexpected end of the document" },
	{ "an array item and the end", "[1", 0, "1:3: [1]: syntax error: unexpected end of the document" },
	{ "a comma and the end", "[1,", 0, "1:4: [1]: syntax error: unexpected end of the document" },
	{ "a name and the end", "{\"a\"", 0, "1:5: a: syntax error: unexpected end of the document" },
	{ "a colon and the end", "{\"a\":", 0, "1:6: a: syntax error: unexpected end of the document" },
	{ "a member and the end", "{\"a\":1", 0, "1:7: syntax error: unexpected end of the document" },
	{ "a comma in an object", "{\"a\":1,", 0, "1:8: syntax error: unexpected end of the document" },
	{ "a string and the end", "{\"a\":\"bc", 0, "1:6: a: syntax error: string without an end" },
	{ "an escape and the end", "{\"a\":\"b\\", 0, "1:6: a: syntax error: string without an end" },
	{ "brackets that cross", "[{]}", 0, "1:3: [0]: syntax error: expected a member name in quotes, found ']'" },
	{ "object closed as array", "{\"a\":1]", 0, "1:7: syntax error: expected ',' or '}', found ']'" },
	{ "array closed as object", "[1}", 0, "1:3: [1]: syntax error: expected ',' or ']', found '}'" },
	{ "comma at the end of an object", "{\"a\":1,}", 0,
		"1:8: syntax error: expected a member name in quotes, found '}'" },
	{ "two commas in an object", "{\"a\":1,,}", 0,
		"1:8: syntax error: expected a member name in quotes, found ','" },
	{ "a comma first in an object", "{,}", 0, "1:2: syntax error: expected a member name in quotes, found ','" },
	{ "a name without quotes", "{a:1}", 0, "1:2: syntax error: unexpected character, found 'a'" },
	{ "a name in single quotes", "{'a':1}", 0, "1:2: syntax error: unexpected character, found '''" },
	{ "a number as name", "{1:1}", 0, "1:2: syntax error: expected a member name in quotes, found '1'" },
	{ "null as name", "{null:1}", 0, "1:2: syntax error: expected a member name in quotes, found 'n'" },
	{ "a name without value", "{\"a\"}", 0, "1:5: a: syntax error: expected ':', found '}'" },
	{ "a name and a comma", "{\"a\",1}", 0, "1:5: a: syntax error: expected ':', found ','" },
	{ "a missing colon", "{\"a\" 1}", 0, "1:6: a: syntax error: expected ':', found '1'" },
	{ "two colons", "{\"a\"::1}", 0, "1:6: a: syntax error: expected a value, found ':'" },
	{ "a missing value", "{\"a\":}", 0, "1:6: a: syntax error: expected a value, found '}'" },
	{ "a missing comma", "{\"a\":1 \"b\":2}", 0, "1:8: syntax error: expected ',' or '}', found '\"'" },
	{ "a second document", "{}{}", 0, "1:3: trailing data after the document" },
	{ "a second document, spaced", "{}\n {}", 0, "2:2: trailing data after the document" },
	{ "a word behind", "{} x", 0, "1:4: trailing data after the document" },
	{ "a comma behind", "{},", 0, "1:3: trailing data after the document" },
	{ "a bracket behind", "{}]", 0, "1:3: trailing data after the document" },
	{ "a NUL behind", "{}\0", 3, "1:3: trailing data after the document" },
	{ "a form feed behind", "{}\f", 0, "1:3: trailing data after the document" },
	{ "a non-breaking space behind", "{}\xc2\xa0", 0, "1:3: trailing data after the document" },
	{ "a form feed before", "\f{}", 0, "1:1: syntax error: form feed or vertical tab between values" },
	{ "a form feed inside", "{\f}", 0, "1:2: syntax error: form feed or vertical tab between values" },
	{ "a vertical tab inside", "{\"a\":\v1}", 0, "1:6: a: syntax error: form feed or vertical tab between values" },
	{ "a NUL between tokens", "{\0}", 3, "1:2: syntax error: unexpected character" },
	{ "a non-breaking space inside", "{\xc2\xa0}", 0, "1:2: syntax error: unexpected character" },
	{ "a comment", "/* */{}", 0, "1:1: syntax error: JSON has no comments, found '/'" },
	{ "a line comment", "{}\n// x", 0, "2:1: trailing data after the document" },
	{ "a shell comment", "# x\n{}", 0, "1:1: syntax error: unexpected character, found '#'" },
	{ "a string on top", "\"a\"", 0, "1:1: expected object, found string" },
	{ "a number on top", " 12", 0, "1:2: expected object, found integer" },
	{ "a fraction on top", "1.5", 0, "1:1: expected object, found number" },
	{ "null on top", "null", 0, "1:1: expected object, found null" },
	{ "true on top", "true", 0, "1:1: expected object, found boolean" },
	{ "an array on top", "[{}]", 0, "1:1: expected object, found array" },
	{ "a NUL in a name", "{\"a\0b\":1}", 9, "1:4: NUL in a string" },
	{ "an escaped NUL in a name", "{\"a\\u0000\":1}", 0, "1:2: NUL in a string" },
	{ "invalid UTF-8 in a name", "{\"\xff\":1}", 0, "1:2: invalid UTF-8" },
	{ "lone surrogate in a name", "{\"\\udead\":1}", 0, "1:2: invalid UTF-8" },
	{ "a duplicate name", "{\"a\":1,\"a\":1}", 0, "1:8: a: duplicate member" },
	{ "a duplicate name, escaped", "{\"a\":1,\"\\u0061\":1}", 0, "1:8: [\"a\"]: duplicate member" },
	{ "duplicates with a pair of surrogates behind an escape",
		"{\"\\u0041\\ud83d\\ude00\":1,\"\\u0041\\ud83d\\ude00\":1}", 0,
		"1:25: [\"A\xf0\x9f\x98\x80\"]: duplicate member" },
	{ "duplicate of an escaped name", "{\"\\u0061\":1,\"a\":1}", 0, "1:13: a: duplicate member" },
	{ "a duplicate empty name", "{\"\":1,\"\":1}", 0, "1:7: [\"\"]: duplicate member" },
	{ "two duplicates of one", "{\"a\":1,\"a\":1,\"a\":1}", 0,
		"1:8: a: duplicate member | 1:14: a: duplicate member" },
	{ "a duplicate deep inside", "{\"x\":[{\"y\":{\"a\":1,\"b\":2,\"a\":3}}]}", 0,
		"1:25: x[0].y.a: duplicate member" },
	{ "a duplicate of a bad name", "{\"\xff\":1,\"\xff\":1}", 0, "1:2: invalid UTF-8 | 1:8: invalid UTF-8" },
};

/* Values that are refused: {"x":VALUE}, so that the value starts in column 6. */
static const struct reader_case bad_values[] = {
	{ "a leading zero", "01", 0, "1:7: syntax error: expected ',' or '}', found '1'" },
	{ "a negative leading zero", "-01", 0, "1:8: syntax error: expected ',' or '}', found '1'" },
	{ "a plus sign", "+1", 0, "1:6: x: syntax error: unexpected character, found '+'" },
	{ "a minus sign alone", "-", 0, "1:6: x: syntax error: malformed number, found '-'" },
	{ "two minus signs", "--1", 0, "1:6: x: syntax error: malformed number, found '-'" },
	{ "no digit behind the point", "1.", 0, "1:6: x: syntax error: malformed number, found '1'" },
	{ "no digit before the point", ".5", 0, "1:6: x: syntax error: unexpected character, found '.'" },
	{ "no digit in the exponent", "1e", 0, "1:6: x: syntax error: malformed number, found '1'" },
	{ "only a sign in the exponent", "1e+", 0, "1:6: x: syntax error: malformed number, found '1'" },
	{ "exponent behind a point", "1.e3", 0, "1:6: x: syntax error: malformed number, found '1'" },
	{ "a fractional exponent", "1e1.5", 0, "1:9: syntax error: unexpected character, found '.'" },
	{ "hexadecimal", "0x10", 0, "1:7: syntax error: unexpected character, found 'x'" },
	{ "infinity", "Infinity", 0, "1:6: x: syntax error: unexpected character, found 'I'" },
	{ "minus infinity", "-Infinity", 0, "1:6: x: syntax error: malformed number, found '-'" },
	{ "not a number", "NaN", 0, "1:6: x: syntax error: unexpected character, found 'N'" },
	{ "a number with a separator", "1_000", 0, "1:7: syntax error: unexpected character, found '_'" },
	{ "digits that are not ASCII", "\xef\xbc\x91", 0, "1:6: x: syntax error: unexpected character" },
	{ "capital true", "True", 0, "1:6: x: syntax error: unexpected character, found 'T'" },
	{ "a short word", "tru", 0, "1:6: x: syntax error: unknown word, found 't'" },
	{ "a long word", "truee", 0, "1:10: syntax error: unexpected character, found 'e'" },
	{ "nul", "nul", 0, "1:6: x: syntax error: unknown word, found 'n'" },
	{ "undefined", "undefined", 0, "1:6: x: syntax error: unexpected character, found 'u'" },
	{ "single quotes", "'a'", 0, "1:6: x: syntax error: unexpected character, found '''" },
	{ "a newline in a string", "\"a\nb\"", 0, "1:8: x: syntax error: control character in a string" },
	{ "a tab in a string", "\"a\tb\"", 0, "1:8: x: syntax error: control character in a string" },
	{ "control character 31", "\"\x1f\"", 0, "1:7: x: syntax error: control character in a string" },
	{ "a NUL in a string", "\"a\0b\"", 5, "1:8: x: NUL in a string" },
	{ "an escaped NUL", "\"a\\u0000\"", 0, "1:6: x: NUL in a string" },
	{ "an escaped NUL, last of many", "\"0123456789abcdef\\u0000\"", 0, "1:6: x: NUL in a string" },
	{ "an unknown escape", "\"\\x41\"", 0, "1:8: x: syntax error: invalid escape in a string" },
	{ "a capital escape", "\"\\U0041\"", 0, "1:8: x: syntax error: invalid escape in a string" },
	{ "an escaped newline", "\"\\\n\"", 0, "1:8: x: syntax error: invalid escape in a string" },
	{ "an escaped single quote", "\"\\'\"", 0, "1:8: x: syntax error: invalid escape in a string" },
	{ "a short unicode escape", "\"\\u41\"", 0, "1:11: x: syntax error: invalid escape in a string" },
	{ "a bad digit in an escape", "\"\\u00g0\"", 0, "1:11: x: syntax error: invalid escape in a string" },
	{ "a high surrogate alone", "\"\\ud800\"", 0, "1:6: x: invalid UTF-8" },
	{ "a low surrogate alone", "\"\\udc00\"", 0, "1:6: x: invalid UTF-8" },
	{ "two high surrogates", "\"\\ud800\\ud800\"", 0, "1:6: x: invalid UTF-8" },
	{ "surrogates the wrong way", "\"\\udc00\\ud800\"", 0, "1:6: x: invalid UTF-8" },
	{ "surrogate and a letter", "\"\\ud800a\"", 0, "1:6: x: invalid UTF-8" },
	{ "surrogate and an escape", "\"\\ud800\\n12345678\"", 0, "1:6: x: invalid UTF-8" },
	{ "surrogate, escaped letter", "\"\\ud800\\u0041\"", 0, "1:6: x: invalid UTF-8" },
	{ "a byte 0xff", "\"\xff\"", 0, "1:6: x: invalid UTF-8" },
	{ "a byte 0x80", "\"\x80\"", 0, "1:6: x: invalid UTF-8" },
	{ "Latin-1", "\"caf\xe9 12345678\"", 0, "1:6: x: invalid UTF-8" },
	{ "overlong slash", "\"\xc0\xaf\"", 0, "1:6: x: invalid UTF-8" },
	{ "overlong NUL", "\"\xc0\x80\"", 0, "1:6: x: invalid UTF-8" },
	{ "overlong in three bytes", "\"\xe0\x9f\xbf\"", 0, "1:6: x: invalid UTF-8" },
	{ "overlong in four bytes", "\"\xf0\x8f\xbf\xbf\"", 0, "1:6: x: invalid UTF-8" },
	{ "a surrogate in UTF-8", "\"\xed\xa0\x80\"", 0, "1:6: x: invalid UTF-8" },
	{ "behind U+10FFFF", "\"\xf4\x90\x80\x80\"", 0, "1:6: x: invalid UTF-8" },
	{ "five bytes", "\"\xf8\x88\x80\x80\x80\"", 0, "1:6: x: invalid UTF-8" },
	{ "a sequence cut by the quote", "\"\xe2\x82\"", 0, "1:6: x: invalid UTF-8" },
	{ "a sequence cut by a letter", "\"\xe2\x82z\"", 0, "1:6: x: invalid UTF-8" },
	{ "comma at the end of an array", "[1,]", 0, "1:9: x[1]: syntax error: expected a value, found ']'" },
	{ "two commas in an array", "[1,,2]", 0, "1:9: x[1]: syntax error: expected a value, found ','" },
	{ "a comma first in an array", "[,1]", 0, "1:7: x[0]: syntax error: expected a value, found ','" },
	{ "items without a comma", "[1 true]", 0, "1:9: x[1]: syntax error: expected ',' or ']', found 't'" },
	{ "a colon in an array", "[1:2]", 0, "1:8: x[1]: syntax error: expected ',' or ']', found ':'" },
	{ "a member in an array", "[\"a\":1]", 0, "1:10: x[1]: syntax error: expected ',' or ']', found ':'" },
	{ "a comment in an array", "[1/*x*/]", 0, "1:8: x[1]: syntax error: JSON has no comments, found '/'" },
	{ "two problems in one text", "[\"\xff\",tru]", 0,
		"1:7: x[0]: invalid UTF-8 | 1:11: x[1]: syntax error: unknown word, found 't'" },
};

static void check(char letter, const char *what, const char *text, size_t length, const char *expected)
{
	char sentence[128];
	snprintf(sentence, sizeof(sentence), "%c: %s", letter, what);
	struct oci_document *document = oci_parse(&anything_type, "t", text, length);
	if (ok(document != NULL, "%s gives a document", sentence))
		is_str(problems_of(document), expected, sentence);
	oci_free(document);
}

static void check_value(char letter, const char *what, const char *value, size_t length, const char *expected)
{
	char text[256];
	size_t before = (size_t)snprintf(text, sizeof(text), "{\"x\":");
	memcpy(text + before, value, length);
	text[before + length] = '}';
	check(letter, what, text, before + length + 1, expected);
}

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

int main(void)
{
	for (size_t i = 0; i < COUNT(good_texts); i++)
		check('y', good_texts[i][0], good_texts[i][1], strlen(good_texts[i][1]), "");
	for (size_t i = 0; i < COUNT(good_values); i++)
		check_value('y', good_values[i][0], good_values[i][1], strlen(good_values[i][1]), "");
	for (size_t i = 0; i < COUNT(bad_texts); i++) {
		const struct reader_case *c = &bad_texts[i];
		check('n', c->what, c->text, c->length ? c->length : strlen(c->text), c->problems);
	}
	for (size_t i = 0; i < COUNT(bad_values); i++) {
		const struct reader_case *c = &bad_values[i];
		check_value('n', c->what, c->text, c->length ? c->length : strlen(c->text), c->problems);
	}
	return done();
}
