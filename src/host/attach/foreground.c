/* An attached run: stays with the container's process, passes signals on, relays the terminal, and gives its exit code.
 * Runs on the host. One poll loop; output is held back when nobody reads it, so that a stopped reader costs nothing. */
#include "host/attach/attach.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum {
	RELAY_MAX = 16 * 1024,
	/* How long after the end of input was told the program is looked at again, and that doubled so many times. */
	END_AGAIN_MS = 50,
	END_DOUBLED_MAX = 5,
};

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
	int *terminal; /* the container's pty master, -1 without one */
	int own;       /* the caller's, where there is one in the container; -1 */
	bool raw;      /* our standard input is in raw mode */
	struct termios saved;
	struct pipe in;
	struct pipe out;
	long end_due_ms; /* when the end of input is to be told, on the clock; -1: there may be more input */
	int end_told;    /* how many times it was */
};

static int refuse_terminal(struct error *err, const char *text)
{
	error_set(err, errno, "%s", text);
	return error_tag(err, ERROR_CONSOLE_FAILED, "process.terminal");
}

/* Only where the keys come from: with the input from elsewhere Ctrl-C stays what ends us. */
static int enter_raw_mode(struct foreground *f, struct error *err)
{
	struct termios raw;

	if (*f->terminal < 0 || !isatty(STDIN_FILENO))
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
	close_fd(&f->own);
}

#define cleanup_foreground __attribute__((cleanup(foreground_end)))

int foreground_open_signals(struct error *err)
{
	sigset_t all;
	int signals;

	sigfillset(&all);
	signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return signals < 0 ? error_set(err, errno, "cannot wait for signals") : signals;
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
		if (info.ssi_signo == SIGWINCH && *f->terminal >= 0)
			console_copy_size(f->own, *f->terminal);
		if (info.ssi_signo == SIGCHLD)
			foreground_reap_orphans(f->pid);
		if (info.ssi_signo == SIGCHLD || info.ssi_signo == SIGPIPE ||
			(info.ssi_signo == SIGWINCH && *f->terminal >= 0))
			continue;
		pidfd_send_signal(f->pidfd, (int)info.ssi_signo, NULL, 0);
	}
}

static bool pipe_is_empty(const struct pipe *p)
{
	return p->start == p->end;
}

/* The program's terminal is gone, as when a person closes the window: it gets SIGHUP, and reads and writes fail. */
static void hang_up(struct foreground *f)
{
	f->in.from = -1;
	f->in.to = -1;
	f->in.start = f->in.end;
	f->out.from = -1;
	f->out.start = f->out.end;
	f->end_due_ms = -1;
	close_fd(f->terminal);
}

/* There is no more input. Of our own terminal that means that it was hung up; unless we may not read it now, since
 * another job of the shell's has it. */
static void end_input(struct foreground *f, bool refused)
{
	f->in.from = -1;
	if (!f->raw)
		f->end_due_ms = 0;
	else if (!refused)
		hang_up(f);
}

static void fill_input(struct foreground *f)
{
	struct pipe *p = &f->in;
	ssize_t n = read(p->from, p->data, sizeof(p->data));

	if (n > 0) {
		p->start = 0;
		p->end = (size_t)n;
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		end_input(f, n < 0);
	}
}

static void fill_output(struct foreground *f)
{
	struct pipe *p = &f->out;
	ssize_t n = read(p->from, p->data, sizeof(p->data));

	if (n > 0) {
		p->start = 0;
		p->end = (size_t)n;
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		p->from = -1; /* EIO: the last program has closed the pty */
	}
}

/* No more at once than what a pipe that is ready takes without blocking: our output is not ours alone, so it stays as
 * blocking as the caller has it. Returns false when nobody takes it any more. */
static bool drain(struct pipe *p)
{
	size_t left = p->end - p->start;
	ssize_t n = write(p->to, p->data + p->start, left < PIPE_BUF ? left : PIPE_BUF);

	if (n > 0)
		p->start += (size_t)n;
	return n >= 0 || errno == EINTR || errno == EAGAIN;
}

static void drain_input(struct foreground *f)
{
	if (!drain(&f->in))
		f->in.start = f->in.end; /* nobody has the other end of the pty open now */
}

static void drain_output(struct foreground *f)
{
	struct error err;

	if (drain(&f->out))
		return;
	/* A reader that has seen enough is no news. */
	if (errno != EPIPE && errno != EIO) {
		error_set(&err, errno, "the terminal hangs up, for its output cannot be written");
		log_warning(err.text);
	}
	hang_up(f);
}

/* Which end of a pipe to wait for: the reading one while it is empty, else the writing one. */
static struct pollfd pipe_poll(const struct pipe *p)
{
	if (!pipe_is_empty(p))
		return (struct pollfd){ .fd = p->to, .events = POLLOUT };
	return (struct pollfd){ .fd = p->from, .events = POLLIN };
}

/* Whether the program has read what was typed. */
static bool is_read_up(int terminal)
{
	cleanup_fd int other_end = ioctl(terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct pollfd event = { .fd = other_end, .events = POLLIN };

	return other_end >= 0 && poll(&event, 1, 0) == 0;
}

/* A terminal has no end, only a character that ends one read(2), and only when it comes while somebody reads lines: one
 * that was typed ahead is lost when a shell changes the mode for its next line. So it is typed whenever all is read: a
 * program that asks for more gets it again, like one that reads on at the end of a file. */
static void tell_end_of_input(struct foreground *f)
{
	struct termios settings;
	int doubled = f->end_told < END_DOUBLED_MAX ? f->end_told : END_DOUBLED_MAX;

	f->end_due_ms = clock_ms() + (END_AGAIN_MS << doubled);
	if (!is_read_up(*f->terminal) || tcgetattr(*f->terminal, &settings) < 0)
		return;
	if (settings.c_cc[VEOF] != _POSIX_VDISABLE && write(*f->terminal, &settings.c_cc[VEOF], 1) == 1)
		f->end_told++;
}

/* Milliseconds until the end of input is to be told, -1: never. */
static int end_left_ms(const struct foreground *f)
{
	long left = f->end_due_ms < 0 ? -1 : f->end_due_ms - clock_ms();

	if (f->end_due_ms < 0 || !pipe_is_empty(&f->in))
		return -1;
	return left < 0 ? 0 : (int)left;
}

static void serve_terminal(struct foreground *f, const struct pollfd *in, const struct pollfd *out)
{
	if (in->revents && pipe_is_empty(&f->in))
		fill_input(f);
	else if (in->revents)
		drain_input(f);
	if (out->revents && *f->terminal >= 0) {
		if (pipe_is_empty(&f->out))
			fill_output(f);
		else
			drain_output(f);
	}
	if (end_left_ms(f) == 0)
		tell_end_of_input(f);
}

/* Milliseconds until something is to be done though nothing happens, -1: never. */
static int time_left_ms(const struct foreground *f)
{
	int end = end_left_ms(f);
	int notify = f->notify ? notify_left_ms(f->notify) : -1;

	return end < 0 || (notify >= 0 && notify < end) ? notify : end;
}

/* Serves until the process has ended and its last output is out. */
static int relay(struct foreground *f)
{
	bool ended = false;

	while (!ended || (*f->terminal >= 0 && (f->out.from >= 0 || !pipe_is_empty(&f->out)))) {
		struct pollfd events[] = {
			{ .fd = ended ? -1 : f->pidfd, .events = POLLIN },
			{ .fd = f->signals, .events = POLLIN },
			pipe_poll(&f->in),
			pipe_poll(&f->out),
			ended || !f->notify ? (struct pollfd){ .fd = -1 } : notify_poll(f->notify),
		};
		/* After the end only what is there already counts: a background process may hold the pty for ever. */
		int left = ended ? (pipe_is_empty(&f->out) ? 0 : -1) : time_left_ms(f);
		int n = poll(events, sizeof(events) / sizeof(events[0]), left);

		if (n == 0 && ended)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (events[1].revents)
			forward_signals(f);
		serve_terminal(f, &events[2], &events[3]);
		/* Whether it said more before its end is looked at as well, or nobody takes it in time. */
		if (f->notify && (events[4].revents || events[0].revents || notify_left_ms(f->notify) == 0))
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

int foreground_wait(pid_t pid, int pidfd, int *terminal, int signals, struct notify *notify, int *ret_code,
	int *ret_signal, struct error *err)
{
	int status;

	cleanup_foreground struct foreground f = {
		.pid = pid,
		.pidfd = pidfd,
		.signals = signals,
		.notify = notify,
		.terminal = terminal,
		.own = *terminal >= 0 ? console_open_own() : -1,
		.in = { .from = *terminal >= 0 ? STDIN_FILENO : -1, .to = *terminal },
		.out = { .from = *terminal, .to = STDOUT_FILENO },
		.end_due_ms = -1,
	};

	if (unblock_terminal(*terminal) < 0)
		return refuse_terminal(err, "cannot relay the terminal");
	if (enter_raw_mode(&f, err) < 0)
		return -1;
	/* It may have changed since the terminal was made. */
	if (*terminal >= 0)
		console_copy_size(f.own, *terminal);
	if (relay(&f) < 0 || child_wait_status(pid, &status) < 0)
		return error_set(err, errno, "cannot wait for the container's process");
	/* What came too late was for the program all the same, and not for what is done after it. */
	forward_signals(&f);
	*ret_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	*ret_code = *ret_signal ? 128 + *ret_signal : WEXITSTATUS(status);
	return 0;
}
