/* Hooks: programs that the spec has run around a container (spec: config.md, POSIX-platform hooks). Used on the host
 * and, for createContainer and startContainer, by init. */
#pragma once

#include "base/error.h"

#include "ocispec.h"

/* Files for what hooks print, -1: kept for the message of one that fails. */
struct hooks_output {
	int out;
	int err;
};

#define HOOKS_OUTPUT_KEPT ((struct hooks_output){ .out = -1, .err = -1 })

struct hooks_context {
	const char *kind;              /* "prestart", for messages */
	const struct oci_state *state; /* written to each hook's stdin */
	const char *state_text;        /* the same as text, for who may not allocate; NULL: write it */
	size_t state_length;
	const char *cwd;                   /* NULL: stay */
	bool cwd_may_be_gone;              /* then they run in / */
	const struct hooks_output *output; /* NULL: all kept */
	char *const *env;                  /* of those without env of their own; NULL: the runtime's */
};

/* Runs the hooks in order and stops at the first that fails: not found, exit status not 0, killed, or out of time. A
 * hook out of time is killed with its whole process group, and so is the one that runs when a signal asks us to end
 * (base/interrupt.h). What a failed hook printed is part of the message. Hooks get their own env, or the runtime's,
 * never the container's (CVE-2025-23266), but for those of startContainer, which are the image's own programs; their
 * umask is 0022, or that of the container's process. Errors have a code of which error_is_of_hook() is true. */
int hooks_run(const struct oci_hook_list *hooks, const struct hooks_context *context, struct error *err);

/* Runs all hooks; a failure goes to on_failure and the next one runs (poststop), also after a signal. */
void hooks_run_all(const struct oci_hook_list *hooks, const struct hooks_context *context,
	void (*on_failure)(const char *text));
