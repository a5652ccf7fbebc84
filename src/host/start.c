/* Starting a created container. Runs on the host.
 *
 * init waits at the gate. After GO it loads the filter, if it is loaded late, runs the startContainer hooks and calls
 * execve(2). It says on the connection what failed; the end of file without a message means that the program runs. */
#include "host/parts.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "host/container/container.h"
#include "sync.h"

#include <errno.h>
#include <unistd.h>

/* Makes sure that the container is created and not started, and connects to its init. */
static int open_gate(const struct container *container, int *ret_gate, struct error *err)
{
	enum oci_status status;

	if (container_status_and_gate(container, &status, ret_gate, err) < 0 ||
		container_check_status(container, CONTAINER_START, status, err) < 0)
		return -1;
	if (!container->record->has_process) {
		error_set(err, 0, "cannot start a container whose configuration has no process");
		return error_tag(err, ERROR_CONFIG_INVALID, "process");
	}
	return 0;
}

/* Talks to init until the program runs. */
static int pass_gate(const struct container *container, int gate, struct error *err)
{
	const struct starting_process process = {
		.pid = container->pid,
		.sock = gate,
		.asks_agent = container->record->filter_notifies && container->record->filter_at_start,
	};

	if (sync_send(gate, SYNC_GO, NULL, -1) < 0)
		return error_set(err, errno, "cannot reach the container's init");
	if (sync_expect(gate, SYNC_HELLO, NULL, err) < 0)
		return -1;
	return process_await_program(&process, container, OCI_STATUS_CREATED, err);
}

/* Passes the gate and runs the poststart hooks. *ret_undo tells whether a failure deletes the container: one of a hook
 * stops and deletes it (spec: runtime.md, lifecycle); one of the program leaves a stopped container, as other runtimes
 * do. */
static int start(const struct container *container, bool *ret_undo, struct error *err)
{
	long long since_us = clock_us();
	cleanup_fd int gate = -1;

	if (open_gate(container, &gate, err) < 0)
		return -1;
	if (pass_gate(container, gate, err) < 0) {
		*ret_undo = error_is_of_hook(err);
		return error_during(err, "start", "pass the gate");
	}
	/* Without the gate's name, the status is found without trying to connect. */
	unlinkat(container->dir, container_gate_name, 0);
	log_took("start", "pass the gate", since_us);
	since_us = clock_us();
	*ret_undo = true;
	if (container_run_poststart(container, err) < 0)
		return error_during(err, "start", "run the poststart hooks");
	log_took("start", "run the poststart hooks", since_us);
	return 0;
}

int container_start(struct container *container, struct error *err)
{
	struct error ignored;
	bool undo = false;

	if (start(container, &undo, err) == 0)
		return 0;
	(void)interrupt_check(err);
	if (!undo)
		return error_during(err, "start", NULL);
	interrupt_undo();
	if (container_delete(container, true, &ignored) < 0)
		log_warning(ignored.text);
	return error_during(err, "start", NULL);
}
