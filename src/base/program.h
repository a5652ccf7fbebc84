/* Running a program to its end: hooks, ps(1), newuidmap(1). Used on the host and, for hooks, by init. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The program begins with the default dispositions of all signals, an empty mask, three standard streams and no other
 * file. Its umask is that of this process, or 0022 where this process has none: files that root's programs make are not
 * for everybody to write to. */
struct program {
	const char *path;
	bool along_path; /* path is a name, to be found along PATH */
	char *const *args;
	char *const *env;     /* NULL: that of this process */
	const char *cwd;      /* NULL: that of this process */
	bool cwd_may_be_gone; /* then the program runs in / */
	bool leads_group;  /* in a process group of its own, which is killed as a whole, and dies with this process */
	const char *input; /* what the program can read from its standard input; NULL: nothing */
	size_t input_length;
	int out; /* files for its standard output and error; -1: kept in what the program said */
	int err;
	long deadline_ms; /* on the clock of clock_ms(): when the program is killed; -1: never */
};

enum { PROGRAM_SAID_MAX = 2048, PROGRAM_NOT_EXECUTED = 127 };

/* How a program ended, with the first bytes of what it said, without the newlines and blanks at the end. */
struct program_end {
	enum { PROGRAM_ENDED, PROGRAM_OUT_OF_TIME, PROGRAM_INTERRUPTED } reason;
	int status; /* of wait(2); PROGRAM_NOT_EXECUTED as the exit status: *said may tell why */
	size_t length;
	char said[PROGRAM_SAID_MAX + 1];
};

/* Runs a program to its end, or kills it: when its time is up, or when a signal asks this process to end
 * (base/interrupt.h). A program that does not read, one that floods, and one whose children keep its pipes open hang
 * nobody. Returns 0, or -1 with errno: it could not be started or waited for (EINTR: interrupted, and a program with
 * more rights than ours, which cannot be killed). */
int program_run(const struct program *program, struct program_end *ret_end);
