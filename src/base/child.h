/* Child processes: waiting for them by pidfd, and what their status means. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* Waits until the child ends and reaps it. Returns 0 and what a shell would call its exit code (128+n for signal n), or
 * -1 with errno. */
int child_wait(pid_t pid, int *ret_code);

/* child_wait() with the status of wait(2), in which exit code 137 and signal 9 differ. */
int child_wait_status(pid_t pid, int *ret_status);

/* Waits at most timeout_ms milliseconds (-1: for ever) until the process of pidfd has ended; it need not be a child.
 * Returns 1 when the process has ended, 0 when it still runs, or -1 with errno when poll(2) fails. */
int child_gone(int pidfd, int timeout_ms);
