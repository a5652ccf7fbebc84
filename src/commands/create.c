/* tare create: makes a container and leaves it waiting for `tare start`. */
#include "commands/commands.h"

#include "host/host.h"
#include "init/init.h"

struct options {
	const char *bundle;
	const char *config;
	const char *console_socket;
	const char *pid_file;
	bool no_new_keyring;
	bool no_pivot;
	unsigned int preserve_fds;
	bool help;
};

static const struct option_row rows[] = {
	{ 'b', "bundle", OPTION_TEXT, offsetof(struct options, bundle), "DIR",
		"the bundle (default: the current directory)" },
	{ 'f', "config", OPTION_TEXT, offsetof(struct options, config), "FILE",
		"the configuration in it (default: config.json)" },
	{ 0, "console-socket", OPTION_TEXT, offsetof(struct options, console_socket), "PATH",
		"a unix socket that receives the terminal" },
	{ 0, "pid-file", OPTION_TEXT, offsetof(struct options, pid_file), "FILE",
		"write the pid of the container's process here" },
	{ 0, "no-new-keyring", OPTION_FLAG, offsetof(struct options, no_new_keyring), NULL,
		"keep the caller's session keyring" },
	{ 0, "no-pivot", OPTION_FLAG, offsetof(struct options, no_pivot), NULL,
		"move the root instead of pivot_root: less safe" },
	{ 0, "preserve-fds", OPTION_NUMBER, offsetof(struct options, preserve_fds), "N",
		"pass on N file descriptors from 3 on" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "show this help" },
	{ 0 },
};

static int run(const struct invocation *invocation, struct error *err)
{
	static const struct init_entry entry = { .create = init_create,
		.stage = init_stage,
		.needs_stage = init_needs_stage };
	const struct options *options = invocation->options;
	struct create_options create = {
		.root = invocation->global->root,
		.id = invocation->words[0],
		.bundle = options->bundle ? options->bundle : ".",
		.config = options->config ? options->config : "config.json",
		.pid_file = options->pid_file,
		.console_socket = options->console_socket,
		.detached = true,
		.no_new_keyring = options->no_new_keyring,
		.no_pivot = options->no_pivot,
		.preserve_fds = options->preserve_fds,
	};
	int terminal;

	if (check_id(create.id, err) < 0 || check_cgroup_manager(invocation->global, &create.cgroup_disabled, err) < 0)
		return -1;
	if (floor_check(err) < 0 || exeseal_enter(invocation->argv, err) < 0)
		return -1;
	if (container_create(&create, &entry, &terminal, err) < 0)
		return error_wrap(err, "tare create failed");
	return 0;
}

const struct command create_command = {
	.name = "create",
	.words = "ID",
	.summary = "create a container",
	.options = rows,
	.options_size = sizeof(struct options),
	.least_words = 1,
	.most_words = 1,
	.run = run,
};
