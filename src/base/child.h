/* Child processes: waiting for them by pidfd, and what their status means. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* Waits until the child ends and reaps it. Returns 0 and what a shell would call its exit code (128+n for signal n), or -1
 * with errno. */
int child_wait(pid_t pid, int *ret_code);

/* Waits at most timeout_ms milliseconds (-1: for ever) until the process of pidfd has ended; it need not be a child.
 * Returns true when it has. */
bool child_gone(int pidfd, int timeout_ms);

/* The clock that timeouts are measured with, in milliseconds; and in microseconds, for timelines. */
long child_clock_ms(void);
long long child_clock_us(void);
