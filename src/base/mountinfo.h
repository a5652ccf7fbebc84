/* The table of mounts that a process sees: proc_pid_mountinfo(5). */
#pragma once

#include <stdbool.h>

/* One mount; the strings lie in the text it was read from. */
struct mountinfo {
	int id; /* as statx(2) has it in stx_mnt_id */
	int parent;
	const char *root; /* what of its file system is mounted: "/" for all of it */
	const char *path; /* where, as seen from the root of the process */
	const char *type; /* of its file system */
};

/* Takes the next line off *text, in place, and undoes its escapes. Lines that are none of this table are passed over.
 * False at the end. */
bool mountinfo_next(char **text, struct mountinfo *ret);
