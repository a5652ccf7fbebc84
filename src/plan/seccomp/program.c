/* A program of classic BPF, written from its end to its beginning, as jumps lead forward only: when a jump is
 * written, what it leads to is there. A conditional jump reaches 255 instructions; what is farther away gets a jump
 * without condition, or one more return, right behind. Pure. */
#include "plan/seccomp/parts.h"

enum { REACH = 255 };

bool seccomp_target_same(struct seccomp_target a, struct seccomp_target b)
{
	return a.answers == b.answers && a.value == b.value;
}

struct seccomp_target seccomp_program_add(struct seccomp_program *program, uint16_t code, uint32_t k)
{
	if (program->n < BPF_MAXINSNS)
		program->reversed[program->n] = (struct sock_filter)BPF_STMT(code, k);
	program->n++;
	return (struct seccomp_target){ .value = (uint32_t)program->n };
}

/* How many instructions a jump that is put in front passes over, with some more in between. */
static size_t distance(const struct seccomp_program *program, struct seccomp_target place, size_t between)
{
	return program->n + between - place.value;
}

static struct seccomp_target place_of_return(struct seccomp_program *program, uint32_t action, size_t between)
{
	struct seccomp_target place;
	size_t slot;

	for (size_t i = 0; i < SECCOMP_RETURNS_KEPT && i < program->return_count; i++) {
		if (program->returned[i] == action && distance(program, program->returns[i], between) <= REACH)
			return program->returns[i];
	}
	place = seccomp_program_add(program, BPF_RET | BPF_K, action);
	slot = program->return_count++ % SECCOMP_RETURNS_KEPT;
	program->returns[slot] = place;
	program->returned[slot] = action;
	return place;
}

/* A place that leads to the target and can be reached when so many instructions come in between. */
static struct seccomp_target within_reach(struct seccomp_program *program, struct seccomp_target target, size_t between)
{
	if (target.answers)
		return place_of_return(program, target.value, between);
	if (distance(program, target, between) <= REACH)
		return target;
	return seccomp_program_add(program, BPF_JMP | BPF_JA, (uint32_t)distance(program, target, 0));
}

struct seccomp_target seccomp_program_branch(struct seccomp_program *program, uint16_t code, uint32_t k,
	struct seccomp_target yes, struct seccomp_target no)
{
	struct seccomp_target to_yes = within_reach(program, yes, 1); /* what the other one may need */
	struct seccomp_target to_no = within_reach(program, no, 0);

	if (program->n < BPF_MAXINSNS)
		program->reversed[program->n] = (struct sock_filter)BPF_JUMP(BPF_JMP | code | BPF_K, k,
			(uint8_t)distance(program, to_yes, 0), (uint8_t)distance(program, to_no, 0));
	program->n++;
	return (struct seccomp_target){ .value = (uint32_t)program->n };
}
