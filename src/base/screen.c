/* A terminal that shows one text in place. Runs on the host. The control sequences are those of ECMA-48, and of xterm
 * for the second screen, which every terminal of today knows. */
#include "base/screen.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/interrupt.h"
#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { USUAL_COLUMNS = 80, USUAL_LINES = 24, KEYS_MAX = 64 };

/* To the second screen, and no cursor; and back. */
static const char begin[] = "\033[?1049h\033[?25l";
static const char end[] = "\033[?25h\033[?1049l";
static const char to_top[] = "\033[H";
static const char clear_line[] = "\033[K";
static const char clear_rest[] = "\033[J";

void screen_size(int fd, unsigned int *ret_columns, unsigned int *ret_lines)
{
	struct winsize size = { 0 };

	(void)ioctl(fd, TIOCGWINSZ, &size);
	*ret_columns = size.ws_col > 0 ? size.ws_col : USUAL_COLUMNS;
	*ret_lines = size.ws_row > 0 ? size.ws_row : USUAL_LINES;
}

/* Signals go on to come from the keyboard; keys come at once and are not shown. The attributes come first: tcsetattr(3)
 * stops a process in the background, which must not draw on the terminal of another. */
static void take_terminal(const struct screen *screen)
{
	struct termios keys = screen->saved;

	keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	keys.c_cc[VMIN] = 0;
	keys.c_cc[VTIME] = 0;
	if (screen->in >= 0)
		tcsetattr(screen->in, TCSANOW, &keys);
	(void)fd_write_all(screen->out, begin, strlen(begin));
}

static void give_terminal_back(const struct screen *screen)
{
	(void)fd_write_all(screen->out, end, strlen(end));
	if (screen->in >= 0)
		tcsetattr(screen->in, TCSADRAIN, &screen->saved);
}

int screen_enter(struct screen *screen, int in, int out, struct error *err)
{
	sigset_t own;

	interrupt_watch();
	sigemptyset(&own);
	sigaddset(&own, SIGWINCH);
	sigaddset(&own, SIGTSTP);
	sigprocmask(SIG_BLOCK, &own, NULL);
	screen->signals = signalfd(-1, &own, SFD_CLOEXEC | SFD_NONBLOCK);
	if (screen->signals < 0)
		return error_set(err, errno, "cannot wait for signals");
	screen->in = tcgetattr(in, &screen->saved) == 0 ? in : -1;
	screen->out = out;
	take_terminal(screen);
	return 0;
}

void screen_leave(struct screen *screen)
{
	if (screen->out >= 0)
		give_terminal_back(screen);
	close_fd(&screen->signals);
	*screen = SCREEN_NONE;
}

int screen_show(const struct screen *screen, const char *text, size_t n)
{
	cleanup_text struct text out = { 0 };

	text_add(&out, "%s", to_top);
	for (size_t i = 0; i < n;) {
		const char *line = text + i;
		const char *newline = memchr(line, '\n', n - i);
		size_t length = newline ? (size_t)(newline - line) : n - i;

		/* No newline behind the last line: on the last line of the screen it would scroll. */
		text_add(&out, "%s", i > 0 ? "\n" : "");
		text_add_bytes(&out, line, length);
		text_add(&out, "%s", clear_line);
		i += length + 1;
	}
	text_add(&out, "%s", clear_rest);
	if (out.failed) {
		errno = ENOMEM;
		return -1;
	}
	return fd_write_all(screen->out, out.s, out.n);
}

/* As the user stops this process, the terminal is given back for the time. The kernel ignores SIGTSTP in an orphaned
 * process group, as that of "ssh -t HOST tare stats", where no shell is there to continue it. SIGSTOP would stop it for
 * ever. */
static void stop(const struct screen *screen)
{
	sigset_t own;

	give_terminal_back(screen);
	sigemptyset(&own);
	sigaddset(&own, SIGTSTP);
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &own, NULL);
	sigprocmask(SIG_BLOCK, &own, NULL);
	take_terminal(screen);
}

static int read_signals(const struct screen *screen)
{
	struct signalfd_siginfo info;
	int event = SCREEN_DUE;

	while (read(screen->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGTSTP)
			stop(screen);
		event = SCREEN_CHANGED;
	}
	return event;
}

/* A terminal that has hung up sends SIGHUP, too, so an end of the keys is none of the program. */
static int read_keys(struct screen *screen)
{
	char keys[KEYS_MAX];
	ssize_t n = read(screen->in, keys, sizeof(keys));

	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		screen->in = -1;
	return n > 0 && memchr(keys, 'q', (size_t)n) ? SCREEN_END : SCREEN_DUE;
}

int screen_wait(struct screen *screen, long timeout_ms, struct error *err)
{
	struct pollfd fds[] = {
		{ .fd = screen->signals, .events = POLLIN },
		{ .fd = screen->in, .events = POLLIN },
	};
	int n;

	if (timeout_ms < 0)
		timeout_ms = 0;
	n = interrupt_poll(fds, sizeof(fds) / sizeof(fds[0]), timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms);
	if (interrupt_noted() == SIGINT) {
		interrupt_acted_upon();
		return SCREEN_END;
	}
	if (interrupt_check(err) < 0)
		return -1;
	if (n < 0 && errno != EINTR)
		return error_set(err, errno, "cannot wait for the terminal");
	if (n > 0 && fds[1].revents && read_keys(screen) == SCREEN_END)
		return SCREEN_END;
	return n > 0 && fds[0].revents ? read_signals(screen) : SCREEN_DUE;
}
