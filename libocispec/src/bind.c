/* From the tape to structs, by the rows. Each function takes a row, the token of its value and the place in memory;
 * what does not fit is reported and left absent. Recursion goes as deep as the types nest, never as deep as the text.
 *
 * Members of structs are written with memcpy(3): the engine knows their size and place, not their type. */
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

/* A string that keeps the row's constraints. *ret_string stays as it is when it does not. Returns -1 without memory. */
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

/* Short tables are spelled out, without the other names of a value. */
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

/* One enumerated value. Returns 1 with the value, 0 when there is none, -1 without memory. */
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

/* A list struct as the engine sees it: types.h and OCI_LIST() promise this layout. */
static void list_set(char *member, size_t n, const void *items)
{
	memcpy(member, &n, sizeof(n));
	pointer_set(member + sizeof(n), n > 0 ? items : NULL);
}

/* Whether the token is a list, and of a length that the row allows. */
static bool is_list(struct oci_document *document, const struct oci_field *field, uint32_t token)
{
	if (!expect_kind(document, token, TOKEN_ARRAY, "array"))
		return false;
	if (!(field->flags & OCI_SOME) || document->tape[token].n > 0)
		return true;
	problem_report(document, token, NULL, "expected at least one item");
	return false;
}

static int bind_strings(struct oci_document *document, const struct oci_field *field, uint32_t token, char *member)
{
	if (!is_list(document, field, token))
		return 0;
	char **items = (char **)arena_alloc(&document->arena, document->tape[token].n + 1, sizeof(*items));
	if (!items)
		return -1;
	size_t n = 0;
	uint32_t end = tape_next(document, token);
	for (uint32_t item = token + 1; item < end; item = tape_next(document, item)) {
		if (bind_string(document, field, item, &items[n]) < 0)
			return -1;
		n += items[n] != NULL;
	}
	list_set(member, n, (void *)items);
	return 0;
}

static int bind_ids(struct oci_document *document, const struct oci_field *field, uint32_t token, char *member)
{
	if (!is_list(document, field, token))
		return 0;
	uint32_t *items = arena_alloc(&document->arena, document->tape[token].n, sizeof(*items));
	if (!items)
		return -1;
	size_t n = 0;
	uint32_t end = tape_next(document, token);
	for (uint32_t item = token + 1; item < end; item = tape_next(document, item)) {
		struct number number;
		if (!number_read(document, field, item, &number))
			continue;
		items[n++] = (uint32_t)number.magnitude;
	}
	list_set(member, n, items);
	return 0;
}

/* Unlike other lists it is told apart from one that is absent when it is empty. */
static int bind_enums(struct oci_document *document, const struct oci_field *field, uint32_t token, char *member)
{
	if (!is_list(document, field, token))
		return 0;
	int *items = arena_alloc(&document->arena, document->tape[token].n + 1, sizeof(*items));
	if (!items)
		return -1;
	size_t n = 0;
	uint32_t end = tape_next(document, token);
	for (uint32_t item = token + 1; item < end; item = tape_next(document, item)) {
		int found = bind_enum(document, field, item, &items[n]);
		if (found < 0)
			return -1;
		n += (size_t)found;
	}
	memcpy(member, &n, sizeof(n));
	pointer_set(member + sizeof(n), items);
	return 0;
}

static int bind_list(struct oci_document *document, const struct oci_field *field, uint32_t token, char *member)
{
	if (!is_list(document, field, token))
		return 0;
	char *items = arena_alloc(&document->arena, document->tape[token].n, field->type->size);
	if (!items)
		return -1;
	size_t n = 0;
	uint32_t end = tape_next(document, token);
	for (uint32_t item = token + 1; item < end; item = tape_next(document, item)) {
		if (!expect_kind(document, item, TOKEN_OBJECT, "object"))
			continue;
		if (bind_object(document, field->type, item, items + n * field->type->size) < 0)
			return -1;
		n++;
	}
	list_set(member, n, items);
	return 0;
}

/* The name of a member of a map, as a value. *ret_key stays NULL when it is no good. */
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

static int bind_string_map(struct oci_document *document, const struct oci_field *field, uint32_t token, char *member)
{
	if (!expect_kind(document, token, TOKEN_OBJECT, "object"))
		return 0;
	struct oci_pair *items = arena_alloc(&document->arena, document->tape[token].n, sizeof(*items));
	if (!items)
		return -1;
	size_t n = 0;
	uint32_t end = tape_next(document, token);
	for (uint32_t key = token + 1; key < end; key = tape_next(document, key + 1)) {
		struct oci_pair pair = { 0 };
		if (bind_key(document, key, &pair.key) < 0 || bind_string(document, field, key + 1, &pair.value) < 0)
			return -1;
		if (pair.key && pair.value)
			items[n++] = pair;
	}
	list_set(member, n, items);
	return 0;
}

static int bind_number_map(struct oci_document *document, const struct oci_field *field, uint32_t token, char *member)
{
	if (!expect_kind(document, token, TOKEN_OBJECT, "object"))
		return 0;
	struct oci_number_pair *items = arena_alloc(&document->arena, document->tape[token].n, sizeof(*items));
	if (!items)
		return -1;
	size_t n = 0;
	uint32_t end = tape_next(document, token);
	for (uint32_t key = token + 1; key < end; key = tape_next(document, key + 1)) {
		struct number number;
		char *name = NULL;
		if (bind_key(document, key, &name) < 0)
			return -1;
		if (number_read(document, field, key + 1, &number) && name)
			items[n++] = (struct oci_number_pair){ .key = name, .value = number.magnitude };
	}
	list_set(member, n, items);
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

static int bind_keyed_list(struct oci_document *document, const struct oci_field *field, uint32_t token, char *member)
{
	if (!expect_kind(document, token, TOKEN_OBJECT, "object"))
		return 0;
	char *items = arena_alloc(&document->arena, document->tape[token].n, field->type->size);
	if (!items)
		return -1;
	size_t n = 0;
	uint32_t end = tape_next(document, token);
	for (uint32_t key = token + 1; key < end; key = tape_next(document, key + 1)) {
		char *item = items + n * field->type->size;
		char *name = NULL;
		if (bind_key(document, key, &name) < 0)
			return -1;
		if (!expect_kind(document, key + 1, TOKEN_OBJECT, "object") || !name)
			continue;
		if (bind_object(document, field->type, key + 1, item) < 0)
			return -1;
		pointer_set(item + field->key_offset, name);
		n++;
	}
	list_set(member, n, items);
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
		return bind_enums(document, field, token, member);
	case OCI_KIND_STRINGS:
		return bind_strings(document, field, token, member);
	case OCI_KIND_IDS:
		return bind_ids(document, field, token, member);
	case OCI_KIND_STRING_MAP:
		return bind_string_map(document, field, token, member);
	case OCI_KIND_NUMBER_MAP:
		return bind_number_map(document, field, token, member);
	case OCI_KIND_NUMERAL:
		return bind_numeral(document, token, member);
	case OCI_KIND_OBJECT:
		if (!expect_kind(document, token, TOKEN_OBJECT, "object"))
			return 0;
		return bind_object(document, field->type, token, member);
	case OCI_KIND_OPT_OBJECT:
		return bind_opt_object(document, field, token, member);
	case OCI_KIND_LIST:
		return bind_list(document, field, token, member);
	case OCI_KIND_KEYED_LIST:
		return bind_keyed_list(document, field, token, member);
	default: /* the numbers */
		if (number_read(document, field, token, &number))
			number_store(field->kind, &number, member);
		return 0;
	}
}

/* The row of a member name, or NULL for a name that nobody knows. */
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
	uint32_t end = tape_next(document, token);
	for (uint32_t key = token + 1; key < end; key = tape_next(document, key + 1)) {
		const struct oci_field *field = find_field(document, type, key);
		if (!field && !document->tape[key].bad)
			unknown_add(document, type, key);
		if (!field || document->tape[key + 1].kind == TOKEN_NULL)
			continue;
		uint64_t bit = (uint64_t)1 << (field - type->rows);
		if (seen & bit) /* check_duplicates() has reported it */
			continue;
		seen |= bit;
		if (bind_member(document, field, key + 1, base + field->offset) < 0)
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
