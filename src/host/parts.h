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

/* After a failure that may come from the end of the container's process: when it has ended and said why, that replaces
 * *err. Always returns -1. */
int process_blame(const struct spawned *spawned, const struct plan *plan, struct error *err);

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
	bool waits;      /* it waits for a GO before it executes its program */
	int cgroup;
};

/* Reads messages of the process until its program runs, or with process->waits until the process waits for its GO, and
 * sends its seccomp listener to the agent. A program that cannot be executed is no error: the process writes why to its
 * stderr and exits with 255, as with runc. */
int process_await_program(const struct starting_process *process, const struct container *container,
	enum oci_status status, struct error *err);

/* ---- exec_fifo.c: the fifo whose reader lets a process of exec go on ---- */

struct exec_fifo {
	int fd;       /* O_PATH; -1: none */
	pid_t waiter; /* the process that waits for a reader; 0: none */
	int pidfd;    /* of the waiter */
};

/* Opens the fifo, neither end of it. Errors: the path names no fifo, or a symbolic link; it may not be written to. */
int exec_fifo_open(const char *path, struct exec_fifo *fifo, struct error *err);

/* Makes the waiter: when the fifo is opened for reading it sends GO on the channel, waits for HELLO, and writes '0' to
 * the fifo. It ends when the other end of the channel is closed; with detached it outlives this process. */
int exec_fifo_watch(struct exec_fifo *fifo, int sock, bool detached, struct error *err);

/* Waits until the process, named by its pidfd, was told to go on, or has ended. Fails when a signal asks tare to end,
 * or when the waiter has ended and the process still waits. */
int exec_fifo_await(struct exec_fifo *fifo, int process, struct error *err);

/* Kills the waiter. */
void exec_fifo_undo(struct exec_fifo *fifo);
void exec_fifo_close(struct exec_fifo *fifo);

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
