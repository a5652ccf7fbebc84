/* /proc: the identity of a process, with any name, and the private procfs. */
#include "base/proc.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/file.h"

#include "tap.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <linux/magic.h>
#include <time.h>

/* Makes a child that sets its name and sleeps. Returns when the child has the name. */
static pid_t child_called(const char *name)
{
	int ends[2];
	char byte;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, name);
		close(ends[0]);
		close(ends[1]);
		for (;;)
			pause();
	}
	close(ends[1]);
	if (read(ends[0], &byte, 1) != 0) /* the end of file: the child has closed its side */
		pid = -1;
	close(ends[0]);
	return pid;
}

static void end_child(pid_t pid)
{
	int code;

	kill(pid, SIGKILL);
	child_wait(pid, &code);
}

static void test_self(void)
{
	struct proc_identity identity = { 0 };
	struct timespec now;
	uint64_t ticks;

	clock_gettime(CLOCK_BOOTTIME, &now);
	ticks = (uint64_t)now.tv_sec * (uint64_t)sysconf(_SC_CLK_TCK);
	is_int(proc_identify(getpid(), &identity), 0, "we can be identified");
	is_int(identity.state, 'R', "we are running");
	ok(identity.start_time > 0 && identity.start_time <= ticks + (uint64_t)sysconf(_SC_CLK_TCK),
		"we started after the machine and before now");
}

/* The fields behind the name are counted from its last bracket: a name with brackets must not shift them. */
static void test_names(void)
{
	static const char *const names[] = { "plain", ")", "a) R 1 2 3", "(((", ")))", ") Z", "a b c", "\n) S 1\n",
		"" };
	struct proc_identity us;

	proc_identify(getpid(), &us);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct proc_identity identity = { 0 };
		pid_t pid = child_called(names[i]);
		char what[64];

		snprintf(what, sizeof(what), "name %zu does not matter", i);
		proc_identify(pid, &identity);
		ok((identity.state == 'S' || identity.state == 'R') && identity.start_time >= us.start_time &&
				identity.start_time < us.start_time + 1000 * (uint64_t)sysconf(_SC_CLK_TCK),
			what);
		end_child(pid);
	}
}

static void test_ended(void)
{
	struct proc_identity identity = { .state = '?', .start_time = 7 };
	struct proc_identity alive = { 0 };
	pid_t pid = child_called("soon gone");
	siginfo_t info;
	int code;

	proc_identify(pid, &alive);
	kill(pid, SIGKILL);
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	ok(proc_identify(pid, &identity) == 0 && identity.state == 'Z', "a dead child that nobody reaped is a zombie");
	ok(!alive.exiting && identity.exiting && proc_has_ended(pid), "which has ended");
	ok(!proc_has_ended(getpid()), "as we have not");
	ok(identity.start_time == alive.start_time, "and still the same process");
	child_wait(pid, &code);
	identity = (struct proc_identity){ .state = '?', .start_time = 7 };
	ok(proc_identify(pid, &identity) < 0 && errno == ESRCH, "one that was reaped is no process");
	ok(identity.state == '?' && identity.start_time == 7, "and leaves the result alone");
	ok(proc_identify(-1, &identity) < 0 && errno == ESRCH, "nor is a number that is no pid");
}

static void *stay(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* A child whose first thread has ended and whose second thread goes on. */
static pid_t child_without_first_thread(void)
{
	struct proc_identity identity = { 0 };
	pid_t pid = fork();
	pthread_t thread;

	if (pid == 0) {
		if (pthread_create(&thread, NULL, stay, NULL) != 0)
			_exit(1);
		pthread_exit(NULL);
	}
	while (proc_identify(pid, &identity) == 0 && identity.state != 'Z')
		sched_yield();
	return pid;
}

static void test_threads(void)
{
	struct proc_identity identity = { 0 };
	pid_t pid = child_without_first_thread();

	ok(proc_identify(pid, &identity) == 0 && identity.exiting, "the first thread of a process has ended");
	ok(!proc_has_ended(pid), "the process has not, while another goes on");
	end_child(pid);
	ok(!proc_has_ended(pid), "of one that was reaped nothing can be told");
}

static void test_boot_id(void)
{
	char one[PROC_BOOT_ID_MAX] = "";
	char other[PROC_BOOT_ID_MAX] = "";
	struct error err;
	bool hex = true;

	ok(proc_boot_id(one, &err) == 0 && proc_boot_id(other, &err) == 0 && strcmp(one, other) == 0,
		"the boot has one id");
	for (const char *c = one; *c; c++)
		hex = hex && (isxdigit((unsigned char)*c) || *c == '-');
	ok(strlen(one) == 36 && hex, "which is a UUID");
}

static void test_private(void)
{
	struct error err = { 0 };
	cleanup_fd int proc = proc_open(&err);
	char path[64];
	char value[16];
	struct statfs fs;
	pid_t pid;

	ok(proc >= 0 && fstatfs(proc, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC, "a private procfs is one");
	pid = child_called("writable");
	snprintf(path, sizeof(path), "%d/oom_score_adj", (int)pid);
	ok(proc_write(proc, path, "1000", &err) == 0 && file_read_line(proc, path, value, sizeof(value)) == 0 &&
			strcmp(value, "1000") == 0,
		"what is written through it arrives");
	ok(proc_write(proc, path, "garbage", &err) < 0 && err.number == EINVAL, "what the kernel refuses is an error");
	snprintf(value, sizeof(value), "%d", (int)pid);
	ok(strstr(err.text, value) && strstr(err.text, "garbage"), "which tells what was written where");
	end_child(pid);
	ok(proc_write(proc, "self/oom_score_adj", "1000", &err) < 0 && err.number == ELOOP, "a link is not followed");
	ok(proc_write(proc, "../proc/1/oom_score_adj", "1000", &err) < 0 && err.number == EXDEV, "there is no way up");
	ok(proc_write(proc, "no/such/file", "1", &err) < 0 && err.number == ENOENT, "what is not there is an error");
	is_str(err.text, "cannot open '/proc/no/such/file': no such file or directory", "which tells its path");
}

/* Writes through the directory of this process's number in that procfs, which is not a link. */
static void test_own(void)
{
	struct error err = { 0 };
	cleanup_fd int proc = proc_open_any(&err);
	char number[PROC_NUMBER_MAX];
	char before[17] = "";
	char name[17] = "";
	char wanted[PROC_NUMBER_MAX];

	prctl(PR_GET_NAME, before);
	snprintf(wanted, sizeof(wanted), "%d", (int)getpid());
	ok(proc >= 0 && proc_own_number(proc, number, &err) == 0, "there is a procfs that we are in");
	is_str(number, wanted, "and we have a number there");
	ok(proc_write_own(proc, "comm", "another", &err) == 0 && prctl(PR_GET_NAME, name) == 0,
		"we write to our own file");
	is_str(name, "another", "and it arrives");
	prctl(PR_SET_NAME, before);
	ok(proc_write_own(proc, "no-such-file", "x", &err) < 0 && err.number == ENOENT,
		"what is not there is an error");
}

int main(void)
{
	test_own();
	test_self();
	test_names();
	test_ended();
	test_threads();
	test_boot_id();
	if (geteuid() == 0)
		test_private();
	else
		skip("a private procfs", "only root can mount one");
	return done();
}
