/* tare exec: runs a further program in a container. */
#include "commands/commands.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "host/attach/attach.h"
#include "host/container/container.h"
#include "host/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The greatest number of seconds of --timeout: some 30 years. */
enum { TIMEOUT_MAX = 1000000000, MS_PER_SECOND = 1000 };

struct options {
	const char *process;
	const char *console_socket;
	const char *pid_file;
	const char *pidfd_socket;
	const char *wait_fifo;
	const char *timeout;
	const char *cwd;
	const char *user;
	const char *apparmor;
	const char *process_label;
	const char *cgroup;
	struct option_list env;
	struct option_list groups;
	struct option_list capabilities;
	unsigned int preserve_fds;
	bool detach;
	bool tty;
	struct oci_opt_bool no_new_privileges;
	bool ignore_paused;
	bool help;
};

#define ROW(letter, name, kind, member, value, help) \
	{ letter, name, kind, offsetof(struct options, member), value, help }

static const struct option_row rows[] = {
	ROW('p', "process", OPTION_TEXT, process, "FILE", "the process as a JSON document"),
	ROW('d', "detach", OPTION_FLAG, detach, NULL, "do not wait for the process"),
	ROW('t', "tty", OPTION_FLAG, tty, NULL, "give the process a terminal"),
	ROW(0, "console-socket", OPTION_TEXT, console_socket, "PATH", "a unix socket that receives the terminal"),
	ROW(0, "pid-file", OPTION_TEXT, pid_file, "FILE", "write the pid of the process here"),
	ROW(0, "pidfd-socket", OPTION_TEXT, pidfd_socket, "PATH", "a unix socket that receives a pidfd of the process"),
	ROW(0, "exec-wait-fifo", OPTION_TEXT, wait_fifo, "PATH",
		"run the program when this fifo is opened for reading"),
	ROW(0, "timeout", OPTION_TEXT, timeout, "SECONDS",
		"end the program, with all that it has started, after this time"),
	ROW(0, "cwd", OPTION_TEXT, cwd, "CWD", "the working directory"),
	ROW('e', "env", OPTION_LIST, env, "NAME=VALUE", "set a variable of the environment"),
	ROW('u', "user", OPTION_TEXT, user, "UID[:GID]", "the user, by numbers"),
	ROW('g', "additional-gids", OPTION_LIST, groups, "GID", "one more group"),
	ROW('c', "cap", OPTION_LIST, capabilities, "NAME", "one more capability"),
	ROW(0, "no-new-privs", OPTION_SWITCH, no_new_privileges, NULL, "never gain privileges"),
	ROW(0, "apparmor", OPTION_TEXT, apparmor, "PROFILE", "the AppArmor profile"),
	ROW(0, "process-label", OPTION_TEXT, process_label, "LABEL", "the SELinux label"),
	ROW(0, "cgroup", OPTION_TEXT, cgroup, "CGROUP", "a cgroup below the container's own"),
	ROW(0, "ignore-paused", OPTION_FLAG, ignore_paused, NULL, "wait in a paused container until it is resumed"),
	ROW(0, "preserve-fds", OPTION_NUMBER, preserve_fds, "N", "pass on N file descriptors from 3 on"),
	ROW_HELP,
	{ 0 },
};

/* Refuses options of the process beside --process: the document describes the whole process, and the options would be
 * ignored. */
static int check_combination(const struct options *options, char *const *words, size_t n, struct error *err)
{
	const struct {
		const char *name;
		bool given;
	} singles[] = {
		{ "cwd", options->cwd },
		{ "env", options->env.n > 0 },
		{ "user", options->user },
		{ "additional-gids", options->groups.n > 0 },
		{ "cap", options->capabilities.n > 0 },
		{ "no-new-privs", options->no_new_privileges.set },
		{ "apparmor", options->apparmor },
		{ "process-label", options->process_label },
	};

	if (options->timeout && options->detach)
		return error_usage(err, "--timeout",
			"option --timeout cannot stand beside --detach, with which no command would see the end of the time");
	if (!options->process && n < 2)
		return error_usage(err, NULL, "process args cannot be empty: expected a command, or --process FILE");
	/* Checked here: the plan's problem would name a place in config.json. */
	if (!options->process && words[1][0] == '\0')
		return error_usage(err, NULL,
			"expected the name of a program, found an empty string: executable file not found in $PATH");
	if (!options->process)
		return 0;
	for (size_t i = 0; i < sizeof(singles) / sizeof(singles[0]); i++) {
		if (singles[i].given)
			return error_usage(err, "--process",
				"option --%s cannot stand beside --process, which says it all", singles[i].name);
	}
	if (n > 1)
		return error_usage(err, "--process", "a command cannot stand beside --process, which says it all");
	return 0;
}

/* Reads "UID" or "UID:GID". Only digits: the image would define what a name means (CVE-2016-3697, CVE-2026-30892). */
static int parse_user(const char *text, struct plan_exec_options *plan, struct error *err)
{
	char uid[16] = "";
	size_t length = strcspn(text, ":");

	if (length < sizeof(uid))
		memcpy(uid, text, length);
	plan->has_uid = true;
	plan->has_gid = text[length] == ':';
	if (!text_to_u32(uid, &plan->uid) || plan->uid == UINT32_MAX ||
		(plan->has_gid && (!text_to_u32(text + length + 1, &plan->gid) || plan->gid == UINT32_MAX)))
		return error_usage(err, "--user", "option --user: expected UID or UID:GID in numbers, found '%s'",
			text);
	return 0;
}

static int parse_groups(const struct option_list *list, uint32_t **ret_groups, struct error *err)
{
	uint32_t *groups = calloc(list->n + 1, sizeof(*groups));

	if (!groups)
		return error_set(err, ENOMEM, "option --additional-gids");
	for (size_t i = 0; i < list->n; i++) {
		if (text_to_u32(list->items[i], &groups[i]) && groups[i] != UINT32_MAX)
			continue;
		error_usage(err, "--additional-gids", "option --additional-gids: expected a number, found '%s'",
			list->items[i]);
		free(groups);
		return -1;
	}
	*ret_groups = groups;
	return 0;
}

static int check_capabilities(const struct option_list *list, struct error *err)
{
	for (size_t i = 0; i < list->n; i++) {
		if (plan_capability(list->items[i]) < 0)
			return error_usage(err, "--cap", "option --cap: unknown capability '%s'", list->items[i]);
	}
	return 0;
}

static int check_environment(const struct option_list *list, struct error *err)
{
	for (size_t i = 0; i < list->n; i++) {
		if (!strchr(list->items[i], '=') || list->items[i][0] == '=')
			return error_usage(err, "--env", "option --env: expected NAME=VALUE");
	}
	return 0;
}

/* Reads the command line into options for the plan, which point into *ret_groups. */
static int read_options(const struct invocation *invocation, struct plan_exec_options *ret_plan, uint32_t **ret_groups,
	struct error *err)
{
	const struct options *options = invocation->options;
	struct plan_exec_options plan = {
		.preserve_fds = options->preserve_fds,
		.terminal = options->tty,
		.args = invocation->words + 1,
		.arg_count = invocation->word_count - 1,
		.cwd = options->cwd,
		.env = options->env.items,
		.env_count = options->env.n,
		.group_count = options->groups.n,
		.capabilities = options->capabilities.items,
		.capability_count = options->capabilities.n,
		.no_new_privileges = options->no_new_privileges,
		.apparmor_profile = options->apparmor,
		.selinux_label = options->process_label,
	};

	if (check_combination(options, invocation->words, invocation->word_count, err) < 0 ||
		check_capabilities(&options->capabilities, err) < 0 || check_environment(&options->env, err) < 0)
		return -1;
	if (options->cwd && options->cwd[0] != '/')
		return error_usage(err, "--cwd", "option --cwd: expected an absolute path, found '%s'", options->cwd);
	if (options->user && parse_user(options->user, &plan, err) < 0)
		return -1;
	if (parse_groups(&options->groups, ret_groups, err) < 0)
		return -1;
	plan.groups = *ret_groups;
	*ret_plan = plan;
	return 0;
}

/* Reads a number of seconds, which may have a fraction, as milliseconds, of which there is one at least. */
static int parse_timeout(const char *text, long *ret_ms, struct error *err)
{
	struct text_decimal number;
	const char *end = text;
	int64_t ms;

	if (!text_take_decimal(&end, &number) || *end || (number.whole == 0 && number.part == 0))
		return error_usage(err, "--timeout",
			"option --timeout: expected a number of seconds above 0, found '%s'", text);
	if (number.whole > TIMEOUT_MAX)
		return error_usage(err, "--timeout", "option --timeout: expected at most %d seconds, found '%s'",
			TIMEOUT_MAX, text);
	ms = (int64_t)((__int128)number.part * MS_PER_SECOND / number.scale);
	*ret_ms = (long)(number.whole * MS_PER_SECOND + ms);
	if (*ret_ms == 0)
		*ret_ms = 1;
	return 0;
}

/* Waits until the program has ended, or its time is up. Returns the exit code. */
static int wait_for_program(const struct container *container, const struct exec_options *exec,
	struct executed *executed, int signals, struct error *err)
{
	const struct foreground_process process = {
		.pid = executed->pid,
		.pidfd = executed->pidfd,
		.terminal = &executed->terminal,
		.signals = signals,
		.deadline_ms = exec->deadline_ms,
	};
	cleanup_fd int cgroup = -1;
	cleanup_oom_watch struct oom_watch memory = { .cgroup = -1, .above = -1 };
	int signal = 0;
	int code;

	/* The program runs: a signal that came since then is passed on to the program. */
	interrupt_hand_over();
	if (foreground_wait(&process, &code, &signal, err) < 0) {
		/* No process would pass on signals and the terminal any more. */
		container_exec_end(executed);
		return -1;
	}
	if (signal) {
		memory = killed_watch(container, &cgroup);
		killed_log(container, signal, &memory);
	}
	return code;
}

/* Runs the program in the open container and waits for it unless it is detached. Returns the exit code. */
static int exec_and_wait(const struct container *container, const struct exec_options *exec, struct error *err)
{
	struct executed executed;
	cleanup_fd int signals = -1;
	int code = 0;

	if (!exec->detached) {
		signals = foreground_open_signals(err);
		if (signals < 0)
			return -1;
	}
	if (container_exec(container, exec, &executed, err) < 0)
		return -1;
	if (!exec->detached)
		code = wait_for_program(container, exec, &executed, signals, err);
	container_exec_close(&executed);
	return code;
}

/* Says what the end of the time meant, whether the program had begun or not. */
static int explain_timeout(const char *seconds, struct error *err)
{
	if (err->detail.code != ERROR_TIMED_OUT)
		return -1;
	error_set(err, 0, "timed out after %s seconds: the program was killed, with all that it had started", seconds);
	return error_tag(err, ERROR_TIMED_OUT, "--timeout");
}

static int run(const struct invocation *invocation, struct error *err)
{
	const struct options *options = invocation->options;
	struct container container = CONTAINER_NONE;
	cleanup_free uint32_t *groups = NULL;
	struct exec_options exec = {
		.process_file = options->process,
		.cgroup = options->cgroup,
		.pid_file = options->pid_file,
		.pidfd_socket = options->pidfd_socket,
		.console_socket = options->console_socket,
		.keep_terminal = !options->detach && !options->console_socket,
		.detached = options->detach,
		.ignore_paused = options->ignore_paused,
		.wait_fifo = options->wait_fifo,
	};
	long limit_ms = 0;
	int result;

	if (read_options(invocation, &exec.plan, &groups, err) < 0 ||
		(options->timeout && parse_timeout(options->timeout, &limit_ms, err) < 0))
		return error_wrap(err, "exec failed");
	if (options->timeout)
		exec.deadline_ms = clock_ms() + limit_ms;
	result = open_container(invocation, invocation->words[0], &container, err);
	if (result == 0)
		result = exec_and_wait(&container, &exec, err);
	container_close(&container);
	if (result < 0 && options->timeout)
		(void)explain_timeout(options->timeout, err);
	return result < 0 ? error_wrap(err, "exec failed") : result;
}

const struct command exec_command = {
	.name = "exec",
	.words = "ID [PROGRAM [ARGUMENT...]]",
	.summary = "run one more program in a container",
	.options = rows,
	.options_size = sizeof(struct options),
	.least_words = 1,
	.most_words = ANY_WORDS,
	.options_first = true,
	.failure = 255,
	.run = run,
	.needs_seal = true,
};
