/* The channel between the host and init: one SEQPACKET socket, one message format, a fixed order.
 *
 *   create   host          init                       start   host            init
 *            <------------ HELLO    (builder: it is in its namespaces)
 *            GO  --------->     ids are mapped             connect, GO ------>     at the gate
 *            GO  --------->     (systemd has put init          <------------- HELLO  (GO was heard)
 *                               into its cgroup)
 *            <------------ MOUNTED  (fd: pty master)
 *            GO  --------->     runtime hooks are done         <------------- NOTIFY (fd: seccomp listener)
 *            <------------ NOTIFY  (fd: seccomp listener)      <------------- end of file: the program runs
 *            <------------ HELLO    (builder: the pid of the process that it has cloned)
 *            GO  --------->     (to that process)
 *            <------------ READY
 *            GO  --------->     the container is committed
 *
 *   exec     host          init
 *            GO  --------->     limits are raised
 *            <------------ MOUNTED  (fd: pty master; then GO)
 *            <------------ NOTIFY
 *            <------------ HELLO    (builder, then GO, as in create)
 *            <------------ READY, NOTIFY
 *            <------------ WAITING  (--exec-wait-fifo: all but execve(2) is done)
 *            GO  --------->     the fifo was opened
 *            <------------ HELLO
 *            <------------ end of file: the program runs
 *
 * MOUNTED and its GO are sent only when the host has something to do at that point (plan_pauses_at_mounted()). NOTIFY
 * is sent to the process that waits when init loads the filter (plan_filters_early()). A builder alone sends its HELLOs
 * (enum plan_spawn). A stage sends HELLO with the pid of init. `start` sends its GO right after connect(2), without
 * waiting for a message, which saves one wake-up. Init may send LOG at any time, and ERROR as its last message, with
 * the reason why it ends. An end of file from init means that init has died when it comes before READY, or at the gate
 * before HELLO. An end of file from the host's process before its last GO means that the process has died; init ends
 * then.
 *
 * A process of the container that shares a pid namespace with init and has CAP_SYS_PTRACE may take over init's end of
 * the socket. So the host's process accepts a pid only from the process that it has cloned itself, which the kernel
 * names with each message (SCM_CREDENTIALS), and refuses every message that the plan does not have at that point. */
#pragma once

#include "base/error.h"
#include "base/log.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum sync_type {
	SYNC_HELLO = 1,
	SYNC_GO,
	SYNC_MOUNTED,
	SYNC_READY,
	SYNC_NOTIFY,
	SYNC_WAITING,
	SYNC_LOG,
	SYNC_ERROR,
};

struct sync_message {
	enum sync_type type;
	struct error
		error; /* ERROR: all of it; LOG: text, and the level as number; HELLO of a stage or builder: a pid */
	int fd;        /* the fd that came with the message, which the receiver closes; or -1 */
	pid_t sender;  /* the sender's pid, from the kernel, after sync_request_senders(); else 0 */
};

/* Makes the socket pair: [0] is the end of the host's process, [1] that of init; both close-on-exec. Returns 0, or -1
 * with errno of socketpair(2). */
int sync_pair(int ret_ends[2]);

/* SO_PASSCRED: makes the kernel name the sender of each message that arrives at sock from now on. Returns 0, or -1 with
 * errno. */
int sync_request_senders(int sock);

/* Sends a message. error may be NULL and fd -1. Raises no SIGPIPE. Returns 0, or -1 with errno (EPIPE: the other end is
 * closed). */
int sync_send(int sock, enum sync_type type, const struct error *error, int fd);

/* The same by write(2) and read(2), for a process whose seccomp filter may be loaded: a policy against sockets forbids
 * other calls. A SEQPACKET socket raises no SIGPIPE. No fd comes along. sync_read() returns 1, 0 or -1 as
 * sync_receive() does. */
int sync_write(int sock, enum sync_type type, const struct error *error);
int sync_read(int sock, enum sync_type *ret_type);

/* Sends a LOG if the log has lines of this level. Ignores errors: a lost line is none. */
void sync_log(int sock, enum log_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Writes the text of a LOG message to the log of this process. */
void sync_relay_log(const struct sync_message *message);

/* Receives the next message. Returns 1, or 0 at the end of file, or -1 with errno (EINTR: a signal asks the runtime to
 * end, see base/interrupt.h; EBADMSG: the message is malformed). */
int sync_receive(int sock, struct sync_message *ret_message);

/* Receives messages until one of the given type comes, which it returns. A LOG goes to the log; an ERROR becomes *err;
 * any other type is an error. The caller closes the message's fd. Returns 0, or -1 with *err, which says "ended
 * unexpectedly" at an end of file. */
int sync_await(int sock, enum sync_type type, struct sync_message *ret_message, struct error *err);

/* sync_await() for a message whose fd alone matters: *ret_fd is -1 when the message has none. With ret_fd NULL an fd is
 * closed. */
int sync_expect(int sock, enum sync_type type, int *ret_fd, struct error *err);
