/* Strings that grow, and strict conversions from text to numbers. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define cleanup_text __attribute__((cleanup(text_free)))

/* A growing string. Start from {0}. Once an append fails for lack of memory, failed stays set and later appends do
 * nothing, so that a whole text is built first and checked once, with text_done(). */
struct text {
	char *s; /* terminated; NULL while empty */
	size_t n;
	size_t room;
	bool failed;
};

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(struct text *text, const char *bytes, size_t n);
/* Appends foreign bytes in the visible form of base/printable.h. */
void text_add_printable(struct text *text, const char *s);

/* -1 with *err when an append failed. */
int text_done(const struct text *text, struct error *err);

/* Hands the string over (never NULL unless an append failed); the text is empty then. */
char *text_take(struct text *text);

void text_free(struct text *text);

/* Decimal digits only: no sign, no space, no leading '+', the whole string. False when it is anything else or too
 * large. */
bool text_to_u64(const char *s, uint64_t *ret_value);
bool text_to_u32(const char *s, uint32_t *ret_value);
/* The same with a '-' in front for numbers below zero. */
bool text_to_i64(const char *s, int64_t *ret_value);
/* A number with a fraction, exactly: whole + part / scale. */
struct text_decimal {
	int64_t whole;
	int64_t part;
	int64_t scale; /* a power of ten, at most 10^18: further digits are passed over */
};

/* Takes digits, perhaps with a point in front, behind or among them, off the text *s. False for no digit, or too large
 * a number; *s and *ret are as they were then. */
bool text_take_decimal(const char **s, struct text_decimal *ret);

/* A number of bytes with one of the units k, m, g, t and p, which are powers of 1024, in either case and perhaps with
 * "b" or "ib" behind: "512m", "1GiB", "7b". Before a unit it may have a fraction, of which whole bytes count:
 * "1.5g". */
bool text_to_bytes(const char *s, int64_t *ret_value);

/* Reads one range of a list like "0-3,7" (cpuset(7)) and moves *list to the next one, or to the end of the string. A
 * single number is a range of one. False for what is no such list, or a number of more than ten digits; *list is of no
 * use then. */
bool text_next_range(const char **list, uint64_t *ret_first, uint64_t *ret_last);

/* True when s starts with prefix. */
bool text_starts(const char *s, const char *prefix);
