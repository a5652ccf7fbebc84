/* The commands, one file each. main.c chooses the command. */
#pragma once

#include "base/error.h"

#include "ocispec/types.h"

#include <stdbool.h>
#include <stddef.h>

/* The options that stand before the command. */
struct global_options {
	const char *root;
	const char *log;
	const char *log_format;
	const char *log_level;
	bool debug;
	bool systemd_cgroup;
	const char *cgroup_manager;
	const char *systemd_helper;
	const char *rootless;
	const char *criu;
	bool version;
	bool help;
};

/* The arguments of a command's run(). */
struct invocation {
	const struct global_options *global;
	char **argv;            /* the whole command line, for executing this program again */
	unsigned int inherited; /* the number of open file descriptors from 3 on, up to the first gap */
	const void *options;    /* the command's own struct, filled from its table */
	char **words;           /* the arguments that are not options */
	size_t word_count;
};

/* The kind of an option, in a row of an option table. The tables serve parsing, --help, man pages and completions
 * (docs/generate). */
enum option_kind {
	OPTION_FLAG,   /* bool */
	OPTION_SWITCH, /* struct oci_opt_bool: a flag whose "false" differs from not given */
	OPTION_TEXT,   /* const char * */
	OPTION_NUMBER, /* unsigned int */
	OPTION_LIST,   /* struct option_list: may be given several times */
};

struct option_list {
	size_t n;
	const char **items;
};

struct option_row {
	char letter;      /* 0: none */
	const char *name; /* NULL ends the table */
	enum option_kind kind;
	size_t offset;     /* in the struct of options */
	const char *value; /* what help calls the value: "PATH" */
	const char *help;  /* NULL: the option is accepted, but not shown */
};

/* Rows that several commands have; `struct options` is the command's own. */
#define ROW_HELP_OF(type)                                                           \
	{ 'h', "help", OPTION_FLAG, offsetof(type, help), NULL, "show this help" }, \
	{                                                                           \
		0, "usage", OPTION_FLAG, offsetof(type, help), NULL, NULL           \
	}
#define ROW_HELP ROW_HELP_OF(struct options)
#define ROW_BUNDLE(member)                                                     \
	{ 'b', "bundle", OPTION_TEXT, offsetof(struct options, member), "DIR", \
		"the bundle (default: the current directory)" }

/* Rows of create and run, whose options have a `struct create_options create` (host/host.h). */
#define ROWS_CREATE_FILES                                                                                    \
	ROW_BUNDLE(create.bundle),                                                                           \
		{ 'f', "config", OPTION_TEXT, offsetof(struct options, create.config), "FILE",               \
			"the configuration in it (default: config.json)" },                                  \
		{ 0, "console-socket", OPTION_TEXT, offsetof(struct options, create.console_socket), "PATH", \
			"a unix socket that receives the terminal" },                                        \
		{ 0, "pidfd-socket", OPTION_TEXT, offsetof(struct options, create.pidfd_socket), "PATH",     \
			"a unix socket that receives a pidfd of the container's process" },                  \
		{ 0, "pid-file", OPTION_TEXT, offsetof(struct options, create.pid_file), "FILE",             \
			"write the pid of the container's process here" }
#define ROWS_CREATE_MODES                                                                               \
	{ 0, "no-new-keyring", OPTION_FLAG, offsetof(struct options, create.no_new_keyring), NULL,      \
		"keep the caller's session keyring" },                                                  \
		{ 0, "no-pivot", OPTION_FLAG, offsetof(struct options, create.no_pivot), NULL,          \
			"move the root instead of pivot_root: less safe" },                             \
		{ 0, "preserve-fds", OPTION_NUMBER, offsetof(struct options, create.preserve_fds), "N", \
			"pass on N file descriptors from 3 on" }

struct command {
	const char *name;
	const char *words;   /* the arguments for the usage line: "ID" */
	const char *summary; /* one line */
	const struct option_row *options;
	size_t options_size; /* the size of the command's struct of options */
	size_t least_words;
	size_t most_words;
	bool options_first; /* the first word ends the options: further words belong to another program */
	int failure;        /* the exit status of a failure; 0 means 1 */
	/* a container's processes can open this process's executable: it runs from a protected copy */
	bool needs_seal;
	/* Returns the exit status, or -1 with *err. */
	int (*run)(const struct invocation *invocation, struct error *err);
};

enum { ANY_WORDS = 1 << 30 };

extern const struct command create_command;
extern const struct command delete_command;
extern const struct command events_command;
extern const struct command exec_command;
extern const struct command features_command;
extern const struct command help_command;
extern const struct command kill_command;
extern const struct command list_command;
extern const struct command mounts_command;
extern const struct command pause_command;
extern const struct command ps_command;
extern const struct command resume_command;
extern const struct command run_command;
extern const struct command seccomp_command;
extern const struct command spec_command;
extern const struct command start_command;
extern const struct command state_command;
extern const struct command stats_command;
extern const struct command update_command;

/* table.c: all commands in the order of --help, up to a NULL, and the rows of struct global_options. */
extern const struct command *const command_table[];
extern const struct option_row global_option_table[];
/* Returns NULL with *err when no command has this name. */
const struct command *command_find(const char *name, struct error *err);

/* The options of a command that only has --help. */
struct help_only {
	bool help;
};

extern const struct option_row help_only_table[];

/* options.c: reads options from argv[0] on into *options. With stop_at_word the first word that is no option ends the
 * options; otherwise words and options may be mixed. "--" ends the options, also behind that first word. Words are
 * moved to the front of argv; *ret_words is their number. Errors name the option. */
int options_parse(const struct option_row *table, char **argv, bool stop_at_word, void *options, size_t *ret_words,
	struct error *err);
/* Frees the lists. */
void options_free(const struct option_row *table, void *options);

/* help.c: print what --help shows, of the program or of a command. */
int print_help(void);
int print_command_help(const struct command *command);

/* version.c: prints what --version shows. */
int print_version(void);

struct container;
struct create_options;

/* common.c: creates the container that the first word names. *options are the command's options, which this function
 * completes from the invocation and the environment; command is its name. See container_create(). */
int create_container(const struct invocation *invocation, const char *command, struct create_options *options,
	struct container *ret_container, int *ret_terminal, struct error *err);
/* Opens the container with this id, without its lock. */
int open_container(const struct invocation *invocation, const char *id, struct container *ret_container,
	struct error *err);
/* Opens the container with this id to change it: see container_open_locked(). */
int open_locked_container(const struct invocation *invocation, const char *id, struct container *ret_container,
	struct error *err);
/* Opens the container that the first word names, locked, calls the operation and closes the container. */
int on_locked_container(const struct invocation *invocation,
	int (*operation)(const struct container *container, struct error *err), struct error *err);
/* Fails for a text that cannot be an id, before a file is opened. */
int check_id(const char *id, struct error *err);

/* matching.c: calls each() for every container whose id matches the extended regular expression (regex(7)), anywhere in
 * it. After a failure it goes on with the next container; *err then has a line for each failure. No match is no
 * error. */
int each_matching(const struct invocation *invocation, const char *pattern,
	int (*each)(const struct invocation *invocation, const char *id, struct error *err), struct error *err);
