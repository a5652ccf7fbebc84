/* What the kernel says of the processes of a cgroup in its file cgroup.events, and waiting for that. Runs on the
 * host. */
#include "host/cgroup/parts.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 4096 };

/* What an error says of a cgroup that has been removed meanwhile; nothing else means so. */
bool cgroup_is_gone(int number)
{
	return number == ENOENT || number == ENODEV;
}

/* The value of a line like "populated 1" in an open cgroup.events; -1 with errno when it cannot be read. In a cgroup
 * that has been removed meanwhile nothing is. */
int cgroup_read_event(int events, const char *name)
{
	char text[EVENTS_MAX];
	ssize_t n = pread(events, text, sizeof(text) - 1, 0);
	const char *line;

	if (n < 0)
		return errno == ENODEV ? 0 : -1;
	text[n] = '\0';
	line = strstr(text, name);
	if (line && line[strlen(name)] == ' ')
		return line[strlen(name) + 1] - '0';
	errno = EIO;
	return -1;
}

/* A filter around us may refuse poll(2), and undoing must not depend on it. */
static void await_change(int events, long ms)
{
	struct pollfd change = { .fd = events, .events = POLLPRI };
	const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	if (poll(&change, 1, (int)ms) < 0 && errno != EINTR)
		nanosleep(&time, NULL);
}

/* Waits until the event called name has the value. The kernel holds back an event that follows another one within 10
 * ms, so a young container is looked at again and again, at growing distances. Returns 1, 0 when the time is up, or -1
 * with errno. */
int cgroup_wait_event(int events, const char *name, int value, long timeout_ms)
{
	long deadline = clock_ms() + timeout_ms;

	for (long pause = 1;; pause *= 2) {
		long left = deadline - clock_ms();
		/* Reading is what arms the next event. */
		int now = cgroup_read_event(events, name);

		if (now < 0)
			return -1;
		if (now == value)
			return 1;
		if (left <= 0)
			return 0;
		await_change(events, pause < left ? pause : left);
	}
}
