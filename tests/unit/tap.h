/* The smallest helper for tests that speak TAP: a check is a sentence, printed as "ok 1 - a relative cwd is refused".
 *
 *	int main(void)
 *	{
 *		ok(path_is_absolute("/a"), "a path with a slash in front is absolute");
 *		return done();
 *	}
 *
 * A check that fails prints what it got and what it wanted and lets the program go on. A program that ends before
 * done(), or that ran another number of checks than it announced with plan(), has failed: its TAP has no matching plan
 * line. Each test program is one .c file, so the state below exists once. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct {
	int planned; /* 0: the plan line comes last, from done() */
	int run;
	int failed;
} tap_state;

/* Announces the number of checks, before the first one. */
static inline void plan(int checks)
{
	tap_state.planned = checks;
	printf("1..%d\n", checks);
}

static inline bool tap_report(bool passed, const char *what)
{
	printf("%s %d - %s\n", passed ? "ok" : "not ok", ++tap_state.run, what);
	if (!passed)
		tap_state.failed++;
	fflush(stdout);
	return passed;
}

#define ok(condition, what) tap_ok(!!(condition), what, #condition, __FILE__, __LINE__)
static inline bool tap_ok(bool passed, const char *what, const char *condition, const char *file, int line)
{
	tap_report(passed, what);
	if (!passed)
		printf("# %s:%d: not true: %s\n", file, line, condition);
	return passed;
}

#define is_int(got, want, what) tap_is_int(got, want, what, __FILE__, __LINE__)
static inline bool tap_is_int(long long got, long long want, const char *what, const char *file, int line)
{
	if (tap_report(got == want, what))
		return true;
	printf("# %s:%d: got %lld, wanted %lld\n", file, line, got, want);
	return false;
}

/* Compares strings; NULL equals only NULL. */
#define is_str(got, want, what) tap_is_str(got, want, what, __FILE__, __LINE__)
static inline bool tap_is_str(const char *got, const char *want, const char *what, const char *file, int line)
{
	if (tap_report(got == want || (got && want && strcmp(got, want) == 0), what))
		return true;
	printf("# %s:%d: got '%s', wanted '%s'\n", file, line, got ? got : "(null)", want ? want : "(null)");
	return false;
}

/* Counts a check that cannot be made here, and prints the reason. */
static inline void skip(const char *what, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_state.run, what, why);
	fflush(stdout);
}

/* The last thing main() does: the plan line, if plan() did not print it, and the exit status. */
static inline int done(void)
{
	if (tap_state.planned == 0)
		printf("1..%d\n", tap_state.run);
	else if (tap_state.planned != tap_state.run)
		printf("# planned %d checks, ran %d\n", tap_state.planned, tap_state.run);
	return tap_state.failed > 0 || (tap_state.planned != 0 && tap_state.planned != tap_state.run) ||
		tap_state.run == 0;
}
