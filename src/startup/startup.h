/* Runs before each command: the check of the kernel, and the protection ("seal") of the program's file. early.c, which
 * runs before libc, is in this room, too. */
#pragma once

#include "base/error.h"

/* kernel.c: fails on a kernel older than 5.14. */
int kernel_check(struct error *err);

/* seal.c: makes sure that no container can write to this program's file through /proc/PID/exe (CVE-2019-5736): executes
 * the program again from a read-only mount, or from a sealed copy where no mount can be made. Returns 0 when the
 * program runs from one already, -1 with *err after a failure. */
int exeseal_enter(char *const argv[], struct error *err);
