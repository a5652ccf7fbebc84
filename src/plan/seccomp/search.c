/* Intervals of 32-bit numbers as a balanced tree of comparisons. Pure. */
#include "plan/seccomp/parts.h"

/* True when the middle one of three is a single number between the same: one comparison tells. */
static bool is_exception(const struct seccomp_range *ranges)
{
	return ranges[2].first == ranges[1].first + 1 && seccomp_target_same(ranges[0].to, ranges[2].to);
}

/* With the number in the accumulator. The depth is the logarithm of n. */
static struct seccomp_target divide(struct seccomp_program *program, const struct seccomp_range *ranges, size_t n)
{
	const size_t half = n / 2;
	struct seccomp_target upper;
	struct seccomp_target lower;

	if (n == 1)
		return ranges[0].to;
	if (n == 3 && is_exception(ranges))
		return seccomp_program_branch(program, BPF_JEQ, ranges[1].first, ranges[1].to, ranges[0].to);
	upper = divide(program, ranges + half, n - half);
	lower = divide(program, ranges, half);
	return seccomp_program_branch(program, BPF_JGE, ranges[half].first, upper, lower);
}

static size_t merge_neighbours(struct seccomp_range *ranges, size_t n)
{
	size_t kept = 1;

	for (size_t i = 1; i < n; i++) {
		if (!seccomp_target_same(ranges[kept - 1].to, ranges[i].to))
			ranges[kept++] = ranges[i];
	}
	return kept;
}

struct seccomp_target seccomp_search(struct seccomp_program *program, uint32_t offset, uint32_t mask,
	struct seccomp_range *ranges, size_t n)
{
	size_t kept = merge_neighbours(ranges, n);

	if (kept == 1)
		return ranges[0].to;
	divide(program, ranges, kept);
	if (mask != UINT32_MAX)
		seccomp_program_add(program, BPF_ALU | BPF_AND | BPF_K, mask);
	return seccomp_program_add(program, BPF_LD | BPF_W | BPF_ABS, offset);
}
