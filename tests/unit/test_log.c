/* The log: its two formats, its levels, and the output on standard error. */
#include "base/log.h"
#include "base/log_daemon.h"

#include "base/cleanup.h"
#include "base/file.h"

#include "scratch.h"
#include "tap.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static int dir;
static char log_path[64];

/* Opens the log in a new file. */
static void fresh_log(enum log_format format, enum log_level level)
{
	struct error err;

	unlinkat(dir, "log", 0);
	if (log_open(log_path, format, level, &err) < 0) {
		printf("# %s\n", err.text);
		exit(EXIT_FAILURE);
	}
}

/* True when s begins with a time like 2026-11-24T07:16:04Z. */
static bool is_time(const char *s)
{
	static const char form[] = "0000-00-00T00:00:00Z";

	for (const char *f = form; *f; f++, s++) {
		if (*f == '0' ? !isdigit((unsigned char)*s) : *s != *f)
			return false;
	}
	return true;
}

/* The content of a file, with TIME for each time; a static buffer. */
static const char *content(const char *name)
{
	static char buffer[32768];
	cleanup_free char *data = NULL;
	size_t length;
	size_t n = 0;
	struct error err;

	if (file_read(dir, name, sizeof(buffer) - 1, &data, &length, &err) < 0)
		return "(not there)";
	for (const char *c = data; *c;) {
		if (is_time(c)) {
			n += (size_t)snprintf(buffer + n, sizeof(buffer) - n, "TIME");
			c += strlen("2026-11-24T07:16:04Z");
		} else {
			buffer[n++] = *c++;
		}
	}
	buffer[n] = '\0';
	return buffer;
}

static void test_formats(void)
{
	fresh_log(LOG_FORMAT_JSON, LOG_LEVEL_WARNING);
	is_str(content("log"), "", "an opened log is there, and empty");
	log_message(LOG_LEVEL_WARNING, "ignoring '%s'", "x");
	log_message(LOG_LEVEL_ERROR, "failed");
	is_str(content("log"),
		"{\"level\":\"warning\",\"msg\":\"ignoring 'x'\",\"time\":\"TIME\"}\n"
		"{\"level\":\"error\",\"msg\":\"failed\",\"time\":\"TIME\"}\n",
		"a line of JSON is an object with level, msg and time");
	fresh_log(LOG_FORMAT_TEXT, LOG_LEVEL_DEBUG);
	log_message(LOG_LEVEL_DEBUG, "a \"quoted\" word");
	is_str(content("log"), "time=\"TIME\" level=debug msg=\"a \\\"quoted\\\" word\"\n", "a line of text is logfmt");
}

static void test_levels(void)
{
	fresh_log(LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
	log_message(LOG_LEVEL_WARNING, "unheard");
	log_message(LOG_LEVEL_DEBUG, "unheard");
	is_str(content("log"), "", "what is above the level is not logged");
	log_message(LOG_LEVEL_ERROR, "heard");
	is_str(content("log"), "time=\"TIME\" level=error msg=\"heard\"\n", "what is at the level is");
}

static void test_escapes(void)
{
	fresh_log(LOG_FORMAT_JSON, LOG_LEVEL_ERROR);
	log_message(LOG_LEVEL_ERROR, "%s", "\"\\\n\t\x01\x7f");
	is_str(content("log"),
		"{\"level\":\"error\",\"msg\":\"\\\"\\\\\\u000a\\u0009\\u0001\\u007f\",\"time\":\"TIME\"}\n",
		"quotes, backslashes and control characters are escaped");
	fresh_log(LOG_FORMAT_JSON, LOG_LEVEL_ERROR);
	log_message(LOG_LEVEL_ERROR, "%s", "\u00e4 \u20ac \U0001f600");
	is_str(content("log"), "{\"level\":\"error\",\"msg\":\"\u00e4 \u20ac \U0001f600\",\"time\":\"TIME\"}\n",
		"characters of two to four bytes pass");
	fresh_log(LOG_FORMAT_JSON, LOG_LEVEL_ERROR);
	log_message(LOG_LEVEL_ERROR, "%s", "\xff.\xc3.\x80.\xe2\x82.\xf0\x9f\x98");
	is_str(content("log"),
		"{\"level\":\"error\",\"msg\":\"\\ufffd.\\ufffd.\\ufffd.\\ufffd\\ufffd.\\ufffd\\ufffd\\ufffd\",\"time\":\"TIME\"}\n",
		"each byte that is no part of a character becomes U+FFFD");
	fresh_log(LOG_FORMAT_JSON, LOG_LEVEL_ERROR);
	log_message(LOG_LEVEL_ERROR, "%s", "\xf5\x80\x80\x80.\xff.\xed\xa0\x80.\xc0\xaf.\xe0\x80\xaf.\xf4\x90\x80\x80");
	ok(!strpbrk(content("log"), "\x80\x90\xa0\xaf\xc0\xe0\xed\xf4\xf5\xff"),
		"so do those of overlong forms, of surrogates, and of what lies behind U+10FFFF");
	fresh_log(LOG_FORMAT_JSON, LOG_LEVEL_ERROR);
	log_message(LOG_LEVEL_ERROR, "%s", "\xc2\x80 \xc2\x9b \xc2\xa0");
	is_str(content("log"), "{\"level\":\"error\",\"msg\":\"\\u0080 \\u009b \xc2\xa0\",\"time\":\"TIME\"}\n",
		"control characters of two bytes are escaped");
}

static void test_long(void)
{
	static char huge[3 * ERROR_TEXT_MAX];
	const char *line;

	memset(huge, 'x', sizeof(huge) - 1);
	fresh_log(LOG_FORMAT_JSON, LOG_LEVEL_ERROR);
	log_message(LOG_LEVEL_ERROR, "%s", huge);
	line = content("log");
	ok(strlen(line) < ERROR_TEXT_MAX + 100 && strcmp(line + strlen(line) - 16, ",\"time\":\"TIME\"}\n") == 0,
		"a message that is too long is cut off, and its line whole");
}

static void test_opening(void)
{
	char prefixed[80];
	struct error err;
	struct stat st = { 0 };

	umask(0);
	snprintf(prefixed, sizeof(prefixed), "file:%s", log_path);
	unlinkat(dir, "log", 0);
	is_int(log_open(prefixed, LOG_FORMAT_TEXT, LOG_LEVEL_ERROR, &err), 0, "a path may say that it is a file");
	fstatat(dir, "log", &st, 0);
	is_int(st.st_mode, S_IFREG | 0644, "a log is made with mode 0644");
	log_message(LOG_LEVEL_ERROR, "first");
	is_int(log_open(log_path, LOG_FORMAT_TEXT, LOG_LEVEL_ERROR, &err), 0, "a log that is there is opened");
	log_message(LOG_LEVEL_ERROR, "second");
	is_str(content("log"), "time=\"TIME\" level=error msg=\"first\"\ntime=\"TIME\" level=error msg=\"second\"\n",
		"and appended to");
	ok(log_open("/no/such/directory/log", LOG_FORMAT_TEXT, LOG_LEVEL_ERROR, &err) < 0 && err.number == ENOENT,
		"a log that cannot be opened is an error");
	is_str(err.text, "cannot open the log '/no/such/directory/log': no such file or directory", "which names it");
}

/* The datagram that a daemon gets for a message. */
static const char *packet(const char *log, enum log_level level, const char *message, size_t *ret_length)
{
	static char copy[512];
	cleanup_text struct text out = { 0 };
	const char *identifier;
	const struct log_daemon *daemon = log_daemon_find(log, &identifier);

	if (!daemon)
		return "";
	daemon->add(&out, identifier, level, message);
	*ret_length = out.n < sizeof(copy) ? out.n : 0;
	memcpy(copy, out.s, *ret_length);
	copy[*ret_length] = '\0';
	return copy;
}

static void test_daemons(void)
{
	static const char entry[] = "PRIORITY=4\nSYSLOG_IDENTIFIER\n\3\0\0\0\0\0\0\0web\nID\n\3\0\0\0\0\0\0\0web\n"
				    "MESSAGE\n\x12\0\0\0\0\0\0\0ignored\nPRIORITY=0\n";
	const char *identifier = NULL;
	const char *got;
	size_t length = 0;

	ok(!log_daemon_find("journald", &identifier) && !log_daemon_find("/journald:x", &identifier) &&
			!log_daemon_find("file:x", &identifier),
		"what has no prefix of a daemon is a file");
	ok(log_daemon_find("syslog:", &identifier) && strcmp(identifier, "tare") == 0,
		"without an identifier it is tare");
	got = packet("journald:web", LOG_LEVEL_WARNING, "ignored\nPRIORITY=0", &length);
	ok(length == sizeof(entry) - 1 && memcmp(got, entry, length) == 0,
		"the journal gets fields, and a line of a message is none");
	got = packet("syslog:web", LOG_LEVEL_ERROR, "no\n<0>way", &length);
	ok(text_starts(got, "<11>") && strlen("<11>Nov 24 07:16:04 ") < length, "syslog gets a priority and a time");
	is_str(got + strlen("<11>Nov 24 07:16:04 "), "web: no\\n<0>way", "an identifier, and one line");
	ok(text_starts(packet("syslog:web", LOG_LEVEL_DEBUG, "x", &length), "<15>"),
		"a level is a priority of its own");
}

static void test_unreachable(void)
{
	char log[300] = "journald:";
	struct error err;

	memset(log + strlen(log), 'x', sizeof(log) - strlen(log) - 1);
	ok(log_open(log, LOG_FORMAT_TEXT, LOG_LEVEL_ERROR, &err) < 0, "an identifier has a longest length");
	is_str(err.text, "cannot log with an identifier of more than 255 bytes", "and says so");
}

/* Runs log_fatal(), or log_aside() when aside is not NULL, with standard error in a file. Returns the output. */
static const char *stderr_of(const struct error *err, const char *aside)
{
	cleanup_fd int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	cleanup_fd int file = -1;

	unlinkat(dir, "stderr", 0);
	file = openat(dir, "stderr", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (kept < 0 || file < 0)
		return "";
	dup2(file, STDERR_FILENO);
	if (aside)
		log_aside(aside);
	else
		log_fatal(err);
	dup2(kept, STDERR_FILENO);
	return content("stderr");
}

static const char *fatal(const struct error *err)
{
	return stderr_of(err, NULL);
}

static void test_aside(void)
{
	fresh_log(LOG_FORMAT_JSON, LOG_LEVEL_ERROR);
	is_str(stderr_of(NULL, "left out"), "left out\n", "an aside is on standard error at any level");
	is_str(content("log"), "", "and in the log at its own");
	fresh_log(LOG_FORMAT_JSON, LOG_LEVEL_WARNING);
	stderr_of(NULL, "left out");
	is_str(content("log"), "{\"level\":\"warning\",\"msg\":\"left out\",\"time\":\"TIME\"}\n",
		"which is that of a warning");
}

static void test_fatal(void)
{
	struct error err;

	error_set(&err, 0, "container \"a\" does not exist");
	fresh_log(LOG_FORMAT_JSON, LOG_LEVEL_ERROR);
	ok(strstr(fatal(&err), "container \"a\" does not exist\n"),
		"the last error is on standard error as it is, for people");
	is_str(content("log"),
		"{\"level\":\"error\",\"msg\":\"container \\\"a\\\" does not exist\",\"time\":\"TIME\","
		"\"code\":\"internal\"}\n",
		"and in the log, for managers, with nothing but its code when no more is known");
}

static void test_detail(void)
{
	struct error err;

	error_set(&err, ENOSPC, "no");
	error_tag(&err, ERROR_MOUNT_FAILED, "mounts[%d]", 2);
	error_hint(&err, "say \"%s\"", "yes");
	error_during(&err, "init", "mount it");
	fresh_log(LOG_FORMAT_JSON, LOG_LEVEL_ERROR);
	ok(strcmp(fatal(&err), "no: no space left on device\n") == 0,
		"what is no terminal gets the text and no hint: managers match on it");
	is_str(content("log"),
		"{\"level\":\"error\",\"msg\":\"no: no space left on device\",\"time\":\"TIME\",\"code\":\"mount-failed\","
		"\"phase\":\"init\",\"operation\":\"mount it\",\"errno\":\"ENOSPC\",\"object\":\"mounts[2]\","
		"\"hint\":\"say \\\"yes\\\"\"}\n",
		"all that is known is in the JSON");
	fresh_log(LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
	fatal(&err);
	is_str(content("log"),
		"time=\"TIME\" level=error msg=\"no: no space left on device\" code=\"mount-failed\" phase=\"init\" "
		"operation=\"mount it\" errno=\"ENOSPC\" object=\"mounts[2]\" hint=\"say \\\"yes\\\"\"\n",
		"and in the text");
}

static void test_timeline(void)
{
	fresh_log(LOG_FORMAT_TEXT, LOG_LEVEL_WARNING);
	log_took("create", "make it", 0);
	is_str(content("log"), "", "a timeline is for who wants to debug");
	fresh_log(LOG_FORMAT_TEXT, LOG_LEVEL_DEBUG);
	log_took("create", "make it", 0);
	ok(strstr(content("log"), "level=debug msg=\"create: make it: ") && strstr(content("log"), " us\"\n"),
		"and has what was done, and how long");
}

/* Runs first: after a log was opened, the sink cannot be standard error again. */
static void test_without_log(void)
{
	struct error err;

	log_open(NULL, LOG_FORMAT_TEXT, LOG_LEVEL_ERROR, &err);
	error_set_lines(&err, "two\nlines\033[1m");
	is_str(fatal(&err), "two\nlines\\x1b[1m\n",
		"without a log the last error is plain text, which no terminal obeys");
	log_open(NULL, LOG_FORMAT_JSON, LOG_LEVEL_ERROR, &err);
	error_set(&err, 0, "in \"JSON\"");
	is_str(fatal(&err),
		"{\"level\":\"error\",\"msg\":\"in \\\"JSON\\\"\",\"time\":\"TIME\",\"code\":\"internal\"}\n",
		"or a line of JSON, when that is the format");
}

int main(void)
{
	dir = scratch_open();
	snprintf(log_path, sizeof(log_path), "%s/log", scratch_path);
	test_without_log();
	test_formats();
	test_levels();
	test_escapes();
	test_long();
	test_opening();
	test_daemons();
	test_unreachable();
	test_fatal();
	test_aside();
	test_detail();
	test_timeline();
	scratch_close(dir);
	return done();
}
