/* Paths below a root that may be hostile: which are opened, which are made and where, and which are refused. */
#include "base/path.h"

#include "base/cleanup.h"

#include "scratch.h"
#include "tap.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* The tree of each test: the root is in a directory with a secret that no path may reach. */
static const struct {
	const char *link; /* NULL: target is a directory; "": an empty file */
	const char *target;
} tree[] = {
	{ NULL, "root/a" },
	{ NULL, "root/a/b" },
	{ NULL, "root/etc" },
	{ "", "root/a/file" },
	{ "", "root/etc/passwd" },
	{ "/a", "root/absolute" },
	{ "a/b", "root/relative" },
	{ "../../../../a", "root/climbing" },
	{ "../etc", "root/a/aside" },
	{ "/../../etc/passwd", "root/passwd" },
	{ "file", "root/a/to-file" },
	{ "missing/deep", "root/dangling" },
	{ "/made/here", "root/dangling-absolute" },
	{ "../outside", "root/dangling-climbing" },
	{ "../gone", "root/a/dangling-aside" },
	{ "dangling", "root/dangling-twice" },
	{ "nowhere/../a", "root/dangling-and-back" },
	{ "loop-2", "root/loop-1" },
	{ "loop-1", "root/loop-2" },
	{ "self", "root/self" },
	{ "/proc/self/root/etc", "root/magic" },
	{ "", "secret" },
};

static void make_link(const char *target, int dir, const char *name)
{
	if (symlinkat(target, dir, name) < 0) {
		perror(name);
		exit(EXIT_FAILURE);
	}
}

/* Makes links chain-1 to chain-41, each to the one before it; chain-0 is a directory. The target of the chain end-1 to
 * end-41 does not exist. */
static void make_chains(int root)
{
	mkdirat(root, "chain-0", 0755);
	for (int i = 1; i <= 41; i++) {
		char name[32];
		char target[32];

		snprintf(name, sizeof(name), "chain-%d", i);
		snprintf(target, sizeof(target), "chain-%d", i - 1);
		make_link(target, root, name);
		snprintf(name, sizeof(name), "end-%d", i);
		snprintf(target, sizeof(target), "end-%d", i - 1);
		make_link(target, root, name);
	}
}

/* Makes the tree anew; returns the root. */
static int make_tree(int scratch)
{
	int root;

	for (size_t i = 0; i < sizeof(tree) / sizeof(tree[0]); i++) {
		if (i == 0)
			mkdirat(scratch, "root", 0755);
		if (!tree[i].link)
			mkdirat(scratch, tree[i].target, 0755);
		else if (!*tree[i].link)
			mknodat(scratch, tree[i].target, S_IFREG | 0644, 0);
		else
			make_link(tree[i].link, scratch, tree[i].target);
	}
	root = openat(scratch, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	make_chains(root);
	return root;
}

/* True when fd is the file at this path from the root, which has no links in it. */
static bool is_at(int root, int fd, const char *real)
{
	cleanup_fd int there = openat(root, real, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	return there >= 0 && path_same_file(fd, there);
}

struct path_case {
	const char *what;
	const char *path;
	const char *real; /* the path that has to be opened; NULL: refused with number */
	int number;
};

/* One check: fd is the file of the case, or err is its error. */
static void check_case(const struct path_case *c, int root, int fd, const struct error *err)
{
	if (c->real)
		ok(fd >= 0 && is_at(root, fd, c->real), c->what);
	else
		is_int(fd < 0 ? err->number : 0, c->number, c->what);
	if (fd >= 0) {
		if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
			ok(false, "what is opened is close-on-exec");
		close(fd);
	}
}

static const struct path_case open_cases[] = {
	{ "the root itself opens", "/", ".", 0 },
	{ "a directory opens", "/a/b", "a/b", 0 },
	{ "a path may be relative", "a/b", "a/b", 0 },
	{ "slashes and dots change nothing", "//a/./b//.", "a/b", 0 },
	{ "an absolute link starts at the root", "/absolute/b", "a/b", 0 },
	{ "a relative link starts where it is", "/relative", "a/b", 0 },
	{ "a link that climbs ends at the root", "/climbing/b", "a/b", 0 },
	{ "a link may climb inside", "/a/aside/passwd", "etc/passwd", 0 },
	{ "an absolute link that climbs stays inside", "/passwd", "etc/passwd", 0 },
	{ "two dots end at the root", "/../../../etc", "etc", 0 },
	{ "two dots behind a link leave its target", "/relative/..", "a", 0 },
	{ "40 links are followed", "/chain-40", "chain-0", 0 },
	{ "41 links are too many", "/chain-41", NULL, ELOOP },
	{ "links in a circle end", "/loop-1", NULL, ELOOP },
	{ "a link to itself ends", "/self/x", NULL, ELOOP },
	{ "a dangling link is nothing", "/dangling", NULL, ENOENT },
	{ "a file is no directory", "/a/file/x", NULL, ENOTDIR },
	{ "nothing is nothing", "/nothing", NULL, ENOENT },
	{ "an empty path is nothing", "", NULL, ENOENT },
	{ "what is outside cannot be reached", "/../secret", NULL, ENOENT },
};

static void test_open(int root)
{
	for (size_t i = 0; i < sizeof(open_cases) / sizeof(open_cases[0]); i++) {
		struct error err = { 0 };
		int fd = path_in_root_open(root, open_cases[i].path, O_PATH, &err);

		check_case(&open_cases[i], root, fd, &err);
	}
}

static const struct path_case make_cases[] = {
	{ "what is there is opened", "/a/b", "a/b", 0 },
	{ "what is there is found through links", "/absolute/b", "a/b", 0 },
	{ "a missing directory is made", "/new", "new", 0 },
	{ "missing parents are made", "/x/y/z", "x/y/z", 0 },
	{ "slashes and dots change nothing", "//x//./w//", "x/w", 0 },
	{ "a directory is made behind an absolute link", "/absolute/c", "a/c", 0 },
	{ "a directory is made behind a relative link", "/relative/c/d", "a/b/c/d", 0 },
	{ "a directory is made behind a link that climbs", "/climbing/e", "a/e", 0 },
	{ "a dangling link is completed", "/dangling", "missing/deep", 0 },
	{ "a dangling link is completed and gone on from", "/dangling-absolute/x", "made/here/x", 0 },
	{ "a dangling link that climbs is completed inside", "/dangling-climbing", "outside", 0 },
	{ "a dangling link starts where it is", "/a/dangling-aside/x", "gone/x", 0 },
	{ "a dangling link to a dangling link is completed", "/dangling-twice/x", "missing/deep/x", 0 },
	{ "39 dangling links are completed", "/end-39", "end-0", 0 },
	{ "41 links are too many", "/chain-41", NULL, ELOOP },
	{ "links in a circle end", "/loop-1/x", NULL, ELOOP },
	{ "a link to itself ends", "/self", NULL, ELOOP },
	{ "a file cannot be a directory", "/a/file", NULL, ENOTDIR },
	{ "a link to a file cannot be one, either", "/a/to-file", NULL, ENOTDIR },
	{ "nothing is below a file", "/a/file/x", NULL, ENOTDIR },
	{ "there is no way back from what is missing", "/nowhere/../x", NULL, ENOENT },
	{ "nor behind a link", "/dangling-and-back", NULL, ENOENT },
};

static const struct path_case make_file_cases[] = {
	{ "a file that is there is opened", "/a/file", "a/file", 0 },
	{ "a file that is there is found through links", "/a/to-file", "a/file", 0 },
	{ "a missing file is made", "/new", "new", 0 },
	{ "its parents are made as directories", "/x/y/z", "x/y/z", 0 },
	{ "a file is made behind a link", "/absolute/new", "a/new", 0 },
	{ "a dangling link is completed with a file", "/dangling", "missing/deep", 0 },
	{ "a dangling link that climbs is completed inside", "/dangling-climbing", "outside", 0 },
	{ "a directory cannot be a file", "/a/b", NULL, EISDIR },
	{ "a link to a directory cannot be one, either", "/absolute", NULL, EISDIR },
	{ "the root cannot be one", "/", NULL, EISDIR },
	{ "nothing is below a file", "/a/file/x", NULL, ENOTDIR },
	{ "links in a circle end", "/loop-1", NULL, ELOOP },
};

/* Runs the cases, each in a tree of its own. */
static void test_make(int scratch, const struct path_case *cases, size_t n, enum path_kind kind)
{
	for (size_t i = 0; i < n; i++) {
		char name[32];
		cleanup_fd int own = -1;
		cleanup_fd int root = -1;
		struct error err = { 0 };
		struct stat st;
		int fd;

		snprintf(name, sizeof(name), "make-%d-%zu", (int)kind, i);
		mkdirat(scratch, name, 0755);
		own = openat(scratch, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		root = make_tree(own);
		fd = path_in_root_make(root, cases[i].path, kind, &err);
		if (fd >= 0 && (fstat(fd, &st) < 0 || S_ISDIR(st.st_mode) != (kind == PATH_DIRECTORY)))
			ok(false, "what is made is of the kind that was asked for");
		check_case(&cases[i], root, fd, &err);
		if (own < 0 || faccessat(own, "outside", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			ok(false, "nothing is made outside of the root");
	}
}

/* A mount point may be any file but the root. */
static void test_below_root(int root)
{
	static const struct {
		const char *what;
		const char *path;
		const char *real; /* NULL: the root */
	} cases[] = {
		{ "a path without links is what it says", "/a/b", "a/b" },
		{ "a link to another directory is followed", "/relative", "a/b" },
		{ "two dots that stay below the root are no harm", "/a/b/..", "a" },
		{ "the root is refused", "/", NULL },
		{ "by any name", "///.", NULL },
		{ "without a name, too", ".", NULL },
		{ "so is the way up from below it", "/a/..", NULL },
		{ "and above it", "/../..", NULL },
		{ "a link to the root is refused", "/to-root", NULL },
		{ "as is one that climbs there", "/a/b/to-root", NULL },
		{ "and a link to such a link", "/to-to-root/a/..", NULL },
	};

	make_link("/", root, "to-root");
	make_link("../../../..", root, "a/b/to-root");
	make_link("a/b/to-root", root, "to-to-root");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = { .number = -1 };
		cleanup_fd int opened = path_below_root_open(root, cases[i].path, &err);
		cleanup_fd int made = path_below_root_make(root, cases[i].path, PATH_DIRECTORY, &err);

		if (cases[i].real)
			ok(is_at(root, opened, cases[i].real) && is_at(root, made, cases[i].real), cases[i].what);
		else
			ok(opened < 0 && made < 0 && err.number == 0 &&
					strstr(err.text, "leads to the root of the container"),
				cases[i].what);
	}
}

static void test_modes(int root)
{
	struct error err;
	struct stat directory = { 0 };
	struct stat file = { 0 };
	cleanup_fd int fd = path_in_root_make(root, "/modes/file", PATH_FILE, &err);

	ok(fd >= 0 && fstat(fd, &file) == 0 && fstatat(root, "modes", &directory, 0) == 0,
		"a file in a directory is made");
	is_int(directory.st_mode, S_IFDIR | 0755, "what is made on the way is a directory with mode 0755");
	is_int(file.st_mode, S_IFREG | 0644, "a file is made with mode 0644");
	is_int(file.st_size, 0, "and empty");
}

static void test_long(int root)
{
	static char path[2 * PATH_MAX];
	struct error err;

	memset(path, 'x', NAME_MAX + 2);
	path[0] = '/';
	ok(path_in_root_make(root, path, PATH_DIRECTORY, &err) < 0 && err.number == ENAMETOOLONG,
		"a name that is too long is refused");
	for (size_t i = 0; i < sizeof(path) - 1; i++)
		path[i] = i % 10 ? 'x' : '/';
	ok(path_in_root_make(root, path, PATH_DIRECTORY, &err) < 0 && err.number == ENAMETOOLONG,
		"a path that is too long is refused");
	ok(path_in_root_open(root, path, O_PATH, &err) < 0 && err.number == ENAMETOOLONG, "and does not open");
}

static void test_messages(int root)
{
	struct error err;

	path_in_root_open(root, "/nothing", O_PATH, &err);
	is_str(err.text, "cannot open '/nothing' in the root file system: no such file or directory",
		"an error names the path");
	path_in_root_make(root, "/a/file", PATH_DIRECTORY, &err);
	is_str(err.text, "cannot use '/a/file': not a directory", "and what is wrong with it");
}

static const struct path_case strict_cases[] = {
	{ "a path without links opens", "/a/b", "a/b", 0 },
	{ "slashes in front are no way out", "///a/b", "a/b", 0 },
	{ "nothing is the directory itself", "", ".", 0 },
	{ "as is a slash", "/", ".", 0 },
	{ "a link at the end is refused", "/absolute", NULL, ELOOP },
	{ "a link on the way is refused", "/relative/x", NULL, ELOOP },
	{ "a link to a file is refused", "/a/to-file", NULL, ELOOP },
	{ "a magic link is refused", "/magic", NULL, ELOOP },
	{ "the way up is refused", "../secret", NULL, EXDEV },
	{ "also with a slash in front", "/../secret", NULL, EXDEV },
	{ "also from inside", "/a/../../secret", NULL, EXDEV },
	{ "nothing is nothing", "/a/nothing", NULL, ENOENT },
};

static void test_strict_open(int root)
{
	for (size_t i = 0; i < sizeof(strict_cases) / sizeof(strict_cases[0]); i++) {
		struct error err = { 0 };
		int fd = path_strict_open(root, strict_cases[i].path, O_PATH, &err);

		check_case(&strict_cases[i], root, fd, &err);
	}
}

static const struct path_case parent_cases[] = {
	{ "the parent of a top name is the root", "/name", ".", 0 },
	{ "also without a slash", "name", ".", 0 },
	{ "the parent of a name is the directory that holds it", "/a/b/name", "a/b", 0 },
	{ "missing parents are made", "/p/q/name", "p/q", 0 },
	{ "double slashes change nothing", "//a///b//name", "a/b", 0 },
	{ "what the name is does not matter", "/a/to-file", "a", 0 },
	{ "a link on the way is refused", "/absolute/name", NULL, ELOOP },
	{ "a dangling link on the way is refused", "/dangling/name", NULL, ELOOP },
	{ "a file on the way is refused", "/a/file/name", NULL, ENOTDIR },
	{ "the way up is refused", "/../name", NULL, ENOENT },
};

static void test_strict_parent(int root)
{
	char path[NAME_MAX + 16];
	const char *name;
	struct error err;

	for (size_t i = 0; i < sizeof(parent_cases) / sizeof(parent_cases[0]); i++) {
		int fd;

		name = NULL;
		fd = path_strict_parent(root, parent_cases[i].path, &name, &err);
		if (fd >= 0 &&
			strcmp(name,
				strrchr(parent_cases[i].path, '/') ? strrchr(parent_cases[i].path, '/') + 1 : name) !=
				0)
			ok(false, "the name is the last component");
		check_case(&parent_cases[i], root, fd, &err);
	}
	memset(path, 'x', NAME_MAX + 1);
	memcpy(path + NAME_MAX + 1, "/name", sizeof("/name"));
	ok(path_strict_parent(root, path, &name, &err) < 0 && err.number == ENAMETOOLONG,
		"a name that is too long is refused");
}

static void test_normalise(void)
{
	static const struct {
		const char *path;
		const char *normal;
	} cases[] = {
		{ "", "/" },
		{ "/", "/" },
		{ "//", "/" },
		{ ".", "/" },
		{ "..", "/" },
		{ "/..", "/" },
		{ "/../../..", "/" },
		{ "a", "/a" },
		{ "./a", "/a" },
		{ "/a/", "/a" },
		{ "/a//b///c//", "/a/b/c" },
		{ "/a/./b/.", "/a/b" },
		{ "/a/../b", "/b" },
		{ "/a/..", "/" },
		{ "/a/b/../../c", "/c" },
		{ "/a/b/../../../c", "/c" },
		{ "../../a", "/a" },
		{ "/...", "/..." },
		{ "/..a/b..", "/..a/b.." },
		{ "/.a/.b", "/.a/.b" },
		{ "/a b/\n", "/a b/\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cleanup_free char *normal = path_normalise(cases[i].path);
		cleanup_free char *again = path_normalise(normal);
		char what[64];

		snprintf(what, sizeof(what), "normal form %zu", i);
		is_str(normal, cases[i].normal, what);
		if (strcmp(normal, again) != 0)
			is_str(again, normal, "a normal form is its own");
	}
}

static void test_below(void)
{
	ok(path_is_below("/proc", "/proc"), "a path is below itself");
	ok(path_is_below("/proc/sys", "/proc"), "what it holds is below it");
	ok(!path_is_below("/process", "/proc"), "a name that only starts the same is not");
	ok(!path_is_below("/pro", "/proc"), "nor is half a name");
	ok(path_is_below("/", "/") && path_is_below("/a", "/"), "everything is below the root");
	ok(!path_is_below("/", "/proc"), "the root is below nothing else");
}

static void test_same(int root)
{
	cleanup_fd int a = openat(root, "a", O_PATH | O_CLOEXEC);
	cleanup_fd int again = openat(root, "a/b/..", O_PATH | O_CLOEXEC);
	cleanup_fd int other = openat(root, "etc", O_PATH | O_CLOEXEC);

	ok(path_same_file(a, again), "two fds of one file are the same file");
	ok(!path_same_file(a, other), "two files are not the same");
	ok(!path_same_file(a, -1) && errno == EBADF, "what is no file is the same as none");
}

int main(void)
{
	int scratch = scratch_open();
	int root;

	umask(0);
	root = make_tree(scratch);
	test_open(root);
	test_make(scratch, make_cases, sizeof(make_cases) / sizeof(make_cases[0]), PATH_DIRECTORY);
	test_make(scratch, make_file_cases, sizeof(make_file_cases) / sizeof(make_file_cases[0]), PATH_FILE);
	test_modes(root);
	test_long(root);
	test_messages(root);
	test_below_root(root);
	test_strict_open(root);
	test_strict_parent(root);
	test_normalise();
	test_below();
	test_same(root);
	close(root);
	scratch_close(scratch);
	return done();
}
