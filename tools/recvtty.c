/* Receives the terminal of a container: listens at a socket, as a manager does for --console-socket, takes the pty
 * master that a runtime sends there, and connects its own standard input and output with it until the container hangs
 * up. A program of its own, of libc alone, for every OCI runtime: docs/man/tare-recvtty.1 tells the protocol. It never
 * serves a second connection, and leaves its own terminal and the directory of the socket as it found them. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

struct receiver {
	const char *path;
	bool bound;   /* the socket is ours, and there */
	int signals;  /* signalfd */
	int ended_by; /* a signal, or 0 */
	int master;   /* -1 until it was received */
	bool raw;     /* our standard input is in raw mode */
	struct termios saved;
};

/* Bytes on their way in one direction. No more at once than a pipe that is ready takes without blocking. */
struct flow {
	int from; /* -1: at its end */
	int to;
	size_t start, end;
	char data[PIPE_BUF];
};

/* Prints why we fail. Returns -1. */
static int complain(int error, const char *what)
{
	const char *cause = strerror(error);

	fprintf(stderr, "tare-recvtty: %s: %c%s\n", what, tolower((unsigned char)*cause), cause + 1);
	return -1;
}

static void pass_size_on(const struct receiver *r)
{
	int own = isatty(STDIN_FILENO) ? STDIN_FILENO : STDOUT_FILENO;
	struct winsize size;

	/* A terminal without a size does not unmake process.consoleSize. */
	if (r->master >= 0 && ioctl(own, TIOCGWINSZ, &size) == 0 && (size.ws_row || size.ws_col))
		(void)ioctl(r->master, TIOCSWINSZ, &size);
}

/* Signals come by poll(2) alone, so that none ends us before the terminal is restored and the socket removed. */
static int open_signals(struct receiver *r)
{
	static const int taken[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		sigaddset(&set, taken[i]);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == 0)
		r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->signals < 0 ? complain(errno, "cannot wait for signals") : 0;
}

static void take_signals(struct receiver *r)
{
	struct signalfd_siginfo info;

	while (read(r->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH)
			pass_size_on(r);
		else
			r->ended_by = (int)info.ssi_signo;
	}
}

/* Waits until an fd can be read. Returns -1 when that fails or a signal ends us first. */
static int wait_for(struct receiver *r, int fd)
{
	while (!r->ended_by) {
		struct pollfd events[] = { { .fd = fd, .events = POLLIN }, { .fd = r->signals, .events = POLLIN } };

		if (poll(events, 2, -1) < 0 && errno != EINTR)
			return -1;
		if (events[1].revents)
			take_signals(r);
		else if (events[0].revents)
			return 0;
	}
	return -1;
}

/* Makes the socket. Returns -1 with errno. */
static int listen_at(struct receiver *r)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int sock;

	errno = ENAMETOOLONG;
	if (strlen(r->path) >= sizeof(address.sun_path))
		return -1;
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	memcpy(address.sun_path, r->path, strlen(r->path));
	/* Whoever connects shows us what he likes, and gets what we type: nobody but ourselves and root. */
	umask(S_IRWXG | S_IRWXO);
	r->bound = sock >= 0 && bind(sock, (const struct sockaddr *)&address, sizeof(address)) == 0;
	return r->bound && listen(sock, 1) == 0 ? sock : -1;
}

/* Takes the first connection; the second one finds no socket any more. */
static int accept_first(struct receiver *r)
{
	int listener = listen_at(r);
	int connection = listener < 0 || wait_for(r, listener) < 0 ? -1 : accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (connection < 0 && !r->ended_by)
		complain(errno, "cannot listen at the socket");
	if (r->bound)
		unlink(r->path);
	if (listener >= 0)
		close(listener);
	return connection;
}

/* The terminal comes with a message, which is a name of it that means nothing here. */
static int receive_terminal(struct receiver *r, int connection)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	char name[PATH_MAX];
	struct iovec text = { .iov_base = name, .iov_len = sizeof(name) };
	struct msghdr message = { .msg_iov = &text, .msg_iovlen = 1, .msg_control = control };
	const struct cmsghdr *header;

	message.msg_controllen = sizeof(control);
	if (wait_for(r, connection) < 0 || recvmsg(connection, &message, MSG_CMSG_CLOEXEC) < 0)
		return r->ended_by ? -1 : complain(errno, "cannot receive a terminal");
	/* A second fd may have fit into the padding, which the length tells; of any more the flag does. */
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
		header->cmsg_len != CMSG_LEN(sizeof(int)) || (message.msg_flags & MSG_CTRUNC))
		return complain(EPROTO, "expected one file descriptor from the runtime");
	memcpy(&r->master, CMSG_DATA(header), sizeof(r->master));
	if (!isatty(r->master))
		return complain(errno, "expected a terminal from the runtime");
	close(connection);
	return 0;
}

static int prepare_terminals(struct receiver *r)
{
	int flags = fcntl(r->master, F_GETFL);
	struct termios raw;

	/* A program that does not read its terminal must not keep us from showing what it writes. */
	if (flags < 0 || fcntl(r->master, F_SETFL, flags | O_NONBLOCK) < 0)
		return complain(errno, "cannot relay the terminal");
	pass_size_on(r);
	if (tcgetattr(STDIN_FILENO, &r->saved) < 0)
		return 0; /* it is none */
	raw = r->saved;
	cfmakeraw(&raw);
	r->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
	return r->raw ? 0 : complain(errno, "cannot set the terminal to raw mode");
}

/* Which end to wait for: the reading one while nothing is on its way. */
static struct pollfd end_of(const struct flow *f)
{
	if (f->start == f->end)
		return (struct pollfd){ .fd = f->from, .events = POLLIN };
	return (struct pollfd){ .fd = f->to, .events = POLLOUT };
}

/* Reads when nothing is on its way, and writes else. Returns -1 when it cannot be written. */
static int move(struct flow *f)
{
	bool reads = f->start == f->end;
	ssize_t n = reads ? read(f->from, f->data, sizeof(f->data))
			  : write(f->to, f->data + f->start, f->end - f->start);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n <= 0 && !reads)
		return -1;
	if (n <= 0)
		f->from = -1; /* EIO of a pty: its other end was closed */
	f->start = reads ? 0 : f->start + (size_t)n;
	f->end = reads ? (size_t)(n > 0 ? n : 0) : f->end;
	return 0;
}

/* Until the other end of the terminal is closed and all that came from it is shown. Returns -1 with errno. */
static int relay(struct receiver *r)
{
	struct flow in = { .from = STDIN_FILENO, .to = r->master };
	struct flow out = { .from = r->master, .to = STDOUT_FILENO };

	while (!r->ended_by && out.from >= 0) {
		struct pollfd events[] = { { .fd = r->signals, .events = POLLIN }, end_of(&in), end_of(&out) };

		if (poll(events, 3, -1) < 0 && errno == EINTR)
			continue;
		if (events[0].revents)
			take_signals(r);
		if (events[1].revents && move(&in) < 0)
			in.start = in.end; /* nobody has the other end open now */
		if (events[2].revents && move(&out) < 0)
			return -1;
		/* Our terminal was closed. The end of another input ends nothing: a terminal has a character for it. */
		if (r->raw && in.from < 0)
			r->ended_by = SIGHUP;
	}
	return 0;
}

static int serve(struct receiver *r)
{
	int connection = open_signals(r) < 0 ? -1 : accept_first(r);
	int error;

	if (connection < 0 || receive_terminal(r, connection) < 0 || prepare_terminals(r) < 0)
		return -1;
	error = relay(r) < 0 ? errno : 0;
	if (r->raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &r->saved);
	return error ? complain(error, "cannot write what the terminal shows") : 0;
}

int main(int argc, char **argv)
{
	struct receiver r = { .path = argv[1], .signals = -1, .master = -1 };
	bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
	int failed;

	if (argc != 2 || *argv[1] == '-' || !*argv[1]) {
		fputs("usage: tare-recvtty SOCKET\n", help ? stdout : stderr);
		return help ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	failed = serve(&r) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	return r.ended_by ? 128 + r.ended_by : failed; /* as shells tell a signal */
}
