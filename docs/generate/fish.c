/* The tables for docs/completions/tare.fish: the options that have a value, and a line for each word that can be
 * offered. */
#include "generate.h"

/* Text in single quotes. */
static void add_text(struct text *out, const char *s)
{
	for (; *s; s++)
		text_add(out, "%s%c", *s == '\'' || *s == '\\' ? "\\" : "", *s);
}

/* Adds what can be offered. Files have to be named explicitly, since the completion begins with "complete -f". */
static void add_offer(struct text *out, const struct offer *offer)
{
	if (offer->files)
		text_add(out, " -F");
	if (!offer->directories && !offer->containers && !offer->signals && offer->words.n == 0)
		return;
	text_add(out, " -a '");
	if (offer->directories)
		text_add(out, "(__fish_complete_directories (commandline -ct))");
	if (offer->containers)
		text_add(out, "(__tare_containers)");
	if (offer->signals)
		text_add(out, "(__tare_with_sig)");
	text_add(out, "%s'", offer->words.n > 0 ? offer->words.s : "");
}

static void add_option(struct text *out, const struct command *command, const struct option_row *row)
{
	struct offer offer = { 0 };

	offer_add_value(&offer, row);
	if (command && command->options_first)
		text_add(out, "complete -c tare -n '__tare_at %s 1'", command->name);
	else
		text_add(out, "complete -c tare -n '__tare_in %s'", name_of(command));
	if (row->letter)
		text_add(out, " -s %c", row->letter);
	text_add(out, " -l %s", row->name);
	if (row->value)
		text_add(out, offer.files ? " -r" : " -x");
	add_offer(out, &offer);
	text_add(out, " -d '");
	add_text(out, row->help);
	text_add(out, "'\n");
	text_free(&offer.words);
}

static bool has_offer(const struct offer *offer)
{
	return offer->files || offer->directories || offer->containers || offer->signals || offer->words.n > 0;
}

static void add_argument(struct text *out, const struct command *command, unsigned int place, const struct word *word)
{
	struct offer offer = { 0 };

	offer_add(&offer, word);
	if (has_offer(&offer)) {
		if (word->repeated)
			text_add(out, "complete -c tare -n '__tare_in %s'", command->name);
		else
			text_add(out, "complete -c tare -n '__tare_at %s %u'", command->name, place);
		add_offer(out, &offer);
		text_add(out, " -d '%.*s'\n", (int)word->length, word->s);
	}
	text_free(&offer.words);
}

static void add_arguments(struct text *out, const struct command *command)
{
	const char *words = command->words;
	struct word word;

	for (unsigned int place = 1; word_next_argument(&words, &word); place++)
		add_argument(out, command, place, &word);
}

/* 'list --format' 'list -f' */
static void add_valued(struct text *out, const struct command *command)
{
	for (const struct option_row *row = options_of(command); row->name; row++) {
		if (row->value && row->letter)
			text_add(out, " '%s -%c'", name_of(command), row->letter);
		if (row->value)
			text_add(out, " '%s --%s'", name_of(command), row->name);
	}
}

static void add_command(struct text *out, const struct command *command)
{
	for (const struct option_row *row = options_of(command); row->name; row++) {
		if (row->help)
			add_option(out, command, row);
	}
	if (command)
		add_arguments(out, command);
}

void fish_add(struct text *out)
{
	text_add(out, "set -g __tare_signals");
	signals_add(out);
	text_add(out, "\nset -g __tare_valued");
	add_valued(out, NULL);
	for (size_t i = 0; command_table[i]; i++)
		add_valued(out, command_table[i]);
	text_add(out, "\n");
	for (size_t i = 0; command_table[i]; i++) {
		text_add(out, "complete -c tare -n '__tare_in tare' -a %s -d '", command_table[i]->name);
		add_text(out, command_table[i]->summary);
		text_add(out, "'\n");
	}
	add_command(out, NULL);
	for (size_t i = 0; command_table[i]; i++)
		add_command(out, command_table[i]);
}
