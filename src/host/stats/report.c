/* What happens in a container while it runs, as lines of JSON: what it uses, at intervals, and its OOM kills. Runs on
 * the host; changes nothing. One poll(2) waits for everything. */
#include "host/stats/parts.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/text.h"
#include "host/stats/stats.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY_EVENTS_MAX = 4096 };

struct stream {
	const struct events_source *source;
	int memory_events; /* -1 without the memory controller, which counts OOM kills */
	int out;
	uint64_t oom_kills; /* how many have been reported */
};

/* Writes an event, which is one line. */
static int write_event(const struct stream *stream, const struct event *event, struct error *err)
{
	cleanup_free char *json = NULL;
	size_t length;

	if (oci_write(&event_type, event, OCI_WRITE_COMPACT, &json, &length) < 0)
		return error_set(err, errno, "cannot write the events");
	/* The newline replaces the terminating zero: one write(2) for the line, so that a reader gets it whole. */
	json[length] = '\n';
	if (fd_write_all(stream->out, json, length + 1) < 0)
		return error_set(err, errno, "cannot write to the standard output");
	return 0;
}

static int write_stats(const struct stream *stream, struct error *err)
{
	const struct events_source *source = stream->source;
	struct stats stats = { 0 };
	const struct event event = { .type = "stats", .id = source->id, .data = &stats };
	int result = stats_read(source->cgroup, &stats, err);

	if (result == 0 && source->resctrl >= 0)
		result = rdt_stats_read(source->resctrl, &source->rdt, source->id, &stats.intel_rdt, err);
	if (result == 0)
		result = write_event(stream, &event, err);
	stats_free(&stats);
	return result;
}

/* Reads the counter of OOM kills; if that fails, it has not changed. Reading arms the next POLLPRI. */
static uint64_t read_oom_kills(const struct stream *stream)
{
	static const char key[] = "\noom_kill ";
	char text[MEMORY_EVENTS_MAX];
	ssize_t n = stream->memory_events < 0 ? -1 : pread(stream->memory_events, text, sizeof(text) - 1, 0);
	uint64_t number;
	char *value;

	if (n < 0)
		return stream->oom_kills;
	text[n] = '\0';
	value = strstr(text, key);
	if (!value)
		return stream->oom_kills;
	value += sizeof(key) - 1;
	value[strcspn(value, "\n")] = '\0';
	return text_to_u64(value, &number) ? number : stream->oom_kills;
}

/* Reports OOM kills since the last report. The kernel counts them but does not say which process each of them was. */
static int write_oom(struct stream *stream, struct error *err)
{
	const struct event event = { .type = "oom", .id = stream->source->id };
	uint64_t kills = read_oom_kills(stream);

	if (kills == stream->oom_kills)
		return 0;
	stream->oom_kills = kills;
	return write_event(stream, &event, err);
}

static int follow(struct stream *stream, int pidfd, long interval_ms, struct error *err)
{
	long next = clock_ms() + interval_ms;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = pidfd, .events = POLLIN },
			{ .fd = stream->memory_events, .events = POLLPRI },
			{ .fd = stream->out },
		};
		long left = next - clock_ms();

		if (left < 0)
			left = 0;
		if (poll(fds, sizeof(fds) / sizeof(fds[0]), left > INT_MAX ? INT_MAX : (int)left) < 0 && errno != EINTR)
			return error_set(err, errno, "cannot wait for events");
		/* The kernel may delay an event, so the counter is read after every wakeup, also that of the process's
		 * end. */
		if (write_oom(stream, err) < 0)
			return -1;
		if (fds[0].revents || fds[2].revents)
			return 0;
		if (clock_ms() < next)
			continue;
		/* The pidfd does not tell of the end while init waits for a zombie that its parent does not reap. */
		if (stream->source->pid > 0 && proc_has_ended(stream->source->pid))
			return 0;
		if (write_stats(stream, err) < 0)
			return -1;
		next = clock_ms() + interval_ms;
	}
}

int events_follow(const struct events_source *source, int pidfd, int out, long interval_ms, struct error *err)
{
	cleanup_fd int memory_events = openat(source->cgroup, "memory.events", O_RDONLY | O_CLOEXEC);
	struct stream stream = { .source = source, .memory_events = memory_events, .out = out };

	stream.oom_kills = read_oom_kills(&stream);
	return follow(&stream, pidfd, interval_ms, err);
}

int events_report(const struct events_source *source, int out, struct error *err)
{
	return write_stats(&(struct stream){ .source = source, .out = out }, err);
}
