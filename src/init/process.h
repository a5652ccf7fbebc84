/* Steps that prepare the process of the container: its settings, its identity, its security label, its system call
 * filter and its program. Each returns 0, or -1 with *err. */
#pragma once

#include "init/parts.h"

/* settings.c */
/* setsid(2): the process leaves the caller's session and its terminal. */
int start_session(struct init *init, struct error *err);
/* start_session() in exec, unless the process is a builder, whose child starts the session. */
int start_session_unless_builder(struct init *init, struct error *err);
/* keyctl(2): the process gets a new, anonymous session keyring. */
int join_session_keyring(struct init *init, struct error *err);
/* Opens init->private_proc where sysctls or a security label will be written through it. */
int open_private_proc(struct init *init, struct error *err);
/* sethostname(2) and setdomainname(2). */
int set_host_names(struct init *init, struct error *err);
/* Writes linux.sysctl through the private procfs. */
int set_sysctls(struct init *init, struct error *err);
/* Sets linux.personality, process.scheduler and process.ioPriority. */
int set_scheduling(struct init *init, struct error *err);
/* set_mempolicy(2). */
int set_memory_policy(struct init *init, struct error *err);
/* sched_setaffinity(2): process.execCPUAffinity.final, in exec. */
int set_affinity(struct init *init, struct error *err);
/* setrlimit(2) for process.rlimits, in a builder without RLIMIT_NPROC. */
int set_rlimits(struct init *init, struct error *err);
/* Sets the soft limit of open files to the caller's, which the host's process has raised for the mounts. */
int restore_file_limit(struct init *init, struct error *err);
/* setrlimit(2) for RLIMIT_NPROC, in the process that a builder has cloned. */
int set_limit_of_processes(struct init *init, struct error *err);
/* Brings up "lo" of a new network namespace. */
int bring_up_loopback(struct init *init, struct error *err);

/* identity.c */
/* Sets stdio's owner, umask, groups, gid, uid and capabilities, and makes the process undumpable again. */
int set_identity(struct init *init, struct error *err);
/* Drops CAP_SYS_ADMIN, which set_identity() keeps where the filter is loaded early. */
int give_up_right_to_filter(struct init *init, struct error *err);
/* prctl(2), PR_SET_NO_NEW_PRIVS. */
int set_no_new_privileges(struct init *init, struct error *err);
/* prctl(2), PR_CAPBSET_DROP: leaves process.capabilities.bounding. */
int drop_bounding_set(struct init *init, struct error *err);

/* lsm.c: writes the AppArmor profile and the SELinux label that the kernel applies at execve(2), and closes the private
 * procfs. */
int set_label(struct init *init, struct error *err);

/* seccomp.c: seccomp(2) right behind the change of identity, or right before execve(2): plan_filters_early() says
 * which. */
int load_seccomp_early(struct init *init, struct error *err);
int load_seccomp_late(struct init *init, struct error *err);

/* program.c */
/* Makes init->env: process.env, and HOME from the image's /etc/passwd where the config gives none. While /proc is the
 * host's. */
int set_home(struct init *init, struct error *err);
/* set_home() in exec, where the container's /proc cannot be trusted. */
int set_home_inside(struct init *init, struct error *err);
/* Sets LISTEN_PID in init->env to the pid of this process. */
int set_listen_pid(struct init *init, struct error *err);
/* Makes process.cwd if the image lacks it. Never fails. */
int make_working_directory(struct init *init, struct error *err);
/* chdir(2) to process.cwd as root. A refusal (EACCES, EPERM) is no error yet: the user may be allowed. */
int try_working_directory(struct init *init, struct error *err);
/* chdir(2) to process.cwd as the user, and checks that the directory is inside of the root. */
int enter_working_directory(struct init *init, struct error *err);
/* Sets init->program_path to the file that process.args[0] names, along PATH of the container. */
int find_program(struct init *init, struct error *err);
/* Closes with close_range(2) all files but these: stdio, the fds that the caller passes on, the channel, the gate, the
 * files that startContainer hooks print to, the private procfs, and the pid namespace that the builder has still to
 * join. */
int close_inherited(struct init *init, struct error *err);
/* Resets signals and calls execve(2). Does not return: a failure is printed to stderr, and the process exits with
 * PROCESS_NOT_EXECUTED. */
int execute_program(struct init *init, struct error *err);
