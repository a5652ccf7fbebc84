/* The rules of a policy sorted by architecture and number: what is decided for each system call, and which neighbours
 * have the same decision. Pure.
 *
 * A policy cannot speak of system calls that are newer than itself; with "deny" as its default they would end in
 * EPERM or worse, and programs that would fall back on ENOSYS break. So numbers above the largest one that the
 * policy names give ENOSYS; runc does the same. */
#include "plan/seccomp/parts.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

enum {
	ARM_FIRST_PRIVATE = 0x0f0000, /* the calls of arm that are no part of the common table */
	DIGIT_BITS = 10,
	DIGITS = 1 << DIGIT_BITS,
	BY_NUMBER = 2,   /* pieces that a number can need: itself, and what follows */
	MORE = 8,        /* pieces for what is beside the calls that are named */
	FIRST_ROOM = 64, /* for decisions: a power of two */
};

/* The calls of an architecture among the numbers that the kernel gives. */
struct window {
	uint32_t first;
	uint32_t last;
	uint32_t newest; /* no call is above */
};

/* One rule for a number. */
struct mention {
	uint32_t number;
	const char *name; /* of the call that the rule is about */
	const struct seccomp_rule *rule;
	int multiplexer; /* -1: the rule is about the call of this number */
	uint32_t part;
};

struct mentions {
	size_t n;
	struct mention *items;
};

/* slots is a hash table of the decisions, twice their room, with linear probing: an index plus 1, or 0. */
struct builder {
	const struct seccomp_policy *policy;
	struct seccomp_table *table;
	size_t room; /* a power of two */
	uint32_t *slots;
	bool failed; /* memory ran out */
};

static void *take(struct builder *builder, size_t size)
{
	void *memory = oci_alloc(builder->policy->document, size);

	builder->failed = builder->failed || !memory;
	return memory;
}

/* ---- decisions, each of them once ---- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * 0x100000001b3;
}

static uint64_t hash_of(const struct seccomp_decision *decision)
{
	uint64_t hash = mix(0xcbf29ce484222325, decision->otherwise);

	for (size_t i = 0; i < decision->n; i++) {
		const struct seccomp_branch *branch = &decision->branches[i];

		hash = mix(hash, (uint64_t)branch->action << 8 | branch->n);
		for (size_t j = 0; j < branch->n; j++) {
			hash = mix(hash, branch->conditions[j].first + branch->conditions[j].outside);
			hash = mix(hash, branch->conditions[j].last + branch->conditions[j].index);
			hash = mix(hash, branch->conditions[j].mask);
		}
	}
	return hash ^ hash >> 32;
}

static bool same_condition(const struct seccomp_condition *a, const struct seccomp_condition *b)
{
	return a->index == b->index && a->outside == b->outside && a->mask == b->mask && a->first == b->first &&
		a->last == b->last;
}

static bool same_branch(const struct seccomp_branch *a, const struct seccomp_branch *b)
{
	if (a->action != b->action || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n && a->conditions != b->conditions; i++) {
		if (!same_condition(&a->conditions[i], &b->conditions[i]))
			return false;
	}
	return true;
}

static bool same_decision(const struct seccomp_decision *a, const struct seccomp_decision *b)
{
	if (a->otherwise != b->otherwise || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!same_branch(&a->branches[i], &b->branches[i]))
			return false;
	}
	return true;
}

/* Where the decision is, or the free place where it belongs. */
static uint32_t *slot_of(const struct builder *builder, const struct seccomp_decision *decision, uint64_t hash)
{
	const struct seccomp_decision *decisions = builder->table->decisions;
	const size_t mask = 2 * builder->room - 1;
	size_t i = hash & mask;

	while (builder->slots[i] > 0) {
		const struct seccomp_decision *other = &decisions[builder->slots[i] - 1];

		if (other->hash == hash && same_decision(other, decision))
			break;
		i = (i + 1) & mask;
	}
	return &builder->slots[i];
}

static void make_room(struct builder *builder)
{
	struct seccomp_table *table = builder->table;
	size_t room = builder->room > 0 ? 2 * builder->room : FIRST_ROOM;
	struct seccomp_decision *decisions = take(builder, room * sizeof(*decisions));
	uint32_t *slots = take(builder, 2 * room * sizeof(*slots));

	if (builder->failed)
		return;
	for (size_t i = 0; i < table->decision_count; i++)
		decisions[i] = table->decisions[i];
	table->decisions = decisions;
	builder->room = room;
	builder->slots = slots;
	for (size_t i = 0; i < table->decision_count; i++)
		*slot_of(builder, &decisions[i], decisions[i].hash) = (uint32_t)i + 1;
}

/* The index of the decision in the table. */
static size_t keep(struct builder *builder, const struct seccomp_decision *decision)
{
	struct seccomp_table *table = builder->table;
	uint64_t hash = hash_of(decision);
	uint32_t *slot;

	if (!builder->slots || table->decision_count == builder->room)
		make_room(builder);
	if (builder->failed)
		return 0;
	slot = slot_of(builder, decision, hash);
	if (*slot == 0) {
		table->decisions[table->decision_count] = *decision;
		table->decisions[table->decision_count].hash = hash;
		*slot = (uint32_t)++table->decision_count;
	}
	return *slot - 1;
}

static size_t keep_action(struct builder *builder, uint32_t action)
{
	return keep(builder, &(struct seccomp_decision){ .otherwise = action });
}

/* Leaves out what makes no difference. */
static size_t keep_branches(struct builder *builder, const struct seccomp_branches *branches)
{
	struct seccomp_decision decision = { .otherwise = builder->policy->otherwise, .branches = branches->items };

	while (decision.n < branches->n && branches->items[decision.n].n > 0)
		decision.n++;
	if (decision.n < branches->n)
		decision.otherwise = branches->items[decision.n].action;
	while (decision.n > 0 && branches->items[decision.n - 1].action == decision.otherwise)
		decision.n--;
	return keep(builder, &decision);
}

/* ---- from rules to branches ---- */

static int by_index(const void *a, const void *b)
{
	const struct seccomp_condition *one = a;
	const struct seccomp_condition *other = b;

	return one->index < other->index ? -1 : one->index > other->index;
}

/* The conditions of a rule. False when no call meets it. */
static bool read_conditions(struct builder *builder, const struct seccomp_architecture *architecture,
	const struct mention *mention, struct seccomp_branch *ret)
{
	const struct seccomp_rule *rule = mention->rule;
	struct seccomp_condition *conditions = rule->n > 0 ? take(builder, rule->n * sizeof(*conditions)) : NULL;
	size_t n = 0;

	for (size_t i = 0; conditions && i < rule->n; i++) {
		uint64_t bits = seccomp_argument_bits(architecture, mention->number, mention->name,
			rule->args[i].index);

		switch (seccomp_condition_make(&rule->args[i], bits, &conditions[n])) {
		case SECCOMP_NEVER:
			return false;
		case SECCOMP_ALWAYS:
			break;
		case SECCOMP_DEPENDS:
			n++;
			break;
		}
	}
	/* Rules whose first condition is the same can share its check. */
	if (conditions && n > 1)
		qsort(conditions, n, sizeof(*conditions), by_index);
	*ret = (struct seccomp_branch){ .action = rule->action, .n = n, .conditions = conditions };
	return true;
}

/* True when the first rule has no conditions: nearly all calls of most policies, which need no memory then. */
static bool is_plain(const struct mention *first)
{
	return first->rule->n == 0 && first->multiplexer < 0;
}

/* The decision for the number that all of the mentions are about. */
static size_t decide_number(struct builder *builder, const struct seccomp_architecture *architecture,
	const struct mention *mentions, size_t n)
{
	struct seccomp_branches branches = { .document = builder->policy->document };
	struct seccomp_part_rule *rules;
	int multiplexer = -1;
	size_t rule_count = 0;

	if (is_plain(&mentions[0]))
		return keep_action(builder, mentions[0].rule->action);
	rules = take(builder, n * sizeof(*rules));
	for (size_t i = 0; rules && i < n; i++) {
		struct seccomp_part_rule *rule = &rules[rule_count];

		if (!read_conditions(builder, architecture, &mentions[i], &rule->branch))
			continue;
		rule->part = mentions[i].part;
		if (mentions[i].multiplexer >= 0) {
			multiplexer = mentions[i].multiplexer;
			rule->blind = rule->branch.n > 0;
			rule->branch.n = 0;
		}
		rule_count++;
	}
	if (builder->failed)
		return 0;
	if (multiplexer >= 0)
		seccomp_multiplexed(rules, rule_count, multiplexer, &branches);
	for (size_t i = 0; multiplexer < 0 && i < rule_count; i++)
		seccomp_branches_add(&branches, rules[i].branch.action, rules[i].branch.conditions, rules[i].branch.n);
	builder->failed = builder->failed || branches.failed;
	return builder->failed ? 0 : keep_branches(builder, &branches);
}

/* ---- the mentions of an architecture ---- */

static struct window window_of(const struct seccomp_architecture *architecture)
{
	switch (architecture->token) {
	case AUDIT_ARCH_X86_64:
		return (struct window){ .last = SECCOMP_X32_BIT - 1, .newest = SECCOMP_X32_BIT - 1 };
	case AUDIT_ARCH_ARM:
		return (struct window){ .last = UINT32_MAX, .newest = ARM_FIRST_PRIVATE - 1 };
	default:
		break;
	}
	if (architecture->token != architecture->audit)
		return (struct window){ .first = SECCOMP_X32_BIT, .last = UINT32_MAX - 1, .newest = INT32_MAX };
	return (struct window){ .last = UINT32_MAX, .newest = INT32_MAX };
}

/* A part of socketcall may have a number of its own as well. */
static size_t count_mentions(const struct seccomp_policy *policy, const struct seccomp_architecture *architecture)
{
	size_t n = 0;

	for (size_t i = 0; i < policy->n; i++)
		n += policy->entries[i].names->n * policy->entries[i].n;
	return architecture->multiplexers[SECCOMP_SOCKETCALL] >= 0 ? 2 * n : n;
}

static void mention(struct mentions *mentions, int number, const char *name, const struct seccomp_entry *entry,
	const struct seccomp_call *call)
{
	for (size_t i = 0; number >= 0 && i < entry->n; i++) {
		mentions->items[mentions->n] = (struct mention){
			.number = (uint32_t)number,
			.name = name,
			.rule = &entry->rules[i],
			.multiplexer = call ? call->multiplexer : -1,
			.part = call ? call->part : 0,
		};
		mentions->n++;
	}
}

/* Sorts by number, and leaves mentions of one number in their order: by digits, the last one first, of which nearly all
 * architectures need one. No number is below first. */
static void sort_mentions(struct builder *builder, struct mentions *mentions, uint32_t first)
{
	struct mention *other = take(builder, (mentions->n + 1) * sizeof(*other));
	uint32_t largest = 0;

	for (size_t i = 0; i < mentions->n; i++) {
		if (mentions->items[i].number - first > largest)
			largest = mentions->items[i].number - first;
	}
	for (unsigned int shift = 0; other && shift < 32 && largest >> shift > 0; shift += DIGIT_BITS) {
		size_t starts[DIGITS + 1] = { 0 };
		struct mention *sorted = other;

		for (size_t i = 0; i < mentions->n; i++)
			starts[((mentions->items[i].number - first) >> shift) % DIGITS + 1]++;
		for (size_t i = 1; i <= DIGITS; i++)
			starts[i] += starts[i - 1];
		for (size_t i = 0; i < mentions->n; i++)
			sorted[starts[((mentions->items[i].number - first) >> shift) % DIGITS]++] = mentions->items[i];
		other = mentions->items;
		mentions->items = sorted;
	}
}

/* All mentions of calls of the architecture, by number and then in the order of the policy. */
static struct mentions collect(struct builder *builder, struct seccomp_architecture *architecture)
{
	const struct seccomp_policy *policy = builder->policy;
	struct mentions mentions = { .items = take(builder,
					     (count_mentions(policy, architecture) + 1) * sizeof(*mentions.items)) };

	for (size_t i = 0; mentions.items && i < policy->n; i++) {
		const struct seccomp_entry *entry = &policy->entries[i];

		for (size_t j = 0; j < entry->names->n; j++) {
			const char *name = entry->names->items[j];
			struct seccomp_call call = seccomp_call_find(architecture, name);

			mention(&mentions, call.number, name, entry, NULL);
			if (call.multiplexer >= 0)
				mention(&mentions, architecture->multiplexers[call.multiplexer], name, entry, &call);
		}
	}
	sort_mentions(builder, &mentions, window_of(architecture).first);
	return mentions;
}

/* ---- the pieces ---- */

/* True when the default action keeps a program from trying something else. */
static bool denies(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ERRNO:
		return action != (SECCOMP_RET_ERRNO | ENOSYS);
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_TRAP:
		return true;
	default:
		return false;
	}
}

static void add_piece(struct seccomp_space *space, uint32_t first, size_t decision)
{
	if (space->n > 0 && space->pieces[space->n - 1].decision == decision)
		return;
	space->pieces[space->n++] = (struct seccomp_piece){ .first = first, .decision = decision };
}

/* The numbers from first to last, of which the policy says nothing. largest: what it names; -1: nothing. */
static void add_rest(struct builder *builder, struct seccomp_space *space, const struct window *window, int64_t largest,
	uint32_t first, uint32_t last)
{
	size_t otherwise = keep_action(builder, builder->policy->otherwise);

	if (first > last)
		return;
	if (largest < 0 || first < largest || first > window->newest || !denies(builder->policy->otherwise)) {
		add_piece(space, first, otherwise);
		return;
	}
	add_piece(space, first, keep_action(builder, SECCOMP_RET_ERRNO | ENOSYS));
	if (last > window->newest)
		add_piece(space, window->newest + 1, otherwise);
}

static int64_t largest_number(const struct mentions *mentions, const struct window *window)
{
	int64_t largest = -1;

	for (size_t i = 0; i < mentions->n && mentions->items[i].number <= window->newest; i++)
		largest = mentions->items[i].number;
	return largest;
}

/* For so many mentions beside what is there. */
static bool make_room_for_pieces(struct builder *builder, struct seccomp_space *space, size_t mentions)
{
	struct seccomp_piece *pieces = take(builder, (space->n + BY_NUMBER * mentions + MORE) * sizeof(*pieces));

	for (size_t i = 0; pieces && i < space->n; i++)
		pieces[i] = space->pieces[i];
	space->pieces = pieces;
	return pieces;
}

static void add_architecture(struct builder *builder, struct seccomp_space *space,
	struct seccomp_architecture *architecture)
{
	const struct window window = window_of(architecture);
	struct mentions mentions = collect(builder, architecture);
	int64_t largest = largest_number(&mentions, &window);
	uint32_t next = window.first;
	size_t count;

	if (builder->failed || !make_room_for_pieces(builder, space, mentions.n))
		return;
	for (size_t i = 0; i < mentions.n && !builder->failed; i += count) {
		uint32_t number = mentions.items[i].number;

		for (count = 1; i + count < mentions.n && mentions.items[i + count].number == number;)
			count++;
		if (number > next)
			add_rest(builder, space, &window, largest, next, number - 1);
		add_piece(space, number, decide_number(builder, architecture, &mentions.items[i], count));
		next = number + 1;
	}
	if (!builder->failed)
		add_rest(builder, space, &window, largest, next, window.last);
}

/* The architecture's place in the policy; -1: it is not in there. */
static int find(const struct seccomp_policy *policy, uint32_t audit, bool x32)
{
	for (size_t i = 0; i < policy->architecture_count; i++) {
		const struct seccomp_architecture *architecture = &policy->architectures[i];

		if (architecture->audit == audit && (architecture->token != audit) == x32)
			return (int)i;
	}
	return -1;
}

static bool has_space(const struct seccomp_table *table, uint32_t audit)
{
	for (size_t i = 0; i < table->n; i++) {
		if (table->spaces[i].audit == audit)
			return true;
	}
	return false;
}

/* x86_64 and x32 are told apart by a bit of the number. A call of the one that the policy does not have is one of an
 * architecture that it does not have. -1, which a tracer leaves behind for a call that is not to be made, is of
 * neither. */
static void add_space(struct builder *builder, struct seccomp_policy *policy, uint32_t audit)
{
	struct seccomp_space *space = &builder->table->spaces[builder->table->n++];
	int plain = find(policy, audit, false);
	int x32 = find(policy, audit, true);
	size_t stranger;

	space->audit = audit;
	if (!make_room_for_pieces(builder, space, 0))
		return;
	stranger = keep_action(builder, SECCOMP_RET_KILL_THREAD);
	if (plain >= 0)
		add_architecture(builder, space, &policy->architectures[plain]);
	else
		add_piece(space, 0, stranger);
	if (audit != AUDIT_ARCH_X86_64 || builder->failed)
		return;
	if (x32 >= 0)
		add_architecture(builder, space, &policy->architectures[x32]);
	else
		add_piece(space, SECCOMP_X32_BIT, stranger);
	if (!builder->failed)
		add_piece(space, UINT32_MAX, keep_action(builder, policy->otherwise));
}

int seccomp_decide(const struct seccomp_policy *policy, struct seccomp_table *ret, struct error *err)
{
	/* Where parts of socketcall have numbers of their own is looked up on the way. */
	struct seccomp_policy copy = *policy;
	struct builder builder = { .policy = &copy, .table = ret };

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < policy->architecture_count && !builder.failed; i++) {
		if (!has_space(ret, policy->architectures[i].audit))
			add_space(&builder, &copy, policy->architectures[i].audit);
	}
	return builder.failed ? error_set(err, ENOMEM, "cannot compile linux.seccomp") : 0;
}
