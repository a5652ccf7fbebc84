/* Making room for a lower limit of memory: reclaiming before the limit is written, since the kernel kills processes
 * when it cannot reclaim at once what is above the limit. Runs on the host. It kills nothing: where the memory in use
 * cannot be brought down in time, that is an error, and the cgroup is as it was. */
#include "host/cgroup/parts.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	STEP_BYTES = 32 * 1024 * 1024, /* reclaimed by one write, so that the time is looked at in between */
	PAUSE_MS = 20,
};

static const char high_name[] = "memory.high";

/* Reads the number of bytes that is to be the limit. Returns false for one that takes no memory away: "max", or a text
 * that the kernel is to refuse. */
static bool read_goal(const char *value, uint64_t *ret_goal)
{
	int64_t bytes;

	if (text_to_u64(value, ret_goal))
		return true;
	if (!text_to_bytes(value, &bytes))
		return false;
	*ret_goal = (uint64_t)bytes;
	return true;
}

/* Lowers memory.high: the kernel then slows processes down that want more, so that others do not take what was
 * reclaimed. */
static int hold(int cgroup, uint64_t goal, struct cgroup_room *room, struct error *err)
{
	char value[32];
	uint64_t high;

	if (*room->former_high || (file_read_number(cgroup, high_name, &high) && high <= goal))
		return 0;
	if (file_read_line(cgroup, high_name, room->former_high, sizeof(room->former_high)) < 0)
		return error_set(err, errno, "cannot read '%s'", high_name);
	snprintf(value, sizeof(value), "%" PRIu64, goal);
	if (file_write(cgroup, high_name, value) < 0 && errno != EINTR)
		return error_set(err, errno, "cannot write '%s' to '%s'", value, high_name);
	return 0;
}

/* Asks the kernel to reclaim a part of what is above the goal. EAGAIN: it was less; EINTR: a signal came, which the
 * caller looks for; ENOENT: a kernel before 5.19, where memory.high alone has to do it. */
static int reclaim_step(int cgroup, uint64_t excess, struct error *err)
{
	char value[32];

	snprintf(value, sizeof(value), "%" PRIu64, excess < STEP_BYTES ? excess : STEP_BYTES);
	if (file_write(cgroup, "memory.reclaim", value) < 0 && errno != EAGAIN && errno != EINTR && errno != ENOENT)
		return error_set(err, errno, "cannot write '%s' to 'memory.reclaim'", value);
	return 0;
}

static int refuse(const struct plan_write *limit, uint64_t goal, uint64_t used, long timeout_ms, struct error *err)
{
	error_set(err, 0,
		"%s: %" PRIu64 " bytes are in use after %ld seconds of reclaiming, asked for is a limit of %" PRIu64,
		limit->place, used, timeout_ms / 1000, goal);
	error_hint(err, "more seconds, less that the container holds, or swap for it");
	return error_tag(err, ERROR_CGROUP_FAILED, "%s", limit->place);
}

/* Reclaims until no more than the goal is in use while memory.high holds it there. */
static int reclaim(int cgroup, const struct plan_write *limit, uint64_t goal, long timeout_ms, struct cgroup_room *room,
	struct error *err)
{
	const long deadline = clock_ms() + timeout_ms;
	uint64_t used;

	for (uint64_t former = UINT64_MAX;; former = used) {
		if (!file_read_number(cgroup, "memory.current", &used))
			return error_set(err, errno, "cannot read 'memory.current'");
		if (used <= goal && *room->former_high)
			return 0;
		if (interrupt_check(err) < 0)
			return -1;
		if (used > goal && clock_ms() >= deadline)
			return refuse(limit, goal, used, timeout_ms, err);
		/* First without memory.high: as long as there is progress, nobody has to be slowed down. */
		if ((used <= goal || used >= former) && hold(cgroup, goal, room, err) < 0)
			return -1;
		if (used <= goal && !*room->former_high)
			return 0;
		if (used > goal && reclaim_step(cgroup, used - goal, err) < 0)
			return -1;
		if (used >= former)
			(void)interrupt_poll(NULL, 0, PAUSE_MS);
	}
}

int cgroup_make_room(int cgroup, const struct plan_write *limit, long timeout_ms, struct cgroup_room *ret,
	struct error *err)
{
	uint64_t goal;

	*ret->former_high = '\0';
	/* Without the controller the write of the limit tells what is missing. */
	if (!read_goal(limit->value, &goal) || cgroup_lacks_controller(cgroup, "memory"))
		return 0;
	if (reclaim(cgroup, limit, goal, timeout_ms, ret, err) == 0)
		return 0;
	cgroup_end_room(cgroup, ret);
	return -1;
}

void cgroup_end_room(int cgroup, struct cgroup_room *room)
{
	if (*room->former_high && file_write(cgroup, high_name, room->former_high) < 0)
		log_message(LOG_LEVEL_WARNING, "cannot put back what '%s' was: %s", high_name,
			error_number_text(errno));
	*room->former_high = '\0';
}
