/* Two answers to every call at the boundaries of a policy. */
#include "reference.h"

#include <linux/audit.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	VALUES = 256,        /* of one argument */
	COMBINATIONS = 250,  /* of the values of a call's arguments; more are tried in part */
	FIRST_NUMBERS = 480, /* of an architecture: all calls of today and some */
	STRANGE_ARCHITECTURE = AUDIT_ARCH_SPARC,
	X32_BIT = 0x40000000,
};

struct values {
	size_t n;
	uint64_t items[VALUES];
};

struct walk {
	const struct oci_seccomp *policy;
	const struct answerer *got;
	const struct answerer *wanted;
	struct comparison result;
	uint64_t random;
	uint32_t token; /* of the call that is asked about */
	const char *name;
};

static uint32_t answer_of(const struct answerer *answerer, const struct seccomp_data *call)
{
	if (answerer->evaluator)
		return evaluate(answerer->evaluator, call);
	return seccomp_answer(answerer->filter->instructions, answerer->filter->n, call, NULL);
}

/* Takes off what a program may have put above arguments of 32 bits. */
static struct seccomp_data without_upper_halves(const struct walk *walk, const struct seccomp_data *call)
{
	struct seccomp_data clean = *call;

	for (uint32_t i = 0; i < 6 && walk->name; i++) {
		if (walk->token == SCMP_ARCH_X32 || !argument_is_wide(walk->token, walk->name, i))
			clean.args[i] = (uint32_t)clean.args[i];
	}
	return clean;
}

static void ask(struct walk *walk, const struct seccomp_data *asked)
{
	const struct seccomp_data clean = without_upper_halves(walk, asked);
	const struct seccomp_data *call = walk->wanted->is_libseccomp ? &clean : asked;
	uint32_t got = answer_of(walk->got, call);
	uint32_t wanted = answer_of(walk->wanted, call);

	walk->result.calls++;
	if (got == wanted)
		return;
	if (walk->result.different++ > 0)
		return;
	walk->result.first = *call;
	walk->result.got = got;
	walk->result.wanted = wanted;
}

/* ---- arguments ---- */

static void add(struct values *values, uint64_t value)
{
	for (size_t i = 0; i < values->n; i++) {
		if (values->items[i] == value)
			return;
	}
	if (values->n < VALUES)
		values->items[values->n++] = value;
}

/* A number, its neighbours, and what is the same in one of the halves. */
static void add_around(struct values *values, uint64_t value)
{
	add(values, value);
	add(values, value - 1);
	add(values, value + 1);
	add(values, value ^ 1ULL << 32);
	add(values, (uint32_t)value);
	add(values, value | 0xffffffff00000000);
	add(values, value + (1ULL << 32));
	add(values, value - (1ULL << 32));
}

static void add_for_mask(struct values *values, uint64_t mask, uint64_t value)
{
	add(values, value);
	add(values, value & mask);
	add(values, (value & mask) | ~mask);
	add(values, ~(value & mask));
	add(values, mask);
	add(values, ~mask);
	for (int bit = 0; bit < 64; bit += 1) {
		if (mask >> bit & 1 && (bit < 2 || bit > 62 || !(mask >> (bit - 1) & 1) || !(mask >> (bit + 1) & 1)))
			add(values, (value & mask) ^ 1ULL << bit);
	}
}

static bool names(const struct oci_syscall *rule, const char *name)
{
	for (size_t i = 0; name && i < rule->names.n; i++) {
		if (strcmp(rule->names.items[i], name) == 0)
			return true;
	}
	return false;
}

static bool is_multiplexer(const char *name)
{
	return name && (strcmp(name, "socketcall") == 0 || strcmp(name, "ipc") == 0);
}

/* The values around each comparison of the rules for the call. True when there is any. */
static bool list_values(const struct oci_seccomp *policy, const char *name, struct values values[6])
{
	bool any = is_multiplexer(name);

	for (int i = 0; i < 6; i++) {
		values[i].n = 0;
		add(&values[i], 0);
	}
	for (uint64_t part = 1; any && part < 26; part++) {
		add(&values[0], part);
		add(&values[0], part | 1ULL << 32);
		add(&values[0], part | 1U << 16);
	}
	for (size_t i = 0; i < policy->syscalls.n; i++) {
		const struct oci_syscall *rule = &policy->syscalls.items[i];

		for (size_t j = 0; j < rule->args.n && names(rule, name); j++) {
			const struct oci_syscall_arg *arg = &rule->args.items[j];

			any = true;
			add(&values[arg->index], UINT64_MAX);
			if (arg->op == OCI_SECCOMP_OP_MASKED_EQ)
				add_for_mask(&values[arg->index], arg->value, arg->value_two);
			else
				add_around(&values[arg->index], arg->value);
		}
	}
	return any;
}

static uint64_t next_random(struct walk *walk)
{
	walk->random = walk->random * 6364136223846793005 + 1442695040888963407;
	return walk->random >> 33;
}

static void ask_with_values(struct walk *walk, struct seccomp_data *call, const struct values values[6])
{
	size_t combinations = 1;

	for (int i = 0; i < 6 && combinations <= COMBINATIONS; i++)
		combinations *= values[i].n;
	if (combinations > COMBINATIONS) {
		for (size_t n = 0; n < COMBINATIONS; n++) {
			for (int i = 0; i < 6; i++)
				call->args[i] = values[i].items[next_random(walk) % values[i].n];
			ask(walk, call);
		}
		return;
	}
	for (size_t n = 0; n < combinations; n++) {
		size_t rest = n;

		for (int i = 0; i < 6; i++) {
			call->args[i] = values[i].items[rest % values[i].n];
			rest /= values[i].n;
		}
		ask(walk, call);
	}
}

/* ---- numbers ---- */

static void ask_number(struct walk *walk, uint32_t arch, uint32_t number)
{
	struct seccomp_data call = { .nr = (int)number, .arch = arch };
	bool x32 = arch == AUDIT_ARCH_X86_64 && number >= X32_BIT && number != UINT32_MAX;
	struct values values[6];

	walk->token = x32 ? SCMP_ARCH_X32 : arch;
	walk->name = arch == STRANGE_ARCHITECTURE ? NULL : call_name(walk->token, number);
	ask(walk, &call);
	memset(call.args, 0xff, sizeof(call.args));
	ask(walk, &call);
	if (list_values(walk->policy, walk->name, values))
		ask_with_values(walk, &call, values);
}

static void ask_compared_numbers(struct walk *walk, uint32_t arch, const struct seccomp_filter *filter)
{
	for (size_t i = 0; filter && i < filter->n; i++) {
		const struct sock_filter *instruction = &filter->instructions[i];

		if (BPF_CLASS(instruction->code) != BPF_JMP || BPF_OP(instruction->code) == BPF_JA)
			continue;
		for (uint32_t number = instruction->k - 1; number != instruction->k + 2; number++) {
			if (number - FIRST_NUMBERS < UINT32_MAX - 2 * FIRST_NUMBERS)
				ask_number(walk, arch, number);
		}
	}
}

static void ask_architecture(struct walk *walk, uint32_t arch)
{
	static const uint32_t bases[] = { 0, 4000, 5000, 6000, 0xeffff, X32_BIT };
	static const uint32_t ends[] = { 0x3ffffffe, 0x7ffffffe, 0xfffffffc };

	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		for (uint32_t n = 0; n < FIRST_NUMBERS; n++) {
			if (i == 0 || call_name(arch == STRANGE_ARCHITECTURE ? SCMP_ARCH_X86_64 : arch, bases[i] + n) ||
				n < 8 || n % 60 == 0 || i == 5)
				ask_number(walk, arch, bases[i] + n);
		}
	}
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		for (uint32_t n = 0; n < 4; n++)
			ask_number(walk, arch, ends[i] + n);
	}
	ask_compared_numbers(walk, arch, walk->got->filter);
	ask_compared_numbers(walk, arch, walk->wanted->filter);
}

struct comparison compare(const struct oci_seccomp *policy, const struct answerer *got, const struct answerer *wanted)
{
	struct walk walk = { .policy = policy, .got = got, .wanted = wanted, .random = 1 };
	uint32_t tokens[MOST_ARCHITECTURES];
	size_t n = architectures_of(policy, tokens);

	for (size_t i = 0; i < n; i++) {
		uint32_t arch = tokens[i] == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : tokens[i];
		bool before = false;

		for (size_t j = 0; j < i; j++)
			before = before || (tokens[j] == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : tokens[j]) == arch;
		if (!before)
			ask_architecture(&walk, arch);
	}
	ask_architecture(&walk, STRANGE_ARCHITECTURE);
	return walk.result;
}

void comparison_print(const struct comparison *comparison)
{
	const struct seccomp_data *call = &comparison->first;

	if (comparison->different == 0)
		return;
	printf("# %zu of %zu calls differ; the first: architecture %x number %u (%x)\n", comparison->different,
		comparison->calls, call->arch, (uint32_t)call->nr, (uint32_t)call->nr);
	for (int i = 0; i < 6; i++)
		printf("# args[%d] = 0x%llx\n", i, (unsigned long long)call->args[i]);
	printf("# got %x, wanted %x\n", comparison->got, comparison->wanted);
}
