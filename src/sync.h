/* The channel between the host and init: one SEQPACKET socket, one message format, a fixed order.
 *
 *   create   host          init                       start   host            init
 *            GO  --------->     ids are mapped             connect, GO ------>     at the gate
 *            <------------ MOUNTED  (fd: pty master)           <------------- HELLO
 *            GO  --------->     runtime hooks are done         <------------- NOTIFY (fd: seccomp listener)
 *            <------------ NOTIFY  (fd: seccomp listener)      <------------- end of file: the program runs
 *            <------------ READY
 *            GO  --------->     the container is committed
 *
 *   exec     host          init
 *            GO  --------->     limits are raised
 *            <------------ MOUNTED  (fd: pty master; then GO)
 *            <------------ NOTIFY, READY, NOTIFY, end of file: the program runs
 *
 * MOUNTED and its GO are said only when the host has something to do there (plan_pauses_at_mounted), NOTIFY on the side
 * where the filter is loaded (plan_filters_early). `start` does not wait for HELLO before its GO: a wake-up less; end
 * of file without HELLO is init's death. From init come at any time LOG and ERROR (the last message: why init ends).
 * With a stage in between, its HELLO carries the pid of init. End of file from init before READY is its death; from the
 * host before the last GO it is the host's, and init ends too. */
#pragma once

#include "base/error.h"
#include "base/log.h"

#include <stdbool.h>
#include <stdint.h>

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
};

/* Makes the pair: [0] the host's end, [1] init's, both close-on-exec. Returns 0, or -1 with errno. */
int sync_pair(int ret_ends[2]);

/* Sends a message; error may be NULL and fd -1. Never raises SIGPIPE. Returns 0, or -1 with errno (EPIPE: nobody
 * listens). */
int sync_send(int sock, enum sync_type type, const struct error *error, int fd);

/* Sends a LOG of a level, if somebody reads that; a line that does not arrive is no error. */
void sync_log(int sock, enum log_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Receives the next message. Returns 1, or 0 at the end of file, or -1 with errno. */
int sync_receive(int sock, struct sync_message *ret_message);

/* Waits for a message of one type; init's ERROR becomes *err, LOG goes to the log. Returns its fd or -1 in *ret_fd
 * (which may be NULL: an fd that comes is then closed), and the number that came in *ret_number (may be NULL). At an
 * unexpected end *err says "ended". */
int sync_expect(int sock, enum sync_type type, int *ret_fd, int *ret_number, struct error *err);
