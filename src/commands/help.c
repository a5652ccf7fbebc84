/* tare help: what the command line has, from the tables by which it is read. */
#include "commands/commands.h"

#include <stdio.h>

int print_help(void)
{
	printf("Usage: tare [OPTION...] COMMAND [OPTION...] [ARGUMENT...]\n\nRuns OCI containers.\n\nCommands:\n");
	for (size_t i = 0; command_table[i]; i++)
		printf("  %-10s %s\n", command_table[i]->name, command_table[i]->summary);
	printf("\nOptions:\n");
	options_print(global_option_table);
	printf("\n'tare COMMAND --help' shows the options of a command.\n");
	return 0;
}

int print_command_help(const struct command *command)
{
	printf("Usage: tare %s [OPTION...]%s%s\n\n%c%s.\n\nOptions:\n", command->name, *command->words ? " " : "",
		command->words, command->summary[0] - 'a' + 'A', command->summary + 1);
	options_print(command->options);
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
