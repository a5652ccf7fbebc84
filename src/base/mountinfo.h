/* The table of mounts that a process sees: proc_pid_mountinfo(5). */
#pragma once

#include <stdbool.h>

/* One mount. The strings point into the text that mountinfo_next() was given. */
struct mountinfo {
	int id; /* as statx(2) has it in stx_mnt_id */
	int parent;
	const char *root; /* the directory of the file system that is mounted: "/" for all of it */
	const char *path; /* where it is mounted, as seen from the root of the process */
	const char *type; /* of its file system */
};

/* Takes the next line off *text, in place, and undoes its escapes. Skips lines that are not in the format of the table.
 * Returns false at the end. */
bool mountinfo_next(char **text, struct mountinfo *ret);
