/* Child processes: waiting and exit codes. Runs on both sides. */
#include "base/child.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/clock.h"
#include "base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { EXEC_FAILED = 127, FIRST_INHERITED = 3 };

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

/* In the child: output becomes stdout and stderr, and the program takes over. */
static _Noreturn void become(const char *path, char *const args[], int output)
{
	int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (input < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
		dup2(output, STDERR_FILENO) < 0)
		_exit(EXEC_FAILED);
	close_range(FIRST_INHERITED, ~0U, 0);
	execv(path, args);
	fd_print(STDERR_FILENO, "cannot be executed: %s", error_number_text(errno));
	_exit(EXEC_FAILED);
}

/* Reads to the end, or until a signal asks for ours, and keeps what there is room for. */
static void read_output(int output, char *ret_output, size_t size)
{
	char buffer[1024];
	size_t length = 0;
	ssize_t n;

	while ((n = read(output, buffer, sizeof(buffer))) > 0 || (n < 0 && errno == EINTR && !interrupt_noted())) {
		size_t room = size - 1 - length;
		size_t keep = n < 0 ? 0 : (size_t)n < room ? (size_t)n : room;

		memcpy(ret_output + length, buffer, keep);
		length += keep;
	}
	while (length > 0 && ret_output[length - 1] == '\n')
		length--;
	ret_output[length] = '\0';
}

int child_run(const char *path, char *const args[], char *ret_output, size_t size, int *ret_code)
{
	cleanup_fd int output = -1;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	output = ends[0];
	pid = fork();
	if (pid == 0)
		become(path, args, ends[1]);
	close_keep_errno(ends[1]);
	if (pid < 0)
		return -1;
	read_output(output, ret_output, size);
	if (interrupt_noted() && kill(pid, SIGKILL) < 0) {
		/* A program with more rights than ours, which we cannot wait for. */
		errno = EINTR;
		return -1;
	}
	return child_wait(pid, ret_code);
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
