/* Strings that grow, and strict conversions from text to numbers. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define cleanup_text __attribute__((cleanup(text_free)))

/* A growing string. Start from {0}. When an append fails for lack of memory, failed is set and later appends do
 * nothing, so that the caller builds a whole text and checks it once, with text_done(). */
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

/* Returns -1 with *err when an append failed, else 0. */
int text_done(const struct text *text, struct error *err);

/* Returns the string, which the caller frees, and empties the text. NULL only when an append failed. */
char *text_take(struct text *text);

void text_free(struct text *text);

/* Read a whole string of decimal digits, without sign or space. Return false when it is anything else or too large. */
bool text_to_u64(const char *s, uint64_t *ret_value);
bool text_to_u32(const char *s, uint32_t *ret_value);
/* text_to_u64() for a number that may begin with '-'. */
bool text_to_i64(const char *s, int64_t *ret_value);
/* Reads 1 to 16 hexadecimal digits, without a "0x" in front. */
bool text_to_hex(const char *s, uint64_t *ret_value);

/* A number with a fraction, exactly: whole + part / scale. */
struct text_decimal {
	int64_t whole;
	int64_t part;
	int64_t scale; /* a power of ten, at most 10^18: further digits are skipped */
};

/* Reads digits at *s, with at most one point before, behind or among them, and moves *s behind them. Returns false when
 * there is no digit or the number is too large, and leaves *s and *ret as they are. */
bool text_take_decimal(const char **s, struct text_decimal *ret);

/* Reads a number of bytes, which may have one of the units k, m, g, t and p (powers of 1024), in either case, and "b"
 * or "ib" behind: "512m", "1GiB", "7b". Before a unit the number may have a fraction ("1.5g"); the result is rounded
 * down to whole bytes. */
bool text_to_bytes(const char *s, int64_t *ret_value);

/* Reads one range of a list like "0-3,7" (cpuset(7)) and moves *list to the next one, or to the end of the string. A
 * single number is a range of one. Returns false when it is not such a list or a number has more than ten digits; *list
 * must not be used any more then. */
bool text_next_range(const char **list, uint64_t *ret_first, uint64_t *ret_last);

/* True when s starts with prefix, or ends with suffix. */
bool text_starts(const char *s, const char *prefix);
bool text_ends(const char *s, const char *suffix);
