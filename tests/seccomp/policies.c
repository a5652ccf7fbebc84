/* Policies made up from bytes: small, and about few calls, so that rules get in each other's way. */
#include "reference.h"

#include "ocispec/enums.h"

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RULES = 12, MOST_NAMES = 6, MOST_ARGS = 4, ONE_IN_MANY = 8 };

static const char *const call_names[] = { "read", "write", "lseek", "mmap", "ioctl", "clone", "socket", "connect",
	"sendmsg", "accept4", "recv", "accept", "shmget", "semop", "semtimedop", "socketcall", "ipc", "personality",
	"openat2", "futex", "futex_time64", "arm_fadvise64_64", "set_tls", "breakpoint", "rt_sigaction", "prctl",
	"getpid", "statx", "pwritev2", "no_such_call", "clock_gettime", "mq_open", "cachestat", "execveat" };

static const uint64_t values[] = { 0, 1, 2, 5, 6, 16, 40, 0x7e020000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
	0x100000000, 0x100000001, 0x100000005, 0x200000000, 0x1ffffffff, 0x7fffffffffffffff, 0x8000000000000000,
	0xffffffff00000000, 0xffffffff7fffffff, 0xffffffff80000000, 0xffffffffffffff9c, 0xfffffffffffffffe,
	0xffffffffffffffff };

/* Those that a machine with this order of bytes can run. */
static const int architectures[] = { OCI_SECCOMP_ARCH_X86, OCI_SECCOMP_ARCH_X86_64, OCI_SECCOMP_ARCH_X32,
	OCI_SECCOMP_ARCH_ARM, OCI_SECCOMP_ARCH_AARCH64, OCI_SECCOMP_ARCH_MIPSEL, OCI_SECCOMP_ARCH_MIPSEL64,
	OCI_SECCOMP_ARCH_MIPSEL64N32, OCI_SECCOMP_ARCH_PPC64LE, OCI_SECCOMP_ARCH_RISCV64 };
static const int other_architectures[] = { OCI_SECCOMP_ARCH_S390, OCI_SECCOMP_ARCH_S390X, OCI_SECCOMP_ARCH_PPC,
	OCI_SECCOMP_ARCH_PPC64, OCI_SECCOMP_ARCH_MIPS, OCI_SECCOMP_ARCH_PARISC };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint8_t next_byte(struct source *source)
{
	if (source->n > 0) {
		source->n--;
		return *source->bytes++;
	}
	if (source->state == 0)
		return 0;
	source->state ^= source->state << 13;
	source->state ^= source->state >> 7;
	source->state ^= source->state << 17;
	return (uint8_t)(source->state >> 32);
}

static size_t pick(struct source *source, size_t n)
{
	return next_byte(source) % n;
}

static void *take(struct oci_document *document, size_t n, size_t size)
{
	void *memory = oci_alloc(document, n * size + 1);

	if (!memory)
		abort();
	return memory;
}

static enum oci_seccomp_action make_action(struct source *source, struct oci_opt_u32 *ret_errno, bool is_default)
{
	static const enum oci_seccomp_action actions[] = { OCI_SECCOMP_ACT_ALLOW, OCI_SECCOMP_ACT_ERRNO,
		OCI_SECCOMP_ACT_ERRNO, OCI_SECCOMP_ACT_KILL_PROCESS, OCI_SECCOMP_ACT_TRAP, OCI_SECCOMP_ACT_LOG,
		OCI_SECCOMP_ACT_TRACE, OCI_SECCOMP_ACT_KILL, OCI_SECCOMP_ACT_NOTIFY };
	enum oci_seccomp_action action = actions[pick(source, COUNT(actions) - (is_default ? 1 : 0))];

	if ((action == OCI_SECCOMP_ACT_ERRNO || action == OCI_SECCOMP_ACT_TRACE) && pick(source, 2))
		*ret_errno = (struct oci_opt_u32){ .set = true, .v = (uint32_t)pick(source, 3) + 37 };
	return action;
}

static uint64_t make_value(struct source *source)
{
	uint64_t value = 0;

	if (pick(source, ONE_IN_MANY) > 0)
		return values[pick(source, COUNT(values))];
	for (int i = 0; i < 8; i++)
		value = value << 8 | next_byte(source);
	return value;
}

static void make_rule(struct oci_document *document, struct source *source, struct oci_syscall *rule)
{
	bool about_one_argument = pick(source, 2);

	rule->names.n = 1 + pick(source, MOST_NAMES);
	rule->names.items = take(document, rule->names.n, sizeof(*rule->names.items));
	for (size_t i = 0; i < rule->names.n; i++)
		rule->names.items[i] = (char *)(uintptr_t)call_names[pick(source, COUNT(call_names))];
	rule->action = make_action(source, &rule->errno_ret, false);
	rule->args.n = pick(source, MOST_ARGS + 1);
	if (about_one_argument && rule->args.n > 1)
		rule->args.n = 1;
	rule->args.items = take(document, rule->args.n, sizeof(*rule->args.items));
	for (size_t i = 0; i < rule->args.n; i++) {
		rule->args.items[i] = (struct oci_syscall_arg){
			.index = (uint32_t)(pick(source, ONE_IN_MANY) == 0 ? pick(source, 6) : i),
			.op = OCI_SECCOMP_OP_NE + (enum oci_seccomp_op)pick(source, 7),
			.value = make_value(source),
			.value_two = make_value(source),
		};
	}
}

struct oci_seccomp *make_policy(struct oci_document *document, struct source *source)
{
	struct oci_seccomp *policy = take(document, 1, sizeof(*policy));
	bool little = seccomp_native_architecture() & __AUDIT_ARCH_LE;
	const int *list = little ? architectures : other_architectures;
	size_t all = little ? COUNT(architectures) : COUNT(other_architectures);

	policy->default_action = make_action(source, &policy->default_errno_ret, true);
	policy->architectures.n = pick(source, 4);
	policy->architectures.items = take(document, policy->architectures.n, sizeof(*policy->architectures.items));
	for (size_t i = 0; i < policy->architectures.n; i++)
		policy->architectures.items[i] = list[pick(source, pick(source, 2) ? 3 : all)];
	policy->syscalls.n = pick(source, MOST_RULES + 1);
	policy->syscalls.items = take(document, policy->syscalls.n, sizeof(*policy->syscalls.items));
	for (size_t i = 0; i < policy->syscalls.n; i++)
		make_rule(document, source, &policy->syscalls.items[i]);
	return policy;
}

char *policy_text(const struct oci_seccomp *policy)
{
	char *text = NULL;
	size_t length;

	return oci_write(&oci_seccomp_type, policy, OCI_WRITE_COMPACT, &text, &length) < 0 ? NULL : text;
}
