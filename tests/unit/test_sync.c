/* The channel between the host and init: messages arrive whole, with their fd, and an end is told from an error. */
#include "sync.h"

#include "base/cleanup.h"

#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

static char logged[128];

static void on_log(const char *text)
{
	snprintf(logged + strlen(logged), sizeof(logged) - strlen(logged), "%s;", text);
}

static void send_text(int sock, enum sync_type type, int number, const char *text)
{
	struct error error = { .number = number };

	snprintf(error.text, sizeof(error.text), "%s", text);
	sync_send(sock, type, &error, -1);
}

/* How many fds this process has. */
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
	for (enum sync_type type = SYNC_HELLO; type <= SYNC_HOOK_ERROR; type++) {
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

	ok(send(init, "abc", 3, 0) == 3 && sync_receive(host, &message) < 0 && errno == EBADMSG,
		"half a message is refused");
	ok(sync_receive(-1, &message) < 0 && errno == EBADF, "as is a channel that is none");
}

static void test_expect(int host, int init)
{
	struct error err = { 0 };
	int number = 0;
	int fd = -1;
	int before = count_fds();

	send_text(init, SYNC_LOG, 0, "a");
	send_text(init, SYNC_LOG, 0, "b");
	sync_send(init, SYNC_READY, NULL, STDOUT_FILENO);
	ok(sync_expect(host, SYNC_READY, on_log, &fd, &number, &err) == 0 && fd > 2,
		"the message that is expected gives its fd");
	is_str(logged, "a;b;", "warnings on the way are logged");
	close_fd(&fd);
	send_text(init, SYNC_LOG, 0, "unheard");
	send_text(init, SYNC_HELLO, 4711, "");
	ok(sync_expect(host, SYNC_HELLO, NULL, NULL, &number, &err) == 0 && number == 4711,
		"nobody has to listen to warnings; a number comes along");
	sync_send(init, SYNC_READY, NULL, STDOUT_FILENO);
	sync_expect(host, SYNC_READY, NULL, NULL, NULL, &err);
	is_int(count_fds(), before, "an fd that nobody asked for is closed");
	send_text(init, SYNC_ERROR, EPERM, "cannot mount");
	ok(sync_expect(host, SYNC_READY, NULL, NULL, NULL, &err) < 0 && err.number == EPERM,
		"an error of the other side is ours");
	is_str(err.text, "cannot mount", "in its words");
	send_text(init, SYNC_HOOK_ERROR, 0, "a hook failed");
	ok(sync_expect(host, SYNC_READY, NULL, NULL, NULL, &err) < 0 && strcmp(err.text, "a hook failed") == 0,
		"as is one that a hook is the reason of");
	sync_send(init, SYNC_GO, NULL, STDOUT_FILENO);
	ok(sync_expect(host, SYNC_READY, NULL, NULL, NULL, &err) < 0 && err.number == 0, "another message is an error");
	is_str(err.text, "unexpected message 2 on the channel to init", "which says which");
	is_int(count_fds(), before, "and its fd is closed, too");
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
	ok(sync_expect(ends[0], SYNC_READY, NULL, NULL, NULL, &err) < 0, "an end is not what anybody expects");
	is_str(err.text, "the container's init ended unexpectedly", "and told as what it means");
	ok(sync_send(ends[0], SYNC_GO, NULL, -1) < 0 && errno == EPIPE, "to send to nobody is an error, and no signal");
	close(ends[0]);
	/* A peer that dies with messages unread resets the connection: an end like others. */
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
	close(ends[0]);
	close(ends[1]);
	test_end();
	return done();
}
