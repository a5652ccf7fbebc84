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

/* Runs a program to its end, with nothing on its standard input and no other file of ours, and keeps the first size - 1
 * bytes of what it prints, without the newlines at the end. Returns 0 and its exit code as child_wait() does (127: it
 * could not be executed, and ret_output says why), or -1 with errno. */
int child_run(const char *path, char *const args[], char *ret_output, size_t size, int *ret_code);

/* Waits at most timeout_ms milliseconds (-1: for ever) until the process of pidfd has ended; it need not be a child.
 * Returns 1 when it has, 0 when it has not, or -1 with errno when that cannot be told. */
int child_gone(int pidfd, int timeout_ms);
