/* The channel between the host's process and init: messages arrive whole, with their fd, and an end differs from an
 * error. */
#include "sync.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/file.h"

#include "scratch.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

static void send_text(int sock, enum sync_type type, int number, const char *text)
{
	struct error error = { .number = number };

	snprintf(error.text, sizeof(error.text), "%s", text);
	sync_send(sock, type, &error, -1);
}

/* The number of open fds of this process. */
static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_messages(int host, int init)
{
	struct sync_message message;

	ok(fcntl(host, F_GETFD) == FD_CLOEXEC && fcntl(init, F_GETFD) == FD_CLOEXEC, "both ends are close-on-exec");
	for (enum sync_type type = SYNC_HELLO; type <= SYNC_ERROR; type++) {
		char what[64];

		snprintf(what, sizeof(what), "message %d arrives", (int)type);
		ok(sync_send(init, type, NULL, -1) == 0 && sync_receive(host, &message) == 1 && message.type == type &&
				message.error.number == 0 && message.error.text[0] == '\0' && message.fd == -1,
			what);
	}
	send_text(init, SYNC_ERROR, ENOENT, "cannot find it");
	sync_receive(host, &message);
	is_str(message.error.text, "cannot find it", "a text arrives");
	is_int(message.error.number, ENOENT, "as does its number");
	send_text(init, SYNC_LOG, -1, "");
	ok(sync_receive(host, &message) == 1 && message.error.text[0] == '\0' && message.error.number == -1,
		"an empty text leaves nothing of the one before");
	send_text(init, SYNC_LOG, 0, "one");
	send_text(init, SYNC_LOG, 0, "two");
	sync_receive(host, &message);
	is_str(message.error.text, "one", "messages do not run together");
	sync_receive(host, &message);
	is_str(message.error.text, "two", "and keep their order");
}

static void test_long(int host, int init)
{
	static struct error error;
	static struct sync_message message;

	memset(error.text, 'x', sizeof(error.text) - 1);
	ok(sync_send(init, SYNC_ERROR, &error, -1) == 0 && sync_receive(host, &message) == 1 &&
			strcmp(message.error.text, error.text) == 0,
		"the longest text arrives whole");
}

static void test_fds(int host, int init)
{
	struct sync_message message;
	struct stat sent;
	struct stat received;

	sync_send(init, SYNC_MOUNTED, NULL, STDOUT_FILENO);
	ok(sync_receive(host, &message) == 1 && message.type == SYNC_MOUNTED && message.fd > 2, "an fd comes along");
	ok(fstat(STDOUT_FILENO, &sent) == 0 && fstat(message.fd, &received) == 0 && sent.st_ino == received.st_ino &&
			fcntl(message.fd, F_GETFD) == FD_CLOEXEC,
		"it is of the same file, and close-on-exec");
	close(message.fd);
}

static void test_broken(int host, int init)
{
	struct sync_message message;

	char huge_code[8 + sizeof(struct error_detail)];

	ok(send(init, "abc", 3, 0) == 3 && sync_receive(host, &message) < 0 && errno == EBADMSG,
		"half a message is refused");
	ok(send(init, "abcdefghi", 9, 0) == 9 && sync_receive(host, &message) < 0 && errno == EBADMSG,
		"as is half a detail");
	memset(huge_code, 0x7f, sizeof(huge_code));
	ok(send(init, huge_code, sizeof(huge_code), 0) > 0 && sync_receive(host, &message) < 0 && errno == EBADMSG,
		"as is a code that nobody knows");
	ok(sync_receive(-1, &message) < 0 && errno == EBADF, "as is a channel that is none");
}

static void test_expect(int host, int init)
{
	struct error err = { 0 };
	struct sync_message message;
	int fd = -1;
	int before = count_fds();

	sync_send(init, SYNC_READY, NULL, STDOUT_FILENO);
	ok(sync_expect(host, SYNC_READY, &fd, &err) == 0 && fd > 2, "the message that is expected gives its fd");
	close_fd(&fd);
	send_text(init, SYNC_HELLO, 4711, "");
	ok(sync_await(host, SYNC_HELLO, &message, &err) == 0 && message.error.number == 4711, "a number comes along");
	is_int(message.sender, 0, "nobody asked who sends");
	sync_send(init, SYNC_READY, NULL, STDOUT_FILENO);
	sync_expect(host, SYNC_READY, NULL, &err);
	is_int(count_fds(), before, "an fd that nobody asked for is closed");
	sync_send(init, SYNC_GO, NULL, STDOUT_FILENO);
	ok(sync_expect(host, SYNC_READY, NULL, &err) < 0 && err.number == 0, "another message is an error");
	is_str(err.text, "unexpected message 2 on the channel to init", "which says which");
	is_int(count_fds(), before, "and its fd is closed, too");
}

/* Each process with the socket can send any message, but cannot forge the sender. */
static void test_sender(void)
{
	struct sync_message message;
	struct error err;
	int ends[2];
	pid_t child;
	int code;

	ok(sync_pair(ends) == 0 && sync_request_senders(ends[0]) == 0, "a channel can tell who sends");
	child = fork();
	if (child == 0)
		_exit(sync_send(ends[1], SYNC_HELLO, NULL, STDOUT_FILENO) < 0);
	ok(sync_await(ends[0], SYNC_HELLO, &message, &err) == 0 && message.sender == child, "another process is named");
	ok(message.fd > 2, "beside the fd that it sent");
	close_fd(&message.fd);
	child_wait(child, &code);
	sync_send(ends[1], SYNC_HELLO, NULL, -1);
	ok(sync_await(ends[0], SYNC_HELLO, &message, &err) == 0 && message.sender == getpid(), "as is one's own");
	close_fd(&ends[0]);
	close_fd(&ends[1]);
}

static void test_error(int host, int init)
{
	struct error sent;
	struct error err = { 0 };

	error_set(&sent, EPERM, "cannot mount");
	error_tag(&sent, ERROR_MOUNT_FAILED, "mounts[%d]", 7);
	error_hint(&sent, "try harder");
	error_during(&sent, "init", "mount the file systems");
	sync_send(init, SYNC_ERROR, &sent, -1);
	ok(sync_expect(host, SYNC_READY, NULL, &err) < 0 && err.number == EPERM, "an error of the other side is ours");
	is_str(err.text, "cannot mount: operation not permitted", "in its words");
	ok(err.detail.code == ERROR_MOUNT_FAILED, "with its code");
	is_str(err.detail.phase, "init", "its phase");
	is_str(err.detail.operation, "mount the file systems", "its operation");
	is_str(err.detail.object, "mounts[7]", "its object");
	is_str(err.detail.hint, "try harder", "and its hint");
	/* Texts without a terminating NUL are cut. */
	memset(&sent.detail, 'x', sizeof(sent.detail));
	sent.detail.code = ERROR_USAGE;
	sync_send(init, SYNC_ERROR, &sent, -1);
	sync_expect(host, SYNC_READY, NULL, &err);
	ok(strlen(err.detail.phase) == ERROR_PHASE_MAX - 1 && strlen(err.detail.operation) == ERROR_OPERATION_MAX - 1 &&
			strlen(err.detail.object) == ERROR_OBJECT_MAX - 1 &&
			strlen(err.detail.hint) == ERROR_HINT_MAX - 1,
		"no detail runs over its end");
}

static void test_log(int host, int init)
{
	struct sync_message message;
	struct error err;
	int dir = scratch_open();
	cleanup_free char *written = NULL;
	char path[64];
	size_t length;

	snprintf(path, sizeof(path), "%s/log", scratch_path);
	log_open(path, LOG_FORMAT_TEXT, LOG_LEVEL_WARNING, &err);
	sync_log(init, LOG_LEVEL_DEBUG, "unheard");
	ok(recv(host, &message, sizeof(message), MSG_DONTWAIT) < 0 && errno == EAGAIN, "what nobody reads is not sent");
	sync_log(init, LOG_LEVEL_WARNING, "one %d", 1);
	send_text(init, SYNC_LOG, 4711, "two");
	sync_send(init, SYNC_READY, NULL, -1);
	is_int(sync_expect(host, SYNC_READY, NULL, &err), 0, "log lines may come before what is expected");
	log_open(path, LOG_FORMAT_TEXT, LOG_LEVEL_DEBUG, &err);
	sync_log(init, LOG_LEVEL_DEBUG, "three");
	sync_send(init, SYNC_READY, NULL, -1);
	sync_expect(host, SYNC_READY, NULL, &err);
	file_read(dir, "log", 4096, &written, &length, &err);
	ok(strstr(written, "level=warning msg=\"one 1\"") && strstr(written, "level=warning msg=\"two\"") &&
			strstr(written, "level=debug msg=\"three\""),
		"they are logged, each at its level");
	scratch_close(dir);
}

static void test_end(void)
{
	struct sync_message message;
	struct error err = { 0 };
	int ends[2];

	sync_pair(ends);
	sync_send(ends[1], SYNC_GO, NULL, -1);
	close(ends[1]);
	ok(sync_receive(ends[0], &message) == 1 && message.type == SYNC_GO, "what was sent before the end arrives");
	is_int(sync_receive(ends[0], &message), 0, "then comes the end");
	ok(sync_expect(ends[0], SYNC_READY, NULL, &err) < 0, "an end is not what anybody expects");
	is_str(err.text, "the container's init ended unexpectedly", "and told as what it means");
	ok(sync_send(ends[0], SYNC_GO, NULL, -1) < 0 && errno == EPIPE, "to send to nobody is an error, and no signal");
	close(ends[0]);
	/* When the peer dies with unread messages, the connection is reset, which counts as an end. */
	sync_pair(ends);
	sync_send(ends[0], SYNC_GO, NULL, -1);
	close(ends[1]);
	is_int(sync_receive(ends[0], &message), 0, "a peer that dies with messages unread has ended");
	close(ends[0]);
}

int main(void)
{
	int ends[2];

	if (sync_pair(ends) < 0) {
		perror("sync_pair");
		return 1;
	}
	test_messages(ends[0], ends[1]);
	test_long(ends[0], ends[1]);
	test_fds(ends[0], ends[1]);
	test_broken(ends[0], ends[1]);
	test_expect(ends[0], ends[1]);
	test_sender();
	test_error(ends[0], ends[1]);
	test_log(ends[0], ends[1]);
	close(ends[0]);
	close(ends[1]);
	test_end();
	return done();
}
