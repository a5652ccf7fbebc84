/* tare help: prints the commands and options, from the tables of the parser. */
#include "commands/commands.h"

#include <stdio.h>
#include <string.h>

/* The column in which the texts of options begin, and the width of the lines. */
enum { TEXT_COLUMN = 33, LINE_WIDTH = 80 };

/* Prints a text in lines that begin at TEXT_COLUMN and are broken at blanks. The cursor is at that column already. */
static void print_wrapped(const char *text)
{
	const size_t width = LINE_WIDTH - TEXT_COLUMN;

	while (strlen(text) > width) {
		size_t length = width;

		while (length > 0 && text[length] != ' ')
			length--;
		if (length == 0)
			break; /* a single word that is too long */
		printf("%.*s\n%*s", (int)length, text, TEXT_COLUMN, "");
		text += length + 1;
	}
	printf("%s\n", text);
}

static void print_option(const struct option_row *row)
{
	int column = printf("  %c%c%c --%s%s%s", row->letter ? '-' : ' ', row->letter ? row->letter : ' ',
		row->letter ? ',' : ' ', row->name, row->value ? " " : "", row->value ? row->value : "");

	if (column > TEXT_COLUMN - 2) {
		printf("\n");
		column = 0;
	}
	printf("%*s", TEXT_COLUMN - column, "");
	print_wrapped(row->help);
}

/* Options without a help text are not shown. */
static void print_options(const struct option_row *table)
{
	for (const struct option_row *row = table; row->name; row++) {
		if (row->help)
			print_option(row);
	}
}

int print_help(void)
{
	printf("Usage: tare [OPTION...] COMMAND [OPTION...] [ARGUMENT...]\n\nRuns OCI containers.\n\nCommands:\n");
	for (size_t i = 0; command_table[i]; i++)
		printf("  %-10s %s\n", command_table[i]->name, command_table[i]->summary);
	printf("\nOptions:\n");
	print_options(global_option_table);
	printf("\n'tare COMMAND --help' shows the options of a command.\n");
	return 0;
}

int print_command_help(const struct command *command)
{
	printf("Usage: tare %s [OPTION...]%s%s\n\n%c%s.\n\nOptions:\n", command->name, *command->words ? " " : "",
		command->words, command->summary[0] - 'a' + 'A', command->summary + 1);
	print_options(command->options);
	return 0;
}

static int run(const struct invocation *invocation, struct error *err)
{
	const struct command *command;

	if (invocation->word_count == 0)
		return print_help();
	command = command_find(invocation->words[0], err);
	return command ? print_command_help(command) : -1;
}

const struct command help_command = {
	.name = "help",
	.words = "[COMMAND]",
	.summary = "show the commands, or the options of one",
	.options = help_only_table,
	.options_size = sizeof(struct help_only),
	.least_words = 0,
	.most_words = 1,
	.run = run,
};
