/* /proc: what a process is, and a private procfs handle that no container can have mounted over. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Opens a procfs of our own, detached from every path (fsopen(2)): a write through it lands where it says, whatever an
 * image has put on /proc (CVE-2019-16884, CVE-2025-52881). Its processes are those of the caller's pid namespace. */
int proc_open(struct error *err);

/* The same, or where the kernel makes none the whole procfs that is mounted at /proc, which is proved to be one: the
 * calls below cross no mount in it. The kernel makes none for whom the pid namespace does not belong to, as it does not
 * to a user namespace that was made later, and where only a part of a procfs is to be seen. */
int proc_open_any(struct error *err);

/* Writes value to path below the handle; no link is followed and no mount crossed. path starts without a slash. */
int proc_write(int proc, const char *path, const char *value, struct error *err);

enum { PROC_NUMBER_MAX = 16 };

/* The number that the calling process has in this procfs, which may be that of another pid namespace; as text. Errors:
 * ENOENT when it has none there. */
int proc_own_number(int proc, char *ret_number, struct error *err);

/* Writes to path below the directory of the calling process. */
int proc_write_own(int proc, const char *path, const char *value, struct error *err);

/* What makes a pid one process: the state letter and the start time in clock ticks since boot (proc_pid_stat(5)). */
struct proc_identity {
	char state;
	bool exiting; /* the first thread is on its way out, or was; others may go on */
	uint64_t start_time;
};

/* Returns 0, or -1 with errno: ESRCH when there is no such process. */
int proc_identify(pid_t pid, struct proc_identity *ret_identity);

/* True of a process of which nothing runs any more, while its number is still taken: each thread is a zombie, or has
 * given up its namespaces, as the first process of a pid namespace has when it waits in the kernel for the parents of
 * all others to reap them. They may never do that, and then no pidfd tells of the end. False when it cannot be told. */
bool proc_has_ended(pid_t pid);

/* Whether a child has become another program since it was cloned, or ended before that. */
struct proc_exec {
	bool done;  /* execve(2) has succeeded */
	int status; /* of wait(2) for a process that has ended; 0 while it lives or where it cannot be read */
};

/* Returns as proc_identify() does. */
int proc_look_at_exec(pid_t pid, struct proc_exec *ret_exec);

enum { PROC_BOOT_ID_MAX = 40 };

/* The id of this boot, from the host's /proc, or from one of our own where that shows nothing but processes (systemd's
 * ProcSubset=). Empty where neither has it. */
int proc_boot_id(char *ret_id, struct error *err);
