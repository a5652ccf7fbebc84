/* Integers: from the digits of the text to a member and back. A number is kept as sign and magnitude, which holds each
 * kind exactly; floating point is not used. */
#include "number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The layout of a member of each kind in memory, and its range. */
struct shape {
	size_t size; /* of the integer */
	size_t at;   /* its offset in the member; behind "set" when it is optional */
	bool optional;
	int64_t min;
	uint64_t max;
};

static const struct shape shapes[] = {
	[OCI_KIND_I32] = { 4, 0, false, INT32_MIN, INT32_MAX },
	[OCI_KIND_I64] = { 8, 0, false, INT64_MIN, INT64_MAX },
	[OCI_KIND_U16] = { 2, 0, false, 0, UINT16_MAX },
	[OCI_KIND_U32] = { 4, 0, false, 0, UINT32_MAX },
	[OCI_KIND_U64] = { 8, 0, false, 0, UINT64_MAX },
	[OCI_KIND_OPT_I32] = { 4, offsetof(struct oci_opt_i32, v), true, INT32_MIN, INT32_MAX },
	[OCI_KIND_OPT_I64] = { 8, offsetof(struct oci_opt_i64, v), true, INT64_MIN, INT64_MAX },
	[OCI_KIND_OPT_U16] = { 2, offsetof(struct oci_opt_u16, v), true, 0, UINT16_MAX },
	[OCI_KIND_OPT_U32] = { 4, offsetof(struct oci_opt_u32, v), true, 0, UINT32_MAX },
	[OCI_KIND_OPT_U64] = { 8, offsetof(struct oci_opt_u64, v), true, 0, UINT64_MAX },
	[OCI_KIND_IDS] = { 4, 0, false, 0, UINT32_MAX },        /* of an item */
	[OCI_KIND_NUMBER_MAP] = { 8, 0, false, 0, UINT64_MAX }, /* of a value */
};

_Static_assert(offsetof(struct oci_opt_i32, set) == 0 && offsetof(struct oci_opt_i64, set) == 0 &&
		offsetof(struct oci_opt_u16, set) == 0 && offsetof(struct oci_opt_u32, set) == 0 &&
		offsetof(struct oci_opt_u64, set) == 0,
	"set comes first in all optional numbers");

/* Returns false when the magnitude does not fit into 64 bits. */
static bool parse_digits(const char *digits, size_t length, struct number *ret_number)
{
	struct number number = { .negative = digits[0] == '-' };
	for (size_t i = number.negative; i < length; i++)
		if (__builtin_mul_overflow(number.magnitude, (uint64_t)10, &number.magnitude) ||
			__builtin_add_overflow(number.magnitude, (uint64_t)(digits[i] - '0'), &number.magnitude))
			return false;
	*ret_number = number;
	return true;
}

static bool in_range(const struct number *number, int64_t min, uint64_t max)
{
	if (number->negative)
		return min < 0 && number->magnitude <= -(uint64_t)min;
	return number->magnitude <= max && (min <= 0 || number->magnitude >= (uint64_t)min);
}

/* Reports a number that is not what was expected. Long numbers are cut. */
static void report_number(struct oci_document *document, uint32_t token, const char *expected)
{
	enum { SHOWN_MAX = 40 };
	const struct token *value = &document->tape[token];
	uint32_t length = value->end - value->start;
	problem_report(document, token, NULL, "expected %s, found %.*s%s", expected,
		(int)(length > SHOWN_MAX ? SHOWN_MAX : length), document->text + value->start,
		length > SHOWN_MAX ? "..." : "");
}

bool number_read(struct oci_document *document, const struct oci_field *field, uint32_t token,
	struct number *ret_number)
{
	const struct token *value = &document->tape[token];
	const char *digits = document->text + value->start;
	size_t length = value->end - value->start;
	if (!expect_kind(document, token, TOKEN_NUMBER, "integer"))
		return false;
	if (!tape_is_integer(document, token)) {
		report_number(document, token, "integer");
		return false;
	}

	const struct shape *shape = &shapes[field->kind];
	bool limited = field->min != 0 || field->max != 0;
	int64_t min = limited ? field->min : shape->min;
	uint64_t max = limited ? field->max : shape->max;
	struct number number;
	if (parse_digits(digits, length, &number) && in_range(&number, min, max)) {
		*ret_number = number;
		return true;
	}

	char expected[96];
	if (min > 0 && max == shape->max)
		snprintf(expected, sizeof(expected), "an integer of at least %" PRId64, min);
	else
		snprintf(expected, sizeof(expected), "an integer from %" PRId64 " to %" PRIu64, min, max);
	report_number(document, token, expected);
	return false;
}

void number_store(enum oci_kind kind, const struct number *number, char *member)
{
	const struct shape *shape = &shapes[kind];
	uint64_t bits = number->negative ? -number->magnitude : number->magnitude;
	if (shape->size == sizeof(uint16_t))
		memcpy(member + shape->at, &(uint16_t){ (uint16_t)bits }, sizeof(uint16_t));
	else if (shape->size == sizeof(uint32_t))
		memcpy(member + shape->at, &(uint32_t){ (uint32_t)bits }, sizeof(uint32_t));
	else
		memcpy(member + shape->at, &bits, sizeof(bits));
	if (shape->optional)
		memcpy(member, &(bool){ true }, sizeof(bool));
}

bool number_load(enum oci_kind kind, const char *member, struct number *ret_number)
{
	const struct shape *shape = &shapes[kind];
	uint16_t u16;
	uint32_t u32;
	uint64_t bits;
	if (shape->size == sizeof(u16)) {
		memcpy(&u16, member + shape->at, sizeof(u16));
		bits = u16;
	} else if (shape->size == sizeof(u32)) {
		memcpy(&u32, member + shape->at, sizeof(u32));
		bits = shape->min < 0 ? (uint64_t)(int64_t)(int32_t)u32 : u32;
	} else {
		memcpy(&bits, member + shape->at, sizeof(bits));
	}
	bool negative = shape->min < 0 && (int64_t)bits < 0;
	*ret_number = (struct number){ .negative = negative, .magnitude = negative ? -bits : bits };

	bool set = true;
	if (shape->optional)
		memcpy(&set, member, sizeof(set));
	return set;
}

void number_print(const struct number *number, char buffer[24])
{
	snprintf(buffer, 24, "%s%" PRIu64, number->negative ? "-" : "", number->magnitude);
}
