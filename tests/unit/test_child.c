/* Children: their exit codes, and whether they have ended. */
#include "base/child.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include "tap.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

/* A child that ends with this code, or at once with this signal when code is negative. */
static pid_t child_ending_with(int code)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (code < 0)
		raise(-code);
	_exit(code);
}

/* A child that lives until the write end is closed. */
static pid_t child_waiting(int *ret_write_end)
{
	int ends[2];
	char byte;
	pid_t pid;

	if (pipe(ends) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) != 0);
	}
	close(ends[0]);
	*ret_write_end = ends[1];
	return pid;
}

static void test_codes(void)
{
	int code = -5;

	ok(child_wait(child_ending_with(0), &code) == 0 && code == 0, "a child that ends well gives 0");
	ok(child_wait(child_ending_with(255), &code) == 0 && code == 255, "an exit code is kept");
	ok(child_wait(child_ending_with(-SIGKILL), &code) == 0 && code == 128 + SIGKILL,
		"a signal gives 128 and its number");
	code = -5;
	ok(child_wait(1, &code) < 0 && errno == ECHILD && code == -5, "init is no child of ours");
}

static void test_gone(void)
{
	int write_end = -1;
	pid_t pid = child_waiting(&write_end);
	cleanup_fd int pidfd = pidfd_open(pid, 0);
	long before = clock_ms();
	int code;

	ok(child_gone(pidfd, 0) == 0, "a child that lives is not gone");
	ok(child_gone(pidfd, 50) == 0, "nor after a while");
	ok(clock_ms() - before >= 50, "and that while was waited for");
	close(write_end);
	ok(child_gone(pidfd, -1) == 1, "one that ends is gone, before anybody has reaped it");
	ok(child_wait(pid, &code) == 0 && code == 0, "and can be reaped");
	ok(child_gone(pidfd, 0) == 1, "and is gone for ever");
}

int main(void)
{
	test_codes();
	test_gone();
	return done();
}
