/* Signals that ask the process to end: the calls that they interrupt, when they are blocked, and the end of the
 * process. Each case runs in its own process, since handlers and mask belong to a process. */
#include "base/interrupt.h"

#include "base/cleanup.h"

#include "tap.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { SOON_MS = 10, LONG_MS = 30000, LIMIT_SECONDS = 60 };

/* Runs a case in a child. Returns the child's status of wait(2): exit status 0 when the case holds. */
static int status_of(bool (*holds)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(LIMIT_SECONDS);
		_exit(holds() ? 0 : 1);
	}
	return pid < 0 || waitpid(pid, &status, 0) < 0 ? -1 : status;
}

static bool nothing_came(void)
{
	struct error err;

	interrupt_watch();
	interrupt_end();
	return interrupt_noted() == 0 && interrupt_check(&err) == 0 && interrupt_check_all(&err) == 0;
}

/* The reading end of a pipe to which nobody writes, and which is never at its end; -1: there is none. */
static int open_silence(void)
{
	int ends[2];

	return pipe(ends) < 0 ? -1 : ends[0];
}

/* read(2) fails with EINTR although it begins after the handler has returned. */
static bool read_ends(void)
{
	int silence = open_silence();
	struct error err;
	char byte;

	interrupt_watch();
	raise(SIGTERM);
	return read(silence, &byte, 1) < 0 && errno == EINTR && interrupt_noted() == SIGTERM &&
		interrupt_check(&err) < 0 && strcmp(err.text, "interrupted by SIGTERM") == 0 &&
		err.detail.code == ERROR_INTERRUPTED;
}

static bool ends_by_the_first(void)
{
	interrupt_watch();
	raise(SIGINT);
	raise(SIGTERM);
	interrupt_undo();
	raise(SIGUSR1);
	raise(SIGHUP);
	interrupt_end();
	return false;
}

static bool undo_is_not_interrupted(void)
{
	struct pollfd none = { .fd = -1 };

	interrupt_watch();
	raise(SIGTERM);
	interrupt_undo();
	return interrupt_noted() == 0 && poll(&none, 1, SOON_MS * SOON_MS) == 0;
}

static bool later_one_waits(void)
{
	struct pollfd none = { .fd = -1 };

	interrupt_watch();
	interrupt_undo();
	raise(SIGQUIT);
	if (poll(&none, 1, SOON_MS) != 0 || interrupt_noted() != SIGQUIT)
		return false;
	if (interrupt_poll(&none, 1, LONG_MS) != -1 || errno != EINTR || interrupt_noted() != SIGQUIT)
		return false;
	interrupt_acted_upon();
	return interrupt_noted() == 0 && interrupt_poll(&none, 1, SOON_MS) == 0;
}

static bool one_that_waits_can_be_acted_upon(void)
{
	struct pollfd none = { .fd = -1 };
	struct error err;

	interrupt_watch();
	interrupt_block();
	raise(SIGTERM);
	if (interrupt_check(&err) == 0)
		return false;
	interrupt_acted_upon();
	return interrupt_noted() == 0 && interrupt_poll(&none, 1, SOON_MS) == 0 && interrupt_check_all(&err) < 0;
}

/* Signals that came before and after interrupt_hand_over() are pending, and the process does not end by them. */
static bool handed_over(void)
{
	const struct timespec soon = { .tv_nsec = 1 };
	struct error err;
	sigset_t all;
	int sum = 0;
	int n;

	interrupt_watch();
	raise(SIGTERM);
	raise(SIGINT);
	interrupt_hand_over();
	raise(SIGHUP);
	sigfillset(&all);
	if (interrupt_noted() != SIGHUP)
		return false;
	while ((n = sigtimedwait(&all, NULL, &soon)) > 0)
		sum += n == SIGALRM ? 0 : n;
	interrupt_end();
	return sum == SIGTERM + SIGINT + SIGHUP && interrupt_noted() == 0 && interrupt_check_all(&err) == 0;
}

static bool acted_upon_is_not_handed_over(void)
{
	sigset_t pending;

	interrupt_watch();
	raise(SIGTERM);
	interrupt_undo();
	interrupt_hand_over();
	sigpending(&pending);
	return !sigismember(&pending, SIGTERM);
}

static bool others_wait(void)
{
	struct pollfd none = { .fd = -1 };

	interrupt_watch();
	raise(SIGUSR1);
	raise(SIGXFSZ);
	return poll(&none, 1, SOON_MS) == 0 && interrupt_noted() == 0;
}

static bool dispositions_do_not_count(void)
{
	struct error err;
	sigset_t term;

	signal(SIGTERM, SIG_IGN);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	interrupt_watch();
	raise(SIGTERM);
	return interrupt_check(&err) < 0;
}

/* A read(2) that would last for ever ends at the end of the time, which no signal of the end is. */
static bool time_is_up(void)
{
	int silence = open_silence();
	struct error err;
	char byte;

	interrupt_watch();
	if (interrupt_check(&err) < 0 || interrupt_after(SOON_MS, &err) < 0)
		return false;
	if (read(silence, &byte, 1) >= 0 || errno != EINTR || interrupt_check(&err) == 0)
		return false;
	interrupt_undo();
	interrupt_end();
	return strcmp(err.text, "timed out") == 0 && err.detail.code == ERROR_TIMED_OUT && interrupt_noted() == 0;
}

/* A time that ends when the signals are blocked is none, and nobody gets a signal of it. */
static bool time_does_not_count_later(void)
{
	struct error err;
	sigset_t pending;

	interrupt_watch();
	if (interrupt_after(SOON_MS, &err) < 0)
		return false;
	interrupt_hand_over();
	nanosleep(&(struct timespec){ .tv_nsec = 3L * SOON_MS * 1000000 }, NULL);
	sigpending(&pending);
	return interrupt_noted() == 0 && interrupt_check_all(&err) == 0 && sigismember(&pending, SIGVTALRM) == 0;
}

/* A time that has ended before is not handed over as a signal. */
static bool time_is_not_handed_over(void)
{
	sigset_t pending;
	struct error err;

	interrupt_watch();
	if (interrupt_after(1, &err) < 0)
		return false;
	while (!interrupt_noted())
		pause();
	interrupt_hand_over();
	sigpending(&pending);
	return interrupt_noted() == 0 && sigismember(&pending, SIGVTALRM) == 0 && sigismember(&pending, SIGALRM) == 0;
}

int main(void)
{
	ok(status_of(nothing_came) == 0, "without a signal nothing is noted, and the process goes on");
	ok(status_of(read_ends) == 0, "a read that begins after the signal is interrupted");
	ok(WTERMSIG(status_of(ends_by_the_first)) == SIGINT,
		"the process ends by the first signal, whatever else waits");
	ok(status_of(undo_is_not_interrupted) == 0, "what undoes is not interrupted any more");
	ok(status_of(later_one_waits) == 0, "a later signal waits for interrupt_poll(), and counts once");
	ok(status_of(one_that_waits_can_be_acted_upon) == 0, "one that waits can be acted upon, and is remembered");
	ok(status_of(handed_over) == 0,
		"what is handed over waits for who takes it, and the process does not end by it");
	ok(status_of(acted_upon_is_not_handed_over) == 0, "a signal that was acted upon is not handed over");
	ok(status_of(others_wait) == 0, "signals that mean nothing to the runtime wait");
	ok(status_of(dispositions_do_not_count) == 0, "a signal that was ignored and blocked is noted");
	ok(status_of(time_is_up) == 0, "the end of the time interrupts a read, and the process goes on");
	ok(status_of(time_does_not_count_later) == 0, "a time that ends after the hand-over does not count");
	ok(status_of(time_is_not_handed_over) == 0, "one that has ended before is not handed over");
	return done();
}
