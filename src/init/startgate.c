/* The conversation of init: with the host during create, and at the start gate, where a created container waits for
 * `start` with no more rights than its program will have. Runs inside the container. */
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

/* To whoever waits for us: `start` once it has come, else create. */
static int channel(const struct init *init)
{
	return init->start >= 0 ? init->start : init->handles->sync;
}

void report_error(const struct init *init, const struct error *err)
{
	int sock = channel(init);

	/* Between create and start nobody listens: the container's log is what there is. */
	if (sock < 0 || sync_send(sock, SYNC_ERROR, err, -1) < 0)
		fd_print(STDERR_FILENO, "tare: %s\n", err->text);
}

int await_host(struct init *init, struct error *err)
{
	return sync_expect(init->handles->sync, SYNC_GO, NULL, err);
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
		int n;

		if (connection < 0 && errno != EINTR && errno != ECONNABORTED)
			return error_set(err, errno, "cannot accept");
		if (connection < 0)
			continue;
		n = sync_receive(connection, &message);
		if (n == 1)
			close_fd(&message.fd);
		/* `start` takes HELLO for the word that its GO was heard. */
		if (n == 1 && message.type == SYNC_GO && sync_send(connection, SYNC_HELLO, NULL, -1) == 0) {
			init->start = connection;
			return 0;
		}
		/* `state` hangs up without GO: it only looked whether somebody is here. */
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

static struct oci_state state_of(const struct init *init, enum oci_status status)
{
	const struct plan *plan = init->plan;

	return (struct oci_state){
		.oci_version = plan->spec->oci_version,
		.id = (char *)(uintptr_t)plan->id,
		.status = status,
		.pid = { .set = true, .v = getpid() }, /* as the container sees it */
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

/* The builder cannot know the pid that its child will see as its own, and its child cannot allocate: this number, which
 * is as long as any, stands in its place. */
#define PID_TO_COME         2147483647
#define TEXT_OF(n)          TEXT_OF_EXPANDED(n)
#define TEXT_OF_EXPANDED(n) #n
static const char pid_to_come[] = "\"pid\":" TEXT_OF(PID_TO_COME);

int write_start_state(struct init *init, struct error *err)
{
	const struct oci_hooks *hooks = init->plan->spec->hooks;
	struct oci_state state;

	if (!hooks || hooks->start_container.n == 0)
		return 0;
	state = state_of(init, OCI_STATUS_CREATED);
	state.pid.v = PID_TO_COME;
	if (oci_write(&oci_state_type, &state, OCI_WRITE_COMPACT, &init->state.text, &init->state.length) < 0)
		return error_set(err, errno, "cannot write the state for the hooks");
	return 0;
}

/* A quote within a string of the text has a backslash in front: the first match is the member. */
static void fill_in_pid(struct init *init)
{
	char *at = strstr(init->state.text, pid_to_come);
	char pid[sizeof(pid_to_come)];
	size_t length;

	if (!at)
		return;
	length = (size_t)snprintf(pid, sizeof(pid), "\"pid\":%d", (int)getpid());
	memcpy(at, pid, length);
	memmove(at + length, at + sizeof(pid_to_come) - 1, strlen(at + sizeof(pid_to_come) - 1) + 1);
	init->state.length -= sizeof(pid_to_come) - 1 - length;
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
	if (init->state.text) {
		fill_in_pid(init);
		context.state_text = init->state.text;
		context.state_length = init->state.length;
	}
	return run_hooks(init, &hooks->start_container, context, err);
}
