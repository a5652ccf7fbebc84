/* Memory mapped ahead: a clone is the copy that fork(2) makes either way, and takes no faults where it was mapped. */
#include "base/prefault.h"

#include "base/child.h"

#include "tap.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { AHEAD = PREFAULT_STACK / 2 }; /* half: some of it is used up at the time of the clone */

static volatile int written = 1;

static long faults(void)
{
	struct rusage usage = { 0 };

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

__attribute__((noinline, no_sanitize_address)) static void use_stack(void)
{
	volatile char bytes[AHEAD] __attribute__((uninitialized)); /* or the compiler fills it, by a function of libc */

	for (size_t i = 0; i < sizeof(bytes); i += PREFAULT_PAGE / 2)
		bytes[i] = 1;
}

/* The faults that a child takes on its stack, as its exit code; -1 when it is not the child that fork(2) makes. */
static int faults_of_child(bool pays)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	long before;
	pid_t pid;
	int code;

	prefault_pays = pays;
	written = 1;
	pid = prefault_clone(&args);
	if (pid == 0) {
		(void)faults(); /* itself takes faults, the first time */
		before = faults();
		written = 2;
		use_stack();
		_exit((int)(faults() - before));
	}
	if (pid < 0 || child_wait(pid, &code) < 0 || written != 1)
		return -1;
	return code;
}

static void test_clone(void)
{
	struct clone_args wrong = { .exit_signal = -1 };

	ok(faults_of_child(false) > 0, "without it a child takes faults where it writes");
	is_int(faults_of_child(true), 0, "a child that is mapped ahead takes none, and writes to its own copy");
	ok(prefault_clone(&wrong) == -1, "a clone that fails gives -1");
}

#if defined(__SANITIZE_ADDRESS__)
static void test_heap(void)
{
	skip("a heap that is mapped ahead takes no faults", "the heap of the sanitizer is none of brk(2)");
}
#else
static void test_heap(void)
{
	volatile char *memory = malloc(1); /* the heap is made by the first use */
	long before;

	free((void *)memory);
	prefault_heap(2 * (size_t)AHEAD);
	memory = malloc(AHEAD);
	before = faults();
	for (size_t i = 0; i < AHEAD; i += PREFAULT_PAGE / 2)
		memory[i] = 1;
	is_int(faults() - before, 0, "a heap that is mapped ahead takes no faults");
	free((void *)memory);
}
#endif

int main(void)
{
	test_clone();
	test_heap();
	return done();
}
