/* Connecting a container with who asked for it: terminals, descriptors that are handed over, the pid file, what a
 * service manager passes in and is told. Runs on the host. */
#pragma once

#include "base/error.h"
#include "host/container/container.h"
#include "plan/plan.h"

#include "ocispec.h"

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

/* ---- console.c ---- */

/* The terminal of a process, on its way to who asked for it. */
struct console {
	const char *socket; /* gets it; NULL: nobody listens */
	bool kept;          /* the caller relays it himself */
	bool served;        /* the socket has it */
	int master;         /* of the pty; -1: none, or handed over */
};

/* Hands it to the socket; one that is kept gets the size of the caller's terminal. */
int console_deliver(struct console *console, struct error *err);

/* Keeps a promise after a failure: a manager that waits at the socket gets a pty that leads nowhere (managers.md
 * 0.4). */
void console_give_up(const struct console *console);

/* Opens the terminal of the caller: the standard input, output or error, whichever is the first, or the controlling
 * terminal when they are all redirected. Returns an fd to be closed, or -1 with errno. */
int console_open_own(void);

/* Gives a pty the size of that terminal, if it has one. */
void console_copy_size(int own, int master);

/* Fails when there is none, and a program that was to be connected with it would wait for ever. */
int console_check_own(struct error *err);

/* Fails when the process has a terminal and nobody to give it to, neither a socket nor a terminal of the caller, or the
 * other way round. */
int process_check_terminal(const struct plan_process *process, const char *console_socket, bool detached,
	struct error *err);

/* ---- pidfd.c ---- */

/* Passes the pidfd of a process to the listener at path. */
int pidfd_hand_over(const char *path, int pidfd, struct error *err);

/* ---- agent.c ---- */

/* Passes a seccomp listener to its agent (spec: config-linux.md, the container process state). */
int agent_send(const struct container *container, int listener, enum oci_status status, struct error *err);

/* ---- pid_file.c ---- */

/* The pid file appears whole, and only when the process is there: managers take it as the sign of success. */
int process_write_pid_file(pid_t pid, const char *path, struct error *err);

/* After a failure: CRI-O makes the file beforehand, and conmon takes an empty one for success (managers.md 0.3). */
void process_remove_empty_pid_file(const char *path);

/* ---- activation.c ---- */

/* What a service manager passed to this very process (sd_listen_fds(3)). */
struct activation {
	unsigned int fds;  /* from 3 on */
	const char *names; /* LISTEN_FDNAMES, or NULL */
};

struct activation activation_read(void);

/* ---- notify.c ---- */

/* What the program says with sd_notify(3) goes on to our own service manager. */
struct notify {
	int container; /* the socket that the program writes to; -1: nobody wants to know */
	int host;      /* connected to NOTIFY_SOCKET */
	bool sent;     /* the manager was told something */
	bool ready;    /* that the program is ready */
	bool deaf;     /* it did not take something in time */
	bool holds;    /* there is a message that it has no room for now, */
	struct notify_message *held;
	long held_until_ms; /* kept until then */
};

#define NOTIFY_NONE ((struct notify){ .container = -1, .host = -1 })

/* Whether the environment names a service manager's socket. Fails for an address of an unknown kind. */
int notify_wanted(bool *ret_wanted, struct error *err);
/* Makes the directory for the container's socket. Returns a detached, read-only copy of its mount, for the
 * container. */
int notify_make_directory(const struct container *container, struct error *err);
/* Opens both sockets, before the start; nothing when one of them is not wanted. */
int notify_open(const struct container *container, struct notify *ret_notify, struct error *err);
/* What has to happen until there is something to pass on: for poll(2). */
struct pollfd notify_poll(const struct notify *notify);
/* Milliseconds until notify_forward() has to be called all the same: it gives up a message; -1: never. */
int notify_left_ms(const struct notify *notify);
/* Passes on what is there, 32 messages at most, and never waits: what the manager has no room for is kept for it, for 5
 * seconds. Returns true when the program was ready, and the manager knows main_pid as the service's process. */
bool notify_forward(struct notify *notify, pid_t main_pid);
/* Passes on what comes until the program is ready, or has ended. Fails for a signal (base/interrupt.h). */
int notify_wait(struct notify *notify, const struct container *container, struct error *err);
/* Waits, at most 30 seconds, until the manager has read what it was told, or for a signal. */
void notify_close(struct notify *notify);

/* ---- foreground.c ---- */

/* Makes orphans of the container children of this process, so that somebody reaps them where the
 * container has no pid namespace, and thereby no init, of its own. */
int foreground_adopt_orphans(struct error *err);
/* Reaps what of them has ended; never the process init (0: none), whose exit code is waited for elsewhere. */
void foreground_reap_orphans(pid_t init);
/* The signalfd that the signals for the container are read from; before it is started. Returns -1 with *err. */
int foreground_open_signals(struct error *err);
/* Stays with a process of a container, a child of ours, until it ends: forwards signals and what it notifies of (NULL:
 * nobody wants to know), relays the terminal (*terminal -1: none), whose end the program is told of: at the end of our
 * input it reads the end of file, and when nobody takes its output any more we close *terminal, which is a hang-up.
 * *ret_code is the exit code of the process, 128+n for signal n; *ret_signal is n, or 0 when it was no signal. */
int foreground_wait(pid_t pid, int pidfd, int *terminal, int signals, struct notify *notify, int *ret_code,
	int *ret_signal, struct error *err);
