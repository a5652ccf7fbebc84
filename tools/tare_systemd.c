/* Speaks D-Bus with systemd for tare, which is static and so has no libsystemd: src/unit_request.h tells the
 * conversation. It connects while tare still works on the request, carries out one request, and ends. Each wait has a
 * time limit, so that neither a systemd nor a bus that has stopped can make tare wait, and ends at once when tare's end
 * of the socket is closed; but once systemd is asked to start a unit, what comes of it is waited for a few seconds
 * more, and cleared away when the container's process is not in it. */
#include "systemd_bus.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	REMOVAL_SECONDS = 5,      /* for an earlier unit with the same name */
	REMOVAL_RECHECK = 250000, /* microseconds */
	RECONNECT_SECONDS = 10,
	RECONNECT_PAUSE = 100000, /* microseconds */
	JOB_RECHECK = 1000000,    /* microseconds */
};

#define UNIT_EXISTS    SYSTEMD_ERROR "UnitExists"
#define NO_SUCH_UNIT   SYSTEMD_ERROR "NoSuchUnit"
#define UNKNOWN_OBJECT "org.freedesktop.DBus.Error.UnknownObject"
#define READ_ONLY      "org.freedesktop.DBus.Error.PropertyReadOnly"

/* Whether a text has the name as a word of its own. */
static bool mentions(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = strstr(text, name); at; at = strstr(at + 1, name)) {
		if ((at == text || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[length]))
			return true;
	}
	return false;
}

/* Leaves out the property that systemd does not know, if it may be left out. Returns whether to try again. */
static bool drop_property(struct request *r, struct failure *f)
{
	if (strcmp(f->name, READ_ONLY) != 0)
		return false;
	for (size_t i = 0; i < r->property_count; i++) {
		struct property *p = &r->properties[i];

		if (p->left || !mentions(f->text, p->name))
			continue;
		p->left = p->may_leave;
		if (!p->left)
			fail(f, f->name, "it does not know the property '%s', or cannot set it", p->name);
		return p->left;
	}
	return false;
}

/* Says what systemd does not do, when the error is systemd's own. */
static int refused(struct failure *f, const char *what, const char *unit)
{
	size_t length = strlen(f->text);

	if (!*f->name)
		return -1;
	if (length > 0 && f->text[length - 1] == '.')
		f->text[length - 1] = '\0';
	return fail(f, f->name, "systemd refuses to %s the unit '%s': %s", what, unit, f->text);
}

/* Another unit has the name. When it has failed or is going away, waits a moment for that, so that the caller can try
 * again; when it is in use, that is a failure. An active unit without processes is going away: systemd has not noticed
 * yet that its cgroup is empty. Returns 1 when it is the unit that we have asked for before the connection was lost. */
static int make_way(struct session *s, bool again, struct failure *f)
{
	const char *unit = s->request.unit;
	uint64_t until = bus_now() + REMOVAL_RECHECK;
	char state[BUS_NAME_SIZE];
	int r = 0;

	if (bus_get_text(s, "org.freedesktop.systemd1.Unit", "ActiveState", state, f) < 0)
		return strcmp(f->name, NO_SUCH_UNIT) == 0 || strcmp(f->name, UNKNOWN_OBJECT) == 0 ? 0 : -1;
	if (strcmp(state, "failed") == 0) {
		bus_tell(s, "ResetFailedUnit", NULL);
	} else if (strcmp(state, "inactive") != 0 && strcmp(state, "deactivating") != 0) {
		r = bus_find_process(s, f);
		if (r < 0 && strcmp(f->name, NO_SUCH_UNIT) == 0)
			return 0;
		if (r == 2 && again && strcmp(state, "active") == 0)
			return 1;
		if (r != 0 && !(r == 2 && again))
			return r < 0 ? -1
				     : fail(f, UNIT_EXISTS, "the unit '%s' exists and is in use (%s)", unit, state);
	}
	for (r = 0; r == 0 && !s->unit_removed && bus_now() < until;)
		r = bus_step(s, until < s->deadline ? until : s->deadline, NULL, f);
	return r;
}

/* Whether the unit runs with the process: the end of its job is not told to us when systemd is executed anew meanwhile,
 * as it has another name on the bus then. */
static bool is_started(struct session *s, struct failure *f)
{
	char state[BUS_NAME_SIZE];

	return bus_get_text(s, "org.freedesktop.systemd1.Unit", "ActiveState", state, f) == 0 &&
		strcmp(state, "active") == 0 && bus_find_process(s, f) == 2;
}

/* Waits a moment for something that systemd tells about the job, and then asks. Returns 1 when the unit is started. */
static int wait_for_news(struct session *s, uint64_t *next, struct failure *f)
{
	const char *late = "systemd has not started the unit";

	if (bus_now() < *next)
		return bus_step(s, *next < s->deadline ? *next : s->deadline, *next < s->deadline ? NULL : late, f);
	*next = bus_now() + JOB_RECHECK;
	if (is_started(s, f))
		return 1;
	if (s->lost)
		return -1;
	return bus_now() < s->deadline ? 0 : bus_step(s, s->deadline, late, f);
}

/* Whether the process is in the unit that systemd has started. The kernel puts a process that is about to end nowhere,
 * and reports no error: systemd would wait for ever until the unit, which is empty, becomes empty. */
static bool is_inside(const struct request *r)
{
	const char *pid = request_process(r), *name;
	char path[64], line[4096];
	bool inside = false;
	FILE *file;

	if (!pid)
		return true;
	snprintf(path, sizeof(path), "/proc/%.16s/cgroup", pid);
	file = fopen(path, "re");
	while (file && !inside && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		name = strrchr(line, '/');
		inside = strncmp(line, "0::", 3) == 0 && name && strcmp(name + 1, r->unit) == 0;
	}
	if (file)
		fclose(file);
	return inside;
}

/* Waits until the job that starts the unit has ended, and tells how it ended. */
static int wait_for_job(struct session *s, const char *path, bool *starting, struct failure *f)
{
	const char *unit = s->request.unit;
	char result[BUS_NAME_SIZE], unit_result[BUS_NAME_SIZE];
	const struct job *job = NULL;
	uint64_t next = bus_now() + JOB_RECHECK;
	int r = 0;

	for (size_t seen = 0; !job && r == 0;) {
		for (; seen < s->job_count && !job; seen++) {
			if (strcmp(s->jobs[seen % BUS_JOBS_MAX].path, path) == 0)
				job = &s->jobs[seen % BUS_JOBS_MAX];
		}
		if (!job)
			r = wait_for_news(s, &next, f);
	}
	if (r < 0)
		return -1;
	if (r > 0 || strcmp(job->result, "done") == 0)
		return 0;
	*starting = false;
	snprintf(result, sizeof(result), "%s", job->result);
	if (bus_get_text(s, "org.freedesktop.systemd1.Scope", "Result", unit_result, f) < 0 ||
		strcmp(unit_result, "success") == 0)
		fail(f, NULL, "systemd has not started the unit '%s': the result of its job is '%s'", unit, result);
	else
		fail(f, NULL,
			"systemd has not started the unit '%s': the result of its job is '%s', that of the unit '%s'",
			unit, result, unit_result);
	bus_tell(s, "ResetFailedUnit", NULL); /* systemd would keep it */
	return -1;
}

/* Starts the unit. *starting: systemd has taken our unit, so a failure has to stop it. */
static int start_unit(struct session *s, bool again, bool *starting, struct failure *f)
{
	const char *unit = s->request.unit;
	uint64_t until = 0; /* for the removal of an earlier unit */
	char job[BUS_NAME_SIZE];
	int r;

	*starting = false;
	while (bus_start_unit(s, job, f) < 0) {
		/* Without tare the pid may already be that of another process. */
		if (s->ended)
			return fail(f, NULL, "tare has ended");
		if (drop_property(&s->request, f))
			continue;
		if (strcmp(f->name, UNIT_EXISTS) != 0)
			return refused(f, "start", unit);
		if (!until)
			until = bus_in_seconds(REMOVAL_SECONDS);
		if (bus_now() >= until)
			return fail(f, UNIT_EXISTS, "systemd has not removed the earlier unit '%s' within %d seconds",
				unit, REMOVAL_SECONDS);
		r = make_way(s, again, f);
		if (r != 0)
			return r < 0 ? -1 : 0;
	}
	*starting = true;
	if (wait_for_job(s, job, starting, f) < 0)
		return -1;
	if (!is_inside(&s->request))
		return fail(f, NULL, "the container's process has ended before systemd could put it into the unit '%s'",
			unit);
	return 0;
}

static int set_properties(struct session *s, struct failure *f)
{
	while (bus_set_properties(s, f) < 0) {
		if (!drop_property(&s->request, f))
			return refused(f, "change", s->request.unit);
	}
	return 0;
}

/* ---- the process ---- */

static void answer(const struct request *r, const struct failure *f)
{
	static char text[UNIT_MESSAGE_MAX];
	size_t n = 0;

	if (f) {
		n = (size_t)snprintf(text, sizeof(text), "%s%c%s%c%s", UNIT_FAILED, 0, f->name, 0, f->text) + 1;
	} else {
		n = (size_t)snprintf(text, sizeof(text), "%s", UNIT_DONE) + 1;
		for (size_t i = 0; i < r->property_count; i++) {
			if (r->properties[i].left)
				n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", r->properties[i].name) + 1;
		}
	}
	(void)send(REQUEST_SOCKET, text, n, MSG_NOSIGNAL);
}

/* Connects, and tries again for a while when the connection was lost or a socket has nobody who listens: systemd closes
 * its connections when it is executed anew, and the bus does so when it is started anew. */
static int connect_or_wait(struct session *s, struct failure *f)
{
	uint64_t until = bus_in_seconds(RECONNECT_SECONDS);
	bool lost = s->lost;

	if (until > s->deadline)
		until = s->deadline;
	bus_close(s);
	while (bus_connect(s, f) < 0) {
		if (s->ended || (!lost && !s->refused))
			return -1;
		if (bus_now() + RECONNECT_PAUSE >= until)
			return lost
				? fail(f, NULL, "systemd has closed the connection, and takes no new one: %s", f->text)
				: -1;
		if (bus_await_tare(s, bus_now() + RECONNECT_PAUSE) < 0)
			return -1;
	}
	return 0;
}

/* Waits for the request, and reads meanwhile what systemd sends. */
static int await_request(struct session *s, bool *connected, struct failure *f)
{
	while (!s->received) {
		if (*connected && bus_step(s, UINT64_MAX, NULL, f) < 0) {
			s->deadline = bus_in_seconds(s->seconds);
			*connected = s->lost && connect_or_wait(s, f) == 0;
		}
		if (s->ended || (!s->received && !*connected && bus_await_tare(s, UINT64_MAX) < 0))
			return -1;
	}
	s->deadline = s->received_at + (uint64_t)s->seconds * 1000000;
	return 0;
}

static int serve(struct session *s)
{
	static struct failure f;
	bool connected, again = false;
	bool starting = false;
	int r = -1;

	s->deadline = bus_in_seconds(s->seconds);
	connected = connect_or_wait(s, &f) == 0;
	if (s->ended || await_request(s, &connected, &f) < 0)
		return -1;
	for (connected = connected && request_parse(&s->request, &f) == 0; connected;) {
		s->clears_up = s->request.start;
		r = s->request.start ? start_unit(s, again, &starting, &f) : set_properties(s, &f);
		connected = r < 0 && s->lost && !s->ended && connect_or_wait(s, &f) == 0;
		again = true;
	}
	/* Only a unit that is ours: another one with this name is none of our business. */
	if (r < 0 && starting && s->bus)
		bus_tell(s, "StopUnit", "replace");
	if (!s->ended)
		answer(&s->request, r < 0 ? &f : NULL);
	bus_close(s); /* without waiting until all is sent */
	free(s->request.words);
	return r;
}

/* Opens the process that made the socket: tare, which is not always our parent. Returns -1 when it has ended; *ret_fd
 * is -1 when it is in another pid namespace. */
static int open_tare(int *ret_fd)
{
	struct ucred tare = { 0 };
	socklen_t size = sizeof(tare);

	*ret_fd = -1;
	if (getsockopt(REQUEST_SOCKET, SOL_SOCKET, SO_PEERCRED, &tare, &size) < 0 || tare.pid <= 0)
		return 0;
	*ret_fd = pidfd_open(tare.pid, 0);
	return *ret_fd < 0 && errno == ESRCH ? -1 : 0;
}

/* Ends with tare: neither by what the user types at the terminal nor by a closed socket. */
static void settle_process(void)
{
	static const int ignored[] = { SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTSTP };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* It may outlive tare, whose caller then reads to the end of what tare has written. */
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
	}
	fcntl(REQUEST_SOCKET, F_SETFD, FD_CLOEXEC);
	close_range(REQUEST_SOCKET + 1, UINT_MAX, 0);
}

int main(int argc, char **argv)
{
	static struct session session;
	uint64_t seconds = 0;
	int type = 0;
	socklen_t size = sizeof(type);
	bool user = argc == 3 && strcmp(argv[1], "user") == 0;

	if (argc != 3 || (!user && strcmp(argv[1], "system") != 0) || request_number('u', argv[2], &seconds) < 0 ||
		seconds == 0 || seconds > BUS_SECONDS_MAX) {
		fputs("usage: tare-systemd system|user SECONDS, with a socket as file descriptor 3; tare starts it\n",
			stderr);
		return 2;
	}
	if (getsockopt(REQUEST_SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_SEQPACKET) {
		fputs("tare-systemd: file descriptor 3 is not a socket of tare: tare starts this program\n", stderr);
		return 2;
	}
	settle_process();
	session.seconds = (int)seconds;
	session.address_count = list_addresses(user, session.addresses);
	if (open_tare(&session.tare) < 0)
		return 1;
	return serve(&session) < 0;
}
