/* From a policy to a filter: the steps of the compiler in their order. Pure. */
#include "plan/seccomp/parts.h"

#include <errno.h>
#include <linux/seccomp.h>

/* The search for a system call of one architecture, by its number. */
static int write_space(struct seccomp_program *program, struct oci_document *document,
	const struct seccomp_space *space, const struct seccomp_target *targets, struct seccomp_target *ret)
{
	struct seccomp_range *ranges = oci_alloc(document, space->n * sizeof(*ranges));

	if (!ranges)
		return -1;
	for (size_t i = 0; i < space->n; i++)
		ranges[i] = (struct seccomp_range){
			.first = space->pieces[i].first,
			.to = targets[space->pieces[i].decision],
		};
	*ret = seccomp_search(program, offsetof(struct seccomp_data, nr), UINT32_MAX, ranges, space->n);
	return 0;
}

/* Everything, from the end to the beginning: the machine's own architecture, which is first, comes to stand in
 * front. */
static int write_program(struct seccomp_program *program, struct oci_document *document,
	const struct seccomp_table *table)
{
	struct seccomp_target starts[SECCOMP_ARCHITECTURES];
	struct seccomp_target *targets = oci_alloc(document, table->decision_count * sizeof(*targets));
	struct seccomp_target next = seccomp_answer_of(SECCOMP_RET_KILL_THREAD);
	bool failed = !targets;

	for (size_t i = 0; i < table->decision_count && !failed; i++)
		targets[i] = seccomp_branch_all(program, document, &table->decisions[i], &failed);
	for (size_t i = table->n; i-- > 0 && !failed;)
		failed = write_space(program, document, &table->spaces[i], targets, &starts[i]) < 0;
	if (failed)
		return -1;
	for (size_t i = table->n; i-- > 0;)
		next = seccomp_program_branch(program, BPF_JEQ, table->spaces[i].audit, starts[i], next);
	seccomp_program_add(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	return 0;
}

static bool asks_agent(const struct sock_filter *instruction)
{
	return BPF_CLASS(instruction->code) == BPF_RET &&
		(instruction->k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF;
}

static int copy_program(struct oci_document *document, const struct seccomp_program *program,
	struct seccomp_filter *ret)
{
	struct seccomp_filter filter = {
		.instructions = oci_alloc(document, program->n * sizeof(*filter.instructions)),
		.n = program->n,
	};

	if (!filter.instructions)
		return -1;
	for (size_t i = 0; i < program->n; i++) {
		filter.instructions[i] = program->reversed[program->n - 1 - i];
		filter.notify = filter.notify || asks_agent(&filter.instructions[i]);
	}
	*ret = filter;
	return 0;
}

int seccomp_compile(struct oci_document *document, const struct oci_seccomp *config, bool strict,
	struct seccomp_filter *ret, struct error *err)
{
	struct seccomp_program *program = oci_alloc(document, sizeof(*program));
	struct seccomp_policy policy;
	struct seccomp_table table;

	if (!program)
		return error_set(err, ENOMEM, "cannot compile linux.seccomp");
	if (seccomp_policy_read(document, config, strict, &policy, err) < 0)
		return -1;
	if (oci_problem_count(document) > 0)
		return 0;
	if (seccomp_decide(&policy, &table, err) < 0)
		return -1;
	if (write_program(program, document, &table) < 0)
		return error_set(err, ENOMEM, "cannot compile linux.seccomp");
	if (program->n > BPF_MAXINSNS) {
		oci_problem_add(document, "linux.seccomp",
			"makes a filter of %zu instructions, and the kernel takes at most %d", program->n,
			BPF_MAXINSNS);
		return 0;
	}
	if (copy_program(document, program, ret) < 0)
		return error_set(err, ENOMEM, "cannot compile linux.seccomp");
	return 0;
}
