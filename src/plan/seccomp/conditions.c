/* The comparisons of the specification as ranges of numbers. Pure. */
#include "plan/seccomp/parts.h"

#include <linux/audit.h>

enum { CONVENTION_N32 = 0x20000000 }; /* in the tokens of mips, linux/audit.h */

/* Arguments of x32 and n32 have 32 bits, as most of their calls take no more, and what a program puts above must not
 * lead around a rule. */
bool seccomp_is_wide(const struct seccomp_architecture *architecture)
{
	return architecture->token & __AUDIT_ARCH_64BIT && !(architecture->token & CONVENTION_N32);
}

/* A call with arguments of 32 bits never has a number above those. But a value that is a negative number in 64 bits
 * means the same negative number in 32: AT_FDCWD, for instance. */
static uint64_t value_of(uint64_t value, bool wide)
{
	return wide || value < 0xffffffff80000000 ? value : (uint32_t)value;
}

/* Cuts the range to the numbers from 0 to greatest. */
static enum seccomp_outcome fit(struct seccomp_condition *condition, uint64_t greatest)
{
	if (condition->first > greatest)
		return condition->outside ? SECCOMP_ALWAYS : SECCOMP_NEVER;
	if (condition->last > greatest)
		condition->last = greatest;
	if (condition->first == 0 && condition->last == greatest)
		return condition->outside ? SECCOMP_NEVER : SECCOMP_ALWAYS;
	return SECCOMP_DEPENDS;
}

enum seccomp_outcome seccomp_condition_make(const struct oci_syscall_arg *arg, bool wide, struct seccomp_condition *ret)
{
	const uint64_t all = wide ? UINT64_MAX : UINT32_MAX;
	const uint64_t value = value_of(arg->value, wide);

	*ret = (struct seccomp_condition){ .index = arg->index, .mask = all, .last = UINT64_MAX };
	switch (arg->op) {
	case OCI_SECCOMP_OP_UNSET:
	case OCI_SECCOMP_OP_EQ:
	case OCI_SECCOMP_OP_NE:
		ret->outside = arg->op == OCI_SECCOMP_OP_NE;
		ret->first = ret->last = value;
		break;
	case OCI_SECCOMP_OP_LT:
		if (value == 0)
			return SECCOMP_NEVER;
		ret->last = value - 1;
		break;
	case OCI_SECCOMP_OP_LE:
		ret->last = value;
		break;
	case OCI_SECCOMP_OP_GE:
		ret->first = value;
		break;
	case OCI_SECCOMP_OP_GT:
		if (value == UINT64_MAX)
			return SECCOMP_NEVER;
		ret->first = value + 1;
		break;
	case OCI_SECCOMP_OP_MASKED_EQ: /* value is the mask, valueTwo what is compared with, as far as the mask goes */
		ret->first = ret->last = value_of(arg->value_two, wide) & arg->value;
		ret->mask = arg->value & all;
		break;
	}
	return fit(ret, ret->mask);
}
