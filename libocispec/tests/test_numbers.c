/* Integers, to the last bit: the values that each kind accepts and stores, and the problems of the others. */
#include "help.h"

struct numbers {
	int32_t i32;
	int64_t i64;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	struct oci_opt_i32 opt_i32;
	struct oci_opt_i64 opt_i64;
	struct oci_opt_u16 opt_u16;
	struct oci_opt_u32 opt_u32;
	struct oci_opt_u64 opt_u64;
	int64_t small;
	int64_t at_least;
	struct oci_ids ids;
};

static const struct oci_field numbers_rows[] = {
	OCI_NUMBER(numbers, i32, "i32"),
	OCI_NUMBER(numbers, i64, "i64"),
	OCI_NUMBER(numbers, u16, "u16"),
	OCI_NUMBER(numbers, u32, "u32"),
	OCI_NUMBER(numbers, u64, "u64"),
	OCI_NUMBER(numbers, opt_i32, "opt_i32"),
	OCI_NUMBER(numbers, opt_i64, "opt_i64"),
	OCI_NUMBER(numbers, opt_u16, "opt_u16"),
	OCI_NUMBER(numbers, opt_u32, "opt_u32"),
	OCI_NUMBER(numbers, opt_u64, "opt_u64"),
	OCI_NUMBER(numbers, small, "small", .min = -1000, .max = 1000),
	OCI_NUMBER(numbers, at_least, "at_least", .min = 1, .max = INT64_MAX),
	OCI_IDS(numbers, ids, "ids", .max = 4294967294),
};
static const struct oci_type numbers_type = OCI_TYPE(numbers, numbers_rows);

#define I32 "expected an integer from -2147483648 to 2147483647, found "
#define I64 "expected an integer from -9223372036854775808 to 9223372036854775807, found "
#define U16 "expected an integer from 0 to 65535, found "
#define U32 "expected an integer from 0 to 4294967295, found "
#define U64 "expected an integer from 0 to 18446744073709551615, found "

/* A number of a member, and the text of it when it is written again; or the problem. */
static const struct {
	const char *member, *number, *stored, *problem;
} cases[] = {
	{ "i32", "0", "", "" },
	{ "i32", "-0", "", "" },
	{ "i32", "-2147483648", "-2147483648", "" },
	{ "i32", "2147483647", "2147483647", "" },
	{ "i32", "-2147483649", NULL, I32 "-2147483649" },
	{ "i32", "2147483648", NULL, I32 "2147483648" },
	{ "i32", "4294967295", NULL, I32 "4294967295" },
	{ "i32", "1.0", NULL, "expected integer, found 1.0" },
	{ "i32", "1e3", NULL, "expected integer, found 1e3" },
	{ "i32", "1E3", NULL, "expected integer, found 1E3" },
	{ "i32", "-0.0", NULL, "expected integer, found -0.0" },
	{ "i32", "\"1\"", NULL, "expected integer, found string" },
	{ "i64", "-9223372036854775808", "-9223372036854775808", "" },
	{ "i64", "9223372036854775807", "9223372036854775807", "" },
	{ "i64", "9007199254740993", "9007199254740993", "" },
	{ "i64", "-9007199254740993", "-9007199254740993", "" },
	{ "i64", "9223372036854775808", NULL, I64 "9223372036854775808" },
	{ "i64", "-9223372036854775809", NULL, I64 "-9223372036854775809" },
	{ "i64", "18446744073709551615", NULL, I64 "18446744073709551615" },
	{ "i64", "18446744073709551616", NULL, I64 "18446744073709551616" },
	{ "i64", "-18446744073709551616", NULL, I64 "-18446744073709551616" },
	{ "i64", "1e400", NULL, "expected integer, found 1e400" },
	{ "u16", "65535", "65535", "" },
	{ "u16", "65536", NULL, U16 "65536" },
	{ "u16", "-1", NULL, U16 "-1" },
	{ "u16", "-0", NULL, U16 "-0" },
	{ "u32", "4294967295", "4294967295", "" },
	{ "u32", "2147483648", "2147483648", "" },
	{ "u32", "4294967296", NULL, U32 "4294967296" },
	{ "u32", "-1", NULL, U32 "-1" },
	{ "u64", "18446744073709551615", "18446744073709551615", "" },
	{ "u64", "9007199254740993", "9007199254740993", "" },
	{ "u64", "9223372036854775808", "9223372036854775808", "" },
	{ "u64", "18446744073709551616", NULL, U64 "18446744073709551616" },
	{ "u64", "18446744073709551620", NULL, U64 "18446744073709551620" },
	{ "u64", "36893488147419103232", NULL, U64 "36893488147419103232" },
	{ "u64", "184467440737095516150", NULL, U64 "184467440737095516150" },
	{ "u64", "-1", NULL, U64 "-1" },
	{ "u64", "-9223372036854775808", NULL, U64 "-9223372036854775808" },
	{ "u64", "1.5", NULL, "expected integer, found 1.5" },
	{ "u64", "10000000000000000000000000000000000000000000000000", NULL,
		U64 "1000000000000000000000000000000000000000..." },
	{ "opt_i32", "-2147483648", "-2147483648", "" },
	{ "opt_i32", "0", "0", "" },
	{ "opt_i32", "-0", "0", "" },
	{ "opt_i32", "null", "", "" },
	{ "opt_i32", "2147483648", NULL, I32 "2147483648" },
	{ "opt_i64", "-9223372036854775808", "-9223372036854775808", "" },
	{ "opt_i64", "-1", "-1", "" },
	{ "opt_u16", "65535", "65535", "" },
	{ "opt_u16", "0", "0", "" },
	{ "opt_u32", "4294967295", "4294967295", "" },
	{ "opt_u64", "18446744073709551615", "18446744073709551615", "" },
	{ "opt_u64", "-0", NULL, U64 "-0" },
	{ "small", "1000", "1000", "" },
	{ "small", "-1000", "-1000", "" },
	{ "small", "1001", NULL, "expected an integer from -1000 to 1000, found 1001" },
	{ "small", "-1001", NULL, "expected an integer from -1000 to 1000, found -1001" },
	{ "at_least", "1", "1", "" },
	{ "at_least", "9223372036854775807", "9223372036854775807", "" },
	{ "at_least", "0", NULL, "expected an integer of at least 1, found 0" },
	{ "at_least", "-0", NULL, "expected an integer of at least 1, found -0" },
	{ "at_least", "-5", NULL, "expected an integer of at least 1, found -5" },
	{ "ids", "[0,4294967294]", "[0,4294967294]", "" },
};

static void check_stored(struct oci_document *document, const char *member, const char *stored, const char *sentence)
{
	char expected[128], *written = NULL;
	snprintf(expected, sizeof(expected), *stored ? "{\"%s\":%s}" : "{}", member, stored);
	if (oci_write(&numbers_type, oci_root(document), OCI_WRITE_COMPACT, &written, NULL) < 0)
		abort();
	is_str(written, expected, sentence);
	free(written);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256], expected[256] = "", sentence[128];
		snprintf(text, sizeof(text), "{\"%s\":%s}", cases[i].member, cases[i].number);
		snprintf(sentence, sizeof(sentence), "%s %s", cases[i].member, cases[i].number);
		if (*cases[i].problem)
			snprintf(expected, sizeof(expected), "1:%zu: %s: %s", strlen(cases[i].member) + 5,
				cases[i].member, cases[i].problem);
		struct oci_document *document = parse_text(&numbers_type, text);
		is_str(problems_of(document), expected, sentence);
		check_stored(document, cases[i].member, cases[i].stored ? cases[i].stored : "", sentence);
		oci_free(document);
	}
	has_problems(&numbers_type, "{\"ids\":[1,4294967295]}",
		"1:11: ids[1]: expected an integer from 0 to 4294967294, found 4294967295", "an id that is -1");
	has_problems(&numbers_type, "{\"ids\":[1.0]}", "1:9: ids[0]: expected integer, found 1.0",
		"an id with a fraction");
	return done();
}
