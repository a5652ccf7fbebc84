/* The D-Bus of tare-systemd: the only file that knows libsystemd. A plain loop over the messages, without callbacks, so
 * that each wait is one for systemd, for the time limit and for the end of tare. */
#include "systemd_bus.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <systemd/sd-bus.h>

#define SYSTEMD      "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define MANAGER      SYSTEMD ".Manager"

/* The cause as it stands inside of a sentence. */
static const char *cause(int error, char buffer[BUS_NAME_SIZE])
{
	snprintf(buffer, BUS_NAME_SIZE, "%s", strerror(error));
	*buffer = (char)tolower((unsigned char)*buffer);
	return buffer;
}

static const char *plural(int seconds)
{
	return seconds == 1 ? "" : "s";
}

uint64_t bus_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t bus_in_seconds(int seconds)
{
	return bus_now() + (uint64_t)seconds * 1000000;
}

/* ---- values ---- */

static int append_number(sd_bus_message *m, char type, const char *text)
{
	uint64_t bits;

	if (request_number(type, text, &bits) < 0)
		return -EINVAL;
	switch (type) {
	case SD_BUS_TYPE_BYTE:
		return sd_bus_message_append_basic(m, type, &(uint8_t){ (uint8_t)bits });
	case SD_BUS_TYPE_INT16:
	case SD_BUS_TYPE_UINT16:
		return sd_bus_message_append_basic(m, type, &(uint16_t){ (uint16_t)bits });
	case SD_BUS_TYPE_INT32:
	case SD_BUS_TYPE_UINT32:
		return sd_bus_message_append_basic(m, type, &(uint32_t){ (uint32_t)bits });
	default:
		return sd_bus_message_append_basic(m, type, &bits);
	}
}

static int append_double(sd_bus_message *m, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (!*text || *end || isspace((unsigned char)*text))
		return -EINVAL;
	return sd_bus_message_append_basic(m, SD_BUS_TYPE_DOUBLE, &value);
}

static int append_basic(sd_bus_message *m, char type, const char *text)
{
	bool truth = strcmp(text, "true") == 0;

	switch (type) {
	case SD_BUS_TYPE_STRING:
	case SD_BUS_TYPE_OBJECT_PATH:
	case SD_BUS_TYPE_SIGNATURE:
		return sd_bus_message_append_basic(m, type, text);
	case SD_BUS_TYPE_BOOLEAN:
		if (!truth && strcmp(text, "false") != 0)
			return -EINVAL;
		return sd_bus_message_append_basic(m, type, &(int){ truth });
	case SD_BUS_TYPE_DOUBLE:
		return append_double(m, text);
	default:
		return append_number(m, type, text);
	}
}

/* Appends the value that begins at *words, and moves *words behind it. sd-bus compares it with the signature. */
static int append_value(sd_bus_message *m, char ***words)
{
	const char *word = *(*words)++;
	char type = *word == '(' ? SD_BUS_TYPE_STRUCT : *word == '{' ? SD_BUS_TYPE_DICT_ENTRY : *word;
	int r;

	if (!strchr("a({v", *word))
		return append_basic(m, type, word + 1);
	r = sd_bus_message_open_container(m, type, word + 1);
	while (r >= 0 && strcmp(**words, UNIT_END_OF_LIST) != 0)
		r = append_value(m, words);
	(*words)++;
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_property(sd_bus_message *m, const struct property *p)
{
	char **words = p->value;
	int r = sd_bus_message_open_container(m, SD_BUS_TYPE_STRUCT, "sv");

	if (r >= 0)
		r = sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, p->name);
	if (r >= 0)
		r = sd_bus_message_open_container(m, SD_BUS_TYPE_VARIANT, p->signature);
	if (r >= 0)
		r = append_value(m, &words);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_properties(sd_bus_message *m, const struct request *r, struct failure *f)
{
	if (sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "(sv)") < 0)
		return fail(f, NULL, "no memory for the message to systemd");
	for (size_t i = 0; i < r->property_count; i++) {
		const struct property *p = &r->properties[i];

		if (!p->left && append_property(m, p) < 0)
			return fail(f, NULL, "the value of the property '%s' does not have the type '%s'", p->name,
				p->signature);
	}
	if (sd_bus_message_close_container(m) < 0)
		return fail(f, NULL, "no memory for the message to systemd");
	return 0;
}

/* ---- messages ---- */

/* Takes the request. Returns -1 when tare's end of the socket is closed. */
static int receive_request(struct session *s)
{
	ssize_t n = recv(REQUEST_SOCKET, s->request.text, sizeof(s->request.text), MSG_DONTWAIT | MSG_TRUNC);

	if (n > 0) {
		s->received = true;
		s->received_at = bus_now();
		s->request.length = (size_t)n;
	}
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)) ? 0 : -1;
}

/* Tare has ended. Returns -1 when that ends the wait. */
static int note_end(struct session *s)
{
	uint64_t until = bus_in_seconds(BUS_CLEAR_UP_SECONDS);

	s->ended = true;
	if (!s->clears_up)
		return -1;
	if (s->deadline > until)
		s->deadline = until;
	return 0;
}

/* Waits for systemd or for tare. Returns 0 when the time is over, and -1 when the end of tare ends the wait. */
static int wait_for_event(struct session *s, uint64_t until)
{
	struct pollfd events[] = {
		{ .fd = s->ended ? -1 : REQUEST_SOCKET, .events = s->received ? 0 : POLLIN },
		/* Another process may have tare's end of the socket, too. */
		{ .fd = s->ended ? -1 : s->tare, .events = POLLIN },
		{ .fd = -1 },
	};
	uint64_t t = bus_now(), left = until > t ? until - t : 0;
	struct timespec timeout = { .tv_sec = (time_t)(left / 1000000), .tv_nsec = (long)(left % 1000000) * 1000 };
	bool ended = false;
	int n;

	if (s->bus && sd_bus_get_fd(s->bus) >= 0) {
		events[2].fd = sd_bus_get_fd(s->bus);
		events[2].events = (short)sd_bus_get_events(s->bus);
	}
	n = ppoll(events, 3, until == UINT64_MAX ? NULL : &timeout, NULL);
	if (n > 0 && events[0].revents & POLLIN)
		ended = receive_request(s) < 0;
	else if (n > 0)
		ended = events[0].revents;
	if (n > 0 && events[1].revents)
		ended = true;
	if (ended && note_end(s) < 0)
		return -1;
	return n != 0;
}

static void note_signal(struct session *s, sd_bus_message *m)
{
	const char *sender = sd_bus_message_get_sender(m), *unit, *path, *result;

	/* On a bus everybody may send us a signal. */
	if (!s->received || (*s->owner && (!sender || strcmp(sender, s->owner) != 0)))
		return;
	if (sd_bus_message_is_signal(m, MANAGER, "UnitRemoved") > 0) {
		if (sd_bus_message_read(m, "so", &unit, &path) > 0 && s->request.unit &&
			strcmp(unit, s->request.unit) == 0)
			s->unit_removed = true;
	} else if (sd_bus_message_is_signal(m, MANAGER, "JobRemoved") > 0) {
		struct job *job = &s->jobs[s->job_count % BUS_JOBS_MAX];

		if (sd_bus_message_read(m, "uoss", NULL, &path, &unit, &result) <= 0 || !s->request.unit ||
			strcmp(unit, s->request.unit) != 0)
			return;
		snprintf(job->path, sizeof(job->path), "%s", path);
		snprintf(job->result, sizeof(job->result), "%s", result);
		s->job_count++;
	}
}

/* The connection is of no more use. */
static int lost(struct session *s, int r, struct failure *f)
{
	char buffer[BUS_NAME_SIZE];

	s->refused |= r == -ECONNREFUSED;
	s->lost = r == -ECONNRESET || r == -ENOTCONN || r == -EPIPE;
	if (s->lost)
		return fail(f, NULL, "systemd has closed the connection");
	return fail(f, NULL, "%s", cause(-r, buffer));
}

/* Takes what has come from systemd, or waits for it. Returns 1 with the reply to the call with this cookie, 0 when the
 * caller has to look whether what it waits for has happened, and -1 on failure; waited_for is the text for the time
 * limit, NULL when it is no failure. */
static int step(struct session *s, uint64_t until, uint64_t cookie, const char *waited_for, sd_bus_message **ret,
	struct failure *f)
{
	sd_bus_message *m = NULL;
	uint64_t replied;
	int r;

	if (bus_now() >= until)
		return waited_for ? fail(f, NULL, "%s within %d second%s", waited_for, s->seconds, plural(s->seconds))
				  : 0;
	r = sd_bus_process(s->bus, &m);
	if (r < 0)
		return lost(s, r, f);
	if (m && cookie && sd_bus_message_get_reply_cookie(m, &replied) >= 0 && replied == cookie) {
		*ret = m;
		return 1;
	}
	if (m)
		note_signal(s, m);
	sd_bus_message_unref(m);
	if (r == 0 && wait_for_event(s, until) < 0)
		return fail(f, NULL, "tare has ended");
	return 0;
}

int bus_step(struct session *s, uint64_t until, const char *waited_for, struct failure *f)
{
	return step(s, until, 0, waited_for, NULL, f);
}

int bus_await_tare(struct session *s, uint64_t until)
{
	return wait_for_event(s, until) < 0 ? -1 : 0;
}

/* Sends a call and waits for its reply. The error of systemd is in *f. */
static int call(struct session *s, sd_bus_message *m, const char *waited_for, sd_bus_message **ret, struct failure *f)
{
	sd_bus_message *reply = NULL;
	const sd_bus_error *error;
	uint64_t cookie = 0;
	int r = sd_bus_send(s->bus, m, &cookie);

	if (r < 0)
		return lost(s, r, f);
	do
		r = step(s, s->deadline, cookie, waited_for, &reply, f);
	while (r == 0);
	if (r < 0)
		return -1;
	error = sd_bus_message_get_error(reply);
	if (error && strcmp(error->name, SD_BUS_ERROR_NO_REPLY) == 0) {
		/* What the bus says when systemd leaves it, as to be executed anew. */
		sd_bus_message_unref(reply);
		s->refused = true;
		return lost(s, -ECONNRESET, f);
	}
	if (error) {
		r = fail(f, error->name, "%s", error->message && *error->message ? error->message : error->name);
		sd_bus_message_unref(reply);
		return r;
	}
	*ret = reply;
	return 0;
}

/* Calls a method of the manager whose only argument is a string, or which has none. */
static int call_manager(struct session *s, const char *method, const char *argument, sd_bus_message **ret,
	struct failure *f)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(s->bus, &m, SYSTEMD, SYSTEMD_PATH, MANAGER, method);

	if (r >= 0 && argument)
		r = sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, argument);
	r = r < 0 ? fail(f, NULL, "cannot make a message to systemd") : call(s, m, "systemd has not answered", ret, f);
	sd_bus_message_unref(m);
	return r;
}

void bus_tell(struct session *s, const char *method, const char *mode)
{
	sd_bus_message *m = NULL;

	if (sd_bus_message_new_method_call(s->bus, &m, SYSTEMD, SYSTEMD_PATH, MANAGER, method) >= 0 &&
		sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, s->request.unit) >= 0 &&
		(!mode || sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, mode) >= 0))
		(void)sd_bus_send(s->bus, m, NULL);
	sd_bus_message_unref(m);
}

/* ---- connecting ---- */

/* Has the bus pass the signals of systemd on to us, before anything can cause one. */
static int subscribe(struct session *s, struct failure *f)
{
	static const char *const members[] = { "JobRemoved", "UnitRemoved" };
	sd_bus_message *reply = NULL, *m;
	const char *sender;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < sizeof(members) / sizeof(members[0]); i++) {
		char rule[BUS_NAME_SIZE];

		snprintf(rule, sizeof(rule), "type='signal',sender='%s',path='%s',interface='%s',member='%s'", SYSTEMD,
			SYSTEMD_PATH, MANAGER, members[i]);
		m = NULL;
		r = sd_bus_message_new_method_call(s->bus, &m, "org.freedesktop.DBus", "/org/freedesktop/DBus",
			"org.freedesktop.DBus", "AddMatch");
		if (r >= 0)
			r = sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, rule);
		r = r < 0 ? fail(f, NULL, "cannot make a message to the bus")
			  : call(s, m, "the bus has not answered", &reply, f);
		sd_bus_message_unref(m);
		reply = sd_bus_message_unref(reply);
	}
	if (r < 0 || call_manager(s, "Subscribe", NULL, &reply, f) < 0)
		return -1;
	sender = sd_bus_message_get_sender(reply);
	snprintf(s->owner, sizeof(s->owner), "%s", sender ? sender : "");
	sd_bus_message_unref(reply);
	return 0;
}

/* Whether the process at the other end is in this pid namespace, or one below: the kernel shows the pid of another one
 * as 0. */
static bool shares_pids(const struct session *s)
{
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);

	return getsockopt(sd_bus_get_fd(s->bus), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0;
}

static int connect_to(struct session *s, const struct address *a, struct failure *f)
{
	int r = sd_bus_new(&s->bus);

	if (r >= 0)
		r = sd_bus_set_address(s->bus, a->address);
	if (r >= 0)
		r = sd_bus_set_bus_client(s->bus, a->is_bus);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(s->bus, (uint64_t)BUS_SECONDS_MAX * 1000000); /* we have our own */
	if (r >= 0)
		r = sd_bus_start(s->bus);
	if (r < 0)
		return lost(s, r, f);
	while ((r = sd_bus_is_ready(s->bus)) == 0) {
		if (step(s, s->deadline, 0, "no answer", NULL, f) < 0)
			return -1;
	}
	if (r < 0)
		return lost(s, r, f);
	if (!shares_pids(s))
		return fail(f, NULL,
			"it is in another pid namespace, where the pids of containers mean other processes");
	return a->is_bus ? subscribe(s, f) : 0;
}

int bus_connect(struct session *s, struct failure *f)
{
	const struct address *list = s->addresses;
	char tried[ERROR_TEXT_SIZE] = "";

	s->refused = false;
	for (size_t i = 0; i < s->address_count; i++) {
		size_t n = strlen(tried);

		if (connect_to(s, &list[i], f) == 0) {
			s->addresses[0] = list[i];
			s->address_count = 1;
			s->lost = false;
			return 0;
		}
		bus_close(s);
		if (s->ended)
			return -1;
		/* Not the next one after a timeout: it would not answer, either. */
		if (bus_now() >= s->deadline)
			return fail(f, NULL, "cannot reach systemd at '%s': %s", list[i].shown, f->text);
		snprintf(tried + n, sizeof(tried) - n, "%s'%.512s': %.512s", *tried ? "; " : "", list[i].shown,
			f->text);
	}
	return fail(f, NULL, s->address_count == 1 ? "cannot reach systemd at %s" : "no systemd here: %s", tried);
}

void bus_close(struct session *s)
{
	s->bus = sd_bus_close_unref(s->bus);
}

/* ---- units ---- */

/* Calls a method whose last argument are the properties. */
static int call_with_properties(struct session *s, sd_bus_message **ret, struct failure *f)
{
	const struct request *r = &s->request;
	sd_bus_message *m = NULL;
	int n = sd_bus_message_new_method_call(s->bus, &m, SYSTEMD, SYSTEMD_PATH, MANAGER,
		r->start ? "StartTransientUnit" : "SetUnitProperties");

	if (n >= 0)
		n = sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, r->unit);
	if (n >= 0)
		n = r->start ? sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, "fail")
			     : sd_bus_message_append_basic(m, SD_BUS_TYPE_BOOLEAN, &(int){ true });
	n = n < 0 ? fail(f, NULL, "the unit's name '%s' is not valid", r->unit) : append_properties(m, r, f);
	if (n >= 0 && r->start && sd_bus_message_append(m, "a(sa(sv))", 0) < 0)
		n = fail(f, NULL, "no memory for the message to systemd");
	if (n >= 0)
		n = call(s, m,
			r->start ? "systemd has not answered the request to start the unit"
				 : "systemd has not changed the unit",
			ret, f);
	sd_bus_message_unref(m);
	return n;
}

int bus_start_unit(struct session *s, char job[BUS_NAME_SIZE], struct failure *f)
{
	sd_bus_message *reply = NULL;
	const char *path;
	int r = 0;

	s->unit_removed = false;
	s->job_count = 0;
	if (call_with_properties(s, &reply, f) < 0)
		return -1;
	if (sd_bus_message_read(reply, "o", &path) > 0)
		snprintf(job, BUS_NAME_SIZE, "%s", path);
	else
		r = fail(f, NULL, "systemd has named no job for the unit '%s'", s->request.unit);
	sd_bus_message_unref(reply);
	return r;
}

int bus_set_properties(struct session *s, struct failure *f)
{
	sd_bus_message *reply = NULL;

	if (call_with_properties(s, &reply, f) < 0)
		return -1;
	sd_bus_message_unref(reply);
	return 0;
}

int bus_get_text(struct session *s, const char *interface, const char *name, char text[BUS_NAME_SIZE],
	struct failure *f)
{
	sd_bus_message *unit = NULL, *m = NULL, *reply = NULL;
	const char *path, *value;
	int r;

	/* Not by a path that is made from the name: systemd would load a unit that it does not have. */
	if (call_manager(s, "GetUnit", s->request.unit, &unit, f) < 0)
		return -1;
	r = sd_bus_message_read(unit, "o", &path);
	if (r > 0)
		r = sd_bus_message_new_method_call(s->bus, &m, SYSTEMD, path, "org.freedesktop.DBus.Properties", "Get");
	if (r >= 0)
		r = sd_bus_message_append(m, "ss", interface, name);
	r = r < 0 ? fail(f, NULL, "cannot make a message to systemd")
		  : call(s, m, "systemd has not answered", &reply, f);
	if (r >= 0 && sd_bus_message_read(reply, "v", "s", &value) <= 0)
		r = fail(f, NULL, "systemd has sent another value for '%s'", name);
	if (r >= 0)
		snprintf(text, BUS_NAME_SIZE, "%s", value);
	sd_bus_message_unref(reply);
	sd_bus_message_unref(m);
	sd_bus_message_unref(unit);
	return r;
}

int bus_find_process(struct session *s, struct failure *f)
{
	const char *ours = request_process(&s->request);
	sd_bus_message *reply = NULL;
	const char *cgroup, *command;
	char text[sizeof("4294967295")];
	uint32_t pid;
	int found = 0;

	if (call_manager(s, "GetUnitProcesses", s->request.unit, &reply, f) < 0)
		return -1;
	if (sd_bus_message_enter_container(reply, SD_BUS_TYPE_ARRAY, "(sus)") < 0)
		found = 1;
	while (found < 2 && sd_bus_message_read(reply, "(sus)", &cgroup, &pid, &command) > 0) {
		snprintf(text, sizeof(text), "%u", pid);
		found = ours && strcmp(ours, text) == 0 ? 2 : 1;
	}
	sd_bus_message_unref(reply);
	return found;
}
