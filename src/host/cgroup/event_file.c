/* The kernel's file cgroup.events: reading it, and waiting for a change of it. Runs on the host. */
#include "host/cgroup/parts.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 4096 };

bool cgroup_is_gone(int number)
{
	return number == ENOENT || number == ENODEV;
}

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

/* Waits for a change, at most ms milliseconds. A seccomp filter that tare itself runs under may refuse poll(2); undoing
 * a create has to work all the same, so nanosleep(2) stands in. */
static void await_change(int events, long ms)
{
	struct pollfd change = { .fd = events, .events = POLLPRI };
	const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	if (poll(&change, 1, (int)ms) < 0 && errno != EINTR)
		nanosleep(&time, NULL);
}

/* The kernel delays an event that follows another one within 10 ms, so the file is read again after 1 ms, 2 ms, 4 ms
 * and so on, besides waiting for POLLPRI. */
int cgroup_wait_event(int events, const char *name, int value, long timeout_ms)
{
	long deadline = clock_ms() + timeout_ms;

	for (long pause = 1;; pause *= 2) {
		long left = deadline - clock_ms();
		/* Reading the file arms the next POLLPRI. */
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
