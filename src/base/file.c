/* Small files, relative to a directory fd. Runs on both sides. Writing never follows a link at the last component. */
#include "base/file.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/interrupt.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>

enum { ALARM_AGAIN_US = 100000, KEYS_MAX = 64 * 1024 };

/* Opens a regular file or, when takes_pipes is true, a pipe. Opening a fifo waits for its writer. */
static int open_readable(int dirfd, const char *name, bool takes_pipes, struct error *err)
{
	struct stat st;
	cleanup_fd int fd = openat(dirfd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct pollfd readable = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return error_set(err, errno, "cannot open '%s'", name);
	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot look at '%s'", name);
	if (S_ISDIR(st.st_mode))
		return error_set(err, EISDIR, "cannot read '%s'", name);
	if (S_ISREG(st.st_mode))
		return take_fd(&fd);
	if (!takes_pipes || !S_ISFIFO(st.st_mode))
		return error_set(err, EINVAL, "cannot read '%s', which is not a regular file%s", name,
			takes_pipes ? ", and not a pipe" : "");
	while (poll(&readable, 1, -1) < 0 && errno == EINTR)
		;
	if (fcntl(fd, F_SETFL, 0) < 0)
		return error_set(err, errno, "cannot read '%s'", name);
	return take_fd(&fd);
}

int file_read(int dirfd, const char *name, size_t max, char **ret_data, size_t *ret_length, struct error *err)
{
	cleanup_fd int fd = open_readable(dirfd, name, false, err);

	return fd < 0 ? -1 : fd_read_all(fd, name, max, ret_data, ret_length, err);
}

int file_read_named(int dirfd, const char *name, size_t max, char **ret_data, size_t *ret_length, struct error *err)
{
	cleanup_fd int fd = open_readable(dirfd, name, true, err);

	return fd < 0 ? -1 : fd_read_all(fd, name, max, ret_data, ret_length, err);
}

int file_read_line(int dirfd, const char *name, char *buffer, size_t size)
{
	cleanup_fd int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = read(fd, buffer, size - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	if (n > 0 && buffer[n - 1] == '\n')
		n--;
	buffer[n] = '\0';
	return 0;
}

bool file_read_number(int dirfd, const char *name, uint64_t *ret_number)
{
	char text[32];

	if (file_read_line(dirfd, name, text, sizeof(text)) < 0)
		return false;
	if (strcmp(text, "max") != 0)
		return text_to_u64(text, ret_number);
	*ret_number = UINT64_MAX;
	return true;
}

uint64_t file_read_key(int dirfd, const char *name, const char *key)
{
	cleanup_free char *text = NULL;
	size_t length;
	uint64_t number;

	if (file_read(dirfd, name, KEYS_MAX, &text, &length, NULL) < 0)
		return 0;
	for (char *left = text, *line = strsep(&left, "\n"); line; line = strsep(&left, "\n")) {
		const char *value = strsep(&line, " ");

		if (line && strcmp(value, key) == 0 && text_to_u64(line, &number))
			return number;
	}
	return 0;
}

int file_write(int dirfd, const char *name, const char *value)
{
	cleanup_fd int fd = openat(dirfd, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = write(fd, value, strlen(value));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

static void interrupt(int signal_number)
{
	(void)signal_number;
}

/* The alarm repeats: the first one may come before flock(2) waits, and would not interrupt it. */
static struct itimerval alarm_after(long ms)
{
	return (struct itimerval){
		.it_value = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 },
		.it_interval = { .tv_usec = ALARM_AGAIN_US },
	};
}

int file_lock(int fd, long timeout_ms)
{
	const struct sigaction on_alarm = { .sa_handler = interrupt }; /* without SA_RESTART */
	const struct itimerval timer = alarm_after(timeout_ms);
	const struct itimerval none = { 0 };
	long deadline = clock_ms() + timeout_ms;
	struct sigaction action_before;
	sigset_t mask_before;
	sigset_t alarm_only;
	int result;
	int number;

	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	sigaction(SIGALRM, &on_alarm, &action_before);
	/* `run` and `exec` block all signals to pass them on: a blocked SIGALRM would not interrupt flock(2), and would
	 * be passed on to the container later. */
	sigprocmask(SIG_UNBLOCK, &alarm_only, &mask_before);
	setitimer(ITIMER_REAL, &timer, NULL);
	do
		result = flock(fd, LOCK_EX);
	while (result < 0 && errno == EINTR && clock_ms() < deadline && !interrupt_noted());
	number = errno;
	setitimer(ITIMER_REAL, &none, NULL);
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
	sigaction(SIGALRM, &action_before, NULL);
	/* A process has one ITIMER_REAL: start interrupt.c's timer again. */
	interrupt_ring();
	errno = number == EINTR && !interrupt_noted() ? ETIMEDOUT : number;
	return result;
}

int file_replace(int dirfd, const char *name, mode_t mode, const void *data, size_t n, struct error *err)
{
	char temporary[NAME_MAX + 1];
	cleanup_fd int fd = -1;
	int length = snprintf(temporary, sizeof(temporary), ".%s.%d", name, (int)getpid());

	if (length < 0 || (size_t)length >= sizeof(temporary))
		return error_set(err, ENAMETOOLONG, "cannot write '%s'", name);
	fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0 && errno == EEXIST) {
		/* A killed process with the same pid left the file; other processes use other names. */
		unlinkat(dirfd, temporary, 0);
		fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	}
	if (fd < 0)
		return error_set(err, errno, "cannot create a temporary file for '%s'", name);
	if (fd_write_all(fd, data, n) < 0 || renameat(dirfd, temporary, dirfd, name) < 0) {
		int saved = errno;

		unlinkat(dirfd, temporary, 0);
		return error_set(err, saved, "cannot write '%s'", name);
	}
	return 0;
}
