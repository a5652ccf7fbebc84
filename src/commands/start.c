/* tare start: runs the program of a created container. */
#include "commands/commands.h"

#include "host/attach/attach.h"
#include "host/container/container.h"
#include "host/host.h"

static int run(const struct invocation *invocation, struct error *err)
{
	struct container container = CONTAINER_NONE;
	struct notify notify = NOTIFY_NONE;
	int result = open_locked_container(invocation, invocation->words[0], &container, err);

	if (result == 0)
		result = notify_open(&container, &notify, err);
	if (result == 0)
		result = container_start(&container, err);
	container_unlock(&container);
	if (result == 0)
		result = notify_wait(&notify, &container, err);
	notify_close(&notify);
	container_close(&container);
	return result;
}

const struct command start_command = {
	.name = "start",
	.words = "ID",
	.summary = "start a created container",
	.options = help_only_table,
	.options_size = sizeof(struct help_only),
	.least_words = 1,
	.most_words = 1,
	.run = run,
};
