/* Basic values in GVariant's text format, which are numbers and texts, and the place in the text that is read. Pure. */
#include "plan/gvariant.h"
#include "plan/parts.h"

#include "base/printable.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOUND_MAX = 40 }; /* bytes of the text in a message */

static const char integer_pattern[] = { PLAN_TYPE_INTEGER, '\0' };
static const char text_pattern[] = { PLAN_TYPE_TEXT, '\0' };

const char *gvariant_found(struct gvariant_parser *parser, size_t at)
{
	const char *text = parser->text + at;
	bool quoted = *text == '\'' || *text == '"';
	size_t n = quoted ? 1 + strcspn(text + 1, (char[]){ *text, '\0' }) : 0;

	if (!*text)
		return "the end";
	if (quoted && text[n])
		n++;
	while (!quoted && (isalnum((unsigned char)text[n]) || (text[n] && strchr("_+-.", text[n]))))
		n++;
	if (n == 0)
		n = printable_character(text) ? printable_character(text) : 1;
	if (n > FOUND_MAX) {
		n = FOUND_MAX;
		while (((unsigned char)text[n] & 0xc0) == 0x80) /* inside of a character */
			n--;
	}
	return plan_printf(parser->document, quoted ? "%.*s" : "\"%.*s\"", (int)n, text);
}

void *gvariant_refuse(struct gvariant_parser *parser, size_t at, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) >= 0) {
		parser->problem = plan_printf(parser->document, "at byte %zu: %s", at + 1, text);
		free(text);
	}
	va_end(args);
	return NULL;
}

/* ---- the place in the text ---- */

void gvariant_skip_space(struct gvariant_parser *parser)
{
	while (isspace((unsigned char)parser->text[parser->at]))
		parser->at++;
}

bool gvariant_take(struct gvariant_parser *parser, char c)
{
	gvariant_skip_space(parser);
	if (parser->text[parser->at] != c)
		return false;
	parser->at++;
	return true;
}

bool gvariant_expect(struct gvariant_parser *parser, char c, const char *wanted)
{
	if (gvariant_take(parser, c))
		return true;
	gvariant_refuse(parser, parser->at, "expected %s, found %s", wanted, gvariant_found(parser, parser->at));
	return false;
}

char *gvariant_copy(struct gvariant_parser *parser, size_t size)
{
	char *copy = oci_alloc(parser->document, size + 1);

	if (copy)
		memcpy(copy, parser->text + parser->at, size);
	parser->at += size;
	return copy;
}

struct gvariant_node *gvariant_node(struct gvariant_parser *parser, enum gvariant_kind kind, size_t at,
	const char *pattern)
{
	struct gvariant_node *node = oci_alloc(parser->document, sizeof(*node));

	if (node)
		*node = (struct gvariant_node){ .kind = kind, .at = at, .pattern = pattern };
	parser->word_room += kind == GVARIANT_BASIC ? 1 : 2;
	return node;
}

/* ---- numbers ---- */

static bool is_integer(const char *text)
{
	text += *text == '-' || *text == '+';
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return text[2] && !text[2 + strspn(text + 2, "0123456789abcdefABCDEF")];
	return *text && !text[strspn(text, *text == '0' ? "01234567" : "0123456789")];
}

/* True for a number with a point or an exponent, and for what is no number of an integer type. */
static bool is_decimal(const char *text)
{
	size_t digits;
	bool decimal = false;

	text += *text == '-' || *text == '+';
	if (strcmp(text, "inf") == 0 || strcmp(text, "nan") == 0)
		return true;
	digits = strspn(text, "0123456789");
	text += digits;
	if (*text == '.') {
		size_t part = strspn(text + 1, "0123456789");

		digits += part;
		text += 1 + part;
		decimal = true;
	}
	if (digits > 0 && *text == 'e') {
		text++;
		text += *text == '-' || *text == '+';
		digits = strspn(text, "0123456789");
		text += digits;
		decimal = true;
	}
	return decimal && digits > 0 && !*text;
}

struct gvariant_node *gvariant_number(struct gvariant_parser *parser)
{
	struct gvariant_node *node = gvariant_node(parser, GVARIANT_BASIC, parser->at, integer_pattern);
	size_t size = 0;

	for (const char *c = parser->text + parser->at; isalnum((unsigned char)*c) || (*c && strchr("+-.", *c)); c++)
		size++;
	if (!node || !(node->text = gvariant_copy(parser, size)))
		return NULL;
	if (is_integer(node->text))
		return node;
	if (!is_decimal(node->text))
		return gvariant_refuse(parser, node->at, "expected a number, found \"%.*s\"", FOUND_MAX, node->text);
	node->pattern = "d";
	return node;
}

struct integer_type {
	char letter;
	uint64_t below_zero; /* the largest distance */
	uint64_t above_zero;
	const char *range;
};

static const struct integer_type integer_types[] = {
	{ 'y', 0, UINT8_MAX, "from 0 to 255" },
	{ 'n', (uint64_t)INT16_MAX + 1, INT16_MAX, "from -32768 to 32767" },
	{ 'q', 0, UINT16_MAX, "from 0 to 65535" },
	{ 'i', (uint64_t)INT32_MAX + 1, INT32_MAX, "from -2147483648 to 2147483647" },
	{ 'u', 0, UINT32_MAX, "from 0 to 4294967295" },
	{ 'x', (uint64_t)INT64_MAX + 1, INT64_MAX, "from -9223372036854775808 to 9223372036854775807" },
	{ 't', 0, UINT64_MAX, "from 0 to 18446744073709551615" },
	{ 0 },
};

/* Reads the digits of is_integer(). Returns false when there are too many. */
static bool read_integer(const char *digits, uint64_t *ret)
{
	uint64_t base = *digits != '0' ? 10 : tolower((unsigned char)digits[1]) == 'x' ? 16 : 8;
	uint64_t value = 0;

	for (digits += base == 16 ? 2 : 0; *digits; digits++) {
		bool letter = isalpha((unsigned char)*digits);
		uint64_t digit = (uint64_t)(letter ? tolower((unsigned char)*digits) - 'a' + 10 : *digits - '0');

		if (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit, &value))
			return false;
	}
	*ret = value;
	return true;
}

/* The word of an integer; NULL with a problem. */
static char *integer_word(struct gvariant_parser *parser, const struct gvariant_node *node,
	const struct integer_type *type)
{
	bool negative = *node->text == '-';
	uint64_t value;

	if (!read_integer(node->text + (negative || *node->text == '+'), &value) ||
		value > (negative ? type->below_zero : type->above_zero))
		return gvariant_refuse(parser, node->at, "expected a number %s for the type \"%c\", found \"%.*s\"",
			type->range, type->letter, FOUND_MAX, node->text);
	return plan_printf(parser->document, "%c%s%llu", type->letter, negative && value > 0 ? "-" : "",
		(unsigned long long)value);
}

static char *double_word(struct gvariant_parser *parser, const struct gvariant_node *node)
{
	double value = strtod(node->text, NULL);

	if (isinf(value) && !strstr(node->text, "inf"))
		return gvariant_refuse(parser, node->at,
			"expected a number that is not too large for a double, found \"%.*s\"", FOUND_MAX, node->text);
	return plan_printf(parser->document, "d%.17g", value);
}

/* ---- texts ---- */

/* Reads an escape of size hexadecimal digits, and writes the character. */
static bool unescape_unicode(struct gvariant_parser *parser, size_t size, char **end)
{
	size_t at = parser->at - 2;
	uint32_t code = 0;

	for (size_t i = 0; i < size; i++) {
		const char *digits = "0123456789abcdef";
		char c = parser->text[parser->at];
		const char *digit = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

		if (!digit) {
			gvariant_refuse(parser, at, "expected %zu hexadecimal digits behind the backslash", size);
			return false;
		}
		code = code << 4 | (uint32_t)(digit - digits);
		parser->at++;
	}
	if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
		gvariant_refuse(parser, at, "expected a character that a text can have, found U+%04X", code);
		return false;
	}
	if (code < 0x80) {
		*(*end)++ = (char)code;
		return true;
	}

	int rest = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;

	*(*end)++ = (char)((0xff00 >> (rest + 1) & 0xff) | code >> 6 * rest);
	while (rest-- > 0)
		*(*end)++ = (char)(0x80 | (code >> 6 * rest & 0x3f));
	return true;
}

/* Reads up to three octal digits, and writes the byte. */
static bool unescape_octal(struct gvariant_parser *parser, char **end)
{
	size_t at = parser->at - 1;
	unsigned int code = 0;

	for (int i = 0; i < 3 && parser->text[parser->at] >= '0' && parser->text[parser->at] <= '7'; i++)
		code = code * 8 + (unsigned int)(parser->text[parser->at++] - '0');
	if (code == 0 || code > UINT8_MAX) {
		gvariant_refuse(parser, at, "expected a byte from \\001 to \\377, found \\%03o", code);
		return false;
	}
	*(*end)++ = (char)code;
	return true;
}

/* Reads what stands behind a backslash. */
static bool unescape(struct gvariant_parser *parser, bool bytes, char **end)
{
	static const char letters[] = "abfnrtv";
	static const char meanings[] = "\a\b\f\n\r\t\v";
	size_t at = parser->at - 1;
	const char *c = parser->text + parser->at;
	const char *letter = strchr(letters, *c);
	size_t size = bytes ? 1 : printable_character(c);

	if (bytes && *c >= '0' && *c <= '7')
		return unescape_octal(parser, end);
	parser->at += size;
	if (!bytes && (*c == 'u' || *c == 'U'))
		return unescape_unicode(parser, *c == 'u' ? 4 : 8, end);
	if (size == 0) {
		gvariant_refuse(parser, at, "expected UTF-8");
		return false;
	}
	if (!letter && isalnum((unsigned char)*c)) {
		gvariant_refuse(parser, at, "there is no escape \"\\%c\" here", *c);
		return false;
	}
	if (*c == '\n') /* the line goes on */
		return true;
	memcpy(*end, letter ? &meanings[letter - letters] : c, size);
	*end += size;
	return true;
}

struct gvariant_node *gvariant_quoted(struct gvariant_parser *parser, enum gvariant_kind kind, size_t at)
{
	bool bytes = kind == GVARIANT_BYTES;
	struct gvariant_node *node = gvariant_node(parser, kind, at, bytes ? "ay" : text_pattern);
	char quote = parser->text[parser->at++];
	const char *text = parser->text + parser->at;
	size_t size = 0;
	char *end;

	while (text[size] && text[size] != quote)
		size += text[size] == '\\' && text[size + 1] ? 2 : 1;
	if (!node)
		return NULL;
	if (!text[size])
		return gvariant_refuse(parser, at, "expected a quote (%c) at the end of this text", quote);
	/* No escape is shorter than what it stands for. */
	end = node->text = oci_alloc(parser->document, size + 1);
	if (!end)
		return NULL;
	while (parser->text[parser->at] != quote) {
		const char *c = parser->text + parser->at;
		size_t taken = bytes ? 1 : printable_character(c);

		if (taken == 0)
			return gvariant_refuse(parser, parser->at, "expected UTF-8");
		parser->at += taken;
		if (*c != '\\')
			end = (char *)memcpy(end, c, taken) + taken;
		else if (!unescape(parser, bytes, &end))
			return NULL;
	}
	parser->at++;
	if (bytes)
		parser->word_room += (size_t)(end - node->text) + 1;
	return node;
}

static char *text_word(struct gvariant_parser *parser, const struct gvariant_node *node, char type)
{
	if (type == 'o' && !plan_is_object_path(node->text))
		return gvariant_refuse(parser, node->at, "expected an object path of D-Bus, found %s",
			gvariant_found(parser, node->at));
	if (type == 'g' && !plan_is_signature(node->text))
		return gvariant_refuse(parser, node->at, "expected a signature of D-Bus, found %s",
			gvariant_found(parser, node->at));
	return plan_printf(parser->document, "%c%s", type, node->text);
}

char *gvariant_basic_word(struct gvariant_parser *parser, const struct gvariant_node *node, char type)
{
	const struct integer_type *row = integer_types;

	if (type == 'b')
		return plan_printf(parser->document, "b%s", node->text);
	if (type == 'd')
		return double_word(parser, node);
	if (type == 's' || type == 'o' || type == 'g')
		return text_word(parser, node, type);
	while (row->letter != type)
		row++;
	return integer_word(parser, node, row);
}
