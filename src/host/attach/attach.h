/* Connecting a container with the caller: terminals, file descriptors that are passed on, the pid file, the sockets and
 * the notifications of a service manager. Runs on the host. Functions return 0 or what they say, or -1 with *err. */
#pragma once

#include "base/error.h"
#include "host/container/container.h"
#include "plan/plan.h"

#include "ocispec.h"

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

/* ---- console.c ---- */

/* The terminal of a process, which goes to the listener of a console socket, or to the caller. */
struct console {
	const char *socket; /* the path of the console socket; NULL: none was given */
	bool relayed;       /* the caller of the verb relays the terminal itself */
	bool sent;          /* the terminal was sent to the socket */
	int master;         /* the pty master; -1: none, or sent */
};

/* Sends the pty master to the console socket. One that the caller relays stays open, and gets the size of the caller's
 * terminal. */
int console_deliver(struct console *console, struct error *err);

/* After a failure: a manager that waits at the console socket gets a pty that nothing is connected to, so that its wait
 * ends. */
void console_give_up(const struct console *console);

/* Opens the terminal of the caller: the first of standard input, output and error that is one, or else the controlling
 * terminal. Returns its fd, or -1 with errno. */
int console_open_own(void);

/* Gives a pty the size of the caller's terminal, if that has one. */
void console_copy_size(int own, int master);

/* Fails when the caller has no terminal with which that of a program could be connected. */
int console_check_own(struct error *err);

/* Fails when the process has a terminal, and there is neither a console socket nor a terminal of the caller; and when
 * there is a console socket and the process has no terminal. */
int process_check_terminal(const struct plan_process *process, const char *console_socket, bool detached,
	struct error *err);

/* ---- pidfd.c ---- */

/* Sends the pidfd of a process to the socket at path; does nothing when path is NULL. */
int pidfd_hand_over(const char *path, int pidfd, struct error *err);

/* ---- agent.c ---- */

/* Sends a seccomp listener to the agent that the record names, with the container process state (spec:
 * config-linux.md). */
int agent_send(const struct container *container, int listener, enum oci_status status, struct error *err);

/* ---- pid_file.c ---- */

/* Writes the pid in decimal to the file at path, by rename(2): managers take the file as the sign of success, so it
 * must never be there in part. */
int process_write_pid_file(pid_t pid, const char *path, struct error *err);

/* After a failure: removes the file at path if it is empty. CRI-O makes an empty one beforehand, and conmon takes that
 * for success. */
void process_remove_empty_pid_file(const char *path);

/* ---- activation.c ---- */

/* The sockets that a service manager passed to this process (sd_listen_fds(3)). */
struct activation {
	unsigned int fds;  /* how many, from fd 3 on */
	const char *names; /* LISTEN_FDNAMES, or NULL */
};

struct activation activation_read(void);

/* ---- notify.c ---- */

/* Passes what the program says by sd_notify(3) on to the service manager of tare's own process. */
struct notify {
	int container;  /* the socket that the program writes to; -1: nothing is passed on */
	int host;       /* connected to NOTIFY_SOCKET */
	bool sent;      /* a message was sent to the service manager */
	bool ready;     /* the program has said READY=1 */
	bool timed_out; /* the service manager did not read a message in time */
	bool holds;     /* `held` is a message for which the service manager's socket has no room now */
	struct notify_message *held;
	long held_until_ms; /* when `held` is given up, on clock_ms() */
};

#define NOTIFY_NONE ((struct notify){ .container = -1, .host = -1 })

/* Finds out whether NOTIFY_SOCKET names a service manager's socket. Fails for an address of an unknown kind. */
int notify_wanted(bool *ret_wanted, struct error *err);
/* Makes the directory for the socket that the program writes to. Returns a detached, read-only copy of its mount, to be
 * attached in the container. */
int notify_make_directory(const struct container *container, struct error *err);
/* Opens the socket for the program and the one to the service manager, before the start. *ret_notify stays as it is
 * when there is no service manager now, or was none when the container was created. */
int notify_open(const struct container *container, struct notify *ret_notify, struct error *err);
/* What poll(2) has to wait for before notify_forward() is called. */
struct pollfd notify_poll(const struct notify *notify);
/* Milliseconds until notify_forward() has to be called without an event, to give up a message; -1: never. */
int notify_left_ms(const struct notify *notify);
/* Passes on the messages that have arrived, 32 at most, and never waits: one for which the service manager has no room
 * is held for 5 seconds. Returns true when the program has said that it is ready and the manager has been sent main_pid
 * as the main process of the service. */
bool notify_forward(struct notify *notify, pid_t main_pid);
/* Passes messages on until the program has said that it is ready, or has ended. Fails when a signal asks tare to end
 * (base/interrupt.h). */
int notify_wait(struct notify *notify, const struct container *container, struct error *err);
/* Waits until the service manager has read all messages, 30 seconds at most, or until a signal asks tare to end; closes
 * the sockets. */
void notify_close(struct notify *notify);

/* ---- foreground.c ---- */

/* Makes this process the parent of the container's orphans (PR_SET_CHILD_SUBREAPER), so that they are reaped where the
 * container has no pid namespace, whose init would do it. */
int foreground_adopt_orphans(struct error *err);
/* Reaps the children that have ended, except the process init (0: none), whose exit code is waited for elsewhere. */
void foreground_reap_orphans(pid_t init);
/* Opens a signalfd(2) for all signals, before the container starts. Returns it. */
int foreground_open_signals(struct error *err);
/* A process of a container that is a child of this process, and what is to be done until it ends. */
struct foreground_process {
	pid_t pid;
	int pidfd;
	int *terminal; /* *terminal: the pty master, which is relayed, or -1 */
	int signals;   /* of foreground_open_signals() */
	struct notify *notify;
	long deadline_ms; /* on clock_ms(); 0: none */
};

/* Waits for the end of the process. Until then it forwards signals, passes on notifications (notify may be NULL), and
 * relays the terminal. At the end of standard input the program reads an end of file; when standard output cannot be
 * written any more, *terminal is closed, and the program gets SIGHUP. *ret_code is the exit code of the process, 128+n
 * for signal n; *ret_signal is n, or 0. Fails with ERROR_TIMED_OUT when the process has not ended at the deadline. */
int foreground_wait(const struct foreground_process *process, int *ret_code, int *ret_signal, struct error *err);
