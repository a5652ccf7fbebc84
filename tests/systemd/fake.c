/* A systemd for tests, which listens as the real one does at its private socket, or owns its name on a bus, and makes
 * transient scopes with real cgroups. What it is asked stands in its log, a line each. Options make it misbehave. */
#include "fake.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SYSTEMD      "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define MANAGER      SYSTEMD ".Manager"
#define UNITS_PATH   SYSTEMD_PATH "/unit"

static const char usage[] =
	"usage: fake-systemd --log FILE [--socket PATH] [--bus ADDRESS] [OPTION...]\n"
	"\n"
	"  --log FILE       what is asked, a line each; the first line is \"ready\"\n"
	"  --socket PATH    listen there as at the private socket\n"
	"  --bus ADDRESS    own the name of systemd on this bus, and send signals to it after Subscribe\n"
	"  --root DIR       where the cgroups are, /sys/fs/cgroup if nothing is said\n"
	"  --unknown LIST   properties that are not known, separated by commas\n"
	"  --any            all others are known, with values of any type\n"
	"  --at K           misbehave at the K-th event: a call of the client, or the end of a job; 0 is the connection\n"
	"  --how HOW        stop: answer nothing any more; close: end all connections and take no new ones; drop: end\n"
	"                   them, and go on; error: send an error; silence: do not tell it; pause: stop by SIGSTOP, and\n"
	"                   go on as if nothing had been. \"stop\" if nothing is said\n"
	"  --job RESULT     how the jobs end, \"done\" if nothing is said\n"
	"  --early          the end of a job comes before the reply that names it\n"
	"  --foreign N      so many jobs of others end before\n"
	"  --exists N       a unit has the name already, for the first N tries\n"
	"  --state STATE    of that unit, \"failed\" if nothing is said\n"
	"  --process        that unit has a process\n"
	"  --silent         its removal is not told\n";

struct options {
	const char *log, *socket, *bus, *root, *how, *job, *state;
	struct known_properties properties;
	unsigned long at, foreign, exists;
	bool misbehaves, early, process, silent;
};

enum { CONNECTIONS_MAX = 64 };

struct fake {
	struct options options;
	FILE *log;
	sd_event *event;
	sd_event_source *listening;
	sd_bus *connections[CONNECTIONS_MAX];
	size_t connection_count;
	sd_bus *bus, *former_bus;
	bool subscribed;
	bool stopped;
	unsigned long ticks;
	unsigned int jobs;
	struct unit *units;
	struct unit *earlier; /* the unit that had the name before; one of the list, too */
};

static void die(const char *what, int error)
{
	fprintf(stderr, "fake-systemd: %s: %s\n", what, strerror(error < 0 ? -error : error));
	exit(1);
}

/* ---- misbehaviour ---- */

static void close_connections(struct fake *f)
{
	for (size_t i = 0; i < f->connection_count; i++)
		sd_bus_close(f->connections[i]);
	sd_bus_close(f->bus);
	if (f->stopped)
		f->listening = sd_event_source_unref(f->listening);
	if (f->stopped && f->options.socket)
		unlink(f->options.socket);
}

static void own_name(struct fake *f, const char *address);

/* Counts an event. Returns how to misbehave at it, or NULL. */
static const char *tick(struct fake *f)
{
	if (!f->options.misbehaves || ++f->ticks != f->options.at)
		return NULL;
	fprintf(f->log, "misbehaves: %s\n", f->options.how);
	f->stopped = strcmp(f->options.how, "stop") == 0 || strcmp(f->options.how, "close") == 0;
	if (strcmp(f->options.how, "close") == 0 || strcmp(f->options.how, "drop") == 0)
		close_connections(f);
	if (strcmp(f->options.how, "pause") == 0) {
		raise(SIGSTOP);
		return NULL;
	}
	if (strcmp(f->options.how, "drop") == 0 && f->bus) {
		f->former_bus = f->bus; /* whose message we are at */
		f->subscribed = false;
		own_name(f, f->options.bus);
	}
	return f->options.how;
}

/* ---- signals ---- */

/* To each connection, and to the bus where somebody subscribed. */
static void emit(struct fake *f, const char *member, const char *types, ...)
{
	if (f->stopped)
		return;
	for (size_t i = 0; i <= f->connection_count; i++) {
		sd_bus *last = f->subscribed ? f->bus : NULL;
		sd_bus *bus = i < f->connection_count ? f->connections[i] : last;
		va_list arguments;

		if (!bus)
			continue;
		va_start(arguments, types);
		(void)sd_bus_emit_signalv(bus, SYSTEMD_PATH, MANAGER, member, types, arguments);
		va_end(arguments);
	}
}

/* ---- units ---- */

static struct unit *find_unit(struct fake *f, const char *name)
{
	struct unit *unit = f->units;

	while (unit && strcmp(unit->name, name) != 0)
		unit = unit->next;
	return unit;
}

static struct unit *add_unit(struct fake *f, const struct unit *like)
{
	struct unit *unit = malloc(sizeof(*unit));

	if (!unit)
		die("no memory", ENOMEM);
	*unit = *like;
	unit->next = f->units;
	f->units = unit;
	return unit;
}

static void remove_unit(struct fake *f, struct unit *unit)
{
	char path[PATH_SIZE];
	struct unit **at = &f->units;

	while (*at != unit)
		at = &(*at)->next;
	*at = unit->next;
	if (unit == f->earlier)
		f->earlier = NULL;
	unit_remove_cgroup(unit, f->options.root);
	fprintf(f->log, "removed %s\n", unit->name);
	snprintf(path, sizeof(path), UNITS_PATH "/removed");
	if (!f->options.silent)
		emit(f, "UnitRemoved", "so", unit->name, path);
	free(unit);
}

static void on_emptied(struct unit *unit, void *data)
{
	if (strcmp(unit->state, "failed") != 0)
		remove_unit(data, unit);
}

/* The unit that has the name already, when there is to be one. */
static void add_earlier(struct fake *f, const char *name)
{
	struct unit unit = { 0 };

	if (f->options.exists == 0 || f->earlier) {
		if (f->options.exists == 0 && f->earlier)
			remove_unit(f, f->earlier);
		f->options.exists -= f->options.exists > 0;
		return;
	}
	f->options.exists--;
	snprintf(unit.name, sizeof(unit.name), "%s", name);
	snprintf(unit.state, sizeof(unit.state), "%s", f->options.state);
	snprintf(unit.result, sizeof(unit.result), "success");
	f->earlier = add_unit(f, &unit);
}

/* systemd notices that nobody needs the unit any more. */
static void collect(struct fake *f, struct unit *unit)
{
	if (unit && unit == f->earlier && !f->options.process && !f->options.silent)
		remove_unit(f, unit);
}

/* ---- the methods ---- */

static int no_such_unit(const char *name, sd_bus_error *error)
{
	return sd_bus_error_setf(error, SYSTEMD ".NoSuchUnit", "Unit %s not loaded.", name);
}

static void job_ends(struct fake *f, unsigned int job, const char *name, const char *result)
{
	char path[NAME_SIZE];

	snprintf(path, sizeof(path), SYSTEMD_PATH "/job/%u", job);
	emit(f, "JobRemoved", "uoss", job, path, name, result);
}

static void others_end(struct fake *f, const char *name)
{
	for (unsigned long i = 0; i < f->options.foreign; i++)
		job_ends(f, ++f->jobs, i % 2 ? name : "other.service", "canceled");
}

/* Starts the unit. Returns the result of its job. */
static const char *run_job(struct fake *f, struct unit *unit)
{
	const char *result = f->options.job;

	if (strcmp(result, "done") == 0 && unit_make_cgroup(unit, f->options.root, f->event, on_emptied, f) < 0) {
		fprintf(f->log, "no cgroup for %s: %s\n", unit->name, strerror(errno));
		result = "failed";
	}
	snprintf(unit->state, sizeof(unit->state), "%s", strcmp(result, "done") == 0 ? "active" : "failed");
	snprintf(unit->result, sizeof(unit->result), "%s",
		strcmp(result, "done") == 0             ? "success"
			: strcmp(result, "failed") == 0 ? "resources"
							: result);
	return result;
}

static int read_start(sd_bus_message *m, struct fake *f, struct unit *unit, sd_bus_error *error)
{
	const char *name, *mode;

	if (sd_bus_message_read(m, "ss", &name, &mode) <= 0 ||
		properties_read(m, &f->options.properties, unit, NULL, error) < 0)
		return -1;
	(void)sd_bus_message_rewind(m, true);
	(void)sd_bus_message_read(m, "ss", &name, &mode);
	return properties_read(m, &f->options.properties, unit, f->log, error);
}

static int start_transient_unit(struct fake *f, sd_bus_message *m, sd_bus_error *error)
{
	struct unit made = { 0 }, *unit;
	const char *name, *mode, *result, *how;
	unsigned int job;
	char path[NAME_SIZE];

	if (sd_bus_message_read(m, "ss", &name, &mode) <= 0)
		return -EINVAL;
	fprintf(f->log, "start %s %s\n", name, mode);
	add_earlier(f, name);
	if (find_unit(f, name))
		return sd_bus_error_setf(error, SYSTEMD ".UnitExists",
			"Unit %s was already loaded or has a fragment file.", name);
	snprintf(made.name, sizeof(made.name), "%s", name);
	(void)sd_bus_message_rewind(m, true);
	if (read_start(m, f, &made, error) < 0)
		return -EINVAL;
	unit = add_unit(f, &made);
	result = run_job(f, unit);
	job = ++f->jobs;
	snprintf(path, sizeof(path), SYSTEMD_PATH "/job/%u", job);
	if (f->options.early) {
		others_end(f, name);
		job_ends(f, job, name, result);
	}
	(void)sd_bus_reply_method_return(m, "o", path);
	emit(f, "JobNew", "uos", job, path, name);
	if (f->options.early)
		return 1;
	how = tick(f);
	others_end(f, name);
	if (!how || strcmp(how, "silence") != 0)
		job_ends(f, job, name, how && strcmp(how, "error") == 0 ? "failed" : result);
	return 1;
}

static int set_unit_properties(struct fake *f, sd_bus_message *m, sd_bus_error *error)
{
	struct unit ignored = { 0 };
	const char *name;
	int runtime;

	if (sd_bus_message_read(m, "sb", &name, &runtime) <= 0)
		return -EINVAL;
	fprintf(f->log, "set %s %s\n", name, runtime ? "runtime" : "persistent");
	if (!find_unit(f, name))
		return no_such_unit(name, error);
	if (properties_read(m, &f->options.properties, &ignored, NULL, error) < 0)
		return -EINVAL;
	(void)sd_bus_message_rewind(m, true);
	(void)sd_bus_message_read(m, "sb", &name, &runtime);
	if (properties_read(m, &f->options.properties, &ignored, f->log, error) < 0)
		return -EINVAL;
	return sd_bus_reply_method_return(m, NULL);
}

static int reset_failed_unit(struct fake *f, sd_bus_message *m, sd_bus_error *error)
{
	const char *name;
	struct unit *unit;

	if (sd_bus_message_read(m, "s", &name) <= 0)
		return -EINVAL;
	fprintf(f->log, "reset %s\n", name);
	unit = find_unit(f, name);
	if (!unit)
		return no_such_unit(name, error);
	if (unit == f->earlier)
		collect(f, unit);
	else if (strcmp(unit->state, "failed") == 0)
		remove_unit(f, unit);
	return sd_bus_reply_method_return(m, NULL);
}

static int stop_unit(struct fake *f, sd_bus_message *m, sd_bus_error *error)
{
	const char *name, *mode;
	unsigned int pids[PIDS_MAX];
	struct unit *unit;
	size_t count;
	char path[NAME_SIZE];

	if (sd_bus_message_read(m, "ss", &name, &mode) <= 0)
		return -EINVAL;
	fprintf(f->log, "stop %s %s\n", name, mode);
	unit = find_unit(f, name);
	if (!unit)
		return no_such_unit(name, error);
	count = unit_read_pids(unit, f->options.root, pids, PIDS_MAX);
	snprintf(unit->state, sizeof(unit->state), "deactivating");
	for (size_t i = 0; i < count; i++)
		kill((pid_t)pids[i], SIGTERM);
	if (count == 0)
		remove_unit(f, unit);
	snprintf(path, sizeof(path), SYSTEMD_PATH "/job/%u", ++f->jobs);
	return sd_bus_reply_method_return(m, "o", path);
}

static int get_unit(struct fake *f, sd_bus_message *m, sd_bus_error *error)
{
	const char *name;
	char *path = NULL;
	int r;

	if (sd_bus_message_read(m, "s", &name) <= 0)
		return -EINVAL;
	if (!find_unit(f, name))
		return no_such_unit(name, error);
	if (sd_bus_path_encode(UNITS_PATH, name, &path) < 0)
		return -ENOMEM;
	r = sd_bus_reply_method_return(m, "o", path);
	free(path);
	return r;
}

static int get_unit_processes(struct fake *f, sd_bus_message *m, sd_bus_error *error)
{
	unsigned int pids[PIDS_MAX];
	sd_bus_message *reply = NULL;
	const char *name;
	struct unit *unit;
	size_t count;
	int r;

	if (sd_bus_message_read(m, "s", &name) <= 0)
		return -EINVAL;
	unit = find_unit(f, name);
	if (!unit)
		return no_such_unit(name, error);
	count = unit_read_pids(unit, f->options.root, pids, PIDS_MAX);
	if (unit == f->earlier && f->options.process)
		pids[count++] = 1;
	r = sd_bus_message_new_method_return(m, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(sus)");
	for (size_t i = 0; r >= 0 && i < count; i++)
		r = sd_bus_message_append(reply, "(sus)", unit->cgroup, pids[i], "a process");
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	collect(f, unit);
	return r < 0 ? r : 1;
}

static int get_property(struct fake *f, sd_bus_message *m, sd_bus_error *error)
{
	const char *interface, *property, *value = NULL;
	struct unit *unit = NULL;
	char *name = NULL;
	int r;

	if (sd_bus_message_read(m, "ss", &interface, &property) <= 0)
		return -EINVAL;
	if (sd_bus_path_decode(sd_bus_message_get_path(m), UNITS_PATH, &name) > 0)
		unit = find_unit(f, name);
	free(name);
	if (!unit)
		return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_OBJECT, "Unknown object '%s'.",
			sd_bus_message_get_path(m));
	if (strcmp(property, "ActiveState") == 0)
		value = unit->state;
	else if (strcmp(property, "SubState") == 0)
		value = strcmp(unit->state, "active") == 0 ? "running" : unit->state;
	else if (strcmp(property, "ControlGroup") == 0)
		value = unit->cgroup;
	else if (strcmp(property, "Result") == 0)
		value = unit->result;
	else
		return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_PROPERTY, "Unknown property '%s'.", property);
	r = sd_bus_reply_method_return(m, "v", "s", value);
	if (strcmp(unit->state, "inactive") == 0 || strcmp(unit->state, "deactivating") == 0)
		collect(f, unit);
	return r;
}

static int subscribe(struct fake *f, sd_bus_message *m, sd_bus_error *error)
{
	(void)error;
	f->subscribed = true;
	return sd_bus_reply_method_return(m, NULL);
}

static int on_message(sd_bus_message *m, void *data, sd_bus_error *error)
{
	static const struct {
		const char *name;
		int (*call)(struct fake *f, sd_bus_message *m, sd_bus_error *error);
	} methods[] = {
		{ "Subscribe", subscribe },
		{ "StartTransientUnit", start_transient_unit },
		{ "SetUnitProperties", set_unit_properties },
		{ "ResetFailedUnit", reset_failed_unit },
		{ "StopUnit", stop_unit },
		{ "GetUnit", get_unit },
		{ "GetUnitProcesses", get_unit_processes },
		{ "Get", get_property },
	};
	struct fake *f = data;
	const char *member = sd_bus_message_get_member(m), *how;
	int r;

	if (sd_bus_message_is_signal(m, "org.freedesktop.DBus.Local", "Connected"))
		fputs("connected\n", f->log);
	if (!sd_bus_message_is_method_call(m, NULL, NULL))
		return f->stopped;
	fprintf(f->log, "%s %s\n", f->stopped ? "ignores" : "call", member);
	if (f->stopped)
		return 1;
	how = tick(f);
	if (how)
		return strcmp(how, "error") != 0
			? 1
			: sd_bus_reply_method_errorf(m, SD_BUS_ERROR_FAILED, "The fake was told to fail.");
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strcmp(methods[i].name, member) != 0)
			continue;
		r = methods[i].call(f, m, error);
		return r < 0 || sd_bus_error_is_set(error) ? -EIO : 1;
	}
	return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_METHOD, "Unknown method %s.", member);
}

/* ---- connections ---- */

static void drop_closed_connections(struct fake *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->connection_count; i++) {
		if (sd_bus_is_open(f->connections[i]) > 0)
			f->connections[kept++] = f->connections[i];
		else
			sd_bus_unref(f->connections[i]);
	}
	f->connection_count = kept;
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct fake *f = data;
	sd_bus *bus = NULL;
	sd_id128_t id;
	int r, connection = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)source;
	(void)events;
	if (connection < 0)
		return 0;
	if (f->options.misbehaves && f->options.at == 0) {
		fprintf(f->log, "misbehaves: %s\n", f->options.how);
		if (strcmp(f->options.how, "stop") != 0)
			close(connection);
		return 0; /* or never looks at it */
	}
	drop_closed_connections(f);
	r = f->connection_count < CONNECTIONS_MAX ? sd_bus_new(&bus) : -EMFILE;
	if (r >= 0)
		r = sd_bus_set_fd(bus, connection, connection);
	if (r >= 0)
		r = sd_id128_randomize(&id);
	if (r >= 0)
		r = sd_bus_set_server(bus, 1, id);
	if (r >= 0)
		r = sd_bus_set_sender(bus, SYSTEMD);
	if (r >= 0)
		r = sd_bus_set_connected_signal(bus, 1);
	if (r >= 0)
		r = sd_bus_add_filter(bus, NULL, on_message, f);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r >= 0)
		r = sd_bus_attach_event(bus, f->event, SD_EVENT_PRIORITY_NORMAL);
	if (r < 0)
		die("cannot serve a connection", r);
	f->connections[f->connection_count++] = bus;
	return 0;
}

static void listen_at(struct fake *f, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, SOMAXCONN) < 0 ||
		sd_event_add_io(f->event, &f->listening, fd, EPOLLIN, on_connection, f) < 0 ||
		sd_event_source_set_io_fd_own(f->listening, 1) < 0)
		die(path, errno);
}

static void own_name(struct fake *f, const char *address)
{
	int r = sd_bus_new(&f->bus);

	if (r >= 0)
		r = sd_bus_set_address(f->bus, address);
	if (r >= 0)
		r = sd_bus_set_bus_client(f->bus, 1);
	if (r >= 0)
		r = sd_bus_add_filter(f->bus, NULL, on_message, f);
	if (r >= 0)
		r = sd_bus_start(f->bus);
	if (r >= 0)
		r = sd_bus_attach_event(f->bus, f->event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_bus_request_name(f->bus, SYSTEMD, 0);
	if (r < 0)
		die(address, r);
}

static void read_options(struct options *o, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "log", required_argument, NULL, 'l' },
		{ "socket", required_argument, NULL, 's' },
		{ "bus", required_argument, NULL, 'b' },
		{ "root", required_argument, NULL, 'r' },
		{ "unknown", required_argument, NULL, 'u' },
		{ "any", no_argument, NULL, 'n' },
		{ "at", required_argument, NULL, 'a' },
		{ "how", required_argument, NULL, 'h' },
		{ "job", required_argument, NULL, 'j' },
		{ "early", no_argument, NULL, 'e' },
		{ "foreign", required_argument, NULL, 'f' },
		{ "exists", required_argument, NULL, 'x' },
		{ "state", required_argument, NULL, 't' },
		{ "process", no_argument, NULL, 'p' },
		{ "silent", no_argument, NULL, 'q' },
		{ 0 },
	};
	struct {
		int code;
		const char **text;
		unsigned long *number;
		bool *flag;
	} rows[] = {
		{ 'l', .text = &o->log },
		{ 's', .text = &o->socket },
		{ 'b', .text = &o->bus },
		{ 'r', .text = &o->root },
		{ 'u', .text = &o->properties.unknown },
		{ 'n', .flag = &o->properties.any },
		{ 'a', .number = &o->at },
		{ 'h', .text = &o->how },
		{ 'j', .text = &o->job },
		{ 'e', .flag = &o->early },
		{ 'f', .number = &o->foreign },
		{ 'x', .number = &o->exists },
		{ 't', .text = &o->state },
		{ 'p', .flag = &o->process },
		{ 'q', .flag = &o->silent },
	};
	int code;

	while ((code = getopt_long(argc, argv, "", long_options, NULL)) >= 0) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			if (rows[i].code != code)
				continue;
			if (rows[i].text)
				*rows[i].text = optarg;
			else if (rows[i].number)
				*rows[i].number = strtoul(optarg, NULL, 10);
			else
				*rows[i].flag = true;
		}
		if (code == 'a')
			o->misbehaves = true;
		if (code == '?')
			o->log = NULL, optind = argc + 1;
	}
	if (optind != argc || !o->log || (!o->socket && !o->bus)) {
		fputs(usage, stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	static struct fake f = {
		.options = { .root = "/sys/fs/cgroup",
			.properties = { .unknown = "" },
			.how = "stop",
			.job = "done",
			.state = "failed" },
	};
	sigset_t signals;

	read_options(&f.options, argc, argv);
	f.log = fopen(f.options.log, "we");
	if (!f.log)
		die(f.options.log, errno);
	setvbuf(f.log, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	if (sd_event_new(&f.event) < 0 || sd_event_add_signal(f.event, NULL, SIGTERM, NULL, NULL) < 0)
		die("no event loop", ENOMEM);
	if (f.options.socket)
		listen_at(&f, f.options.socket);
	if (f.options.bus)
		own_name(&f, f.options.bus);
	fputs("ready\n", f.log);
	sd_event_loop(f.event);
	while (f.units)
		remove_unit(&f, f.units);
	if (f.options.socket)
		unlink(f.options.socket);
	return 0;
}
