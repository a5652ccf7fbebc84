/* CLOCK_MONOTONIC as a number. Runs on both sides. */
#include "base/clock.h"

#include <time.h>

long long clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000L;
}

long clock_ms(void)
{
	return (long)(clock_us() / 1000);
}
