/* The small types in the structs of all OCI documents.
 *
 * All memory of a document is in its arena, which oci_free() frees. Absent is NULL for pointers, n == 0 for lists and
 * maps, and set == false for optional numbers. JSON null is the same as a missing member. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A list of strings. items[n] is NULL, so that items can be passed to execve(2). items is NULL when n is 0. */
struct oci_strings {
	size_t n;
	char **items;
};

struct oci_pair {
	char *key;
	char *value;
};

/* A JSON object from names to strings, in document order. */
struct oci_string_map {
	size_t n;
	struct oci_pair *items;
};

struct oci_number_pair {
	char *key;
	uint64_t value;
};

/* A JSON object from names to integers, in document order. */
struct oci_number_map {
	size_t n;
	struct oci_number_pair *items;
};

/* A number that need not be an integer, as its text: a double could not hold 0.1 exactly. */
struct oci_numeral {
	char *digits;
};

struct oci_ids {
	size_t n;
	uint32_t *items;
};

/* A list of enumerated values, each a member of the enum that the field names. */
struct oci_enums {
	size_t n;
	int *items; /* NULL: the list is absent, not merely empty */
};

struct oci_opt_bool {
	bool set;
	bool v;
};

struct oci_opt_i32 {
	bool set;
	int32_t v;
};

struct oci_opt_u16 {
	bool set;
	uint16_t v;
};

struct oci_opt_u32 {
	bool set;
	uint32_t v;
};

struct oci_opt_i64 {
	bool set;
	int64_t v;
};

struct oci_opt_u64 {
	bool set;
	uint64_t v;
};

struct oci_id_mapping {
	uint32_t container_id;
	uint32_t host_id;
	uint32_t size;
};

struct oci_id_mappings {
	size_t n;
	struct oci_id_mapping *items;
};
