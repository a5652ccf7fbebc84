/* File descriptors: reads and writes of a whole text, passing over sockets, close-on-exec. Runs on both sides; opens
 * only files that the caller names, and /dev/null. */
#include "base/fd.h"

#include "base/cleanup.h"
#include "base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	FIRST_READ = 4096,
	PRINT_MAX = 4096,
	LISTEN_BACKLOG = 8,
	SOCKET_MODE = 0600,
	PUBLIC_SOCKET_MODE = 0777,
	SEND_SECONDS = 10
};

int fd_read_all(int fd, const char *name, size_t max, char **ret_data, size_t *ret_length, struct error *err)
{
	size_t room = FIRST_READ;
	size_t length = 0;
	cleanup_free char *data = malloc(room);

	if (!data)
		return error_set(err, ENOMEM, "cannot read '%s'", name);
	for (;;) {
		ssize_t n = read(fd, data + length, room - length - 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, errno, "cannot read '%s'", name);
		if (n == 0)
			break;
		length += (size_t)n;
		if (length > max)
			return error_set(err, EFBIG, "cannot read '%s' of more than %zu bytes", name, max);
		if (room - length <= 1) {
			char *grown = realloc(data, room * 2);

			if (!grown)
				return error_set(err, ENOMEM, "cannot read '%s'", name);
			data = grown;
			room *= 2;
		}
	}
	data[length] = '\0';
	*ret_data = take_ptr(data);
	*ret_length = length;
	return 0;
}

void fd_print(int fd, const char *format, ...)
{
	char text[PRINT_MAX];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (length > 0)
		(void)fd_write_all(fd, text, (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1);
}

int fd_write_all(int fd, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, data, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		data += written;
		n -= (size_t)written;
	}
	return 0;
}

DIR *fd_open_dir(int dirfd, const char *name)
{
	cleanup_fd int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		(void)take_fd(&fd);
	return dir;
}

struct dirent *fd_next_entry(DIR *dir)
{
	struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
	return entry;
}

int fd_fill_stdio(struct error *err)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* open(2) returns the lowest free number, which is fd. Not close-on-exec: the program inherits it as
		 * its stdio. */
		if (open("/dev/null", O_RDWR) != fd)
			return error_set(err, errno, "cannot open '/dev/null' as file descriptor %d", fd);
	}
	return 0;
}

int fd_cloexec_from(unsigned int first, struct error *err)
{
	if (close_range(first, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return error_set(err, errno, "cannot mark inherited file descriptors close-on-exec");
	return 0;
}

int fd_fill_gaps(int first, int end, struct error *err)
{
	for (int fd = first; fd < end; fd++) {
		/* eventfd(2) returns the lowest free number, which is fd. */
		if (fcntl(fd, F_GETFD) < 0 && eventfd(0, EFD_CLOEXEC) != fd)
			return error_set(err, errno, "cannot occupy file descriptor %d", fd);
	}
	return 0;
}

/* Fills an address with the path of dirfd in /proc/self/fd, so that only the last component has to fit in sun_path. */
static int unix_address(int dirfd, const char *name, struct sockaddr_un *ret_address)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dirfd, name);

	if (length < 0 || (size_t)length >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	*ret_address = address;
	return 0;
}

int fd_connect(int dirfd, const char *path, int type)
{
	/* This limits connect(2), too: a listener that accepts no connection must not block this process for ever. */
	const struct timeval limit = { .tv_sec = SEND_SECONDS };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	cleanup_fd int sock = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	cleanup_fd int parent = -1;
	const char *slash = strrchr(path, '/');

	if (sock < 0)
		return -1;
	if (dirfd == AT_FDCWD && strlen(path) < sizeof(address.sun_path)) {
		memcpy(address.sun_path, path, strlen(path) + 1);
	} else if (!slash) {
		if (unix_address(dirfd, path, &address) < 0)
			return -1;
	} else {
		cleanup_free char *directory = strndup(path, (size_t)(slash - path + 1));

		if (!directory)
			return -1;
		parent = openat(dirfd, directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (parent < 0 || unix_address(parent, slash + 1, &address) < 0)
			return -1;
	}
	if (!(type & SOCK_NONBLOCK))
		setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(sock, (struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno == EAGAIN && !(type & SOCK_NONBLOCK))
			errno = ETIMEDOUT; /* EAGAIN is connect(2)'s timeout here, see unix(7) */
		return -1;
	}
	return take_fd(&sock);
}

int fd_listen(int dirfd, const char *name, int type)
{
	struct sockaddr_un address;
	cleanup_fd int sock = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (sock < 0 || unix_address(dirfd, name, &address) < 0)
		return -1;
	/* bind(2) gives the file the mode that the socket has. */
	if (fchmod(sock, SOCKET_MODE) < 0 || bind(sock, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(sock, LISTEN_BACKLOG) < 0)
		return -1;
	return take_fd(&sock);
}

int fd_bind_datagram(int dirfd, const char *name)
{
	struct sockaddr_un address;
	cleanup_fd int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (sock < 0 || unix_address(dirfd, name, &address) < 0)
		return -1;
	if (fchmod(sock, PUBLIC_SOCKET_MODE) < 0 || bind(sock, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return take_fd(&sock);
}

int fd_connect_datagram(const char *address)
{
	struct sockaddr_un abstract = { .sun_family = AF_UNIX };
	size_t length = strlen(address);
	cleanup_fd int sock = -1;

	if (*address != '@')
		return fd_connect(AT_FDCWD, address, SOCK_DGRAM);
	if (length > sizeof(abstract.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* The leading NUL makes it abstract, and the length counts: there is no terminator. */
	memcpy(abstract.sun_path + 1, address + 1, length - 1);
	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0 ||
		connect(sock, (struct sockaddr *)&abstract,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
		return -1;
	return take_fd(&sock);
}

int fd_send(int sock, const char *data, size_t n, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data, .iov_len = n };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *header;

	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(int));
	for (;;) {
		if (sendmsg(sock, &message, MSG_NOSIGNAL) >= 0)
			return 0;
		if (errno == EAGAIN)
			errno = ETIMEDOUT;
		if (errno != EINTR || interrupt_noted())
			return -1;
	}
}
