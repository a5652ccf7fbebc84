/* linux.resources for a cgroup that has limits already. The values that were asked for are completed by the present
 * ones and become a list of writes, as for a new cgroup. Other limits stay. Pure: the present values are an
 * argument. */
#include "plan/parts.h"

#include <errno.h>
#include <string.h>

/* A copy of a part of the spec, which itself is const, to be completed. NULL without memory. */
static void *copy_of(struct oci_document *document, const void *part, size_t size)
{
	void *copy = oci_alloc(document, size);

	if (copy)
		memcpy(copy, part, size);
	return copy;
}

/* Completes quota and period, which the kernel has in one file. The kernel limits the burst to the quota. */
static void complete_cpu(struct oci_document *document, struct oci_cpu *cpu, const struct plan_present *present)
{
	int64_t asked = cpu->quota.v;

	/* 0 means not set, as for a new cgroup. */
	if (asked == 0 && cpu->period.v == 0 && cpu->burst.v == 0)
		return;
	if (cpu->quota.v == 0)
		cpu->quota = present->quota;
	if (cpu->period.v == 0)
		cpu->period = present->period;
	if (asked > 0 && !cpu->burst.set && present->burst.v > (uint64_t)asked)
		oci_problem_add(document, "cpu.quota", "expected at least the burst that stays, %llu, found %lld",
			(unsigned long long)present->burst.v, (long long)asked);
}

/* Spec, memory.checkBeforeUpdate: a limit below the memory in use is an error; otherwise the kernel would kill
 * processes. */
static void check_usage(struct oci_document *document, const struct oci_memory *memory,
	const struct plan_present *present)
{
	uint64_t used = present->memory_usage;
	uint64_t sum = used + present->swap_usage;

	if (present->reclaims)
		return;
	if (memory->check_before_update.set ? !memory->check_before_update.v : !present->check_memory)
		return;
	if (memory->limit.v > 0 && (uint64_t)memory->limit.v <= used)
		oci_problem_add(document, "memory.limit", "expected more than what is in use, %llu, found %lld",
			(unsigned long long)used, (long long)memory->limit.v);
	if (memory->swap.v > 0 && (uint64_t)memory->swap.v <= sum)
		oci_problem_add(document, "memory.swap", "expected more than what is in use, %llu, found %lld",
			(unsigned long long)sum, (long long)memory->swap.v);
}

static bool has_unified(const struct oci_resources *resources, const char *file)
{
	for (size_t i = 0; i < resources->unified.n; i++) {
		if (strcmp(resources->unified.items[i].key, file) == 0)
			return true;
	}
	return false;
}

/* Completes memory.limit or memory.swap by the present value of the other. cgroup v1 and all managers count memory and
 * swap together, so a change of only memory.limit keeps the sum. */
static void complete_memory(struct oci_document *document, const struct oci_resources *resources,
	const struct plan_present *present)
{
	struct oci_memory *memory = resources->memory;
	int64_t limit = memory->limit.v;
	int64_t sum;

	/* memory.swap.max is memory.swap minus the memory limit, so the present limit is needed. */
	if (memory->swap.v > 0 && limit == 0)
		memory->limit = present->memory_limit;
	if (memory->swap.v != 0 || limit <= 0 || has_unified(resources, "memory.swap.max") ||
		present->memory_limit.v <= 0 || !present->swap_limit.set || present->swap_limit.v < 0 ||
		__builtin_add_overflow(present->memory_limit.v, present->swap_limit.v, &sum))
		return;
	if (limit > sum)
		oci_problem_add(document, "memory.limit",
			"expected at most the sum of memory and swap that stays, %lld, or memory.swap with it, found %lld",
			(long long)sum, (long long)limit);
	else
		memory->swap = (struct oci_opt_i64){ .set = true, .v = sum };
}

int plan_update(struct oci_document *document, const struct oci_resources *asked, const struct plan_present *present,
	struct plan_writes *ret, struct error *err)
{
	struct oci_resources resources = *asked;

	if (asked->cpu) {
		resources.cpu = copy_of(document, asked->cpu, sizeof(*asked->cpu));
		if (!resources.cpu)
			return error_set(err, ENOMEM, "cannot make a plan");
		complete_cpu(document, resources.cpu, present);
	}
	if (asked->memory) {
		check_usage(document, asked->memory, present);
		resources.memory = copy_of(document, asked->memory, sizeof(*asked->memory));
		if (!resources.memory)
			return error_set(err, ENOMEM, "cannot make a plan");
		complete_memory(document, &resources, present);
	}
	return plan_resources(document, &resources, "", ret, err);
}
