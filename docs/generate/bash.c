/* The tables for docs/completions/tare.bash: associative arrays, whose keys begin with the command. */
#include "generate.h"

/* ['list --format']='table json' */
static void add_offer(struct text *out, const struct command *command, const char *what, const struct offer *offer)
{
	text_add(out, "\t['%s %s']='", name_of(command), what);
	if (offer->files)
		text_add(out, " <file>");
	if (offer->directories)
		text_add(out, " <directory>");
	if (offer->containers)
		text_add(out, " <container>");
	if (offer->signals)
		text_add(out, " <signal>");
	text_add(out, "%s'\n", offer->words.n > 0 ? offer->words.s : "");
}

static void add_names(struct text *out, const struct command *command)
{
	text_add(out, "\t[%s]='", name_of(command));
	for (const struct option_row *row = options_of(command); row->name; row++) {
		if (row->help && row->letter)
			text_add(out, " -%c", row->letter);
		if (row->help)
			text_add(out, " --%s", row->name);
	}
	text_add(out, "'\n");
}

static void add_values(struct text *out, const struct command *command)
{
	for (const struct option_row *row = options_of(command); row->name; row++) {
		const char letter[] = { '-', row->letter, '\0' };
		cleanup_text struct text name = { 0 };
		struct offer offer = { 0 };

		if (!row->value)
			continue;
		offer_add_value(&offer, row);
		text_add(&name, "--%s", row->name);
		add_offer(out, command, name.s, &offer);
		if (row->letter)
			add_offer(out, command, letter, &offer);
		text_free(&offer.words);
	}
}

/* An argument is identified by its position; one that may be repeated has all positions from there on. */
static void add_arguments(struct text *out, const struct command *command)
{
	const char *words = command->words;
	struct word word;

	for (char place = '1'; word_next_argument(&words, &word); place++) {
		const char name[] = { word.repeated ? '*' : place, '\0' };
		struct offer offer = { 0 };

		offer_add(&offer, &word);
		add_offer(out, command, name, &offer);
		text_free(&offer.words);
	}
}

void bash_add(struct text *out)
{
	text_add(out, "declare -g _tare_signals='");
	signals_add(out);
	text_add(out, "'\ndeclare -gA _tare_options=(\n");
	add_names(out, NULL);
	for (size_t i = 0; command_table[i]; i++)
		add_names(out, command_table[i]);
	text_add(out, ")\ndeclare -gA _tare_offers=(\n\t['tare 1']='");
	for (size_t i = 0; command_table[i]; i++)
		text_add(out, " %s", command_table[i]->name);
	text_add(out, "'\n");
	add_values(out, NULL);
	for (size_t i = 0; command_table[i]; i++) {
		add_values(out, command_table[i]);
		add_arguments(out, command_table[i]);
	}
	text_add(out, ")\ndeclare -gA _tare_options_first=(\n");
	for (size_t i = 0; command_table[i]; i++) {
		if (command_table[i]->options_first)
			text_add(out, "\t[%s]=yes\n", command_table[i]->name);
	}
	text_add(out, ")\n");
}
