/* What the verbs share among themselves; host.h is what the room offers. */
#pragma once

#include "host/host.h"
#include "host/spawn/spawn.h"

/* ---- conversation.c: with the first process of a container and with those of exec ---- */

/* Says GO. A process that is dead says why when it is listened to. */
int process_let_go(int sock, struct error *err);

/* A process whose filter is loaded early would stop at the first call that the agent has to decide: waits for the
 * listener, if there will be one, and hands it over. */
int process_serve_agent_early(int sock, const struct plan *plan, const struct container *container,
	enum oci_status status, struct error *err);

/* A process whose program is about to run. */
struct process_to_come {
	pid_t pid;
	int sock;
	bool asks_agent; /* its filter notifies and is loaded just before */
	bool may_freeze; /* it is in this cgroup, which is not waited for when it is frozen */
	int cgroup;
};

/* Listens to the process until its program runs, and serves its seccomp agent. A program that cannot be executed is
 * none of the errors: the process says so on its stderr and ends with 255, as managers know it of runc. */
int process_await_program(const struct process_to_come *process, const struct container *container,
	enum oci_status status, struct error *err);

/* ---- killed.c ---- */

/* A process that a signal has ended, and what may be the reason. */
struct killed {
	int signal;
	int cgroup; /* -1: it has none */
	bool has_filter;
	const struct oci_process *process; /* NULL: unknown */
};

/* Appends "killed by signal 31 (SIGSYS)", and the reason where one is known. Returns the place in the configuration that
 * the reason is about, or NULL. */
const char *killed_describe(const struct killed *killed, struct text *out);

/* Completes the error that sync_expect() gives when a child of ours is gone: by what it was killed. process is what the
 * child was to become. Of a lack of memory ending_explain() knows. Always returns -1. */
int killed_explain(const struct spawned *spawned, const struct plan *plan, const struct oci_process *process,
	struct error *err);

/* ---- ending.c ---- */

/* Completes the error of a conversation with a child that ended: the kernel's OOM killer says nothing on the channel.
 * oom_kills is what the cgroup had counted before. Always returns -1. */
int ending_explain(int pidfd, int cgroup, uint64_t oom_kills, struct error *err);
