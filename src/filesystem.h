/* File systems and what a mount of them may do: new ones as detached mounts, other options for those that are there.
 * Used by init, in whose namespaces a file system belongs to the container, and by the host for binds and for those
 * whose ids are mapped: only the host has rights over the user namespace that maps them. */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/* Makes the file system that m describes, with its attributes. covered is the directory that it is going to cover,
 * whose mode a tmpfs takes unless its options give one; -1 leaves that to later. pid_namespace is for a procfs:
 * whose processes it shows, or -1 for those of the caller's. Returns the mount's fd, or -1 with *err, in which is
 * what the file system itself had to say. Errors: of fsopen(2), fsconfig(2) and fsmount(2). */
int filesystem_make(const struct plan_mount *m, const struct plan_mounts *mounts, int covered, int pid_namespace,
	struct error *err);

/* Gives the file system of mount, an fd of its root, the options in m->data: those that it can change while it is in
 * use. Errors: of fspick(2) and fsconfig(2), and what the file system itself had to say. */
int filesystem_change(int mount, const struct plan_mount *m, struct error *err);

/* Sets the attributes of m on mount and on those below. Errors: of mount_setattr(2). */
int filesystem_set_attributes(int mount, const struct plan_mount *m, struct error *err);

/* Makes what covers masked paths: a detached tmpfs with an empty "file" and an empty "directory", read-only. */
int filesystem_make_mask(struct error *err);
