/* Rows that do not fit their members, one for each value of CASE, which must not compile. CASE 0 has a fitting row and
 * must compile. */
#include "ocispec.h"
#include "ocispec/enums.h"

struct part {
	char *name;
	unsigned char *bytes;
};

struct parts {
	size_t n;
	struct part *items;
};

struct parts_backwards {
	struct part *items;
	size_t n;
};

struct whole {
	char *string;
	bool boolean;
	double real;
	float approximate;
	int16_t small;
	uint32_t number;
	uint64_t large;
	enum oci_status status;
	struct oci_enums statuses;
	struct oci_strings strings;
	struct oci_ids ids;
	struct oci_string_map map;
	struct oci_number_map numbers;
	struct oci_numeral numeral;
	struct part part;
	struct part *part_pointer;
	struct parts parts;
	struct parts_backwards backwards;
};

static const struct oci_field part_rows[] = {
	OCI_STRING(part, name, "name"),
};
static const struct oci_type part_type = OCI_TYPE(part, part_rows);

static const struct oci_field whole_rows[] = {
	OCI_OBJECT(whole, part, "part", part),
#if CASE == 0
	OCI_STRING(whole, string, "string", .flags = OCI_REQUIRED),
	OCI_BOOL(whole, boolean, "boolean"),
	OCI_NUMBER(whole, number, "number", .max = 9),
	OCI_ENUM(whole, status, "status", oci_status),
	OCI_ENUMS(whole, statuses, "statuses", oci_status),
	OCI_STRINGS(whole, strings, "strings"),
	OCI_IDS(whole, ids, "ids"),
	OCI_STRING_MAP(whole, map, "map"),
	OCI_NUMBER_MAP(whole, numbers, "numbers"),
	OCI_NUMERAL(whole, numeral, "numeral"),
	OCI_OBJECT(whole, part_pointer, "part_pointer", part),
	OCI_LIST(whole, parts, "parts", part),
	OCI_KEYED_LIST(whole, parts, "keyed", part, name),
#elif CASE == 1
	OCI_STRING(whole, number, "a string row for a number"),
#elif CASE == 2
	OCI_STRING(whole, strings, "a string row for a list of strings"),
#elif CASE == 3
	OCI_BOOL(whole, number, "a boolean row for a number"),
#elif CASE == 4
	OCI_NUMBER(whole, real, "a number row for a double"),
#elif CASE == 5
	OCI_NUMBER(whole, approximate, "a number row for a float"),
#elif CASE == 6
	OCI_NUMBER(whole, small, "a number row for a kind of integer that there is not"),
#elif CASE == 7
	OCI_NUMBER(whole, string, "a number row for a string"),
#elif CASE == 8
	OCI_NUMBER(whole, boolean, "a number row for a boolean"),
#elif CASE == 9
	OCI_ENUM(whole, status, "the names of another enum", oci_namespace_type),
#elif CASE == 10
	OCI_ENUM(whole, large, "an enum row for a number of 64 bits", oci_status),
#elif CASE == 11
	OCI_ENUMS(whole, status, "a list of enums for one", oci_status),
#elif CASE == 12
	OCI_STRINGS(whole, string, "a list of strings for one"),
#elif CASE == 13
	OCI_IDS(whole, strings, "a list of ids for one of strings"),
#elif CASE == 14
	OCI_STRING_MAP(whole, strings, "a map for a list"),
#elif CASE == 15
	OCI_OBJECT(whole, parts, "an object for a list", part),
#elif CASE == 16
	OCI_OBJECT(whole, part, "the type of another object", oci_state),
#elif CASE == 17
	OCI_LIST(whole, part, "a list for an object", part),
#elif CASE == 18
	OCI_LIST(whole, parts, "a list of other objects", oci_state),
#elif CASE == 19
	OCI_LIST(whole, backwards, "a list with its members the other way round", part),
#elif CASE == 20
	OCI_KEYED_LIST(whole, parts, "a key that is no string", part, bytes),
#elif CASE == 21
	OCI_STRING(whole, other, "a member that there is not"),
#elif CASE == 22
	OCI_NUMBER_MAP(whole, map, "a map of numbers for one of strings"),
#elif CASE == 23
	OCI_NUMERAL(whole, string, "a numeral for a string"),
#endif
};
const struct oci_type misfits_type = OCI_TYPE(whole, whole_rows);
