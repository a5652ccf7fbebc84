/* The meaning of a policy, as docs/seccomp.md has it, without any cleverness. Names are looked up by the number of the
 * call, not the other way round as the compiler does. */
#include "reference.h"

#include "ocispec/enums.h"
#include "plan/seccomp/parts.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

enum {
	X32_BIT = 0x40000000,
	X32_OWN = 512,  /* from here on x32 has functions of its own in the kernel */
	NUMBERS = 7000, /* more than any architecture has, those of mips from 4000 to 6999 included */
	MIPS_FIRST = 4000,
	ARM_PRIVATE = 0xf0000,
	ARM_PRIVATE_NUMBERS = 16,
	N32 = 0x20000000,
	MOST_PARTS = 32, /* of socketcall or ipc */
};

/* ---- names ---- */

struct names {
	uint32_t token;
	char *items[NUMBERS];
	char *private[ARM_PRIVATE_NUMBERS];
};

/* Looked up once for each architecture and kept for good. */
static const struct names *names_of(uint32_t token)
{
	static struct names *known[MOST_ARCHITECTURES];
	size_t i = 0;

	for (; known[i]; i++) {
		if (known[i]->token == token)
			return known[i];
	}
	known[i] = calloc(1, sizeof(*known[i]));
	if (!known[i])
		abort();
	known[i]->token = token;
	for (int n = 0; n < NUMBERS; n++)
		known[i]->items[n] = (token & 0xffff) == EM_MIPS && n < MIPS_FIRST
			? NULL
			: /* libseccomp takes a number without the first one of the ABI as well */
			seccomp_syscall_resolve_num_arch(token, token == SCMP_ARCH_X32 ? n | X32_BIT : n);
	for (int n = 0; token == SCMP_ARCH_ARM && n < ARM_PRIVATE_NUMBERS; n++)
		known[i]->private[n] = seccomp_syscall_resolve_num_arch(token, ARM_PRIVATE + n);
	return known[i];
}

const char *call_name(uint32_t token, uint32_t number)
{
	const struct names *names = names_of(token);

	if (token == SCMP_ARCH_X32)
		number -= X32_BIT;
	if (number < NUMBERS)
		return names->items[number];
	if (number - ARM_PRIVATE < ARM_PRIVATE_NUMBERS)
		return names->private[number - ARM_PRIVATE];
	return NULL;
}

/* ---- architectures ---- */

static uint32_t token_of(int arch)
{
	char lower[32] = "";
	const char *name = oci_enum_name(oci_seccomp_arch_names, arch) + strlen("SCMP_ARCH_");

	for (size_t i = 0; name[i] && i < sizeof(lower) - 1; i++)
		lower[i] = (char)tolower((unsigned char)name[i]);
	return seccomp_arch_resolve_name(lower);
}

size_t architectures_of(const struct oci_seccomp *policy, uint32_t tokens[MOST_ARCHITECTURES])
{
	size_t n = 0;

	tokens[n++] = seccomp_arch_native();
	for (size_t i = 0; i < policy->architectures.n && n < MOST_ARCHITECTURES; i++)
		tokens[n++] = token_of(policy->architectures.items[i]);
	return n;
}

static bool has_architecture(const struct oci_seccomp *policy, uint32_t token)
{
	uint32_t tokens[MOST_ARCHITECTURES];
	size_t n = architectures_of(policy, tokens);

	for (size_t i = 0; i < n; i++) {
		if (tokens[i] == token)
			return true;
	}
	return false;
}

/* ---- actions ---- */

static uint32_t action_of(enum oci_seccomp_action action, struct oci_opt_u32 errno_ret)
{
	static const uint32_t actions[] = {
		[OCI_SECCOMP_ACT_KILL] = SECCOMP_RET_KILL_THREAD,
		[OCI_SECCOMP_ACT_KILL_THREAD] = SECCOMP_RET_KILL_THREAD,
		[OCI_SECCOMP_ACT_KILL_PROCESS] = SECCOMP_RET_KILL_PROCESS,
		[OCI_SECCOMP_ACT_TRAP] = SECCOMP_RET_TRAP,
		[OCI_SECCOMP_ACT_ERRNO] = SECCOMP_RET_ERRNO,
		[OCI_SECCOMP_ACT_TRACE] = SECCOMP_RET_TRACE,
		[OCI_SECCOMP_ACT_ALLOW] = SECCOMP_RET_ALLOW,
		[OCI_SECCOMP_ACT_LOG] = SECCOMP_RET_LOG,
		[OCI_SECCOMP_ACT_NOTIFY] = SECCOMP_RET_USER_NOTIF,
	};
	bool numbered = action == OCI_SECCOMP_ACT_ERRNO || action == OCI_SECCOMP_ACT_TRACE;

	return actions[action] | (numbered ? (errno_ret.set ? errno_ret.v : EPERM) : 0);
}

static uint32_t otherwise_of(const struct oci_seccomp *policy)
{
	return action_of(policy->default_action, policy->default_errno_ret);
}

/* The milder one of two: the later in the kernel's order of precedence, seccomp(2). */
static uint32_t milder(uint32_t a, uint32_t b)
{
	static const uint32_t order[] = { SECCOMP_RET_ALLOW, SECCOMP_RET_LOG, SECCOMP_RET_TRACE, SECCOMP_RET_USER_NOTIF,
		SECCOMP_RET_ERRNO, SECCOMP_RET_TRAP, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if ((a & SECCOMP_RET_ACTION_FULL) == order[i])
			return a;
		if ((b & SECCOMP_RET_ACTION_FULL) == order[i])
			return b;
	}
	abort();
}

/* ---- conditions ---- */

bool argument_is_wide(uint32_t token, const char *name, uint32_t index)
{
	if (token == SCMP_ARCH_X32 && seccomp_syscall_resolve_name_arch(token, name) >= X32_BIT + X32_OWN)
		return false;
	if (token != SCMP_ARCH_X32 && (!(token & __AUDIT_ARCH_64BIT) || token & N32))
		return false;
	if (strcmp(name, "clone") == 0 && index == (token == SCMP_ARCH_S390X ? 1 : 0))
		return false;
	return !seccomp_argument_is_int(name, index);
}

static bool is_met(const struct oci_syscall_arg *arg, const struct seccomp_data *call, bool wide)
{
	uint64_t value = arg->value;
	uint64_t two = arg->value_two;
	uint64_t given = call->args[arg->index];

	if (!wide) {
		given = (uint32_t)given;
		if ((int64_t)two < 0 && (int64_t)two >= INT32_MIN)
			two = (uint32_t)two;
		if (arg->op != OCI_SECCOMP_OP_MASKED_EQ && (int64_t)value < 0 && (int64_t)value >= INT32_MIN)
			value = (uint32_t)value;
	}
	switch (arg->op) {
	case OCI_SECCOMP_OP_NE:
		return given != value;
	case OCI_SECCOMP_OP_LT:
		return given < value;
	case OCI_SECCOMP_OP_LE:
		return given <= value;
	case OCI_SECCOMP_OP_EQ:
		return given == value;
	case OCI_SECCOMP_OP_GE:
		return given >= value;
	case OCI_SECCOMP_OP_GT:
		return given > value;
	case OCI_SECCOMP_OP_MASKED_EQ:
		return (given & value) == (two & value);
	case OCI_SECCOMP_OP_UNSET:
		break;
	}
	abort();
}

static bool names_twice(const struct oci_syscall_args *args)
{
	for (size_t i = 0; i < args->n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (args->items[i].index == args->items[j].index)
				return true;
		}
	}
	return false;
}

static bool all_are_met(const struct oci_syscall_args *list, const struct seccomp_data *call, uint32_t token,
	const char *name)
{
	bool any = names_twice(list);

	for (size_t i = 0; i < list->n; i++) {
		bool wide = argument_is_wide(token, name, list->items[i].index);

		if (is_met(&list->items[i], call, wide) == any)
			return any;
	}
	return !any;
}

/* What is known about a list of conditions when nothing is known about the arguments: 1 they are met, 0 they are
 * not, -1 that depends. */
static int known_without_arguments(const struct oci_syscall_arg *arg, bool wide)
{
	const uint64_t all = wide ? UINT64_MAX : UINT32_MAX;
	uint64_t value = arg->value;

	if (arg->op == OCI_SECCOMP_OP_MASKED_EQ) {
		const struct seccomp_data some = { 0 };

		if ((value & all) == 0)
			return is_met(arg, &some, wide);
		return !wide && !((int64_t)arg->value_two < 0 && (int64_t)arg->value_two >= INT32_MIN) &&
				(arg->value_two & value) > all
			? 0
			: -1;
	}
	if (!wide && (int64_t)value < 0 && (int64_t)value >= INT32_MIN)
		value = (uint32_t)value;
	if (value > all)
		return arg->op == OCI_SECCOMP_OP_NE || arg->op == OCI_SECCOMP_OP_LT || arg->op == OCI_SECCOMP_OP_LE;
	if ((arg->op == OCI_SECCOMP_OP_LT && value == 0) || (arg->op == OCI_SECCOMP_OP_GT && value == all))
		return 0;
	if ((arg->op == OCI_SECCOMP_OP_GE && value == 0) || (arg->op == OCI_SECCOMP_OP_LE && value == all))
		return 1;
	return -1;
}

static int all_known_without_arguments(const struct oci_syscall_args *list, uint32_t token, const char *name)
{
	bool any = names_twice(list);
	int result = any ? 0 : 1;

	for (size_t i = 0; i < list->n; i++) {
		bool wide = argument_is_wide(token, name, list->items[i].index);
		int known = known_without_arguments(&list->items[i], wide);

		if (known == (any ? 1 : 0))
			return known;
		if (known < 0)
			result = -1;
	}
	return result;
}

/* ---- calls ---- */

static bool has_name(const struct oci_syscall *rule, const char *name)
{
	for (size_t i = 0; name && i < rule->names.n; i++) {
		if (strcmp(rule->names.items[i], name) == 0)
			return true;
	}
	return false;
}

/* The call that an architecture without a number of its own for it makes by socketcall(2) or ipc(2). */
static char *part_of(uint32_t token, const char *name, const struct seccomp_data *call)
{
	bool socketcall = strcmp(name, "socketcall") == 0;
	uint32_t part = socketcall ? (uint32_t)call->args[0] : (uint32_t)call->args[0] & 0xffff;

	if ((!socketcall && strcmp(name, "ipc") != 0) || part == 0 || part >= MOST_PARTS)
		return NULL;
	return seccomp_syscall_resolve_num_arch(token, (socketcall ? -100 : -200) - (int)part);
}

/* The largest number that the policy names; -1: it names none. */
static int64_t largest(const struct oci_seccomp *policy, uint32_t token)
{
	uint32_t base = token == SCMP_ARCH_X32 ? X32_BIT : 0;

	for (uint32_t n = NUMBERS; n-- > 0;) {
		for (size_t i = 0; i < policy->syscalls.n; i++) {
			const struct oci_syscall *rule = &policy->syscalls.items[i];
			const char *name = call_name(token, base + n);

			if (has_name(rule, name))
				return base + n;
			/* A part counts as its multiplexer, too. */
			for (size_t j = 0; name && strcmp(name, "ipc") == 0 && j < rule->names.n; j++) {
				int number = seccomp_syscall_resolve_name_arch(token, rule->names.items[j]);

				if (number < -200 && number > -300)
					return n;
			}
			for (size_t j = 0; name && strcmp(name, "socketcall") == 0 && j < rule->names.n; j++) {
				int number = seccomp_syscall_resolve_name_arch(token, rule->names.items[j]);

				if (number < -100 && number > -132)
					return n;
			}
		}
	}
	return -1;
}

static bool is_newer(const struct evaluator *evaluator, uint32_t token, uint32_t number)
{
	uint32_t newest = token == SCMP_ARCH_X86_64 ? 0x3fffffff : token == SCMP_ARCH_ARM ? 0xeffff : INT32_MAX;

	for (size_t i = 0; i < evaluator->n; i++) {
		if (evaluator->tokens[i] == token)
			return evaluator->largest[i] >= 0 && number > evaluator->largest[i] && number <= newest;
	}
	return false;
}

static uint32_t evaluate_rest(const struct evaluator *evaluator, uint32_t token, uint32_t number)
{
	uint32_t otherwise = otherwise_of(evaluator->policy);

	switch (evaluator->policy->default_action) {
	case OCI_SECCOMP_ACT_KILL:
	case OCI_SECCOMP_ACT_KILL_THREAD:
	case OCI_SECCOMP_ACT_KILL_PROCESS:
	case OCI_SECCOMP_ACT_TRAP:
	case OCI_SECCOMP_ACT_ERRNO:
		return is_newer(evaluator, token, number) ? SECCOMP_RET_ERRNO | ENOSYS : otherwise;
	default:
		return otherwise;
	}
}

static uint32_t evaluate_part(const struct evaluator *evaluator, uint32_t token, const struct seccomp_data *call,
	const char *name, const char *part)
{
	const struct oci_seccomp *policy = evaluator->policy;
	bool perhaps = false;
	uint32_t mildest = 0;

	for (size_t i = 0; i < policy->syscalls.n; i++) {
		const struct oci_syscall *rule = &policy->syscalls.items[i];
		uint32_t action = action_of(rule->action, rule->errno_ret);
		bool whole = has_name(rule, name) && all_are_met(&rule->args, call, token, name);
		int known = has_name(rule, part) ? all_known_without_arguments(&rule->args, token, part) : 0;

		if (!whole && known == 0)
			continue;
		action = perhaps ? milder(mildest, action) : action;
		if (whole || known == 1)
			return action;
		perhaps = true;
		mildest = action;
	}
	return perhaps ? mildest : evaluate_rest(evaluator, token, (uint32_t)call->nr);
}

struct evaluator evaluator_of(const struct oci_seccomp *policy)
{
	struct evaluator evaluator = { .policy = policy };

	evaluator.n = architectures_of(policy, evaluator.tokens);
	for (size_t i = 0; i < evaluator.n; i++)
		evaluator.largest[i] = largest(policy, evaluator.tokens[i]);
	return evaluator;
}

uint32_t evaluate(const struct evaluator *evaluator, const struct seccomp_data *call)
{
	const struct oci_seccomp *policy = evaluator->policy;
	uint32_t number = (uint32_t)call->nr;
	uint32_t token = call->arch;
	const char *name;
	char *part;
	uint32_t answer;

	if (token == AUDIT_ARCH_X86_64 && number == UINT32_MAX &&
		(has_architecture(policy, token) || has_architecture(policy, SCMP_ARCH_X32)))
		return otherwise_of(policy);
	if (token == AUDIT_ARCH_X86_64 && number >= X32_BIT)
		token = SCMP_ARCH_X32;
	if (!has_architecture(policy, token))
		return SECCOMP_RET_KILL_THREAD;
	name = call_name(token, number);
	if (!name)
		return evaluate_rest(evaluator, token, number);
	part = part_of(token, name, call);
	if (part) {
		answer = evaluate_part(evaluator, token, call, name, part);
		free(part);
		return answer;
	}
	for (size_t i = 0; i < policy->syscalls.n; i++) {
		const struct oci_syscall *rule = &policy->syscalls.items[i];

		if (has_name(rule, name) && all_are_met(&rule->args, call, token, name))
			return action_of(rule->action, rule->errno_ret);
	}
	return evaluate_rest(evaluator, token, number);
}
