/* A seccomp filter that somebody compiled already: BPF in base64, as the annotation run.oci.seccomp_bpf_data brings it.
 * It takes the place of linux.seccomp's rules. What the kernel would refuse for its shape is refused here; the rest it
 * says itself. Pure. */
#include "plan/parts.h"

#include "base/base64.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

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

static bool check_shape(struct oci_document *document, const struct sock_filter *instructions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (longest_jump(&instructions[i]) + 1 >= (int64_t)(n - i)) {
			oci_problem_add(document, place, "instruction %zu jumps out of the filter", i);
			return false;
		}
	}
	if (returns(&instructions[n - 1]))
		return true;
	oci_problem_add(document, place, "the last instruction does not return");
	return false;
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

/* ---- what a filter may say to sendmsg ---- */

/* What the accumulator is in front of an instruction, over all ways that sendmsg can take there. */
struct knowledge {
	bool reached;
	bool known; /* the same on each way */
	uint32_t value;
};

static void flow(struct knowledge *to, const struct knowledge *from)
{
	if (!to->reached)
		*to = (struct knowledge){ .reached = true, .known = from->known, .value = from->value };
	else if (!from->known || from->value != to->value)
		to->known = false;
}

static struct knowledge load(const struct sock_filter *instruction)
{
	struct knowledge a = { .reached = true };

	if (instruction->code == (BPF_LD | BPF_IMM)) {
		a.known = true;
		a.value = instruction->k;
	} else if (instruction->code == (BPF_LD | BPF_W | BPF_ABS)) {
		a.known = true;
		if (instruction->k == offsetof(struct seccomp_data, nr))
			a.value = SYS_sendmsg;
		else if (instruction->k == offsetof(struct seccomp_data, arch))
			a.value = seccomp_native_architecture();
		else
			a.known = false; /* an argument */
	}
	return a;
}

/* Both ways of a jump whose outcome is not known. */
static void jump(const struct sock_filter *instruction, struct knowledge *at)
{
	bool compares = BPF_SRC(instruction->code) == BPF_K && at->known;
	bool result = false;

	switch (BPF_OP(instruction->code)) {
	case BPF_JA:
		flow(at + 1 + instruction->k, at);
		return;
	case BPF_JEQ:
		result = at->value == instruction->k;
		break;
	case BPF_JGT:
		result = at->value > instruction->k;
		break;
	case BPF_JGE:
		result = at->value >= instruction->k;
		break;
	case BPF_JSET:
		result = at->value & instruction->k;
		break;
	default:
		compares = false;
	}
	if (result || !compares)
		flow(at + 1 + instruction->jt, at);
	if (!result || !compares)
		flow(at + 1 + instruction->jf, at);
}

/* Whether the answer may be that the agent decides. */
static bool may_ask(const struct sock_filter *instruction, const struct knowledge *at)
{
	bool constant = BPF_RVAL(instruction->code) == BPF_K;
	uint32_t answer = constant ? instruction->k : at->value;

	return (!constant && !at->known) || (answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF;
}

/* Init itself hands the listener to the host by sendmsg: an agent that it is not with yet could never answer. Jumps
 * only lead forward, so one pass sees every way. What depends on anything but the number and the architecture counts as
 * possible. The shape of the filter is right, and at, one for each instruction, is zero. */
static bool may_ask_about_sendmsg(const struct sock_filter *instructions, size_t n, struct knowledge *at)
{
	at[0].reached = true;
	for (size_t i = 0; i < n; i++) {
		const struct sock_filter *instruction = &instructions[i];
		struct knowledge after = at[i];

		if (!at[i].reached)
			continue;
		switch (BPF_CLASS(instruction->code)) {
		case BPF_RET:
			if (may_ask(instruction, &at[i]))
				return true;
			continue;
		case BPF_JMP:
			jump(instruction, &at[i]);
			continue;
		case BPF_LD:
			after = load(instruction);
			break;
		case BPF_ALU:
		case BPF_MISC:
			after.known = false;
			break;
		default: /* leaves the accumulator alone */
			break;
		}
		flow(&at[i + 1], &after);
	}
	return false;
}

/* What an agent needs to come into play. */
static int check_agent(struct oci_document *document, const struct plan_seccomp *seccomp, struct error *err)
{
	struct knowledge *at = oci_alloc(document, seccomp->n * sizeof(*at));

	if (!at)
		return error_set(err, ENOMEM, "cannot make a plan");
	if (!seccomp->listener_path)
		oci_problem_add(document, place, "asks an agent, and needs the annotation run.oci.seccomp.receiver");
	if (may_ask_about_sendmsg(seccomp->instructions, seccomp->n, at))
		oci_problem_add(document, place,
			"cannot ask an agent about sendmsg, since the runtime sends the listener by it");
	return 0;
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
	if (!check_shape(document, instructions, n))
		return 0;
	*ret = (struct plan_seccomp){
		.instructions = instructions,
		.n = (unsigned short)n,
		.notify = asks_an_agent(instructions, n),
	};
	if (!ret->notify)
		return 0;
	ret->listener_path = agent->path;
	ret->listener_metadata = agent->metadata;
	return check_agent(document, ret, err);
}
