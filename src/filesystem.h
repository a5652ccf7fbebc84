/* New file systems, made as detached mounts. Used by init, in whose namespaces a file system belongs to the container, and by
 * the host for those whose ids are mapped: only the host has rights over the user namespace that maps them. */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/* Makes the file system that m describes, with its attributes. covered is the directory that it is going to cover, whose mode
 * a tmpfs takes unless its options give one; -1 leaves that to later. Returns the mount's fd, or -1 with *err, in which is
 * what the file system itself had to say. Errors: of fsopen(2), fsconfig(2) and fsmount(2). */
int filesystem_make(const struct plan_mount *m, const struct plan_mounts *mounts, int covered, struct error *err);
