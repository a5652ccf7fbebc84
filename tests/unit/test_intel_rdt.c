/* Intel RDT on a directory that behaves as resctrl does: a directory that is made has files, and one that is removed loses them.
 * The kernel's own part, which no test machine is sure to have, are mkdirat() and unlinkat() below. */
#include "host/host.h"

#include "base/cleanup.h"
#include "base/file.h"

#include "scratch.h"
#include "tap.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { READ_MAX = 4096 };

static bool is_full; /* no class of service is left */

static void write_file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); /* O_CREAT: a test's own file */

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		perror(name);
	close_keep_errno(fd);
}

static void path_of(char path[64], int dir, const char *name)
{
	snprintf(path, 64, "/proc/self/fd/%d/%s", dir, name);
}

/* In the program's place of libc's: what the kernel makes of a group. */
int mkdirat(int dir, const char *name, mode_t mode) // NOLINT(readability-inconsistent-declaration-parameter-name)
{
	char path[64];
	cleanup_fd int group = -1;

	if (is_full) {
		errno = ENOSPC;
		return -1;
	}
	path_of(path, dir, name);
	if (mkdir(path, mode) < 0)
		return -1;
	group = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (group < 0)
		return -1;
	write_file(group, "tasks", "");
	write_file(group, "schemata", "");
	path_of(path, group, "mon_groups");
	return mkdir(path, mode);
}

int unlinkat(int dir, const char *name, int flags) // NOLINT(readability-inconsistent-declaration-parameter-name)
{
	static const char *const parts[] = { "tasks", "schemata", "mon_groups" };
	char path[64];
	cleanup_fd int group = -1;

	path_of(path, dir, name);
	if (!(flags & AT_REMOVEDIR))
		return unlink(path);
	group = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; group >= 0 && i < sizeof(parts) / sizeof(parts[0]); i++) {
		char part[64];

		path_of(part, group, parts[i]);
		if (remove(part) < 0 && errno != ENOENT)
			return -1;
	}
	return rmdir(path);
}

static char *contents(int dir, const char *name)
{
	struct error err;
	char *text = NULL;
	size_t length;

	return file_read(dir, name, READ_MAX, &text, &length, &err) < 0 ? strdup("(none)") : text;
}

#define is_file(dir, name, wanted, what)                       \
	do {                                                   \
		cleanup_free char *got_ = contents(dir, name); \
		is_str(got_, wanted, what);                    \
	} while (0)

static bool is_there(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, 0) == 0;
}

static void test_mount_point(void)
{
	static const struct {
		const char *mountinfo;
		const char *wanted;
		const char *what;
	} cases[] = {
		{ "22 28 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
		  "40 22 0:35 / /sys/fs/resctrl rw,relatime shared:18 - resctrl resctrl rw,mba_MBps\n",
			"/sys/fs/resctrl", "resctrl is found where it is mounted" },
		{ "40 22 0:35 / /a\\040b\\134c rw - resctrl none rw\n", "/a b\\c", "a space in the name is one" },
		{ "40 22 0:35 / /x rw shared:1 master:2 - resctrl none rw", "/x", "the last line needs no end" },
		{ "40 22 0:35 /c1 /x rw - resctrl none rw\n", NULL, "one group bound elsewhere is not resctrl" },
		{ "40 22 0:35 / /resctrl rw - tmpfs resctrl rw\n", NULL, "names do not matter" },
		{ "- resctrl \n - resctrl x\n", NULL, "garbage is nothing" },
		{ "", NULL, "where nothing is mounted there is none" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cleanup_free char *text = strdup(cases[i].mountinfo);
		char *rest = text;

		is_str(rdt_mount_point(&rest), cases[i].wanted, cases[i].what);
	}
}

/* Whether the schemata of a group that is there agree with a line. */
static bool agree(int root, const char *wanted)
{
	char *line = (char *)(uintptr_t)wanted;
	const struct plan_rdt plan = { .group = "there", .schemata = { .n = 1, .items = &line } };
	struct error err;

	return rdt_check(root, &plan, "ct", &err) == 0;
}

static void test_compare(int root)
{
	static const char *const same[] = { "L3:0=7ff;1=f", "L3:1=f", "L3:0=007FF", "MB:0=20;1=100", "L3 : 0 = 7ff",
		"L3:" };
	static const char *const other[] = { "L3:0=7fe", "L3:0=7ff;1=e", "L3:2=f", "L2:0=7ff", "MB:0=2", "MB:0=200",
		"L3:0", "L3:0=", "L3", "", "MB:0=7ff" };
	cleanup_fd int group = -1;

	mkdirat(root, "there", 0700);
	group = openat(root, "there", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	write_file(group, "schemata", "    MB:0= 20;1=100\n    L3:0=07ff;1=000f\n");
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		ok(agree(root, same[i]), same[i]);
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		char what[64];

		snprintf(what, sizeof(what), "not '%s'", other[i]);
		ok(!agree(root, other[i]), what);
	}
	unlinkat(root, "there", AT_REMOVEDIR);
}

/* Without a closID: a group for the container alone, all of which goes with it. */
static void test_own(int root)
{
	char *lines[] = { "L3:0=f", "MB:0=50", "L2:0=1" };
	const struct plan_rdt plan = { .group = "ct",
		.own = true,
		.schemata = { .n = 3, .items = lines },
		.monitored = true };
	struct record_rdt made = { 0 };
	struct error err;

	is_int(rdt_check(root, &plan, "ct", &err), 0, "a name that is free can be made");
	is_int(rdt_make(root, &plan, "ct", &made, &err), 0, "and is");
	is_file(root, "ct/schemata", "L3:0=f\nMB:0=50\nL2:0=1\n", "the schemata come in order, a line each");
	ok(made.own && made.monitored && strcmp(made.group, "ct") == 0, "what was made is written down");
	is_int(rdt_enter(root, &made, "ct", 4711, &err), 0, "a process enters");
	is_file(root, "ct/tasks", "4711", "the class of service");
	is_file(root, "ct/mon_groups/ct/tasks", "4711", "and the monitoring group");
	ok(rdt_check(root, &plan, "ct", &err) < 0 && err.number == EEXIST && err.detail.code == ERROR_RDT_FAILED,
		"a second one of that name is refused");
	is_int(rdt_remove(root, &made, "ct", &err), 0, "all of it is removed");
	ok(!is_there(root, "ct"), "and gone");
	is_int(rdt_remove(root, &made, "ct", &err), 0, "removing again finds nothing to do");
	made = (struct record_rdt){ 0 };
	ok(rdt_make(root, &(struct plan_rdt){ .group = "ct", .own = true }, "ct", &made, &err) == 0 && !made.monitored,
		"a group needs neither schema nor monitor");
	is_file(root, "ct/schemata", "", "without a schema nothing is written");
	rdt_remove(root, &made, "ct", &err);
}

/* With a closID: made when it is not there and has a schema, and left behind. */
static void test_given(int root)
{
	char *line = "L3:0=f";
	char *another = "L3:0=1";
	const struct plan_rdt plan = { .group = "gold", .schemata = { .n = 1, .items = &line }, .monitored = true };
	const struct plan_rdt bare = { .group = "gold", .monitored = true };
	const struct plan_rdt differs = { .group = "gold", .schemata = { .n = 1, .items = &another } };
	const struct record_rdt kept = { .group = "gold", .monitored = true };
	struct record_rdt made = { 0 };
	struct error err;

	ok(rdt_check(root, &bare, "ct", &err) < 0, "a class that is not there needs a schema");
	is_str(err.text, "linux.intelRdt.closID: there is no class of service 'gold', and no schema for it",
		"and the error says so");
	ok(rdt_check(root, &plan, "ct", &err) == 0 && rdt_make(root, &plan, "ct", &made, &err) == 0 && made.own,
		"with one it is made, and a create that fails will remove it");
	ok(rdt_remove(root, &kept, "ct", &err) == 0 && is_there(root, "gold") && !is_there(root, "gold/mon_groups/ct"),
		"delete removes the monitor alone");
	made = (struct record_rdt){ 0 };
	ok(rdt_check(root, &plan, "ct", &err) == 0 && rdt_make(root, &plan, "ct", &made, &err) == 0 && !made.own,
		"the next one with this schema joins");
	is_file(root, "gold/schemata", "L3:0=f\n", "and writes nothing");
	ok(rdt_check(root, &bare, "ct", &err) < 0 && err.number == EEXIST, "a monitor that is there is another's");
	ok(rdt_check(root, &bare, "ct2", &err) == 0, "but a monitor of another name is free");
	ok(rdt_check(root, &differs, "ct2", &err) < 0, "another schema is refused");
	is_str(err.text, "linux.intelRdt: the class of service 'gold' is there, without 'L3:0=1'",
		"with the line that differs");
	rdt_remove(root, &made, "ct", &err);
	rdt_remove(root, &(struct record_rdt){ .group = "gold", .own = true }, "ct", &err);
}

static void test_root(int root)
{
	const struct plan_rdt plan = { .group = "/", .monitored = true };
	struct record_rdt made = { 0 };
	struct error err;

	ok(rdt_check(root, &plan, "ct", &err) == 0 && rdt_make(root, &plan, "ct", &made, &err) == 0 && !made.own,
		"the root is a class of service that is always there");
	is_int(rdt_enter(root, &made, "ct", 12, &err), 0, "a process enters it");
	is_file(root, "tasks", "12", "as the root's");
	is_file(root, "mon_groups/ct/tasks", "12", "with a monitor of its own");
	ok(rdt_remove(root, &made, "ct", &err) == 0 && !is_there(root, "mon_groups/ct") && is_there(root, "tasks"),
		"the root stays, the monitor goes");
}

static void test_refusals(int root)
{
	char *line = "L3:0=f";
	const struct plan_rdt plan = { .group = "ct", .own = true, .schemata = { .n = 1, .items = &line } };
	const struct plan_rdt monitored = { .group = "gold", .monitored = true };
	struct record_rdt made = { 0 };
	cleanup_fd int group = -1;
	struct error err;
	char path[64];

	is_full = true;
	ok(rdt_make(root, &plan, "ct", &made, &err) < 0 && !made.own, "a processor has so many classes");
	is_str(err.text, "linux.intelRdt: the processor has no class of service left for 'ct'",
		"and no space on a disk is to blame");
	is_full = false;
	ok(rdt_enter(root, &(struct record_rdt){ .group = "none" }, "ct", 1, &err) < 0 && err.number == ENOENT,
		"nobody enters a group that is gone");
	mkdirat(root, "gold", 0700);
	group = openat(root, "gold", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	path_of(path, group, "mon_groups");
	rmdir(path);
	ok(rdt_make(root, &monitored, "ct", &made, &err) < 0 && !made.monitored && err.number == ENOENT,
		"a host that cannot monitor is an error");
	unlinkat(group, "schemata", 0);
	ok(symlinkat("tasks", group, "schemata") == 0 && rdt_set_schemata(root, "gold", &plan.schemata, &err) < 0 &&
			err.number == ELOOP,
		"a link is not followed");
	rdt_remove(root, &(struct record_rdt){ .group = "gold", .own = true }, "ct", &err);
}

/* A write that fails, as the kernel's does for a schema that it does not like. */
static void test_reason(int root)
{
	char *line = "L3:0=0";
	const struct plan_rdt plan = { .group = "ct", .own = true, .schemata = { .n = 1, .items = &line } };
	struct record_rdt made = { 0 };
	struct rlimit before;
	struct rlimit nothing;
	struct error err;

	write_file(root, "info/last_cmd_status", "Need at least 1 bit\n");
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	nothing = (struct rlimit){ .rlim_cur = 0, .rlim_max = before.rlim_max };
	setrlimit(RLIMIT_FSIZE, &nothing);
	ok(rdt_make(root, &plan, "ct", &made, &err) < 0 && made.own,
		"a schema that is refused leaves a group to remove");
	setrlimit(RLIMIT_FSIZE, &before);
	is_str(err.text,
		"linux.intelRdt: cannot write 'L3:0=0' to the schemata of 'ct' (Need at least 1 bit): file too large",
		"and the kernel's reason");
	rdt_remove(root, &made, "ct", &err);
}

int main(void)
{
	int root = scratch_open();
	char path[64];

	/* The root is a group itself, and has the directory info. */
	write_file(root, "tasks", "");
	write_file(root, "schemata", "L3:0=7ff\n");
	path_of(path, root, "mon_groups");
	mkdir(path, 0700);
	path_of(path, root, "info");
	mkdir(path, 0700);
	test_mount_point();
	test_compare(root);
	test_own(root);
	test_given(root);
	test_root(root);
	test_refusals(root);
	test_reason(root);
	scratch_close(root);
	return done();
}
