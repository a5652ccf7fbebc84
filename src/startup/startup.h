/* What runs before any command: the look at the kernel, and the seal of the program's file. early.c, which runs before
 * libc, belongs here, too. */
#pragma once

#include "base/error.h"

/* kernel.c: fails on a kernel older than 5.14, and says so. */
int kernel_check(struct error *err);

/* seal.c: makes sure that no container can write to this program's file through /proc/PID/exe (CVE-2019-5736): runs it
 * again from a read-only mount, or from a sealed copy where no mount can be made. Returns when that is already so. */
int exeseal_enter(char *const argv[], struct error *err);
