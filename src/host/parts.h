/* What the verbs share among themselves; host.h is what the room offers. */
#pragma once

#include "host/host.h"
#include "host/spawn/spawn.h"

/* ---- conversation.c: what the host does for init and for a process of exec, on the channel ---- */

/* Sends GO. A process that has ended is no error here: the next receive tells why it ended. */
int process_send_go(int sock, struct error *err);

/* For a plan whose filter has notifications and is loaded before READY: waits for the listener and sends it to the
 * agent. Without the agent, the process would stop at the first system call that the filter passes to it. */
int process_serve_agent_early(int sock, const struct plan *plan, const struct container *container,
	enum oci_status status, struct error *err);

/* Completes the error of a conversation with a spawned process that failed before its program ran: with
 * killed_explain(), which has the same parameters, and the words that managers match on. Always returns -1. */
int process_start_failed(const struct spawned *spawned, const struct plan *plan, const struct oci_process *process,
	int cgroup, struct error *err);

/* A process that has sent READY, or HELLO at the start gate, and whose program is about to run. */
struct starting_process {
	pid_t pid;
	int sock;
	bool asks_agent; /* its filter has notifications, and is loaded after READY */
	bool may_freeze; /* fail when `cgroup` is frozen meanwhile */
	int cgroup;
};

/* Reads messages of the process until its program runs, and sends its seccomp listener to the agent. A program that
 * cannot be executed is no error: the process writes why to its stderr and exits with 255, as with runc. */
int process_await_program(const struct starting_process *process, const struct container *container,
	enum oci_status status, struct error *err);

/* ---- killed.c ---- */

/* A process that a signal has ended, and what is known about it. */
struct killed {
	int signal;
	const struct oom_watch *memory; /* NULL: it had no cgroup of its own */
	bool has_filter;
	const struct oci_process *process; /* its part of the config; NULL: unknown */
};

/* Appends "killed by signal 31 (SIGSYS)", and the reason if one is known. Returns the place in the config that the
 * reason is about, or NULL. */
const char *killed_describe(const struct killed *killed, struct text *out);

/* Completes the error of a conversation with a spawned process that failed: if a signal has ended the process, says
 * which, and why if that is known. process is its part of the config; cgroup is an fd of the one that it was in, or -1
 * to leave a lack of memory to killed_explain_memory(). Always returns -1. */
int killed_explain(const struct spawned *spawned, const struct plan *plan, const struct oci_process *process,
	int cgroup, struct error *err);

/* Completes the error of a conversation with a child, which pidfd names, if the kernel's OOM killer has ended it.
 * Always returns -1. */
int killed_explain_memory(int pidfd, const struct oom_watch *memory, struct error *err);
