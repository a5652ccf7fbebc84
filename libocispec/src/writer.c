/* Writes structs as JSON text, by the rows. Members are in the order of the rows; absent members are left out. The text
 * grows in one buffer. When memory runs out, the buffer is marked and further writes do nothing, so that only the end
 * checks for it. */
#include "document.h"
#include "number.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct output {
	char *bytes;
	size_t n;
	size_t room;
	bool failed;
	bool pretty;
	unsigned depth;
};

static void write_object(struct output *out, const struct oci_type *type, const char *base);

static void put(struct output *out, const char *bytes, size_t length)
{
	if (out->failed)
		return;
	if (out->room - out->n <= length) { /* one byte more, for the terminating NUL */
		size_t room = out->room * 2 + length + 256;
		char *larger = realloc(out->bytes, room);
		if (!larger) {
			out->failed = true;
			return;
		}
		out->bytes = larger;
		out->room = room;
	}
	memcpy(out->bytes + out->n, bytes, length);
	out->n += length;
	out->bytes[out->n] = 0;
}

static void put_text(struct output *out, const char *text)
{
	put(out, text, strlen(text));
}

/* Writes the character at text, which is not plain ASCII: escaped where necessary. Returns the number of bytes read. */
static size_t put_special(struct output *out, const char *text, size_t length)
{
	static const char special[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	unsigned char first = (unsigned char)text[0];
	char escape[8];
	const char *letter = memchr(special, first, sizeof(special) - 1);
	size_t size = text_utf8(text, length);
	/* U+0080 to U+009F are control characters, too: terminals obey them. */
	bool control = size == 2 && first == 0xc2 && (unsigned char)text[1] < 0xa0;
	if (size > 1 && !control) {
		put(out, text, size);
		return size;
	}
	if (control)
		snprintf(escape, sizeof(escape), "\\u%04x", (unsigned char)text[1]);
	else if (size == 0)
		snprintf(escape, sizeof(escape), "\xef\xbf\xbd");
	else if (letter)
		snprintf(escape, sizeof(escape), "\\%c", letters[letter - special]);
	else
		snprintf(escape, sizeof(escape), "\\u%04x", first);
	put_text(out, escape);
	return control ? 2 : 1;
}

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x7f && c != '"' && c != '\\';
}

static void put_string(struct output *out, const char *text)
{
	size_t length = strlen(text);
	put(out, "\"", 1);
	for (size_t i = 0; i < length;) {
		size_t plain = i;
		while (plain < length && is_plain(text[plain]))
			plain++;
		put(out, text + i, plain - i);
		i = plain;
		if (i < length)
			i += put_special(out, text + i, length - i);
	}
	put(out, "\"", 1);
}

static void put_line(struct output *out)
{
	if (!out->pretty)
		return;
	put(out, "\n", 1);
	for (unsigned i = 0; i < out->depth; i++)
		put(out, "  ", 2);
}

static void open_container(struct output *out, const char *bracket)
{
	put(out, bracket, 1);
	out->depth++;
}

/* Writes what comes before an item: a comma and a new line. */
static void next_item(struct output *out, bool first)
{
	if (!first)
		put(out, ",", 1);
	put_line(out);
}

static void close_container(struct output *out, const char *bracket, bool empty)
{
	out->depth--;
	if (!empty)
		put_line(out);
	put(out, bracket, 1);
}

static void put_name(struct output *out, const char *name)
{
	put_string(out, name);
	put_text(out, out->pretty ? ": " : ":");
}

static const char *pointer_at(const char *member)
{
	const char *pointer;
	memcpy((void *)&pointer, member, sizeof(pointer));
	return pointer;
}

/* The layout of each list struct, which types.h and OCI_LIST() guarantee. */
struct list {
	size_t n;
	const char *items;
};

static struct list list_of(const char *member)
{
	struct list list;
	memcpy(&list.n, member, sizeof(list.n));
	list.items = pointer_at(member + sizeof(list.n));
	return list;
}

static int int_at(const char *member)
{
	int value;
	memcpy(&value, member, sizeof(value));
	return value;
}

/* Writes the name of a value. A value without a name, which only a wrong program can have, is written as an empty
 * string. */
static void put_enum(struct output *out, const struct oci_field *field, int value)
{
	const char *name = oci_enum_name(field->names, value);
	put_string(out, name ? name : "");
}

static void put_number(struct output *out, enum oci_kind kind, const char *member)
{
	struct number number;
	char digits[24];
	number_load(kind, member, &number);
	number_print(&number, digits);
	put_text(out, digits);
}

/* The size of an item in a list of this kind. */
static size_t item_size(const struct oci_field *field)
{
	switch (field->kind) {
	case OCI_KIND_STRINGS:
		return sizeof(char *);
	case OCI_KIND_IDS:
		return sizeof(uint32_t);
	case OCI_KIND_ENUMS:
		return sizeof(int);
	case OCI_KIND_STRING_MAP:
		return sizeof(struct oci_pair);
	case OCI_KIND_NUMBER_MAP:
		return sizeof(struct oci_number_pair);
	default:
		return field->type->size;
	}
}

static void put_item(struct output *out, const struct oci_field *field, const char *item)
{
	switch (field->kind) {
	case OCI_KIND_STRINGS:
		put_string(out, pointer_at(item));
		break;
	case OCI_KIND_IDS:
		put_number(out, OCI_KIND_U32, item);
		break;
	case OCI_KIND_ENUMS:
		put_enum(out, field, int_at(item));
		break;
	case OCI_KIND_STRING_MAP:
		put_name(out, pointer_at(item + offsetof(struct oci_pair, key)));
		put_string(out, pointer_at(item + offsetof(struct oci_pair, value)));
		break;
	case OCI_KIND_NUMBER_MAP:
		put_name(out, pointer_at(item + offsetof(struct oci_number_pair, key)));
		put_number(out, OCI_KIND_U64, item + offsetof(struct oci_number_pair, value));
		break;
	case OCI_KIND_KEYED_LIST:
		put_name(out, pointer_at(item + field->key_offset));
		write_object(out, field->type, item);
		break;
	default:
		write_object(out, field->type, item);
		break;
	}
}

static void write_list(struct output *out, const struct oci_field *field, const char *member)
{
	bool named = field->kind == OCI_KIND_STRING_MAP || field->kind == OCI_KIND_NUMBER_MAP ||
		field->kind == OCI_KIND_KEYED_LIST;
	struct list list = list_of(member);
	open_container(out, named ? "{" : "[");
	for (size_t i = 0; i < list.n; i++) {
		next_item(out, i == 0);
		put_item(out, field, list.items + i * item_size(field));
	}
	close_container(out, named ? "}" : "]", list.n == 0);
}

static bool is_absent(const struct oci_field *field, const char *member);

/* An object by value is absent when all its members are. */
static bool is_empty(const struct oci_type *type, const char *base)
{
	for (const struct oci_field *field = type->rows; field < type->rows + type->n; field++)
		if (!is_absent(field, base + field->offset))
			return false;
	return true;
}

/* True when a member is absent. */
static bool is_absent(const struct oci_field *field, const char *member)
{
	struct number number;
	switch (field->kind) {
	case OCI_KIND_STRING:
	case OCI_KIND_NUMERAL:
	case OCI_KIND_OPT_OBJECT:
		return !pointer_at(member);
	case OCI_KIND_BOOL:
	case OCI_KIND_OPT_BOOL: /* the first byte: the value of a bool, "set" of struct oci_opt_bool */
		return !*member;
	case OCI_KIND_ENUM:
		return int_at(member) == 0;
	case OCI_KIND_OBJECT:
		return is_empty(field->type, member);
	case OCI_KIND_ENUMS:
		return !list_of(member).items;
	case OCI_KIND_STRINGS:
	case OCI_KIND_IDS:
	case OCI_KIND_STRING_MAP:
	case OCI_KIND_NUMBER_MAP:
	case OCI_KIND_LIST:
	case OCI_KIND_KEYED_LIST:
		return list_of(member).n == 0;
	case OCI_KIND_I32:
	case OCI_KIND_I64:
	case OCI_KIND_U16:
	case OCI_KIND_U32:
	case OCI_KIND_U64:
		number_load(field->kind, member, &number);
		return number.magnitude == 0;
	default:
		return !number_load(field->kind, member, &number);
	}
}

/* Writes a member. A required one that is absent is written as the empty value of its kind. */
static void write_value(struct output *out, const struct oci_field *field, const char *member)
{
	const char *pointer;
	switch (field->kind) {
	case OCI_KIND_STRING:
		pointer = pointer_at(member);
		put_string(out, pointer ? pointer : "");
		break;
	case OCI_KIND_NUMERAL:
		pointer = pointer_at(member);
		put_text(out, pointer ? pointer : "0");
		break;
	case OCI_KIND_BOOL:
		put_text(out, *member ? "true" : "false");
		break;
	case OCI_KIND_OPT_BOOL:
		put_text(out, member[offsetof(struct oci_opt_bool, v)] ? "true" : "false");
		break;
	case OCI_KIND_ENUM:
		put_enum(out, field, int_at(member));
		break;
	case OCI_KIND_OBJECT:
		write_object(out, field->type, member);
		break;
	case OCI_KIND_OPT_OBJECT:
		pointer = pointer_at(member);
		if (pointer)
			write_object(out, field->type, pointer);
		else
			put_text(out, "{}");
		break;
	case OCI_KIND_ENUMS:
	case OCI_KIND_STRINGS:
	case OCI_KIND_IDS:
	case OCI_KIND_STRING_MAP:
	case OCI_KIND_NUMBER_MAP:
	case OCI_KIND_LIST:
	case OCI_KIND_KEYED_LIST:
		write_list(out, field, member);
		break;
	default:
		put_number(out, field->kind, member);
		break;
	}
}

static void write_object(struct output *out, const struct oci_type *type, const char *base)
{
	bool empty = true;
	open_container(out, "{");
	for (const struct oci_field *field = type->rows; field < type->rows + type->n; field++) {
		const char *member = base + field->offset;
		if (!(field->flags & (OCI_REQUIRED | OCI_WRITTEN)) && is_absent(field, member))
			continue;
		next_item(out, empty);
		put_name(out, field->name);
		write_value(out, field, member);
		empty = false;
	}
	close_container(out, "}", empty);
}

static int finish(struct output *out, char **ret_text, size_t *ret_length)
{
	if (out->failed) {
		free(out->bytes);
		errno = ENOMEM;
		return -1;
	}
	*ret_text = out->bytes;
	if (ret_length)
		*ret_length = out->n;
	return 0;
}

int oci_write(const struct oci_type *type, const void *root, enum oci_write_flags flags, char **ret_text,
	size_t *ret_length)
{
	struct output out = { .pretty = flags & OCI_WRITE_PRETTY };
	if (type_is_bare(type))
		write_value(&out, type->rows, (const char *)root + type->rows->offset);
	else
		write_object(&out, type, root);
	if (out.pretty)
		put(&out, "\n", 1);
	return finish(&out, ret_text, ret_length);
}

int oci_write_string(const char *text, char **ret_text)
{
	struct output out = { 0 };
	put_string(&out, text);
	return finish(&out, ret_text, NULL);
}
