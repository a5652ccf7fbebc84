/* Filters that come compiled: whether one may ask its agent about the call by which the agent gets there. */
#include "plan/parts.h"

#include "base/text.h"
#include "tap.h"

#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>

enum { MAX_INSTRUCTIONS = 8, NUMBER = offsetof(struct seccomp_data, nr), ARCH = offsetof(struct seccomp_data, arch) };

#define LOAD(offset)           BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define LOAD_ARGUMENT          LOAD(offsetof(struct seccomp_data, args))
#define COMPARE(op, k, jt, jf) BPF_JUMP(BPF_JMP | (op) | BPF_K, k, jt, jf)
#define ALLOW                  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define ASK                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)

static char *base64_of(const void *data, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = data;
	struct text text = { 0 };

	for (size_t i = 0; i < n; i += 3) {
		unsigned int three = (unsigned int)bytes[i] << 16;

		if (i + 1 < n)
			three |= (unsigned int)bytes[i + 1] << 8;
		if (i + 2 < n)
			three |= bytes[i + 2];
		text_add(&text, "%c%c", digits[three >> 18], digits[three >> 12 & 63]);
		text_add(&text, "%c%c", i + 1 < n ? digits[three >> 6 & 63] : '=',
			i + 2 < n ? digits[three & 63] : '=');
	}
	return text_take(&text);
}

/* The first problem of a filter that has an agent; "" when there is none. */
static void check(const struct sock_filter *filter, bool asks, bool refused, const char *what)
{
	static const char config[] = "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"}}";
	struct oci_document *document = oci_parse(&oci_config_type, "config.json", config, sizeof(config) - 1);
	const struct plan_agent agent = { .path = "/agent" };
	struct plan_seccomp plan = { 0 };
	struct error err;
	size_t n = MAX_INSTRUCTIONS;
	char *base64;

	while (filter[n - 1].code == 0)
		n--;
	base64 = base64_of(filter, n * sizeof(*filter));
	is_int(plan_seccomp_raw(document, base64, &agent, &plan, &err), 0, what);
	ok(plan.n == n && memcmp(plan.instructions, filter, n * sizeof(*filter)) == 0 && plan.notify == asks,
		"is taken as it is");
	is_str(oci_problem_count(document) ? oci_problem_at(document, 0)->text : NULL,
		refused ? "cannot ask an agent about sendmsg, since the runtime sends the listener by it" : NULL,
		refused ? "and refused" : "and is no problem");
	free(base64);
	oci_free(document);
}

static void test_refused(void)
{
	struct {
		const char *what;
		struct sock_filter filter[MAX_INSTRUCTIONS];
	} rows[] = {
		{ "a filter that asks about everything", { ASK } },
		{ "one that asks about sendmsg", { LOAD(NUMBER), COMPARE(BPF_JEQ, SYS_sendmsg, 0, 1), ASK, ALLOW } },
		{ "one that asks about all but read", { LOAD(NUMBER), COMPARE(BPF_JEQ, SYS_read, 0, 1), ALLOW, ASK } },
		{ "one that asks about a range of numbers",
			{ LOAD(NUMBER), COMPARE(BPF_JGT, SYS_sendmsg, 2, 0), COMPARE(BPF_JGE, SYS_sendmsg, 0, 1), ASK,
				ALLOW } },
		{ "one that asks about this machine's calls",
			{ LOAD(ARCH), COMPARE(BPF_JEQ, seccomp_native_architecture(), 0, 1), ASK, ALLOW } },
		{ "one that asks about sendmsg with some arguments",
			{ LOAD(NUMBER), COMPARE(BPF_JEQ, SYS_sendmsg, 0, 3), LOAD_ARGUMENT, COMPARE(BPF_JEQ, 5, 0, 1),
				ASK, ALLOW } },
		{ "one that goes by what it has computed",
			{ LOAD(NUMBER), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 1), COMPARE(BPF_JEQ, 7, 0, 1), ASK,
				ALLOW } },
		{ "one that compares with the other register",
			{ LOAD(NUMBER), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1), ASK, ALLOW } },
		{ "one that goes by what two ways brought",
			{ LOAD_ARGUMENT, COMPARE(BPF_JEQ, 1, 0, 1), LOAD(NUMBER), COMPARE(BPF_JEQ, 7, 0, 1), ASK,
				ALLOW } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(rows[i].filter, true, true, rows[i].what);
}

/* An answer that the accumulator gives. */
static void test_answers(void)
{
	struct sock_filter computed[MAX_INSTRUCTIONS] = { LOAD(NUMBER), COMPARE(BPF_JEQ, SYS_read, 0, 1), ASK,
		BPF_STMT(BPF_LD | BPF_IMM, SECCOMP_RET_USER_NOTIF | 1), BPF_STMT(BPF_RET | BPF_A, 0) };

	check(computed, true, true, "a filter whose answer is in the accumulator");
	computed[3] = (struct sock_filter)LOAD_ARGUMENT;
	check(computed, true, true, "one whose answer nobody knows");
	computed[3] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, SECCOMP_RET_ALLOW);
	check(computed, true, false, "one whose answer is to allow");
}

static void test_taken(void)
{
	struct {
		const char *what;
		bool asks;
		struct sock_filter filter[MAX_INSTRUCTIONS];
	} rows[] = {
		{ "a filter that asks nobody", false, { ALLOW } },
		{ "one that asks about all but sendmsg", true,
			{ LOAD(NUMBER), COMPARE(BPF_JEQ, SYS_sendmsg, 0, 1), ALLOW, ASK } },
		{ "one that asks about larger numbers", true,
			{ LOAD(NUMBER), COMPARE(BPF_JGT, SYS_sendmsg, 0, 1), ASK, ALLOW } },
		{ "one that asks about the calls of other machines", true,
			{ LOAD(ARCH), COMPARE(BPF_JEQ, seccomp_native_architecture(), 1, 0), ASK, ALLOW } },
		{ "one that jumps over its question", true, { BPF_STMT(BPF_JMP | BPF_JA, 1), ASK, ALLOW } },
		{ "one that looks at a bit which sendmsg has not", true,
			{ LOAD(NUMBER), COMPARE(BPF_JSET, 0x40000000, 0, 1), ASK, ALLOW } },
		{ "one that knows the number on two ways", true,
			{ LOAD_ARGUMENT, COMPARE(BPF_JEQ, 1, 0, 0), LOAD(NUMBER), BPF_STMT(BPF_ST, 0),
				COMPARE(BPF_JEQ, SYS_read, 0, 1), ASK, ALLOW } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(rows[i].filter, rows[i].asks, false, rows[i].what);
}

int main(void)
{
	test_refused();
	test_answers();
	test_taken();
	return done();
}
