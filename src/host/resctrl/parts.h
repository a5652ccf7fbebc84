/* What the files of this room share among themselves; resctrl.h is what the room offers. */
#pragma once

#include "host/resctrl/resctrl.h"

/* ---- group.c ---- */

/* Fails for what cannot be as the plan wants it; changes nothing. Errors: EEXIST for a group of that name. */
int resctrl_check(int resctrl, const struct plan_rdt *plan, const char *id, struct error *err);

/* ---- schemata.c ---- */

/* Spec: a group that is there has to be as the config wants it, and is not changed. */
int resctrl_compare_schemata(int group, const struct plan_rdt *plan, struct error *err);
int resctrl_set_schemata(int resctrl, const char *name, const struct oci_strings *lines, struct error *err);
