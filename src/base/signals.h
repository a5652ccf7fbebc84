/* The names of signals. */
#pragma once

#include "base/table.h"

/* The number of "KILL", "SIGKILL", "9", "RTMIN+1"; or -1. "0" is taken: kill(2) then only checks that the process
 * exists. */
int signal_parse(const char *text);

/* The names of the signals, without the real-time signals (RTMIN and so on). */
extern const struct table_row signal_names[];
