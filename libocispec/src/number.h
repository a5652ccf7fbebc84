/* Integers: from the digits of the text to a member and back, exact over all of int64_t and uint64_t. */
#pragma once

#include "document.h"

struct number {
	bool negative;
	uint64_t magnitude;
};

/* Reads an integer within the limits of the row; reports and returns false when it is not one. -0 is 0 for signed
 * kinds. */
bool number_read(struct oci_document *document, const struct oci_field *field, uint32_t token,
	struct number *ret_number);

/* Puts a number into a member of this kind. */
void number_store(enum oci_kind kind, const struct number *number, char *member);

/* Takes a number out of a member of this kind. Returns false when it is an optional one that is not set. */
bool number_load(enum oci_kind kind, const char *member, struct number *ret_number);

/* Writes the decimal digits, terminated. */
void number_print(const struct number *number, char buffer[24]);
