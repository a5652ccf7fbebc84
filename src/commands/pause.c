/* tare pause: freezes all processes of a container. */
#include "commands/commands.h"

#include "host/host.h"

static int run(const struct invocation *invocation, struct error *err)
{
	return on_locked_container(invocation, container_pause, err);
}

const struct command pause_command = {
	.name = "pause",
	.words = "ID",
	.summary = "suspend all processes of a container",
	.options = help_only_table,
	.options_size = sizeof(struct help_only),
	.least_words = 1,
	.most_words = 1,
	.run = run,
};
