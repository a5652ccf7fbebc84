/* tare kill: sends a signal to a container's process, or to all of its processes. */
#include "commands/commands.h"

#include "host/host.h"

struct options {
	bool all;
	bool help;
};

static const struct option_row rows[] = {
	{ 'a', "all", OPTION_FLAG, offsetof(struct options, all), NULL,
		"every process of the container; none left is no error" },
	ROW_HELP,
	{ 0 },
};

static int run(const struct invocation *invocation, struct error *err)
{
	const struct options *options = invocation->options;
	const char *name = invocation->word_count > 1 ? invocation->words[1] : "TERM";
	int signal_number = signal_parse(name);
	struct container container = CONTAINER_NONE;
	int result;

	if (check_id(invocation->words[0], err) < 0)
		return -1;
	if (signal_number < 0)
		return error_set(err, 0, "unknown signal \"%s\"", name);
	result = open_named_container(invocation, &container, err);
	if (result == 0)
		result = container_kill(&container, signal_number, options->all, err);
	container_close(&container);
	return result;
}

const struct command kill_command = {
	.name = "kill",
	.words = "ID [SIGNAL]",
	.summary = "send a signal to a container (default: TERM)",
	.options = rows,
	.options_size = sizeof(struct options),
	.least_words = 1,
	.most_words = 2,
	.run = run,
};
