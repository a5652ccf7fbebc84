/* The words for what a filter does. */
#include "explain/parts.h"

#include "base/table.h"
#include "base/text.h"

#include "ocispec/enums.h"

#include <ctype.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <string.h>

enum { LINE_WIDTH = 80, SMALL = 4096, X32_BIT = 0x40000000 };

static const struct table_row actions[] = {
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO },
	{ "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG },
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
	{ NULL, 0 },
};

const char *explain_action_name(uint32_t action)
{
	return table_name(actions, action & SECCOMP_RET_ACTION_FULL);
}

void explain_add_arch(struct text *text, int arch)
{
	for (const char *c = oci_enum_name(oci_seccomp_arch_names, arch) + strlen("SCMP_ARCH_"); *c; c++)
		text_add(text, "%c", tolower((unsigned char)*c));
}

bool explain_has_number(uint32_t action)
{
	action &= SECCOMP_RET_ACTION_FULL;
	return action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE;
}

void explain_add_action(struct text *text, uint32_t action)
{
	const char *name = explain_action_name(action);
	uint32_t number = action & SECCOMP_RET_DATA;

	if (!name) {
		text_add(text, "0x%" PRIx32 ", which ends the process", action);
		return;
	}
	text_add(text, "%s", name);
	if (!explain_has_number(action))
		return;
	if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO && strerrorname_np((int)number))
		text_add(text, " %s", strerrorname_np((int)number));
	else
		text_add(text, " %" PRIu32, number);
}

void explain_add_number(struct text *text, uint64_t number)
{
	text_add(text, number < SMALL ? "%" PRIu64 : "0x%" PRIx64, number);
}

void explain_add_call_number(struct text *text, uint32_t number)
{
	text_add(text, number < X32_BIT ? "%" PRIu32 : "0x%" PRIx32, number);
}

static void add_condition(struct text *text, const struct oci_syscall_arg *arg)
{
	static const char *const operators[] = {
		[OCI_SECCOMP_OP_UNSET] = "==",
		[OCI_SECCOMP_OP_NE] = "!=",
		[OCI_SECCOMP_OP_LT] = "<",
		[OCI_SECCOMP_OP_LE] = "<=",
		[OCI_SECCOMP_OP_EQ] = "==",
		[OCI_SECCOMP_OP_GE] = ">=",
		[OCI_SECCOMP_OP_GT] = ">",
		[OCI_SECCOMP_OP_MASKED_EQ] = "==",
	};
	bool masked = arg->op == OCI_SECCOMP_OP_MASKED_EQ;

	text_add(text, "args[%u]", arg->index);
	if (masked) {
		text_add(text, " & ");
		explain_add_number(text, arg->value);
	}
	text_add(text, " %s ", operators[arg->op]);
	explain_add_number(text, masked ? arg->value_two & arg->value : arg->value);
}

void explain_add_conditions(struct text *text, const struct oci_syscall_args *conditions)
{
	for (size_t i = 0; i < conditions->n; i++) {
		if (i > 0)
			text_add(text, " and ");
		add_condition(text, &conditions->items[i]);
	}
}

void explain_add_words(struct text *text, const struct oci_strings *words, size_t indent)
{
	cleanup_text struct text word = { 0 };
	size_t column = LINE_WIDTH;

	for (size_t i = 0; i < words->n; i++) {
		word.n = 0;
		text_add_bytes(&word, "", 0);
		text_add_printable(&word, words->items[i]);
		if (word.failed)
			break;
		if (column + 1 + word.n > LINE_WIDTH) {
			text_add(text, "%s%*s%s", i > 0 ? "\n" : "", (int)indent, "", word.s);
			column = indent + word.n;
			continue;
		}
		text_add(text, " %s", word.s);
		column += 1 + word.n;
	}
	text->failed = text->failed || word.failed;
	text_add(text, "\n");
}
