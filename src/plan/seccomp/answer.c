/* What a filter answers to a system call: classic BPF over struct seccomp_data, as the kernel runs it (seccomp(2)).
 * With it the plan asks about the calls that a process has to make under its own filter. Pure. */
#include "plan/seccomp/seccomp.h"

#include <linux/seccomp.h>
#include <string.h>

/* What a filter computes with. */
struct machine {
	uint32_t a;
	uint32_t x;
	uint32_t memory[BPF_MEMWORDS];
};

static uint32_t operand(const struct sock_filter *instruction, const struct machine *machine)
{
	return BPF_SRC(instruction->code) == BPF_X ? machine->x : instruction->k;
}

/* False for what the kernel would not have loaded. */
static bool load(const struct sock_filter *instruction, const struct seccomp_data *data, const struct machine *machine,
	uint32_t *ret)
{
	switch (BPF_MODE(instruction->code)) {
	case BPF_IMM:
		*ret = instruction->k;
		return true;
	case BPF_LEN:
		*ret = sizeof(*data);
		return true;
	case BPF_MEM:
		if (instruction->k >= BPF_MEMWORDS)
			return false;
		*ret = machine->memory[instruction->k];
		return true;
	case BPF_ABS:
		if (instruction->k > sizeof(*data) - sizeof(*ret))
			return false;
		memcpy(ret, (const char *)data + instruction->k, sizeof(*ret));
		return true;
	default:
		return false;
	}
}

static bool calculate(const struct sock_filter *instruction, struct machine *machine)
{
	const uint32_t value = operand(instruction, machine);
	uint32_t *a = &machine->a;

	switch (BPF_OP(instruction->code)) {
	case BPF_ADD:
		*a += value;
		return true;
	case BPF_SUB:
		*a -= value;
		return true;
	case BPF_MUL:
		*a *= value;
		return true;
	case BPF_DIV:
		*a = value ? *a / value : 0;
		return value;
	case BPF_AND:
		*a &= value;
		return true;
	case BPF_OR:
		*a |= value;
		return true;
	case BPF_XOR:
		*a ^= value;
		return true;
	case BPF_LSH:
		*a <<= value % 32; /* as the kernel has it for a register; a greater constant it refuses */
		return true;
	case BPF_RSH:
		*a >>= value % 32;
		return true;
	case BPF_NEG:
		*a = -*a;
		return true;
	default:
		return false;
	}
}

/* How many instructions to pass over. */
static size_t jump(const struct sock_filter *instruction, const struct machine *machine)
{
	const uint32_t value = operand(instruction, machine);
	bool result = false;

	switch (BPF_OP(instruction->code)) {
	case BPF_JA:
		return instruction->k;
	case BPF_JEQ:
		result = machine->a == value;
		break;
	case BPF_JGT:
		result = machine->a > value;
		break;
	case BPF_JGE:
		result = machine->a >= value;
		break;
	case BPF_JSET:
		result = machine->a & value;
		break;
	default:
		break;
	}
	return result ? instruction->jt : instruction->jf;
}

/* The instructions that change nothing but the machine. */
static bool step(const struct sock_filter *instruction, const struct seccomp_data *data, struct machine *machine)
{
	switch (BPF_CLASS(instruction->code)) {
	case BPF_LD:
		return load(instruction, data, machine, &machine->a);
	case BPF_LDX:
		return load(instruction, data, machine, &machine->x);
	case BPF_ST:
	case BPF_STX:
		if (instruction->k >= BPF_MEMWORDS)
			return false;
		machine->memory[instruction->k] = BPF_CLASS(instruction->code) == BPF_ST ? machine->a : machine->x;
		return true;
	case BPF_ALU:
		return calculate(instruction, machine);
	case BPF_MISC:
		if (BPF_MISCOP(instruction->code) == BPF_TAX)
			machine->x = machine->a;
		else
			machine->a = machine->x;
		return true;
	default:
		return false;
	}
}

uint32_t seccomp_answer(const struct sock_filter *instructions, size_t n, const struct seccomp_data *data,
	size_t *ret_executed)
{
	struct machine machine = { 0 };
	uint32_t answer = SECCOMP_RET_KILL_PROCESS;
	size_t executed = 0;

	for (size_t i = 0; i < n; i++) {
		const struct sock_filter *instruction = &instructions[i];

		executed++;
		if (BPF_CLASS(instruction->code) == BPF_RET) {
			answer = BPF_RVAL(instruction->code) == BPF_A ? machine.a : instruction->k;
			break;
		}
		if (BPF_CLASS(instruction->code) == BPF_JMP)
			i += jump(instruction, &machine);
		else if (!step(instruction, data, &machine))
			break;
	}
	if (ret_executed)
		*ret_executed = executed;
	return answer;
}
