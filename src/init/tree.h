/* The file tree of the container: its root, what is mounted and made in it, what is masked. */
#pragma once

#include "init/parts.h"

/* root.c */
int stop_propagation(struct init *init, struct error *err);
int open_mount_point_of_root(struct init *init, struct error *err);
int attach_root(struct init *init, struct error *err);
int pivot_to_root(struct init *init, struct error *err);
int detach_old_root(struct init *init, struct error *err);
int make_root_readonly(struct init *init, struct error *err);

/* host_tree.c: to be called between the move of the root over the host's and chroot(2): unmounts or covers what of the
 * host's tree would weaken the container. */
int hide_host_tree(const struct init *init, struct error *err);

/* attach_mounts.c, mount_target.c, new_file_system.c */
int mount_all(struct init *init, struct error *err);
int mount_notify_socket(struct init *init, struct error *err);
/* Makes init->mount_fds, of -1s. */
int make_mount_fds(struct init *init, struct error *err);
int finish_readonly_mounts(struct init *init, struct error *err);
/* True for a file system that init has to make by mount(2), which says what fsconfig(2) cannot. */
bool needs_classic_mount(const struct init *init, const struct plan_mount *m);
/* Makes the file system that m describes. Returns the detached mount, or -1 with *err. */
int make_file_system(const struct init *init, const struct plan_mount *m, struct error *err);
/* The same by mount(2), at target. The attributes come with the call, so that the second look at the destination, which
 * finds the mount whose fd is returned, cannot weaken them. */
int mount_classic(const struct init *init, const struct plan_mount *m, int target, struct error *err);
/* Opens with O_PATH the place of m in the container, made if it is missing: a directory, or an empty file for a source
 * that is none. source is -1 for a new file system. */
int open_target(const struct init *init, const struct plan_mount *m, int source, struct error *err);
/* Opens with O_PATH the directory that holds the place of m, made if it is missing; *ret_name is the rest. */
int open_target_parent(const struct init *init, const struct plan_mount *m, const char **ret_name, struct error *err);
/* Opens with O_PATH what is mounted at the place of m. */
int open_mounted(const struct init *init, const struct plan_mount *m, struct error *err);
/* A path to an fd for system calls that take none. */
enum { INIT_FD_PATH_MAX = 32 };
void fd_path(const struct init *init, int fd, char *ret_path);

/* image.c: open for reading a file that may be anything, and exchanged at any time. What is not a regular file, or one
 * of the kernel's, is an error with EINVAL, and is never opened. */
/* The file at path below the root, outside of which no link leads; while /proc is the host's. */
int open_plain(const struct init *init, const char *path, struct error *err);
/* The same for what is open with O_PATH; name is for messages. */
int reopen_plain(const struct init *init, int place, const char *name, struct error *err);
/* The file at path, from inside of the container, where no /proc can be trusted: it is opened by its path again, and
 * then has to be the one that was looked at. If it is a device by then the device rules of the cgroup are in our way,
 * as in that of whoever exchanges it. */
int open_plain_inside(const char *path, struct error *err);
/* Whether fd is on a file system whose files are the kernel's to answer: 1 or 0, or -1 with *err. */
int is_of_kernel(int fd, const char *name, struct error *err);

/* copyup.c: copies what is below the directory target, and its owner, to the new tmpfs mount. */
int copy_up(const struct init *init, const struct plan_mount *m, int target, int mount, struct error *err);

/* device_nodes.c */
int make_devices(struct init *init, struct error *err);

/* terminal.c */
int open_console(struct init *init, struct error *err);
int open_terminal(struct init *init, struct error *err);

/* masks.c */
int make_paths_readonly(struct init *init, struct error *err);
int attach_mask(struct init *init, struct error *err);
int mask_paths(struct init *init, struct error *err);
