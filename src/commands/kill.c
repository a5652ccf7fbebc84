/* tare kill: sends a signal to a container's process, or to all of its processes. */
#include "commands/commands.h"

#include "base/signals.h"
#include "host/container/container.h"
#include "host/host.h"

struct options {
	bool all;
	bool regex;
	bool help;
};

static const struct option_row rows[] = {
	{ 'a', "all", OPTION_FLAG, offsetof(struct options, all), NULL,
		"every process of the container; none left is no error" },
	{ 'r', "regex", OPTION_FLAG, offsetof(struct options, regex), NULL,
		"every container whose id matches the regular expression ID" },
	ROW_HELP,
	{ 0 },
};

/* The number of the signal that the second word names; -1 with *err. */
static int chosen_signal(const struct invocation *invocation, struct error *err)
{
	const char *name = invocation->word_count > 1 ? invocation->words[1] : "TERM";
	int signal_number = signal_parse(name);

	return signal_number < 0 ? error_usage(err, NULL, "unknown signal \"%s\"", name) : signal_number;
}

static int kill_one(const struct invocation *invocation, const char *id, struct error *err)
{
	const struct options *options = invocation->options;
	struct container container = CONTAINER_NONE;
	int result = open_container(invocation, id, &container, err);

	if (result == 0)
		result = container_kill(&container, chosen_signal(invocation, NULL), options->all, err);
	container_close(&container);
	return result;
}

static int run(const struct invocation *invocation, struct error *err)
{
	const struct options *options = invocation->options;

	if (!options->regex && check_id(invocation->words[0], err) < 0)
		return -1;
	if (chosen_signal(invocation, err) < 0)
		return -1;
	if (options->regex)
		return each_matching(invocation, invocation->words[0], kill_one, err);
	return kill_one(invocation, invocation->words[0], err);
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
