/* The console socket: a manager listens at a path and gets the pty master of the container. Runs on the host. */
#include "host/parts.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static const char message[] = "/dev/pts/ptmx"; /* receivers read a name and ignore it */

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

int console_deliver(struct console *console, struct error *err)
{
	if (console->master < 0 || console->kept)
		return 0;
	if (send_master(console->socket, console->master, err) < 0)
		return -1;
	console->served = true;
	close_fd(&console->master);
	return 0;
}

void console_give_up(const struct console *console)
{
	cleanup_fd int master = -1;
	struct error ignored;
	int unlocked = 0;

	if (!console->socket || console->served)
		return;
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0)
		return;
	/* Opened and closed at the other end: whoever reads it sees its end at once. */
	if (ioctl(master, TIOCSPTLCK, &unlocked) == 0)
		close_keep_errno(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
	(void)send_master(console->socket, master, &ignored);
}
