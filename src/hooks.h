/* Hooks: programs that run at points in a container's life (spec: config.md, POSIX-platform hooks). The host's process
 * runs most of them, init those of createContainer and startContainer. */
#pragma once

#include "base/error.h"

#include "ocispec.h"

/* The files that hooks print to. -1: the output is read, and becomes part of the message when the hook fails. */
struct hooks_output {
	int out;
	int err;
};

#define HOOKS_OUTPUT_KEPT ((struct hooks_output){ .out = -1, .err = -1 })

struct hooks_context {
	const char *kind;              /* for messages: "prestart" */
	const struct oci_state *state; /* written to each hook's stdin */
	/* state as JSON, for a caller that cannot allocate memory; NULL: hooks_run() writes it from state */
	const char *state_text;
	size_t state_length;
	const char *cwd;                   /* the directory of the hooks; NULL: that of the caller */
	bool cwd_may_be_gone;              /* when chdir(2) to cwd fails, hooks run in / */
	const struct hooks_output *output; /* NULL: HOOKS_OUTPUT_KEPT */
	/* the environment of hooks that have no env in the config; NULL: the runtime's */
	char *const *env;
};

/* Runs the hooks in order and stops at the first that fails: its file cannot be executed, its exit status is not 0, a
 * signal kills it, or its timeout is over. At its timeout a hook is killed with its process group, as is the hook that
 * runs when a signal asks the runtime to end (base/interrupt.h). The output of a failed hook is part of the message. A
 * hook gets its own env or the runtime's, and never the container's (CVE-2025-23266); only startContainer hooks, which
 * are programs of the image, get the container's. Their umask is 0022, or that of the container's process. Returns 0,
 * or -1 with *err, for which error_is_of_hook() is true. */
int hooks_run(const struct oci_hook_list *hooks, const struct hooks_context *context, struct error *err);

/* Runs all hooks (poststop): a failure is passed to on_failure and the next hook runs, even after a signal. */
void hooks_run_all(const struct oci_hook_list *hooks, const struct hooks_context *context,
	void (*on_failure)(const char *text));
