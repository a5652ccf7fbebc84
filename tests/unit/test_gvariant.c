/* Values in GVariant's text format. */
#include "plan/parts.h"

#include "base/printable.h"

#include "tap.h"

#include <stdlib.h>

static const char a_config[] = "{\"ociVersion\":\"1.0.0\"}";

static struct oci_document *make_document(void)
{
	struct oci_document *document = oci_parse(&oci_config_type, "config.json", a_config, sizeof(a_config) - 1);

	if (!document)
		abort();
	return document;
}

/* Writes the words with a bar behind each. */
static const char *joined(const struct oci_strings *words, char *buffer, size_t size)
{
	size_t n = 0;

	buffer[0] = '\0';
	for (size_t i = 0; i < words->n && n < size; i++)
		n += (size_t)snprintf(buffer + n, size - n, "%s|", words->items[i]);
	return buffer;
}

static const struct {
	const char *text;
	const char *signature;
	const char *words;
} values[] = {
	/* what managers write */
	{ "uint64 10000000", "t", "t10000000|" },
	{ "15", "i", "i15|" },
	{ "true", "b", "btrue|" },
	{ "'inactive-or-failed'", "s", "sinactive-or-failed|" },
	{ "['crio.service']", "as", "as|scrio.service|.|" },
	/* basic values */
	{ "false", "b", "bfalse|" },
	{ "boolean true", "b", "btrue|" },
	{ " \t\n1 ", "i", "i1|" },
	{ "-1", "i", "i-1|" },
	{ "+1", "i", "i1|" },
	{ "-0", "i", "i0|" },
	{ "0x10", "i", "i16|" },
	{ "-0XfF", "i", "i-255|" },
	{ "010", "i", "i8|" },
	{ "0", "i", "i0|" },
	{ "byte 255", "y", "y255|" },
	{ "int16 -32768", "n", "n-32768|" },
	{ "int16 32767", "n", "n32767|" },
	{ "uint16 65535", "q", "q65535|" },
	{ "-2147483648", "i", "i-2147483648|" },
	{ "int32 2147483647", "i", "i2147483647|" },
	{ "uint32 4294967295", "u", "u4294967295|" },
	{ "uint32 -0", "u", "u0|" },
	{ "int64 -9223372036854775808", "x", "x-9223372036854775808|" },
	{ "int64 9223372036854775807", "x", "x9223372036854775807|" },
	{ "uint64 18446744073709551615", "t", "t18446744073709551615|" },
	{ "@t 0xffffffffffffffff", "t", "t18446744073709551615|" },
	{ "1.5", "d", "d1.5|" },
	{ "-.5", "d", "d-0.5|" },
	{ "5.", "d", "d5|" },
	{ "1e5", "d", "d100000|" },
	{ "1.e-3", "d", "d0.001|" },
	{ "double 3", "d", "d3|" },
	{ "inf", "d", "dinf|" },
	{ "-inf", "d", "d-inf|" },
	{ "nan", "d", "dnan|" },
	{ "0.1", "d", "d0.10000000000000001|" },
	{ "1e-999", "d", "d0|" },
	{ "\"it's\"", "s", "sit's|" },
	{ "'a\\n\\t\\\\\\'\\\"\\a\\b\\f\\r\\v'", "s", "sa\n\t\\'\"\a\b\f\r\v|" },
	{ "'a\\\nb'", "s", "sab|" },
	{ "'\\u0041\\u00e9\\u20AC\\U0001F600\\u07ff\\uffff\\U0010ffff'", "s",
		"sA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xdf\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf|" },
	{ "'\xc3\xa9\\\xc3\xa9\\ \\-'", "s", "s\xc3\xa9\xc3\xa9 -|" },
	{ "''", "s", "s|" },
	{ "objectpath '/'", "o", "o/|" },
	{ "objectpath '/a/B_9'", "o", "o/a/B_9|" },
	{ "signature ''", "g", "g|" },
	{ "signature 'a{sv}(ia(st))v'", "g", "ga{sv}(ia(st))v|" },
	{ "string 'a'", "s", "sa|" },
	/* arrays */
	{ "[1, 2]", "ai", "ai|i1|i2|.|" },
	{ "[1, 2.5]", "ad", "ad|d1|d2.5|.|" },
	{ "[2.5, 1]", "ad", "ad|d2.5|d1|.|" },
	{ "[1, uint64 2]", "at", "at|t1|t2|.|" },
	{ "@at [1, 2]", "at", "at|t1|t2|.|" },
	{ "@as []", "as", "as|.|" },
	{ "@a(st) []", "a(st)", "a(st)|.|" },
	{ "[[], [1]]", "aai", "aai|ai|.|ai|i1|.|.|" },
	{ "[['a'], []]", "aas", "aas|as|sa|.|as|.|.|" },
	{ "['/a', objectpath '/b']", "ao", "ao|o/a|o/b|.|" },
	{ "@ag ['s', 'ai']", "ag", "ag|gs|gai|.|" },
	{ "@ay [1, 0xff]", "ay", "ay|y1|y255|.|" },
	/* tuples */
	{ "(1,)", "(i)", "(i|i1|.|" },
	{ "('/dev/sda', uint64 100)", "(st)", "(st|s/dev/sda|t100|.|" },
	{ "[('/dev/sda', uint64 100), ('/dev/sdb', 200)]", "a(st)",
		"a(st)|(st|s/dev/sda|t100|.|(st|s/dev/sdb|t200|.|.|" },
	{ "@(tas) (1, [])", "(tas)", "(tas|t1|as|.|.|" },
	{ "[(1, []), (2, ['a'])]", "a(ias)", "a(ias)|(ias|i1|as|.|.|(ias|i2|as|sa|.|.|.|" },
	{ "((1, 2), 'a', [(true,)])", "((ii)sa(b))", "((ii)sa(b)|(ii|i1|i2|.|sa|a(b)|(b|btrue|.|.|.|" },
	/* dictionaries */
	{ "{'a': 1, 'b': 2}", "a{si}", "a{si}|{si|sa|i1|.|{si|sb|i2|.|.|" },
	{ "@a{sv} {}", "a{sv}", "a{sv}|.|" },
	{ "@a{st} {'a': 1}", "a{st}", "a{st}|{st|sa|t1|.|.|" },
	{ "[{'a', 1}, {'b', 2}]", "a{si}", "a{si}|{si|sa|i1|.|{si|sb|i2|.|.|" },
	{ "{1: <'a'>}", "a{iv}", "a{iv}|{iv|i1|vs|sa|.|.|.|" },
	{ "[{}, {'a': [1]}]", "aa{sai}", "aa{sai}|a{sai}|.|a{sai}|{sai|sa|ai|i1|.|.|.|.|" },
	/* variants */
	{ "<5>", "v", "vi|i5|.|" },
	{ "<< @as [] >>", "v", "vv|vas|as|.|.|.|" },
	{ "[<1>, <'a'>]", "av", "av|vi|i1|.|vs|sa|.|.|" },
	{ "@v <(1, [<2>])>", "v", "v(iav)|(iav|i1|av|vi|i2|.|.|.|.|" },
	/* bytes */
	{ "b'ab'", "ay", "ay|y97|y98|y0|.|" },
	{ "b\"\"", "ay", "ay|y0|.|" },
	{ "b'\\1\\18\\377\\n\\\\'", "ay", "ay|y1|y1|y56|y255|y10|y92|y0|.|" },
	{ "b'\xc3\xa9'", "ay", "ay|y195|y169|y0|.|" },
	{ "[b'a', b'']", "aay", "aay|ay|y97|y0|.|ay|y0|.|.|" },
	/* types in front of values */
	{ "uint64 uint64 5", "t", "t5|" },
	{ "@au [1, uint32 2]", "au", "au|u1|u2|.|" },
	{ "[@as [], []]", "aas", "aas|as|.|as|.|.|" },
};

static void test_values(void)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct oci_document *document = make_document();
		const char *signature = NULL, *problem = NULL;
		struct oci_strings words = { 0 };
		char buffer[512], what[640];
		int r = plan_gvariant_parse(document, values[i].text, &signature, &words, &problem);

		printable_copy(buffer, sizeof(buffer), values[i].text);
		snprintf(what, sizeof(what), "a value: %s", buffer);
		is_int(r, 0, what);
		is_str(signature, values[i].signature, "has its signature");
		is_str(joined(&words, buffer, sizeof(buffer)), values[i].words, "and its words");
		is_str(problem, NULL, "and no problem");
		oci_free(document);
	}
}

static const struct {
	const char *text;
	const char *problem;
} refusals[] = {
	{ "", "at byte 1: expected a value, found the end" },
	{ "  ", "at byte 3: expected a value, found the end" },
	{ "uint64 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa9'",
		"at byte 8: expected a value of the type \"t\", found 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	{ "hello", "at byte 1: expected a value, found \"hello\"" },
	{ "5 6", "at byte 3: expected the end, found \"6\"" },
	{ "'a' 'b'", "at byte 5: expected the end, found 'b'" },
	{ "\xc3\xa9", "at byte 1: expected a value, found \"\xc3\xa9\"" },
	{ "%i", "at byte 1: expected a value, found \"%\"" },
	{ "true1", "at byte 1: expected a value, found \"true1\"" },
	/* numbers */
	{ "08", "at byte 1: expected a number, found \"08\"" },
	{ "0x", "at byte 1: expected a number, found \"0x\"" },
	{ "-", "at byte 1: expected a number, found \"-\"" },
	{ "--5", "at byte 1: expected a number, found \"--5\"" },
	{ "- 5", "at byte 1: expected a number, found \"-\"" },
	{ "5s", "at byte 1: expected a number, found \"5s\"" },
	{ ".", "at byte 1: expected a number, found \".\"" },
	{ "1.2.3", "at byte 1: expected a number, found \"1.2.3\"" },
	{ "1e", "at byte 1: expected a number, found \"1e\"" },
	{ "1e+", "at byte 1: expected a number, found \"1e+\"" },
	{ "1E5", "at byte 1: expected a number, found \"1E5\"" },
	{ "0x1.8p3", "at byte 1: expected a number, found \"0x1.8p3\"" },
	{ "infinity", "at byte 1: expected a value, found \"infinity\"" },
	{ "1e999", "at byte 1: expected a number that is not too large for a double, found \"1e999\"" },
	{ "byte 256", "at byte 6: expected a number from 0 to 255 for the type \"y\", found \"256\"" },
	{ "byte -1", "at byte 6: expected a number from 0 to 255 for the type \"y\", found \"-1\"" },
	{ "int16 32768", "at byte 7: expected a number from -32768 to 32767 for the type \"n\", found \"32768\"" },
	{ "int16 -32769", "at byte 7: expected a number from -32768 to 32767 for the type \"n\", found \"-32769\"" },
	{ "uint16 65536", "at byte 8: expected a number from 0 to 65535 for the type \"q\", found \"65536\"" },
	{ "2147483648",
		"at byte 1: expected a number from -2147483648 to 2147483647 for the type \"i\", "
		"found \"2147483648\"" },
	{ "-2147483649",
		"at byte 1: expected a number from -2147483648 to 2147483647 for the type \"i\", "
		"found \"-2147483649\"" },
	{ "uint32 4294967296",
		"at byte 8: expected a number from 0 to 4294967295 for the type \"u\", "
		"found \"4294967296\"" },
	{ "int64 9223372036854775808",
		"at byte 7: expected a number from -9223372036854775808 to 9223372036854775807 for the type "
		"\"x\", found \"9223372036854775808\"" },
	{ "int64 -9223372036854775809",
		"at byte 7: expected a number from -9223372036854775808 to 9223372036854775807 for the type "
		"\"x\", found \"-9223372036854775809\"" },
	{ "uint64 18446744073709551616",
		"at byte 8: expected a number from 0 to 18446744073709551615 for the type \"t\", "
		"found \"18446744073709551616\"" },
	{ "uint64 1.5", "at byte 8: expected a value of the type \"t\", found \"1.5\"" },
	{ "[1, 300, byte 2]", "at byte 5: expected a number from 0 to 255 for the type \"y\", found \"300\"" },
	/* texts */
	{ "'a", "at byte 1: expected a quote (') at the end of this text" },
	{ "\"a'", "at byte 1: expected a quote (\") at the end of this text" },
	{ "'a\\'", "at byte 1: expected a quote (') at the end of this text" },
	{ "'a\\", "at byte 1: expected a quote (') at the end of this text" },
	{ "'\\x41'", "at byte 2: there is no escape \"\\x\" here" },
	{ "'\\101'", "at byte 2: there is no escape \"\\1\" here" },
	{ "'\\u41'", "at byte 2: expected 4 hexadecimal digits behind the backslash" },
	{ "'\\U0041'", "at byte 2: expected 8 hexadecimal digits behind the backslash" },
	{ "'\\u0000'", "at byte 2: expected a character that a text can have, found U+0000" },
	{ "'\\ud800'", "at byte 2: expected a character that a text can have, found U+D800" },
	{ "'\\U00110000'", "at byte 2: expected a character that a text can have, found U+110000" },
	{ "'a\xff'", "at byte 3: expected UTF-8" },
	{ "'\\\xff'", "at byte 2: expected UTF-8" },
	{ "b'a\\0'", "at byte 4: expected a byte from \\001 to \\377, found \\000" },
	{ "b'\\400'", "at byte 3: expected a byte from \\001 to \\377, found \\400" },
	{ "b'\\u0041'", "at byte 3: there is no escape \"\\u\" here" },
	{ "b 'a'", "at byte 1: expected a value, found \"b\"" },
	{ "objectpath 'a'", "at byte 12: expected an object path of D-Bus, found 'a'" },
	{ "objectpath '/a/'", "at byte 12: expected an object path of D-Bus, found '/a/'" },
	{ "objectpath '//a'", "at byte 12: expected an object path of D-Bus, found '//a'" },
	{ "objectpath '/a-b'", "at byte 12: expected an object path of D-Bus, found '/a-b'" },
	{ "objectpath ''", "at byte 12: expected an object path of D-Bus, found ''" },
	{ "signature 'a'", "at byte 11: expected a signature of D-Bus, found 'a'" },
	{ "signature '()'", "at byte 11: expected a signature of D-Bus, found '()'" },
	{ "signature '(i'", "at byte 11: expected a signature of D-Bus, found '(i'" },
	{ "signature '{sv}'", "at byte 11: expected a signature of D-Bus, found '{sv}'" },
	{ "signature 'a{vs}'", "at byte 11: expected a signature of D-Bus, found 'a{vs}'" },
	{ "signature 'a{s}'", "at byte 11: expected a signature of D-Bus, found 'a{s}'" },
	{ "signature 'a{sii}'", "at byte 11: expected a signature of D-Bus, found 'a{sii}'" },
	{ "signature 'mi'", "at byte 11: expected a signature of D-Bus, found 'mi'" },
	{ "uint64 'a'", "at byte 8: expected a value of the type \"t\", found 'a'" },
	{ "string 1", "at byte 8: expected a value of the type \"s\", found \"1\"" },
	{ "boolean 1", "at byte 9: expected a value of the type \"b\", found \"1\"" },
	/* arrays */
	{ "[]",
		"at byte 1: the type of an empty array is not known: expected it in front, "
		"as in \"@as []\"" },
	{ "{}",
		"at byte 1: the type of an empty array is not known: expected it in front, "
		"as in \"@as []\"" },
	{ "<[]>",
		"at byte 2: the type of an empty array is not known: expected it in front, "
		"as in \"@as []\"" },
	{ "[([], 1)]",
		"at byte 1: the type of an empty array is not known: expected it in front, "
		"as in \"@as []\"" },
	{ "['a', 1]", "at byte 7: expected a value of the type \"s\", found \"1\"" },
	{ "[1, 'a']", "at byte 5: expected a value of the type \"i\", found 'a'" },
	{ "[1, uint64 2, 1.5]", "at byte 15: expected a value of the type \"t\", found \"1.5\"" },
	{ "[(1, 2), (1, 2, 3)]", "at byte 10: expected a value of the type \"(ii)\", found \"(\"" },
	{ "[[], 1]", "at byte 6: expected a value of the type \"a*\", found \"1\"" },
	{ "[(1, []), (1, 2)]", "at byte 11: expected a value of the type \"(ia*)\", found \"(\"" },
	{ "[(1, []), (1,)]", "at byte 11: expected a value of the type \"(ia*)\", found \"(\"" },
	{ "[1", "at byte 3: expected \",\" or \"]\", found the end" },
	{ "[1 2]", "at byte 4: expected \",\" or \"]\", found \"2\"" },
	{ "[1,]", "at byte 4: expected a value, found \"]\"" },
	{ "[", "at byte 2: expected a value, found the end" },
	{ "]", "at byte 1: expected a value, found \"]\"" },
	{ "@as [1]", "at byte 5: expected a value of the type \"as\", found \"[\"" },
	/* tuples */
	{ "()", "at byte 1: D-Bus has no empty tuples" },
	{ "(1)", "at byte 3: expected \",\", found \")\"" },
	{ "(1, 2,)", "at byte 7: expected a value, found \")\"" },
	{ "(1, 2", "at byte 6: expected \",\" or \")\", found the end" },
	/* dictionaries */
	{ "{'a' 1}", "at byte 6: expected \":\" or \",\", found \"1\"" },
	{ "{'a': 1, 'b', 2}", "at byte 13: expected \":\", found \",\"" },
	{ "{'a': 1 'b': 2}", "at byte 9: expected \",\" or \"}\", found 'b'" },
	{ "{'a': 1, 'b': 'c'}", "at byte 10: expected a value of the type \"{si}\", found 'b'" },
	{ "{'a': }", "at byte 7: expected a value, found \"}\"" },
	{ "{[1]: 2}", "at byte 2: expected a key of a basic type, found \"[\"" },
	{ "{<1>: 2}", "at byte 2: expected a key of a basic type, found \"<\"" },
	{ "[{'a', 1, 2}]", "at byte 9: expected \"}\", found \",\"" },
	{ "{'a', 1}", "at byte 2: an entry of a dictionary has to be in an array" },
	{ "({'a', 1},)", "at byte 3: an entry of a dictionary has to be in an array" },
	{ "<{'a', 1}>", "at byte 3: an entry of a dictionary has to be in an array" },
	{ "{1: {'a', 1}}", "at byte 6: an entry of a dictionary has to be in an array" },
	{ "[{}, []]",
		"at byte 1: the type of an empty array is not known: expected it in front, "
		"as in \"@as []\"" },
	/* variants */
	{ "<1", "at byte 3: expected \">\", found the end" },
	{ "<1, 2>", "at byte 3: expected \">\", found \",\"" },
	{ "<>", "at byte 2: expected a value, found \">\"" },
	/* types in front of values */
	{ "@ii 5", "at byte 2: expected a type that D-Bus has, and a space, found \"ii\"" },
	{ "@as[]", "at byte 2: expected a type that D-Bus has, and a space, found \"as\"" },
	{ "@as", "at byte 2: expected a type that D-Bus has, and a space, found \"as\"" },
	{ "@ 5", "at byte 2: expected a type that D-Bus has, and a space, found \" \"" },
	{ "@() ()", "at byte 2: expected a type that D-Bus has, and a space, found \"(\"" },
	{ "@{sv} {'a', <1>}", "at byte 2: expected a type that D-Bus has, and a space, found \"{\"" },
	{ "@h 5", "at byte 2: expected a type that D-Bus has, and a space, found \"h\"" },
	{ "@* 5", "at byte 2: expected a type that D-Bus has, and a space, found \"*\"" },
	{ "@N 5", "at byte 2: expected a type that D-Bus has, and a space, found \"N\"" },
	{ "@as ", "at byte 5: expected a value, found the end" },
	{ "uint64", "at byte 7: expected a value, found the end" },
	{ "uint645", "at byte 1: expected a value, found \"uint645\"" },
	/* what only GVariant has */
	{ "just 5", "at byte 1: D-Bus has no maybe types, found \"just\"" },
	{ "nothing", "at byte 1: D-Bus has no maybe types, found \"nothing\"" },
	{ "@mi 5", "at byte 2: D-Bus has no maybe types, found \"mi\"" },
	{ "@am(ii) []", "at byte 2: D-Bus has no maybe types, found \"am\"" },
	{ "handle 5", "at byte 1: a text cannot bring a file descriptor, found \"handle\"" },
};

static void test_refusals(void)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct oci_document *document = make_document();
		const char *signature = NULL, *problem = NULL;
		struct oci_strings words = { 0 };
		char buffer[512], what[640];

		printable_copy(buffer, sizeof(buffer), refusals[i].text);
		snprintf(what, sizeof(what), "no value: %s", buffer);
		is_int(plan_gvariant_parse(document, refusals[i].text, &signature, &words, &problem), -1, what);
		is_str(problem, refusals[i].problem, "is refused with its reason");
		ok(!signature && words.n == 0, "and nothing is returned");
		oci_free(document);
	}
}

/* Parses a text of n times a, then between, then n times b. */
static int parse_nested(size_t n, const char *a, const char *between, const char *b, char *buffer, size_t size)
{
	struct oci_document *document = make_document();
	cleanup_text struct text text = { 0 };
	const char *signature = NULL, *problem = NULL;
	struct oci_strings words = { 0 };
	int r;

	for (size_t i = 0; i < n; i++)
		text_add(&text, "%s", a);
	text_add(&text, "%s", between);
	for (size_t i = 0; i < n; i++)
		text_add(&text, "%s", b);
	r = plan_gvariant_parse(document, text.s, &signature, &words, &problem);
	snprintf(buffer, size, "%s", r < 0 ? problem : signature);
	oci_free(document);
	return r;
}

static void test_limits(void)
{
	char buffer[512];

	is_int(parse_nested(32, "[", "1", "]", buffer, sizeof(buffer)), 0, "32 arrays may be in each other");
	is_str(buffer, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaai", "which the type has");
	is_int(parse_nested(33, "[", "1", "]", buffer, sizeof(buffer)), -1, "33 may not");
	is_str(buffer, "at byte 34: expected at most 32 values within each other", "and the problem says so");
	is_int(parse_nested(16, "<(", "1", ",)>", buffer, sizeof(buffer)), 0, "32 variants and tuples in turn may");
	is_int(parse_nested(17, "<(", "1", ",)>", buffer, sizeof(buffer)), -1, "34 may not");
	is_int(parse_nested(5000, "[", "", "", buffer, sizeof(buffer)), -1, "nor may thousands");
	is_int(parse_nested(2000, "uint64 ", "1", "", buffer, sizeof(buffer)), -1, "nor types without end");
	is_str(buffer, "at byte 232: expected at most 32 values within each other", "which are counted as well");
	is_int(parse_nested(1, "@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaai [", "", "]", buffer, sizeof(buffer)), 0,
		"a type may have 32 arrays in each other");
	is_int(parse_nested(1, "[@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaai [", "", "]]", buffer, sizeof(buffer)), -1,
		"33 may not be made of it");
	is_str(buffer, "at byte 1: D-Bus has no such deep type as \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaai\"",
		"and the problem says so");
	is_int(parse_nested(127, "1,", "", "", buffer, sizeof(buffer)), -1, "what is no value is refused");
	is_int(parse_nested(252, "", "(1", ",1", buffer, sizeof(buffer)), -1, "a tuple has to end");
}

static void test_signatures(void)
{
	char long_text[512] = "";

	memset(long_text, 'i', PLAN_SIGNATURE_MAX);
	ok(plan_is_signature(long_text), "a signature may have 255 bytes");
	long_text[PLAN_SIGNATURE_MAX] = 'i';
	ok(!plan_is_signature(long_text), "but not 256");
	memset(long_text, 0, sizeof(long_text));
	memset(long_text, '(', 32);
	long_text[32] = 'i';
	memset(long_text + 33, ')', 32);
	ok(plan_is_signature(long_text), "a signature may have 32 structures in each other");
	memset(long_text, '(', 33);
	long_text[33] = 'i';
	memset(long_text + 34, ')', 33);
	ok(!plan_is_signature(long_text), "but not 33");
}

static void test_long_texts(void)
{
	struct oci_document *document = make_document();
	cleanup_text struct text text = { 0 };
	const char *signature = NULL, *problem = NULL;
	struct oci_strings words = { 0 };

	text_add(&text, "(0");
	for (int i = 0; i < 253; i++)
		text_add(&text, ",1");
	text_add(&text, ")");
	is_int(plan_gvariant_parse(document, text.s, &signature, &words, &problem), -1,
		"a type of 256 bytes is refused");
	is_str(problem, "at byte 1: the type of this value is longer than 255 bytes", "and the problem says so");
	text.s[text.n - 3] = ')';
	text.s[text.n - 2] = '\0';
	is_int(plan_gvariant_parse(document, text.s, &signature, &words, &problem), 0, "one of 255 bytes is not");
	is_int((long long)words.n, 255, "and has all its words");
	text_free(&text);
	text_add(&text, "[1");
	while (text.n < PLAN_GVARIANT_MAX - 2)
		text_add(&text, ",1");
	text_add(&text, " ]");
	is_int((long long)text.n, PLAN_GVARIANT_MAX, "a text of the largest size");
	is_int(plan_gvariant_parse(document, text.s, &signature, &words, &problem), 0, "is read");
	is_int((long long)words.n, PLAN_GVARIANT_MAX / 2 - 1 + 2, "into all its words");
	text_add(&text, " ");
	is_int(plan_gvariant_parse(document, text.s, &signature, &words, &problem), -1, "a longer one is refused");
	is_str(problem, "at byte 16385: expected at most 16384 bytes", "and the problem says so");
	oci_free(document);
}

int main(void)
{
	test_values();
	test_refusals();
	test_limits();
	test_signatures();
	test_long_texts();
	return done();
}
