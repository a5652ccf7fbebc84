/* The grammar of a row. A type is a table of rows; a row says what a member of a JSON object is called, what it may be
 * and where it lands in the struct. One engine parses, checks, writes and documents every type from its rows.
 *
 * Users of the library may write rows for their own structs:
 *
 *	struct port { char *name; uint32_t number; struct oci_opt_i64 limit; };
 *
 *	static const struct oci_field port_rows[] = {
 *		OCI_STRING(port, name, "name", .flags = OCI_REQUIRED | OCI_NONEMPTY),
 *		OCI_NUMBER(port, number, "number", .flags = OCI_REQUIRED, .min = 1, .max = 65535),
 *		OCI_NUMBER(port, limit, "limit"),
 *	};
 *	static const struct oci_type port_type = OCI_TYPE(port, port_rows);
 *
 * The first argument of a row is the tag of the struct, the second its member, the third the JSON name; after the
 * arguments of the kind come constraints as designated initialisers. A row whose kind does not fit its member does not
 * compile. These are the only macros of the library. */
#pragma once

#include "ocispec/types.h"

/* A row of a table of names: what the text says and the value of the enum. A table ends with a NULL name. */
struct oci_enum {
	const char *name;
	int value;
};

enum oci_kind {
	OCI_KIND_STRING,   /* char * */
	OCI_KIND_BOOL,     /* bool; absent is false */
	OCI_KIND_OPT_BOOL, /* struct oci_opt_bool */
	OCI_KIND_I32,      /* int32_t; absent is 0, as for the next four */
	OCI_KIND_I64,      /* int64_t */
	OCI_KIND_U16,      /* uint16_t */
	OCI_KIND_U32,      /* uint32_t */
	OCI_KIND_U64,      /* uint64_t */
	OCI_KIND_OPT_I32,  /* struct oci_opt_i32, and so on */
	OCI_KIND_OPT_I64,
	OCI_KIND_OPT_U16,
	OCI_KIND_OPT_U32,
	OCI_KIND_OPT_U64,
	OCI_KIND_ENUM,       /* an enum whose 0 means absent; a string in the text */
	OCI_KIND_ENUMS,      /* struct oci_enums; an array of strings in the text */
	OCI_KIND_STRINGS,    /* struct oci_strings */
	OCI_KIND_IDS,        /* struct oci_ids; limits apply to each item */
	OCI_KIND_STRING_MAP, /* struct oci_string_map; constraints apply to each value */
	OCI_KIND_NUMBER_MAP, /* struct oci_number_map; limits apply to each value */
	OCI_KIND_NUMERAL,    /* struct oci_numeral; any number in the text */
	OCI_KIND_OBJECT,     /* a struct by value; absent is all zero */
	OCI_KIND_OPT_OBJECT, /* a pointer to a struct; absent is NULL */
	OCI_KIND_LIST,       /* struct { size_t n; struct item *items; }; an array of objects in the text */
	OCI_KIND_KEYED_LIST, /* the same; in the text an object of objects, each key going to a member of its item */
};

enum oci_field_flags {
	OCI_REQUIRED = 1, /* must be there and not null; always written */
	OCI_ABSOLUTE = 2, /* a path that starts with "/"; in a list, each item */
	OCI_NONEMPTY = 4, /* not ""; in a list, each item */
	OCI_SOME = 8,     /* a list with at least one item */
	OCI_WRITTEN = 16, /* written even when it is zero */
};

struct oci_type;

struct oci_field {
	const char *name; /* in the JSON text; case counts. "" for the only row of a type: the text is its value */
	size_t name_length;
	size_t offset; /* of the member in the struct */
	enum oci_kind kind;
	unsigned flags; /* enum oci_field_flags */
	int64_t min;    /* limits of a number, both included; both 0: the limits of its kind */
	uint64_t max;
	const struct oci_enum *names;    /* ENUM, ENUMS */
	const struct oci_type *type;     /* OBJECT, OPT_OBJECT, LIST, KEYED_LIST */
	size_t key_offset;               /* KEYED_LIST: of the item's char * that takes the key */
	bool (*check)(const char *text); /* for strings, and each string of a list or map: false refuses the string */
	const char *expected;            /* what check accepts, as in "expected a size such as 2MB, found ..." */
};

/* A struct and the rows of its members. */
struct oci_type {
	const char *name; /* the tag of the struct */
	size_t size;
	const struct oci_field *rows; /* in the order in which they are written */
	size_t n;                     /* at most OCI_MAX_ROWS */
};

enum { OCI_MAX_ROWS = 64 };

/* An initialiser of struct oci_type from an array of rows. */
#define OCI_TYPE(tag, table)                              \
	{ .name = #tag,                                   \
		.size = sizeof(struct tag),               \
		.rows = (table),                          \
		.n = sizeof(table) / sizeof((table)[0]) + \
			OCI_MUST_(sizeof(table) / sizeof((table)[0]) <= OCI_MAX_ROWS) }

#define OCI_STRING(tag, member, json, ...)                                                                  \
	OCI_ROW_(tag, member, json,                                                                         \
		_Generic(OCI_MEMBER_(tag, member), char *: OCI_KIND_STRING, const char *: OCI_KIND_STRING), \
		__VA_ARGS__)

#define OCI_BOOL(tag, member, json, ...)                                                                         \
	OCI_ROW_(tag, member, json,                                                                              \
		_Generic(OCI_MEMBER_(tag, member), bool: OCI_KIND_BOOL, struct oci_opt_bool: OCI_KIND_OPT_BOOL), \
		__VA_ARGS__)

#define OCI_NUMBER(tag, member, json, ...)                     \
	OCI_ROW_(tag, member, json,                            \
		_Generic(OCI_MEMBER_(tag, member),             \
			int32_t: OCI_KIND_I32,                 \
			int64_t: OCI_KIND_I64,                 \
			uint16_t: OCI_KIND_U16,                \
			uint32_t: OCI_KIND_U32,                \
			uint64_t: OCI_KIND_U64,                \
			struct oci_opt_i32: OCI_KIND_OPT_I32,  \
			struct oci_opt_i64: OCI_KIND_OPT_I64,  \
			struct oci_opt_u16: OCI_KIND_OPT_U16,  \
			struct oci_opt_u32: OCI_KIND_OPT_U32,  \
			struct oci_opt_u64: OCI_KIND_OPT_U64), \
		__VA_ARGS__)

/* The names are in a table called <enum tag>_names. */
#define OCI_ENUM(tag, member, json, enum_tag, ...)                                                                     \
	OCI_ROW_(tag, member, json,                                                                                    \
		OCI_KIND_ENUM +                                                                                        \
			OCI_MUST_(__builtin_types_compatible_p(__typeof__(OCI_MEMBER_(tag, member)), enum enum_tag) && \
				sizeof(OCI_MEMBER_(tag, member)) == sizeof(int)),                                      \
		.names = enum_tag##_names, __VA_ARGS__)

#define OCI_ENUMS(tag, member, json, enum_tag, ...)                                                       \
	OCI_ROW_(tag, member, json, _Generic(OCI_MEMBER_(tag, member), struct oci_enums: OCI_KIND_ENUMS), \
		.names = enum_tag##_names, __VA_ARGS__)

#define OCI_STRINGS(tag, member, json, ...)                                                                   \
	OCI_ROW_(tag, member, json, _Generic(OCI_MEMBER_(tag, member), struct oci_strings: OCI_KIND_STRINGS), \
		__VA_ARGS__)

#define OCI_IDS(tag, member, json, ...) \
	OCI_ROW_(tag, member, json, _Generic(OCI_MEMBER_(tag, member), struct oci_ids: OCI_KIND_IDS), __VA_ARGS__)

#define OCI_STRING_MAP(tag, member, json, ...)                                                                      \
	OCI_ROW_(tag, member, json, _Generic(OCI_MEMBER_(tag, member), struct oci_string_map: OCI_KIND_STRING_MAP), \
		__VA_ARGS__)

#define OCI_NUMBER_MAP(tag, member, json, ...)                                                                      \
	OCI_ROW_(tag, member, json, _Generic(OCI_MEMBER_(tag, member), struct oci_number_map: OCI_KIND_NUMBER_MAP), \
		__VA_ARGS__)

#define OCI_NUMERAL(tag, member, json, ...)                                                                   \
	OCI_ROW_(tag, member, json, _Generic(OCI_MEMBER_(tag, member), struct oci_numeral: OCI_KIND_NUMERAL), \
		__VA_ARGS__)

/* A struct by value or a pointer to one; its type is called <object tag>_type. */
#define OCI_OBJECT(tag, member, json, object_tag, ...)             \
	OCI_ROW_(tag, member, json,                                \
		_Generic(OCI_MEMBER_(tag, member),                 \
			struct object_tag: OCI_KIND_OBJECT,        \
			struct object_tag *: OCI_KIND_OPT_OBJECT), \
		.type = &object_tag##_type, __VA_ARGS__)

#define OCI_LIST(tag, member, json, item_tag, ...)                                                                   \
	OCI_ROW_(tag, member, json, OCI_KIND_LIST + OCI_MUST_LIST_(tag, member, item_tag), .type = &item_tag##_type, \
		__VA_ARGS__)

/* key is the member of the item that takes the name in the text. */
#define OCI_KEYED_LIST(tag, member, json, item_tag, key, ...)                                                    \
	OCI_ROW_(tag, member, json, OCI_KIND_KEYED_LIST + OCI_MUST_LIST_(tag, member, item_tag),                 \
		.type = &item_tag##_type,                                                                        \
		.key_offset = offsetof(struct item_tag, key) +                                                   \
			OCI_MUST_(__builtin_types_compatible_p(__typeof__(OCI_MEMBER_(item_tag, key)), char *)), \
		__VA_ARGS__)

/* The rest serves the macros above. */
#define OCI_ROW_(tag, member, json, kind_, ...)         \
	{ .name = (json),                               \
		.name_length = sizeof(json) - 1,        \
		.offset = offsetof(struct tag, member), \
		.kind = (kind_),                        \
		__VA_ARGS__ }

#define OCI_MEMBER_(tag, member) (((struct tag *)0)->member)

#define OCI_MUST_(condition) (0 * sizeof(char[(condition) ? 1 : -1]))

/* NOLINTBEGIN(bugprone-macro-parentheses): a tag or a member cannot stand in parentheses */
#define OCI_MUST_LIST_(tag, member, item_tag)                                                                    \
	OCI_MUST_(__builtin_types_compatible_p(__typeof__(OCI_MEMBER_(tag, member.items)), struct item_tag *) && \
		__builtin_types_compatible_p(__typeof__(OCI_MEMBER_(tag, member.n)), size_t) &&                  \
		offsetof(struct tag, member.n) == offsetof(struct tag, member) &&                                \
		offsetof(struct tag, member.items) == offsetof(struct tag, member) + sizeof(size_t))
/* NOLINTEND(bugprone-macro-parentheses) */
