/* tare run: creates a container, starts it, and waits for it unless --detach is given. */
#include "commands/commands.h"

#include "base/cleanup.h"
#include "base/interrupt.h"
#include "host/attach/attach.h"
#include "host/container/container.h"
#include "host/host.h"

#include <errno.h>

struct options {
	struct create_options create;
	bool detach;
	bool keep;
	bool no_subreaper;
	bool help;
};

static const struct option_row rows[] = {
	ROWS_CREATE_FILES,
	{ 'd', "detach", OPTION_FLAG, offsetof(struct options, detach), NULL, "do not wait for the container" },
	{ 0, "keep", OPTION_FLAG, offsetof(struct options, keep), NULL,
		"do not delete the container when it has ended" },
	{ 0, "no-subreaper", OPTION_FLAG, offsetof(struct options, no_subreaper), NULL,
		"leave orphans of the container to the caller" },
	ROWS_CREATE_MODES,
	ROW_HELP,
	{ 0 },
};

/* Removes the container after a failure: unlike `create` and then `start`, `run` leaves nothing behind. Errors of the
 * removal are ignored: the user is told the failure that led to it. */
static void remove_created(struct container *container)
{
	struct error ignored;

	interrupt_undo();
	if (container_lock(container, &ignored) == 0)
		(void)container_delete(container, true, &ignored);
}

/* Starts the container, after preparing for its orphans, signals and notifications; removes it after a failure. */
static int start(const struct options *options, struct container *container, struct notify *notify, int *ret_signals,
	struct error *err)
{
	int result = notify_open(container, notify, err);

	if (result == 0 && !options->detach && !options->no_subreaper)
		result = foreground_adopt_orphans(err);
	if (result == 0 && !options->detach) {
		*ret_signals = foreground_open_signals(err);
		result = *ret_signals < 0 ? -1 : 0;
	}
	if (result == 0)
		result = interrupt_check(err);
	if (result == 0)
		result = container_start(container, err);
	/* The program runs: a signal that came since then is passed on to the program. */
	if (result == 0 && !options->detach)
		interrupt_hand_over();
	if (result < 0)
		remove_created(container);
	container_unlock(container);
	return result;
}

/* Removes the container that has ended. When another process has removed it already, that is no error. */
static int remove_ended(struct container *container, struct error *err)
{
	if (container_lock(container, err) < 0)
		return err->number == ENOENT ? 0 : -1;
	return container_delete(container, true, err);
}

/* Waits for the end of the container, and removes it. Returns the exit code. */
static int stay(const struct options *options, struct container *container, int *terminal, int signals,
	struct notify *notify, struct error *err)
{
	cleanup_fd int cgroup = -1;
	cleanup_oom_watch struct oom_watch memory = killed_watch(container, &cgroup);
	const struct foreground_process process = {
		.pid = container->pid,
		.pidfd = container->pidfd,
		.terminal = terminal,
		.signals = signals,
		.notify = notify,
	};
	int signal;
	int code;

	if (foreground_wait(&process, &code, &signal, err) < 0) {
		/* No process would pass on signals and the terminal any more. */
		remove_created(container);
		return -1;
	}
	if (signal)
		killed_log(container, signal, &memory);
	if (!options->keep && remove_ended(container, err) < 0)
		return -1;
	foreground_reap_orphans(0);
	return code;
}

/* Waits until the program tells that it is ready. When the wait fails or a signal ends it, the container is removed. */
static int wait_until_ready(struct container *container, struct notify *notify, struct error *err)
{
	if (notify_wait(notify, container, err) == 0)
		return 0;
	remove_created(container);
	return -1;
}

/* Starts a container that this process has created, and waits for its end, or with --detach until it is ready. A
 * container that cannot be started is removed. */
static int start_and_wait(const struct options *options, struct container *container, int *terminal, struct error *err)
{
	struct notify notify = NOTIFY_NONE;
	cleanup_fd int signals = -1;
	int result = start(options, container, &notify, &signals, err);

	if (result == 0 && options->detach)
		result = wait_until_ready(container, &notify, err);
	else if (result == 0)
		result = stay(options, container, terminal, signals, &notify, err);
	notify_close(&notify);
	return result;
}

static int run(const struct invocation *invocation, struct error *err)
{
	const struct options *options = invocation->options;
	struct create_options create = options->create;
	struct container container = CONTAINER_NONE;
	cleanup_fd int terminal = -1;
	int code;

	create.keep_terminal = !options->detach && !create.console_socket;
	create.detached = options->detach;
	if (create_container(invocation, run_command.name, &create, &container, &terminal, err) < 0)
		return -1;
	code = start_and_wait(options, &container, &terminal, err);
	container_close(&container);
	return code < 0 ? error_wrap(err, "tare run failed") : code;
}

const struct command run_command = {
	.name = "run",
	.words = "NEW-ID",
	.summary = "create and start a container, and wait for it",
	.options = rows,
	.options_size = sizeof(struct options),
	.least_words = 1,
	.most_words = 1,
	.run = run,
	.needs_seal = true,
};
