/* What the files of this room share among themselves; resctrl.h is what the room offers. */
#pragma once

#include "host/resctrl/resctrl.h"

/* ---- group.c ---- */

/* Compares the plan with what exists; changes nothing. Errors: EEXIST for a class of service or monitoring group that
 * the plan wants to make; a class of service that differs from the plan. */
int resctrl_check(int resctrl, const struct plan_rdt *plan, const char *id, struct error *err);

/* ---- schemata.c ---- */

/* Compares the schemata of an existing class of service with the plan's, which have to be the same (spec:
 * config-linux.md, IntelRdt). group is an fd of its directory. */
int resctrl_compare_schemata(int group, const struct plan_rdt *plan, struct error *err);
int resctrl_set_schemata(int resctrl, const char *name, const struct oci_strings *lines, struct error *err);
