/* The pidfd socket, at which a manager listens: it gets a pidfd of the process, to wait for and to signal, which never
 * refers to another process. Runs on the host. */
#include "host/attach/attach.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

static const char message[] = "pidfd"; /* the receivers read a name, and ignore it */

int pidfd_hand_over(const char *path, int pidfd, struct error *err)
{
	cleanup_fd int sock = -1;

	if (!path)
		return 0;
	sock = fd_connect(AT_FDCWD, path, SOCK_STREAM);
	if (sock < 0)
		return error_set(err, errno, "cannot connect to the pidfd socket '%s'", path);
	if (fd_send(sock, message, strlen(message), pidfd) < 0)
		return error_set(err, errno, "cannot send the pidfd to the socket '%s'", path);
	return 0;
}
