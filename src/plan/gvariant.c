/* Values in GVariant's text format, as annotations for systemd have them: "uint64 5", "['a.service']", "@a(st) []". A
 * text is first read into nodes, each with the pattern of its type, since the type of a number may depend on what
 * stands behind it; then the nodes are made words. Pure. */
#include "plan/gvariant.h"
#include "plan/parts.h"

#include "base/table.h"

#include <ctype.h>
#include <string.h>

enum { NESTED_MAX = 32 }; /* brackets, and types in front of a value, within each other */

static const char end_of_list[] = "."; /* UNIT_END_OF_LIST */

static struct gvariant_node *parse_value(struct gvariant_parser *parser);

/* ---- nodes ---- */

/* What a pattern says of a type to people: the type itself where it is known, else what a value becomes without any
 * other word on it. */
static const char *readable(struct gvariant_parser *parser, const char *pattern)
{
	char *type = plan_strdup(parser->document, pattern);

	for (char *c = type; c && *c; c++) {
		if (*c == PLAN_TYPE_INTEGER)
			*c = 'i';
		else if (*c == PLAN_TYPE_TEXT)
			*c = 's';
	}
	return type;
}

/* Sets the pattern of a node to what it has in common with another one. */
static bool narrow(struct gvariant_parser *parser, struct gvariant_node *node, const char *pattern)
{
	char made[PLAN_PATTERN_SIZE];

	if (!plan_type_unify(node->pattern, pattern, made)) {
		gvariant_refuse(parser, node->at, "expected a value of the type \"%s\", found %s",
			readable(parser, pattern), gvariant_found(parser, node->at));
		return false;
	}
	if (strcmp(made, node->pattern) != 0)
		node->pattern = plan_strdup(parser->document, made);
	return node->pattern != NULL;
}

/* The pattern of a node with these patterns of its elements in brackets; NULL when it is too long for D-Bus. */
static const char *enclose(struct gvariant_parser *parser, size_t at, const char *open, const char *inner,
	const char *close)
{
	if (strlen(open) + strlen(inner) + strlen(close) > PLAN_SIGNATURE_MAX)
		return gvariant_refuse(parser, at, "the type of this value is longer than %d bytes",
			PLAN_SIGNATURE_MAX);
	return plan_printf(parser->document, "%s%s%s", open, inner, close);
}

/* False, with a problem, for an entry of a dictionary, which is no value by itself. */
static bool is_value(struct gvariant_parser *parser, const struct gvariant_node *node)
{
	if (*node->pattern == '{')
		gvariant_refuse(parser, node->at, "an entry of a dictionary has to be in an array");
	return *node->pattern != '{';
}

/* The type of a finished value; NULL when something in it has none. */
static const char *finish_type(struct gvariant_parser *parser, const struct gvariant_node *node)
{
	const char *type = is_value(parser, node) ? readable(parser, node->pattern) : NULL;

	if (type && strchr(type, PLAN_TYPE_UNKNOWN))
		return gvariant_refuse(parser, node->at,
			"the type of an empty array is not known: expected it in front, as in \"@as []\"");
	if (type && !plan_type_end(type))
		return gvariant_refuse(parser, node->at, "D-Bus has no such deep type as \"%s\"", type);
	return type;
}

/* ---- values of several values ---- */

static struct gvariant_node *parse_array(struct gvariant_parser *parser)
{
	struct gvariant_node *array = gvariant_node(parser, GVARIANT_LIST, parser->at - 1, NULL);
	struct gvariant_node **end = array ? &array->first : NULL;
	struct gvariant_node element = { .pattern = (const char[]){ PLAN_TYPE_UNKNOWN, '\0' } };

	while (array && !gvariant_take(parser, ']')) {
		if (array->first && !gvariant_expect(parser, ',', "\",\" or \"]\""))
			return NULL;
		*end = parse_value(parser);
		if (!*end || !narrow(parser, *end, element.pattern))
			return NULL;
		element.pattern = (*end)->pattern;
		end = &(*end)->next;
	}
	if (array)
		array->pattern = enclose(parser, array->at, "a", element.pattern, "");
	return array && array->pattern ? array : NULL;
}

/* Reads the rest of an entry of a dictionary, whose key has been read. */
static struct gvariant_node *parse_entry(struct gvariant_parser *parser, struct gvariant_node *key)
{
	struct gvariant_node *entry = gvariant_node(parser, GVARIANT_LIST, key->at, NULL);
	const char *types;

	if (strlen(key->pattern) > 1 || *key->pattern == 'v')
		return gvariant_refuse(parser, key->at, "expected a key of a basic type, found %s",
			gvariant_found(parser, key->at));
	if (!entry || !(key->next = parse_value(parser)) || !is_value(parser, key->next))
		return NULL;
	types = plan_printf(parser->document, "%s%s", key->pattern, key->next->pattern);
	if (!types || !(entry->pattern = enclose(parser, key->at, "{", types, "}")))
		return NULL;
	entry->first = key;
	return entry;
}

/* "{'a': 1, 'b': 2}", or a single entry, "{'a', 1}", which may be an element of an array. */
static struct gvariant_node *parse_dictionary(struct gvariant_parser *parser)
{
	static const char open_entry[] = { '{', PLAN_TYPE_UNKNOWN, PLAN_TYPE_UNKNOWN, '}', '\0' };
	struct gvariant_node *dictionary = gvariant_node(parser, GVARIANT_LIST, parser->at - 1, NULL);
	struct gvariant_node **end = dictionary ? &dictionary->first : NULL;
	const char *type = open_entry;

	while (dictionary && !gvariant_take(parser, '}')) {
		if (dictionary->first && !gvariant_expect(parser, ',', "\",\" or \"}\""))
			return NULL;

		struct gvariant_node *key = parse_value(parser);
		bool single = key && !dictionary->first && gvariant_take(parser, ',');

		if (!key || (!single && !gvariant_expect(parser, ':', dictionary->first ? "\":\"" : "\":\" or \",\"")))
			return NULL;
		*end = parse_entry(parser, key);
		if (!*end || !narrow(parser, *end, type))
			return NULL;
		if (single)
			return gvariant_expect(parser, '}', "\"}\"") ? *end : NULL;
		type = (*end)->pattern;
		end = &(*end)->next;
	}
	if (dictionary)
		dictionary->pattern = enclose(parser, dictionary->at, "a", type, "");
	return dictionary && dictionary->pattern ? dictionary : NULL;
}

static struct gvariant_node *parse_tuple(struct gvariant_parser *parser)
{
	struct gvariant_node *tuple = gvariant_node(parser, GVARIANT_LIST, parser->at - 1, NULL);
	struct gvariant_node **end = tuple ? &tuple->first : NULL;
	const char *types = "";
	size_t n = 0;

	while (tuple && !gvariant_take(parser, ')')) {
		/* A tuple of one value has a comma, too. */
		if (n > 1 && !gvariant_expect(parser, ',', "\",\" or \")\""))
			return NULL;
		*end = parse_value(parser);
		if (!*end || !is_value(parser, *end) || (n == 0 && !gvariant_expect(parser, ',', "\",\"")))
			return NULL;
		types = enclose(parser, tuple->at, types, (*end)->pattern, "");
		if (!types)
			return NULL;
		end = &(*end)->next;
		n++;
	}
	if (tuple && n == 0)
		return gvariant_refuse(parser, tuple->at, "D-Bus has no empty tuples");
	if (tuple)
		tuple->pattern = enclose(parser, tuple->at, "(", types, ")");
	return tuple && tuple->pattern ? tuple : NULL;
}

/* "<5>": the text of the node is the type of what is in it. */
static struct gvariant_node *parse_variant(struct gvariant_parser *parser)
{
	struct gvariant_node *variant = gvariant_node(parser, GVARIANT_VARIANT, parser->at - 1, "v");
	const char *type;

	if (!variant || !(variant->first = parse_value(parser)) || !(type = finish_type(parser, variant->first)))
		return NULL;
	variant->text = plan_strdup(parser->document, type);
	return variant->text && gvariant_expect(parser, '>', "\">\"") ? variant : NULL;
}

/* ---- types in front of values ---- */

static struct gvariant_node *parse_typed(struct gvariant_parser *parser, const char *type)
{
	struct gvariant_node *node = parse_value(parser);

	return node && narrow(parser, node, type) ? node : NULL;
}

/* "@as []" */
static struct gvariant_node *parse_annotated(struct gvariant_parser *parser)
{
	const char *type = parser->text + parser->at;
	size_t size = strcspn(type, " \t\n\r\f\v");

	if (plan_type_end(type) == type + size && type[size]) {
		type = gvariant_copy(parser, size);
		return type ? parse_typed(parser, type) : NULL;
	}
	if (memchr(type, 'm', size))
		return gvariant_refuse(parser, parser->at, "D-Bus has no maybe types, found %s",
			gvariant_found(parser, parser->at));
	return gvariant_refuse(parser, parser->at, "expected a type that D-Bus has, and a space, found %s",
		gvariant_found(parser, parser->at));
}

/* A value that begins with a letter. */
static struct gvariant_node *parse_word(struct gvariant_parser *parser)
{
	static const struct table_row types[] = { { "boolean", 'b' }, { "byte", 'y' }, { "double", 'd' },
		{ "int16", 'n' }, { "int32", 'i' }, { "int64", 'x' }, { "objectpath", 'o' }, { "signature", 'g' },
		{ "string", 's' }, { "uint16", 'q' }, { "uint32", 'u' }, { "uint64", 't' }, { 0 } };
	static const struct table_row others[] = { { "true", 'b' }, { "false", 'b' }, { "inf", 'd' }, { "nan", 'd' },
		{ 0 } };
	static const struct table_row refused[] = { { "just", 0 }, { "nothing", 0 }, { 0 } };
	struct gvariant_node *node = gvariant_node(parser, GVARIANT_BASIC, parser->at, NULL);
	size_t size = 0;
	const struct table_row *row;

	while (isalnum((unsigned char)parser->text[parser->at + size]))
		size++;
	if (!node || !(node->text = gvariant_copy(parser, size)))
		return NULL;
	row = table_find(types, node->text);
	if (row)
		return parse_typed(parser, plan_printf(parser->document, "%c", (char)row->value));
	row = table_find(others, node->text);
	if (row) {
		node->pattern = row->value == 'b' ? "b" : "d";
		return node;
	}
	if (table_find(refused, node->text))
		return gvariant_refuse(parser, node->at, "D-Bus has no maybe types, found \"%s\"", node->text);
	if (strcmp(node->text, "handle") == 0)
		return gvariant_refuse(parser, node->at, "a text cannot bring a file descriptor, found \"%s\"",
			node->text);
	return gvariant_refuse(parser, node->at, "expected a value, found %s", gvariant_found(parser, node->at));
}

/* ---- all values ---- */

static struct gvariant_node *parse_any(struct gvariant_parser *parser)
{
	const char *c = parser->text + parser->at;

	if (*c == 'b' && (c[1] == '\'' || c[1] == '"')) {
		parser->at++;
		return gvariant_quoted(parser, GVARIANT_BYTES, parser->at - 1);
	}
	if (isalpha((unsigned char)*c))
		return parse_word(parser);
	if (isdigit((unsigned char)*c) || *c == '-' || *c == '+' || *c == '.')
		return gvariant_number(parser);
	if (*c == '\'' || *c == '"')
		return gvariant_quoted(parser, GVARIANT_BASIC, parser->at);
	if (gvariant_take(parser, '['))
		return parse_array(parser);
	if (gvariant_take(parser, '{'))
		return parse_dictionary(parser);
	if (gvariant_take(parser, '('))
		return parse_tuple(parser);
	if (gvariant_take(parser, '<'))
		return parse_variant(parser);
	if (gvariant_take(parser, '@'))
		return parse_annotated(parser);
	return gvariant_refuse(parser, parser->at, "expected a value, found %s", gvariant_found(parser, parser->at));
}

/* Reads one value, with white space in front of it. NULL: with a problem, or memory ran out. */
static struct gvariant_node *parse_value(struct gvariant_parser *parser)
{
	struct gvariant_node *node;

	gvariant_skip_space(parser);
	if (parser->nested > NESTED_MAX)
		return gvariant_refuse(parser, parser->at, "expected at most %d values within each other", NESTED_MAX);
	parser->nested++;
	node = parse_any(parser);
	parser->nested--;
	return node;
}

/* ---- words ---- */

static bool add_word(struct gvariant_parser *parser, char *word)
{
	if (word)
		parser->words.items[parser->words.n++] = word;
	return word;
}

/* The length of the first type of a signature, or of the entry of a dictionary that it begins with. */
static size_t type_size(const char *type)
{
	return (size_t)(*type == '{' ? plan_type_end(type + 2) + 1 - type : plan_type_end(type) - type);
}

/* Adds the words of a node that is of the first type of a signature. */
static bool add_words(struct gvariant_parser *parser, const struct gvariant_node *node, const char *type)
{
	size_t size = type_size(type);
	bool ok = true;

	if (node->kind == GVARIANT_BASIC)
		return add_word(parser, gvariant_basic_word(parser, node, *type));
	if (node->kind == GVARIANT_VARIANT) {
		ok = add_word(parser, plan_printf(parser->document, "v%s", node->text)) &&
			add_words(parser, node->first, node->text);
	} else {
		/* Instead of a closing bracket there is a word behind the values. */
		ok = add_word(parser, plan_printf(parser->document, "%.*s", (int)(size - (*type != 'a')), type));
	}

	const char *element = type + 1;
	size_t bytes = node->kind == GVARIANT_BYTES ? strlen(node->text) + 1 : 0;

	for (size_t i = 0; ok && i < bytes; i++)
		ok = add_word(parser, plan_printf(parser->document, "y%u", (unsigned char)node->text[i]));
	for (const struct gvariant_node *i = node->first; ok && node->kind == GVARIANT_LIST && i; i = i->next) {
		ok = add_words(parser, i, element);
		if (*type != 'a')
			element += type_size(element);
	}
	return ok && add_word(parser, plan_strdup(parser->document, end_of_list));
}

int plan_gvariant_parse(struct oci_document *document, const char *text, const char **ret_signature,
	struct oci_strings *ret_words, const char **ret_problem)
{
	struct gvariant_parser parser = { .document = document, .text = text };
	struct gvariant_node *node = NULL;
	const char *type = NULL;
	bool ok = false;

	if (strlen(text) > PLAN_GVARIANT_MAX)
		gvariant_refuse(&parser, PLAN_GVARIANT_MAX, "expected at most %d bytes", PLAN_GVARIANT_MAX);
	else
		node = parse_value(&parser);
	if (node && gvariant_expect(&parser, '\0', "the end"))
		type = finish_type(&parser, node);
	if (type) {
		parser.words.items = oci_alloc(document, parser.word_room * sizeof(*parser.words.items));
		ok = parser.words.items && add_words(&parser, node, type);
	}
	if (!ok) {
		*ret_problem = parser.problem;
		return -1;
	}
	*ret_signature = type;
	*ret_words = parser.words;
	return 0;
}
