/* The log: a file that managers read (--log, --log-format). The one global of the program is its sink. base and plan never
 * log; they return errors. A successful command writes nothing at the default level: its output is the container's. */
#pragma once

#include "base/error.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* Opens the log: appended to, made with mode 0644 if missing, even when nothing is ever logged. path may carry the prefix
 * "file:"; NULL means standard error. */
int log_open(const char *path, enum log_format format, enum log_level level, struct error *err);

/* Logs one line at a level; failures to write are ignored: a lost log line never stops a container half-way. */
void log_message(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reports the error that ends the program: on standard error as bare text, and in the log file as an error line. */
void log_fatal(const char *text);
