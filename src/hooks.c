/* Hooks: runs one program after the other with program_run(), writes the state to its stdin, and limits its time. Runs
 * in the host's process and in init. */
#include "hooks.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/program.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

enum { MAX_TIMEOUT = 1000000000 };

static int exit_result(const struct program_end *end, const struct oci_hook *hook, struct error *err)
{
	const char *separator = end->length ? ": " : "";

	if (WIFSIGNALED(end->status))
		return error_set(err, 0, "'%s' was killed by signal %d%s%s", hook->path, WTERMSIG(end->status),
			separator, end->said);
	if (WEXITSTATUS(end->status) != 0)
		return error_set(err, 0, "'%s' failed with exit status %d%s%s", hook->path, WEXITSTATUS(end->status),
			separator, end->said);
	return 0;
}

static int hook_result(const struct program_end *end, const struct oci_hook *hook, struct error *err)
{
	switch (end->reason) {
	case PROGRAM_INTERRUPTED:
		(void)interrupt_check(err);
		return error_wrap(err, "'%s' was ended", hook->path);
	case PROGRAM_OUT_OF_TIME:
		error_set(err, 0, "'%s' did not end within %lld seconds", hook->path, (long long)hook->timeout.v);
		return error_tag(err, ERROR_HOOK_TIMEOUT, NULL);
	default:
		return exit_result(end, hook, err);
	}
}

static int run_hook(const struct oci_hook *hook, const struct hooks_context *context, const char *state, size_t length,
	struct error *err)
{
	const struct hooks_output files = context->output ? *context->output : HOOKS_OUTPUT_KEPT;
	char *const default_args[] = { hook->path, NULL };
	/* A timeout beyond MAX_TIMEOUT, which could overflow the clock, is no limit. */
	bool limited = hook->timeout.set && hook->timeout.v < MAX_TIMEOUT;
	const struct program program = {
		.path = hook->path,
		.args = hook->args.n > 0 ? hook->args.items : default_args,
		.env = hook->env.n > 0 ? hook->env.items : context->env,
		.cwd = context->cwd,
		.cwd_may_be_gone = context->cwd_may_be_gone,
		.leads_group = true,
		.input = state,
		.input_length = length,
		.out = files.out,
		.err = files.err,
		.deadline_ms = limited ? clock_ms() + (long)hook->timeout.v * 1000 : -1,
	};
	struct program_end end;

	if (program_run(&program, &end) < 0)
		return error_set(err, errno, "cannot start '%s'", hook->path);
	return hook_result(&end, hook, err);
}

/* Runs the hooks from index on, and stops at the first that fails. Returns its index, or hooks->n when none failed. */
static size_t run_hooks_from(const struct oci_hook_list *hooks, size_t index, const struct hooks_context *context,
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
	return run_hooks_from(hooks, 0, context, err) < hooks->n ? -1 : 0;
}

void hooks_run_all(const struct oci_hook_list *hooks, const struct hooks_context *context,
	void (*on_failure)(const char *text))
{
	struct error err;

	for (size_t i = 0; i < hooks->n; i++) {
		i = run_hooks_from(hooks, i, context, &err);
		if (i < hooks->n)
			on_failure(err.text);
		/* A signal ends the hook that runs. The next ones run all the same, since poststop hooks clean up. */
		interrupt_acted_upon();
	}
}
