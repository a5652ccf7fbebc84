/* The namespaces that init joins and makes, and the builder that stays outside of one (decisions/0001). */
#pragma once

#include "init/parts.h"

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
