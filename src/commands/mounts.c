/* tare mounts: adds mounts to a container that runs, or removes them. */
#include "commands/commands.h"

#include "host/container/container.h"
#include "host/host.h"

#include <string.h>

static int run(const struct invocation *invocation, struct error *err)
{
	const char *verb = invocation->words[0];
	const char *id = invocation->words[1];
	struct container container = CONTAINER_NONE;
	bool removes = strcmp(verb, "remove") == 0;
	int result;

	if (!removes && strcmp(verb, "add") != 0)
		return error_usage(err, NULL, "mounts: expected add or remove, found '%s'", verb);
	result = open_locked_container(invocation, id, &container, err);
	if (result == 0)
		result = container_change_mounts(&container, invocation->words[2], removes, err);
	container_close(&container);
	return result;
}

const struct command mounts_command = {
	.name = "mounts",
	.words = "add|remove ID FILE",
	.summary = "add mounts to a container, or remove them",
	.options = help_only_table,
	.options_size = sizeof(struct help_only),
	.least_words = 3,
	.most_words = 3,
	.run = run,
	.needs_seal = true,
};
