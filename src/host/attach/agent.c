/* The seccomp agent, a process of the host: gets the listener of a container's filter together with the state of the
 * container. Runs on the host. */
#include "host/attach/attach.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "host/container/container.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

int agent_send(const struct container *container, int listener, enum oci_status status, struct error *err)
{
	static char *names[] = { "seccompFd", NULL };
	const struct record *record = container->record;
	const struct oci_container_process_state state = {
		.oci_version = record->oci_version,
		.fds = { .n = 1, .items = names },
		.pid = record->pid,
		.metadata = record->listener_metadata,
		.state = container_state(container, status),
	};
	cleanup_free char *text = NULL;
	cleanup_fd int sock = -1;
	size_t length;

	if (oci_write(&oci_container_process_state_type, &state, OCI_WRITE_COMPACT, &text, &length) < 0)
		return error_set(err, errno, "cannot write the state for the seccomp agent");
	sock = fd_connect(AT_FDCWD, record->listener_path, SOCK_STREAM);
	if (sock >= 0 && fd_send(sock, text, length, listener) == 0)
		return 0;
	if (sock < 0)
		error_set(err, errno, "cannot connect to the seccomp agent at '%s'", record->listener_path);
	else
		error_set(err, errno, "cannot send the seccomp listener to '%s'", record->listener_path);
	return error_tag(err, ERROR_SECURITY_FAILED, "linux.seccomp.listenerPath");
}
