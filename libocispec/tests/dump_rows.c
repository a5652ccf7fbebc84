/* Prints the rows of all types as JSON, for test_schema.py; with --names the JSON names and enumerated values, one a
 * line in quotes, which is a dictionary for the fuzzer. */
#include "ocispec.h"
#include "ocispec/enums.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[] = {
	[OCI_KIND_STRING] = "string",
	[OCI_KIND_BOOL] = "bool",
	[OCI_KIND_OPT_BOOL] = "bool",
	[OCI_KIND_I32] = "int32",
	[OCI_KIND_I64] = "int64",
	[OCI_KIND_U16] = "uint16",
	[OCI_KIND_U32] = "uint32",
	[OCI_KIND_U64] = "uint64",
	[OCI_KIND_OPT_I32] = "int32",
	[OCI_KIND_OPT_I64] = "int64",
	[OCI_KIND_OPT_U16] = "uint16",
	[OCI_KIND_OPT_U32] = "uint32",
	[OCI_KIND_OPT_U64] = "uint64",
	[OCI_KIND_ENUM] = "enum",
	[OCI_KIND_ENUMS] = "enum list",
	[OCI_KIND_STRINGS] = "string list",
	[OCI_KIND_IDS] = "uint32 list",
	[OCI_KIND_STRING_MAP] = "string map",
	[OCI_KIND_NUMBER_MAP] = "uint64 map",
	[OCI_KIND_NUMERAL] = "number",
	[OCI_KIND_OBJECT] = "object",
	[OCI_KIND_OPT_OBJECT] = "object",
	[OCI_KIND_LIST] = "object list",
	[OCI_KIND_KEYED_LIST] = "object map",
};

static void print_type(const struct oci_type *type);

static void print_field(const struct oci_field *field)
{
	printf("{\"kind\":\"%s\",\"required\":%s,\"some\":%s", kinds[field->kind],
		field->flags & OCI_REQUIRED ? "true" : "false", field->flags & OCI_SOME ? "true" : "false");
	if (field->min != 0 || field->max != 0)
		printf(",\"min\":%" PRId64 ",\"max\":%" PRIu64, field->min, field->max);
	if (field->expected)
		printf(",\"expected\":\"%s\"", field->expected);
	if (field->names) {
		printf(",\"names\":[");
		for (const struct oci_enum *row = field->names; row->name; row++)
			printf("%s\"%s\"", row == field->names ? "" : ",", row->name);
		printf("]");
	}
	if (field->type) {
		printf(",\"members\":");
		print_type(field->type);
	}
	printf("}");
}

static void print_type(const struct oci_type *type)
{
	printf("{");
	for (size_t i = 0; i < type->n; i++) {
		printf("%s\"%s\":", i ? "," : "", type->rows[i].name);
		print_field(&type->rows[i]);
	}
	printf("}");
}

static void print_names(const struct oci_type *type)
{
	for (const struct oci_field *field = type->rows; field < type->rows + type->n; field++) {
		printf("\"\\\"%s\\\"\"\n", field->name);
		for (const struct oci_enum *row = field->names; row && row->name; row++)
			printf("\"\\\"%s\\\"\"\n", row->name);
		if (field->type)
			print_names(field->type);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		const struct oci_type *type;
	} documents[] = {
		{ "config", &oci_config_type },
		{ "state", &oci_state_type },
		{ "features", &oci_features_type },
	};
	bool names = argc > 1 && strcmp(argv[1], "--names") == 0;
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		if (names) {
			print_names(documents[i].type);
			continue;
		}
		printf("%s\"%s\":", i ? "," : "{", documents[i].name);
		print_type(documents[i].type);
	}
	if (!names)
		printf("}\n");
	return 0;
}
