/* Intel RDT in an ordinary directory. tests/resctrl/resctrl.c, a part of this program, makes it behave as resctrl. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mountinfo.h"
#include "base/text.h"
#include "host/resctrl/parts.h"
#include "host/resctrl/resctrl.h"
#include "scratch.h"
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { READ_MAX = 4096 };

static const char root_schemata[] = "    L2:0=3\n    L3:0=7ff;1=7ff\n    MB:0=100;1=100\n";

/* Writes a file directly, without resctrl.c, which checks writes to schemata and tasks. */
static void write_file(int dir, const char *name, const char *text)
{
	/* O_CREAT: in the directory of the test */
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || pwrite(fd, text, strlen(text), 0) < 0)
		perror(name);
	close_keep_errno(fd);
}

static void path_of(char path[64], int dir, const char *name)
{
	snprintf(path, 64, "/proc/self/fd/%d/%s", dir, name);
}

/* Returns an fd of the directory, or ends the program. */
static int open_directory(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		perror(name);
		exit(EXIT_FAILURE);
	}
	return fd;
}

static void make_directory(int dir, const char *name)
{
	char path[64];

	path_of(path, dir, name);
	if (mkdir(path, 0700) < 0)
		perror(name);
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

		is_str(resctrl_mount_point(&rest), cases[i].wanted, cases[i].what);
	}
}

/* True when the schemata of an existing group agree with a line. */
static bool agree(int root, const char *wanted)
{
	char *line = (char *)(uintptr_t)wanted;
	const struct plan_rdt plan = { .group = "there", .schemata = { .n = 1, .items = &line } };
	struct error err;

	return resctrl_check(root, &plan, "ct", &err) == 0;
}

static void test_compare(int root)
{
	static const char *const same[] = { "L3:0=7ff;1=f", "L3:1=f", "L3:0=007FF", "MB:0=20;1=100", "L3 : 0 = 7ff",
		"L3:" };
	static const char *const other[] = { "L3:0=7fe", "L3:0=7ff;1=e", "L3:2=f", "L2:0=7ff", "MB:0=2", "MB:0=200",
		"L3:0", "L3:0=", "L3", "", "MB:0=7ff" };
	cleanup_fd int group = -1;

	mkdirat(root, "there", 0700);
	group = open_directory(root, "there");
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

/* Without a closID: a group for this container only, which is removed with it. */
static void test_own(int root)
{
	char *lines[] = { "L3:0=1", "MB:0=50", "L3:0=f" };
	const struct plan_rdt plan = { .group = "ct",
		.own = true,
		.schemata = { .n = 3, .items = lines },
		.monitored = true };
	struct resctrl_claim made = { 0 };
	struct error err;

	is_int(resctrl_check(root, &plan, "ct", &err), 0, "a name that is free can be made");
	is_int(resctrl_make(root, &plan, "ct", &made, &err), 0, "and is");
	is_file(root, "ct/schemata", "    L2:0=3\nL3:0=f\nMB:0=50\n", "the schemata are written in order, a line each");
	ok(made.own && made.monitored && strcmp(made.group, "ct") == 0, "what was made is written down");
	is_int(resctrl_enter(root, &made, "ct", 4711, &err), 0, "a process enters");
	is_file(root, "ct/tasks", "4711\n", "the class of service");
	is_file(root, "ct/mon_groups/ct/tasks", "4711\n", "and the monitoring group");
	ok(resctrl_check(root, &plan, "ct", &err) < 0 && err.number == EEXIST && err.detail.code == ERROR_RDT_FAILED,
		"a second one of that name is refused");
	is_int(resctrl_remove(root, &made, "ct", &err), 0, "all of it is removed");
	ok(!is_there(root, "ct"), "and gone");
	is_int(resctrl_remove(root, &made, "ct", &err), 0, "removing again finds nothing to do");
	made = (struct resctrl_claim){ 0 };
	ok(resctrl_make(root, &(struct plan_rdt){ .group = "ct", .own = true }, "ct", &made, &err) == 0 &&
			!made.monitored,
		"a group needs neither schema nor monitor");
	is_file(root, "ct/schemata", root_schemata, "without a schema nothing is written");
	resctrl_remove(root, &made, "ct", &err);
}

/* With a closID: the group is made when it is missing and there is a schema, and is not removed. */
static void test_given(int root)
{
	char *line = "L3:0=f";
	char *another = "L3:0=1";
	const struct plan_rdt plan = { .group = "gold", .schemata = { .n = 1, .items = &line }, .monitored = true };
	const struct plan_rdt bare = { .group = "gold", .monitored = true };
	const struct plan_rdt differs = { .group = "gold", .schemata = { .n = 1, .items = &another } };
	const struct resctrl_claim kept = { .group = "gold", .monitored = true };
	struct resctrl_claim made = { 0 };
	struct error err;

	ok(resctrl_check(root, &bare, "ct", &err) < 0, "a class that is not there needs a schema");
	is_str(err.text, "linux.intelRdt.closID: there is no class of service 'gold', and no schema for it",
		"and the error says so");
	ok(resctrl_check(root, &plan, "ct", &err) == 0 && resctrl_make(root, &plan, "ct", &made, &err) == 0 && made.own,
		"with one it is made, and a create that fails will remove it");
	ok(resctrl_remove(root, &kept, "ct", &err) == 0 && is_there(root, "gold") &&
			!is_there(root, "gold/mon_groups/ct"),
		"delete removes the monitor alone");
	made = (struct resctrl_claim){ 0 };
	ok(resctrl_check(root, &plan, "ct", &err) == 0 && resctrl_make(root, &plan, "ct", &made, &err) == 0 &&
			!made.own,
		"the next one with this schema joins");
	is_file(root, "gold/schemata", "    L2:0=3\nL3:0=f\n    MB:0=100;1=100\n", "and writes nothing");
	ok(resctrl_check(root, &bare, "ct", &err) < 0 && err.number == EEXIST, "a monitor that is there is another's");
	ok(resctrl_check(root, &bare, "ct2", &err) == 0, "but a monitor of another name is free");
	ok(resctrl_check(root, &differs, "ct2", &err) < 0, "another schema is refused");
	is_str(err.text, "linux.intelRdt: the class of service 'gold' is there, without 'L3:0=1'",
		"with the line that differs");
	resctrl_remove(root, &made, "ct", &err);
	resctrl_remove(root, &(struct resctrl_claim){ .group = "gold", .own = true }, "ct", &err);
}

static void test_root(int root)
{
	const struct plan_rdt plan = { .group = "/", .monitored = true };
	struct resctrl_claim made = { 0 };
	struct error err;

	ok(resctrl_check(root, &plan, "ct", &err) == 0 && resctrl_make(root, &plan, "ct", &made, &err) == 0 &&
			!made.own,
		"the root is a class of service that is always there");
	is_int(resctrl_enter(root, &made, "ct", 12, &err), 0, "a process enters it");
	is_file(root, "tasks", "12\n", "as the root's");
	is_file(root, "mon_groups/ct/tasks", "12\n", "with a monitor of its own");
	ok(resctrl_remove(root, &made, "ct", &err) == 0 && !is_there(root, "mon_groups/ct") && is_there(root, "tasks"),
		"the root stays, the monitor goes");
}

static void test_refusals(int root)
{
	char *line = "L3:0=f";
	const struct plan_rdt plan = { .group = "ct", .own = true, .schemata = { .n = 1, .items = &line } };
	const struct plan_rdt monitored = { .group = "gold", .monitored = true };
	struct resctrl_claim made = { 0 };
	cleanup_fd int group = -1;
	struct error err;
	char path[64];

	write_file(root, "info/L3/num_closids", "1\n");
	ok(resctrl_make(root, &plan, "ct", &made, &err) < 0 && !made.own, "a processor has so many classes");
	is_str(err.text, "linux.intelRdt: the processor has no class of service left for 'ct'",
		"and no space on a disk is to blame");
	write_file(root, "info/L3/num_closids", "16\n");
	ok(resctrl_enter(root, &(struct resctrl_claim){ .group = "none" }, "ct", 1, &err) < 0 && err.number == ENOENT,
		"nobody enters a group that is gone");
	mkdirat(root, "gold", 0700);
	group = open_directory(root, "gold");
	path_of(path, group, "mon_groups");
	rmdir(path);
	ok(resctrl_make(root, &monitored, "ct", &made, &err) < 0 && !made.monitored && err.number == ENOENT,
		"a host that cannot monitor is an error");
	unlinkat(group, "schemata", 0);
	ok(symlinkat("tasks", group, "schemata") == 0 && resctrl_set_schemata(root, "gold", &plan.schemata, &err) < 0 &&
			err.number == ELOOP,
		"a link is not followed");
	resctrl_remove(root, &(struct resctrl_claim){ .group = "gold", .own = true }, "ct", &err);
}

/* The kernel refuses a schema and writes the reason to a file. */
static void test_reason(int root)
{
	char *line = "L4:0=1";
	const struct plan_rdt plan = { .group = "ct", .own = true, .schemata = { .n = 1, .items = &line } };
	struct resctrl_claim made = { 0 };
	struct error err;

	ok(resctrl_make(root, &plan, "ct", &made, &err) < 0 && made.own,
		"a schema that is refused leaves a group to remove");
	is_str(err.text,
		"linux.intelRdt: cannot write 'L4:0=1' to the schemata of 'ct' (Unknown or unsupported resource name "
		"'L4'): invalid argument",
		"and the kernel's reason");
	resctrl_remove(root, &made, "ct", &err);
}

static void test_open(void)
{
	struct error err;
	cleanup_fd int resctrl = resctrl_open(&err);

	ok(resctrl >= 0 && is_there(resctrl, "schemata"), "resctrl is found where it is mounted");
	unsetenv("RESCTRL");
	ok(resctrl_open(&err) < 0 && err.number == ENODEV && err.detail.code == ERROR_NOT_SUPPORTED,
		"and not where it is not");
	setenv("RESCTRL", scratch_path, 1);
}

/* New schemata for a group in use. */
static void test_change(int root)
{
	static const char before[] = "    L2:0=3\n    L3:0=7ff;1=0ff\n    MB:0= 20;1=100\n";
	char *good[] = { "L3:0=1", "MB:0=50", "L3:0=f" };
	char *bad[] = { "L3:0=1", "MB:0=50", "L4:0=1" };
	const struct oci_strings lines = { .n = 3, .items = good };
	const struct oci_strings refused = { .n = 3, .items = bad };
	struct oci_document *document = oci_parse(&oci_intel_rdt_type, "test", "{}", 2);
	struct oci_strings former = { 0 };
	cleanup_fd int group = -1;
	struct error err;

	mkdirat(root, "gold", 0700);
	group = open_directory(root, "gold");
	write_file(group, "schemata", before);
	is_int(resctrl_change_schemata(document, root, "gold", &lines, &former, &err), 0, "schemata can be changed");
	is_file(group, "schemata", "    L2:0=3\nL3:0=f\nMB:0=50\n", "those that are named, in order");
	resctrl_restore_schemata(root, "gold", &former);
	is_file(group, "schemata", "    L2:0=3\nL3:0=7ff;1=0ff\nMB:0= 20;1=100\n",
		"they can be put back, with all their domains");
	ok(resctrl_change_schemata(document, root, "gold", &refused, &former, &err) < 0 && err.number == EINVAL &&
			err.detail.code == ERROR_RDT_FAILED,
		"one that the kernel refuses is an error");
	is_file(group, "schemata", "    L2:0=3\nL3:0=7ff;1=0ff\nMB:0= 20;1=100\n", "and undoes those before it");
	ok(resctrl_change_schemata(document, root, "none", &lines, &former, &err) < 0 && err.number == ENOENT,
		"a group that is gone cannot be changed");
	resctrl_remove(root, &(struct resctrl_claim){ .group = "gold", .own = true }, "ct", &err);
	oci_free(document);
}

int main(void)
{
	int root = scratch_open();

	setenv("RESCTRL", scratch_path, 1);
	write_file(root, "tasks", "");
	write_file(root, "schemata", root_schemata);
	make_directory(root, "mon_groups");
	make_directory(root, "info");
	make_directory(root, "info/L3");
	write_file(root, "info/L3/num_closids", "16\n");
	test_mount_point();
	test_open();
	test_compare(root);
	test_own(root);
	test_given(root);
	test_root(root);
	test_refusals(root);
	test_reason(root);
	test_change(root);
	scratch_close(root);
	return done();
}
