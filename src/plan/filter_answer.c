/* What a compiled filter answers to one system call: classic BPF over struct seccomp_data, as the kernel runs it
 * (seccomp(2)). With it the plan asks about the calls that a process has to make under its own filter. Pure. */
#include "plan/parts.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

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

uint32_t plan_filter_answer(const struct plan_seccomp *filter, const struct seccomp_data *data)
{
	struct machine machine = { 0 };

	for (size_t i = 0; i < filter->n; i++) {
		const struct sock_filter *instruction = &filter->instructions[i];

		switch (BPF_CLASS(instruction->code)) {
		case BPF_RET:
			return BPF_RVAL(instruction->code) == BPF_A ? machine.a : instruction->k;
		case BPF_JMP:
			i += jump(instruction, &machine);
			break;
		default:
			if (!step(instruction, data, &machine))
				return SECCOMP_RET_KILL_PROCESS;
		}
	}
	return SECCOMP_RET_KILL_PROCESS;
}

static bool lets_pass(uint32_t answer)
{
	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_USER_NOTIF:
		return true;
	default:
		return false;
	}
}

static bool has_limit_of_processes(const struct plan_process *process)
{
	for (size_t i = 0; i < process->rlimit_count; i++) {
		if (process->rlimits[i].resource == RLIMIT_NPROC)
			return true;
	}
	return false;
}

void plan_filter_check_birth(struct oci_document *document, const struct plan *plan)
{
	const struct {
		const char *name;
		struct seccomp_data data;
		bool needed;
	} calls[] = {
		{ "clone", { .nr = SYS_clone, .args = { CLONE_PARENT } }, true },
		{ "recvmsg", { .nr = SYS_recvmsg }, true },
		{ "setsid", { .nr = SYS_setsid }, true },
		{ "ioctl(TIOCSCTTY)", { .nr = SYS_ioctl, .args = { 0, TIOCSCTTY } }, plan->process.terminal },
		{ "prlimit64", { .nr = SYS_prlimit64 }, has_limit_of_processes(&plan->process) },
		{ "getpid", { .nr = SYS_getpid }, plan->listen_fds > 0 },
	};

	if (plan->birth != PLAN_BIRTH_BUILDER || !plan_filters_early(plan))
		return;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct seccomp_data data = calls[i].data;

		data.arch = plan_seccomp_native();
		if (calls[i].needed && !lets_pass(plan_filter_answer(&plan->seccomp, &data)))
			oci_problem_add(document, "linux.seccomp",
				"expected process.noNewPrivileges, or a policy that allows %s to join the pid namespace",
				calls[i].name);
	}
}
