/* The words of a usage line, and what a shell can offer for them. */
#include "base/signals.h"
#include "base/table.h"
#include "base/text.h"
#include "generate.h"

#include <ctype.h>
#include <string.h>

/* Other names stand for any text. */
static const struct table_row kinds[] = {
	{ "FILE", WORD_FILE },
	{ "PATH", WORD_FILE },
	{ "DIR", WORD_DIRECTORY },
	{ "ID", WORD_CONTAINER },
	{ "SIGNAL", WORD_SIGNAL },
	{ "COMMAND", WORD_COMMAND },
	{ NULL, 0 },
};

/* A word in capitals is a name; any other word stands for itself. */
static enum word_kind kind_of(const char *s, size_t length)
{
	bool literal = true;

	for (const struct table_row *row = kinds; row->name; row++) {
		if (strlen(row->name) == length && strncmp(row->name, s, length) == 0)
			return (enum word_kind)row->value;
	}
	for (size_t i = 0; i < length; i++)
		literal = literal && !isupper((unsigned char)s[i]);
	return literal ? WORD_LITERAL : WORD_NAMED;
}

static void take(const char **text, size_t length, enum word_kind kind, struct word *ret_word)
{
	*ret_word = (struct word){ .kind = kind, .s = *text, .length = length };
	*text += length;
}

bool word_next(const char **text, struct word *ret_word)
{
	size_t length = 0;

	*text += strspn(*text, " ");
	if (**text == '\0')
		return false;
	if (**text == '[') {
		take(text, 1, WORD_OPEN, ret_word);
		return true;
	}
	if (**text == ']') {
		take(text, 1, WORD_CLOSE, ret_word);
		return true;
	}
	while ((*text)[length] && !strchr(" []", (*text)[length]) && !text_starts(*text + length, "..."))
		length++;
	take(text, length, kind_of(*text, length), ret_word);
	ret_word->repeated = text_starts(*text, "...");
	if (ret_word->repeated)
		*text += strlen("...");
	return true;
}

bool word_next_argument(const char **text, struct word *ret_word)
{
	while (word_next(text, ret_word)) {
		if (ret_word->kind != WORD_OPEN && ret_word->kind != WORD_CLOSE)
			return true;
	}
	return false;
}

bool word_next_choice(const char **text, struct word *ret_word)
{
	size_t length;

	*text += strspn(*text, "|");
	length = strcspn(*text, "|");
	if (length == 0)
		return false;
	take(text, length, kind_of(*text, length), ret_word);
	return true;
}

/* Adds the choices of a word such as "add|remove". */
static void add_choices(struct text *words, const struct word *word)
{
	text_add(words, " ");
	for (size_t i = 0; i < word->length; i++)
		text_add_bytes(words, word->s[i] == '|' ? " " : &word->s[i], 1);
}

void signals_add(struct text *out)
{
	for (const struct table_row *row = signal_names; row->name; row++)
		text_add(out, " %s", row->name);
}

void offer_add(struct offer *offer, const struct word *word)
{
	switch (word->kind) {
	case WORD_FILE:
		offer->files = true;
		break;
	case WORD_DIRECTORY:
		offer->directories = true;
		break;
	case WORD_CONTAINER:
		offer->containers = true;
		break;
	case WORD_LITERAL:
		add_choices(&offer->words, word);
		break;
	case WORD_SIGNAL:
		offer->signals = true;
		break;
	case WORD_COMMAND:
		for (size_t i = 0; command_table[i]; i++)
			text_add(&offer->words, " %s", command_table[i]->name);
		break;
	case WORD_NAMED:
	case WORD_OPEN:
	case WORD_CLOSE:
		break;
	}
}

void offer_add_value(struct offer *offer, const struct option_row *row)
{
	const char *value = row->value;
	struct word word;

	while (value && word_next_choice(&value, &word))
		offer_add(offer, &word);
}

const char *name_of(const struct command *command)
{
	return command ? command->name : "tare";
}

const struct option_row *options_of(const struct command *command)
{
	return command ? command->options : global_option_table;
}
