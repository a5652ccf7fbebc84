/* The messages between init and the host's process during create, and the start gate: a created container waits there
 * for `start`, with the rights of its program and no others. Runs inside the container. */
#include "init/startgate.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "hooks.h"
#include "sync.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The socket of the process that waits for init's messages: `start` once it has connected, else the host's process. */
static int waiting_command(const struct init *init)
{
	return init->start_connection >= 0 ? init->start_connection : init->handles->sync;
}

void report_error(const struct init *init, const struct error *err)
{
	int sock = waiting_command(init);

	/* No process reads the channel between create and start: the error goes to stderr, which is the container's
	 * log. */
	if (sock < 0 || sync_write(sock, SYNC_ERROR, err) < 0)
		fd_print(STDERR_FILENO, "tare: %s\n", err->text);
}

int await_host(struct init *init, struct error *err)
{
	return sync_expect(init->handles->sync, SYNC_GO, NULL, err);
}

int await_host_behind_filter(struct init *init, struct error *err)
{
	enum sync_type type = SYNC_ERROR;
	int n = sync_read(init->handles->sync, &type);

	if (n < 0)
		return error_set(err, errno, "cannot read from the channel to the host");
	if (n == 0)
		return error_set(err, 0, "the host is gone");
	return type == SYNC_GO ? 0 : error_set(err, 0, "unexpected message %d from the host", (int)type);
}

static int send_mounted(struct init *init, struct error *err)
{
	if (sync_send(init->handles->sync, SYNC_MOUNTED, NULL, init->pty_master) < 0)
		return error_set(err, errno, "the host is gone");
	close_fd(&init->pty_master);
	return await_host(init, err);
}

int report_mounted(struct init *init, struct error *err)
{
	return plan_pauses_at_mounted(init->plan) ? send_mounted(init, err) : 0;
}

int hand_over_terminal(struct init *init, struct error *err)
{
	return init->pty_master >= 0 ? send_mounted(init, err) : 0;
}

int send_ready(struct init *init, struct error *err)
{
	/* The host's process ends after READY, and must not take init with it. */
	if (prctl(PR_SET_PDEATHSIG, 0) < 0)
		return error_set(err, errno, "prctl");
	if (sync_write(init->handles->sync, SYNC_READY, NULL) < 0)
		return error_set(err, errno, "the host is gone");
	return 0;
}

int await_go_to_execute(struct init *init, struct error *err)
{
	if (!init->plan->waits_for_go)
		return 0;
	if (sync_write(init->handles->sync, SYNC_WAITING, NULL) < 0)
		return error_set(err, errno, "the host is gone");
	if (await_host_behind_filter(init, err) < 0)
		return -1;
	/* Tells that this process goes on, which it does not while it is frozen. */
	if (sync_write(init->handles->sync, SYNC_HELLO, NULL) < 0)
		return error_set(err, errno, "the host is gone");
	return 0;
}

int report_ready(struct init *init, struct error *err)
{
	/* init keeps the channel open until the host's GO: an end of file before GO tells the host's process that init
	 * has died. */
	if (send_ready(init, err) < 0 || await_host_behind_filter(init, err) < 0)
		return -1;
	close_fd(&init->handles->sync);
	return 0;
}

int await_start(struct init *init, struct error *err)
{
	for (;;) {
		enum sync_type type = SYNC_ERROR;
		int connection = accept4(init->handles->gate, NULL, NULL, SOCK_CLOEXEC);

		if (connection < 0 && errno != EINTR && errno != ECONNABORTED)
			return error_set(err, errno, "cannot accept");
		if (connection < 0)
			continue;
		/* `start` waits for HELLO, which confirms that init has received its GO. */
		if (sync_read(connection, &type) == 1 && type == SYNC_GO &&
			sync_write(connection, SYNC_HELLO, NULL) == 0) {
			init->start_connection = connection;
			return 0;
		}
		/* `state` connects to learn whether init waits at the gate, and disconnects without sending GO. */
		close_keep_errno(connection);
	}
}

int hand_over_listener(struct init *init, struct error *err)
{
	if (init->listener >= 0 && sync_send(waiting_command(init), SYNC_NOTIFY, NULL, init->listener) < 0)
		return error_set(err, errno, "the host is gone");
	close_fd(&init->listener);
	return 0;
}

static struct oci_state state_of(const struct init *init, enum oci_status status)
{
	const struct plan *plan = init->plan;

	return (struct oci_state){
		.oci_version = plan->spec->oci_version,
		.id = (char *)(uintptr_t)plan->id,
		.status = status,
		.pid = { .set = true, .v = getpid() }, /* in the container's pid namespace */
		.bundle = (char *)(uintptr_t)plan->bundle,
		.annotations = plan->spec->annotations,
	};
}

static int run_hooks(const struct init *init, const struct oci_hook_list *hooks, struct hooks_context context,
	struct error *err)
{
	const struct hooks_output output = { .out = init->handles->hook_stdout, .err = init->handles->hook_stderr };

	context.output = &output;
	return hooks_run(hooks, &context, err);
}

int run_create_container_hooks(struct init *init, struct error *err)
{
	const struct oci_hooks *hooks = init->plan->spec->hooks;
	struct hooks_context context = { .kind = "createContainer", .cwd = init->plan->bundle };
	struct oci_state state;

	if (!hooks || hooks->create_container.n == 0)
		return 0;
	state = state_of(init, OCI_STATUS_CREATING);
	context.state = &state;
	return run_hooks(init, &hooks->create_container, context, err);
}

/* The builder writes the state, but only its child learns the child's own pid in the container's pid namespace. This
 * number stands for that pid, and has as many digits as a pid can have, so that the child can put its pid there without
 * allocating. */
#define PID_PLACEHOLDER     2147483647
#define TEXT_OF(n)          TEXT_OF_EXPANDED(n)
#define TEXT_OF_EXPANDED(n) #n
static const char pid_placeholder[] = "\"pid\":" TEXT_OF(PID_PLACEHOLDER);

int write_start_state(struct init *init, struct error *err)
{
	const struct oci_hooks *hooks = init->plan->spec->hooks;
	struct oci_state state;

	if (!hooks || hooks->start_container.n == 0)
		return 0;
	state = state_of(init, OCI_STATUS_CREATED);
	state.pid.v = PID_PLACEHOLDER;
	if (oci_write(&oci_state_type, &state, OCI_WRITE_COMPACT, &init->start_state.text, &init->start_state.length) <
		0)
		return error_set(err, errno, "cannot write the state for the hooks");
	return 0;
}

/* Puts this process's pid into the text. Within a JSON string a quote is written as \", so the first match is the
 * member "pid" itself. */
static void fill_in_pid(struct init *init)
{
	char *at = strstr(init->start_state.text, pid_placeholder);
	char pid[sizeof(pid_placeholder)];
	size_t length;

	if (!at)
		return;
	length = (size_t)snprintf(pid, sizeof(pid), "\"pid\":%d", (int)getpid());
	memcpy(at, pid, length);
	memmove(at + length, at + sizeof(pid_placeholder) - 1, strlen(at + sizeof(pid_placeholder) - 1) + 1);
	init->start_state.length -= sizeof(pid_placeholder) - 1 - length;
}

int run_start_container_hooks(struct init *init, struct error *err)
{
	const struct oci_hooks *hooks = init->plan->spec->hooks;
	static char *no_env[] = { NULL };
	struct hooks_context context = { .kind = "startContainer", .env = init->env ? init->env : no_env };
	struct oci_state state;

	if (!hooks || hooks->start_container.n == 0)
		return 0;
	state = state_of(init, OCI_STATUS_CREATED);
	context.state = &state;
	if (init->start_state.text) {
		fill_in_pid(init);
		context.state_text = init->start_state.text;
		context.state_length = init->start_state.length;
	}
	return run_hooks(init, &hooks->start_container, context, err);
}
