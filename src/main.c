/* tare: reads the command line, runs the command, and reports its error; no other place reports errors. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/table.h"
#include "commands/commands.h"
#include "host/attach/attach.h"
#include "startup/startup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FIRST_INHERITED = 3,
	EXIT_TIMED_OUT = 124, /* as of timeout(1) */
};

static const struct table_row log_levels[] = {
	{ "error", LOG_LEVEL_ERROR },
	{ "warning", LOG_LEVEL_WARNING },
	{ "warn", LOG_LEVEL_WARNING },
	{ "debug", LOG_LEVEL_DEBUG },
	{ NULL, 0 },
};

static const struct table_row log_formats[] = { { "text", LOG_FORMAT_TEXT }, { "json", LOG_FORMAT_JSON }, { NULL, 0 } };

static const struct table_row rootless_words[] = { { "true", 0 }, { "false", 0 }, { "auto", 0 }, { NULL, 0 } };

static const struct table_row cgroup_managers[] = { { "cgroupfs", 0 }, { "systemd", 0 }, { "disabled", 0 },
	{ NULL, 0 } };

/* Refuses the names krun and crun-NAME: crun under such a name starts a virtual machine or a WebAssembly runtime. */
static int check_program_name(const char *path, struct error *err)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *name = slash ? slash + 1 : path;

	if (name && (strcmp(name, "krun") == 0 || strncmp(name, "crun-", strlen("crun-")) == 0)) {
		error_set(err, 0, "called as '%s': other handlers than containers are not supported", name);
		return error_tag(err, ERROR_NOT_SUPPORTED, NULL);
	}
	return 0;
}

static int open_log(const struct global_options *global, struct error *err)
{
	const char *level_name = global->log_level ? global->log_level : global->debug ? "debug" : "warning";
	const char *format_name = global->log_format ? global->log_format : "text";
	const struct table_row *level = table_find(log_levels, level_name);
	const struct table_row *format = table_find(log_formats, format_name);

	if (!level)
		return error_usage(err, "--log-level",
			"option --log-level: expected error, warning or debug, found '%s'", level_name);
	if (!format)
		return error_usage(err, "--log-format", "option --log-format: expected text or json, found '%s'",
			format_name);
	return log_open(global->log && *global->log ? global->log : NULL, (enum log_format)format->value,
		(enum log_level)level->value, err);
}

/* Checks that an option has one of the allowed words, for each command, also for those that do not use the option. */
static int check_word(const char *option, const char *value, const struct table_row *words, const char *expected,
	struct error *err)
{
	if (!value || table_find(words, value))
		return 0;
	error_set(err, 0, "option --%s: expected %s, found '%s'", option, expected, value);
	return error_tag(err, ERROR_USAGE, "--%s", option);
}

static int check_words(const struct global_options *global, struct error *err)
{
	if (check_word("rootless", global->rootless, rootless_words, "true, false or auto", err) < 0)
		return -1;
	return check_word("cgroup-manager", global->cgroup_manager, cgroup_managers, "cgroupfs, systemd or disabled",
		err);
}

/* The value of an option that several commands have, found by its name in the command's table. NULL when the command
 * does not have the option. */
static const void *option_value(const struct command *command, const void *options, const char *name)
{
	for (const struct option_row *row = command->options; row->name; row++) {
		if (strcmp(row->name, name) == 0)
			return (const char *)options + row->offset;
	}
	return NULL;
}

/* Prepares for --preserve-fds with a gap: only open file descriptors are passed on. For its own "--preserve-fd 5"
 * Podman passes "--preserve-fds 3", although 3 and 4 are closed. The last one has to be open: otherwise the number is a
 * mistake. */
static int preserve_with_gaps(unsigned int preserved, struct error *err)
{
	unsigned int last = FIRST_INHERITED - 1 + preserved;

	if (preserved > INT_MAX - FIRST_INHERITED || log_is((int)last) || fcntl((int)last, F_GETFD) < 0) {
		error_set(err, EBADF, "--preserve-fds %u: file descriptor %u is not open", preserved, last);
		return error_tag(err, ERROR_USAGE, "--preserve-fds");
	}
	/* The log is the only file that this process has opened so far. */
	if (log_move((int)last + 1, err) < 0)
		return -1;
	return fd_fill_gaps(FIRST_INHERITED, (int)last + 1, err);
}

/* Closes inherited files at the next execve(2), so that hooks and the container do not get them, except for those of
 * --preserve-fds and LISTEN_FDS. These have to be among the files that were open at the start: a file that was opened
 * later is this process's own. */
static int limit_inherited(const struct command *command, const struct invocation *invocation, struct error *err)
{
	const unsigned int *option = option_value(command, invocation->options, "preserve-fds");
	unsigned int preserved = option ? *option : 0;
	unsigned int activated = option ? activation_read().fds : 0;

	if (activated > invocation->inherited) {
		error_set(err, EBADF, "LISTEN_FDS %u: file descriptor %u is not open", activated,
			FIRST_INHERITED + invocation->inherited);
		return error_tag(err, ERROR_USAGE, "LISTEN_FDS");
	}
	if (preserved > invocation->inherited && preserve_with_gaps(preserved, err) < 0)
		return -1;
	return fd_cloexec_from(FIRST_INHERITED + (preserved > activated ? preserved : activated), err);
}

/* Parses the command's words into *options, its struct, and runs the command. Returns the exit status. */
static int run_with_options(const struct command *command, struct invocation *invocation, void *options,
	struct error *err)
{
	int code;

	if (options_parse(command->options, invocation->words, command->options_first, options, &invocation->word_count,
		    err) < 0)
		return error_wrap(err, "tare: %s", command->name);
	if (*(const bool *)option_value(command, options, "help"))
		return print_command_help(command);
	if (invocation->word_count < command->least_words)
		return error_usage(err, NULL, "tare: %s: missing argument: expected %s", command->name, command->words);
	if (invocation->word_count > command->most_words)
		return error_usage(err, NULL, "tare: %s: unexpected argument '%s'", command->name,
			invocation->words[command->most_words]);
	/* Before files are read or closed: the program that runs again from the protected copy needs the caller's
	 * files, such as a pipe, unread. */
	if (command->needs_seal && (kernel_check(err) < 0 || exeseal_enter(invocation->argv, err) < 0))
		return error_during(err, command->name, NULL);
	if (limit_inherited(command, invocation, err) < 0)
		return -1;
	code = command->run(invocation, err);
	return code < 0 ? error_during(err, command->name, NULL) : code;
}

static int run_command_line(const struct command *command, struct invocation *invocation, struct error *err)
{
	cleanup_free void *options = calloc(1, command->options_size);
	int code;

	if (!options)
		return error_set(err, ENOMEM, "cannot start");
	invocation->options = options;
	code = run_with_options(command, invocation, options, err);
	options_free(command->options, options);
	return code;
}

/* Resets what this process has inherited and what would reach a container or disturb this process. */
static int prepare_process(struct invocation *invocation, struct error *err)
{
	sigset_t none;

	/* With an ignored SIGCHLD, children of this process would have no exit status; blocked signals would not reach
	 * it. Other ignored signals do no harm here, and the container's program gets the default actions. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (fd_fill_stdio(err) < 0)
		return -1;
	while (fcntl(FIRST_INHERITED + (int)invocation->inherited, F_GETFD) >= 0)
		invocation->inherited++;
	/* Before a container exists whose processes could look into this one; children inherit it (CVE-2016-9962). */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return error_set(err, errno, "cannot keep other processes from looking into this one");
	/* Files get exactly the modes that are passed to open(2). Writing to a closed pipe is an error and does not
	 * kill this process. */
	umask(0);
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

/* Returns the exit status, or -1 with *err and the status of a failure. */
static int tare(int argc, char **argv, int *ret_failure, struct error *err)
{
	cleanup_free char **copy = calloc((size_t)argc + 1, sizeof(*copy));
	struct global_options global = { 0 };
	struct invocation invocation = { .global = &global, .argv = copy };
	const struct command *command;
	char **rest = argv + 1;
	size_t words;

	/* A copy of the command line for executing this program again: parsing moves the words of argv. */
	if (!copy)
		return error_set(err, ENOMEM, "cannot start");
	memcpy(copy, argv, (size_t)argc * sizeof(*copy));
	if (prepare_process(&invocation, err) < 0 || check_program_name(argv[0], err) < 0)
		return -1;
	if (options_parse(global_option_table, rest, true, &global, &words, err) < 0)
		return error_wrap(err, "tare");
	if (global.version)
		return print_version();
	if (global.help || words == 0)
		return print_help();
	if (open_log(&global, err) < 0)
		return error_wrap(err, "tare");
	command = command_find(rest[0], err);
	if (!command)
		return -1;
	if (command->failure)
		*ret_failure = command->failure;
	if (check_words(&global, err) < 0)
		return error_wrap(err, "tare");
	invocation.words = rest + 1;
	return run_command_line(command, &invocation, err);
}

/* Completes an error: a failure before a command has begun is one of the command line, and a missing right may be due
 * to the user. */
static void complete_detail(struct error *err)
{
	const struct error_detail *detail = &err->detail;

	if (!*detail->phase && err->number == 0)
		error_tag(err, ERROR_USAGE, NULL);
	error_during(err, "command-line", NULL);
	if (geteuid() != 0 && strcmp(detail->phase, "init") != 0 && (err->number == EPERM || err->number == EACCES))
		error_hint(err, "tare was run by user %u: run it as root", geteuid());
}

int main(int argc, char **argv)
{
	struct error err;
	int failure = EXIT_FAILURE;
	int code;

	code = tare(argc, argv, &failure, &err);
	if (code >= 0 && fflush(stdout) == 0)
		return code;
	if (code >= 0)
		error_set(&err, errno, "cannot write to the standard output");
	complete_detail(&err);
	log_fatal(&err);
	interrupt_end();
	return err.detail.code == ERROR_TIMED_OUT ? EXIT_TIMED_OUT : failure;
}
