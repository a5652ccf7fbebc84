/* Intel RDT: classes of service and monitoring groups, which are directories of the resctrl file system (spec:
 * config-linux.md, IntelRdt; Documentation/filesystems/resctrl.rst of Linux). Runs on the host. The parameter resctrl
 * is an fd of the root of that file system. Functions return 0 or what they say, or -1 with *err. */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

#include "ocispec.h"

#include <stdbool.h>
#include <sys/types.h>

/* What of resctrl belongs to a container. */
struct resctrl_claim {
	char *group;    /* the class of service: a directory of resctrl, "/" for its root; NULL: none */
	bool own;       /* the class of service was made for this container, and is removed with it */
	bool monitored; /* there is a monitoring group in it, named after the container */
};

/* ---- tree.c ---- */

/* Finds the next mount point of resctrl in the text of a mountinfo, which it changes: *mountinfo moves on. NULL at the
 * end. */
const char *resctrl_mount_point(char **mountinfo);

/* Opens the root of resctrl. Returns its fd. Errors: ENODEV when it is not mounted. */
int resctrl_open(struct error *err);

/* Opens the directory of a class of service, "/" for the root. Returns its fd, or -1 with errno. */
int resctrl_open_group(int resctrl, const char *group);

/* ---- group.c ---- */

/* For a plan that names a class of service: opens resctrl, checks the plan against what exists, and fills in the claim
 * for the record. For other plans *ret_resctrl and *ret_record stay as they are. */
int resctrl_plan_group(const struct plan_rdt *plan, const char *id, int *ret_resctrl, struct resctrl_claim *ret_record,
	struct error *err);

/* Makes the class of service and the monitoring group, if they do not exist. *made, empty before, says which were made,
 * after a failure too: resctrl_remove() takes it. */
int resctrl_make(int resctrl, const struct plan_rdt *plan, const char *id, struct resctrl_claim *made,
	struct error *err);

/* Puts a process, and with it the children that it will have, into the class of service and the monitoring group. */
int resctrl_enter(int resctrl, const struct resctrl_claim *rdt, const char *id, pid_t pid, struct error *err);

/* Removes the groups that belong to the container. A group that is gone is no error. */
int resctrl_remove(int resctrl, const struct resctrl_claim *rdt, const char *id, struct error *err);

/* ---- schemata.c: what a class of service may use ---- */

/* Finds the line of a resource in the text of a file `schemata`; resource is a name ("L3") or another line for it
 * ("L3:0=f"). Returns the line without the blanks in front; it ends at a newline. NULL when there is none. */
const char *resctrl_find_schema(const char *schemata, const char *resource);

/* Writes new lines for a class of service in use, all or none. *ret_former, in the document's memory, are the lines
 * that resctrl_restore_schemata() writes to undo it; a line that cannot be restored is a warning. */
int resctrl_change_schemata(struct oci_document *document, int resctrl, const char *name,
	const struct oci_strings *lines, struct oci_strings *ret_former, struct error *err);
void resctrl_restore_schemata(int resctrl, const char *name, const struct oci_strings *former);
