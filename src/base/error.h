/* Errors as values.
 *
 * A function that can fail either returns -1 and fills *err, or returns 0 or more and leaves *err as it is. The text is
 * for people, the detail for programs (docs/errors.md). Both are fixed buffers: reporting an error allocates no memory,
 * so it works when memory ran out and in a forked init. */
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

/* Kinds of errors that a manager or an operator can act on. Their names are stable and stand in error.c, their meanings
 * in docs/errors.md. error_set() derives the first ones, up to ERROR_OUT_OF_RESOURCES, from an errno; error_tag()
 * replaces them by any other. */
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
	ERROR_TIMED_OUT,
	ERROR_CODE_COUNT,
};

/* An empty string means: not set. */
struct error_detail {
	enum error_code code;
	char phase[ERROR_PHASE_MAX];         /* "config", "init", or the command: "create" */
	char operation[ERROR_OPERATION_MAX]; /* "mask paths" */
	char object[ERROR_OBJECT_MAX];       /* the place in the config ("mounts[7]"), a path, an option */
	char hint[ERROR_HINT_MAX];           /* one sentence: what to do about it */
};

struct error {
	int number; /* errno, or 0 when no system call failed */
	struct error_detail detail;
	char text[ERROR_TEXT_MAX];
};

/* Sets *err to the formatted text, followed by ": " and the text of errno number unless number is 0, and the detail to
 * the code that the number means, nothing else. err may be NULL, here and below. Texts are lowercase, cause first,
 * subjects in quotes, no full stop. The text becomes one line without control characters (base/printable.h). Always
 * returns -1. */
int error_set(struct error *err, int number, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* error_set() with number 0 for a text of several lines, which are taken as they are. */
int error_set_lines(struct error *err, const char *lines);

/* error_set() for a wrong command line: the code is ERROR_USAGE, the object the option or argument, or NULL. */
int error_usage(struct error *err, const char *object, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the text; the context says during which operation the error happened. The number and the
 * detail stay. Always returns -1. */
int error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Add to the detail of an error that was set. A field that has a value keeps it: the function nearest to the cause sets
 * it first. A NULL object, and a code that is derived from an errno (such as ERROR_INTERNAL), change nothing. All
 * return -1. */
int error_tag(struct error *err, enum error_code code, const char *object, ...) __attribute__((format(printf, 3, 4)));
int error_hint(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
int error_during(struct error *err, const char *phase, const char *operation);

/* True when a hook caused the error. */
bool error_is_of_hook(const struct error *err);

/* The name of a code: "mount-failed". */
const char *error_code_name(enum error_code code);

/* True of an errno that tells of a shortage of this process or machine, and nothing about the file that was looked at:
 * EMFILE, ENFILE, ENOMEM, EIO, EINTR. */
bool error_is_shortage(int number);

/* The text of an errno, lowercase as managers match it ("no such file or directory"); never localised. */
const char *error_number_text(int number);
