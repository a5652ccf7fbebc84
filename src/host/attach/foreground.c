/* An attached run: waits for the end of the container's process, forwards signals, relays the terminal, and gives its
 * exit code. Runs on the host. One poll(2) waits for everything. No more output is read from the program than standard
 * output takes: when its reader stops, the program blocks. */
#include "host/attach/attach.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

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

enum {
	RELAY_MAX = 16 * 1024,
	/* How long after an end of input the program is asked again whether it has read it, and how often that time is
	 * doubled. */
	END_AGAIN_MS = 50,
	END_DOUBLED_MAX = 5,
};

/* Bytes that are copied in one direction. */
struct pipe {
	int from; /* -1: its end was read */
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
	int own;       /* the caller's terminal; -1: the program has none, or the caller */
	bool raw;      /* standard input is in raw mode */
	struct termios saved;
	struct pipe in;
	struct pipe out;
	long deadline_ms; /* on clock_ms(); 0: none */
	long end_due_ms;  /* when to type the end of input, on clock_ms(); -1: there may be more input */
	int ends_typed;   /* how many times the end of input was typed */
};

static int refuse_terminal(struct error *err, const char *text)
{
	error_set(err, errno, "%s", text);
	return error_tag(err, ERROR_CONSOLE_FAILED, "process.terminal");
}

/* Sets standard input to raw mode if it is a terminal. If the input comes from elsewhere, Ctrl-C still ends tare. */
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

	/* WNOWAIT first: the child that waitid(2) finds may be init, which must not be reaped here. */
	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0 && info.si_pid != init) {
		waitid(P_PID, (id_t)info.si_pid, NULL, WEXITED | WNOHANG);
		info.si_pid = 0;
	}
}

/* Forwards all signals to the container's process, except those that concern tare's own process: SIGCHLD, SIGPIPE, and
 * SIGWINCH for a terminal that is relayed. */
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

/* Closes the pty master, as when a user closes the window of a terminal: the program gets SIGHUP, and its reads and
 * writes fail. */
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

/* Handles the end of input. In raw mode it means that the caller's terminal was hung up, unless read(2) was refused
 * because another job of the shell has the terminal. */
static void end_input(struct foreground *f, bool refused)
{
	f->in.from = -1;
	if (!f->raw)
		f->end_due_ms = 0;
	else if (!refused)
		hang_up(f);
}

/* Reads into an empty buffer. Returns 0, or at the end of the stream 1, or -1 with errno. */
static int fill(struct pipe *p)
{
	ssize_t n = read(p->from, p->data, sizeof(p->data));

	if (n == 0)
		return 1;
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	p->start = 0;
	p->end = (size_t)n;
	return 0;
}

static void fill_input(struct foreground *f)
{
	int end = fill(&f->in);

	if (end != 0)
		end_input(f, end < 0);
}

static void fill_output(struct foreground *f)
{
	/* EIO: no process has the other end of the pty open. */
	if (fill(&f->out) != 0)
		f->out.from = -1;
}

/* Writes at most PIPE_BUF bytes, which a pipe that poll(2) reports writable takes without blocking: other processes may
 * share standard output, so it is not set to O_NONBLOCK. Returns false when it cannot be written any more. */
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
		f->in.start = f->in.end; /* no process has the other end of the pty open now */
}

static void drain_output(struct foreground *f)
{
	struct error err;

	if (drain(&f->out))
		return;
	/* EPIPE and EIO: the reader has closed its end, as `head` does; no warning. */
	if (errno != EPIPE && errno != EIO) {
		error_set(&err, errno, "the terminal hangs up, for its output cannot be written");
		log_warning(err.text);
	}
	hang_up(f);
}

/* What to wait for: input when nothing is left to write, else room for output. */
static struct pollfd pipe_poll(const struct pipe *p)
{
	if (!pipe_is_empty(p))
		return (struct pollfd){ .fd = p->to, .events = POLLOUT };
	return (struct pollfd){ .fd = p->from, .events = POLLIN };
}

/* Whether the program has read everything that was typed. */
static bool is_read_up(int terminal)
{
	cleanup_fd int other_end = ioctl(terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct pollfd event = { .fd = other_end, .events = POLLIN };

	return other_end >= 0 && poll(&event, 1, 0) == 0;
}

/* A terminal has no end of file, only a character (VEOF) that ends one read(2), if it is typed while a program reads
 * lines. One that is typed ahead is lost when a shell changes the mode for its next line. So it is typed each time all
 * input has been read: a program that reads on gets it again, as at the end of a file. */
static void type_end_of_input(struct foreground *f)
{
	struct termios settings;
	int doubled = f->ends_typed < END_DOUBLED_MAX ? f->ends_typed : END_DOUBLED_MAX;

	f->end_due_ms = clock_ms() + (END_AGAIN_MS << doubled);
	if (!is_read_up(*f->terminal) || tcgetattr(*f->terminal, &settings) < 0)
		return;
	if (settings.c_cc[VEOF] != _POSIX_VDISABLE && write(*f->terminal, &settings.c_cc[VEOF], 1) == 1)
		f->ends_typed++;
}

/* Milliseconds until the end of input is to be typed; -1: never. */
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
		type_end_of_input(f);
}

/* The sooner of two times, of which -1 is never. */
static int sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Milliseconds until the deadline; -1: there is none. */
static int deadline_left_ms(const struct foreground *f)
{
	long left = f->deadline_ms - clock_ms();

	if (f->deadline_ms == 0)
		return -1;
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* Milliseconds until there is work without an event; -1: never. */
static int time_left_ms(const struct foreground *f)
{
	return sooner(deadline_left_ms(f), sooner(end_left_ms(f), f->notify ? notify_left_ms(f->notify) : -1));
}

/* How long to wait for an event. After the end of the process only output that is there already counts: a background
 * process may hold the pty open for ever. */
static int wait_ms(const struct foreground *f, bool ended)
{
	if (!ended)
		return time_left_ms(f);
	return pipe_is_empty(&f->out) ? 0 : deadline_left_ms(f);
}

/* Serves until the process has ended and its last output is written, or until the deadline. Returns 0, 1 when the
 * process has not ended at the deadline, or -1 with errno. */
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
		int n = poll(events, sizeof(events) / sizeof(events[0]), wait_ms(f, ended));

		if (n == 0 && ended)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!events[0].revents && deadline_left_ms(f) == 0)
			return ended ? 0 : 1;
		if (events[1].revents)
			forward_signals(f);
		serve_terminal(f, &events[2], &events[3]);
		/* At the end of the process its last notifications are passed on, and when the time of a held message
		 * is up it is given up. */
		if (f->notify && (events[4].revents || events[0].revents || notify_left_ms(f->notify) == 0))
			notify_forward(f->notify, getpid());
		ended |= events[0].revents != 0;
	}
	return 0;
}

/* Sets O_NONBLOCK on the pty master, so that a program that does not read its terminal cannot block tare. No other
 * process has the master open. */
static int unblock_terminal(int terminal)
{
	int flags = terminal < 0 ? 0 : fcntl(terminal, F_GETFL);

	if (terminal < 0)
		return 0;
	return flags < 0 ? -1 : fcntl(terminal, F_SETFL, flags | O_NONBLOCK);
}

int foreground_wait(const struct foreground_process *process, int *ret_code, int *ret_signal, struct error *err)
{
	int *terminal = process->terminal;
	int result;
	int status;

	cleanup_foreground struct foreground f = {
		.pid = process->pid,
		.pidfd = process->pidfd,
		.signals = process->signals,
		.notify = process->notify,
		.terminal = terminal,
		.own = *terminal >= 0 ? console_open_own() : -1,
		.in = { .from = *terminal >= 0 ? STDIN_FILENO : -1, .to = *terminal },
		.out = { .from = *terminal, .to = STDOUT_FILENO },
		.deadline_ms = process->deadline_ms,
		.end_due_ms = -1,
	};

	if (unblock_terminal(*terminal) < 0)
		return refuse_terminal(err, "cannot relay the terminal");
	if (enter_raw_mode(&f, err) < 0)
		return -1;
	/* The size may have changed since the pty was made. */
	if (*terminal >= 0)
		console_copy_size(f.own, *terminal);
	result = relay(&f);
	if (result > 0) {
		error_set(err, 0, "timed out");
		return error_tag(err, ERROR_TIMED_OUT, NULL);
	}
	if (result < 0 || child_wait_status(process->pid, &status) < 0)
		return error_set(err, errno, "cannot wait for the container's process");
	/* Signals that arrived after the end of the program were meant for it, and must not end what tare does next. */
	forward_signals(&f);
	*ret_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	*ret_code = *ret_signal ? 128 + *ret_signal : WEXITSTATUS(status);
	return 0;
}
