/* Tests of base/mountinfo.c. */
#include "base/mountinfo.h"

#include "tap.h"

#include <string.h>

static void test_lines(void)
{
	char text[] = "36 35 98:0 /sub /mnt rw,noatime shared:1 master:2 - ext4 /dev/vda rw,errors=continue\n"
		      "garbage\n"
		      "1 - x\n"
		      "- - - - - proc\n"
		      "40 36 0:35 / /a\\040b\\134c\\012d rw - proc proc rw";
	char *rest = text;
	struct mountinfo mount = { 0 };

	ok(mountinfo_next(&rest, &mount), "the first line is one");
	ok(mount.id == 36 && mount.parent == 35, "a mount has its number and that of what it is mounted on");
	is_str(mount.root, "/sub", "the root is the part of the file system");
	is_str(mount.path, "/mnt", "the path is where it is");
	is_str(mount.type, "ext4", "the type stands behind the words that vary in number");
	ok(mountinfo_next(&rest, &mount),
		"what is no line of a mountinfo is passed over, and the last one needs no end");
	is_str(mount.path, "/a b\\c\nd", "escapes are undone");
	is_str(mount.type, "proc", "the second line has its own type");
	ok(!mountinfo_next(&rest, &mount), "then there is none");
	ok(mount.id == 40, "and what was read stays");
}

int main(void)
{
	test_lines();
	return done();
}
