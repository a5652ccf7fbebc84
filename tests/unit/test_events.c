/* Following a container: stats at intervals, an OOM kill for each change of the kernel's counter, and the end. The
 * cgroup is an ordinary directory, the container a child that waits. */
#include "base/child.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "host/container/container.h"
#include "host/stats/stats.h"
#include "scratch.h"
#include "tap.h"

#include <signal.h>
#include <sys/pidfd.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 8192 };

static const char oom_line[] = "{\"type\":\"oom\",\"id\":\"c1\"}\n";
static const char stats_start[] = "{\"type\":\"stats\",\"id\":\"c1\",\"data\":{\"cpu\":{";

static int cgroup;

/* Writes into the existing file, which the tested function has open. */
static void set_oom_kills(char digit)
{
	char text[] = "low 0\noom 1\noom_kill 0\noom_group_kill 0\n";
	/* O_CREAT: in the directory of the test; the second call has to write to the same file */
	int fd = openat(cgroup, "memory.events", O_WRONLY | O_CREAT, 0600);

	strstr(text, "oom_kill ")[9] = digit;
	ok(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "the counter is set");
	close(fd);
}

static pid_t start_container(int *ret_pidfd)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	*ret_pidfd = pidfd_open(pid, 0);
	return pid;
}

static pid_t start_follower(int pidfd, int out, long interval_ms)
{
	const struct events_source source = { .id = "c1", .cgroup = cgroup, .resctrl = -1 };
	pid_t pid = fork();
	struct error err;

	if (pid == 0)
		_exit(events_follow(&source, pidfd, out, interval_ms, &err) == 0 ? 0 : 1);
	return pid;
}

static void stop(pid_t pid)
{
	int code;

	kill(pid, SIGKILL);
	child_wait(pid, &code);
}

/* Reads exactly one line with its newline. Returns false at the end of the file. */
static bool next_line(int fd, char line[LINE_MAX_BYTES])
{
	size_t n = 0;

	while (n + 1 < LINE_MAX_BYTES && read(fd, line + n, 1) == 1) {
		if (line[n++] == '\n')
			break;
	}
	line[n] = '\0';
	return n > 0;
}

static bool tells_stats(int fd)
{
	char line[LINE_MAX_BYTES];

	return next_line(fd, line) && text_starts(line, stats_start);
}

/* True when an OOM kill follows after at most at_most lines of stats, with no other line before it. */
static bool tells_oom(int fd, int at_most)
{
	char line[LINE_MAX_BYTES];

	while (next_line(fd, line) && at_most-- >= 0) {
		if (strcmp(line, oom_line) == 0)
			return true;
		if (!text_starts(line, stats_start) || line[strlen(line) - 1] != '\n')
			return false;
	}
	return false;
}

static void test_following(void)
{
	int ends[2];
	int pidfd;
	int code = -1;
	pid_t container = start_container(&pidfd);
	pid_t follower;
	char line[LINE_MAX_BYTES];

	set_oom_kills('3');
	ok(pipe2(ends, O_CLOEXEC) == 0, "there is a pipe");
	follower = start_follower(pidfd, ends[1], 1);
	close(ends[1]);
	ok(tells_stats(ends[0]), "stats come after an interval");
	ok(tells_stats(ends[0]), "and again, and kills from before are no event");
	set_oom_kills('4');
	ok(tells_oom(ends[0], 100000), "a kill is an event");
	ok(tells_stats(ends[0]), "once");
	set_oom_kills('6');
	stop(container);
	ok(tells_oom(ends[0], 100000), "one at the very end is not lost");
	ok(!tells_oom(ends[0], 100000) && !next_line(ends[0], line), "two at once are one, and then comes the end");
	child_wait(follower, &code);
	is_int(code, 0, "which is no failure");
	close(ends[0]);
	close(pidfd);
}

static void test_no_reader(void)
{
	int ends[2];
	int pidfd;
	int code = -1;
	pid_t container = start_container(&pidfd);

	ok(pipe2(ends, O_CLOEXEC) == 0, "there is a pipe");
	close(ends[0]);
	child_wait(start_follower(pidfd, ends[1], 3600L * 1000), &code);
	is_int(code, 0, "a follower without a reader ends at once, whatever its interval");
	close(ends[1]);
	stop(container);
	close(pidfd);
}

int main(void)
{
	cgroup = scratch_open();
	file_replace(cgroup, "cgroup.procs", 0600, "", 0, NULL);
	test_following();
	test_no_reader();
	scratch_close(cgroup);
	return done();
}
