/* Steps that make the file tree of the container: its root, its mounts, its devices, its masked paths; and what these
 * files share. Each function returns 0 or an fd, or -1 with *err, unless it says otherwise. init->handles->root is the
 * root in which paths are looked up. */
#pragma once

#include "init/parts.h"

/* root.c */
/* mount_setattr(2): makes the host's mounts in a new mount namespace slaves, so that no mount of init reaches the
 * host. */
int stop_propagation(struct init *init, struct error *err);
/* Opens root.path as init->root_mount_point, and checks that it is the directory that the host's process has opened. */
int open_mount_point_of_root(struct init *init, struct error *err);
/* move_mount(2): attaches the root file system to its mount point. */
int attach_root(struct init *init, struct error *err);
/* pivot_root(2); or chroot(2) without a mount namespace and with --no-pivot. */
int pivot_to_root(struct init *init, struct error *err);
/* umount2(2) of the host's root, and linux.rootfsPropagation. */
int detach_old_root(struct init *init, struct error *err);
/* mount_setattr(2): root.readonly. */
int make_root_readonly(struct init *init, struct error *err);

/* host_tree.c: unmounts the host's mounts, and covers those of procfs and sysfs that cannot be unmounted. To be called
 * after the root has been moved over the host's root, and before chroot(2). */
int hide_host_tree(const struct init *init, struct error *err);

/* attach_mounts.c */
/* Makes and attaches all mounts of the plan, in order. */
int mount_all(struct init *init, struct error *err);
/* Attaches the directory with the socket of NOTIFY_SOCKET. */
int mount_notify_socket(struct init *init, struct error *err);
/* Allocates init->mount_fds, one -1 per mount of the plan. */
int make_mount_fds(struct init *init, struct error *err);
/* Sets the attributes that a mount gets last (attr_at_end), and closes the mounts. */
int finish_readonly_mounts(struct init *init, struct error *err);

/* new_file_system.c */
/* True for a file system that init has to make with mount(2), since its options cannot be given to fsconfig(2). */
bool needs_classic_mount(const struct init *init, const struct plan_mount *m);
/* Makes the file system that m describes with fsopen(2). Returns the detached mount. */
int make_file_system(const struct init *init, const struct plan_mount *m, struct error *err);
/* Makes the file system that m describes with mount(2), attached to target, an fd. Returns the mount, which is opened
 * by its path after the call; its attributes are given to mount(2) itself, so they hold whatever the path leads to
 * then. */
int mount_classic(const struct init *init, const struct plan_mount *m, int target, bool inherits, struct error *err);

/* mount_target.c */
/* Opens the destination of m with O_PATH, and makes it if it is missing: a directory, or an empty file when source, an
 * fd, is no directory. source is negative where mount(2) makes the mount. Errors: ENOTDIR when one is a directory and
 * the other is none. */
int open_target(const struct init *init, const struct plan_mount *m, int source, struct error *err);
/* Opens the directory of m's destination with O_PATH, and makes it if it is missing. *ret_name is the last component of
 * the destination. */
int open_target_parent(const struct init *init, const struct plan_mount *m, const char **ret_name, struct error *err);
/* Opens with O_PATH what is mounted at the destination of m. */
int open_mounted(const struct init *init, const struct plan_mount *m, struct error *err);
/* Writes a path that leads to fd, for system calls that take a path only. ret_path has INIT_FD_PATH_MAX bytes. */
enum { INIT_FD_PATH_MAX = 32 };
void fd_path(const struct init *init, int fd, char *ret_path);

/* image.c: opens files of a hostile image for reading. Only a regular file of an ordinary file system is opened; any
 * other is an error with EINVAL. */
/* Opens the file at path below the root; links are followed inside of the root. Only while /proc is the host's. */
int open_image_file(const struct init *init, const char *path, struct error *err);
/* Opens for reading the file that the fd found has open with O_PATH; name is for messages. */
int reopen_image_file(const struct init *init, int found, const char *name, struct error *err);
/* Opens the file at path from inside of the container, where /proc may be forged. The path is opened twice, with O_PATH
 * and for reading, and both have to be the same file. A process of the container that puts a device there in between
 * gets it opened only if the device rules of the cgroup, which hold for this process as well, allow it. */
int open_image_file_inside(const char *path, struct error *err);
/* Returns 1 when fd is on a file system whose files the kernel generates (procfs, sysfs and so on), else 0; -1 with
 * *err. */
int is_on_kernel_file_system(int fd, const char *name, struct error *err);

/* copyup.c: copies what is below the directory target, and its owner, to the new tmpfs mount; both are fds. */
int copy_up(const struct init *init, const struct plan_mount *m, int target, int mount, struct error *err);

/* device_nodes.c: makes the device nodes of the plan, and the links in /dev. */
int make_devices(struct init *init, struct error *err);

/* terminal.c */
/* create: opens a pty of the container's devpts as init->pty_master, makes it stdio, and binds it to /dev/console. */
int open_console(struct init *init, struct error *err);
/* exec: opens a pty of the container's devpts as init->pty_master and makes it stdio. */
int open_terminal(struct init *init, struct error *err);

/* masks.c */
/* Covers linux.readonlyPaths with read-only copies of themselves. A path that does not exist is left out. */
int make_paths_readonly(struct init *init, struct error *err);
/* Attaches the tmpfs that mask_paths() copies from. */
int attach_mask(struct init *init, struct error *err);
/* Covers linux.maskedPaths with an empty file or directory. A path that does not exist is left out. */
int mask_paths(struct init *init, struct error *err);
