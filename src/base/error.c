/* Errors as values: formatting and wrapping. Runs on both sides; allocates nothing and opens no file. */
#include "base/error.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_TEXT_MAX = 64, CONTEXT_MAX = 1024 };

const char *error_number_text(int number)
{
	static char lowered[NUMBER_TEXT_MAX];
	const char *text = strerrordesc_np(number);

	if (!text) {
		snprintf(lowered, sizeof(lowered), "error %d", number);
		return lowered;
	}
	snprintf(lowered, sizeof(lowered), "%s", text);
	/* "RFS specific error" keeps its capitals, "Read-only file system" does not. */
	if (islower((unsigned char)lowered[1]))
		lowered[0] = (char)tolower((unsigned char)lowered[0]);
	return lowered;
}

int error_set(struct error *err, int number, const char *format, ...)
{
	va_list args;
	int length;

	if (!err)
		return -1;
	err->number = number;
	va_start(args, format);
	length = vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	if (number != 0 && length >= 0 && (size_t)length < sizeof(err->text))
		snprintf(err->text + length, sizeof(err->text) - (size_t)length, ": %s", error_number_text(number));
	return -1;
}

int error_wrap(struct error *err, const char *format, ...)
{
	char context[CONTEXT_MAX];
	va_list args;
	size_t length;

	if (!err)
		return -1;
	va_start(args, format);
	vsnprintf(context, sizeof(context) - strlen(": "), format, args);
	va_end(args);
	length = strlen(context);
	memcpy(context + length, ": ", sizeof(": "));
	length += strlen(": ");
	/* What does not fit is lost at the end of the cause. */
	memmove(err->text + length, err->text, sizeof(err->text) - length);
	memcpy(err->text, context, length);
	err->text[sizeof(err->text) - 1] = '\0';
	return -1;
}
