/* /proc: the identity of a process, and a private procfs handle that no mount of a container can cover. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Makes a new procfs that is mounted at no path (fsopen(2)): a write through it reaches the kernel's file of that name,
 * whatever is mounted on /proc (CVE-2019-16884, CVE-2025-52881). It shows the processes of the caller's pid
 * namespace. */
int proc_open(struct error *err);

/* proc_open(). Where the kernel refuses a new procfs: opens the one that is mounted at /proc, after proving that it is
 * the root of a procfs; the functions below cross no mount in it. The kernel refuses when the caller's user namespace
 * does not own the pid namespace (it was made after the pid namespace), and when parts of each visible procfs are
 * covered. */
int proc_open_any(struct error *err);

/* Writes value to path below the handle; follows no link and crosses no mount. path has no leading slash. */
int proc_write(int proc, const char *path, const char *value, struct error *err);

enum { PROC_NUMBER_MAX = 16 };

/* The pid of the calling process in this procfs, which may show another pid namespace; as text. Errors: ENOENT when the
 * process has no pid there. */
int proc_own_number(int proc, char *ret_number, struct error *err);

/* Writes to path below the directory of the calling process. */
int proc_write_own(int proc, const char *path, const char *value, struct error *err);

/* The start time, in clock ticks since boot, tells processes with the same pid apart; the state is the letter of
 * proc_pid_stat(5). */
struct proc_identity {
	char state;
	bool exiting; /* the first thread exits or has exited; other threads may go on */
	uint64_t start_time;
};

/* Returns 0, or -1 with errno: ESRCH when there is no such process. */
int proc_identify(pid_t pid, struct proc_identity *ret_identity);

/* True of a process of which no thread runs any more, although its pid is still taken. Each thread is a zombie or has
 * given up its namespaces. The first process of a pid namespace has given them up when it waits in the kernel until all
 * other processes there have been reaped; their parents may never do that, and then its pidfd never becomes readable.
 * Returns false when /proc cannot be read. */
bool proc_has_ended(pid_t pid);

/* Whether a child has executed a program since it was cloned, or ended before that. */
struct proc_exec {
	bool done;  /* execve(2) has succeeded */
	int status; /* of wait(2) for a process that has ended; 0 while it runs or when the caller may not read it */
};

/* Returns as proc_identify() does. */
int proc_look_at_exec(pid_t pid, struct proc_exec *ret_exec);

enum { PROC_BOOT_ID_MAX = 40 };

/* The id of this boot, from the host's /proc or, where that shows only processes (systemd's ProcSubset=), from a new
 * procfs. Empty when neither has it. */
int proc_boot_id(char *ret_id, struct error *err);
