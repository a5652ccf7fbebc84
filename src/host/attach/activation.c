/* Sockets that a service manager opened for the program (sd_listen_fds(3)). Runs on the host. */
#include "host/attach/attach.h"

#include "base/text.h"

#include <stdlib.h>
#include <unistd.h>

struct activation activation_read(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");
	struct activation activation = { 0 };
	uint32_t number;

	/* LISTEN_PID is that of the process for which the service manager set these variables; the children of that
	 * process often inherit them. */
	if (!pid || !fds || !text_to_u32(pid, &number) || number != (uint32_t)getpid())
		return activation;
	if (!text_to_u32(fds, &activation.fds) || activation.fds == 0)
		return (struct activation){ 0 };
	activation.names = getenv("LISTEN_FDNAMES");
	return activation;
}
