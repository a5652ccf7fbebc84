/* Splits a request of tare into its words and properties. Runs in tare-systemd, knows no D-Bus, and takes nothing for
 * granted: what does not follow src/unit_request.h is refused. */
#include "systemd_request.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 }; /* of the containers in a value */

int fail(struct failure *f, const char *name, const char *format, ...)
{
	struct failure made = { 0 };
	va_list args;

	snprintf(made.name, sizeof(made.name), "%s", name ? name : "");
	va_start(args, format);
	vsnprintf(made.text, sizeof(made.text), format, args);
	va_end(args);
	*f = made;
	return -1;
}

/* Passes over one value. Returns -1 when it is not complete or too deep. */
static int skip_value(struct request *r, size_t *i, int depth)
{
	char code;

	if (*i >= r->word_count || depth > DEPTH_MAX)
		return -1;
	code = *r->words[(*i)++];
	if (code && strchr("ybnqiuxtdsog", code))
		return 0;
	if (!code || !strchr("a({v", code))
		return -1;
	while (*i < r->word_count && strcmp(r->words[*i], UNIT_END_OF_LIST) != 0) {
		if (skip_value(r, i, depth + 1) < 0)
			return -1;
	}
	return (*i)++ < r->word_count ? 0 : -1;
}

static int split_words(struct request *r, struct failure *f)
{
	size_t count = 0;

	if (r->length > UNIT_MESSAGE_MAX)
		return fail(f, NULL, "the request is longer than %d bytes", UNIT_MESSAGE_MAX);
	if (r->length == 0 || r->text[r->length - 1] != '\0')
		return fail(f, NULL, "the request does not end with a NUL byte");
	r->words = calloc(r->length, sizeof(*r->words));
	if (!r->words)
		return fail(f, NULL, "no memory for the request");
	for (char *word = r->text; word < r->text + r->length; word += strlen(word) + 1)
		r->words[count++] = word;
	r->word_count = count;
	return 0;
}

static int parse_property(struct request *r, size_t *i, struct failure *f)
{
	struct property *p = &r->properties[r->property_count];
	const char *name = r->words[*i];

	if (r->property_count == PROPERTIES_MAX)
		return fail(f, NULL, "the request has more than %d properties", PROPERTIES_MAX);
	if (*name != UNIT_MUST_KNOW && *name != UNIT_MAY_LEAVE)
		return fail(f, NULL, "expected a property in the request, found '%s'", name);
	*p = (struct property){ .name = name + 1, .may_leave = *name == UNIT_MAY_LEAVE };
	for (const char *c = p->name; *c; c++) {
		if (!isalnum((unsigned char)*c))
			return fail(f, NULL, "'%s' is not the name of a property", p->name);
	}
	if (!*p->name || *i + 2 >= r->word_count)
		return fail(f, NULL, "the property '%s' has no name, no signature or no value", p->name);
	p->signature = r->words[*i + 1];
	p->value = &r->words[*i + 2];
	*i += 2;
	if (skip_value(r, i, 0) < 0)
		return fail(f, NULL, "the value of the property '%s' is not complete, or too deep", p->name);
	r->property_count++;
	return 0;
}

int request_parse(struct request *r, struct failure *f)
{
	size_t i = 2;

	if (split_words(r, f) < 0)
		return -1;
	r->start = strcmp(r->words[0], UNIT_VERB_START) == 0;
	if (!r->start && strcmp(r->words[0], UNIT_VERB_SET) != 0)
		return fail(f, NULL, "no request is called '%s'", r->words[0]);
	if (r->word_count < 2 || !*r->words[1])
		return fail(f, NULL, "the request names no unit");
	r->unit = r->words[1];
	while (i < r->word_count) {
		if (parse_property(r, &i, f) < 0)
			return -1;
	}
	return 0;
}

const char *request_process(const struct request *r)
{
	for (size_t i = 0; i < r->property_count; i++) {
		char **value = r->properties[i].value; /* "au", the numbers, "." */

		if (strcmp(r->properties[i].name, "PIDs") == 0 && *value[0] == 'a' && *value[1] == 'u')
			return value[1] + 1;
	}
	return NULL;
}

/* A decimal number: its magnitude, and whether it has a sign. */
static int parse_number(const char *text, uint64_t *ret_magnitude, bool *ret_negative)
{
	uint64_t value = 0;

	*ret_negative = *text == '-';
	text += *ret_negative;
	if (!*text)
		return -1;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text) || __builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return -1;
	}
	*ret_magnitude = value;
	return 0;
}

int request_number(char type, const char *text, uint64_t *ret_bits)
{
	static const struct {
		char type;
		uint64_t max, below; /* the greatest magnitude, and that of negative numbers */
	} types[] = {
		{ 'y', UINT8_MAX, 0 },
		{ 'n', INT16_MAX, (uint64_t)INT16_MAX + 1 },
		{ 'q', UINT16_MAX, 0 },
		{ 'i', INT32_MAX, (uint64_t)INT32_MAX + 1 },
		{ 'u', UINT32_MAX, 0 },
		{ 'x', INT64_MAX, (uint64_t)INT64_MAX + 1 },
		{ 't', UINT64_MAX, 0 },
	};
	bool negative;
	uint64_t magnitude;

	if (parse_number(text, &magnitude, &negative) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].type != type)
			continue;
		if (magnitude > (negative ? types[i].below : types[i].max))
			return -1;
		*ret_bits = negative ? -magnitude : magnitude;
		return 0;
	}
	return -1;
}
