/* Errors as values.
 *
 * A function that can fail returns -1 with *err filled, or 0 and more with *err untouched; never both, never neither.
 * The text is for people, the detail for programs (docs/errors.md). All of it is fixed buffers: reporting a failure
 * never allocates, so it works when memory ran out and in a forked init. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	ERROR_TEXT_MAX = 4096,
	ERROR_PHASE_MAX = 16,
	ERROR_OPERATION_MAX = 64,
	ERROR_OBJECT_MAX = 128,
	ERROR_HINT_MAX = 256,
};

/* What a manager or an operator can act on. Their names, which are stable, are in error.c, their meanings in
 * docs/errors.md. The first ones are what error_set() makes of an errno; they give way to any other. */
enum error_code {
	ERROR_INTERNAL,
	ERROR_SYSTEM,
	ERROR_PERMISSION_DENIED,
	ERROR_OUT_OF_RESOURCES,
	ERROR_USAGE,
	ERROR_NOT_SUPPORTED,
	ERROR_KERNEL_TOO_OLD,
	ERROR_BUNDLE_UNREADABLE,
	ERROR_CONFIG_INVALID,
	ERROR_STATE_UNREADABLE,
	ERROR_CONTAINER_EXISTS,
	ERROR_CONTAINER_NOT_FOUND,
	ERROR_CONTAINER_NOT_CREATED,
	ERROR_CONTAINER_NOT_RUNNING,
	ERROR_CONTAINER_NOT_PAUSED,
	ERROR_CONTAINER_NOT_STOPPED,
	ERROR_CONTAINER_BUSY,
	ERROR_NAMESPACE_FAILED,
	ERROR_NETWORK_DEVICE_FAILED,
	ERROR_ROOT_FAILED,
	ERROR_MOUNT_FAILED,
	ERROR_CGROUP_CONTROLLER_MISSING,
	ERROR_CGROUP_FAILED,
	ERROR_RDT_FAILED,
	ERROR_SECURITY_FAILED,
	ERROR_HOOK_FAILED,
	ERROR_HOOK_TIMEOUT,
	ERROR_PROGRAM_NOT_FOUND,
	ERROR_PROGRAM_NOT_EXECUTABLE,
	ERROR_WORKING_DIRECTORY_FAILED,
	ERROR_CONSOLE_FAILED,
	ERROR_INTERRUPTED,
	ERROR_CODE_COUNT,
};

/* Empty strings: nobody said. */
struct error_detail {
	enum error_code code;
	char phase[ERROR_PHASE_MAX];         /* "config", "init", else the command: "create" */
	char operation[ERROR_OPERATION_MAX]; /* "mask paths" */
	char object[ERROR_OBJECT_MAX];       /* the place in the config, "mounts[7]", or what else it is about */
	char hint[ERROR_HINT_MAX];           /* one sentence on the way out */
};

struct error {
	int number; /* errno, or 0 when no system call failed */
	struct error_detail detail;
	char text[ERROR_TEXT_MAX];
};

/* Sets *err to the formatted text, followed by ": " and the text of errno number unless number is 0, with no more
 * detail than the code that the number means. err may be NULL, here and below. Texts are lowercase, cause first,
 * subjects in quotes, no full stop. They are one line that can be shown on a terminal, whatever bytes the subjects have
 * (base/printable.h). Always returns -1. */
int error_set(struct error *err, int number, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same for a text of several lines, each of which can be shown as it is. */
int error_set_lines(struct error *err, const char *lines);

/* The same for a mistake of the caller's, in his words: the code is ERROR_USAGE, the object the option, or NULL. */
int error_usage(struct error *err, const char *object, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the text, keeping the number and the detail: what we were doing when it happened. Always
 * returns -1. */
int error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds to the detail of an error that was set; whoever is nearest to the cause says it first, and what was said stays.
 * An object that is NULL says nothing, nor does a general code (ERROR_INTERNAL). All return -1. */
int error_tag(struct error *err, enum error_code code, const char *object, ...) __attribute__((format(printf, 3, 4)));
int error_hint(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
int error_during(struct error *err, const char *phase, const char *operation);

/* True when a hook is the reason. */
bool error_is_of_hook(const struct error *err);

/* The name of a code: "mount-failed". */
const char *error_code_name(enum error_code code);

/* True of an errno that says what we lack, and nothing about what was looked at: EMFILE, ENFILE, ENOMEM, EIO, EINTR. */
bool error_is_shortage(int number);

/* The text of an errno, lowercase as managers match it ("no such file or directory"); never localised. */
const char *error_number_text(int number);
