/* tare delete: removes a container that has stopped, or any with --force. */
#include "commands/commands.h"

#include "host/container/container.h"
#include "host/host.h"

#include <errno.h>

struct options {
	bool force;
	bool regex;
	bool help;
};

static const struct option_row rows[] = {
	{ 'f', "force", OPTION_FLAG, offsetof(struct options, force), NULL,
		"kill it first; a container that is not there is no error" },
	{ 'r', "regex", OPTION_FLAG, offsetof(struct options, regex), NULL,
		"every container whose id matches the regular expression ID" },
	ROW_HELP,
	{ 0 },
};

static int delete_one(const struct invocation *invocation, const char *id, struct error *err)
{
	const struct options *options = invocation->options;
	struct container container = CONTAINER_NONE;
	int result = open_locked_container(invocation, id, &container, err);

	if (result < 0 && options->force && err->number == ENOENT)
		result = 0;
	else if (result < 0 && options->force && err->number == EBADMSG)
		result = container_delete_damaged(&container, err);
	else if (result == 0)
		result = container_delete(&container, options->force, err);
	container_close(&container);
	return result;
}

static int run(const struct invocation *invocation, struct error *err)
{
	const struct options *options = invocation->options;

	if (options->regex)
		return each_matching(invocation, invocation->words[0], delete_one, err);
	return delete_one(invocation, invocation->words[0], err);
}

const struct command delete_command = {
	.name = "delete",
	.words = "ID",
	.summary = "remove a container",
	.options = rows,
	.options_size = sizeof(struct options),
	.least_words = 1,
	.most_words = 1,
	.run = run,
};
