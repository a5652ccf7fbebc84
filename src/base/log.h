/* The log: a file that managers read, or a daemon that keeps logs (--log, --log-format). The sink, the place where
 * messages go, is a global variable of log.c. base and plan never log; they return errors. A successful command writes
 * nothing at the default level: its output is the container's. */
#pragma once

#include "base/error.h"

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* Opens the log. A file is appended to, and made with mode 0644 if it is missing, even when no message is logged. path
 * may carry the prefix "file:", or be "journald:IDENTIFIER" or "syslog:IDENTIFIER"; NULL means standard error. A daemon
 * gets the messages, in LOG_FORMAT_JSON as lines like those of a file. Fails when the log cannot be opened or no daemon
 * listens. The caller keeps the string path as long as it logs. */
int log_open(const char *path, enum log_format format, enum log_level level, struct error *err);

/* True when fd is the file descriptor of the log. */
bool log_is(int fd);

/* Moves the log's file descriptor to first or above: those below are passed on to the program. */
int log_move(int first, struct error *err);

/* Logs one line at a level; failures to write are ignored, so that a full disk or a stuck daemon does not stop a
 * container half-way. */
void log_message(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* log_message() for a text that comes from elsewhere and may contain "%". */
void log_text(enum log_level level, const char *text);

/* log_text() at the warning level, as a function to pass as a pointer. */
void log_warning(const char *text);

/* True when messages of this level are written; otherwise the caller can save the work of making them. */
bool log_wants(enum log_level level);

/* The timeline, at the debug level: how long an operation took that began at since_us (clock_us()), as "create:
 * make the cgroup: 93 us". */
void log_took(const char *phase, const char *operation, long long since_us);

/* A warning that a command did only a part of what was asked: on standard error at any log level, and in the log. */
void log_aside(const char *text);

/* Reports the error that ends the program: on standard error as plain text, followed by its hint on a terminal, and in
 * the log as an error line with its detail. */
void log_fatal(const struct error *err);
