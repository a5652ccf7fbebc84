/* Child processes: waiting and exit codes. Runs on both sides. */
#include "base/child.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>

int child_wait_status(pid_t pid, int *ret_status)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	*ret_status = status;
	return 0;
}

int child_wait(pid_t pid, int *ret_code)
{
	int status;

	if (child_wait_status(pid, &status) < 0)
		return -1;
	*ret_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}

int child_gone(int pidfd, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };
	long deadline = clock_ms() + timeout_ms;

	for (;;) {
		long left = timeout_ms < 0 ? -1 : deadline - clock_ms();
		int n;

		if (timeout_ms >= 0 && left < 0)
			left = 0;
		n = poll(&poll_fd, 1, (int)left);
		if (n >= 0 || errno != EINTR)
			return n;
	}
}
