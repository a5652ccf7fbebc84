/* startgate.c: what init says to the host and to the `start` at its gate, and hears from them; the hooks that it
 * runs. */
#pragma once

#include "init/parts.h"

int await_host(struct init *init, struct error *err);
int report_mounted(struct init *init, struct error *err);
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
