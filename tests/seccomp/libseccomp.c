/* The same policy compiled by libseccomp, as runc and crun use it. */
#include "reference.h"

#include "base/cleanup.h"

#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { OPTIMIZE_TREE = 2, WINDOW_SIZE = 6, ARGS = 6, X32_BIT = 0x40000000 };

static void release_filter(scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}

#define cleanup_filter __attribute__((cleanup(release_filter)))

static uint32_t action_of(enum oci_seccomp_action action, struct oci_opt_u32 errno_ret)
{
	uint32_t number = errno_ret.set ? errno_ret.v : EPERM;

	switch (action) {
	case OCI_SECCOMP_ACT_KILL_PROCESS:
		return SCMP_ACT_KILL_PROCESS;
	case OCI_SECCOMP_ACT_TRAP:
		return SCMP_ACT_TRAP;
	case OCI_SECCOMP_ACT_ERRNO:
		return SCMP_ACT_ERRNO(number);
	case OCI_SECCOMP_ACT_TRACE:
		return SCMP_ACT_TRACE(number);
	case OCI_SECCOMP_ACT_ALLOW:
		return SCMP_ACT_ALLOW;
	case OCI_SECCOMP_ACT_LOG:
		return SCMP_ACT_LOG;
	case OCI_SECCOMP_ACT_NOTIFY:
		return SCMP_ACT_NOTIFY;
	default:
		return SCMP_ACT_KILL_THREAD;
	}
}

static struct scmp_arg_cmp comparison_of(const struct oci_syscall_arg *arg)
{
	static const enum scmp_compare operators[] = {
		[OCI_SECCOMP_OP_NE] = SCMP_CMP_NE,
		[OCI_SECCOMP_OP_LT] = SCMP_CMP_LT,
		[OCI_SECCOMP_OP_LE] = SCMP_CMP_LE,
		[OCI_SECCOMP_OP_EQ] = SCMP_CMP_EQ,
		[OCI_SECCOMP_OP_GE] = SCMP_CMP_GE,
		[OCI_SECCOMP_OP_GT] = SCMP_CMP_GT,
		[OCI_SECCOMP_OP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
	};

	return (struct scmp_arg_cmp){
		.arg = arg->index,
		.op = operators[arg->op],
		.datum_a = arg->value,
		.datum_b = arg->value_two,
	};
}

static int add_rule(scmp_filter_ctx filter, uint32_t action, int number, const struct oci_syscall_args *args)
{
	struct scmp_arg_cmp conditions[ARGS];
	unsigned int seen = 0;
	bool any = false;
	int result = 0;

	for (size_t i = 0; i < args->n; i++) {
		any = any || (seen & 1U << args->items[i].index);
		seen |= 1U << args->items[i].index;
	}
	for (size_t i = 0; i < args->n; i++) {
		struct scmp_arg_cmp condition = comparison_of(&args->items[i]);

		if (!any)
			conditions[i] = condition;
		else if (result == 0)
			result = seccomp_rule_add_array(filter, action, number, 1, &condition);
	}
	return any ? result : seccomp_rule_add_array(filter, action, number, (unsigned int)args->n, conditions);
}

static int add_rules(scmp_filter_ctx filter, const struct oci_seccomp *policy)
{
	uint32_t otherwise = action_of(policy->default_action, policy->default_errno_ret);

	for (size_t i = 0; i < policy->syscalls.n; i++) {
		const struct oci_syscall *rule = &policy->syscalls.items[i];
		uint32_t action = action_of(rule->action, rule->errno_ret);

		for (size_t j = 0; j < rule->names.n && action != otherwise; j++) {
			int number = seccomp_syscall_resolve_name(rule->names.items[j]);
			int result = number == __NR_SCMP_ERROR ? 0 : add_rule(filter, action, number, &rule->args);

			if (result < 0)
				return result;
		}
	}
	return 0;
}

/* ENOSYS for newer calls, in front of libseccomp's program. */
static size_t write_stub(const struct evaluator *evaluator, struct sock_filter *stub)
{
	size_t n = 0;

	switch (evaluator->policy->default_action) {
	case OCI_SECCOMP_ACT_ALLOW:
	case OCI_SECCOMP_ACT_LOG:
	case OCI_SECCOMP_ACT_TRACE:
		return 0;
	default:
		break;
	}
	for (size_t i = 0; i < evaluator->n; i++) {
		uint32_t token = evaluator->tokens[i];
		uint32_t last = token == SCMP_ARCH_X86_64 ? X32_BIT - 1 : token == SCMP_ARCH_ARM ? 0xeffff : INT32_MAX;
		uint32_t arch = token == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : token;

		if (evaluator->largest[i] < 0)
			continue;
		stub[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
		stub[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 0, 4);
		stub[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
		stub[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)evaluator->largest[i] + 1,
			0, 2);
		stub[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0);
		stub[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
	}
	return n;
}

static int export_filter(scmp_filter_ctx filter, struct oci_document *document, const struct evaluator *evaluator,
	struct seccomp_filter *ret)
{
	struct sock_filter stub[MOST_ARCHITECTURES * WINDOW_SIZE];
	size_t stub_size = write_stub(evaluator, stub);
	cleanup_fd int fd = memfd_create("seccomp", MFD_CLOEXEC);
	size_t size;
	int result = fd < 0 ? -errno : seccomp_export_bpf(filter, fd);

	if (result < 0)
		return result;
	size = (size_t)lseek(fd, 0, SEEK_END) / sizeof(*stub);
	ret->n = stub_size + size;
	ret->instructions = oci_alloc(document, ret->n * sizeof(*stub));
	if (!ret->instructions)
		return -ENOMEM;
	memcpy(ret->instructions, stub, stub_size * sizeof(*stub));
	return pread(fd, ret->instructions + stub_size, size * sizeof(*stub), 0) == (ssize_t)(size * sizeof(*stub))
		? 0
		: -EIO;
}

int libseccomp_compile(struct oci_document *document, const struct evaluator *evaluator, struct seccomp_filter *ret)
{
	const struct oci_seccomp *policy = evaluator->policy;
	cleanup_filter scmp_filter_ctx filter = seccomp_init(
		action_of(policy->default_action, policy->default_errno_ret));
	int result = filter ? seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, OPTIMIZE_TREE) : -ENOMEM;

	for (size_t i = 1; i < evaluator->n && result == 0; i++) {
		result = seccomp_arch_add(filter, evaluator->tokens[i]);
		if (result == -EEXIST)
			result = 0;
	}
	if (result == 0)
		result = add_rules(filter, policy);
	return result < 0 ? result : export_filter(filter, document, evaluator, ret);
}

/* ---- where it is right ---- */

static bool has_narrow_or_multiplexing(const struct oci_seccomp *policy, bool *ret_multiplexing)
{
	uint32_t tokens[MOST_ARCHITECTURES];
	size_t n = architectures_of(policy, tokens);
	bool narrow = false;

	*ret_multiplexing = false;
	for (size_t i = 0; i < n; i++) {
		narrow = narrow || !(tokens[i] & __AUDIT_ARCH_64BIT) || tokens[i] == SCMP_ARCH_MIPS64N32 ||
			tokens[i] == SCMP_ARCH_MIPSEL64N32;
		*ret_multiplexing = *ret_multiplexing ||
			seccomp_syscall_resolve_name_arch(tokens[i], "socketcall") >= 0;
	}
	return narrow;
}

/* Several rules for a call, or several that are made of one. */
static bool names_again(const struct oci_seccomp *policy, size_t rule, const char *name)
{
	for (size_t i = 0; i < rule; i++) {
		const struct oci_strings *names = &policy->syscalls.items[i].names;

		for (size_t j = 0; j < names->n; j++) {
			if (strcmp(names->items[j], name) == 0)
				return true;
		}
	}
	return false;
}

static bool is_multiplexed(const char *name)
{
	int number = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, name);

	return (number > -300 && number < -100) || strcmp(name, "socketcall") == 0 || strcmp(name, "ipc") == 0;
}

static bool names_argument_again(const struct oci_syscall_args *args)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < args->n; i++) {
		if (seen & 1U << args->items[i].index)
			return true;
		seen |= 1U << args->items[i].index;
	}
	return false;
}

/* Of one of the calls that the rule names. */
static bool is_int(const struct oci_syscall *rule, uint32_t index)
{
	for (size_t i = 0; i < rule->names.n; i++) {
		if (!argument_is_wide(seccomp_arch_native(), rule->names.items[i], index))
			return true;
	}
	return false;
}

bool libseccomp_is_right(const struct oci_seccomp *policy)
{
	bool multiplexing;
	bool narrow = has_narrow_or_multiplexing(policy, &multiplexing);

	for (size_t i = 0; i < policy->syscalls.n; i++) {
		const struct oci_syscall *rule = &policy->syscalls.items[i];

		if (names_argument_again(&rule->args))
			return false;
		for (size_t j = 0; j < rule->args.n; j++) {
			if ((narrow || is_int(rule, rule->args.items[j].index)) &&
				(rule->args.items[j].value | rule->args.items[j].value_two) > UINT32_MAX)
				return false;
		}
		for (size_t j = 0; j < rule->names.n; j++) {
			if (names_again(policy, i, rule->names.items[j]) ||
				(multiplexing && is_multiplexed(rule->names.items[j])))
				return false;
		}
	}
	return true;
}
