/* The clock for timeouts and timelines. Setting the time of day does not change it. */
#pragma once

/* Milliseconds and microseconds since some time in the past (CLOCK_MONOTONIC). */
long clock_ms(void);
long long clock_us(void);
