/* The clone whose child lives on its parent's memory. */
#include "base/syscall.h"

#include "base/child.h"

#include "tap.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* What a life is told, and what it leaves behind. */
struct told {
	int given;
	int left;
	pid_t pid;
};

/* A child's whole life, deep enough to write over a stack that is not below its parent's. */
__attribute__((noreturn)) static void live(void *argument)
{
	struct told *told = argument;
	volatile char used[4096];

	memset((void *)used, told->given, sizeof(used));
	told->left = used[sizeof(used) - 1] + 1;
	told->pid = getpid();
	_exit(3);
}

static void test_shared(void)
{
	struct told told = { .given = 4 };
	struct clone_args args = { .exit_signal = SIGCHLD };
	struct clone_args wrong = { .exit_signal = SIGCHLD, .flags = CLONE_SIGHAND | CLONE_CLEAR_SIGHAND };
	volatile int kept[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	pid_t pid = sys_clone3_shared(args, live, &told);
	int sum = 0;
	int code;

	ok(pid > 0 && told.left == 5, "a child on our memory has lived to its end when the call returns");
	ok(told.pid == pid && pid != getpid(), "and was a process of its own");
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		sum += kept[i];
	is_int(sum, 36, "what was on our stack is as it was");
	ok(child_wait(pid, &code) == 0 && code == 3, "its exit code is kept");
	told.left = 0;
	errno = 0;
	ok(sys_clone3_shared(wrong, live, &told) == -1 && errno == EINVAL && told.left == 0,
		"a clone that the kernel refuses gives -1 and its errno, and nobody lives");
}

int main(void)
{
	test_shared();
	return done();
}
