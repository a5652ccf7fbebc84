/* The path of a cgroup, component by component, and the controllers that are enabled along it. */
#include "base/error.h"
#include "base/file.h"
#include "host/cgroup/parts.h"
#include "host/parts.h"
#include "scratch.h"
#include "tap.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* A path of one component with this many bytes, which the caller frees. */
static char *path_of(size_t length)
{
	char *path = calloc(1, length + 2);

	if (!path)
		exit(EXIT_FAILURE);
	path[0] = '/';
	memset(path + 1, 'n', length);
	return path;
}

static void test_names(void)
{
	const char *path = "/one//two/";
	char name[NAME_MAX + 1];

	ok(cgroup_next_name(&path, name) == 1, "there is a first name");
	is_str(name, "one", "it is the first one");
	ok(cgroup_next_name(&path, name) == 1, "there is a second one, behind two slashes");
	is_str(name, "two", "it is the second one");
	ok(cgroup_next_name(&path, name) == 0, "a slash at the end makes no third one");
	path = "/";
	ok(cgroup_next_name(&path, name) == 0, "the root has no name");
}

static void test_long_names(void)
{
	char *longest = path_of(NAME_MAX);
	char *longer = path_of(NAME_MAX + 1);
	const char *path = longest;
	char name[NAME_MAX + 1];

	ok(cgroup_next_name(&path, name) == 1 && strlen(name) == NAME_MAX, "the longest name a directory can have");
	path = longer;
	ok(cgroup_next_name(&path, name) == -1 && errno == ENAMETOOLONG, "a longer one is an error, not the end");
	free(longest);
	free(longer);
}

/* ---- controllers: ordinary directories and files instead of a cgroup tree ---- */

static int tree;

/* Writes a file of a cgroup such as "/a"; content NULL writes none. */
static void set_file(const char *cgroup, const char *name, const char *content)
{
	int dir = openat(tree, cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct error err;

	if (content && file_replace(dir, name, 0600, content, strlen(content), &err) < 0)
		printf("# %s\n", err.text);
	close(dir);
}

static void set_cgroup(const char *path, const char *type, const char *controllers, const char *enabled,
	const char *procs)
{
	mkdirat(tree, path, 0700);
	set_file(path, "cgroup.type", type);
	set_file(path, "cgroup.controllers", controllers);
	set_file(path, "cgroup.subtree_control", enabled);
	set_file(path, "cgroup.procs", procs);
}

static void hands_down(const char *path, const char *wanted, const char *what)
{
	int dir = openat(tree, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char text[256] = "";

	file_read_line(dir, "cgroup.subtree_control", text, sizeof(text));
	is_str(text, wanted, what);
	close(dir);
}

static void test_hand_down(void)
{
	struct error err;

	set_cgroup(".", NULL, "cpu memory pids\n", "", "1\n2\n");
	set_cgroup("a", "domain\n", "cpu memory pids\n", "", "");
	set_cgroup("a/b", "domain\n", "cpu memory pids\n", "memory", "");
	set_cgroup("a/b/c", "domain\n", "", "", "");
	ok(cgroup_hand_down(tree, "/a/b/c", &err) == 0, "controllers are handed down");
	hands_down(".", "+cpu +memory +pids ", "all of them in one write, by a root that holds processes");
	hands_down("a", "+cpu +memory +pids ", "by the next cgroup, too");
	hands_down("a/b", "+cpu +pids ", "those that were there are not asked for again");
	hands_down("a/b/c", "", "and none by the container's own");

	set_cgroup(".", NULL, "cpu memory pids\n", "", "1\n2\n");
	set_cgroup("a", "domain\n", "cpu memory pids\n", "", "17\n");
	ok(cgroup_hand_down(tree, "/a/b/c", &err) == 0, "below a cgroup that holds processes there are none to be had");
	hands_down(".", "", "nothing changes above it");
	hands_down("a", "", "nor in it");

	set_cgroup("a", "domain\n", "", "", "");
	set_cgroup("a/b", "threaded\n", "cpu pids\n", "", "3\n");
	ok(cgroup_hand_down(tree, "/a/b/c", &err) == 0, "nor where only controllers of threads are left");
	hands_down("a/b", "", "which would make a threaded domain of it");

	ok(cgroup_hand_down(tree, "/a/none/c", &err) == -1 && err.number == ENOENT,
		"one that is not there is an error");
}

static void is_frozen(const char *path, int wanted, const char *what)
{
	int cgroup = openat(tree, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct error err = { 0 };

	is_int(cgroup_is_being_frozen(cgroup, &err), wanted, what);
	close(cgroup);
}

static void test_frozen(void)
{
	set_cgroup("ice", NULL, NULL, NULL, NULL);
	set_cgroup("ice/b", NULL, NULL, NULL, NULL);
	set_cgroup("ice/b/c", NULL, NULL, NULL, NULL);
	set_file("ice/b", "cgroup.freeze", "0\n");
	set_file("ice/b", "cgroup.events", "populated 0\nfrozen 0\n");
	set_file("ice/b/c", "cgroup.freeze", "0\n");
	set_file("ice/b/c", "cgroup.events", "populated 0\nfrozen 0\n");
	is_frozen("ice/b/c", 0, "nothing is frozen");
	set_file("ice/b/c", "cgroup.events", "populated 0\nfrozen 1\n");
	is_frozen("ice/b/c", 1, "the kernel says so");
	set_file("ice/b/c", "cgroup.events", "populated 0\nfrozen 0\n");
	set_file("ice/b/c", "cgroup.freeze", "1\n");
	is_frozen("ice/b/c", 1, "it has been asked for");
	is_frozen("ice/b", 0, "which is nothing to the cgroup above");
	set_file("ice/b/c", "cgroup.freeze", "0\n");
	set_file("ice/b", "cgroup.freeze", "1\n");
	is_frozen("ice/b/c", 1, "but to the one below");
}

/* The cgroup of a unit is gone when somebody asks: the cgroup above has counted the kill. */
static void test_kills_above(void)
{
	int cgroup = openat(tree, "unit", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct oom_watch memory = { .above = -1 };
	uint64_t limit = 0;

	set_file("unit", "memory.max", "65536\n");
	set_file("slice", "memory.events", "oom_kill 3\n");
	memory = oom_watch_begin(cgroup, NULL);
	memory.above = openat(tree, "slice", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	memory.kills_above = 3;
	unlinkat(tree, "unit/memory.max", 0);
	ok(!oom_watch_saw_kill(&memory), "the cgroup above has counted no more kills");
	set_file("slice", "memory.events", "oom_kill 4\n");
	ok(oom_watch_saw_kill(&memory), "now it has");
	ok(oom_watch_limit(&memory, &limit) && limit == 65536, "the limit is known from before");
	set_file("unit", "memory.events", "oom_kill 0\n");
	ok(!oom_watch_saw_kill(&memory), "as long as the cgroup is there its own count decides");
	oom_watch_end(&memory);
	close(cgroup);
}

/* Makes a child that ends by a signal, and returns its pidfd. */
static int killed_by(int signal_number)
{
	pid_t pid = fork();
	int pidfd;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	pidfd = pidfd_open(pid, 0);
	pidfd_send_signal(pidfd, signal_number, NULL, 0);
	return pidfd;
}

static void is_explained(int pidfd, uint64_t before, const char *wanted, const char *what)
{
	int cgroup = openat(tree, "oom", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct oom_watch memory = oom_watch_begin(cgroup, NULL);
	struct error err;

	memory.kills = before;
	error_set(&err, 0, "it ended");
	ok(killed_explain_memory(pidfd, &memory, &err) == -1, "an error stays one");
	is_str(err.text, wanted, what);
	close(cgroup);
}

static void test_ending(void)
{
	int killed = killed_by(SIGKILL);
	int ended = killed_by(SIGTERM);

	set_cgroup("oom", NULL, NULL, NULL, NULL);
	set_cgroup("unit", NULL, NULL, NULL, NULL);
	set_cgroup("slice", NULL, NULL, NULL, NULL);
	is_explained(killed, 0, "it ended", "where no OOM kills are counted nothing is known");
	set_file("oom", "memory.events", "low 0\noom 1\noom_kill 1\n");
	is_explained(killed, 0, "container init was OOM-killed (memory limit too low?): it ended",
		"an OOM kill is called one");
	set_file("oom", "memory.max", "65536\n");
	is_explained(killed, 0,
		"container init was OOM-killed (memory limit too low?): linux.resources.memory.limit is 65536 bytes: it ended",
		"with the limit");
	set_file("oom", "memory.max", "max\n");
	is_explained(killed, 0, "container init was OOM-killed (memory limit too low?): it ended",
		"which may be that of a cgroup above");
	is_explained(killed, 1, "it ended", "one that was counted before is another's");
	is_explained(ended, 0, "it ended", "and another signal is none");
	is_explained(-1, 0, "it ended", "nor is there one without a process");
	close(killed);
	close(ended);
	while (wait(NULL) > 0)
		;
}

int main(void)
{
	test_names();
	test_long_names();
	tree = scratch_open();
	test_hand_down();
	test_frozen();
	test_ending();
	test_kills_above();
	scratch_close(tree);
	return done();
}
