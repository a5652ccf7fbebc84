/* What the process of the container has and may: its settings, its identity, its filter, its program. */
#pragma once

#include "init/parts.h"

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

/* program.c */
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
int execute_program(struct init *init, struct error *err);
