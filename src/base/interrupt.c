/* Signals that ask this process to end, heard while it waits. Runs on the host.
 *
 * A flag that a handler sets is not enough: the signal may come after the flag was tested and before the system call
 * waits. So the handler starts a timer that sends SIGALRM again and again until the program has acted upon the signal,
 * which interrupts the system call while it waits. This holds for each system call that can wait, without a further one
 * beside it, and costs nothing as long as no signal comes. */
#include "base/interrupt.h"

#include "base/signals.h"
#include "base/table.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>
#include <time.h>

enum { RING_US = 20000, MS_PER_SECOND = 1000, NS_PER_MS = 1000000 };

/* What the timer of interrupt_after() sends. Nobody else sends it to this process. */
enum { TIME_IS_UP = SIGVTALRM };

static const struct table_row deadly[] = {
	{ "SIGHUP", SIGHUP },
	{ "SIGINT", SIGINT },
	{ "SIGQUIT", SIGQUIT },
	{ "SIGTERM", SIGTERM },
	{ NULL, 0 },
};

/* Global variables: a signal handler can reach nothing else. */
static volatile sig_atomic_t noted;       /* the last signal that was not acted upon */
static volatile sig_atomic_t heard[NSIG]; /* all signals that were not acted upon */
static volatile sig_atomic_t ending;      /* the first signal of all; the process ends by it */
static volatile sig_atomic_t watching;    /* interrupt_watch() has installed the handlers */
static volatile sig_atomic_t blocked;     /* all signals are blocked */
static timer_t time_limit;                /* of interrupt_after() */
static bool limited;                      /* there is that timer */

static void wind(long us)
{
	const struct itimerval timer = { .it_interval = { .tv_usec = us }, .it_value = { .tv_usec = us } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void note(int signal_number)
{
	int saved = errno;

	noted = signal_number;
	heard[signal_number] = true;
	if (!ending)
		ending = signal_number;
	if (!blocked)
		wind(RING_US);
	errno = saved;
}

static void ring(int signal_number)
{
	(void)signal_number;
}

static void remove_deadly(sigset_t *set)
{
	for (const struct table_row *row = deadly; row->name; row++)
		sigdelset(set, (int)row->value);
}

void interrupt_watch(void)
{
	/* Without SA_RESTART: the system call that waits has to fail with EINTR. */
	struct sigaction on_deadly = { .sa_handler = note };
	const struct sigaction on_alarm = { .sa_handler = ring };
	sigset_t others;

	if (watching)
		return;
	watching = true;
	sigfillset(&on_deadly.sa_mask);
	for (const struct table_row *row = deadly; row->name; row++)
		sigaction((int)row->value, &on_deadly, NULL);
	sigaction(SIGALRM, &on_alarm, NULL);
	/* Leave the signals of job control unblocked: a shell can stop this process like any other. */
	sigfillset(&others);
	remove_deadly(&others);
	sigdelset(&others, SIGALRM);
	sigdelset(&others, SIGTSTP);
	sigdelset(&others, SIGTTIN);
	sigdelset(&others, SIGTTOU);
	sigprocmask(SIG_SETMASK, &others, NULL);
}

int interrupt_after(long ms, struct error *err)
{
	struct sigaction on_time = { .sa_handler = note };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = TIME_IS_UP };
	const struct itimerspec time = {
		.it_value = { .tv_sec = ms / MS_PER_SECOND, .tv_nsec = ms % MS_PER_SECOND * NS_PER_MS },
	};
	sigset_t set;

	sigfillset(&on_time.sa_mask);
	sigaction(TIME_IS_UP, &on_time, NULL);
	sigemptyset(&set);
	sigaddset(&set, TIME_IS_UP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	if (timer_create(CLOCK_MONOTONIC, &event, &time_limit) < 0)
		return error_set(err, errno, "cannot limit the time");
	limited = true;
	if (timer_settime(time_limit, 0, &time, NULL) < 0)
		return error_set(err, errno, "cannot limit the time");
	return 0;
}

/* Ends the limit, with all signals blocked. */
static void forget_limit(void)
{
	if (!limited)
		return;
	timer_delete(time_limit);
	limited = false;
	signal_discard(TIME_IS_UP);
}

int interrupt_noted(void)
{
	sigset_t pending;

	if (noted || !blocked)
		return noted;
	sigpending(&pending);
	for (const struct table_row *row = deadly; row->name; row++) {
		if (sigismember(&pending, (int)row->value))
			return (int)row->value;
	}
	return 0;
}

static int refuse(int signal_number, struct error *err)
{
	if (signal_number == TIME_IS_UP) {
		error_set(err, 0, "timed out");
		return error_tag(err, ERROR_TIMED_OUT, NULL);
	}
	error_set(err, 0, "interrupted by %s", table_name(deadly, (uint64_t)signal_number));
	return error_tag(err, ERROR_INTERRUPTED, NULL);
}

int interrupt_check(struct error *err)
{
	int signal_number = interrupt_noted();

	if (!signal_number)
		return 0;
	if (!ending)
		ending = signal_number;
	return refuse(signal_number, err);
}

struct error *interrupt_blame(struct error *err)
{
	(void)interrupt_check(err);
	return err;
}

int interrupt_check_all(struct error *err)
{
	return ending ? refuse(ending, err) : interrupt_check(err);
}

void interrupt_block(void)
{
	sigset_t all;

	if (!watching || blocked)
		return;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	blocked = true;
	forget_limit();
	if (!noted)
		return;
	wind(0);
	/* The timer may have sent one between sigprocmask(2) and setitimer(2). */
	signal_discard(SIGALRM);
}

void interrupt_hand_over(void)
{
	interrupt_block();
	for (const struct table_row *row = deadly; row->name; row++) {
		if (heard[row->value])
			raise((int)row->value);
		heard[row->value] = false;
	}
	noted = 0;
	ending = 0;
}

void interrupt_undo(void)
{
	interrupt_block();
	interrupt_acted_upon();
}

void interrupt_acted_upon(void)
{
	const struct timespec at_once = { 0 };
	sigset_t set;

	noted = 0;
	for (const struct table_row *row = deadly; row->name; row++)
		heard[row->value] = false;
	if (!watching)
		return;
	if (!blocked) {
		wind(0);
		return;
	}
	sigemptyset(&set);
	for (const struct table_row *row = deadly; row->name; row++)
		sigaddset(&set, (int)row->value);
	while (sigtimedwait(&set, NULL, &at_once) > 0)
		;
}

int interrupt_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	const struct timespec limit = {
		.tv_sec = timeout_ms / MS_PER_SECOND,
		.tv_nsec = (long)(timeout_ms % MS_PER_SECOND) * NS_PER_MS,
	};
	sigset_t others;

	if (!blocked)
		return poll(fds, n, timeout_ms);
	/* ppoll(2) unblocks the signals while it waits and blocks them again when it returns. */
	sigfillset(&others);
	remove_deadly(&others);
	return ppoll(fds, n, timeout_ms < 0 ? NULL : &limit, &others);
}

void interrupt_ring(void)
{
	if (noted && !blocked)
		wind(RING_US);
}

void interrupt_end(void)
{
	sigset_t one;

	if (!ending || ending == TIME_IS_UP)
		return;
	signal(ending, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, ending);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	raise(ending);
}
