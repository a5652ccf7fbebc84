/* tare run: creates a container, starts it, and waits for it unless told not to. */
#include "commands/commands.h"

#include "base/cleanup.h"
#include "host/host.h"
#include "init/init.h"

struct options {
	const char *bundle;
	const char *config;
	const char *console_socket;
	const char *pid_file;
	bool detach;
	bool keep;
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
	{ 'd', "detach", OPTION_FLAG, offsetof(struct options, detach), NULL, "do not wait for the container" },
	{ 0, "keep", OPTION_FLAG, offsetof(struct options, keep), NULL,
		"do not delete the container when it has ended" },
	{ 0, "no-new-keyring", OPTION_FLAG, offsetof(struct options, no_new_keyring), NULL,
		"keep the caller's session keyring" },
	{ 0, "no-pivot", OPTION_FLAG, offsetof(struct options, no_pivot), NULL,
		"move the root instead of pivot_root: less safe" },
	{ 0, "preserve-fds", OPTION_NUMBER, offsetof(struct options, preserve_fds), "N",
		"pass on N file descriptors from 3 on" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "show this help" },
	{ 0 },
};

/* All or nothing, also when the container cannot be opened for its start. A second try, so the cause may be gone. */
static void remove_created(const struct invocation *invocation)
{
	struct container container = CONTAINER_NONE;
	struct error ignored;

	if (open_named_container(invocation, &container, &ignored) == 0 && container_lock(&container, &ignored) == 0)
		(void)container_delete(&container, true, &ignored);
	container_close(&container);
}

/* From the start to the end of a container that has been created. */
static int start_and_wait(const struct invocation *invocation, int terminal, struct error *err)
{
	const struct options *options = invocation->options;
	struct container container = CONTAINER_NONE;
	cleanup_fd int signals = -1;
	struct error ignored;
	int code = 0;
	int result;

	if (!options->detach)
		signals = foreground_hold_signals(err);
	if ((!options->detach && signals < 0) || open_named_container(invocation, &container, err) < 0) {
		container_close(&container);
		remove_created(invocation);
		return -1;
	}
	result = container_start(&container, err);
	/* All or nothing, unlike create and then start. */
	if (result < 0 && container_lock(&container, &ignored) == 0)
		(void)container_delete(&container, true, &ignored);
	container_unlock(&container);
	if (result == 0 && !options->detach)
		result = foreground_wait(&container, terminal, signals, &code, err);
	if (result == 0 && !options->detach && !options->keep) {
		result = container_lock(&container, err);
		if (result == 0)
			result = container_delete(&container, true, err);
	}
	container_close(&container);
	return result < 0 ? -1 : code;
}

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
		.keep_terminal = !options->detach && !options->console_socket,
		.detached = options->detach,
		.no_new_keyring = options->no_new_keyring,
		.no_pivot = options->no_pivot,
		.preserve_fds = options->preserve_fds,
	};
	cleanup_fd int terminal = -1;
	int code;

	if (check_id(create.id, err) < 0 || check_cgroup_manager(invocation->global, &create.cgroup_disabled, err) < 0)
		return -1;
	if (floor_check(err) < 0 || exeseal_enter(invocation->argv, err) < 0)
		return -1;
	if (container_create(&create, &entry, &terminal, err) < 0)
		return error_wrap(err, "tare run failed");
	code = start_and_wait(invocation, terminal, err);
	return code < 0 ? error_wrap(err, "tare run failed") : code;
}

const struct command run_command = {
	.name = "run",
	.words = "ID",
	.summary = "create and start a container, and wait for it",
	.options = rows,
	.options_size = sizeof(struct options),
	.least_words = 1,
	.most_words = 1,
	.run = run,
};
