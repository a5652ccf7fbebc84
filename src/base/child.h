/* Child processes: waiting for them by pidfd, and what their status means. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* Waits until the child ends and reaps it. Returns 0 and what a shell would call its exit code (128+n for signal n), or
 * -1 with errno. */
int child_wait(pid_t pid, int *ret_code);

/* The same with the status of wait(2), which tells exit code 137 from signal 9. */
int child_wait_status(pid_t pid, int *ret_status);

/* Waits at most timeout_ms milliseconds (-1: for ever) until the process of pidfd has ended; it need not be a child.
 * Returns 1 when it has, 0 when it has not, or -1 with errno when that cannot be told. */
int child_gone(int pidfd, int timeout_ms);
