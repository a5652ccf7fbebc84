/* tare state: prints the state of a container as JSON. */
#include "commands/commands.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "host/container/container.h"

#include <errno.h>
#include <unistd.h>

static int print_state(const struct container *container, struct error *err)
{
	cleanup_free char *text = NULL;
	enum oci_status status;
	struct oci_state state;
	size_t length;

	if (container_status(container, &status, err) < 0)
		return -1;
	state = container_state(container, status);
	if (oci_write(&oci_state_type, &state, OCI_WRITE_PRETTY, &text, &length) < 0)
		return error_set(err, errno, "cannot write the state");
	if (fd_write_all(STDOUT_FILENO, text, length) < 0)
		return error_set(err, errno, "cannot write to the standard output");
	return 0;
}

static int run(const struct invocation *invocation, struct error *err)
{
	struct container container = CONTAINER_NONE;
	int result = open_container(invocation, invocation->words[0], &container, err);

	if (result == 0)
		result = print_state(&container, err);
	container_close(&container);
	return result;
}

const struct command state_command = {
	.name = "state",
	.words = "ID",
	.summary = "print the state of a container",
	.options = help_only_table,
	.options_size = sizeof(struct help_only),
	.least_words = 1,
	.most_words = 1,
	.run = run,
};
