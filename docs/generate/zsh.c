/* The tables for docs/completions/_tare: a list of the commands, and the arguments of _arguments for each. */
#include "generate.h"

/* Adds text in single quotes; backslashes and colons are escaped for _arguments. */
static void add_text(struct text *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\'')
			text_add(out, "'\\''");
		else
			text_add(out, "%s%c", *s == ':' || *s == '[' || *s == ']' || *s == '\\' ? "\\" : "", *s);
	}
}

/* Adds the action of _arguments for a word. It is one action, since no table needs more. */
static void add_action(struct text *out, const struct offer *offer)
{
	if (offer->files)
		text_add(out, "_files");
	else if (offer->directories)
		text_add(out, "_files -/");
	else if (offer->containers)
		text_add(out, "_tare_containers");
	else if (offer->signals)
		text_add(out, "_tare_with_sig");
	else if (offer->words.n > 0)
		text_add(out, "(%s)", offer->words.s + 1);
	else
		text_add(out, " ");
}

/* '(-f --format)'{-f,--format=}'[how to print]:table|json:(table json)': each of the two forms excludes the other. An
 * option without a help text is accepted, and not offered. */
static void add_option(struct text *out, const struct option_row *row)
{
	const char *repeated = row->kind == OPTION_LIST ? "*" : "";
	const char *equals = row->value ? "=" : "";
	struct offer offer = { 0 };

	offer_add_value(&offer, row);
	if (!row->help)
		text_add(out, "\t'!--%s%s", row->name, equals);
	else if (!row->letter)
		text_add(out, "\t'%s--%s%s", repeated, row->name, equals);
	else if (*repeated)
		text_add(out, "\t\\*{-%c,--%s%s}'", row->letter, row->name, equals);
	else
		text_add(out, "\t'(-%c --%s)'{-%c,--%s%s}'", row->letter, row->name, row->letter, row->name, equals);
	if (row->help) {
		text_add(out, "[");
		add_text(out, row->help);
		text_add(out, "]");
	}
	if (row->value) {
		text_add(out, ":");
		add_text(out, row->value);
		text_add(out, ":");
		add_action(out, &offer);
	}
	text_add(out, "'\n");
	text_free(&offer.words);
}

static void add_arguments(struct text *out, const char *words)
{
	struct word word;

	for (unsigned int place = 1; word_next_argument(&words, &word); place++) {
		struct offer offer = { 0 };

		offer_add(&offer, &word);
		if (word.repeated)
			text_add(out, "\t'*:%.*s:", (int)word.length, word.s);
		else
			text_add(out, "\t'%u:%.*s:", place, (int)word.length, word.s);
		add_action(out, &offer);
		text_add(out, "'\n");
		text_free(&offer.words);
	}
}

static void add_command(struct text *out, const struct command *command)
{
	text_add(out, "typeset -ga _tare_arguments_%s=(\n", name_of(command));
	/* No option behind the first word. */
	if (command && command->options_first)
		text_add(out, "\t-A '-*'\n");
	for (const struct option_row *row = options_of(command); row->name; row++)
		add_option(out, row);
	if (command)
		add_arguments(out, command->words);
	text_add(out, ")\n");
}

void zsh_add(struct text *out)
{
	text_add(out, "typeset -ga _tare_signals=(");
	signals_add(out);
	text_add(out, " )\ntypeset -ga _tare_commands=(\n");
	for (size_t i = 0; command_table[i]; i++) {
		text_add(out, "\t'%s:", command_table[i]->name);
		add_text(out, command_table[i]->summary);
		text_add(out, "'\n");
	}
	text_add(out, ")\n");
	add_command(out, NULL);
	for (size_t i = 0; command_table[i]; i++)
		add_command(out, command_table[i]);
}
