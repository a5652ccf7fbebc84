/* Terminals on the host: sending the pty master of a container to the console socket of a manager, and the terminal of
 * the caller, with which an attached command connects it. Runs on the host. */
#include "host/attach/attach.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char message[] = "/dev/pts/ptmx"; /* the receivers read a name, and ignore it */

static int send_master(const char *path, int master, struct error *err)
{
	cleanup_fd int sock = fd_connect(AT_FDCWD, path, SOCK_STREAM);

	if (sock >= 0 && fd_send(sock, message, strlen(message), master) == 0)
		return 0;
	if (sock < 0)
		error_set(err, errno, "cannot connect to the console socket '%s'", path);
	else
		error_set(err, errno, "cannot send the terminal to the console socket '%s'", path);
	return error_tag(err, ERROR_CONSOLE_FAILED, "--console-socket");
}

void console_copy_size(int own, int master)
{
	struct winsize size;

	/* A terminal without a size leaves process.consoleSize as it is. */
	if (ioctl(own, TIOCGWINSZ, &size) == 0 && (size.ws_row || size.ws_col))
		(void)ioctl(master, TIOCSWINSZ, &size);
}

/* Gives the pty its size before the program runs, which may ask for it first of all. */
static void set_size(int master)
{
	cleanup_fd int own = console_open_own();

	console_copy_size(own, master);
}

int console_deliver(struct console *console, struct error *err)
{
	if (console->master >= 0 && console->relayed)
		set_size(console->master);
	if (console->master < 0 || console->relayed)
		return 0;
	if (send_master(console->socket, console->master, err) < 0)
		return -1;
	console->sent = true;
	close_fd(&console->master);
	return 0;
}

void console_give_up(const struct console *console)
{
	cleanup_fd int master = -1;
	struct error ignored;
	int unlocked = 0;

	if (!console->socket || console->sent)
		return;
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0)
		return;
	/* The other end of the pty is opened and closed: the receiver reads its end at once. */
	if (ioctl(master, TIOCSPTLCK, &unlocked) == 0)
		close_keep_errno(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
	(void)send_master(console->socket, master, &ignored);
}

int console_open_own(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (isatty(fd))
			return fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	}
	return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

int console_check_own(struct error *err)
{
	cleanup_fd int own = console_open_own();

	if (own >= 0)
		return 0;
	/* The errno of open(2) for /dev/tty matters only if memory or file descriptors ran out. */
	error_set(err, error_is_shortage(errno) ? errno : 0,
		"cannot connect the terminal of the program to one of the caller: standard input, output and error are "
		"none, and there is no controlling terminal");
	error_hint(err,
		"do without (process.terminal false, exec without --tty), or give --detach and --console-socket");
	return error_tag(err, ERROR_CONSOLE_FAILED, "process.terminal");
}

int process_check_terminal(const struct plan_process *process, const char *console_socket, bool detached,
	struct error *err)
{
	if (console_socket && !process->terminal) {
		error_set(err, 0,
			"a console socket needs a terminal: process.terminal in the configuration, or --tty of exec");
		return error_tag(err, ERROR_USAGE, "--console-socket");
	}
	if (process->terminal && detached && !console_socket) {
		error_set(err, 0, "cannot allocate tty if tare will detach without setting console socket");
		error_hint(err, "give --console-socket, or no terminal: process.terminal false, exec without --tty");
		return error_tag(err, ERROR_USAGE, "--console-socket");
	}
	return process->terminal && !console_socket ? console_check_own(err) : 0;
}
