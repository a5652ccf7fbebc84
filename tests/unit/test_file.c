/* Small files: whole reads with a limit, single writes, and replacing in one step. */
#include "base/file.h"

#include "base/child.h"
#include "base/cleanup.h"

#include "scratch.h"
#include "tap.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* Makes a file with this content. */
static void make_file(int dir, const char *name, const char *data, size_t n)
{
	cleanup_fd int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, n) != (ssize_t)n) {
		perror(name);
		exit(EXIT_FAILURE);
	}
}

static void make_link(const char *target, int dir, const char *name)
{
	if (symlinkat(target, dir, name) < 0) {
		perror(name);
		exit(EXIT_FAILURE);
	}
}

/* The content of the file, for comparison; a static buffer. */
static const char *content(int dir, const char *name)
{
	static char buffer[256];

	return file_read_line(dir, name, buffer, sizeof(buffer)) < 0 ? NULL : buffer;
}

static void test_read(int dir)
{
	static char big[10000];
	cleanup_free char *data = NULL;
	size_t length = 0;
	struct error err;

	memset(big, 'x', sizeof(big));
	make_file(dir, "big", big, sizeof(big));
	ok(file_read(dir, "big", sizeof(big), &data, &length, &err) == 0 && length == sizeof(big) &&
			memcmp(data, big, length) == 0 && data[length] == '\0',
		"a file of just the greatest size is read whole and terminated");
	ok(file_read(dir, "big", sizeof(big) - 1, &data, &length, &err) < 0 && err.number == EFBIG,
		"a file of one byte more is refused");
	is_str(err.text, "cannot read 'big' of more than 9999 bytes: file too large", "and the message says the limit");
	ok(length == sizeof(big) && data[0] == 'x', "a failure leaves the result alone");
}

static void test_read_content(int dir)
{
	cleanup_free char *nul = NULL;
	cleanup_free char *nothing = NULL;
	cleanup_free char *linked = NULL;
	size_t length;
	struct error err;

	make_file(dir, "nul", "a\0b\n", 4);
	make_file(dir, "empty", "", 0);
	make_link("nul", dir, "link");
	ok(file_read(dir, "nul", 100, &nul, &length, &err) == 0 && length == 4 && memcmp(nul, "a\0b\n", 5) == 0,
		"zero bytes are bytes");
	ok(file_read(dir, "empty", 100, &nothing, &length, &err) == 0 && length == 0 && *nothing == '\0',
		"an empty file is an empty string");
	ok(file_read(dir, "link", 100, &linked, &length, &err) == 0 && length == 4, "a link is followed for reading");
}

static void test_read_refused(int dir)
{
	static const struct {
		const char *name;
		int number;
		const char *what;
	} cases[] = {
		{ "nothing", ENOENT, "a missing file is refused" },
		{ "directory", EISDIR, "a directory is refused" },
		{ "fifo", EINVAL, "a fifo is refused, without waiting for a writer" },
		{ "/dev/zero", EINVAL, "a device is refused" },
		{ "circle", ELOOP, "a link in a circle is refused" },
	};
	char *data = NULL;
	size_t length = 7;
	struct error err;

	mkdirat(dir, "directory", 0700);
	mkfifoat(dir, "fifo", 0600);
	make_link("circle", dir, "circle");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err.number = 0;
		file_read(dir, cases[i].name, 100, &data, &length, &err);
		is_int(err.number, cases[i].number, cases[i].what);
	}
	ok(!data && length == 7, "a failure leaves the result alone");
}

static void test_read_line(int dir)
{
	char buffer[8];

	make_file(dir, "one", "value\n", 6);
	make_file(dir, "bare", "value", 5);
	make_file(dir, "two", "a\nb\n", 4);
	make_file(dir, "newline", "\n", 1);
	make_file(dir, "long", "0123456789\n", 11);
	ok(file_read_line(dir, "one", buffer, sizeof(buffer)) == 0 && strcmp(buffer, "value") == 0,
		"a line is read without its end");
	ok(file_read_line(dir, "bare", buffer, sizeof(buffer)) == 0 && strcmp(buffer, "value") == 0,
		"a line may have no end");
	ok(file_read_line(dir, "two", buffer, sizeof(buffer)) == 0 && strcmp(buffer, "a\nb") == 0,
		"only the last end is dropped");
	ok(file_read_line(dir, "newline", buffer, sizeof(buffer)) == 0 && buffer[0] == '\0', "an empty line is empty");
	ok(file_read_line(dir, "empty", buffer, sizeof(buffer)) == 0 && buffer[0] == '\0', "as is an empty file");
	ok(file_read_line(dir, "long", buffer, sizeof(buffer)) == 0 && strcmp(buffer, "0123456") == 0,
		"what does not fit is cut off, and the rest terminated");
	ok(file_read_line(dir, "nothing", buffer, sizeof(buffer)) < 0 && errno == ENOENT, "a missing file is an error");
}

static void test_read_number(int dir)
{
	static const struct {
		const char *text;
		uint64_t number;
		bool is_number;
	} cases[] = {
		{ "0", 0, true },
		{ "18446744073709551614", UINT64_MAX - 1, true },
		{ "max", UINT64_MAX, true },
		{ "-1", 0, false },
		{ "12 34", 0, false },
		{ "Unavailable", 0, false },
		{ "maximum", 0, false },
		{ "", 0, false },
	};
	static const char keys[] = "low 1\noom 2\noom_kill 3\nmax many\n";
	uint64_t number;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_file(dir, "number", cases[i].text, strlen(cases[i].text));
		ok(file_read_number(dir, "number", &number) == cases[i].is_number &&
				(!cases[i].is_number || number == cases[i].number),
			*cases[i].text ? cases[i].text : "an empty file");
		unlinkat(dir, "number", 0);
	}
	ok(!file_read_number(dir, "nothing", &number), "a missing file has no number");
	make_file(dir, "keys", keys, strlen(keys));
	ok(file_read_key(dir, "keys", "oom_kill") == 3 && file_read_key(dir, "keys", "low") == 1,
		"a key has its number");
	ok(file_read_key(dir, "keys", "oom_") == 0 && file_read_key(dir, "keys", "max") == 0,
		"a key that is not there, or has no number, is 0");
	ok(file_read_key(dir, "nothing", "low") == 0, "so is one of a missing file");
	unlinkat(dir, "keys", 0);
}

static void test_write(int dir)
{
	make_file(dir, "kernel-file", "12345", 5);
	ok(file_write(dir, "kernel-file", "6789") == 0, "an existing file is written");
	is_str(content(dir, "kernel-file"), "67895", "from its start, and not cut, as kernel files are written");
	ok(file_write(dir, "new", "1") < 0 && errno == ENOENT && faccessat(dir, "new", F_OK, 0) < 0,
		"a missing file is an error, and not made");
	make_link("kernel-file", dir, "kernel-file-link");
	ok(file_write(dir, "kernel-file-link", "0") < 0 && errno == ELOOP, "a link is not followed for writing");
	ok(file_write(dir, "directory", "0") < 0 && errno == EISDIR, "a directory cannot be written");
}

/* True when no temporary file is left in the directory. */
static bool is_tidy(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!list)
		return false;
	while ((entry = readdir(list))) {
		if (entry->d_name[0] == '.' && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return false;
	}
	return true;
}

static void test_replace(int dir)
{
	char left_over[64];
	struct error err;
	struct stat st = { 0 };

	umask(0);
	ok(file_replace(dir, "state", 0640, "old", 3, &err) == 0 && fstatat(dir, "state", &st, 0) == 0,
		"a missing file is made");
	is_int(st.st_mode & 07777, 0640, "with its mode");
	is_str(content(dir, "state"), "old", "and its content");
	ok(file_replace(dir, "state", 0600, "new", 3, &err) == 0, "an existing one is replaced");
	is_str(content(dir, "state"), "new", "by the new content");
	snprintf(left_over, sizeof(left_over), ".state.%d", (int)getpid());
	make_file(dir, left_over, "rubbish", 7);
	ok(file_replace(dir, "state", 0600, "newer", 5, &err) == 0, "what a killed process left behind is no obstacle");
	is_str(content(dir, "state"), "newer", "and does not show");
	ok(file_replace(dir, "state-link", 0600, "x", 1, &err) == 0 && is_tidy(dir), "no temporary file is left");
}

static void test_replace_links(int dir)
{
	struct error err;
	struct stat st;

	make_file(dir, "victim", "safe", 4);
	make_link("victim", dir, "trap");
	ok(file_replace(dir, "trap", 0600, "x", 1, &err) == 0 && fstatat(dir, "trap", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			S_ISREG(st.st_mode),
		"a link is replaced itself");
	is_str(content(dir, "victim"), "safe", "and what it led to is untouched");
}

static void test_replace_refused(int dir)
{
	char name[NAME_MAX + 1];
	struct error err;

	ok(file_replace(dir, "directory", 0600, "x", 1, &err) < 0 && err.number == EISDIR && is_tidy(dir),
		"a directory is not replaced, and no temporary file is left");
	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	ok(file_replace(dir, name, 0600, "x", 1, &err) < 0 && err.number == ENAMETOOLONG,
		"a name that leaves no room for a temporary one is refused");
	ok(file_replace(-1, "x", 0600, "x", 1, &err) < 0 && err.number == EBADF, "as is a directory that is none");
}

/* Tests the lock with all signals blocked, as in a foreground run, which passes them on. */
static void test_lock(int dir)
{
	cleanup_fd int held = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int waiting = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sigset_t all;
	sigset_t before;
	sigset_t now;
	sigset_t pending;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	flock(held, LOCK_EX);
	ok(file_lock(waiting, 20) < 0 && errno == ETIMEDOUT, "a lock that stays taken is given up in time");
	sigpending(&pending);
	sigprocmask(SIG_SETMASK, &before, &now);
	ok(sigismember(&now, SIGALRM) == 1 && sigismember(&pending, SIGALRM) == 0,
		"with all signals blocked, and no alarm is left for whoever reads them");
	flock(held, LOCK_UN);
	is_int(file_lock(waiting, 20), 0, "one that is free is taken");
	ok(flock(held, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK, "for the caller alone");
}

static void test_read_named(int dir)
{
	char *data = NULL;
	size_t length = 0;
	struct error err;
	pid_t pid;
	int code;

	mkfifoat(dir, "slow", 0600);
	pid = fork();
	if (pid == 0) {
		cleanup_fd int fd = openat(dir, "slow", O_WRONLY | O_CLOEXEC);

		_exit(write(fd, "in ", 3) != 3 || write(fd, "pieces", 6) != 6);
	}
	ok(file_read_named(dir, "slow", 100, &data, &length, &err) == 0 && length == 9 &&
			strcmp(data, "in pieces") == 0,
		"a fifo that the caller has named is read to its end, whenever its writer comes");
	free(data);
	(void)child_wait(pid, &code);
	err.number = 0;
	file_read_named(dir, "/dev/zero", 100, &data, &length, &err);
	is_int(err.number, EINVAL, "a device is refused all the same");
}

int main(void)
{
	int dir = scratch_open();

	test_read(dir);
	test_read_content(dir);
	test_read_refused(dir);
	test_read_named(dir);
	test_read_line(dir);
	test_read_number(dir);
	test_write(dir);
	test_replace(dir);
	test_replace_links(dir);
	test_replace_refused(dir);
	test_lock(dir);
	scratch_close(dir);
	return done();
}
