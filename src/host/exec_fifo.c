/* The fifo of exec --exec-wait-fifo: the process waits with only its execve(2) left until the fifo is opened for
 * reading. Runs on the host.
 *
 * Nothing in the container has the fifo: a process there that holds an fd of it could let itself go on. A process of
 * the host waits in open(2) instead, the waiter, which has the fifo and the channel and no other file. It outlives a
 * detached exec, and ends with the process that waits. */
#include "host/parts.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/interrupt.h"
#include "base/syscall.h"
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char option[] = "--exec-wait-fifo";

/* How long the waiter may take to see that the process has ended. */
enum { WAITER_END_MS = 10000 };

int exec_fifo_open(const char *path, struct exec_fifo *fifo, struct error *err)
{
	/* O_PATH opens no end: a reader that waits already must not find a writer before the process is ready. */
	cleanup_fd int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		error_set(err, errno, "option %s: cannot open '%s'", option, path);
		return error_tag(err, ERROR_USAGE, "%s", option);
	}
	/* Whoever may write to the directory can put a link there, which would lead to a fifo of someone else. */
	if (S_ISLNK(st.st_mode))
		return error_usage(err, option, "option %s: '%s' is a symbolic link", option, path);
	if (!S_ISFIFO(st.st_mode))
		return error_usage(err, option, "option %s: '%s' is no fifo", option, path);
	if (faccessat(fd, "", W_OK, AT_EMPTY_PATH | AT_EACCESS) < 0) {
		error_set(err, errno, "option %s: cannot write to '%s'", option, path);
		return error_tag(err, ERROR_USAGE, "%s", option);
	}
	fifo->fd = take_fd(&fd);
	return 0;
}

/* Closes all files but two. */
static int close_others(int a, int b)
{
	unsigned int low = (unsigned int)(a < b ? a : b);
	unsigned int high = (unsigned int)(a < b ? b : a);

	if (low > 0 && close_range(0, low - 1, 0) < 0)
		return -1;
	if (high - low > 1 && close_range(low + 1, high - 1, 0) < 0)
		return -1;
	return close_range(high + 1, ~0U, 0);
}

/* The process of tare has handlers, ignores SIGPIPE, and blocks signals. detached: what the caller's terminal has sent
 * until now is thrown away. */
static void reset_signals(bool detached)
{
	static const int of_terminal[] = { SIGHUP, SIGINT, SIGQUIT };
	sigset_t none;

	for (size_t i = 0; detached && i < sizeof(of_terminal) / sizeof(of_terminal[0]); i++)
		signal(of_terminal[i], SIG_IGN);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	/* The reader may have closed the fifo already. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Opens the fifo for writing, which waits for a reader. The kernel sends SIGIO, which ends this process, when the other
 * end of the channel is closed meanwhile: the process that waits has ended. Returns the fifo, or -1. */
static int open_when_read(int fifo, int sock)
{
	struct pollfd end = { .fd = sock, .events = POLLIN };
	char path[64];
	int flags = fcntl(sock, F_GETFL);
	int fd;

	if (flags < 0 || fcntl(sock, F_SETOWN, getpid()) < 0 || fcntl(sock, F_SETFL, flags | O_ASYNC) < 0)
		return -1;
	/* What has come before the signal was asked for. */
	if (poll(&end, 1, 0) != 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fifo);
	do
		fd = open(path, O_WRONLY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	return fd < 0 || fcntl(sock, F_SETFL, flags) < 0 ? -1 : fd;
}

/* The life of the waiter. It reports nothing: it has no file to write to but the fifo, whose reader reads '0' when the
 * process goes on, and otherwise only the end of the file. */
static _Noreturn void wait_for_reader(int fifo, int sock, bool detached)
{
	enum sync_type type = SYNC_ERROR;
	int fd;

	/* A signal of the caller's terminal ends the waiter of an exec that has not ended, as it ends that. The waiter
	 * of another leaves the terminal before any signal reaches it. */
	if (detached && (setsid() < 0 || chdir("/") < 0))
		_exit(EXIT_FAILURE);
	reset_signals(detached);
	if (close_others(fifo, sock) < 0)
		_exit(EXIT_FAILURE);
	fd = open_when_read(fifo, sock);
	if (fd < 0 || sync_write(sock, SYNC_GO, NULL) < 0)
		_exit(EXIT_FAILURE);
	/* A frozen process answers when it is thawed. */
	if (sync_read(sock, &type) != 1 || type != SYNC_HELLO)
		_exit(EXIT_FAILURE);
	/* A reader that has gone has let the process go on all the same. */
	_exit(write(fd, "0", 1) == 1 || errno == EPIPE ? EXIT_SUCCESS : EXIT_FAILURE);
}

int exec_fifo_watch(struct exec_fifo *fifo, int sock, bool detached, struct error *err)
{
	pid_t own = getpid();
	sigset_t all;
	sigset_t before;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	fifo->waiter = sys_clone(CLONE_PIDFD | SIGCHLD, &fifo->pidfd);
	if (fifo->waiter != 0)
		sigprocmask(SIG_SETMASK, &before, NULL);
	if (fifo->waiter < 0)
		return error_set(err, errno, "cannot make the process that waits for the fifo");
	if (fifo->waiter > 0)
		return 0;
	/* Without the waiter the process that waits ends, and with it an exec that has not ended. */
	if (!detached) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != own)
			_exit(EXIT_FAILURE);
	}
	wait_for_reader(fifo->fd, sock, detached);
}

/* Waits until the waiter or the process has ended. Fails when a signal asks tare to end. */
static int await_end(const struct exec_fifo *fifo, int process, struct error *err)
{
	struct pollfd ends[] = {
		{ .fd = fifo->pidfd, .events = POLLIN },
		{ .fd = process, .events = POLLIN },
	};

	while (poll(ends, 2, -1) < 0) {
		if (errno != EINTR)
			return error_set(err, errno, "cannot wait for the fifo");
		if (interrupt_check(err) < 0)
			return -1;
	}
	return 0;
}

int exec_fifo_await(struct exec_fifo *fifo, int process, struct error *err)
{
	int code = EXIT_FAILURE;

	if (await_end(fifo, process, err) < 0)
		return -1;
	/* The process may have run its program and ended; then the waiter ends as well. */
	if (child_gone(fifo->pidfd, WAITER_END_MS) <= 0)
		(void)pidfd_send_signal(fifo->pidfd, SIGKILL, NULL, 0);
	if (child_wait(fifo->waiter, &code) < 0)
		return error_set(err, errno, "cannot wait for the fifo");
	fifo->waiter = 0;
	/* Why a process has ended the caller finds out. */
	if (code != EXIT_SUCCESS && child_gone(process, 0) == 0)
		return error_set(err, 0, "the process that waits for the fifo has ended");
	return 0;
}

void exec_fifo_undo(struct exec_fifo *fifo)
{
	int code;

	if (fifo->waiter <= 0)
		return;
	if (pidfd_send_signal(fifo->pidfd, SIGKILL, NULL, 0) < 0)
		kill(fifo->waiter, SIGKILL);
	(void)child_wait(fifo->waiter, &code);
	fifo->waiter = 0;
}

void exec_fifo_close(struct exec_fifo *fifo)
{
	close_fd(&fifo->fd);
	close_fd(&fifo->pidfd);
}
