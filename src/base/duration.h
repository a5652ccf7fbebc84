/* Durations as Go programs write them, which is how callers of runc write theirs: "5s", "1m30s", "1.5h", "250ms". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Units are h, m, s, ms, us, µs and ns, each number has one, and "0" needs none. *ret_ns is in nanoseconds. False when
 * it is anything else, below zero, or more than fits. */
bool duration_parse(const char *s, int64_t *ret_ns);
