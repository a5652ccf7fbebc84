/*
 * floor: what a container start costs when nothing but the kernel's own work is left.
 *
 * The shared part of the floor program: the start as one struct, checked system calls, and the door from the host's
 * side (floor.c) to the container's side (floor_init.c). It is a yardstick for the benchmark and no runtime: everything
 * that a config.json would say is hard-coded, and every path is trusted.
 */
#ifndef FLOOR_H
#define FLOOR_H

#include <stdnoreturn.h>
#include <sys/syscall.h>
#include <unistd.h>

struct start {
	const char *rootfs;
	const char *cgroup;
	char *const *argv;
	int ready;     /* written to when the container waits for its start; -1: do not wait */
	int state_dir; /* where the gate is; only with ready */
};

/* Says what failed and why (errno), and ends the process. */
noreturn void fail(const char *what);

/* Hands on the result of a system call that is not allowed to fail. */
static inline int must(long result, const char *what)
{
	if (result < 0)
		fail(what);
	return (int)result;
}

#define sys(name, ...) must(syscall(SYS_##name, __VA_ARGS__), #name)

/* The capabilities of the default config, and no_new_privs. */
void become_payload_user(void);

/* The life of the container's first process, from the clone to its program. */
noreturn void init_main(const struct start *start);

#endif
