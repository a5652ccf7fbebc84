/* An attached run: stays with the container's process, passes signals on, relays the terminal, and gives its exit code.
 * Runs on the host. One poll loop; output is held back when nobody reads it, so that a stopped reader costs nothing. */
#include "host/host.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { RELAY_MAX = 16 * 1024 };

/* Bytes on their way in one direction. */
struct pipe {
	int from; /* -1: at its end */
	int to;
	char data[RELAY_MAX];
	size_t start;
	size_t end;
};

struct foreground {
	pid_t pid;
	int pidfd;
	int signals;
	struct notify *notify;
	int terminal; /* the container's pty master, -1 without one */
	bool raw;     /* our own terminal is in raw mode */
	struct termios saved;
	struct pipe in;
	struct pipe out;
};

static void copy_window_size(const struct foreground *f)
{
	struct winsize size;

	/* A terminal without a size does not unmake process.consoleSize. */
	if (f->terminal >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 && (size.ws_row || size.ws_col))
		(void)ioctl(f->terminal, TIOCSWINSZ, &size);
}

static int refuse_terminal(struct error *err, const char *text)
{
	error_set(err, errno, "%s", text);
	return error_tag(err, ERROR_CONSOLE_FAILED, "process.terminal");
}

static int enter_raw_mode(struct foreground *f, struct error *err)
{
	struct termios raw;

	if (f->terminal < 0 || !isatty(STDIN_FILENO))
		return 0;
	if (tcgetattr(STDIN_FILENO, &f->saved) < 0)
		return refuse_terminal(err, "cannot read the settings of the terminal");
	raw = f->saved;
	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
		return refuse_terminal(err, "cannot set the terminal to raw mode");
	f->raw = true;
	return 0;
}

static void foreground_end(struct foreground *f)
{
	if (f->raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &f->saved);
}

#define cleanup_foreground __attribute__((cleanup(foreground_end)))

int foreground_hold_signals(struct error *err)
{
	sigset_t all;
	int signals;

	sigfillset(&all);
	signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return error_set(err, errno, "cannot wait for signals");
	sigprocmask(SIG_BLOCK, &all, NULL);
	return signals;
}

int foreground_adopt_orphans(struct error *err)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return error_set(err, errno, "cannot become the reaper of the container's orphans");
	return 0;
}

void foreground_reap_orphans(pid_t init)
{
	siginfo_t info = { 0 };

	/* A look first: the first one to be found may be init. */
	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0 && info.si_pid != init) {
		waitid(P_PID, (id_t)info.si_pid, NULL, WEXITED | WNOHANG);
		info.si_pid = 0;
	}
}

/* Everything goes on to the container but what is about us. */
static void forward_signals(const struct foreground *f)
{
	struct signalfd_siginfo info;

	while (read(f->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH)
			copy_window_size(f);
		if (info.ssi_signo == SIGCHLD)
			foreground_reap_orphans(f->pid);
		if (info.ssi_signo == SIGCHLD || info.ssi_signo == SIGPIPE ||
			(info.ssi_signo == SIGWINCH && f->terminal >= 0))
			continue;
		pidfd_send_signal(f->pidfd, (int)info.ssi_signo, NULL, 0);
	}
}

static bool pipe_is_empty(const struct pipe *p)
{
	return p->start == p->end;
}

static void fill(struct pipe *p)
{
	ssize_t n = read(p->from, p->data, sizeof(p->data));

	if (n > 0) {
		p->start = 0;
		p->end = (size_t)n;
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		p->from = -1; /* EIO: the last program has closed the pty */
	}
}

/* No more at once than what a pipe that is ready takes without blocking: our output is not ours alone, so it stays as
 * blocking as the caller has it. */
static void drain(struct pipe *p)
{
	size_t left = p->end - p->start;
	ssize_t n = write(p->to, p->data + p->start, left < PIPE_BUF ? left : PIPE_BUF);

	if (n > 0)
		p->start += (size_t)n;
	else if (n < 0 && errno != EINTR && errno != EAGAIN)
		p->start = p->end; /* nobody reads any more */
}

/* Which end of a pipe to wait for: the reading one while it is empty, else the writing one. */
static struct pollfd pipe_poll(const struct pipe *p)
{
	if (!pipe_is_empty(p))
		return (struct pollfd){ .fd = p->to, .events = POLLOUT };
	return (struct pollfd){ .fd = p->from, .events = POLLIN };
}

static void serve(struct pipe *p, const struct pollfd *event)
{
	if (!event->revents)
		return;
	if (pipe_is_empty(p))
		fill(p);
	else
		drain(p);
}

/* Serves until the process has ended and its last output is out. */
static int relay(struct foreground *f)
{
	bool ended = false;

	while (!ended || (f->terminal >= 0 && (f->out.from >= 0 || !pipe_is_empty(&f->out)))) {
		struct pollfd events[] = {
			{ .fd = ended ? -1 : f->pidfd, .events = POLLIN },
			{ .fd = f->signals, .events = POLLIN },
			pipe_poll(&f->in),
			pipe_poll(&f->out),
			{ .fd = ended || !f->notify ? -1 : f->notify->container, .events = POLLIN },
		};
		int n;

		/* After the end only what is there already counts: a background process may hold the pty for ever. */
		n = poll(events, sizeof(events) / sizeof(events[0]), ended && pipe_is_empty(&f->out) ? 0 : -1);
		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (events[1].revents)
			forward_signals(f);
		serve(&f->in, &events[2]);
		serve(&f->out, &events[3]);
		/* Whether it said more before its end is looked at as well. */
		if (f->notify && (events[4].revents || events[0].revents))
			notify_forward(f->notify, getpid());
		ended |= events[0].revents != 0;
	}
	return 0;
}

/* A program that does not read its terminal must not keep us from everything else. Nobody else has this end of it. */
static int unblock_terminal(int terminal)
{
	int flags = terminal < 0 ? 0 : fcntl(terminal, F_GETFL);

	if (terminal < 0)
		return 0;
	return flags < 0 ? -1 : fcntl(terminal, F_SETFL, flags | O_NONBLOCK);
}

int foreground_wait(pid_t pid, int pidfd, int terminal, int signals, struct notify *notify, int *ret_code,
	struct error *err)
{
	cleanup_foreground struct foreground f = {
		.pid = pid,
		.pidfd = pidfd,
		.signals = signals,
		.notify = notify,
		.terminal = terminal,
		.in = { .from = terminal >= 0 ? STDIN_FILENO : -1, .to = terminal },
		.out = { .from = terminal, .to = STDOUT_FILENO },
	};

	if (unblock_terminal(terminal) < 0)
		return refuse_terminal(err, "cannot relay the terminal");
	if (enter_raw_mode(&f, err) < 0)
		return -1;
	copy_window_size(&f);
	if (relay(&f) < 0 || child_wait(pid, ret_code) < 0)
		return error_set(err, errno, "cannot wait for the container's process");
	return 0;
}
