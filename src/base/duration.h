/* Durations in Go's notation, which runc takes: "5s", "1m30s", "1.5h", "250ms". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Units are h, m, s, ms, us, µs and ns. Each number needs a unit, except "0". *ret_ns is in nanoseconds. Returns false
 * when s is not a duration, is negative, or is too large for *ret_ns. */
bool duration_parse(const char *s, int64_t *ret_ns);
