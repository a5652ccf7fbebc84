/* Runs a program to its end: hooks, ps(1), newuidmap(1). Used on the host and, for hooks, by init. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The program begins with the default dispositions of all signals, an empty mask, three standard streams and no other
 * file. Its umask is that of this process, or 0022 where this process has the umask 0, so that files which the program
 * makes are not writable for all. */
struct program {
	const char *path;
	bool along_path; /* path is a name, which is searched in PATH */
	char *const *args;
	char *const *env;     /* NULL: that of this process */
	const char *cwd;      /* NULL: that of this process */
	bool cwd_may_be_gone; /* then the program runs in / */
	/* runs in a new process group, which is killed as a whole, and is killed when this process ends */
	bool leads_group;
	const char *input; /* the text for the program's standard input; NULL: none */
	size_t input_length;
	int out; /* files for its standard output and error; -1: kept in struct program_end */
	int err;
	long deadline_ms; /* the time of clock_ms() at which the program is killed; -1: never */
	size_t file_max;  /* no file gets longer by what the program writes, in bytes; 0: any length (setrlimit(2)) */
};

enum { PROGRAM_SAID_MAX = 2048, PROGRAM_NOT_EXECUTED = 127 };

/* How a program ended, with the first bytes of its output, without the newlines and blanks at the end. */
struct program_end {
	enum { PROGRAM_ENDED, PROGRAM_OUT_OF_TIME, PROGRAM_INTERRUPTED } reason;
	/* of wait(2); the exit status PROGRAM_NOT_EXECUTED: said may have the reason. 0 for a program that was to be
	 * killed and has more rights than this process, which lets it run. */
	int status;
	size_t length;
	char said[PROGRAM_SAID_MAX + 1];
};

/* Runs a program to its end, or kills it: when its time is up, or when a signal asks this process to end
 * (base/interrupt.h). A program that does not read its input, that writes without end, or whose children keep its pipes
 * open does not block this process for ever. Returns 0, or -1 with errno when the program could not be started or
 * waited for. */
int program_run(const struct program *program, struct program_end *ret_end);

/* Runs in a child: gives all signals their default dispositions and unblocks them, and sets the umask as struct program
 * says. */
void program_reset_process(void);
