/* The clock that timeouts and timelines are measured with: it goes on evenly, whoever sets the time of day. */
#pragma once

/* Milliseconds, microseconds since some time in the past (CLOCK_MONOTONIC). */
long clock_ms(void);
long long clock_us(void);
