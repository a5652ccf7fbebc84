/* The log sink and its two formats: logfmt text and one JSON object a line, as containerd and Podman parse them. Runs
 * on the host; init reports through the channel instead. */
#include "base/log.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log_daemon.h"
#include "base/printable.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TIME_TEXT_MAX = 32, IDENTIFIER_MAX = 255 };

static struct {
	int fd;                          /* -1: standard error */
	const struct log_daemon *daemon; /* NULL: a file */
	const char *identifier;          /* the name under which the daemon keeps the messages */
	enum log_format format;
	enum log_level level;
} sink = { .fd = -1 };

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_DEBUG] = "debug",
};

static int open_daemon(const char *log, struct error *err)
{
	if (strlen(sink.identifier) > IDENTIFIER_MAX)
		return error_set(err, 0, "cannot log with an identifier of more than %d bytes", IDENTIFIER_MAX);
	sink.fd = log_daemon_connect(sink.daemon);
	if (sink.fd < 0)
		return error_set(err, errno, "cannot open the log '%s' at '%s'", log, sink.daemon->socket);
	return 0;
}

int log_open(const char *path, enum log_format format, enum log_level level, struct error *err)
{
	sink.format = format;
	sink.level = level;
	if (!path)
		return 0;
	sink.daemon = log_daemon_find(path, &sink.identifier);
	if (sink.daemon)
		return open_daemon(path, err);
	if (text_starts(path, "file:"))
		path += strlen("file:");
	/* O_CREAT: the caller names the file, which is on the host, in a directory that the manager has made. */
	sink.fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);
	if (sink.fd < 0)
		return error_set(err, errno, "cannot open the log '%s'", path);
	return 0;
}

bool log_is(int fd)
{
	return sink.fd == fd;
}

int log_move(int first, struct error *err)
{
	int moved;

	if (sink.fd < 0 || sink.fd >= first)
		return 0;
	moved = fcntl(sink.fd, F_DUPFD_CLOEXEC, first);
	if (moved < 0)
		return error_set(err, errno, "cannot move the log behind file descriptor %d", first - 1);
	close(sink.fd);
	sink.fd = moved;
	return 0;
}

/* Appends s as the inside of a JSON string. A byte that is not part of a UTF-8 character becomes U+FFFD. */
static void add_escaped(struct text *line, const char *s)
{
	while (*s) {
		size_t length = printable_character(s);

		if (*s == '"' || *s == '\\')
			text_add(line, "\\%c", *s);
		else if (printable_size(s) > 0)
			text_add_bytes(line, s, length);
		else if (length == 0)
			text_add(line, "\\ufffd");
		else /* a control character: its last byte is its number */
			text_add(line, "\\u%04x", (unsigned char)s[length - 1]);
		s += length ? length : 1;
	}
}

/* Appends s in the form for people, line by line. */
static void add_lines(struct text *out, const char *s)
{
	while (*s) {
		cleanup_free char *line = strndup(s, strcspn(s, "\n"));

		if (line)
			text_add_printable(out, line);
		s += strcspn(s, "\n");
		s += *s == '\n';
		text_add(out, "\n");
	}
}

/* Appends one member of an error's detail, or nothing when it is not set. */
static void add_detail(struct text *line, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	text_add(line, sink.format == LOG_FORMAT_JSON ? ",\"%s\":\"" : " %s=\"", name);
	add_escaped(line, value);
	text_add(line, "\"");
}

static void add_details(struct text *line, const struct error *err)
{
	add_detail(line, "code", error_code_name(err->detail.code));
	add_detail(line, "phase", err->detail.phase);
	add_detail(line, "operation", err->detail.operation);
	add_detail(line, "errno", err->number > 0 ? strerrorname_np(err->number) : NULL);
	add_detail(line, "object", err->detail.object);
	add_detail(line, "hint", err->detail.hint);
}

/* err: the error that ends the program, or NULL for any other message. */
static void add_line(struct text *line, enum log_level level, const char *message, const struct error *err)
{
	char when[TIME_TEXT_MAX];
	time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc);
	if (sink.format == LOG_FORMAT_JSON) {
		text_add(line, "{\"level\":\"%s\",\"msg\":\"", level_names[level]);
		add_escaped(line, message);
		text_add(line, "\",\"time\":\"%s\"", when);
		if (err)
			add_details(line, err);
		text_add(line, "}");
	} else {
		text_add(line, "time=\"%s\" level=%s msg=\"", when, level_names[level]);
		add_escaped(line, message);
		text_add(line, "\"");
		if (err)
			add_details(line, err);
	}
}

static void write_line(int fd, enum log_level level, const char *message, const struct error *err)
{
	cleanup_text struct text line = { 0 };

	add_line(&line, level, message, err);
	text_add(&line, "\n");
	if (!line.failed)
		(void)fd_write_all(fd, line.s, line.n);
}

/* A text message goes to a daemon without time and level: the daemon keeps them beside it. */
static void send_line(enum log_level level, const char *message, const struct error *err)
{
	cleanup_text struct text line = { 0 };

	if (sink.format == LOG_FORMAT_JSON)
		add_line(&line, level, message, err);
	else
		text_add(&line, "%s", message);
	if (!line.failed)
		log_daemon_send(sink.daemon, sink.fd, sink.identifier, level, line.s);
}

/* Writes to the log, or to standard error when no log is open. */
static void log_line(enum log_level level, const char *message, const struct error *err)
{
	if (sink.fd >= 0 && sink.daemon)
		send_line(level, message, err);
	else
		write_line(sink.fd >= 0 ? sink.fd : STDERR_FILENO, level, message, err);
}

bool log_wants(enum log_level level)
{
	return level <= sink.level;
}

void log_text(enum log_level level, const char *text)
{
	if (log_wants(level))
		log_line(level, text, NULL);
}

void log_message(enum log_level level, const char *format, ...)
{
	char buffer[ERROR_TEXT_MAX];
	va_list args;

	if (!log_wants(level))
		return;
	va_start(args, format);
	vsnprintf(buffer, sizeof(buffer), format, args);
	va_end(args);
	log_text(level, buffer);
}

void log_took(const char *phase, const char *operation, long long since_us)
{
	if (log_wants(LOG_LEVEL_DEBUG))
		log_message(LOG_LEVEL_DEBUG, "%s: %s: %lld us", phase, operation, clock_us() - since_us);
}

void log_warning(const char *text)
{
	log_message(LOG_LEVEL_WARNING, "%s", text);
}

/* Writes the text to standard error for people and to the log for programs. err is NULL for a warning. */
static void tell(enum log_level level, const char *text, const struct error *err)
{
	cleanup_text struct text line = { 0 };

	if ((sink.fd >= 0 && log_wants(level)) || (sink.fd < 0 && sink.format == LOG_FORMAT_JSON))
		log_line(level, text, err);
	if (sink.fd < 0 && sink.format == LOG_FORMAT_JSON)
		return;
	/* One write(2): conmon reads the message with a single read(2). */
	add_lines(&line, text);
	/* The hint is for people on a terminal only: managers match on this text. */
	if (err && *err->detail.hint && isatty(STDERR_FILENO)) {
		text_add(&line, "hint: ");
		add_lines(&line, err->detail.hint);
	}
	if (!line.failed)
		(void)fd_write_all(STDERR_FILENO, line.s, line.n);
}

void log_aside(const char *text)
{
	tell(LOG_LEVEL_WARNING, text, NULL);
}

void log_fatal(const struct error *err)
{
	tell(LOG_LEVEL_ERROR, err->text, err);
}
