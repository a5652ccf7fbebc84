/* The names of signals. */
#pragma once

#include "base/table.h"

/* The number of "KILL", "SIGKILL", "9", "RTMIN+1"; or -1. "0" is kill(2)'s question whether anybody is there. */
int signal_parse(const char *text);

/* The signals by their names, without those that have none but RTMIN and its like. */
extern const struct table_row signal_names[];
