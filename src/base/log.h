/* The log: a file that managers read, or a daemon that keeps logs (--log, --log-format). The one global of the program
 * is its sink. base and plan never log; they return errors. A successful command writes nothing at the default level:
 * its output is the container's. */
#pragma once

#include "base/error.h"

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* Opens the log: appended to, made with mode 0644 if missing, even when nothing is ever logged. path may carry the
 * prefix "file:", or be "journald:IDENTIFIER" or "syslog:IDENTIFIER"; NULL means standard error. A daemon gets the
 * messages, in LOG_FORMAT_JSON as lines like those of a file. Fails for a log that cannot be opened, and for a daemon
 * that is not there. path has to stay. */
int log_open(const char *path, enum log_format format, enum log_level level, struct error *err);

/* True when fd is the log's own. */
bool log_is(int fd);

/* Moves the log's own fd to first or above it: those below are the caller's, to be passed on. */
int log_move(int first, struct error *err);

/* Logs one line at a level; failures to write are ignored: a lost log line never stops a container half-way. */
void log_message(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a text that is none of our formats. */
void log_text(enum log_level level, const char *text);

/* The same for a warning, as a function to hand on. */
void log_warning(const char *text);

/* True when somebody reads messages of this level: what costs time to find out can be left. */
bool log_wants(enum log_level level);

/* The timeline, at the debug level: how long an operation took that began at since_us (clock_us()), as "create:
 * make the cgroup: 93 us". */
void log_took(const char *phase, const char *operation, long long since_us);

/* A warning for whoever asked for what is incomplete now: on standard error whatever the level is, and in the log
 * file. */
void log_aside(const char *text);

/* Reports the error that ends the program: on standard error as bare text, with its hint behind it on a terminal, and
 * in the log file as an error line with its detail. */
void log_fatal(const struct error *err);
