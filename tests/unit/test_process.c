/* Waiting for a process until its program runs: the messages that it may send, their sender, and the meaning of its
 * end. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/syscall.h"
#include "host/container/container.h"
#include "host/parts.h"
#include "host/spawn/spawn.h"
#include "sync.h"
#include "tap.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum behaviour { EXECS, EXECS_AND_ENDS, FAILS_TO_EXEC, IS_KILLED, ENDS, SPEAKS };

/* The child: executes, ends or sends messages over the channel as the test wants. */
static _Noreturn void live(enum behaviour behaviour, int sock, enum sync_type type, int fd)
{
	static char *const sleeps[] = { "sleep", "1000", NULL };
	static char *const ends[] = { "true", NULL };
	struct error error = { .text = "no" };

	switch (behaviour) {
	case EXECS:
		execv("/bin/sleep", sleeps);
		break;
	case EXECS_AND_ENDS:
		execv("/bin/true", ends);
		break;
	case FAILS_TO_EXEC:
		_exit(PROCESS_NOT_EXECUTED);
	case IS_KILLED:
		raise(SIGKILL);
		break;
	case SPEAKS:
		sync_send(sock, type, type == SYNC_ERROR ? &error : NULL, fd);
		sync_send(sock, type, type == SYNC_ERROR ? &error : NULL, fd);
		execv("/bin/true", ends);
		break;
	default:
		break;
	}
	_exit(1);
}

/* True: another process has the child's socket, too, and keeps it open. */
static bool socket_is_taken;

/* True: the process is to wait for a GO before it executes its program. */
static bool has_to_wait;

/* Returns the result of process_await_program() for such a process; the error is in *err. */
static int await(enum behaviour behaviour, enum sync_type type, int fd, bool asks_agent, struct error *err)
{
	static char nowhere[] = "/nowhere/agent";
	const struct record record = { .oci_version = nowhere, .bundle = nowhere, .listener_path = nowhere };
	const struct container container = { .id = "id", .record = &record };
	struct starting_process process = { .asks_agent = asks_agent, .waits = has_to_wait };
	int ends[2];
	int result;

	*err = (struct error){ 0 };
	if (sync_pair(ends) < 0)
		return -2;
	process.pid = fork();
	if (process.pid == 0)
		live(behaviour, ends[1], type, fd);
	process.sock = ends[0];
	if (!socket_is_taken)
		close_fd(&ends[1]);
	result = process_await_program(&process, &container, OCI_STATUS_CREATED, err);
	close_fd(&ends[0]);
	close_fd(&ends[1]);
	kill(process.pid, SIGKILL);
	waitpid(process.pid, NULL, 0);
	return result;
}

static void test_ends(void)
{
	struct error err;

	is_int(await(EXECS, SYNC_LOG, -1, false, &err), 0, "a program that runs is a success");
	is_int(await(EXECS_AND_ENDS, SYNC_LOG, -1, false, &err), 0, "as is one that has run");
	is_int(await(FAILS_TO_EXEC, SYNC_LOG, -1, false, &err), 0,
		"as is one that cannot be executed, which says so itself");
	ok(await(IS_KILLED, SYNC_LOG, -1, false, &err) < 0, "a process that is killed before its program runs is none");
	is_str(err.text, "the container's process was killed by signal 9 before its program ran", "and that is told");
	ok(await(ENDS, SYNC_LOG, -1, false, &err) < 0, "nor is one that ends without a word");
	is_str(err.text, "the container's process ended before its program ran", "and that is told");
}

static void test_taken_socket(void)
{
	struct error err;

	socket_is_taken = true;
	is_int(await(EXECS, SYNC_LOG, -1, false, &err), 0,
		"who keeps the socket keeps nobody waiting: the program runs");
	ok(await(IS_KILLED, SYNC_LOG, -1, false, &err) < 0, "or the process was killed");
	is_str(err.text, "the container's process was killed by signal 9 before its program ran", "and that is told");
	socket_is_taken = false;
}

static void test_words(void)
{
	cleanup_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const enum sync_type never[] = { SYNC_HELLO, SYNC_GO, SYNC_MOUNTED, SYNC_READY, SYNC_WAITING, SYNC_NOTIFY };
	struct error err;

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		char expected[64];

		snprintf(expected, sizeof(expected), "unexpected message %d from the container's process",
			(int)never[i]);
		ok(await(SPEAKS, never[i], null, false, &err) < 0, "a message that the plan does not have is refused");
		is_str(err.text, expected, "and named");
	}
	is_int(await(SPEAKS, SYNC_LOG, null, false, &err), 0, "log lines may come, and what came along is closed");
	ok(await(SPEAKS, SYNC_ERROR, -1, false, &err) < 0 && strcmp(err.text, "no") == 0, "an error is told as it is");
	ok(await(SPEAKS, SYNC_NOTIFY, null, true, &err) < 0, "another file than a listener goes to no agent");
	is_str(err.text, "expected a seccomp listener on the channel to the container's process",
		"and no agent is asked");
	ok(await(SPEAKS, SYNC_NOTIFY, -1, true, &err) < 0, "nor does none at all");
	is_str(err.text, "expected a seccomp listener on the channel to the container's process", "and that is told");
}

static void test_waiting(void)
{
	struct error err;
	char expected[64];

	has_to_wait = true;
	is_int(await(SPEAKS, SYNC_WAITING, -1, false, &err), 0,
		"a process that has to wait for its GO says that it does");
	ok(await(SPEAKS, SYNC_WAITING, -1, true, &err) < 0, "and not before its agent has the listener");
	snprintf(expected, sizeof(expected), "unexpected message %d from the container's process", (int)SYNC_WAITING);
	is_str(err.text, expected, "which is told");
	ok(await(ENDS, SYNC_LOG, -1, false, &err) < 0, "one that ends instead is a failure");
	has_to_wait = false;
}

/* A builder on the other end of the channel: clones a process as its sibling, which may send a message before the
 * builder does. */
static _Noreturn void build(int sock, bool forges)
{
	struct error born = { .number = getppid() };
	pid_t pid = sys_clone(CLONE_PARENT, NULL);

	if (pid == 0) {
		/* Its parent is the test program, which may end early. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (forges)
			sync_send(sock, SYNC_HELLO, &born, -1);
		pause();
	}
	born.number = pid;
	/* Wait until the forged message is in the socket. */
	for (int unread = 0; forges && unread == 0; usleep(1000))
		ioctl(sock, SIOCOUTQ, &unread);
	sync_send(sock, SYNC_HELLO, &born, -1);
	_exit(0);
}

static void test_sender(bool forges)
{
	static const struct plan plan = { .spawn = PLAN_SPAWN_BUILDER };
	struct spawned spawned = { .pidfd = -1 };
	struct error err = { 0 };
	pid_t builder;
	int ends[2];
	int result;

	ok(sync_pair(ends) == 0 && sync_request_senders(ends[0]) == 0, "a channel");
	builder = fork();
	if (builder == 0)
		build(ends[1], forges);
	spawned = (struct spawned){ .pid = builder, .pidfd = pidfd_open(builder, 0), .sync = ends[0] };
	close_fd(&ends[1]);
	result = spawn_follow_builder(&spawned, &plan, &err);
	if (forges) {
		ok(result < 0, "a pid that another than the builder tells is not believed");
		is_str(err.text, "an unexpected process spoke on the channel to init", "and that is told");
		is_int(spawned.pid, builder, "what is to be killed is what was cloned");
	} else {
		ok(result == 0 && spawned.pid != builder, "the builder's word is");
	}
	spawn_undo(&spawned);
	/* The test does not know the pid of the sibling whose builder was not believed, so it signals its whole process
	 * group. */
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	while (wait(NULL) > 0)
		;
	signal(SIGTERM, SIG_DFL);
}

int main(void)
{
	setpgid(0, 0);
	test_ends();
	test_words();
	test_taken_socket();
	test_waiting();
	test_sender(false);
	test_sender(true);
	return done();
}
