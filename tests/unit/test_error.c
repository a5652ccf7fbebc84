/* Errors as values: the text, the number, and that no text overruns the buffer. */
#include "base/error.h"

#include "tap.h"

#include <errno.h>
#include <stdlib.h>

static void test_set(void)
{
	struct error err;

	is_int(error_set(&err, ENOENT, "cannot open '%s'", "/a"), -1, "setting an error gives -1");
	is_int(err.number, ENOENT, "the number is kept");
	is_str(err.text, "cannot open '/a': no such file or directory", "the text ends with what the number means");
	error_set(&err, 0, "expected %d", 1);
	is_int(err.number, 0, "a number of 0 is kept");
	is_str(err.text, "expected 1", "and adds nothing to the text");
	is_int(error_set(NULL, ENOENT, "unseen"), -1, "an error that nobody wants to see is one all the same");
}

static void test_foreign_bytes(void)
{
	struct error err;

	error_set(&err, ENOENT, "cannot open '%s'", "\033[2J\n\302\233a\377");
	is_str(err.text, "cannot open '\\x1b[2J\\n\\xc2\\x9ba\\xff': no such file or directory",
		"what a terminal would obey is shown, and a text is one line");
	error_wrap(&err, "in '%s'", "a\rb");
	ok(strncmp(err.text, "in 'a\\x0db': cannot open '\\x1b", 27) == 0, "a context is so, too");
	error_hint(&err, "make '%s'", "\033");
	is_str(err.detail.hint, "make '\\x1b'", "and a hint");
	error_set_lines(&err, "a\nb");
	is_str(err.text, "a\nb", "several lines are asked for by name");
	is_int(err.detail.code, ERROR_INTERNAL, "and have a code like any");
	is_int(error_set_lines(NULL, "unseen"), -1, "and may be unseen like any");
}

static void test_numbers(void)
{
	is_str(error_number_text(EACCES), "permission denied", "the first letter is a small one");
	is_str(error_number_text(EROFS), "read-only file system", "also before a hyphen");
	is_str(error_number_text(EDOTDOT), "RFS specific error", "an abbreviation keeps its capitals");
	is_str(error_number_text(4000), "error 4000", "a number without a meaning is shown");
	is_str(error_number_text(-1), "error -1", "as is one that is none");
}

static void test_wrap(void)
{
	struct error err;

	error_set(&err, EPERM, "cannot mount");
	is_int(error_wrap(&err, "mounts[%d]", 3), -1, "wrapping gives -1");
	is_int(err.number, EPERM, "wrapping keeps the number");
	is_str(err.text, "mounts[3]: cannot mount: operation not permitted", "the context comes first");
	error_wrap(&err, "tare create failed");
	is_str(err.text, "tare create failed: mounts[3]: cannot mount: operation not permitted", "each time");
	is_int(error_wrap(NULL, "unseen"), -1, "there may be nothing to wrap");
}

static void test_bounds(void)
{
	static char huge[3 * ERROR_TEXT_MAX];
	struct error err;

	memset(huge, 'x', sizeof(huge) - 1);
	error_set(&err, ENOENT, "%s", huge);
	is_int((long long)strlen(err.text), ERROR_TEXT_MAX - 1, "a text that is too long is cut off");
	is_int(err.number, ENOENT, "and keeps its number");
	error_wrap(&err, "context");
	is_int((long long)strlen(err.text), ERROR_TEXT_MAX - 1, "wrapping a full text loses its end");
	ok(strncmp(err.text, "context: xxx", 12) == 0, "and nothing of its start");
	error_set(&err, 0, "cause");
	error_wrap(&err, "%s", huge);
	ok(strlen(err.text) < ERROR_TEXT_MAX, "a context that is too long is cut off, too");
	is_str(err.text + strlen(err.text) - strlen("x: cause"), "x: cause", "and leaves room for the cause");
	/* One byte of room: the text of the number does not fit, and must not be written beyond the buffer. */
	error_set(&err, ENOENT, "%.*s", ERROR_TEXT_MAX - 2, huge);
	is_int((long long)strlen(err.text), ERROR_TEXT_MAX - 1, "what is left of the room is used");
}

static void test_codes(void)
{
	static const struct {
		int number;
		const char *name;
	} rows[] = { { 0, "internal" }, { EPERM, "permission-denied" }, { EACCES, "permission-denied" },
		{ ENOMEM, "out-of-resources" }, { ENOSPC, "out-of-resources" }, { EMFILE, "out-of-resources" },
		{ ENOENT, "system-call-failed" }, { EINVAL, "system-call-failed" } };
	struct error err;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		error_set(&err, rows[i].number, "x");
		is_str(error_code_name(err.detail.code), rows[i].name, "a number has a code of its own");
	}
	for (int code = 0; code < ERROR_CODE_COUNT; code++) {
		const char *name = error_code_name((enum error_code)code);

		ok(name != NULL, "each code has a name");
		for (int other = 0; name && other < code; other++) {
			if (strcmp(error_code_name((enum error_code)other), name) == 0)
				ok(false, name);
		}
	}
}

static void test_detail(void)
{
	struct error err;

	error_set(&err, EPERM, "cannot mount");
	ok(!*err.detail.object && !*err.detail.hint && !*err.detail.phase && !*err.detail.operation,
		"a new error has no detail but its code");
	is_int(error_tag(&err, ERROR_MOUNT_FAILED, NULL), -1, "tagging gives -1");
	ok(err.detail.code == ERROR_MOUNT_FAILED && !*err.detail.object, "a tag says more than a number");
	error_tag(&err, ERROR_CGROUP_FAILED, "mounts[%d]", 3);
	ok(err.detail.code == ERROR_MOUNT_FAILED, "the code of who is nearest to the cause stays");
	is_str(err.detail.object, "mounts[3]", "what he left open others can say");
	error_hint(&err, "do %s", "this");
	error_hint(&err, "or that");
	is_str(err.detail.hint, "do this", "the first hint stays");
	error_during(&err, "init", "mount");
	error_during(&err, "create", "talk to init");
	is_str(err.detail.phase, "init", "the innermost phase stays");
	is_str(err.detail.operation, "mount", "with its operation");
	error_wrap(&err, "tare create failed");
	ok(err.detail.code == ERROR_MOUNT_FAILED && err.number == EPERM, "wrapping keeps the detail");
	error_set(&err, 0, "another");
	ok(!*err.detail.object && err.detail.code == ERROR_INTERNAL, "nothing of it is left in another error");
	error_during(&err, "config", NULL);
	error_during(&err, "create", "read");
	ok(!*err.detail.operation, "an inner phase without an operation gets none from outside");
	ok(!error_is_of_hook(&err) && error_tag(&err, ERROR_HOOK_TIMEOUT, NULL) < 0 && error_is_of_hook(&err),
		"a hook can be told");
	is_int(error_tag(NULL, ERROR_USAGE, "x") + error_hint(NULL, "x") + error_during(NULL, "x", "y"), -3,
		"there may be nothing to add to");
}

int main(void)
{
	test_codes();
	test_detail();
	test_set();
	test_foreign_bytes();
	test_numbers();
	test_wrap();
	test_bounds();
	return done();
}
