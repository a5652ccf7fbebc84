/* A procfs that shows the processes of another pid namespace. */
#pragma once

#include "base/error.h"

/* Begins a procfs that shows the pid namespace of this fd: what fsopen(2) returns, to be configured and mounted.
 * Returns -1 with *err. Errors: EPERM without CAP_SYS_ADMIN over the user namespace that owns the pid namespace. */
int procfs_begin(int pid_namespace, struct error *err);

/* procfs_begin() for kernels before Linux 6.18. */
int procfs_begin_by_child(int pid_namespace, struct error *err);
