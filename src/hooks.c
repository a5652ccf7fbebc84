/* Hooks: starts one program after the other, feeds it the state, keeps its time. Runs on both sides. One poll loop
 * serves stdin, output, the end and the deadline, so that no hook can hang us: one that does not read, one that floods,
 * and one whose children keep its pipes open are all the same to it. */
#include "hooks.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 2048, EXEC_FAILED = 127, MAX_TIMEOUT = 1000000000, HOOK_UMASK = 022 };

struct hook_run {
	pid_t pid;
	int pidfd;
	int input;  /* our end of its stdin */
	int output; /* our end of its stdout and stderr */
	char text[OUTPUT_MAX + 1];
	size_t length;
};

/* In the child: ready the standard streams and become the hook. */
static void become_hook(const struct oci_hook *hook, const struct hooks_context *context, pid_t parent, int input,
	int output)
{
	const struct hooks_output files = context->output ? *context->output : HOOKS_OUTPUT_KEPT;
	char *const default_args[] = { hook->path, NULL };
	char *const *args = hook->args.n > 0 ? hook->args.items : default_args;
	char *const *env = hook->env.n > 0 ? hook->env.items : context->env ? context->env : environ;
	mode_t own = umask(HOOK_UMASK);
	sigset_t none;

	/* 0 is the runtime's alone, which gives each file its mode: with it a hook of root would write files for
	 * everybody. Any other is that of the container's process. */
	if (own != 0)
		umask(own);
	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		signal(signal_number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	/* Nobody would keep its time. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXEC_FAILED);
	if (context->cwd && chdir(context->cwd) < 0 && (!context->cwd_may_be_gone || chdir("/") < 0)) {
		fd_print(output, "cannot change to '%s': %s", context->cwd, error_number_text(errno));
		_exit(EXEC_FAILED);
	}
	dup2(input, STDIN_FILENO);
	dup2(files.out >= 0 ? files.out : output, STDOUT_FILENO);
	dup2(files.err >= 0 ? files.err : output, STDERR_FILENO);
	/* What is to be passed on is the program's alone. */
	close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	execve(hook->path, args, env);
	fd_print(output, "%s", error_number_text(errno));
	_exit(EXEC_FAILED);
}

static int start_hook(const struct oci_hook *hook, const struct hooks_context *context, struct hook_run *ret)
{
	cleanup_fd int in_read = -1;
	cleanup_fd int in_write = -1;
	cleanup_fd int out_read = -1;
	cleanup_fd int out_write = -1;
	int pidfd = -1;
	struct clone_args args = { .flags = CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD };
	pid_t parent = getpid();
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	in_read = ends[0];
	in_write = ends[1];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	out_read = ends[0];
	out_write = ends[1];
	if (fcntl(in_write, F_SETFL, O_NONBLOCK) < 0 || fcntl(out_read, F_SETFL, O_NONBLOCK) < 0)
		return -1;
	pid = sys_clone3(&args);
	if (pid == 0)
		become_hook(hook, context, parent, in_read, out_write);
	if (pid < 0)
		return -1;
	*ret = (struct hook_run){ .pid = pid,
		.pidfd = pidfd,
		.input = take_fd(&in_write),
		.output = take_fd(&out_read) };
	return 0;
}

/* Reads once, for writers may be faster than we are; keeps the first bytes for the error message and throws the rest
 * away. Returns whether there was something. */
static bool read_output(struct hook_run *run)
{
	char buffer[4096];
	ssize_t n = read(run->output, buffer, sizeof(buffer));

	if (n == 0)
		close_fd(&run->output);
	if (n > 0) {
		size_t keep = (size_t)n < OUTPUT_MAX - run->length ? (size_t)n : OUTPUT_MAX - run->length;

		memcpy(run->text + run->length, buffer, keep);
		run->length += keep;
		run->text[run->length] = '\0';
	}
	return n > 0;
}

/* What a hook said before its end, as far as there is room for it. */
static void read_last_words(struct hook_run *run)
{
	while (run->output >= 0 && run->length < OUTPUT_MAX && read_output(run))
		;
}

/* Writes more of the state; a hook that closes its stdin unread is in its right. */
static void feed_input(struct hook_run *run, const char *state, size_t length, size_t *sent)
{
	ssize_t n = write(run->input, state + *sent, length - *sent);

	if (n > 0)
		*sent += (size_t)n;
	if (*sent == length || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_fd(&run->input);
}

enum served { SERVED_FAILED = -1, SERVED_OUT_OF_TIME, SERVED_INTERRUPTED, SERVED_ENDED };

/* Serves the hook until it ends, its time runs out, a signal asks us to end, or we fail, with errno. */
static enum served serve_hook(struct hook_run *run, const char *state, size_t length, long deadline)
{
	size_t sent = 0;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = run->pidfd, .events = POLLIN },
			{ .fd = run->output, .events = POLLIN },
			{ .fd = run->input, .events = POLLOUT },
		};
		long left = deadline < 0 ? -1 : deadline - clock_ms();

		if (interrupt_noted())
			return SERVED_INTERRUPTED;
		if (deadline >= 0 && left <= 0)
			return SERVED_OUT_OF_TIME;
		if (interrupt_poll(fds, 3, left > INT_MAX ? INT_MAX : (int)left) < 0) {
			if (errno == EINTR)
				continue;
			return SERVED_FAILED;
		}
		if (fds[1].revents)
			read_output(run);
		if (fds[2].revents)
			feed_input(run, state, length, &sent);
		if (fds[0].revents) {
			read_last_words(run);
			return SERVED_ENDED;
		}
	}
}

static int exit_result(const struct hook_run *run, int status, const struct oci_hook *hook, struct error *err)
{
	const char *separator = run->length ? ": " : "";

	if (WIFSIGNALED(status))
		return error_set(err, 0, "'%s' was killed by signal %d%s%s", hook->path, WTERMSIG(status), separator,
			run->text);
	if (WEXITSTATUS(status) != 0)
		return error_set(err, 0, "'%s' failed with exit status %d%s%s", hook->path, WEXITSTATUS(status),
			separator, run->text);
	return 0;
}

static int hook_result(struct hook_run *run, enum served served, const struct oci_hook *hook, struct error *err)
{
	int number = errno;
	int status;

	if (served != SERVED_ENDED) {
		/* The group first: the hook's children must not outlive its failure. */
		kill(-run->pid, SIGKILL);
		kill(run->pid, SIGKILL);
	}
	if (child_wait_status(run->pid, &status) < 0)
		return error_set(err, errno, "cannot wait for '%s'", hook->path);
	while (run->length > 0 && (run->text[run->length - 1] == '\n' || run->text[run->length - 1] == ' '))
		run->text[--run->length] = '\0';
	if (served == SERVED_FAILED)
		return error_set(err, number, "cannot wait for '%s'", hook->path);
	if (served == SERVED_INTERRUPTED) {
		(void)interrupt_check(err);
		return error_wrap(err, "'%s' was ended", hook->path);
	}
	if (served == SERVED_OUT_OF_TIME) {
		error_set(err, 0, "'%s' did not end within %lld seconds", hook->path, (long long)hook->timeout.v);
		return error_tag(err, ERROR_HOOK_TIMEOUT, NULL);
	}
	return exit_result(run, status, hook, err);
}

static int run_hook(const struct oci_hook *hook, const struct hooks_context *context, const char *state, size_t length,
	struct error *err)
{
	/* More seconds than a clock counts is no limit. */
	bool limited = hook->timeout.set && hook->timeout.v < MAX_TIMEOUT;
	long deadline = limited ? clock_ms() + (long)hook->timeout.v * 1000 : -1;
	struct hook_run run;
	enum served served;
	int result;

	if (start_hook(hook, context, &run) < 0)
		return error_set(err, errno, "cannot start '%s'", hook->path);
	served = serve_hook(&run, state, length, deadline);
	result = hook_result(&run, served, hook, err);
	close_fd(&run.pidfd);
	close_fd(&run.input);
	close_fd(&run.output);
	return result;
}

/* Runs hooks from index on; returns the number of the first that failed, or the count. */
static size_t run_from(const struct oci_hook_list *hooks, size_t index, const struct hooks_context *context,
	struct error *err)
{
	cleanup_free char *written = NULL;
	const char *state = context->state_text;
	size_t length = context->state_length;

	if (index < hooks->n && !state &&
		oci_write(&oci_state_type, context->state, OCI_WRITE_COMPACT, &written, &length) < 0) {
		error_set(err, errno, "cannot write the state for the hooks");
		error_tag(err, ERROR_HOOK_FAILED, "hooks.%s", context->kind);
		return index;
	}
	if (!state)
		state = written;
	for (; index < hooks->n; index++) {
		if (run_hook(&hooks->items[index], context, state, length, err) < 0) {
			error_wrap(err, "hooks.%s[%zu]", context->kind, index);
			error_tag(err, ERROR_HOOK_FAILED, "hooks.%s[%zu]", context->kind, index);
			break;
		}
	}
	return index;
}

int hooks_run(const struct oci_hook_list *hooks, const struct hooks_context *context, struct error *err)
{
	return run_from(hooks, 0, context, err) < hooks->n ? -1 : 0;
}

void hooks_run_all(const struct oci_hook_list *hooks, const struct hooks_context *context,
	void (*on_failure)(const char *text))
{
	struct error err;

	for (size_t i = 0; i < hooks->n; i++) {
		i = run_from(hooks, i, context, &err);
		if (i < hooks->n)
			on_failure(err.text);
		/* A signal ends one hook: these clean up. */
		interrupt_acted_upon();
	}
}
