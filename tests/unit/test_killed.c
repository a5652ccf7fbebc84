/* The reason why a process was killed, as far as it is known. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "host/parts.h"
#include "host/spawn/spawn.h"
#include "scratch.h"
#include "tap.h"

#include <signal.h>
#include <sys/pidfd.h>

static struct oci_rlimit limits[] = {
	{ .type = (char *)"RLIMIT_NOFILE", .soft = 1 },
	{ .type = (char *)"RLIMIT_STACK", .soft = 4096 },
	{ .type = (char *)"RLIMIT_AS", .soft = 0 },
};

/* Checks the description, and the JSON path that it is about. */
static void says(const struct killed *killed, const char *wanted, const char *place, const char *what)
{
	cleanup_text struct text text = { 0 };
	const char *found = killed_describe(killed, &text);

	is_str(text.s, wanted, what);
	is_str(found, place, "with its place");
}

static void test_filter(void)
{
	struct killed killed = { .signal = SIGSYS };

	says(&killed, "killed by signal 31 (SIGSYS)", NULL, "a signal has a name");
	killed.has_filter = true;
	says(&killed, "killed by signal 31 (SIGSYS): linux.seccomp forbids a system call that it made", "linux.seccomp",
		"with a filter there is a reason");
	killed.signal = 64;
	says(&killed, "killed by signal 64", NULL, "not all signals have one");
}

static void test_limits(void)
{
	struct oci_process process = { .rlimits = { .n = 3, .items = limits } };
	struct killed killed = { .signal = SIGSEGV, .process = &process };

	says(&killed,
		"killed by signal 11 (SIGSEGV): process.rlimits: RLIMIT_STACK of 4096 bytes and RLIMIT_AS of 0 bytes may be too low",
		"process.rlimits", "all limits of memory that are low are named");
	killed.signal = SIGTERM;
	says(&killed, "killed by signal 15 (SIGTERM)", NULL, "they are no reason for any other signal");
	killed.signal = SIGSEGV;
	limits[1].soft = UINT64_C(8) << 20;
	limits[2].soft = UINT64_MAX;
	says(&killed, "killed by signal 11 (SIGSEGV)", NULL, "limits of an ordinary size are none");
}

static void write_file(int dir, const char *name, const char *text)
{
	struct error err;

	if (file_replace(dir, name, 0600, text, strlen(text), &err) < 0)
		printf("# %s\n", err.text);
}

static void test_memory(int dir)
{
	struct oom_watch memory = oom_watch_begin(dir, NULL);
	struct killed killed = { .signal = SIGKILL, .memory = &memory };

	says(&killed, "killed by signal 9 (SIGKILL)", NULL, "without the files of the controller nothing is known");
	write_file(dir, "memory.events", "low 0\noom 7\noom_kill 0\noom_group_kill 0\n");
	write_file(dir, "memory.max", "max\n");
	says(&killed, "killed by signal 9 (SIGKILL)", NULL, "the kernel has not killed anything");
	write_file(dir, "memory.events", "low 0\noom 7\noom_kill 12\noom_group_kill 0\n");
	says(&killed, "killed by signal 9 (SIGKILL): the kernel kills processes of its cgroup for want of memory",
		"linux.resources.memory.limit", "it has");
	write_file(dir, "memory.max", "65536\n");
	says(&killed,
		"killed by signal 9 (SIGKILL): the kernel kills processes of its cgroup for want of memory: linux.resources.memory.limit is 65536 bytes",
		"linux.resources.memory.limit", "by the limit of the cgroup");
	killed.signal = SIGTERM;
	says(&killed, "killed by signal 15 (SIGTERM)", NULL, "which is no reason for any other signal");
}

/* A process that was killed or has ended, and is not reaped yet. */
static struct spawned child(int signal)
{
	struct spawned spawned = { .pid = fork(), .sync = -1 };

	if (spawned.pid == 0) {
		if (signal)
			raise(signal);
		_exit(1);
	}
	spawned.pidfd = pidfd_open(spawned.pid, 0);
	return spawned;
}

static void test_explain(int dir)
{
	struct sock_filter filter = { 0 };
	const struct plan plan = { .seccomp.instructions = &filter };
	struct spawned killed = child(SIGKILL);
	struct spawned filtered = child(SIGSYS);
	struct spawned ended = child(0);
	struct error err;

	error_set(&err, 0, "the container's init ended unexpectedly");
	killed_explain(&killed, &plan, NULL, -1, &err);
	is_str(err.text, "the container's init ended unexpectedly: killed by signal 9 (SIGKILL)",
		"an end has its signal");
	write_file(dir, "memory.events", "oom_kill 1\n");
	write_file(dir, "memory.max", "65536\n");
	error_set(&err, 0, "the container's init ended unexpectedly");
	killed_explain(&killed, &plan, NULL, dir, &err);
	ok(strstr(err.text, "linux.resources.memory.limit is 65536 bytes") && err.detail.code == ERROR_CGROUP_FAILED,
		"and its cgroup's limit of memory, where it has one");
	error_set(&err, 0, "the container's init ended unexpectedly");
	killed_explain(&filtered, &plan, NULL, -1, &err);
	ok(strstr(err.text, "signal 31 (SIGSYS): linux.seccomp forbids") && err.detail.code == ERROR_SECURITY_FAILED &&
			strcmp(err.detail.object, "linux.seccomp") == 0 && strstr(err.detail.hint, "noNewPrivileges"),
		"and its reason, with place and hint");
	error_set(&err, 0, "the container's init ended unexpectedly");
	killed_explain(&ended, &plan, NULL, -1, &err);
	is_str(err.text, "the container's init ended unexpectedly", "one that has ended by itself has none");
	error_set(&err, 0, "something else");
	killed_explain(&killed, &plan, NULL, -1, &err);
	is_str(err.text, "something else", "nor has another error");
	spawn_undo(&killed);
	spawn_undo(&filtered);
	spawn_undo(&ended);
}

int main(void)
{
	int dir = scratch_open();

	test_filter();
	test_limits();
	test_memory(dir);
	test_explain(dir);
	scratch_close(dir);
	return done();
}
