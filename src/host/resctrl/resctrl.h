/* Intel RDT: classes of service and monitoring groups, as directories of resctrl (spec: config-linux.md, IntelRdt).
 * Runs on the host. resctrl is the root of that file system, as an fd. */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

#include "ocispec.h"

#include <stdbool.h>
#include <sys/types.h>

/* What of resctrl is the container's. */
struct resctrl_claim {
	char *group;    /* in resctrl, "/" for its root; NULL: none */
	bool own;       /* made for this container, and removed with it */
	bool monitored; /* it has the monitoring group of the container */
};

/* ---- tree.c: where it is ---- */

/* The next mount point of resctrl in the text of a mountinfo, which is taken to pieces: *mountinfo moves on. NULL at
 * the end. */
const char *resctrl_mount_point(char **mountinfo);

/* Opens the root of resctrl. Errors: ENODEV when it is not mounted. */
int resctrl_open(struct error *err);

/* The directory of a class of service, "/" for the root. Returns -1 with errno. */
int resctrl_open_group(int resctrl, const char *group);

/* ---- group.c: the life of a group ---- */

/* Where the plan names a group: opens resctrl, checks the plan, and says what a record has to say of it. Without one
 * nothing is returned, which is no error. */
int resctrl_plan_group(const struct plan_rdt *plan, const char *id, int *ret_resctrl, struct resctrl_claim *ret_record,
	struct error *err);

/* Makes the groups that are not there. *made, empty before, says which, also after a failure, for resctrl_remove(). */
int resctrl_make(int resctrl, const struct plan_rdt *plan, const char *id, struct resctrl_claim *made,
	struct error *err);

/* Puts a process, and the children it will have, into its groups. */
int resctrl_enter(int resctrl, const struct resctrl_claim *rdt, const char *id, pid_t pid, struct error *err);

/* Removes the groups; what is gone already is no error. */
int resctrl_remove(int resctrl, const struct resctrl_claim *rdt, const char *id, struct error *err);

/* ---- schemata.c: the resources of a class of service, by the name of its group ---- */

/* In the text of schemata, the line of the resource that is named, or that another line is about: up to its end,
 * without the blanks in front. NULL when there is none. */
const char *resctrl_find_schema(const char *schemata, const char *resource);

/* Sets new lines for a group in use, all or none. *ret_former, in the document's memory, is what
 * resctrl_restore_schemata() takes to undo it; what cannot be undone is a warning. */
int resctrl_change_schemata(struct oci_document *document, int resctrl, const char *name,
	const struct oci_strings *lines, struct oci_strings *ret_former, struct error *err);
void resctrl_restore_schemata(int resctrl, const char *name, const struct oci_strings *former);
