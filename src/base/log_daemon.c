/* systemd's journal in its native protocol, and syslog in the protocol of syslog(3). Neither uses a library function:
 * syslog(3) does not tell whether a daemon listens, and sd_journal_send(3) is in a library that cannot be linked
 * statically. Runs on the host. */
#include "base/log_daemon.h"

#include "base/fd.h"

#include <endian.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>

enum { TIME_TEXT_MAX = 32 };

static const int priorities[] = {
	[LOG_LEVEL_ERROR] = LOG_ERR,
	[LOG_LEVEL_WARNING] = LOG_WARNING,
	[LOG_LEVEL_DEBUG] = LOG_DEBUG,
};

/* Appends a field with its length before its value: otherwise the further lines of a message would be read as
 * fields. */
static void add_field(struct text *out, const char *name, const char *value)
{
	uint64_t length = htole64(strlen(value));

	text_add(out, "%s\n", name);
	text_add_bytes(out, (const char *)&length, sizeof(length));
	text_add(out, "%s\n", value);
}

static void add_journal_entry(struct text *out, const char *identifier, enum log_level level, const char *message)
{
	text_add(out, "PRIORITY=%d\n", priorities[level]);
	add_field(out, "SYSLOG_IDENTIFIER", identifier);
	/* crun writes the container's id, which managers pass as the identifier, into this field. */
	add_field(out, "ID", identifier);
	add_field(out, "MESSAGE", message);
}

/* RFC 3164 without the name of the host, which the daemon adds; the time is local, the names of months are English. */
static void add_syslog_line(struct text *out, const char *identifier, enum log_level level, const char *message)
{
	char when[TIME_TEXT_MAX];
	time_t now = time(NULL);
	struct tm local;

	localtime_r(&now, &local);
	strftime(when, sizeof(when), "%b %e %H:%M:%S", &local);
	text_add(out, "<%d>%s ", LOG_USER | priorities[level], when);
	text_add_printable(out, identifier);
	text_add(out, ": ");
	text_add_printable(out, message);
}

static const struct log_daemon daemons[] = {
	{ .prefix = "journald:", .socket = "/run/systemd/journal/socket", .add = add_journal_entry },
	{ .prefix = "syslog:", .socket = "/dev/log", .add = add_syslog_line },
};

const struct log_daemon *log_daemon_find(const char *log, const char **ret_identifier)
{
	for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++) {
		const char *identifier = log + strlen(daemons[i].prefix);

		if (!text_starts(log, daemons[i].prefix))
			continue;
		*ret_identifier = *identifier ? identifier : "tare";
		return &daemons[i];
	}
	return NULL;
}

int log_daemon_connect(const struct log_daemon *daemon)
{
	return fd_connect(AT_FDCWD, daemon->socket, SOCK_DGRAM);
}

void log_daemon_send(const struct log_daemon *daemon, int sock, const char *identifier, enum log_level level,
	const char *message)
{
	cleanup_text struct text packet = { 0 };

	daemon->add(&packet, identifier, level, message);
	/* MSG_DONTWAIT: a daemon that does not read must not delay a container. */
	if (!packet.failed)
		(void)send(sock, packet.s, packet.n, MSG_DONTWAIT | MSG_NOSIGNAL);
}
