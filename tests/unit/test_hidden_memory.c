/* Memory that children do not inherit. */
#include "base/memory.h"

#include "base/syscall.h"
#include "tap.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGE = 1024 * 1024 };

/* True when a child can read this memory. */
static bool child_reads(const volatile char *memory)
{
	pid_t pid = sys_clone(SIGCHLD, NULL);
	int status;

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		_exit(*memory != 'x');
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void test_hide(void)
{
	char *small = strdup("x");
	char *large = malloc(LARGE);
	char *mapped;
	struct error err;

	if (!small || !large)
		exit(1);
	memset(large, 'x', LARGE);
	ok(child_reads(small) && child_reads(large + LARGE / 2), "a child reads what was allocated");
	is_int(memory_hide_from_children(&err), 0, "memory can be hidden");
#if !defined(__SANITIZE_ADDRESS__)
	ok(!child_reads(small), "then a child has nothing small of it");
	ok(!child_reads(large + LARGE / 2), "and nothing large");
#endif
	ok(*small == 'x' && large[LARGE / 2] == 'x', "the process itself has both");
	mapped = memory_new(1);
	ok(mapped && *mapped == 0, "new memory is zero");
	if (!mapped)
		exit(1);
	*mapped = 'x';
	ok(child_reads(mapped), "and is inherited");
	free(small);
	free(large);
}

static void test_wipe(void)
{
	static char secret[] = "A=secret";
	char *const wiped = strdup(secret);
	char *variables[] = { wiped, NULL };
	char **own = environ;

	if (!wiped)
		exit(1);
	environ = variables;
	memory_wipe_environment();
	environ = own;
	ok(strlen(wiped) == 0 && wiped[sizeof(secret) - 2] == 0,
		"an environment that is wiped is gone, to its last byte");
	free(wiped);
}

int main(void)
{
	test_wipe();
	test_hide();
	return done();
}
