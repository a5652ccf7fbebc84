/* Errors as values.
 *
 * A function that can fail returns -1 with *err filled, or 0 and more with *err untouched; never both, never neither. The
 * text is a fixed buffer: reporting a failure never allocates, so it works when memory ran out and in a forked init. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

enum { ERROR_TEXT_MAX = 4096 };

struct error {
	int number; /* errno, or 0 when no system call failed */
	char text[ERROR_TEXT_MAX];
};

/* Sets *err to the formatted text, followed by ": " and the text of errno number unless number is 0. err may be NULL.
 * Texts are lowercase, cause first, subjects in quotes, no full stop. Always returns -1. */
int error_set(struct error *err, int number, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the text, keeping the number: what we were doing when it happened. Always returns -1. */
int error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text of an errno, lowercase as managers match it ("no such file or directory"); never localised. */
const char *error_number_text(int number);
