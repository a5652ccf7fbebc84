/* The names of signals. */
#pragma once

#include "base/table.h"

/* The number of "KILL", "SIGKILL", "9", "RTMIN+1"; or -1. "0" is taken: kill(2) then only checks that the process
 * exists. */
int signal_parse(const char *text);

/* Discards a signal that is pending, which it can be only while it is blocked: otherwise the program that this process
 * executes, or the container that its signals are forwarded to, would get it. Keeps errno. */
void signal_discard(int signal_number);

/* The names of the signals, without the real-time signals (RTMIN and so on). */
extern const struct table_row signal_names[];
