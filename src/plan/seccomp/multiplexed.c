/* The calls that a program makes by way of socketcall(2) and ipc(2), on the architectures that have those: 32-bit
 * x86, s390, ppc, mips. The first argument says which call is meant; the call's own arguments are in memory, where
 * no filter sees them. Pure. */
#include "plan/seccomp/parts.h"

#include <linux/seccomp.h>

/* ipc(2) has a version of the call's interface in the bits above. */
static const uint64_t part_mask[SECCOMP_MULTIPLEXERS] = {
	[SECCOMP_SOCKETCALL] = UINT32_MAX,
	[SECCOMP_IPC] = 0xffff,
};

uint64_t seccomp_part_mask(int multiplexer)
{
	return part_mask[multiplexer];
}

void seccomp_branches_add(struct seccomp_branches *branches, uint32_t action,
	const struct seccomp_condition *conditions, size_t n)
{
	if (branches->n == branches->room) {
		size_t room = branches->room * 2 + 8;
		struct seccomp_branch *items = oci_alloc(branches->document, room * sizeof(*items));

		if (!items) {
			branches->failed = true;
			return;
		}
		for (size_t i = 0; i < branches->n; i++)
			items[i] = branches->items[i];
		branches->items = items;
		branches->room = room;
	}
	branches->items[branches->n++] = (struct seccomp_branch){ .action = action, .n = n, .conditions = conditions };
}

unsigned int seccomp_hindrance(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return 0;
	case SECCOMP_RET_LOG:
		return 1;
	case SECCOMP_RET_TRACE:
		return 2;
	case SECCOMP_RET_USER_NOTIF:
		return 3;
	case SECCOMP_RET_ERRNO:
		return 4;
	case SECCOMP_RET_TRAP:
		return 5;
	case SECCOMP_RET_KILL_THREAD:
		return 6;
	default:
		return 7;
	}
}

static void add(struct seccomp_branches *branches, int multiplexer, uint32_t part, uint32_t action,
	const struct seccomp_branch *branch)
{
	struct seccomp_condition *conditions = oci_alloc(branches->document, (branch->n + 1) * sizeof(*conditions));

	if (!conditions) {
		branches->failed = true;
		return;
	}
	conditions[0] = (struct seccomp_condition){
		.mask = part_mask[multiplexer],
		.first = part,
		.last = part,
	};
	for (size_t i = 0; i < branch->n; i++)
		conditions[i + 1] = branch->conditions[i];
	seccomp_branches_add(branches, action, conditions, branch->n + 1);
}

/* The rules for one part. One that has conditions about the call's own arguments may or may not be met: then of all
 * rules that could decide the mildest does, so that profiles which allow most of a call do not take all of it away. */
static void add_part(struct seccomp_branches *branches, int multiplexer, uint32_t part,
	const struct seccomp_part_rule *rules, size_t n)
{
	const struct seccomp_branch whole = { 0 };
	bool perhaps = false;
	uint32_t mildest = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t action = rules[i].branch.action;

		if (rules[i].part != 0 && rules[i].part != part)
			continue;
		if (perhaps && seccomp_hindrance(mildest) <= seccomp_hindrance(action))
			action = mildest;
		if (rules[i].blind) {
			perhaps = true;
			mildest = action;
			continue;
		}
		add(branches, multiplexer, part, action, &rules[i].branch);
		if (rules[i].branch.n == 0)
			return;
	}
	if (perhaps)
		add(branches, multiplexer, part, mildest, &whole);
}

void seccomp_multiplexed(const struct seccomp_part_rule *rules, size_t n, int multiplexer,
	struct seccomp_branches *branches)
{
	bool named[SECCOMP_PARTS] = { 0 };

	for (size_t i = 0; i < n; i++)
		named[rules[i].part] = true;
	for (uint32_t part = 1; part < SECCOMP_PARTS; part++) {
		if (named[part])
			add_part(branches, multiplexer, part, rules, n);
	}
	for (size_t i = 0; i < n; i++) {
		if (rules[i].part == 0)
			seccomp_branches_add(branches, rules[i].branch.action, rules[i].branch.conditions,
				rules[i].branch.n);
	}
}
