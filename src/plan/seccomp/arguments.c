/* Checks of arguments: the branches of a decision as instructions. BPF has 32 bits, an argument 64: its upper half is
 * looked at first. Pure.
 *
 * Branches that have one condition left, about the same argument, become one search over the ranges of that
 * argument; branches whose next condition is the same check it once. */
#include "plan/seccomp/parts.h"

#include <linux/seccomp.h>
#include <stdlib.h>

enum { MACHINE_IS_LITTLE = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ };

/* A condition, and where it leads. */
struct choice {
	const struct seccomp_condition *condition;
	struct seccomp_target to;
};

struct writer {
	struct seccomp_program *program;
	struct oci_document *document;
	bool failed; /* memory ran out */
};

static void *take(struct writer *writer, size_t n, size_t size)
{
	void *memory = oci_alloc(writer->document, n * size);

	writer->failed = writer->failed || !memory;
	return memory;
}

static uint32_t high(uint64_t value)
{
	return (uint32_t)(value >> 32);
}

static uint32_t low(uint64_t value)
{
	return (uint32_t)value;
}

static uint32_t offset_of(unsigned int index, bool upper)
{
	size_t argument = offsetof(struct seccomp_data, args) + index * sizeof(uint64_t);

	return (uint32_t)(argument + (upper == MACHINE_IS_LITTLE ? sizeof(uint32_t) : 0));
}

/* ---- one argument ---- */

/* From first to the first of the next one. */
struct long_range {
	uint64_t first;
	struct seccomp_target to;
};

/* The ranges from ranges[0] on that begin with the same upper half. */
static size_t count_same_half(const struct long_range *ranges, size_t n)
{
	size_t count = 1;

	while (count < n && high(ranges[count].first) == high(ranges[0].first))
		count++;
	return count;
}

/* A search over all 64 bits: for each upper half within which a range begins, one over the lower halves. */
static struct seccomp_target search_halves(struct writer *writer, unsigned int index, const struct long_range *ranges,
	size_t n)
{
	struct seccomp_range *upper = take(writer, 2 * n, sizeof(*upper));
	struct seccomp_range *lower = take(writer, n + 1, sizeof(*lower));
	size_t upper_count = 0;
	size_t count;

	for (size_t i = 0; i < n && !writer->failed; i += count) {
		const uint32_t half = high(ranges[i].first);
		size_t lower_count = 0;

		count = count_same_half(&ranges[i], n - i);
		if (low(ranges[i].first) != 0)
			lower[lower_count++] = (struct seccomp_range){ .to = ranges[i - 1].to };
		for (size_t j = 0; j < count; j++)
			lower[lower_count++] = (struct seccomp_range){ .first = low(ranges[i + j].first),
				.to = ranges[i + j].to };
		upper[upper_count++] = (struct seccomp_range){
			.first = half,
			.to = seccomp_search(writer->program, offset_of(index, false), UINT32_MAX, lower, lower_count),
		};
		if (half < UINT32_MAX && (i + count == n || high(ranges[i + count].first) > half + 1))
			upper[upper_count++] = (struct seccomp_range){ .first = half + 1,
				.to = ranges[i + count - 1].to };
	}
	if (writer->failed)
		return ranges[0].to;
	return seccomp_search(writer->program, offset_of(index, true), UINT32_MAX, upper, upper_count);
}

static struct seccomp_target search_low(struct writer *writer, unsigned int index, uint32_t mask,
	const struct long_range *ranges, size_t n)
{
	struct seccomp_range *lower = take(writer, n, sizeof(*lower));
	size_t count = 0;

	if (!lower)
		return ranges[0].to;
	for (; count < n && ranges[count].first <= UINT32_MAX; count++)
		lower[count] = (struct seccomp_range){ .first = low(ranges[count].first), .to = ranges[count].to };
	return seccomp_search(writer->program, offset_of(index, false), mask, lower, count);
}

/* Some bits of each half: these are for equality alone. */
static struct seccomp_target compare_masked(struct writer *writer, const struct choice *choice,
	struct seccomp_target otherwise)
{
	const struct seccomp_condition *condition = choice->condition;
	struct seccomp_target to = choice->to;

	for (int upper = 0; upper < 2; upper++) {
		uint32_t mask = upper ? high(condition->mask) : low(condition->mask);
		uint32_t value = upper ? high(condition->first) : low(condition->first);

		if (mask == 0)
			continue;
		seccomp_program_branch(writer->program, BPF_JEQ, value, to, otherwise);
		if (mask != UINT32_MAX)
			seccomp_program_add(writer->program, BPF_ALU | BPF_AND | BPF_K, mask);
		to = seccomp_program_add(writer->program, BPF_LD | BPF_W | BPF_ABS, offset_of(condition->index, upper));
	}
	return to;
}

/* True for conditions that are ranges of numbers, not a pattern of bits. */
static bool is_range(const struct seccomp_condition *condition)
{
	return high(condition->mask) == 0 || condition->mask == UINT64_MAX;
}

/* ---- several choices by one argument ---- */

/* Where ranges begin, and what each of them leads to; next is the first one from here on that no choice has yet. */
struct ranges {
	size_t n;
	struct long_range *items;
	size_t *next;
};

static int by_first(const void *a, const void *b)
{
	const struct long_range *one = a;
	const struct long_range *other = b;

	return one->first < other->first ? -1 : one->first > other->first;
}

static struct ranges make_ranges(struct writer *writer, const struct choice *choices, size_t n,
	struct seccomp_target otherwise)
{
	struct ranges ranges = {
		.items = take(writer, 2 * n + 1, sizeof(*ranges.items)),
		.next = take(writer, 2 * n + 2, sizeof(*ranges.next)),
	};
	size_t kept = 1;

	if (writer->failed)
		return ranges;
	ranges.items[ranges.n++].first = 0;
	for (size_t i = 0; i < n; i++) {
		ranges.items[ranges.n++].first = choices[i].condition->first;
		if (choices[i].condition->last < UINT64_MAX)
			ranges.items[ranges.n++].first = choices[i].condition->last + 1;
	}
	qsort(ranges.items, ranges.n, sizeof(*ranges.items), by_first);
	for (size_t i = 1; i < ranges.n; i++) {
		if (ranges.items[i].first != ranges.items[kept - 1].first)
			ranges.items[kept++] = ranges.items[i];
	}
	ranges.n = kept;
	for (size_t i = 0; i <= ranges.n; i++)
		ranges.next[i] = i;
	for (size_t i = 0; i < ranges.n; i++)
		ranges.items[i].to = otherwise;
	return ranges;
}

static size_t next_free(struct ranges *ranges, size_t i)
{
	while (ranges->next[i] != i) {
		ranges->next[i] = ranges->next[ranges->next[i]];
		i = ranges->next[i];
	}
	return i;
}

/* Gives to the choice what is free from one index up to another. */
static void claim(struct ranges *ranges, size_t from, size_t to, struct seccomp_target target)
{
	for (size_t i = next_free(ranges, from); i < to; i = next_free(ranges, i)) {
		ranges->items[i].to = target;
		ranges->next[i] = i + 1;
	}
}

static size_t index_of(const struct ranges *ranges, uint64_t first)
{
	const struct long_range wanted = { .first = first };
	const struct long_range *found = bsearch(&wanted, ranges->items, ranges->n, sizeof(*ranges->items), by_first);

	return found ? (size_t)(found - ranges->items) : ranges->n;
}

/* Choices about the same bits of the same argument: the first one that is met decides. A pattern of bits stands
 * alone. */
static struct seccomp_target choose(struct writer *writer, const struct choice *choices, size_t n,
	struct seccomp_target otherwise)
{
	const struct seccomp_condition *condition = choices[0].condition;
	struct ranges ranges;

	if (!is_range(condition))
		return compare_masked(writer, &choices[0], otherwise);
	ranges = make_ranges(writer, choices, n, otherwise);
	for (size_t i = 0; i < n && !writer->failed; i++) {
		const struct seccomp_condition *own = choices[i].condition;
		size_t begin = index_of(&ranges, own->first);
		size_t end = own->last < UINT64_MAX ? index_of(&ranges, own->last + 1) : ranges.n;

		if (own->outside) {
			claim(&ranges, 0, begin, choices[i].to);
			claim(&ranges, end, ranges.n, choices[i].to);
		} else {
			claim(&ranges, begin, end, choices[i].to);
		}
	}
	if (writer->failed)
		return otherwise;
	if (high(condition->mask) == 0)
		return search_low(writer, condition->index, low(condition->mask), ranges.items, ranges.n);
	return search_halves(writer, condition->index, ranges.items, ranges.n);
}

/* ---- branches ---- */

static bool same_condition(const struct seccomp_condition *a, const struct seccomp_condition *b)
{
	return a->index == b->index && a->outside == b->outside && a->mask == b->mask && a->first == b->first &&
		a->last == b->last;
}

/* True when a search by one argument does for both branches, of which so many conditions are met. */
static bool can_share_search(const struct seccomp_branch *a, const struct seccomp_branch *b, size_t met)
{
	return a->n == met + 1 && b->n == met + 1 && a->conditions[met].index == b->conditions[met].index &&
		a->conditions[met].mask == b->conditions[met].mask && is_range(&a->conditions[met]);
}

static bool can_share_check(const struct seccomp_branch *a, const struct seccomp_branch *b, size_t met)
{
	return a->n > met && b->n > met && same_condition(&a->conditions[met], &b->conditions[met]);
}

/* How many branches from the first on are written together. */
static size_t count_group(const struct seccomp_branch *branches, size_t n, size_t met)
{
	size_t count = 1;

	if (n > 1 && can_share_search(&branches[0], &branches[1], met)) {
		while (count < n && can_share_search(&branches[0], &branches[count], met))
			count++;
		return count;
	}
	while (count < n && can_share_check(&branches[0], &branches[count], met))
		count++;
	return count;
}

static struct seccomp_target write_branches(struct writer *writer, const struct seccomp_branch *branches, size_t n,
	size_t met, struct seccomp_target otherwise);

static struct seccomp_target write_group(struct writer *writer, const struct seccomp_branch *branches, size_t n,
	size_t met, struct seccomp_target otherwise)
{
	struct choice *choices;
	struct seccomp_target inner;

	if (!can_share_search(&branches[0], &branches[n - 1], met)) {
		inner = write_branches(writer, branches, n, met + 1, otherwise); // NOLINT(misc-no-recursion)
		return choose(writer, &(struct choice){ &branches[0].conditions[met], inner }, 1, otherwise);
	}
	choices = take(writer, n, sizeof(*choices));
	if (!choices)
		return otherwise;
	for (size_t i = 0; i < n; i++)
		choices[i] = (struct choice){ &branches[i].conditions[met], seccomp_answer_of(branches[i].action) };
	return choose(writer, choices, n, otherwise);
}

/* Branches of which so many conditions are met: at most as deep as a branch has conditions. The last group is written
 * first, since the others lead to it. */
static struct seccomp_target write_branches(struct writer *writer, const struct seccomp_branch *branches, size_t n,
	size_t met, struct seccomp_target otherwise)
{
	size_t *groups = take(writer, n, sizeof(*groups));
	size_t group_count = 0;
	size_t end = 0;

	if (!groups)
		return otherwise;
	while (end < n && branches[end].n > met) {
		groups[group_count++] = end;
		end += count_group(&branches[end], n - end, met);
	}
	if (end < n)
		otherwise = seccomp_answer_of(branches[end].action);
	while (group_count > 0 && !writer->failed) {
		size_t begin = groups[--group_count];

		otherwise = write_group(writer, &branches[begin], end - begin, met, otherwise);
		end = begin;
	}
	return otherwise;
}

struct seccomp_target seccomp_branch_all(struct seccomp_program *program, struct oci_document *document,
	const struct seccomp_decision *decision, bool *ret_failed)
{
	struct writer writer = { .program = program, .document = document };
	struct seccomp_target otherwise = seccomp_answer_of(decision->otherwise);
	struct seccomp_target result = decision->n > 0
		? write_branches(&writer, decision->branches, decision->n, 0, otherwise)
		: otherwise;

	*ret_failed = *ret_failed || writer.failed;
	return result;
}
