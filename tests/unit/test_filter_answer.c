/* What a filter answers, beside what the kernel does when the same filter is loaded. */
#include "plan/parts.h"

#include "base/syscall.h"
#include "tap.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENT = offsetof(struct seccomp_data, args), ALLOW = SECCOMP_RET_ALLOW, TOLD = 77 };

/* A filter that answers getpriority(2) with EPERM where the body, which leaves 0 or not in the accumulator, says so. */
static void check(const struct sock_filter *body, size_t n, const char *what)
{
	static const long values[] = { 0, 1, 2, 3, 31, 32, 33, 0x7fffffff, -1 };
	struct sock_filter instructions[32] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, ALLOW),
	};
	const struct sock_filter end[] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	struct plan_seccomp filter = { .instructions = instructions, .n = (unsigned short)(3 + n + 3) };
	int wrong = 0;

	memcpy(instructions + 3, body, n * sizeof(*body));
	memcpy(instructions + 3 + n, end, sizeof(end));
	/* The first argument is always PRIO_PROCESS, so that an allowed call succeeds. */
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct seccomp_data data = { .nr = SYS_getpriority, .arch = seccomp_native_architecture() };
		uint32_t answer;
		int kernel;

		data.args[2] = (uint64_t)values[i];
		answer = seccomp_answer(filter.instructions, filter.n, &data, NULL);
		if (fork() == 0) {
			/* The third argument is nothing to the call and all to the filter. */
			struct sock_fprog program = { .len = filter.n, .filter = filter.instructions };

			prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
			if (sys_seccomp(SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
				_exit(TOLD);
			_exit(sys_raw(SYS_getpriority, 0, 0, values[i], 0, 0) == -EPERM);
		}
		wait(&kernel);
		if (WEXITSTATUS(kernel) == TOLD)
			wrong++;
		wrong += (answer != ALLOW) != (WEXITSTATUS(kernel) == 1);
	}
	is_int(wrong, 0, what);
}

#define LOAD BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT + 2 * sizeof(uint64_t))

static void test_instructions(void)
{
	static const struct {
		uint16_t operation;
		const char *what;
	} operations[] = {
		{ BPF_ADD, "an addition" },
		{ BPF_SUB, "a subtraction" },
		{ BPF_MUL, "a multiplication" },
		{ BPF_DIV, "a division" },
		{ BPF_AND, "a conjunction" },
		{ BPF_OR, "a disjunction" },
		{ BPF_XOR, "an exclusive or" },
		{ BPF_LSH, "a shift to the left" },
		{ BPF_RSH, "a shift to the right" },
	};
	static const struct {
		uint16_t operation;
		const char *what;
	} jumps[] = {
		{ BPF_JEQ, "a jump if equal" },
		{ BPF_JGT, "a jump if greater" },
		{ BPF_JGE, "a jump if not less" },
		{ BPF_JSET, "a jump if a bit is set" },
	};

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		const uint16_t code = BPF_ALU | operations[i].operation;
		const struct sock_filter by_constant[] = { LOAD, BPF_STMT(code | BPF_K, 3),
			BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x80000006) };
		const struct sock_filter by_register[] = { LOAD, BPF_STMT(BPF_ST, 5),
			BPF_STMT(BPF_ALU | BPF_OR | BPF_K, 1), BPF_STMT(BPF_MISC | BPF_TAX, 0),
			BPF_STMT(BPF_LD | BPF_MEM, 5), BPF_STMT(code | BPF_X, 0),
			BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x80000006) };

		check(by_constant, sizeof(by_constant) / sizeof(by_constant[0]), operations[i].what);
		check(by_register, sizeof(by_register) / sizeof(by_register[0]), "the same by the other register");
	}
	for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		const struct sock_filter body[] = { LOAD, BPF_JUMP(BPF_JMP | jumps[i].operation | BPF_K, 32, 0, 1),
			BPF_STMT(BPF_LD | BPF_IMM, 0) };

		check(body, sizeof(body) / sizeof(body[0]), jumps[i].what);
	}
	check((const struct sock_filter[]){ LOAD, BPF_STMT(BPF_ALU | BPF_NEG, 0),
		      BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 31) },
		3, "a negation");
	check((const struct sock_filter[]){ BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		      BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 64) },
		2, "the length of what is looked at");
	check((const struct sock_filter[]){ BPF_STMT(BPF_LDX | BPF_IMM, 7), BPF_STMT(BPF_STX, 2),
		      BPF_STMT(BPF_LD | BPF_MEM, 2), BPF_STMT(BPF_MISC | BPF_TXA, 0),
		      BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 7) },
		5, "the other register, by way of the memory");
}

static void test_returned_register(void)
{
	struct sock_filter instructions[] = {
		BPF_STMT(BPF_LD | BPF_IMM, SECCOMP_RET_ERRNO | EACCES),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	const struct plan_seccomp filter = { .instructions = instructions, .n = 2 };
	const struct seccomp_data data = { 0 };

	is_int(seccomp_answer(filter.instructions, filter.n, &data, NULL), SECCOMP_RET_ERRNO | EACCES,
		"an answer may be calculated");
}

int main(void)
{
	test_instructions();
	test_returned_register();
	return done();
}
