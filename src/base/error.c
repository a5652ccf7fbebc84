/* Errors as values: formatting and wrapping. Runs on both sides; allocates nothing and opens no file. */
#include "base/error.h"

#include "base/printable.h"
#include "base/table.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_TEXT_MAX = 64, CONTEXT_MAX = 1024 };

static const struct table_row code_names[] = {
	{ "internal", ERROR_INTERNAL },
	{ "system-call-failed", ERROR_SYSTEM },
	{ "permission-denied", ERROR_PERMISSION_DENIED },
	{ "out-of-resources", ERROR_OUT_OF_RESOURCES },
	{ "usage", ERROR_USAGE },
	{ "not-supported", ERROR_NOT_SUPPORTED },
	{ "kernel-too-old", ERROR_KERNEL_TOO_OLD },
	{ "bundle-unreadable", ERROR_BUNDLE_UNREADABLE },
	{ "config-invalid", ERROR_CONFIG_INVALID },
	{ "state-unreadable", ERROR_STATE_UNREADABLE },
	{ "container-exists", ERROR_CONTAINER_EXISTS },
	{ "container-not-found", ERROR_CONTAINER_NOT_FOUND },
	{ "container-not-created", ERROR_CONTAINER_NOT_CREATED },
	{ "container-not-running", ERROR_CONTAINER_NOT_RUNNING },
	{ "container-not-paused", ERROR_CONTAINER_NOT_PAUSED },
	{ "container-not-stopped", ERROR_CONTAINER_NOT_STOPPED },
	{ "container-busy", ERROR_CONTAINER_BUSY },
	{ "namespace-failed", ERROR_NAMESPACE_FAILED },
	{ "network-device-failed", ERROR_NETWORK_DEVICE_FAILED },
	{ "root-failed", ERROR_ROOT_FAILED },
	{ "mount-failed", ERROR_MOUNT_FAILED },
	{ "cgroup-controller-missing", ERROR_CGROUP_CONTROLLER_MISSING },
	{ "cgroup-failed", ERROR_CGROUP_FAILED },
	{ "intel-rdt-failed", ERROR_RDT_FAILED },
	{ "security-failed", ERROR_SECURITY_FAILED },
	{ "hook-failed", ERROR_HOOK_FAILED },
	{ "hook-timeout", ERROR_HOOK_TIMEOUT },
	{ "program-not-found", ERROR_PROGRAM_NOT_FOUND },
	{ "program-not-executable", ERROR_PROGRAM_NOT_EXECUTABLE },
	{ "working-directory-failed", ERROR_WORKING_DIRECTORY_FAILED },
	{ "console-failed", ERROR_CONSOLE_FAILED },
	{ "interrupted", ERROR_INTERRUPTED },
	{ "timed-out", ERROR_TIMED_OUT },
	{ NULL, 0 },
};

const char *error_code_name(enum error_code code)
{
	return table_name(code_names, code);
}

static enum error_code code_of_number(int number)
{
	switch (number) {
	case 0:
		return ERROR_INTERNAL;
	case EPERM:
	case EACCES:
		return ERROR_PERMISSION_DENIED;
	case ENOMEM:
	case ENOSPC:
	case EDQUOT:
	case EMFILE:
	case ENFILE:
	case EAGAIN:
		return ERROR_OUT_OF_RESOURCES;
	default:
		return ERROR_SYSTEM;
	}
}

bool error_is_shortage(int number)
{
	return number == EMFILE || number == ENFILE || number == ENOMEM || number == EIO || number == EINTR;
}

const char *error_number_text(int number)
{
	static char lowered[NUMBER_TEXT_MAX];
	const char *text = strerrordesc_np(number);

	if (!text) {
		snprintf(lowered, sizeof(lowered), "error %d", number);
		return lowered;
	}
	snprintf(lowered, sizeof(lowered), "%s", text);
	/* Lower only a word like "Read-only": an abbreviation such as "RFS" keeps its capitals. */
	if (islower((unsigned char)lowered[1]))
		lowered[0] = (char)tolower((unsigned char)lowered[0]);
	return lowered;
}

static __attribute__((format(printf, 3, 0))) void set(struct error *err, int number, const char *format, va_list args)
{
	char said[ERROR_TEXT_MAX];
	size_t length;

	vsnprintf(said, sizeof(said), format, args);
	printable_copy(err->text, sizeof(err->text), said);
	length = strlen(err->text);
	err->number = number;
	err->detail = (struct error_detail){ .code = code_of_number(number) };
	if (number != 0)
		snprintf(err->text + length, sizeof(err->text) - length, ": %s", error_number_text(number));
}

int error_set(struct error *err, int number, const char *format, ...)
{
	va_list args;

	if (!err)
		return -1;
	va_start(args, format);
	set(err, number, format, args);
	va_end(args);
	return -1;
}

int error_set_lines(struct error *err, const char *lines)
{
	if (!err)
		return -1;
	err->number = 0;
	err->detail = (struct error_detail){ .code = code_of_number(0) };
	snprintf(err->text, sizeof(err->text), "%s", lines);
	return -1;
}

int error_usage(struct error *err, const char *object, const char *format, ...)
{
	va_list args;

	if (!err)
		return -1;
	va_start(args, format);
	set(err, 0, format, args);
	va_end(args);
	return error_tag(err, ERROR_USAGE, object ? "%s" : NULL, object);
}

int error_wrap(struct error *err, const char *format, ...)
{
	char said[CONTEXT_MAX];
	char context[CONTEXT_MAX];
	va_list args;
	size_t length;

	if (!err)
		return -1;
	va_start(args, format);
	vsnprintf(said, sizeof(said), format, args);
	va_end(args);
	printable_copy(context, sizeof(context) - strlen(": "), said);
	length = strlen(context);
	memcpy(context + length, ": ", sizeof(": "));
	length += strlen(": ");
	/* When both do not fit, the end of the cause is cut. */
	memmove(err->text + length, err->text, sizeof(err->text) - length);
	memcpy(err->text, context, length);
	err->text[sizeof(err->text) - 1] = '\0';
	return -1;
}

/* Writes the text into buffer unless buffer already has one: the function nearest to the cause of the error writes
 * first. */
static __attribute__((format(printf, 3, 0))) void say(char *buffer, size_t size, const char *format, va_list args)
{
	char said[ERROR_HINT_MAX];

	if (!format || *buffer)
		return;
	vsnprintf(said, sizeof(said), format, args);
	printable_copy(buffer, size, said);
}

/* True of a code that is derived from an errno; any other code replaces it. */
static bool is_general(enum error_code code)
{
	return code <= ERROR_OUT_OF_RESOURCES;
}

int error_tag(struct error *err, enum error_code code, const char *object, ...)
{
	va_list args;

	if (!err)
		return -1;
	if (is_general(err->detail.code) && !is_general(code))
		err->detail.code = code;
	va_start(args, object);
	say(err->detail.object, sizeof(err->detail.object), object, args);
	va_end(args);
	return -1;
}

int error_hint(struct error *err, const char *format, ...)
{
	va_list args;

	if (!err)
		return -1;
	va_start(args, format);
	say(err->detail.hint, sizeof(err->detail.hint), format, args);
	va_end(args);
	return -1;
}

int error_during(struct error *err, const char *phase, const char *operation)
{
	struct error_detail *detail;

	if (!err)
		return -1;
	detail = &err->detail;
	/* With a phase already set, an inner operation failed: the operation of an outer phase is not added. */
	if (!*detail->phase && !*detail->operation && operation)
		snprintf(detail->operation, sizeof(detail->operation), "%s", operation);
	if (!*detail->phase)
		snprintf(detail->phase, sizeof(detail->phase), "%s", phase);
	return -1;
}

bool error_is_of_hook(const struct error *err)
{
	return err->detail.code == ERROR_HOOK_FAILED || err->detail.code == ERROR_HOOK_TIMEOUT;
}
