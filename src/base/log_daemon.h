/* Daemons that keep logs, which --log names as "journald:IDENTIFIER" and "syslog:IDENTIFIER". A message is one
 * datagram; a datagram that the daemon does not take at once is lost. */
#pragma once

#include "base/log.h"
#include "base/text.h"

struct log_daemon {
	const char *prefix;
	const char *socket;
	/* Appends the datagram of a message to out. The message is not empty and may have several lines. */
	void (*add)(struct text *out, const char *identifier, enum log_level level, const char *message);
};

/* The daemon that the value of --log names, and the identifier ("tare" if none is given). NULL when it names a file. */
const struct log_daemon *log_daemon_find(const char *log, const char **ret_identifier);

/* Returns a socket that is connected to the daemon, or -1 with errno set. */
int log_daemon_connect(const struct log_daemon *daemon);

void log_daemon_send(const struct log_daemon *daemon, int sock, const char *identifier, enum log_level level,
	const char *message);
