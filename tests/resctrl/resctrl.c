/* A directory that behaves as resctrl: the kernel's part of it, in place of libc's functions, for a program that this
 * file is linked into. The directory is the one that the environment calls RESCTRL; a test fills it with what the root
 * of resctrl has, and each new group gets a copy of its schemata.
 *
 *   - it is mounted, as /proc/self/mountinfo and fstatfs(2) tell;
 *   - mkdir(2) makes a group with its files, as long as info/L3/num_closids allows, and rmdir(2) removes all of it;
 *   - a line for the schemata changes its own resource alone, and is refused for one that is not there, with a reason
 *     in info/last_cmd_status;
 *   - a pid for the tasks is added.
 *
 * Elsewhere everything goes to the kernel. A group does not lose a pid that goes to another or ends, and what its
 * monitors count in mon_data is for the test to make. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { TEXT_MAX = 4096, NFTW_FDS = 8 };

/* ---- where something is ---- */

/* The path of what fd is, in resctrl: "" for its root, "/ct/tasks". False when it is elsewhere. */
static bool place_of(int fd, char place[PATH_MAX])
{
	const char *root = getenv("RESCTRL");
	char link[64];
	char path[PATH_MAX];
	int saved = errno;
	size_t length;
	ssize_t n;

	if (!root || fd < 0)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	errno = saved;
	if (n < 0)
		return false;
	path[n] = '\0';
	length = strlen(root);
	if (strncmp(path, root, length) != 0 || (path[length] != '/' && path[length] != '\0'))
		return false;
	snprintf(place, PATH_MAX, "%s", path + length);
	return true;
}

/* The path of a place, or of a file in it. */
static void path_of(char path[PATH_MAX], const char *place, const char *name)
{
	int n = snprintf(path, PATH_MAX, "%s%s%s%s", getenv("RESCTRL"), place, *name ? "/" : "", name);

	if (n < 0 || n >= PATH_MAX)
		abort();
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* ---- its files ---- */

static void read_place(const char *place, const char *name, char text[TEXT_MAX])
{
	char path[PATH_MAX];
	FILE *file;
	size_t n;

	path_of(path, place, name);
	file = fopen(path, "re");
	n = file ? fread(text, 1, TEXT_MAX - 1, file) : 0;
	text[n] = '\0';
	if (file)
		fclose(file);
}

static void write_place(const char *place, const char *name, const char *mode, const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	path_of(path, place, name);
	file = fopen(path, mode);
	if (!file)
		abort();
	fputs(text, file);
	fclose(file);
}

/* The kernel aligns the names of resources. */
static const char *skip_blanks(const char *line)
{
	return line + strspn(line, " ");
}

/* Copies the schemata from text, with the line in the place of that of its resource. False when there is none. */
static bool replace_line(const char *text, const char *line, char changed[TEXT_MAX])
{
	size_t name = strcspn(line, ":") + 1;
	bool found = false;

	changed[0] = '\0';
	while (*text) {
		size_t n = strcspn(text, "\n") + 1;
		bool same = strncmp(skip_blanks(text), line, name) == 0;
		size_t done = strlen(changed);

		snprintf(changed + done, TEXT_MAX - done, "%.*s", same ? INT_MAX : (int)n, same ? line : text);
		found = found || same;
		text += n;
	}
	return found;
}

static ssize_t write_schemata(const char *place, const char *line, size_t n)
{
	char text[TEXT_MAX];
	char changed[TEXT_MAX];
	char reason[TEXT_MAX];

	read_place(place, "", text);
	if (!replace_line(text, line, changed)) {
		snprintf(reason, sizeof(reason), "Unknown or unsupported resource name '%.*s'\n",
			(int)strcspn(line, ":"), line);
		write_place("/info", "last_cmd_status", "we", reason);
		errno = EINVAL;
		return -1;
	}
	write_place("/info", "last_cmd_status", "we", "ok\n");
	write_place(place, "", "we", changed);
	return (ssize_t)n;
}

ssize_t write(int fd, const void *data, size_t n)
{
	char place[PATH_MAX];
	char line[TEXT_MAX];

	if (!place_of(fd, place) || n >= sizeof(line))
		return syscall(SYS_write, fd, data, n);
	memcpy(line, data, n);
	line[n] = '\0';
	if (ends_with(place, "/schemata"))
		return write_schemata(place, line, n);
	if (!ends_with(place, "/tasks"))
		return syscall(SYS_write, fd, data, n);
	strncat(line, "\n", sizeof(line) - n - 1);
	write_place(place, "", "ae", line);
	return (ssize_t)n;
}

/* ---- its groups ---- */

/* Whether there are as many groups as the processor has classes of service, the root among them. */
static bool is_full(void)
{
	char pattern[PATH_MAX];
	char most[TEXT_MAX];
	glob_t groups;
	size_t n;

	read_place("/info/L3", "num_closids", most);
	path_of(pattern, "/*", "schemata");
	n = glob(pattern, 0, NULL, &groups) == 0 ? groups.gl_pathc : 0;
	globfree(&groups);
	return n + 1 >= strtoul(most, NULL, 10);
}

static void make_directory(const char *place, const char *name)
{
	char path[PATH_MAX];

	path_of(path, place, name);
	if (mkdir(path, 0755) < 0)
		abort();
}

int mkdirat(int dir, const char *name, mode_t mode)
{
	char parent[PATH_MAX];
	char place[PATH_MAX];
	char schemata[TEXT_MAX];
	bool is_class;

	if (!place_of(dir, parent))
		return (int)syscall(SYS_mkdirat, dir, name, mode);
	is_class = *parent == '\0';
	if (!is_class && !ends_with(parent, "/mon_groups")) {
		errno = EPERM;
		return -1;
	}
	if (is_class && is_full()) {
		errno = ENOSPC;
		return -1;
	}
	if (syscall(SYS_mkdirat, dir, name, mode) < 0)
		return -1;
	if (snprintf(place, sizeof(place), "%s/%s", parent, name) >= (int)sizeof(place))
		abort();
	write_place(place, "tasks", "we", "");
	if (is_class) {
		read_place("", "schemata", schemata);
		write_place(place, "schemata", "we", schemata);
		make_directory(place, "mon_groups");
	}
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

int unlinkat(int dir, const char *name, int flags)
{
	char place[PATH_MAX];
	char path[PATH_MAX];

	if (!(flags & AT_REMOVEDIR) || !place_of(dir, place))
		return (int)syscall(SYS_unlinkat, dir, name, flags);
	path_of(path, place, name);
	return nftw(path, remove_one, NFTW_FDS, FTW_DEPTH | FTW_PHYS);
}

/* ---- how it is found ---- */

int fstatfs(int fd, struct statfs *fs)
{
	char place[PATH_MAX];
	int result = (int)syscall(SYS_fstatfs, fd, fs);

	if (result == 0 && place_of(fd, place))
		fs->f_type = RDTGROUP_SUPER_MAGIC;
	return result;
}

/* The real one behind a line of ours. */
static int open_mountinfo(int real)
{
	int copy = memfd_create("mountinfo", MFD_CLOEXEC);
	char text[TEXT_MAX];
	ssize_t n;

	dprintf(copy, "1 1 0:1 / %s rw - resctrl resctrl rw\n", getenv("RESCTRL"));
	while ((n = read(real, text, sizeof(text))) > 0)
		syscall(SYS_write, copy, text, n);
	close(real);
	lseek(copy, 0, SEEK_SET);
	return copy;
}

int openat(int dir, const char *name, int flags, ...)
{
	va_list arguments;
	mode_t mode;
	int fd;

	va_start(arguments, flags);
	mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	fd = (int)syscall(SYS_openat, dir, name, flags, mode);
	return fd >= 0 && getenv("RESCTRL") && strcmp(name, "/proc/self/mountinfo") == 0 ? open_mountinfo(fd) : fd;
}
