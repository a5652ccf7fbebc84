/* The conversation of init: with the host during create, and at the start gate, where a created container waits for
 * `start` with no more rights than its program will have. Runs inside the container. */
#include "init/init.h"

#include "base/cleanup.h"
#include "hooks.h"
#include "sync.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* To whoever waits for us: `start` once it has come, else create. */
static int channel(const struct init *init)
{
	return init->start >= 0 ? init->start : init->handles->sync;
}

void report_error(const struct init *init, const struct error *err)
{
	sync_send(channel(init), SYNC_ERROR, err, -1);
}

int await_host(struct init *init, struct error *err)
{
	return sync_expect(init->handles->sync, SYNC_GO, NULL, NULL, err);
}

static int report_mounted(struct init *init, struct error *err)
{
	if (sync_send(init->handles->sync, SYNC_MOUNTED, NULL, init->pty_master) < 0)
		return error_set(err, errno, "the host is gone");
	close_fd(&init->pty_master);
	return await_host(init, err);
}

int meet_host(struct init *init, struct error *err)
{
	return plan_pauses_at_mounted(init->plan) ? report_mounted(init, err) : 0;
}

int hand_over_terminal(struct init *init, struct error *err)
{
	return init->pty_master >= 0 ? report_mounted(init, err) : 0;
}

int say_ready(struct init *init, struct error *err)
{
	/* The host may end after this, as it should. */
	if (prctl(PR_SET_PDEATHSIG, 0) < 0)
		return error_set(err, errno, "prctl");
	if (sync_send(init->handles->sync, SYNC_READY, NULL, -1) < 0)
		return error_set(err, errno, "the host is gone");
	return 0;
}

int report_ready(struct init *init, struct error *err)
{
	/* Until the host's GO the channel tells whether it has ended too early. */
	if (say_ready(init, err) < 0 || await_host(init, err) < 0)
		return -1;
	close_fd(&init->handles->sync);
	return 0;
}

int await_start(struct init *init, struct error *err)
{
	struct sync_message message;

	for (;;) {
		int connection = accept4(init->handles->gate, NULL, NULL, SOCK_CLOEXEC);

		if (connection < 0 && errno != EINTR && errno != ECONNABORTED)
			return error_set(err, errno, "cannot accept");
		if (connection < 0)
			continue;
		/* Who hangs up without GO only looked whether we are here (`state`). */
		if (sync_send(connection, SYNC_HELLO, NULL, -1) == 0 && sync_receive(connection, &message) == 1 &&
			message.type == SYNC_GO) {
			close_fd(&message.fd);
			init->start = connection;
			return 0;
		}
		close_keep_errno(connection);
	}
}

int hand_over_listener(struct init *init, struct error *err)
{
	if (init->listener >= 0 && sync_send(channel(init), SYNC_NOTIFY, NULL, init->listener) < 0)
		return error_set(err, errno, "the host is gone");
	close_fd(&init->listener);
	return 0;
}

static int run_hooks(const struct init *init, const char *kind, const struct oci_hook_list *hooks,
	enum oci_status status, const char *cwd, struct error *err)
{
	const struct plan *plan = init->plan;
	const struct oci_state state = {
		.oci_version = plan->spec->oci_version,
		.id = (char *)(uintptr_t)plan->id,
		.status = status,
		.pid = { .set = true, .v = getpid() }, /* as the container sees it */
		.bundle = (char *)(uintptr_t)plan->bundle,
		.annotations = plan->spec->annotations,
	};
	static char *no_env[] = { NULL };
	const struct hooks_output output = { .out = init->handles->hook_stdout, .err = init->handles->hook_stderr };
	const struct hooks_context context = {
		.kind = kind,
		.state = &state,
		.cwd = cwd,
		.output = &output,
		.env = hooks != &plan->spec->hooks->start_container ? NULL
			: init->env                                 ? init->env
								    : no_env,
	};

	return hooks_run(hooks, &context, err);
}

int run_create_container_hooks(struct init *init, struct error *err)
{
	const struct oci_hooks *hooks = init->plan->spec->hooks;

	if (!hooks || hooks->create_container.n == 0)
		return 0;
	return run_hooks(init, "createContainer", &hooks->create_container, OCI_STATUS_CREATING, init->plan->bundle,
		err);
}

int run_start_container_hooks(struct init *init, struct error *err)
{
	const struct oci_hooks *hooks = init->plan->spec->hooks;

	if (!hooks || hooks->start_container.n == 0)
		return 0;
	return run_hooks(init, "startContainer", &hooks->start_container, OCI_STATUS_CREATED, NULL, err);
}
