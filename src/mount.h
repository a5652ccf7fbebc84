/* What the host's process and init both do with a mount, most of it before the mount is attached. Init makes new file
 * systems, since they have to belong to its namespaces; the host's process makes those with mapped ids, since it alone
 * has rights over the user namespace that maps them. The host's process copies trees of the host, init those of the
 * container.
 *
 * Each function returns 0 or an fd, or -1 with *err. */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/* Makes the file system that m describes, with its attributes. mounts has the label. pid_namespace
 * is an fd of the pid namespace that a procfs shows; -1 for that of the caller, and for any other file system. Returns
 * the detached mount. Errors: of fsopen(2), fsconfig(2) and fsmount(2), with the message of the file system. */
int mount_make(const struct plan_mount *m, const struct plan_mounts *mounts, int pid_namespace, struct error *err);

/* Gives the file system of mount, an fd of its root, the options m->data that can be changed while it is in use.
 * Errors: of fspick(2) and fsconfig(2), with the message of the file system. */
int mount_change(int mount, const struct plan_mount *m, struct error *err);

/* Sets the attributes of m on mount, and those for the whole tree on mount and all mounts below. Errors: of
 * mount_setattr(2). */
int mount_set_attributes(int mount, const struct plan_mount *m, struct error *err);

/* Sets the propagation of m on an attached mount, if its options name one: move_mount(2) makes a mount shared where the
 * mount point's is. Errors: of mount_setattr(2). */
int mount_set_propagation(int mount, const struct plan_mount *m, struct error *err);

/* Gives a detached copy the attributes of m. Mounts on the original no longer propagate to the copy, unless m asks for
 * it. Errors: of mount_setattr(2). */
int mount_prepare_copy(int copy, const struct plan_mount *m, struct error *err);

/* Gives the root directory of a new file system the mode of the directory that it covers; both are fds. Errors: of
 * fchmod(2). */
int mount_inherit_mode(int mount, int covered, struct error *err);

/* Attaches a detached mount to target, which is open with O_PATH; destination is for messages. Errors: of
 * move_mount(2); the limit of mounts (ENOSPC) has a text of its own. */
int mount_attach(int mount, int target, const char *destination, struct error *err);

/* Makes the read-only tmpfs whose empty "file" and empty "directory" cover masked paths. Returns the detached mount. */
int mount_make_mask(struct error *err);
