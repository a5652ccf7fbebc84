/* Daemons that keep logs: what --log means by "journald:IDENTIFIER" and "syslog:IDENTIFIER". A message is one datagram;
 * one that the daemon does not take at once is lost. */
#pragma once

#include "base/log.h"
#include "base/text.h"

struct log_daemon {
	const char *prefix;
	const char *socket;
	/* Adds the datagram for a message, which is not empty and may have several lines. */
	void (*add)(struct text *out, const char *identifier, enum log_level level, const char *message);
};

/* The daemon that a log is kept by, and the identifier, "tare" if none is given; NULL for a file. */
const struct log_daemon *log_daemon_find(const char *log, const char **ret_identifier);

/* Returns a socket that is connected to it, or -1 with errno set. */
int log_daemon_connect(const struct log_daemon *daemon);

void log_daemon_send(const struct log_daemon *daemon, int sock, const char *identifier, enum log_level level,
	const char *message);
