/* Hooks: their input, the meaning of their end, and that no hook blocks the runtime for ever. */
#include "hooks.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#include "scratch.h"
#include "tap.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

enum { TOO_LONG = 60 }; /* seconds, after which a hook that still blocks the test is a failure */

static int dir;
static struct error err;

static struct oci_state state = { .oci_version = "1.3.0", .id = "unit", .status = OCI_STATUS_CREATING, .bundle = "/b" };

/* A hook that is a shell script. */
#define SCRIPT(text)                                                                                \
	{                                                                                           \
		.path = "/bin/sh", .args = {.n = 3, .items = (char *[]){ "sh", "-c", text, NULL } } \
	}

/* Runs hooks in the scratch directory. Returns what hooks_run() does. */
static int run(struct oci_hook *hooks, size_t n)
{
	const struct oci_hook_list list = { .n = n, .items = hooks };
	const struct hooks_context context = { .kind = "prestart", .state = &state, .cwd = scratch_path };

	err = (struct error){ 0 };
	return hooks_run(&list, &context, &err);
}

static int run_script(char *text)
{
	struct oci_hook hook = SCRIPT(text);

	return run(&hook, 1);
}

/* The first line of a file that a hook wrote; a static buffer. */
static const char *line_of(const char *name)
{
	static char buffer[4096];

	return file_read_line(dir, name, buffer, sizeof(buffer)) < 0 ? "(not there)" : buffer;
}

static void test_results(void)
{
	struct oci_hook missing = { .path = "/no/such/hook" };
	struct oci_hook directory = { .path = "/tmp" };

	is_int(run(NULL, 0), 0, "no hooks, no failure");
	is_int(run_script("exit 0"), 0, "a hook that ends well is fine");
	is_int(run_script("exit 3"), -1, "one that does not is a failure");
	is_str(err.text, "hooks.prestart[0]: '/bin/sh' failed with exit status 3", "which tells its exit status");
	run_script("echo not today >&2; echo 'no  '; exit 1");
	is_str(err.text, "hooks.prestart[0]: '/bin/sh' failed with exit status 1: not today\\nno",
		"and what the hook said on either stream, in one line");
	run_script("kill -KILL $$");
	is_str(err.text, "hooks.prestart[0]: '/bin/sh' was killed by signal 9", "or the signal that killed it");
	run_script("exit 200");
	is_str(err.text, "hooks.prestart[0]: '/bin/sh' failed with exit status 200",
		"a great exit status is not taken for a signal");
	is_int(run(&missing, 1), -1, "a hook that is not there is a failure");
	is_str(err.text, "hooks.prestart[0]: '/no/such/hook' failed with exit status 127: no such file or directory",
		"which tells why");
	run(&directory, 1);
	is_str(err.text, "hooks.prestart[0]: '/tmp' failed with exit status 127: permission denied",
		"as is one that is no program");
}

static void test_state(void)
{
	cleanup_free char *json = NULL;
	cleanup_free char *got = NULL;
	size_t length;
	size_t got_length;

	is_int(run_script("cat >state"), 0, "a hook reads the state from its standard input, to the end");
	oci_write(&oci_state_type, &state, OCI_WRITE_COMPACT, &json, &length);
	ok(file_read(dir, "state", 100000, &got, &got_length, &err) == 0 && got_length == length &&
			memcmp(got, json, length) == 0,
		"all of it, and nothing else");
}

static void test_process(void)
{
	struct oci_hook hook = SCRIPT("echo \"$A-$B\" >env; pwd >cwd; echo \"$0 $1\" >args");
	char *env[] = { "A=1", NULL };
	char *args[] = { "any name", "-c", "echo \"$0 $1\" >args", "zero", "one", NULL };
	char *no_args[] = { NULL };

	setenv("B", "ours", 1);
	ok(run(&hook, 1) == 0 && strcmp(line_of("env"), "-ours") == 0, "a hook without an environment gets ours");
	is_str(line_of("cwd"), scratch_path, "it runs where the context says");
	hook.env = (struct oci_strings){ .n = 1, .items = env };
	ok(run(&hook, 1) == 0 && strcmp(line_of("env"), "1-") == 0,
		"one with an environment gets that, and nothing of ours");
	hook.args = (struct oci_strings){ .n = 5, .items = args };
	ok(run(&hook, 1) == 0 && strcmp(line_of("args"), "zero one") == 0, "it gets its arguments, args[0] included");
	hook = (struct oci_hook){ .path = "/bin/true", .args = { .n = 0, .items = no_args } };
	is_int(run(&hook, 1), 0, "without arguments it is its own args[0]");
}

/* The mode of a file that a hook makes while the test's umask is mask. */
static mode_t mode_under(mode_t mask)
{
	mode_t before = umask(mask);
	struct stat st = { 0 };

	run_script("rm -f made; : >made");
	umask(before);
	return fstatat(dir, "made", &st, 0) < 0 ? 0 : st.st_mode & 0777;
}

static void test_umask(void)
{
	is_int(mode_under(0), 0644, "the runtime's umask of 0 is not that of a hook");
	is_int(mode_under(077), 0600, "the one that init has set for its process is");
}

/* A hook does not inherit the signal actions and the mask of its caller. */
static void test_signals(void)
{
	sigset_t all;
	sigset_t before;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	run_script("grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -d '\\n\\t' >signals");
	sigprocmask(SIG_SETMASK, &before, NULL);
	is_str(line_of("signals"), "SigBlk:0000000000000000SigIgn:0000000000000000",
		"a hook starts with no signal blocked or ignored");
}

static void test_order(void)
{
	struct oci_hook hooks[] = { SCRIPT("printf 1 >>order"), SCRIPT("printf 2 >>order; exit 1"),
		SCRIPT("printf 3 >>order") };

	is_int(run(hooks, 3), -1, "one of several hooks may fail");
	is_str(err.text, "hooks.prestart[1]: '/bin/sh' failed with exit status 1", "the message counts which");
	is_str(line_of("order"), "12", "hooks run in their order, and none behind one that failed");
}

static char failures[1024];

static void on_failure(const char *text)
{
	snprintf(failures + strlen(failures), sizeof(failures) - strlen(failures), "%s;", text);
}

static void test_all(void)
{
	struct oci_hook hooks[] = { SCRIPT("exit 1"), SCRIPT("printf 2 >>all"), SCRIPT("exit 3"),
		SCRIPT("printf 4 >>all") };
	const struct oci_hook_list list = { .n = 4, .items = hooks };
	const struct hooks_context context = { .kind = "poststop", .state = &state, .cwd = scratch_path };

	hooks_run_all(&list, &context, on_failure);
	is_str(line_of("all"), "24", "all hooks run, those behind a failure, too");
	is_str(failures,
		"hooks.poststop[0]: '/bin/sh' failed with exit status 1;"
		"hooks.poststop[2]: '/bin/sh' failed with exit status 3;",
		"and each failure is told");
}

static void test_cwd(void)
{
	struct oci_hook hook = SCRIPT("exit 0");
	const struct oci_hook_list list = { .n = 1, .items = &hook };
	struct hooks_context context = { .kind = "poststart", .state = &state };

	is_int(hooks_run(&list, &context, &err), 0, "a context need not say where");
	context.cwd = "/no/such/directory";
	is_int(hooks_run(&list, &context, &err), -1, "where it says so it has to be there");
	ok(strstr(err.text, "cannot change to '/no/such/directory': no such file or directory"),
		"else the failure says why");
}

/* A state of a megabyte does not fit in a pipe: a hook that does not read it must not block the runtime. */
static void test_big_state(void)
{
	static char huge[1 << 20];
	struct oci_pair pair = { .key = "org.example.huge", .value = huge };
	struct stat st = { 0 };

	memset(huge, 'h', sizeof(huge) - 1);
	state.annotations = (struct oci_string_map){ .n = 1, .items = &pair };
	is_int(run_script("exit 0"), 0, "a hook need not read a state that is larger than a pipe");
	is_int(run_script("exec <&-; exit 0"), 0, "it may close it");
	is_int(run_script("head -c 10 >/dev/null"), 0, "or read a part");
	is_int(run_script("cat >huge"), 0, "or all of it");
	ok(fstatat(dir, "huge", &st, 0) == 0 && st.st_size > (off_t)sizeof(huge), "which arrives whole");
	state.annotations.n = 0;
}

static void test_flood(void)
{
	is_int(run_script("head -c 10000000 /dev/zero"), 0, "a hook may print as much as it likes");
	run_script("head -c 1000000 /dev/zero | tr '\\0' x; exit 1");
	ok(strlen(err.text) < 2200 && strstr(err.text, "exit status 1: xxx"), "the message has the first of it");
}

/* Waits for the end of the process whose pid a hook has written to a file. */
static bool ends(const char *name)
{
	uint32_t pid;
	cleanup_fd int pidfd = text_to_u32(line_of(name), &pid) ? pidfd_open((pid_t)pid, 0) : -1;

	return pidfd < 0 ? errno == ESRCH : child_gone(pidfd, 1000L * TOO_LONG) == 1;
}

static void kill_left_over(const char *name)
{
	uint32_t pid;

	if (text_to_u32(line_of(name), &pid))
		kill((pid_t)pid, SIGKILL);
}

static void test_left_over(void)
{
	long before = clock_ms();

	is_int(run_script("sleep 1000 & echo $! >left; exit 0"), 0,
		"a hook may leave a process behind that holds its output");
	ok(clock_ms() - before < 1000L * TOO_LONG, "which we do not wait for");
	kill_left_over("left");
}

static void test_timeout(void)
{
	struct oci_hook hook = SCRIPT("sleep 1000 & echo $! >child; echo $$ >hook; wait");
	long before = clock_ms();
	long took;

	hook.timeout = (struct oci_opt_i64){ .set = true, .v = 1 };
	is_int(run(&hook, 1), -1, "a hook that is out of time is a failure");
	took = clock_ms() - before;
	ok(took >= 1000 && took < 1000L * TOO_LONG, "once its time is over, and not before");
	is_str(err.text, "hooks.prestart[0]: '/bin/sh' did not end within 1 seconds", "which says so");
	ok(ends("hook"), "the hook is killed");
	ok(ends("child"), "with all its group");
}

static void test_timeout_of_flood(void)
{
	struct oci_hook hook = SCRIPT("for i in 1 2 3 4; do cat /dev/zero & done; wait");

	hook.timeout = (struct oci_opt_i64){ .set = true, .v = 1 };
	is_int(run(&hook, 1), -1, "a hook whose children print faster than we read runs out of time, too");
	is_str(err.text, "hooks.prestart[0]: '/bin/sh' did not end within 1 seconds", "as any other");
	hook = (struct oci_hook)SCRIPT("cat /dev/zero & exit 0");
	hook.timeout = (struct oci_opt_i64){ .set = true, .v = 1 };
	is_int(run(&hook, 1), 0, "one that leaves such a process behind does not hold us up");
}

static void test_long_timeout(void)
{
	struct oci_hook hook = SCRIPT("exit 0");

	hook.timeout = (struct oci_opt_i64){ .set = true, .v = INT64_MAX };
	is_int(run(&hook, 1), 0, "a timeout longer than any clock counts is none");
}

int main(void)
{
	dir = scratch_open();
	umask(022);
	signal(SIGPIPE, SIG_IGN); /* as main.c does */
	alarm(5 * TOO_LONG);
	test_results();
	test_state();
	test_process();
	test_umask();
	test_signals();
	test_order();
	test_all();
	test_cwd();
	test_big_state();
	test_flood();
	test_left_over();
	test_timeout();
	test_timeout_of_flood();
	test_long_timeout();
	scratch_close(dir);
	return done();
}
