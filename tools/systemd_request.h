/* The request of tare to tare-systemd (src/unit_request.h), split into its words, and the failure that answers it. */
#pragma once

#include "unit_request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PROPERTIES_MAX = 512,  /* of a request */
	ERROR_NAME_SIZE = 256, /* D-Bus allows no longer names */
	ERROR_TEXT_SIZE = 4096,
};

/* Why something failed; name is the D-Bus error, "" when it is none. */
struct failure {
	char name[ERROR_NAME_SIZE];
	char text[ERROR_TEXT_SIZE];
};

struct property {
	const char *name;
	const char *signature;
	char **value; /* its words */
	bool may_leave;
	bool left;
};

struct request {
	char text[UNIT_MESSAGE_MAX + 1];
	size_t length;
	char **words;
	size_t word_count;
	bool start;
	const char *unit;
	struct property properties[PROPERTIES_MAX];
	size_t property_count;
};

/* Fills the failure in. The arguments may be texts of the failure itself. Returns -1. */
__attribute__((format(printf, 3, 4))) int fail(struct failure *f, const char *name, const char *format, ...);

/* Splits the text of the request: everything but text and length is filled in, and points into the text. The values of
 * properties are complete then; whether they have the type of the signature is not checked. The caller frees words,
 * also after a failure. Returns -1 with *f. */
int request_parse(struct request *r, struct failure *f);

/* The pid of the process that the request puts into the unit, as text; NULL when it names none. */
const char *request_process(const struct request *r);

/* Reads a number of an integer type of D-Bus. The result is its two's complement, of which each type takes its low
 * bits. Returns -1 when the text is no decimal number, or not one of this type. */
int request_number(char type, const char *text, uint64_t *ret_bits);
