/* A mount that nobody sees yet: what the host and init both do with it. A new file system is made by whoever has the
 * rights: init, in whose namespaces it belongs to the container, or the host for one whose ids are mapped, since only
 * the host has rights over the user namespace that maps them. Copies of the host's trees are made by the host, of the
 * container's by init. */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/* Makes the file system that m describes, with its attributes and its propagation. pid_namespace is for a procfs:
 * whose processes it shows, or -1 for those of the caller's. Returns the mount's fd, or -1 with *err, in which is what
 * the file system itself had to say. Errors: of fsopen(2), fsconfig(2) and fsmount(2). */
int mount_make(const struct plan_mount *m, const struct plan_mounts *mounts, int pid_namespace, struct error *err);

/* Gives the file system of mount, an fd of its root, the options in m->data: those that it can change while it is in
 * use. Errors: of fspick(2) and fsconfig(2), and what the file system itself had to say. */
int mount_change(int mount, const struct plan_mount *m, struct error *err);

/* Sets the attributes of m on mount and on those below. Errors: of mount_setattr(2). */
int mount_set_attributes(int mount, const struct plan_mount *m, struct error *err);

/* Sets the propagation of m, if its options name one. Errors: of mount_setattr(2). */
int mount_set_propagation(int mount, const struct plan_mount *m, struct error *err);

/* Makes of a detached copy what m describes: it no longer hears of its original's mounts unless m says so, and has the
 * attributes and the propagation of m. */
int mount_prepare_copy(int copy, const struct plan_mount *m, struct error *err);

/* Gives the root directory of a new file system the mode of the directory that it covers, an fd. */
int mount_inherit_mode(int mount, int covered, struct error *err);

/* Attaches a detached mount to target, which is open with O_PATH; destination is for messages. Errors: of
 * move_mount(2); a full mount table by name. */
int mount_attach(int mount, int target, const char *destination, struct error *err);

/* Makes what covers masked paths: a detached tmpfs with an empty "file" and an empty "directory", read-only. */
int mount_make_mask(struct error *err);
