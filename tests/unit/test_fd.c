/* File descriptors: reads and writes of a whole text, inheritance, sockets with long names, and passing. */
#include "base/fd.h"

#include "base/child.h"
#include "base/cleanup.h"

#include "scratch.h"
#include "tap.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { BIG = 1000000 };

/* A process that writes n bytes to a pipe, in pieces, and ends. Returns the read end. */
static int pipe_with(size_t n)
{
	static char piece[777];
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	memset(piece, 'p', sizeof(piece));
	if (fork() == 0) {
		close(ends[0]);
		for (size_t left = n; left > 0;) {
			ssize_t written = write(ends[1], piece, left < sizeof(piece) ? left : sizeof(piece));

			if (written < 0)
				_exit(1);
			left -= (size_t)written;
		}
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static void test_read_all(void)
{
	cleanup_fd int exact = pipe_with(BIG);
	cleanup_fd int more = pipe_with(BIG + 1);
	cleanup_fd int none = pipe_with(0);
	cleanup_free char *data = NULL;
	cleanup_free char *empty = NULL;
	size_t length = 0;
	struct error err;

	ok(fd_read_all(exact, "pipe", BIG, &data, &length, &err) == 0 && length == BIG && data[BIG - 1] == 'p' &&
			data[BIG] == '\0',
		"a pipe is read to its end, in as many pieces as come");
	ok(fd_read_all(more, "pipe", BIG, &data, &length, &err) < 0 && err.number == EFBIG,
		"more than the limit is refused");
	close_fd(&more);
	ok(fd_read_all(none, "pipe", 10, &empty, &length, &err) == 0 && length == 0 && *empty == '\0',
		"nothing is an empty string");
	ok(fd_read_all(-1, "pipe", 10, &data, &length, &err) < 0 && err.number == EBADF,
		"an fd that is none is an error");
	is_str(err.text, "cannot read 'pipe': bad file descriptor", "which names what it was");
}

static void test_write_all(void)
{
	static char data[BIG];
	int ends[2];
	int code = -1;
	pid_t reader;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	memset(data, 'w', sizeof(data));
	reader = fork();
	if (reader == 0) {
		cleanup_free char *read_back = NULL;
		size_t length = 0;
		struct error err;

		close(ends[1]);
		if (fd_read_all(ends[0], "pipe", BIG, &read_back, &length, &err) < 0)
			_exit(1);
		_exit(length == BIG && memcmp(read_back, data, BIG) == 0 ? 0 : 2);
	}
	close(ends[0]);
	is_int(fd_write_all(ends[1], data, sizeof(data)), 0, "more than a pipe holds is written whole");
	close(ends[1]);
	ok(child_wait(reader, &code) == 0 && code == 0, "and arrives as it was");
	is_int(fd_write_all(-1, "", 0), 0, "to write nothing always works");
	ok(fd_write_all(-1, "x", 1) < 0 && errno == EBADF, "to write to an fd that is none does not");
}

/* Runs a check in a child, since the check changes the process's file descriptors. */
static void in_child(bool (*check)(void), const char *what)
{
	pid_t pid = fork();
	int code = -1;

	if (pid == 0)
		_exit(check() ? 0 : 1);
	ok(child_wait(pid, &code) == 0 && code == 0, what);
}

static bool fills_all(void)
{
	struct stat null;
	struct error err;

	if (stat("/dev/null", &null) < 0)
		return false;
	for (int fd = 0; fd <= 2; fd++)
		close(fd);
	if (fd_fill_stdio(&err) < 0)
		return false;
	for (int fd = 0; fd <= 2; fd++) {
		struct stat st;

		if (fstat(fd, &st) < 0 || st.st_rdev != null.st_rdev || fcntl(fd, F_GETFD) != 0)
			return false;
	}
	return true;
}

static bool fills_only_holes(void)
{
	struct stat before;
	struct stat after;
	struct error err;

	close(1);
	return fstat(2, &before) == 0 && fd_fill_stdio(&err) == 0 && fstat(2, &after) == 0 &&
		before.st_ino == after.st_ino && fcntl(1, F_GETFD) == 0;
}

static bool fills_gaps(void)
{
	struct stat before;
	struct stat after;
	struct error err;

	close_range(3, ~0U, 0);
	if (dup2(0, 4) < 0 || dup2(0, 6) < 0 || fstat(4, &before) < 0 || fd_fill_gaps(3, 7, &err) < 0)
		return false;
	return fstat(4, &after) == 0 && before.st_ino == after.st_ino && fcntl(4, F_GETFD) == 0 &&
		fcntl(3, F_GETFD) == FD_CLOEXEC && fcntl(5, F_GETFD) == FD_CLOEXEC && fcntl(7, F_GETFD) < 0;
}

static bool marks_from_first(void)
{
	int low = fcntl(0, F_DUPFD, 100);
	int high = fcntl(0, F_DUPFD, 900);
	struct error err;

	return low >= 100 && high >= 900 && fd_cloexec_from(101, &err) == 0 && fcntl(low, F_GETFD) == 0 &&
		fcntl(high, F_GETFD) == FD_CLOEXEC && fcntl(0, F_GETFD) == 0;
}

/* Connects to a listener and sends a message over the new connection. */
static bool talk(int listener, int client)
{
	cleanup_fd int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	char word[8] = "";

	return server >= 0 && client >= 0 && write(client, "word", 4) == 4 && read(server, word, sizeof(word)) == 4 &&
		strcmp(word, "word") == 0;
}

static void test_sockets(int dir)
{
	char path[PATH_MAX];
	cleanup_fd int listener = -1;
	cleanup_fd int below = -1;
	cleanup_fd int at_path = -1;
	cleanup_fd int refused = -1;
	char deep[201];

	memset(deep, 'd', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	mkdirat(dir, deep, 0700);
	snprintf(path, sizeof(path), "%s/%s", scratch_path, deep);
	below = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	listener = fd_listen(below, "socket", SOCK_SEQPACKET);
	ok(listener >= 0 && fcntl(listener, F_GETFD) == FD_CLOEXEC, "a socket listens in a directory with a long path");
	at_path = fd_connect(below, "socket", SOCK_SEQPACKET);
	ok(talk(listener, at_path), "it is reached by its name");
	close_fd(&at_path);
	snprintf(path, sizeof(path), "%s/%s/socket", scratch_path, deep);
	at_path = fd_connect(AT_FDCWD, path, SOCK_SEQPACKET);
	ok(talk(listener, at_path), "and by a path that is longer than an address holds");
	close_fd(&at_path);
	snprintf(path, sizeof(path), "%s/socket", deep);
	at_path = fd_connect(dir, path, SOCK_SEQPACKET);
	ok(talk(listener, at_path), "and by a path from another directory");
	ok(fd_listen(below, "socket", SOCK_SEQPACKET) < 0 && errno == EADDRINUSE, "a name is taken once");
	refused = fd_connect(below, "nothing", SOCK_STREAM);
	ok(refused < 0 && errno == ENOENT, "a socket that is not there is an error");
	close_fd(&listener);
	ok(fd_connect(below, "socket", SOCK_SEQPACKET) < 0 && errno == ECONNREFUSED,
		"as is one that nobody listens at");
	ok(fd_listen(below, deep, SOCK_STREAM) < 0 && errno == ENAMETOOLONG,
		"a name that is too long for an address is refused");
}

/* Receives data and an fd. */
static int receive_fd(int sock, char *data, size_t size)
{
	char space[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { .iov_base = data, .iov_len = size };
	struct msghdr message = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof(space) };
	int fd = -1;

	if (recvmsg(sock, &message, MSG_CMSG_CLOEXEC) >= 0 && CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void test_send(void)
{
	struct stat sent;
	struct stat received;
	char name[16] = "";
	int ends[2];
	int got;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return;
	is_int(fd_send(ends[0], "/dev/pts/0", 10, STDOUT_FILENO), 0, "an fd is sent with a word");
	got = receive_fd(ends[1], name, sizeof(name) - 1);
	is_str(name, "/dev/pts/0", "the word arrives");
	ok(got >= 0 && fstat(STDOUT_FILENO, &sent) == 0 && fstat(got, &received) == 0 && sent.st_ino == received.st_ino,
		"and the fd is of the same file");
	close(got);
	close(ends[1]);
	ok(fd_send(ends[0], "x", 1, STDOUT_FILENO) < 0 && errno == EPIPE,
		"a receiver that is gone is an error, not a signal");
	close(ends[0]);
}

/* The number of entries; -1 after a failure. */
static int count_entries(DIR *dir)
{
	int n = 0;

	while (fd_next_entry(dir))
		n++;
	return errno ? -1 : n;
}

static void test_directories(int dir)
{
	cleanup_dir DIR *first = NULL;
	cleanup_dir DIR *second = NULL;
	int place;
	cleanup_fd int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	mkdirat(dir, "listed", 0700);
	mkdirat(dir, "listed/a", 0700);
	mkdirat(dir, "listed/..b", 0700);
	ok(symlinkat("listed", dir, "link") == 0, "there is a directory, and a link to it");
	first = fd_open_dir(dir, "listed");
	ok(first && count_entries(first) == 2, "a directory lists what is in it, without itself and the one above");
	place = first ? dirfd(first) : -1;
	second = fd_open_dir(place, ".");
	ok(second && count_entries(second) == 2, "opened again, it begins at its beginning");
	ok(!fd_open_dir(dir, "link") && errno == ENOTDIR, "a link is not followed");
	ok(!fd_open_dir(dir, "none") && errno == ENOENT, "one that is not there is an error");
	ok(null >= 0 && place >= 0 && dup2(null, place) == place && count_entries(first) == -1,
		"a directory that cannot be read is an error, not the end");
}

int main(void)
{
	int dir = scratch_open();

	test_read_all();
	test_write_all();
	in_child(fills_all, "closed standard streams are filled with /dev/null, which a program inherits");
	in_child(fills_only_holes, "open ones are left alone");
	in_child(fills_gaps, "gaps are occupied, what is open is left alone, and no program inherits what is in them");
	in_child(marks_from_first, "fds from the first on are marked, and none before");
	test_sockets(dir);
	test_send();
	test_directories(dir);
	scratch_close(dir);
	return done();
}
