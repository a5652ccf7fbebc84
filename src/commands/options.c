/* Option tables: parsing. Knows no command. Accepts --name VALUE, --name=VALUE, -n VALUE, -nVALUE, letters together,
 * and -name as Go programs write it. */
#include "commands/commands.h"

#include "base/cleanup.h"
#include "base/table.h"
#include "base/text.h"

#include "ocispec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row *find_long(const struct option_row *table, const char *name, size_t length)
{
	for (const struct option_row *row = table; row->name; row++) {
		if (strlen(row->name) == length && strncmp(row->name, name, length) == 0)
			return row;
	}
	return NULL;
}

static const struct option_row *find_letter(const struct option_row *table, char letter)
{
	for (const struct option_row *row = table; row->name; row++) {
		if (row->letter == letter)
			return row;
	}
	return NULL;
}

/* Finds the row for a word like "--bundle=x", "-b" or "-bundle", and the value in the word, if any. */
static const struct option_row *match(const struct option_row *table, const char *word, const char **ret_value)
{
	const char *name = word + (word[1] == '-' ? 2 : 1);
	size_t length = strcspn(name, "=");

	*ret_value = name[length] == '=' ? name + length + 1 : NULL;
	if (word[1] != '-' && length == 1)
		return find_letter(table, *name);
	return find_long(table, name, length);
}

static int refuse(const struct option_row *row, struct error *err, const char *expected, const char *value)
{
	error_set(err, 0, "option --%s: expected %s, found '%s'", row->name, expected, value);
	return error_tag(err, ERROR_USAGE, "--%s", row->name);
}

/* The spellings that Go programs accept. */
static const struct table_row truths[] = {
	{ "true", true },
	{ "false", false },
	{ "1", true },
	{ "0", false },
	{ "t", true },
	{ "f", false },
	{ "T", true },
	{ "F", false },
	{ "TRUE", true },
	{ "FALSE", false },
	{ "True", true },
	{ "False", false },
	{ NULL, 0 },
};

static int store_flag(const struct option_row *row, const char *value, bool *ret_flag, struct error *err)
{
	const struct table_row *truth = table_find(truths, value ? value : "true");

	if (!truth)
		return refuse(row, err, "true or false", value);
	*ret_flag = truth->value;
	return 0;
}

static bool takes_value(const struct option_row *row)
{
	return row->kind != OPTION_FLAG && row->kind != OPTION_SWITCH;
}

static int append(struct option_list *list, const char *value, struct error *err)
{
	const char **grown = reallocarray(list->items, list->n + 1, sizeof(*grown));

	if (!grown)
		return error_set(err, ENOMEM, "cannot read the options");
	grown[list->n] = value;
	*list = (struct option_list){ .n = list->n + 1, .items = grown };
	return 0;
}

static int store(const struct option_row *row, const char *value, void *options, struct error *err)
{
	void *target = (char *)options + row->offset;

	switch (row->kind) {
	case OPTION_FLAG:
		return store_flag(row, value, target, err);
	case OPTION_SWITCH:
		((struct oci_opt_bool *)target)->set = true;
		return store_flag(row, value, &((struct oci_opt_bool *)target)->v, err);
	case OPTION_TEXT:
		*(const char **)target = value;
		return 0;
	case OPTION_NUMBER:
		if (!text_to_u32(value, target))
			return refuse(row, err, "a number", value);
		return 0;
	case OPTION_LIST:
		return append(target, value, err);
	}
	return 0;
}

static int store_value(const struct option_row *row, const char *value, void *options, struct error *err)
{
	if (!value) {
		error_set(err, 0, "option --%s requires an argument: %s", row->name, row->value);
		return error_tag(err, ERROR_USAGE, "--%s", row->name);
	}
	return store(row, value, options, err);
}

/* The long name that differs by the fewest letters; NULL when each differs by too many. */
static const char *find_meant(const struct option_row *table, const char *word)
{
	const char *meant = NULL;
	unsigned int least = OCI_NAME_FAR;
	cleanup_free char *name = strndup(word, strcspn(word, "="));

	for (const struct option_row *row = table; name && row->name; row++) {
		unsigned int distance = oci_name_distance(name + strspn(name, "-"), row->name);

		if (row->help && distance < least) {
			least = distance;
			meant = row->name;
		}
	}
	return meant;
}

static int refuse_unknown(const struct option_row *table, const char *word, struct error *err)
{
	const char *meant = find_meant(table, word);

	if (meant)
		return error_usage(err, word, "unknown option '%s': did you mean '--%s'?", word, meant);
	return error_usage(err, word, "unknown option '%s'", word);
}

/* Reads several letters in one word, "-td". The value of the last may follow in the same word, "-u1000", or in the next
 * word. */
static int take_letters(const struct option_row *table, char **argv, size_t *i, void *options, struct error *err)
{
	const char *word = argv[*i];

	for (const char *letter = word + 1; *letter; letter++) {
		const struct option_row *row = find_letter(table, *letter);

		if (!row)
			return refuse_unknown(table, word, err);
		if (takes_value(row))
			return store_value(row, letter[1] ? letter + 1 : argv[++*i], options, err);
		if (store(row, NULL, options, err) < 0)
			return -1;
	}
	return 0;
}

/* Reads the option that begins with argv[*i], and moves *i to its last word. */
static int take_option(const struct option_row *table, char **argv, size_t *i, void *options, struct error *err)
{
	const char *word = argv[*i];
	const char *value;
	const struct option_row *row = match(table, word, &value);

	if (!row)
		return word[1] == '-' ? refuse_unknown(table, word, err) : take_letters(table, argv, i, options, err);
	if (!takes_value(row))
		return store(row, value, options, err);
	return store_value(row, value ? value : argv[++*i], options, err);
}

int options_parse(const struct option_row *table, char **argv, bool stop_at_word, void *options, size_t *ret_words,
	struct error *err)
{
	size_t words = 0;
	size_t i = 0;

	for (; argv[i]; i++) {
		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[words++] = argv[i];
			if (!stop_at_word)
				continue;
			i += argv[i + 1] && strcmp(argv[i + 1], "--") == 0 ? 2 : 1;
			break;
		}
		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		if (take_option(table, argv, &i, options, err) < 0)
			return -1;
	}
	while (argv[i])
		argv[words++] = argv[i++];
	argv[words] = NULL;
	*ret_words = words;
	return 0;
}

void options_free(const struct option_row *table, void *options)
{
	for (const struct option_row *row = table; row->name; row++) {
		struct option_list *list = (void *)((char *)options + row->offset);

		if (row->kind == OPTION_LIST)
			free(list->items);
	}
}
