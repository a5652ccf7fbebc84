/* A filter instruction by instruction, readable: what is loaded, where jumps lead, and in comments the architectures
 * and calls that numbers stand for. */
#include "explain/parts.h"

#include "base/cleanup.h"

#include "ocispec/enums.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_COLUMN = 48, X32_BIT = 0x40000000, MACHINE_IS_LITTLE = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ };

/* What is in the accumulator. */
enum content { SOMETHING, ARCHITECTURE, NUMBER };

/* What is known in front of an instruction, whichever way leads there. */
struct knowledge {
	bool reached;
	uint32_t audit; /* the architecture of the call; 0: any */
	enum content content;
};

/* Jumps lead forward only: each instruction is reached before it is looked at. */
static void flow(struct knowledge *at, size_t n, size_t to, const struct knowledge *from)
{
	if (to >= n)
		return;
	if (!at[to].reached) {
		at[to] = *from;
		return;
	}
	if (at[to].audit != from->audit)
		at[to].audit = 0;
	if (at[to].content != from->content)
		at[to].content = SOMETHING;
}

static void flow_of_jump(const struct sock_filter *instruction, struct knowledge *at, size_t i, size_t n)
{
	struct knowledge after = at[i];

	if (BPF_OP(instruction->code) == BPF_JA) {
		flow(at, n, i + 1 + instruction->k, &after);
		return;
	}
	if (after.content == ARCHITECTURE && BPF_OP(instruction->code) == BPF_JEQ &&
		BPF_SRC(instruction->code) == BPF_K)
		after.audit = instruction->k;
	flow(at, n, i + 1 + instruction->jt, &after);
	flow(at, n, i + 1 + instruction->jf, &at[i]);
}

static void learn(const struct sock_filter *instruction, struct knowledge *at, size_t i, size_t n)
{
	struct knowledge after = at[i];

	switch (BPF_CLASS(instruction->code)) {
	case BPF_RET:
		return;
	case BPF_JMP:
		flow_of_jump(instruction, at, i, n);
		return;
	case BPF_LD:
		after.content = SOMETHING;
		if (BPF_MODE(instruction->code) == BPF_ABS && instruction->k == offsetof(struct seccomp_data, nr))
			after.content = NUMBER;
		if (BPF_MODE(instruction->code) == BPF_ABS && instruction->k == offsetof(struct seccomp_data, arch))
			after.content = ARCHITECTURE;
		break;
	case BPF_ALU:
	case BPF_MISC:
		after.content = SOMETHING;
		break;
	default: /* the accumulator stays */
		break;
	}
	flow(at, n, i + 1, &after);
}

/* ---- the text of an instruction ---- */

static void add_data(struct text *text, uint32_t offset)
{
	const uint32_t args = offsetof(struct seccomp_data, args);
	const uint32_t pointer = offsetof(struct seccomp_data, instruction_pointer);
	bool low = (offset / sizeof(uint32_t)) % 2 == (MACHINE_IS_LITTLE ? 0 : 1);

	if (offset == offsetof(struct seccomp_data, nr))
		text_add(text, "number");
	else if (offset == offsetof(struct seccomp_data, arch))
		text_add(text, "architecture");
	else if (offset % sizeof(uint32_t) != 0)
		text_add(text, "data[%u]", offset);
	else if (offset < args)
		text_add(text, "instruction_pointer, %s half", (offset - pointer) < 8 && low ? "lower" : "upper");
	else
		text_add(text, "args[%u], %s half", (offset - args) / 8, low ? "lower" : "upper");
}

static void add_load(struct text *text, const struct sock_filter *instruction)
{
	text_add(text, BPF_CLASS(instruction->code) == BPF_LDX ? "X = " : "A = ");
	switch (BPF_MODE(instruction->code)) {
	case BPF_ABS:
		add_data(text, instruction->k);
		break;
	case BPF_MEM:
		text_add(text, "M[%u]", instruction->k);
		break;
	case BPF_LEN:
		text_add(text, "%zu", sizeof(struct seccomp_data));
		break;
	default:
		explain_add_number(text, instruction->k);
		break;
	}
}

static const char *const calculations[] = {
	[BPF_ADD >> 4] = "+=",
	[BPF_SUB >> 4] = "-=",
	[BPF_MUL >> 4] = "*=",
	[BPF_DIV >> 4] = "/=",
	[BPF_OR >> 4] = "|=",
	[BPF_AND >> 4] = "&=",
	[BPF_LSH >> 4] = "<<=",
	[BPF_RSH >> 4] = ">>=",
	[BPF_XOR >> 4] = "^=",
};

static const char *const comparisons[] = {
	[BPF_JEQ >> 4] = "==",
	[BPF_JGT >> 4] = ">",
	[BPF_JGE >> 4] = ">=",
	[BPF_JSET >> 4] = "&",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void add_operand(struct text *text, const struct sock_filter *instruction)
{
	if (BPF_SRC(instruction->code) == BPF_X)
		text_add(text, "X");
	else
		explain_add_number(text, instruction->k);
}

static void add_calculation(struct text *text, const struct sock_filter *instruction)
{
	size_t operation = BPF_OP(instruction->code) >> 4;

	if (BPF_OP(instruction->code) == BPF_NEG) {
		text_add(text, "A = -A");
		return;
	}
	text_add(text, "A %s ",
		operation < COUNT(calculations) && calculations[operation] ? calculations[operation] : "?=");
	add_operand(text, instruction);
}

static void add_jump(struct text *text, const struct sock_filter *instruction, size_t i)
{
	size_t operation = BPF_OP(instruction->code) >> 4;

	if (BPF_OP(instruction->code) == BPF_JA) {
		text_add(text, "goto %zu", i + 1 + instruction->k);
		return;
	}
	text_add(text, "if A %s ",
		operation < COUNT(comparisons) && comparisons[operation] ? comparisons[operation] : "?");
	add_operand(text, instruction);
	text_add(text, " goto %zu, else %zu", i + 1 + instruction->jt, i + 1 + instruction->jf);
}

static void add_instruction(struct text *text, const struct sock_filter *instruction, size_t i)
{
	switch (BPF_CLASS(instruction->code)) {
	case BPF_LD:
	case BPF_LDX:
		add_load(text, instruction);
		break;
	case BPF_ST:
	case BPF_STX:
		text_add(text, "M[%u] = %s", instruction->k, BPF_CLASS(instruction->code) == BPF_ST ? "A" : "X");
		break;
	case BPF_ALU:
		add_calculation(text, instruction);
		break;
	case BPF_JMP:
		add_jump(text, instruction, i);
		break;
	case BPF_MISC:
		text_add(text, BPF_MISCOP(instruction->code) == BPF_TAX ? "X = A" : "A = X");
		break;
	default:
		text_add(text, "return ");
		if (BPF_RVAL(instruction->code) == BPF_A)
			text_add(text, "A");
		else
			explain_add_action(text, instruction->k);
		break;
	}
}

/* ---- comments ---- */

/* The architecture of a number, for the kernel: x32 by its bit. UNSET for one that libseccomp does not know. */
static int arch_of(uint32_t audit, uint32_t number)
{
	if (audit == AUDIT_ARCH_X86_64 && number >= X32_BIT && number != UINT32_MAX)
		return OCI_SECCOMP_ARCH_X32;
	for (const struct oci_enum *arch = oci_seccomp_arch_names; arch->name; arch++) {
		if (seccomp_architecture_audit(arch->value) == audit && arch->value != OCI_SECCOMP_ARCH_X32)
			return arch->value;
	}
	return OCI_SECCOMP_ARCH_UNSET;
}

static void add_call(struct text *text, uint32_t audit, uint32_t number, unsigned int operation)
{
	int arch = arch_of(audit, number);
	cleanup_free char *name = arch ? seccomp_call_of_number(arch, number) : NULL;

	if (!name)
		return;
	text_add(text, operation == BPF_JGE ? "from %s on" : operation == BPF_JGT ? "above %s" : "%s", name);
	if (arch == OCI_SECCOMP_ARCH_X32)
		text_add(text, " of x32");
}

static void add_comment(struct text *text, const struct sock_filter *instruction, const struct knowledge *at)
{
	unsigned int operation = BPF_OP(instruction->code);

	if (BPF_CLASS(instruction->code) != BPF_JMP || operation == BPF_JA || BPF_SRC(instruction->code) == BPF_X)
		return;
	if (at->content == ARCHITECTURE && arch_of(instruction->k, 0))
		explain_add_arch(text, arch_of(instruction->k, 0));
	if (at->content == NUMBER && at->audit)
		add_call(text, at->audit, instruction->k, operation);
}

/* ---- the whole ---- */

static void add_line(struct text *out, size_t i, const struct explained_instruction *line)
{
	if (*line->comment)
		text_add(out, "%4zu  %-*s  # %s\n", i, TEXT_COLUMN, line->text, line->comment);
	else
		text_add(out, "%4zu  %s\n", i, line->text);
}

struct lines {
	size_t n;
	struct explained_instruction *items;
	struct knowledge *at;
};

static void free_lines(struct lines *lines)
{
	for (size_t i = 0; i < lines->n; i++) {
		free((char *)(uintptr_t)lines->items[i].text);
		free((char *)(uintptr_t)lines->items[i].comment);
	}
	free(lines->items);
	free(lines->at);
}

#define cleanup_lines __attribute__((cleanup(free_lines)))

/* NULL when memory ran out. */
static char *text_of(void (*add)(struct text *text, const struct sock_filter *instruction, const void *more),
	const struct sock_filter *instruction, const void *more)
{
	struct text text = { 0 };

	add(&text, instruction, more);
	return text_take(&text);
}

static void write_instruction(struct text *text, const struct sock_filter *instruction, const void *more)
{
	add_instruction(text, instruction, *(const size_t *)more);
}

static void write_comment(struct text *text, const struct sock_filter *instruction, const void *more)
{
	add_comment(text, instruction, more);
}

static int make_lines(const struct plan_seccomp *filter, struct lines *lines)
{
	lines->items = calloc(filter->n, sizeof(*lines->items));
	lines->at = calloc(filter->n, sizeof(*lines->at));
	if (!lines->items || !lines->at)
		return -1;
	lines->at[0].reached = true;
	for (size_t i = 0; i < filter->n; i++) {
		const struct sock_filter *instruction = &filter->instructions[i];

		learn(instruction, lines->at, i, filter->n);
		lines->items[lines->n++] = (struct explained_instruction){
			.is = *instruction,
			.text = text_of(write_instruction, instruction, &i),
			.comment = text_of(write_comment, instruction, &lines->at[i]),
		};
		if (!lines->items[i].text || !lines->items[i].comment)
			return -1;
	}
	return 0;
}

int explain_program(const struct plan_seccomp *filter, bool json, struct text *out, struct error *err)
{
	cleanup_lines struct lines lines = { 0 };

	if (make_lines(filter, &lines) < 0)
		return error_set(err, ENOMEM, "cannot explain the filter");
	if (json)
		return explain_add_json_of_program(out, lines.items, lines.n, err);
	for (size_t i = 0; i < lines.n; i++)
		add_line(out, i, &lines.items[i]);
	return text_done(out, err);
}
