/* startgate.c: the messages between init, the host's process and `start`, which connects to the gate; and the hooks
 * that init runs. The messages are those of sync.h. Each function that takes an error returns 0, or -1 with *err: the
 * peer has ended, or its ERROR. */
#pragma once

#include "init/parts.h"

/* Waits for GO of the host's process. */
int await_host(struct init *init, struct error *err);
/* The same by read(2), for a process whose filter may be loaded. */
int await_host_behind_filter(struct init *init, struct error *err);
/* Sends MOUNTED with the master end of the terminal, and waits for GO, if the host has something to do at that point
 * (plan_pauses_at_mounted()). */
int report_mounted(struct init *init, struct error *err);
/* exec: sends MOUNTED with the master end of the terminal, and waits for GO, if there is a terminal. */
int hand_over_terminal(struct init *init, struct error *err);
/* exec: sends READY. From then on init outlives the host's process. */
int send_ready(struct init *init, struct error *err);
/* exec: where the plan asks for it, sends WAITING, waits for GO and answers HELLO. */
int await_go_to_execute(struct init *init, struct error *err);
/* create: sends READY, waits for GO and closes the channel. */
int report_ready(struct init *init, struct error *err);
/* Waits at the gate until `start` connects and sends GO, and answers HELLO. */
int await_start(struct init *init, struct error *err);
/* Sends NOTIFY with the seccomp listener, if there is one, to the host's process or to `start`. */
int hand_over_listener(struct init *init, struct error *err);
/* Writes the state for startContainer hooks into init->start_state, in the builder: the process that the builder clones
 * cannot allocate memory. Errors: ENOMEM. */
int write_start_state(struct init *init, struct error *err);
/* Run the hooks of that kind; errors are those of hooks_run(). */
int run_create_container_hooks(struct init *init, struct error *err);
int run_start_container_hooks(struct init *init, struct error *err);
/* Sends err to the process that waits: the host's process before READY, `start` after its GO. Prints err to stderr, the
 * container's log, when neither is connected. */
void report_error(const struct init *init, const struct error *err);
