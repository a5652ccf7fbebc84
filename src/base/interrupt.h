/* Signals that ask this process to end (SIGHUP, SIGINT, SIGQUIT, SIGTERM) while it makes things that would be left
 * behind. The handler notes the signal, each system call that waits fails with EINTR, and the process undoes what it
 * made before it ends by the signal (decisions/0009).
 *
 * Until interrupt_watch() these signals end the process by default. A child inherits the signal mask through execve(2),
 * and has to reset it; it inherits nothing else of this. */
#pragma once

#include "base/error.h"

#include <poll.h>

/* Installs the handlers. From here on a system call that waits fails with EINTR when such a signal comes, also one that
 * begins after the signal. All other signals are blocked: they stay pending for the foreground's relay, or for ever. A
 * second call changes nothing. */
void interrupt_watch(void);

/* Notes in so many milliseconds that the time is up, as if that were one more of these signals: interrupt_check() fails
 * with ERROR_TIMED_OUT then. Only until interrupt_block(). interrupt_end() does not end the process by it. After
 * interrupt_watch(). Returns -1 with *err when there is no timer. */
int interrupt_after(long ms, struct error *err);

/* The signal that was noted and not yet acted upon, or 0. */
int interrupt_noted(void);

/* Fails with "interrupted by SIGTERM" and ERROR_INTERRUPTED when interrupt_noted() tells of a signal. */
int interrupt_check(struct error *err);

/* For a failed operation: replaces *err by interrupt_check()'s error when a signal came, since the signal may have
 * caused the failure. Returns err. */
struct error *interrupt_blame(struct error *err);

/* interrupt_check() that also tells of a signal that was acted upon already. */
int interrupt_check_all(struct error *err);

/* Blocks all signals: from here on only interrupt_poll() is interrupted. interrupt_noted() also tells of pending
 * signals. */
void interrupt_block(void);

/* interrupt_block(), for a process that from here on passes signals on to the container: signals that were noted and
 * not acted upon become pending again, and interrupt_end() does not end the process by them. */
void interrupt_hand_over(void);

/* interrupt_block(), for undoing after a signal or a failure: from here on interrupt_noted() tells only of later
 * signals. */
void interrupt_undo(void);

/* Forgets the signals that were noted or are pending: interrupt_noted() tells only of later ones. */
void interrupt_acted_upon(void);

/* poll(2), for waits without a bound on their time. Fails with EINTR for a signal, also after interrupt_block(). */
int interrupt_poll(struct pollfd *fds, nfds_t n, int timeout_ms);

/* Starts the timer of a noted signal again. Whoever uses ITIMER_REAL for something else calls this afterwards: see
 * file_lock(). */
void interrupt_ring(void);

/* Ends the process by the first signal that was noted. Returns when there was none. */
void interrupt_end(void);
