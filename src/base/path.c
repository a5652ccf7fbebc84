/* Paths below a root that may be hostile: openat2(2) and single-component calls only. Runs on both sides.
 *
 * The root belongs to an image, and processes of another container may rename files in it at the same time (a volume
 * that both share). So no function here resolves a path twice, and none returns a path. */
#include "base/path.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	MAX_LINKS = 40, /* the kernel's limit, too */
	RETRY_MS = 50,  /* openat2(2) fails with EAGAIN while any file of the host is renamed */
	DIRECTORY_MODE = 0755,
	FILE_MODE = 0644,
};

/* openat2(2), repeated after EAGAIN for RETRY_MS. A limited time, not a number of tries: on a busy host a fixed number
 * was not enough for other runtimes. */
static int open_resolved(int dirfd, const char *path, int flags, uint64_t resolve)
{
	const struct open_how how = { .flags = (uint64_t)(flags | O_CLOEXEC), .resolve = resolve };
	long deadline = 0;

	for (;;) {
		int fd = sys_openat2(dirfd, path, &how);

		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			return fd;
		if (deadline == 0)
			deadline = clock_ms() + RETRY_MS;
		else if (clock_ms() > deadline)
			return -1;
		sched_yield();
	}
}

static int open_in_root(int root, const char *path, int flags)
{
	return open_resolved(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

static int open_strict(int dirfd, const char *path, int flags)
{
	while (*path == '/')
		path++;
	return open_resolved(dirfd, *path ? path : ".", flags,
		RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

int path_in_root_open(int root, const char *path, int flags, struct error *err)
{
	int fd = open_in_root(root, path, flags);

	if (fd < 0)
		return error_set(err, errno, "cannot open '%s' in the root file system", path);
	return fd;
}

/* open_in_root() that first tries a single call without following links. When that succeeds and path names something
 * below the root, *ret_sure is true: the fd is not the root itself. */
static int open_below_root(int root, const char *path, bool *ret_sure)
{
	int fd = open_strict(root, path, O_PATH);

	*ret_sure = fd >= 0 && path[strspn(path, "/")] && path[0] != '.' && !strstr(path, "/.");
	if (fd >= 0 || errno == ENOENT || errno == ENOTDIR)
		return fd;
	return open_in_root(root, path, O_PATH);
}

static int refuse_root(const char *path, struct error *err)
{
	return error_set(err, 0, "'%s' leads to the root of the container", path);
}

int path_below_root_open(int root, const char *path, struct error *err)
{
	bool sure;
	cleanup_fd int fd = open_below_root(root, path, &sure);

	if (fd < 0)
		return error_set(err, errno, "cannot open '%s' in the root file system", path);
	if (!sure && path_same_file_and_mount(fd, root))
		return refuse_root(path, err);
	return take_fd(&fd);
}

int path_strict_open(int dirfd, const char *path, int flags, struct error *err)
{
	int fd = open_strict(dirfd, path, flags);

	if (fd < 0)
		return error_set(err, errno, "cannot open '%s' without following links", path);
	return fd;
}

/* Splits path, without its last component, so that everything up to *ret_rest exists as a directory in root; returns an
 * O_PATH fd of that part. */
static int open_existing_prefix(int root, char *path, char **ret_rest)
{
	char *end = path + strlen(path);
	int fd;

	do {
		char kept;

		while (end > path && end[-1] == '/')
			end--;
		while (end > path && end[-1] != '/')
			end--;
		while (end > path && end[-1] == '/')
			end--;
		kept = *end;
		*end = '\0';
		fd = open_in_root(root, *path ? path : "/", O_PATH | O_DIRECTORY);
		*end = kept;
	} while (fd < 0 && (errno == ENOENT || errno == ENOTDIR) && end > path);
	*ret_rest = end;
	return fd;
}

/* The path with a symlink in the middle replaced by its target: prefix/target/rest, or target/rest for an absolute
 * target. NULL with errno. */
static char *expand_link(int parent, const char *name, const char *prefix, int prefix_length, const char *rest)
{
	char target[PATH_MAX];
	char *expanded = NULL;
	ssize_t n = readlinkat(parent, name, target, sizeof(target) - 1);

	if (n < 0)
		return NULL;
	target[n] = '\0';
	if (target[0] == '/')
		n = asprintf(&expanded, "%s/%s", target, rest);
	else
		n = asprintf(&expanded, "%.*s/%s/%s", prefix_length, prefix, target, rest);
	if (n < 0) {
		errno = ENOMEM;
		return NULL;
	}
	return expanded;
}

/* Makes one component below parent and opens it with O_PATH, not following a link. -1 with ELOOP when the component is
 * a link. */
static int make_component(int parent, const char *name, enum path_kind kind)
{
	cleanup_fd int fd = -1;
	struct stat st;
	int made;

	if (strcmp(name, "..") == 0) {
		errno = ENOENT;
		return -1;
	}
	made = kind == PATH_DIRECTORY ? mkdirat(parent, name, DIRECTORY_MODE)
				      : mknodat(parent, name, S_IFREG | FILE_MODE, 0);
	if (made < 0 && errno != EEXIST)
		return -1;
	fd = open_resolved(parent, name, O_PATH | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (S_ISLNK(st.st_mode))
		errno = ELOOP;
	else if (kind == PATH_DIRECTORY && !S_ISDIR(st.st_mode))
		errno = ENOTDIR;
	else if (kind == PATH_FILE && S_ISDIR(st.st_mode))
		errno = EISDIR;
	else
		return take_fd(&fd);
	return -1;
}

/* One pass over path: makes the missing components. Returns the fd; or -1 with *ret_expanded set to another path, which
 * the caller tries instead, when a symlink has to be followed. */
static int make_pass(int root, char *path, enum path_kind kind, char **ret_expanded)
{
	char *rest;
	cleanup_fd int parent = open_existing_prefix(root, path, &rest);
	int prefix_length;

	if (parent < 0)
		return -1;
	prefix_length = (int)(rest - path);
	for (char *name = rest + strspn(rest, "/"), *next; *name; name = next) {
		size_t length = strcspn(name, "/");
		char *after = name + length + strspn(name + length, "/");
		enum path_kind part = *after ? PATH_DIRECTORY : kind;
		int fd;

		name[length] = '\0';
		next = after;
		fd = make_component(parent, name, part);
		if (fd < 0 && errno == ELOOP)
			*ret_expanded = expand_link(parent, name, path, prefix_length, after);
		if (fd < 0)
			return -1;
		name[length] = *after || after > name + length ? '/' : '\0';
		prefix_length = (int)(name + length - path);
		close_fd(&parent);
		parent = fd;
	}
	return take_fd(&parent);
}

/* Returns fd when it is of this kind; otherwise closes it and fails. */
static int check_kind(int fd, const char *path, enum path_kind kind, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot look at '%s'", path);
	if (S_ISDIR(st.st_mode) != (kind == PATH_DIRECTORY))
		return error_set(err, S_ISDIR(st.st_mode) ? EISDIR : ENOTDIR, "cannot use '%s'", path);
	return fd;
}

/* Makes the missing components of path, in one pass and a further one for each symlink. */
static int make(int root, const char *path, enum path_kind kind, struct error *err)
{
	cleanup_free char *current = strdup(path);

	for (int links = 0; current && links < MAX_LINKS; links++) {
		char *expanded = NULL;
		int fd = make_pass(root, current, kind, &expanded);

		if (fd >= 0)
			return fd;
		if (!expanded)
			return error_set(err, errno, "cannot make '%s' in the root file system", path);
		free(current);
		current = expanded;
	}
	return error_set(err, current ? ELOOP : ENOMEM, "cannot make '%s' in the root file system", path);
}

/* Finishes path_in_root_make(): fd is what was opened at path, or -1 with errno. */
static int found_or_made(int fd, int root, const char *path, enum path_kind kind, struct error *err)
{
	cleanup_fd int found = fd;

	if (found < 0 && errno != ENOENT)
		return error_set(err, errno, "cannot open '%s' in the root file system", path);
	if (found < 0)
		return make(root, path, kind, err);
	return check_kind(found, path, kind, err) < 0 ? -1 : take_fd(&found);
}

int path_in_root_make(int root, const char *path, enum path_kind kind, struct error *err)
{
	return found_or_made(open_in_root(root, path, O_PATH), root, path, kind, err);
}

int path_below_root_make(int root, const char *path, enum path_kind kind, struct error *err)
{
	bool sure;
	cleanup_fd int fd = found_or_made(open_below_root(root, path, &sure), root, path, kind, err);

	if (fd >= 0 && !sure && path_same_file_and_mount(fd, root))
		return refuse_root(path, err);
	return take_fd(&fd);
}

/* Opens the directory of path with one call when it exists already, instead of one call for each component. -1 with
 * errno when it does not exist. */
static int open_existing_parent(int root, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX];
	size_t length = slash ? (size_t)(slash - path) : 0;

	if (length >= sizeof(directory) || (slash && slash[1] == '\0')) {
		errno = ENOENT; /* path_in_root_make() then splits off the name, or reports what is wrong with it */
		return -1;
	}
	memcpy(directory, path, length);
	directory[length] = '\0';
	*ret_name = slash ? slash + 1 : path;
	return open_strict(root, directory, O_PATH | O_DIRECTORY);
}

int path_strict_parent(int root, const char *path, const char **ret_name, struct error *err)
{
	const char *name = path + strspn(path, "/");
	cleanup_fd int parent = open_existing_parent(root, path, ret_name);

	if (parent >= 0)
		return take_fd(&parent);
	parent = open_strict(root, ".", O_PATH | O_DIRECTORY);
	if (parent < 0)
		return error_set(err, errno, "cannot open the root file system");
	for (;;) {
		size_t length = strcspn(name, "/");
		const char *after = name + length + strspn(name + length, "/");
		char component[NAME_MAX + 1];
		int fd;

		if (!*after) {
			*ret_name = name;
			return take_fd(&parent);
		}
		if (length > NAME_MAX)
			return error_set(err, ENAMETOOLONG, "cannot open '%s'", path);
		memcpy(component, name, length);
		component[length] = '\0';
		fd = make_component(parent, component, PATH_DIRECTORY);
		if (fd < 0)
			return error_set(err, errno, "cannot open the directory of '%s' without following links", path);
		close_fd(&parent);
		parent = fd;
		name = after;
	}
}

char *path_normalise(const char *path)
{
	char *normal = malloc(strlen(path) + 2);
	char *end = normal;

	if (!normal)
		return NULL;
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && path[0] == '.' && path[1] == '.') {
			while (end > normal && *--end != '/')
				;
		} else if (length > 0 && !(length == 1 && path[0] == '.')) {
			*end++ = '/';
			memcpy(end, path, length);
			end += length;
		}
		path += length + (path[length] == '/');
	}
	if (end == normal)
		*end++ = '/';
	*end = '\0';
	return normal;
}

bool path_is_below(const char *path, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strcmp(prefix, "/") == 0)
		return true;
	return strncmp(path, prefix, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bool path_same_file(int a, int b)
{
	struct stat st_a;
	struct stat st_b;

	if (fstat(a, &st_a) < 0 || fstat(b, &st_b) < 0)
		return false;
	return st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino;
}

bool path_same_file_and_mount(int a, int b)
{
	return path_same_file(a, b) && path_mount_id(a) == path_mount_id(b);
}

int path_mount_id(int fd)
{
	struct statx stx;

	return statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0 ? -1 : (int)stx.stx_mnt_id;
}
