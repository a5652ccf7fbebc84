/* tare create: makes a container, whose init then waits for `tare start`. */
#include "commands/commands.h"

#include "host/host.h"

struct options {
	struct create_options create;
	bool help;
};

static const struct option_row rows[] = {
	ROWS_CREATE_FILES,
	ROWS_CREATE_MODES,
	ROW_HELP,
	{ 0 },
};

static int run(const struct invocation *invocation, struct error *err)
{
	const struct options *options = invocation->options;
	struct create_options create = options->create;
	int terminal;

	create.detached = true;
	return create_container(invocation, create_command.name, &create, NULL, &terminal, err);
}

const struct command create_command = {
	.name = "create",
	.words = "NEW-ID",
	.summary = "create a container",
	.options = rows,
	.options_size = sizeof(struct options),
	.least_words = 1,
	.most_words = 1,
	.run = run,
	.needs_seal = true,
};
