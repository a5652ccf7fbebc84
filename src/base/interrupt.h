/* Signals that ask this process to end (SIGHUP, SIGINT, SIGQUIT, SIGTERM) while it makes something that would be left
 * behind: they are noted, every call that waits comes back, and what was made is undone before the process ends by the
 * signal (decisions/0009).
 *
 * Until interrupt_watch() they end the process as by default. None of this changes anything in a child after its
 * execve(2) but the mask, which is the child's to reset. */
#pragma once

#include "base/error.h"

#include <poll.h>

/* From here on these signals are noted. A call that waits fails with EINTR, also one that begins only after the signal
 * came: it is interrupted again and again. Those that mean nothing to us wait, for the program whom they may be for, or
 * for ever. Once is enough. */
void interrupt_watch(void);

/* The signal that was noted and nobody has acted upon, else 0. */
int interrupt_noted(void);

/* Fails with "interrupted by SIGTERM" when there is one, and ERROR_INTERRUPTED. */
int interrupt_check(struct error *err);

/* For what has failed: the same in place of the error that it may have led to. Returns err. */
struct error *interrupt_blame(struct error *err);

/* interrupt_check() when there ever was one. */
int interrupt_check_all(struct error *err);

/* From here on nothing is interrupted any more: signals wait, but for interrupt_poll(). interrupt_noted() knows of
 * those as well. */
void interrupt_block(void);

/* The same for signals that are for somebody else from here on: those that nobody has acted upon wait with the others,
 * as if they came now, and the process does not end by them. */
void interrupt_hand_over(void);

/* interrupt_block() to undo what a signal or a failure ended: from here on interrupt_noted() tells of later signals
 * alone. */
void interrupt_undo(void);

/* Lets the next signal be one of its own. */
void interrupt_acted_upon(void);

/* poll(2) for what may take as long as somebody else likes. Fails with EINTR for a signal, also when they wait. */
int interrupt_poll(struct pollfd *fds, nfds_t n, int timeout_ms);

/* To be called by a signal's victim after it has changed the timer: see file_lock(). */
void interrupt_ring(void);

/* Ends the process by the first signal that was noted. Returns when there was none. */
void interrupt_end(void);
