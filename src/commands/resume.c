/* tare resume: thaws the processes of a paused container. */
#include "commands/commands.h"

#include "host/host.h"

static int run(const struct invocation *invocation, struct error *err)
{
	return on_locked_container(invocation, container_resume, err);
}

const struct command resume_command = {
	.name = "resume",
	.words = "ID",
	.summary = "let a paused container go on",
	.options = help_only_table,
	.options_size = sizeof(struct help_only),
	.least_words = 1,
	.most_words = 1,
	.run = run,
};
