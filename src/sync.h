/* The channel between the host and init: one SEQPACKET socket, one message format, a fixed order.
 *
 *   create   host          init                       start   host            init
 *            <------------ HELLO    (builder: it is in its namespaces)
 *            GO  --------->     ids are mapped             connect, GO ------>     at the gate
 *            <------------ MOUNTED  (fd: pty master)           <------------- HELLO  (GO was heard)
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
 *            <------------ READY, NOTIFY, end of file: the program runs
 *
 * MOUNTED and its GO are said only when the host has something to do there (plan_pauses_at_mounted), NOTIFY on the side
 * where the filter is loaded (plan_filters_early), the HELLOs of a builder only where there is one (enum plan_spawn). A
 * stage says HELLO with the pid of init. `start` sends its GO without waiting for anything: a wake-up less. From init
 * come at any time LOG and ERROR (the last message: why init ends). End of file from init before READY is its death,
 * and at the gate before HELLO; from the host before the last GO it is the host's death, and init ends too.
 *
 * Whoever shares a pid namespace with init and has CAP_SYS_PTRACE may take the socket from it. So the host believes a
 * pid only from the process that it has cloned itself, which the kernel names with each message, and refuses every
 * message that the plan does not have at that point. */
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
	SYNC_LOG,
	SYNC_ERROR,
};

struct sync_message {
	enum sync_type type;
	struct error error; /* all of ERROR's; text of LOG; number: level of LOG, pid of a stage's HELLO */
	int fd;             /* the fd that came along, or -1; the receiver's to close */
	pid_t sender;       /* who sent it, as the kernel says, after sync_ask_senders(); else 0 */
};

/* Makes the pair: [0] the host's end, [1] init's, both close-on-exec. Returns 0, or -1 with errno. */
int sync_pair(int ret_ends[2]);

/* Makes the kernel name the sender of each message that arrives here from now on. Returns 0, or -1 with errno. */
int sync_ask_senders(int sock);

/* Sends a message; error may be NULL and fd -1. Never raises SIGPIPE. Returns 0, or -1 with errno (EPIPE: nobody
 * listens). */
int sync_send(int sock, enum sync_type type, const struct error *error, int fd);

/* Sends a LOG of a level, if somebody reads that; a line that does not arrive is no error. */
void sync_log(int sock, enum log_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Writes a LOG that came to the log. */
void sync_relay_log(const struct sync_message *message);

/* Receives the next message. Returns 1, or 0 at the end of file, or -1 with errno (EINTR: a signal asks us to end, see
 * base/interrupt.h). */
int sync_receive(int sock, struct sync_message *ret_message);

/* Waits for a message of one type, as it came; init's ERROR becomes *err, LOG goes to the log, any other type is an
 * error. The fd of the message is the caller's to close. At an unexpected end *err says "ended". */
int sync_hear(int sock, enum sync_type type, struct sync_message *ret_message, struct error *err);

/* The same where only the fd counts, -1 when none came (ret_fd may be NULL: an fd that comes is then closed). */
int sync_expect(int sock, enum sync_type type, int *ret_fd, struct error *err);
