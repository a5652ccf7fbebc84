/* Finds the namespace of a process, and compares namespaces: each namespace has its own inode in the kernel's nsfs
 * (namespaces(7), "The /proc/pid/ns/ directory"). */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* The identity of a namespace among all that exist on the host at the same time. */
struct namespace_id {
	dev_t device;
	ino_t inode;
};

/* Finds the namespace of a process or thread; process is its directory in /proc ("/proc/self", "/proc/1/task/2"), kind
 * the name of the file in its ns/ ("user", "mnt", "pid"). Returns 0, or -1 with errno: ENOENT for a process that has
 * ended, for a zombie, and for a kind that this kernel lacks; EACCES for a process that this one may not trace. */
int namespace_of_process(const char *process, const char *kind, struct namespace_id *ret_id);

/* Finds the namespace of an open file of /proc/PID/ns. Returns 0, or -1 with errno. */
int namespace_of_fd(int fd, struct namespace_id *ret_id);

bool namespace_is_same(const struct namespace_id *a, const struct namespace_id *b);
