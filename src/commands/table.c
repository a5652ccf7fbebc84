/* The table of commands, and the options that stand before the command. Not in main.c, since docs/generate and tests
 * read the tables, too. */
#include "commands/commands.h"

#include "ocispec.h"

#include <string.h>

/* Commands of other runtimes. Managers ask for their help to learn whether the runtime has them. */
static const char *const unsupported_commands[] = { "checkpoint", "restore" };

const struct command *const command_table[] = {
	&create_command,
	&start_command,
	&run_command,
	&exec_command,
	&state_command,
	&kill_command,
	&delete_command,
	&list_command,
	&ps_command,
	&stats_command,
	&pause_command,
	&resume_command,
	&update_command,
	&events_command,
	&mounts_command,
	&spec_command,
	&seccomp_command,
	&features_command,
	&help_command,
	NULL,
};

const struct option_row global_option_table[] = {
	{ 0, "root", OPTION_TEXT, offsetof(struct global_options, root), "DIR",
		"where the state of containers is kept" },
	{ 0, "log", OPTION_TEXT, offsetof(struct global_options, log), "FILE",
		"append errors and warnings to FILE, journald:NAME or syslog:NAME" },
	{ 0, "log-format", OPTION_TEXT, offsetof(struct global_options, log_format), "text|json",
		"how to write the log" },
	{ 0, "log-level", OPTION_TEXT, offsetof(struct global_options, log_level), "error|warning|debug",
		"what goes into the log (default: warning)" },
	{ 0, "debug", OPTION_FLAG, offsetof(struct global_options, debug), NULL, "the same as --log-level debug" },
	{ 0, "cgroup-manager", OPTION_TEXT, offsetof(struct global_options, cgroup_manager),
		"cgroupfs|systemd|disabled", "who makes the cgroup (default: cgroupfs)" },
	{ 0, "systemd-cgroup", OPTION_FLAG, offsetof(struct global_options, systemd_cgroup), NULL,
		"the same as --cgroup-manager systemd" },
	{ 0, "systemd-helper", OPTION_TEXT, offsetof(struct global_options, systemd_helper), "FILE",
		"the program tare-systemd, where it is not installed at its place" },
	{ 0, "rootless", OPTION_TEXT, offsetof(struct global_options, rootless), "true|false|auto",
		"run without a cgroup where the user may not make one (default: auto, unless root)" },
	/* Managers pass this option for old runtimes: the path of criu, which tare does not use. */
	{ 0, "criu", OPTION_TEXT, offsetof(struct global_options, criu), "FILE", NULL },
	{ 'v', "version", OPTION_FLAG, offsetof(struct global_options, version), NULL, "show the version" },
	{ 'V', "version", OPTION_FLAG, offsetof(struct global_options, version), NULL, NULL }, /* crun's letter */
	{ 'h', "help", OPTION_FLAG, offsetof(struct global_options, help), NULL, "show this help" },
	{ 0, "usage", OPTION_FLAG, offsetof(struct global_options, help), NULL, NULL },
	{ 0 },
};

const struct option_row help_only_table[] = {
	ROW_HELP_OF(struct help_only),
	{ 0 },
};

/* The command whose name differs by the fewest letters; NULL when each differs by too many. */
static const char *find_meant(const char *name)
{
	const char *meant = NULL;
	unsigned int least = OCI_NAME_FAR;

	for (size_t i = 0; command_table[i]; i++) {
		unsigned int distance = oci_name_distance(name, command_table[i]->name);

		if (distance < least) {
			least = distance;
			meant = command_table[i]->name;
		}
	}
	return meant;
}

const struct command *command_find(const char *name, struct error *err)
{
	const char *meant;

	for (size_t i = 0; command_table[i]; i++) {
		if (strcmp(command_table[i]->name, name) == 0)
			return command_table[i];
	}
	for (size_t i = 0; i < sizeof(unsupported_commands) / sizeof(unsupported_commands[0]); i++) {
		if (strcmp(unsupported_commands[i], name) == 0) {
			error_set(err, 0, "%s is not supported, since tare is built without CRIU", name);
			error_tag(err, ERROR_NOT_SUPPORTED, NULL);
			return NULL;
		}
	}
	meant = find_meant(name);
	if (meant)
		error_usage(err, NULL, "tare: unknown command '%s': did you mean '%s'?", name, meant);
	else
		error_usage(err, NULL, "tare: unknown command '%s'", name);
	error_hint(err, "'tare --help' lists the commands");
	return NULL;
}
