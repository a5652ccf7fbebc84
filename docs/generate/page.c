/* Man pages, in mdoc(7): name, usage and options come from the tables, the rest is prose. */
#include "generate.h"

#include "base/version.h"

#include <ctype.h>
#include <string.h>

/* Adds text of the tables, in which macros and dashes are escaped. */
static void add_text(struct text *out, const char *s, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (s[i] == '\\')
			text_add(out, "\\e");
		else if (s[i] == '-')
			text_add(out, "\\-");
		else
			text_add_bytes(out, s + i, 1);
	}
}

/* Adds a line of a table as a sentence. It begins with a letter, so it is not taken for a macro. */
static void add_sentence(struct text *out, const char *s)
{
	text_add(out, "%c", toupper((unsigned char)*s));
	add_text(out, s + 1, strlen(s + 1));
	text_add(out, ".\n");
}

static void add_word(struct text *out, const struct word *word)
{
	text_add(out, word->kind == WORD_LITERAL ? "Cm " : "Ar ");
	add_text(out, word->s, word->length);
}

static void add_option(struct text *out, const struct option_row *row)
{
	const char *value = row->value;
	struct word word;

	text_add(out, ".It");
	if (row->letter)
		text_add(out, " Fl %c ,", row->letter);
	text_add(out, " Fl \\-");
	add_text(out, row->name, strlen(row->name));
	for (const char *separator = " "; value && word_next_choice(&value, &word); separator = " | ") {
		text_add(out, "%s", separator);
		add_word(out, &word);
	}
	text_add(out, "\n");
	add_sentence(out, row->help);
}

static void add_options(struct text *out, const struct command *command)
{
	text_add(out, ".Sh OPTIONS\n.Bl -tag -width Ds\n");
	for (const struct option_row *row = options_of(command); row->name; row++) {
		if (row->help)
			add_option(out, row);
	}
	text_add(out, ".El\n");
	if (command)
		text_add(out, ".Pp\nThe options that stand before the command are in\n.Xr tare 1 .\n");
}

/* "ID [SIGNAL]": a line for each. */
static void add_arguments(struct text *out, const char *words)
{
	struct word word;

	while (word_next(&words, &word)) {
		text_add(out, ".");
		if (word.kind == WORD_OPEN)
			text_add(out, "Oo");
		else if (word.kind == WORD_CLOSE)
			text_add(out, "Oc");
		else
			add_word(out, &word);
		text_add(out, "%s\n", word.repeated ? " ..." : "");
	}
}

static void add_head(struct text *out, const struct command *command, const char *date)
{
	text_add(out, ".\\\" Made from the option tables and docs/man/%s.mdoc.\n.Dd %s\n.Dt TARE", name_of(command),
		date);
	for (const char *c = command ? command->name : ""; *c; c++)
		text_add(out, "%s%c", c == command->name ? "\\-" : "", toupper((unsigned char)*c));
	text_add(out, " 1\n.Os tare %s\n.Sh NAME\n", version_release);
	if (command) {
		text_add(out, ".Nm tare-%s\n.Nd ", command->name);
		add_text(out, command->summary, strlen(command->summary));
		text_add(out, "\n.Sh SYNOPSIS\n.Nm tare\n.Op Ar GLOBAL-OPTION ...\n.Cm %s\n.Op Ar OPTION ...\n",
			command->name);
		add_arguments(out, command->words);
	} else {
		text_add(out,
			".Nm tare\n.Nd run OCI containers\n.Sh SYNOPSIS\n.Nm\n"
			".Op Ar OPTION ...\n.Ar COMMAND\n.Op Ar OPTION ...\n.Op Ar ARGUMENT ...\n");
	}
}

static void add_commands(struct text *out)
{
	text_add(out, ".Sh COMMANDS\n.Bl -tag -width Ds\n");
	for (size_t i = 0; command_table[i]; i++) {
		text_add(out, ".It Xr tare-%s 1\n", command_table[i]->name);
		add_sentence(out, command_table[i]->summary);
	}
	text_add(out, ".El\n");
}

int page_add(struct text *out, const struct command *command, const char *prose, const char *date, struct error *err)
{
	const char *rest = strstr(prose, "\n.Sh ");

	if (!text_starts(prose, ".Sh DESCRIPTION\n"))
		return error_set(err, 0, "expected '.Sh DESCRIPTION' in line 1");
	if (!rest)
		return error_set(err, 0, "expected a section after the description");
	rest++;
	add_head(out, command, date);
	text_add_bytes(out, prose, (size_t)(rest - prose));
	if (!command)
		add_commands(out);
	add_options(out, command);
	text_add(out, "%s", rest);
	return text_done(out, err);
}
