/* The comparisons of the specification as ranges of numbers. Pure. */
#include "plan/seccomp/parts.h"

/* An argument of 32 bits never has a number above those. But a value that is a negative number in 64 bits means the
 * same negative number in 32: AT_FDCWD, for instance. */
static uint64_t value_of(uint64_t value, uint64_t bits)
{
	return value < 0xffffffff80000000 ? value : value & bits;
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

enum seccomp_outcome seccomp_condition_make(const struct oci_syscall_arg *arg, uint64_t bits,
	struct seccomp_condition *ret)
{
	const uint64_t value = value_of(arg->value, bits);

	*ret = (struct seccomp_condition){ .index = arg->index, .mask = bits, .last = UINT64_MAX };
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
		ret->first = ret->last = value_of(arg->value_two, bits) & arg->value;
		ret->mask = arg->value & bits;
		break;
	}
	return fit(ret, ret->mask);
}
