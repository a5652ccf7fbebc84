/*
 * race: the shared part of the measuring program.
 *
 * race.c reads the cases and times them; race_trace.c runs one command under ptrace, for its memory and its system
 * calls. Both run on the host, as root, and are the reaper of everything that they start.
 */
#ifndef RACE_H
#define RACE_H

#include <stdbool.h>
#include <stdnoreturn.h>

/* What one command needed, with all processes and threads that it started, up to its own end. */
struct trace {
	long peak_kib; /* the largest resident set that one of its processes ever had, if that was asked for */
	long calls;    /* system calls of all of them, the first execve included */
	int status;    /* as from wait(2) */
};

/* Says what failed and why (errno), and ends the program. */
noreturn void fail(const char *what);

/* Runs the command under ptrace until it ends; processes that it leaves behind go on untraced. */
void trace_command(char *const *argv, bool memory, struct trace *ret_trace);

#endif
