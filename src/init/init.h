/* Init: the code between clone and execve, in the container's own first process.
 *
 * It inherits the plan and the handles, does its part of both in the order of steps.c, and becomes the program. An
 * error ends the process and nothing is undone here: the host undoes by scope. */
#pragma once

#include "base/error.h"
#include "plan/handles.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <sys/types.h>

/* What the steps share. */
struct init {
	const struct plan *plan;
	struct handles *handles;
	bool born;       /* the builder has cloned this process into the pid namespace: it is the program's */
	bool pid_joined; /* the builder's children are born into the pid namespace */
	int proc;        /* a private procfs, -1 when nothing needs it */
	int place;       /* the directory of the host's tree where the root is attached, -1 without a mount namespace */
	int mask;        /* what covers masked paths, below the root in that place; -1 without masked paths */
	int old_root;    /* the host's tree between pivot_root and its detaching, -1 otherwise */
	int dev_mount;   /* the number of the new file system at /dev (path_mount_id), -1 without one */
	bool dev_is_bound; /* what is at /dev belongs to somebody: nothing is made in it */
	int pty_master;    /* -1 without a terminal */
	int listener;      /* the seccomp listener, -1 when there is none */
	int start;         /* the connection of the `start` that is at the gate */
	bool live;         /* the container runs already: its processes may change its paths at any time */
	int *kept; /* per mount of the plan: the attached one until it is finished, in a live container all; or -1 */
	bool cwd_entered;    /* the working directory could be entered before the identity changed */
	char **env;          /* with HOME */
	char listen_pid[32]; /* a variable in it */
	char *program;       /* the path of args[0] in the container */
	struct { /* what startContainer hooks are told, where a builder has written it; NULL: to be written */
		char *text;
		size_t length;
	} state;
};

/* Nothing of a process opened yet. */
struct init init_begin(const struct plan *plan, struct handles *handles);

/* The whole life of a container's first process; never returns. Called in the child of the clone, or of the stage's.
 * Of a builder it is also the life of the process that the builder clones. */
__attribute__((noreturn)) void init_create(const struct plan *plan, struct handles *handles);

/* The same for one more process of a container that is there (exec). */
__attribute__((noreturn)) void init_exec(const struct plan *plan, struct handles *handles);

/* stage.c: joins, clones init as the host's child, says its pid on the channel and ends. */
__attribute__((noreturn)) void init_stage(const struct plan *plan, struct handles *handles);

/* change_mounts.c: the short life of a process that joins a running container, of which container is a pidfd, to attach
 * the plan's mounts or to detach what is mounted at their destinations. proc is a private procfs. Says READY or
 * ERROR. */
__attribute__((noreturn)) void init_add_mounts(const struct plan *plan, struct handles *handles, int container,
	int proc);
__attribute__((noreturn)) void init_remove_mounts(const struct plan *plan, struct handles *handles, int container,
	int proc);

/* The steps, one file a subject. Each returns 0, or -1 with *err. */

/* namespaces.c */
int join_namespaces(const struct plan *plan, const struct handles *handles, struct error *err);
int enter_namespaces(struct init *init, struct error *err);
int join_pid_namespace(struct init *init, struct error *err);
int join_container(struct init *init, struct error *err);
int enter_time_namespace(struct init *init, struct error *err);
int enter_cgroup_namespace(struct init *init, struct error *err);
int become_namespace_root(struct init *init, struct error *err);

/* builder.c */
int hide_memory(struct init *init, struct error *err);
int forget_environment(struct init *init, struct error *err);
int clone_program_process(struct init *init, struct error *err);
int lead_session(struct init *init, struct error *err);

/* root.c */
int stop_propagation(struct init *init, struct error *err);
int find_place_of_root(struct init *init, struct error *err);
int place_root(struct init *init, struct error *err);
int pivot_to_root(struct init *init, struct error *err);
int detach_old_root(struct init *init, struct error *err);
int make_root_readonly(struct init *init, struct error *err);

/* host_tree.c: to be called between the move of the root over the host's and chroot(2): unmounts or covers what of the
 * host's tree would weaken the container. */
int hide_host_tree(const struct init *init, struct error *err);

/* mounts.c, mount_target.c, mount_fs.c */
int mount_all(struct init *init, struct error *err);
int mount_notify_socket(struct init *init, struct error *err);
/* Makes init->kept, of -1s. */
int make_kept(struct init *init, struct error *err);
int finish_readonly_mounts(struct init *init, struct error *err);
/* Attaches the detached mount fd to the O_PATH target. */
int attach_mount(int mount, int target, const char *destination, struct error *err);
/* Makes the file system that m describes and attaches it to target. Returns its mount fd, or -1 with *err; the fd of
 * a mount made by mount(2) is that of a second look at the destination. */
int mount_fs(const struct init *init, const struct plan_mount *m, int target, bool inherits, struct error *err);
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

/* devices.c */
int make_devices(struct init *init, struct error *err);

/* console.c */
int open_console(struct init *init, struct error *err);
int open_terminal(struct init *init, struct error *err);

/* masks.c */
int make_paths_readonly(struct init *init, struct error *err);
int hang_mask(struct init *init, struct error *err);
int mask_paths(struct init *init, struct error *err);

/* settings.c */
int start_session(struct init *init, struct error *err);
int start_session_unless_builder(struct init *init, struct error *err);
int join_session_keyring(struct init *init, struct error *err);
int open_private_proc(struct init *init, struct error *err);
int set_names(struct init *init, struct error *err);
int set_sysctls(struct init *init, struct error *err);
int set_scheduling(struct init *init, struct error *err);
int set_memory_policy(struct init *init, struct error *err);
int set_affinity(struct init *init, struct error *err);
int set_rlimits(struct init *init, struct error *err);
int give_back_file_limit(struct init *init, struct error *err);
int set_limit_of_processes(struct init *init, struct error *err);
int bring_up_loopback(struct init *init, struct error *err);

/* identity.c */
int set_identity(struct init *init, struct error *err);
int set_no_new_privileges(struct init *init, struct error *err);
int drop_bounding_set(struct init *init, struct error *err);

/* lsm.c */
int set_label(struct init *init, struct error *err);

/* seccomp.c */
int load_seccomp_early(struct init *init, struct error *err);
int load_seccomp_late(struct init *init, struct error *err);

/* process.c */
int set_home(struct init *init, struct error *err);
int set_home_inside(struct init *init, struct error *err);
int set_listen_pid(struct init *init, struct error *err);
int make_working_directory(struct init *init, struct error *err);
int try_working_directory(struct init *init, struct error *err);
int enter_working_directory(struct init *init, struct error *err);
int find_program(struct init *init, struct error *err);
/* Closes all but stdio, the fds to pass on, the channel, the gate, what startContainer hooks print to, the private
 * procfs and the pid namespace that is to be joined. */
int close_inherited(struct init *init, struct error *err);
int become_program(struct init *init, struct error *err);

/* startgate.c */
int await_host(struct init *init, struct error *err);
int meet_host(struct init *init, struct error *err);
int hand_over_terminal(struct init *init, struct error *err);
int say_ready(struct init *init, struct error *err);
int report_ready(struct init *init, struct error *err);
int await_start(struct init *init, struct error *err);
int hand_over_listener(struct init *init, struct error *err);
/* Writes what startContainer hooks will be told, in the builder. */
int write_start_state(struct init *init, struct error *err);
int run_create_container_hooks(struct init *init, struct error *err);
int run_start_container_hooks(struct init *init, struct error *err);
/* Sends the error to whoever listens: the host before READY, `start` after. */
void report_error(const struct init *init, const struct error *err);
