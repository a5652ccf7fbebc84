/* A seccomp filter that somebody compiled already: BPF in base64, as the annotation run.oci.seccomp_bpf_data brings it. It takes
 * the place of linux.seccomp's rules. What the kernel would refuse for its shape is refused here; the rest it says itself. Pure. */
#include "plan/plan.h"

#include "base/base64.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

static const char place[] = "annotations[\"run.oci.seccomp_bpf_data\"]";

/* How many instructions a jump passes over, the longer one of two; -1 for what is no jump. */
static int64_t longest_jump(const struct sock_filter *instruction)
{
	if (BPF_CLASS(instruction->code) != BPF_JMP)
		return -1;
	if (BPF_OP(instruction->code) == BPF_JA)
		return instruction->k;
	return instruction->jt > instruction->jf ? instruction->jt : instruction->jf;
}

static bool returns(const struct sock_filter *instruction)
{
	return BPF_CLASS(instruction->code) == BPF_RET;
}

static void check_shape(struct oci_document *document, const struct sock_filter *instructions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (longest_jump(&instructions[i]) + 1 >= (int64_t)(n - i)) {
			oci_problem_add(document, place, "instruction %zu jumps out of the filter", i);
			return;
		}
	}
	if (!returns(&instructions[n - 1]))
		oci_problem_add(document, place, "the last instruction does not return");
}

static bool asks_an_agent(const struct sock_filter *instructions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (returns(&instructions[i]) && BPF_RVAL(instructions[i].code) == BPF_K &&
			(instructions[i].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF)
			return true;
	}
	return false;
}

int plan_seccomp_raw(struct oci_document *document, const char *base64, const struct plan_agent *agent,
	struct plan_seccomp *ret, struct error *err)
{
	size_t room = strlen(base64) / 4 * 3 + 1;
	struct sock_filter *instructions = oci_alloc(document, room + sizeof(*instructions));
	ssize_t length = instructions ? base64_decode(base64, (unsigned char *)instructions, room) : -1;
	size_t n = length < 0 ? 0 : (size_t)length / sizeof(*instructions);

	if (!instructions)
		return error_set(err, ENOMEM, "cannot make a plan");
	if (length < 0) {
		oci_problem_add(document, place, "expected base64");
		return 0;
	}
	if (n == 0 || n > BPF_MAXINSNS || (size_t)length % sizeof(*instructions) != 0) {
		oci_problem_add(document, place, "expected 1 to %d instructions of %zu bytes, found %zd bytes",
			BPF_MAXINSNS, sizeof(*instructions), length);
		return 0;
	}
	check_shape(document, instructions, n);
	*ret = (struct plan_seccomp){
		.instructions = instructions,
		.n = (unsigned short)n,
		.notify = asks_an_agent(instructions, n),
	};
	if (!ret->notify)
		return 0;
	if (!agent->path)
		oci_problem_add(document, place, "asks an agent, and needs the annotation run.oci.seccomp.receiver");
	ret->listener_path = agent->path;
	ret->listener_metadata = agent->metadata;
	return 0;
}
