/* Fills structs from the tape, by the rows. Each function takes a row, the token of the value and the address of the
 * member. A value that does not fit is reported, and the member stays absent. The recursion is as deep as the types
 * nest, not as the text.
 *
 * Members of structs are written with memcpy(3): the engine knows their size and offset, not their type. */
#include "document.h"
#include "number.h"

#include <stdio.h>
#include <string.h>

static int bind_object(struct oci_document *document, const struct oci_type *type, uint32_t token, char *base);

static void report_string(struct oci_document *document, uint32_t token, const char *expected, const char *found)
{
	char quoted[512];
	text_quote(found, strlen(found), quoted, sizeof(quoted));
	problem_report(document, token, NULL, "expected %s, found %s", expected, quoted);
}

/* Reads a string that satisfies the row's constraints. Otherwise reports it and leaves *ret_string as it is. Returns -1
 * without memory. */
static int bind_string(struct oci_document *document, const struct oci_field *field, uint32_t token, char **ret_string)
{
	size_t length;
	if (!expect_kind(document, token, TOKEN_STRING, "string"))
		return 0;
	const char *bytes = tape_string(document, token, &length);
	char *string = bytes ? arena_string(&document->arena, bytes, length) : NULL;
	if (!string)
		return -1;
	if ((field->flags & OCI_ABSOLUTE) && string[0] != '/')
		report_string(document, token, "an absolute path", string);
	else if ((field->flags & OCI_NONEMPTY) && string[0] == 0)
		problem_report(document, token, NULL, "expected a non-empty string");
	else if (field->check && !field->check(string))
		report_string(document, token, field->expected, string);
	else
		*ret_string = string;
	return 0;
}

/* Reports a value that the table does not have, with the table's names when there are few. Second names of a value are
 * left out. */
static void report_enum(struct oci_document *document, const struct oci_enum *names, uint32_t token, const char *found)
{
	char expected[80] = "one of ", quoted[512];
	size_t used = strlen(expected);
	for (const struct oci_enum *row = names; row->name && used < sizeof(expected); row++) {
		if (oci_enum_name(names, row->value) != row->name)
			continue;
		used += (size_t)snprintf(expected + used, sizeof(expected) - used, "%s%s", row == names ? "" : ", ",
			row->name);
	}
	if (used < sizeof(expected)) {
		report_string(document, token, expected, found);
		return;
	}
	text_quote(found, strlen(found), quoted, sizeof(quoted));
	problem_report(document, token, NULL, "unknown value %s", quoted);
}

/* Reads an enumerated value. Returns 1 with the value, 0 after reporting a problem, -1 without memory. */
static int bind_enum(struct oci_document *document, const struct oci_field *field, uint32_t token, int *ret_value)
{
	char *name = NULL;
	if (bind_string(document, field, token, &name) < 0)
		return -1;
	if (!name)
		return 0;
	int value = oci_enum_value(field->names, name);
	if (value < 0) {
		report_enum(document, field->names, token, name);
		return 0;
	}
	*ret_value = value;
	return 1;
}

static void pointer_set(char *member, const void *pointer)
{
	memcpy(member, (const void *)&pointer, sizeof(pointer));
}

/* True when the token is a list with as many items as the row requires; otherwise reports it. */
static bool is_list(struct oci_document *document, const struct oci_field *field, uint32_t token)
{
	if (!expect_kind(document, token, TOKEN_ARRAY, "array"))
		return false;
	if (!(field->flags & OCI_SOME) || document->tape[token].n > 0)
		return true;
	problem_report(document, token, NULL, "expected at least one item");
	return false;
}

/* A walk over the items of an array or the members of an object. name and value are the tokens of the present one; an
 * item of an array has no name of its own, and name is its value. */
struct walk {
	uint32_t name;
	uint32_t value;
	uint32_t next;
	uint32_t end;
	bool has_names;
};

static struct walk walk_begin(const struct oci_document *document, uint32_t token)
{
	return (struct walk){
		.next = token + 1,
		.end = tape_next(document, token),
		.has_names = document->tape[token].kind == TOKEN_OBJECT,
	};
}

/* Goes to the next item or member. Returns false behind the last one. */
static bool walk_next(const struct oci_document *document, struct walk *walk)
{
	if (walk->next >= walk->end)
		return false;
	walk->name = walk->next;
	walk->value = walk->has_names ? walk->name + 1 : walk->name;
	walk->next = tape_next(document, walk->value);
	return true;
}

/* Reads the name of a member as a string. *ret_key stays NULL after a problem. Returns -1 without memory. */
static int bind_key(struct oci_document *document, uint32_t key, char **ret_key)
{
	size_t length;
	if (document->tape[key].bad)
		return 0;
	const char *bytes = tape_string(document, key, &length);
	if (!bytes)
		return -1;
	if (length == 0) {
		problem_report(document, key, NULL, "expected a non-empty name");
		return 0;
	}
	*ret_key = arena_string(&document->arena, bytes, length);
	return *ret_key ? 0 : -1;
}

/* The functions below bind the present item of a walk. They return 1 after filling *item, 0 after reporting a problem,
 * which leaves *item all zero, or -1 without memory. */

static int bind_string_item(struct oci_document *document, const struct oci_field *field, const struct walk *walk,
	void *item)
{
	char **string = item;
	return bind_string(document, field, walk->value, string) < 0 ? -1 : *string != NULL;
}

static int bind_id_item(struct oci_document *document, const struct oci_field *field, const struct walk *walk,
	void *item)
{
	uint32_t *id = item;
	struct number number;
	if (!number_read(document, field, walk->value, &number))
		return 0;
	*id = (uint32_t)number.magnitude;
	return 1;
}

static int bind_enum_item(struct oci_document *document, const struct oci_field *field, const struct walk *walk,
	void *item)
{
	return bind_enum(document, field, walk->value, item);
}

static int bind_object_item(struct oci_document *document, const struct oci_field *field, const struct walk *walk,
	void *item)
{
	if (!expect_kind(document, walk->value, TOKEN_OBJECT, "object"))
		return 0;
	return bind_object(document, field->type, walk->value, item) < 0 ? -1 : 1;
}

static int bind_string_pair(struct oci_document *document, const struct oci_field *field, const struct walk *walk,
	void *item)
{
	struct oci_pair pair = { 0 };
	if (bind_key(document, walk->name, &pair.key) < 0 || bind_string(document, field, walk->value, &pair.value) < 0)
		return -1;
	if (!pair.key || !pair.value)
		return 0;
	*(struct oci_pair *)item = pair;
	return 1;
}

static int bind_number_pair(struct oci_document *document, const struct oci_field *field, const struct walk *walk,
	void *item)
{
	struct number number;
	char *name = NULL;
	if (bind_key(document, walk->name, &name) < 0)
		return -1;
	if (!number_read(document, field, walk->value, &number) || !name)
		return 0;
	*(struct oci_number_pair *)item = (struct oci_number_pair){ .key = name, .value = number.magnitude };
	return 1;
}

static int bind_keyed_object(struct oci_document *document, const struct oci_field *field, const struct walk *walk,
	void *item)
{
	char *name = NULL;
	if (bind_key(document, walk->name, &name) < 0)
		return -1;
	if (!expect_kind(document, walk->value, TOKEN_OBJECT, "object") || !name)
		return 0;
	if (bind_object(document, field->type, walk->value, item) < 0)
		return -1;
	pointer_set((char *)item + field->key_offset, name);
	return 1;
}

/* The kinds whose member is a list struct; types.h and OCI_LIST() guarantee its layout. size is that of an item (0:
 * that of the row's type). is_object: the text has an object, whose members are the items. keeps_empty: the items of an
 * empty list are not NULL, which tells it from one that is absent. */
static const struct list_kind {
	size_t size;
	int (*bind)(struct oci_document *document, const struct oci_field *field, const struct walk *walk, void *item);
	bool is_object;
	bool keeps_empty;
} list_kinds[] = {
	[OCI_KIND_ENUMS] = { .size = sizeof(int), .bind = bind_enum_item, .keeps_empty = true },
	[OCI_KIND_STRINGS] = { .size = sizeof(char *), .bind = bind_string_item },
	[OCI_KIND_IDS] = { .size = sizeof(uint32_t), .bind = bind_id_item },
	[OCI_KIND_STRING_MAP] = { .size = sizeof(struct oci_pair), .bind = bind_string_pair, .is_object = true },
	[OCI_KIND_NUMBER_MAP] = { .size = sizeof(struct oci_number_pair), .bind = bind_number_pair, .is_object = true },
	[OCI_KIND_LIST] = { .bind = bind_object_item },
	[OCI_KIND_KEYED_LIST] = { .bind = bind_keyed_object, .is_object = true },
};

/* Binds the items of an array or object of one of these kinds. A list of strings ends with NULL: see types.h. */
static int bind_items(struct oci_document *document, const struct oci_field *field, uint32_t token, char *member)
{
	const struct list_kind *kind = &list_kinds[field->kind];
	size_t size = kind->size ? kind->size : field->type->size;
	size_t room = document->tape[token].n + (field->kind == OCI_KIND_STRINGS);
	if (kind->is_object ? !expect_kind(document, token, TOKEN_OBJECT, "object") : !is_list(document, field, token))
		return 0;
	char *items = arena_alloc(&document->arena, room, size);
	if (!items)
		return -1;
	size_t n = 0;
	for (struct walk walk = walk_begin(document, token); walk_next(document, &walk);) {
		int bound = kind->bind(document, field, &walk, items + n * size);
		if (bound < 0)
			return -1;
		n += (size_t)bound;
	}
	memcpy(member, &n, sizeof(n));
	pointer_set(member + sizeof(n), n > 0 || kind->keeps_empty ? items : NULL);
	return 0;
}

static int bind_numeral(struct oci_document *document, uint32_t token, char *member)
{
	const struct token *value = &document->tape[token];
	if (!expect_kind(document, token, TOKEN_NUMBER, "number"))
		return 0;
	char *digits = arena_string(&document->arena, document->text + value->start, value->end - value->start);
	if (!digits)
		return -1;
	pointer_set(member, digits);
	return 0;
}

static int bind_opt_object(struct oci_document *document, const struct oci_field *field, uint32_t token, char *member)
{
	if (!expect_kind(document, token, TOKEN_OBJECT, "object"))
		return 0;
	void *object = arena_alloc(&document->arena, 1, field->type->size);
	if (!object)
		return -1;
	pointer_set(member, object);
	return bind_object(document, field->type, token, object);
}

static void bind_bool(struct oci_document *document, const struct oci_field *field, uint32_t token, char *member)
{
	if (!expect_kind(document, token, TOKEN_BOOL, "boolean"))
		return;
	struct oci_opt_bool value = { .set = true, .v = document->text[document->tape[token].start] == 't' };
	if (field->kind == OCI_KIND_OPT_BOOL)
		memcpy(member, &value, sizeof(value));
	else
		memcpy(member, &value.v, sizeof(value.v));
}

/* Fills one member. Returns -1 when memory ran out. */
static int bind_member(struct oci_document *document, const struct oci_field *field, uint32_t token, char *member)
{
	struct number number;
	int value = 0;
	char *string = NULL;
	switch (field->kind) {
	case OCI_KIND_STRING:
		if (bind_string(document, field, token, &string) < 0)
			return -1;
		pointer_set(member, string);
		return 0;
	case OCI_KIND_BOOL:
	case OCI_KIND_OPT_BOOL:
		bind_bool(document, field, token, member);
		return 0;
	case OCI_KIND_ENUM:
		if (bind_enum(document, field, token, &value) < 0)
			return -1;
		memcpy(member, &value, sizeof(value));
		return 0;
	case OCI_KIND_ENUMS:
	case OCI_KIND_STRINGS:
	case OCI_KIND_IDS:
	case OCI_KIND_STRING_MAP:
	case OCI_KIND_NUMBER_MAP:
	case OCI_KIND_LIST:
	case OCI_KIND_KEYED_LIST:
		return bind_items(document, field, token, member);
	case OCI_KIND_NUMERAL:
		return bind_numeral(document, token, member);
	case OCI_KIND_OBJECT:
		if (!expect_kind(document, token, TOKEN_OBJECT, "object"))
			return 0;
		return bind_object(document, field->type, token, member);
	case OCI_KIND_OPT_OBJECT:
		return bind_opt_object(document, field, token, member);
	default: /* the numbers */
		if (number_read(document, field, token, &number))
			number_store(field->kind, &number, member);
		return 0;
	}
}

/* The row of a member name, or NULL when no row has the name. */
static const struct oci_field *find_field(const struct oci_document *document, const struct oci_type *type,
	uint32_t key)
{
	if (document->tape[key].bad)
		return NULL;
	for (const struct oci_field *field = type->rows; field < type->rows + type->n; field++)
		if (tape_string_is(document, key, field->name, field->name_length))
			return field;
	return NULL;
}

static int bind_object(struct oci_document *document, const struct oci_type *type, uint32_t token, char *base)
{
	uint64_t seen = 0;
	for (struct walk walk = walk_begin(document, token); walk_next(document, &walk);) {
		const struct oci_field *field = find_field(document, type, walk.name);
		if (!field && !document->tape[walk.name].bad)
			unknown_add(document, type, walk.name);
		if (!field || document->tape[walk.value].kind == TOKEN_NULL)
			continue;
		uint64_t bit = (uint64_t)1 << (field - type->rows);
		if (seen & bit) /* check_duplicates() has reported it */
			continue;
		seen |= bit;
		if (bind_member(document, field, walk.value, base + field->offset) < 0)
			return -1;
	}
	for (size_t i = 0; i < type->n; i++)
		if ((type->rows[i].flags & OCI_REQUIRED) && !(seen & (uint64_t)1 << i))
			problem_report(document, token, type->rows[i].name, "required member is missing");
	return 0;
}

int bind_root(struct oci_document *document, void *base)
{
	if (type_is_bare(document->type))
		return bind_member(document, document->type->rows, 0, (char *)base + document->type->rows->offset);
	if (!expect_kind(document, 0, TOKEN_OBJECT, "object"))
		return 0;
	return bind_object(document, document->type, 0, base);
}
