/* The commands: one file each, a path through bundle, plan and container. main.c chooses. */
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
	const char *rootless;
	const char *criu;
	bool version;
	bool help;
};

/* What a command is called with. */
struct invocation {
	const struct global_options *global;
	char **argv;            /* the whole command line, for running it again */
	unsigned int inherited; /* how many file descriptors from 3 on the caller gave us, without a gap */
	const void *options;    /* the command's own struct, filled from its table */
	char **words;           /* the arguments that are no options */
	size_t word_count;
};

/* One row of an option table, from which parsing, help, man pages and completions (docs/generate) are made. */
enum option_kind {
	OPTION_FLAG,   /* bool */
	OPTION_SWITCH, /* struct oci_opt_bool: a flag of which "no" is not the same as nothing */
	OPTION_TEXT,   /* const char * */
	OPTION_NUMBER, /* unsigned int */
	OPTION_LIST,   /* struct option_list: may be given again and again */
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
	const char *help;  /* NULL: taken, and not shown */
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

/* Of create and run, whose options have a `struct create_options create` (host/host.h). */
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
#define ROWS_CREATE_WAYS                                                                                \
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
	size_t options_size; /* of its struct */
	size_t least_words;
	size_t most_words;
	bool options_first; /* the first word ends the options: what follows is another program's */
	int failure;        /* the exit status of a failure; 0 stands for 1 */
	bool lets_near;     /* processes of a container may look at this one: it runs from a protected copy */
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
extern const struct command spec_command;
extern const struct command start_command;
extern const struct command state_command;
extern const struct command update_command;

/* table.c: all commands in the order of --help, up to a NULL, and the rows of struct global_options. */
extern const struct command *const command_table[];
extern const struct option_row global_option_table[];
/* NULL with *err for a name that no command has. */
const struct command *command_find(const char *name, struct error *err);

/* The options of a command that has none of its own. */
struct help_only {
	bool help;
};

extern const struct option_row help_only_table[];

/* options.c: reads options from argv[0] on into *options. With stop_at_word the first other word ends it, else words
 * may stand among options. "--" ends the options, also behind that first word. Words are moved to the front of argv; *ret_words is their number.
 * Errors name the option. */
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

/* common.c: creates the container that the first word names: checks what was asked, protects this program from the
 * container, and makes it. *options are the command's own, and are completed; command is its name. See
 * container_create(). */
int create_container(const struct invocation *invocation, const char *command, struct create_options *options,
	struct container *ret_container, int *ret_terminal, struct error *err);
/* Opens the container that is called id, to look at it. */
int open_container(const struct invocation *invocation, const char *id, struct container *ret_container,
	struct error *err);
/* The same to change it: see container_open_locked(). */
int open_locked_container(const struct invocation *invocation, const char *id, struct container *ret_container,
	struct error *err);
/* Opens the container that the first word names, for one operation, after which it is closed again. */
int on_locked_container(const struct invocation *invocation,
	int (*operation)(const struct container *container, struct error *err), struct error *err);
/* Fails for an id that is none, before anything is looked up. */
int check_id(const char *id, struct error *err);

/* matching.c: calls each() for every container whose id matches the extended regular expression (regex(7)), anywhere in
 * it. When one fails the others have their turn nonetheless, and *err has a line for each that failed. None is no
 * error. */
int each_matching(const struct invocation *invocation, const char *pattern,
	int (*each)(const struct invocation *invocation, const char *id, struct error *err), struct error *err);
