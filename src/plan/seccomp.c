/* linux.seccomp as a BPF filter, compiled by libseccomp: the one file that includes it. Pure: init loads the filter,
 * with seccomp(2), so that flags and the listener do not depend on what libseccomp knows of them.
 *
 * In front of libseccomp's code stands a stub of our own. A policy cannot speak of system calls that are newer than
 * itself; with "deny" as its default they would end in EPERM or worse, and programs that would fall back on ENOSYS
 * break. So numbers above the largest one that the policy names give ENOSYS; runc does the same. */
#include "plan/parts.h"

#include "base/cleanup.h"

#include "ocispec/enums.h"

#include <ctype.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	MAX_ARCHITECTURES = 32, /* the specification has 23 */
	MAX_ARGS = 6,           /* of a system call */
	MAX_ERRNO = 4094,       /* of libseccomp; the kernel would take 4095 */

	/* Counted for each architecture. Twice what could fill a filter; libseccomp's time grows with the square, and
	 * stays below a second. */
	MAX_RULES = 2 * BPF_MAXINSNS,

	X32_BIT = 0x40000000,         /* set in the number of an x32 call; everything else is as for x86_64 */
	ARM_FIRST_PRIVATE = 0x0f0000, /* the calls of arm that are no part of the common table */
};

/* Levels of SCMP_FLTATR_CTL_OPTIMIZE: a search tree by number, which the kernel loads four times faster than a list. */
enum { OPTIMIZE_TREE = 2 };

static void release_filter(scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}

#define cleanup_filter __attribute__((cleanup(release_filter)))

/* ---- what libseccomp does not check ---- */

static bool takes_errno(enum oci_seccomp_action action)
{
	return action == OCI_SECCOMP_ACT_ERRNO || action == OCI_SECCOMP_ACT_TRACE;
}

static void check_errno(struct oci_document *document, const char *place, enum oci_seccomp_action action,
	struct oci_opt_u32 errno_ret)
{
	if (errno_ret.set && !takes_errno(action))
		oci_problem_add(document, place, "expected none, since %s returns no errno",
			oci_enum_name(oci_seccomp_action_names, (int)action));
	else if (errno_ret.v > MAX_ERRNO)
		oci_problem_add(document, place, "expected at most %d, found %u", MAX_ERRNO, errno_ret.v);
}

/* Init itself hands the listener to the host by sendmsg: an agent that it is not with yet could never answer. */
static void check_notify(struct oci_document *document, const struct oci_seccomp *seccomp, bool has_agent, size_t index)
{
	const struct oci_strings *names = &seccomp->syscalls.items[index].names;
	char place[PLAN_PLACE_MAX];

	snprintf(place, sizeof(place), "linux.seccomp.syscalls[%zu].action", index);
	if (!has_agent)
		oci_problem_add(document, place, "needs linux.seccomp.listenerPath");
	for (size_t i = 0; i < names->n; i++) {
		snprintf(place, sizeof(place), "linux.seccomp.syscalls[%zu].names[%zu]", index, i);
		if (strcmp(names->items[i], "sendmsg") == 0)
			oci_problem_add(document, place,
				"cannot be with SCMP_ACT_NOTIFY, since the runtime sends the listener by it");
	}
}

static void check_flags(struct oci_document *document, const struct oci_enums *flags, bool notify)
{
	for (size_t i = 0; i < flags->n; i++) {
		char place[PLAN_PLACE_MAX];

		snprintf(place, sizeof(place), "linux.seccomp.flags[%zu]", i);
		if (flags->items[i] == OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV && !notify)
			oci_problem_add(document, place, "needs a system call with SCMP_ACT_NOTIFY");
	}
}

static void check_policy(struct oci_document *document, const struct oci_seccomp *seccomp, bool has_agent)
{
	bool notify = false;

	check_errno(document, "linux.seccomp.defaultErrnoRet", seccomp->default_action, seccomp->default_errno_ret);
	if (seccomp->default_action == OCI_SECCOMP_ACT_NOTIFY)
		oci_problem_add(document, "linux.seccomp.defaultAction",
			"cannot be SCMP_ACT_NOTIFY, since the runtime's own calls would wait for the agent");
	if (seccomp->listener_metadata && !seccomp->listener_path)
		oci_problem_add(document, "linux.seccomp.listenerMetadata", "needs linux.seccomp.listenerPath");
	for (size_t i = 0; i < seccomp->syscalls.n; i++) {
		const struct oci_syscall *call = &seccomp->syscalls.items[i];
		char place[PLAN_PLACE_MAX];

		snprintf(place, sizeof(place), "linux.seccomp.syscalls[%zu].errnoRet", i);
		check_errno(document, place, call->action, call->errno_ret);
		if (call->action != OCI_SECCOMP_ACT_NOTIFY)
			continue;
		notify = true;
		check_notify(document, seccomp, has_agent, i);
	}
	check_flags(document, &seccomp->flags, notify);
}

/* ---- from the spec's words to libseccomp's ---- */

/* TRACE gives its number to the tracer. The default of both numbers is EPERM, as in runc. */
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
	case OCI_SECCOMP_ACT_KILL:
	case OCI_SECCOMP_ACT_KILL_THREAD:
	case OCI_SECCOMP_ACT_UNSET:
		break;
	}
	return SCMP_ACT_KILL_THREAD;
}

/* For MASKED_EQ the specification's value is the mask and valueTwo what is compared with, as in libseccomp. */
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

/* libseccomp calls "x86_64" what the specification calls "SCMP_ARCH_X86_64". 0 when it does not know the name. */
static uint32_t architecture_of(int arch)
{
	const char *name = oci_enum_name(oci_seccomp_arch_names, arch) + strlen("SCMP_ARCH_");
	char lower[32];
	size_t i = 0;

	for (; name[i] && i < sizeof(lower) - 1; i++)
		lower[i] = (char)tolower((unsigned char)name[i]);
	lower[i] = '\0';
	return seccomp_arch_resolve_name(lower);
}

unsigned int plan_seccomp_flags(const struct oci_enums *flags)
{
	static const unsigned long bits[] = {
		[OCI_SECCOMP_FLAG_TSYNC] = SECCOMP_FILTER_FLAG_TSYNC,
		[OCI_SECCOMP_FLAG_LOG] = SECCOMP_FILTER_FLAG_LOG,
		[OCI_SECCOMP_FLAG_SPEC_ALLOW] = SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		[OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV] = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
	};
	unsigned int all = 0;

	for (size_t i = 0; i < flags->n; i++)
		all |= (unsigned int)bits[flags->items[i]];
	return all;
}

/* ---- filling the filter ---- */

struct policy {
	struct oci_document *document;
	const struct oci_seccomp *seccomp;
	scmp_filter_ctx filter;
	uint32_t default_action;
	uint32_t architectures[MAX_ARCHITECTURES]; /* libseccomp's numbers, the machine's own first */
	size_t architecture_count;
	bool strict;
	bool notify;
};

static void add_architectures(struct policy *policy)
{
	const struct oci_enums *list = &policy->seccomp->architectures;

	policy->architectures[policy->architecture_count++] = seccomp_arch_native();
	for (size_t i = 0; i < list->n; i++) {
		const char *name = oci_enum_name(oci_seccomp_arch_names, list->items[i]);
		uint32_t arch = architecture_of(list->items[i]);
		int result = arch ? seccomp_arch_add(policy->filter, arch) : 0;
		char place[PLAN_PLACE_MAX];

		snprintf(place, sizeof(place), "linux.seccomp.architectures[%zu]", i);
		if (!arch)
			oci_problem_add(policy->document, place, "libseccomp %s does not know %s",
				plan_seccomp_version(), name);
		else if (result == -EDOM)
			oci_problem_add(policy->document, place, "this machine cannot run programs of %s", name);
		else if (result == 0) /* else it is there */
			policy->architectures[policy->architecture_count++] = arch;
	}
}

static void check_size(const struct policy *policy)
{
	const struct oci_syscalls *calls = &policy->seccomp->syscalls;
	size_t n = 0;

	for (size_t i = 0; i < calls->n; i++) {
		const struct oci_syscall *call = &calls->items[i];

		n += call->names.n * (call->args.n > 0 ? call->args.n : 1);
	}
	n *= policy->architecture_count;
	if (n > MAX_RULES)
		oci_problem_add(policy->document, "linux.seccomp.syscalls",
			"expected at most %d rules over all architectures, found %zu", MAX_RULES, n);
}

/* Adds the rule for one system call. Conditions are met all at once, but a list that names an argument twice means that
 * any of them is enough, as in runc: libseccomp knows no such rule. Returns 0, or a negative errno. */
static int add_rule(scmp_filter_ctx filter, uint32_t action, int number, const struct oci_syscall_args *args)
{
	struct scmp_arg_cmp conditions[MAX_ARGS];
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

/* Names that libseccomp does not know are of newer kernels than it, and passed over: policies name the calls of years
 * to come. A rule that says what the default says anyway would be an error to libseccomp. */
static int add_call(struct policy *policy, const struct oci_syscall *call, size_t index, struct error *err)
{
	uint32_t action = action_of(call->action, call->errno_ret);

	for (size_t i = 0; i < call->names.n; i++) {
		int number = seccomp_syscall_resolve_name(call->names.items[i]);
		char place[PLAN_PLACE_MAX];
		int result;

		snprintf(place, sizeof(place), "linux.seccomp.syscalls[%zu].names[%zu]", index, i);
		if (number == __NR_SCMP_ERROR && policy->strict)
			oci_problem_add(policy->document, place, "unknown system call \"%s\"", call->names.items[i]);
		if (number == __NR_SCMP_ERROR || action == policy->default_action)
			continue;
		policy->notify = policy->notify || call->action == OCI_SECCOMP_ACT_NOTIFY;
		result = add_rule(policy->filter, action, number, &call->args);
		if (result == -ENOMEM)
			return error_set(err, ENOMEM, "cannot compile linux.seccomp");
		if (result == -EEXIST)
			oci_problem_add(policy->document, place, "the rule for \"%s\" contradicts another one",
				call->names.items[i]);
		else if (result < 0)
			oci_problem_add(policy->document, place, "libseccomp takes no such rule for \"%s\": %s",
				call->names.items[i], error_number_text(-result));
	}
	return 0;
}

/* ---- the stub in front ---- */

/* The numbers from first to last of an architecture. */
struct window {
	uint32_t arch; /* as the kernel gives it */
	uint32_t first;
	uint32_t last;
};

enum { WINDOW_SIZE = 6 }; /* instructions */

/* True when the default action keeps a program from trying something else. */
static bool denies(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ERRNO:
		return action != SCMP_ACT_ERRNO(ENOSYS);
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_TRAP:
		return true;
	default:
		return false;
	}
}

/* The largest number that the policy names, whatever for, below limit; -1 for none. */
static int largest_number(const struct oci_seccomp *seccomp, uint32_t arch, int limit)
{
	int largest = -1;

	for (size_t i = 0; i < seccomp->syscalls.n; i++) {
		const struct oci_strings *names = &seccomp->syscalls.items[i].names;

		for (size_t j = 0; j < names->n; j++) {
			int number = seccomp_syscall_resolve_name_arch(arch, names->items[j]);

			if (number > largest && number < limit)
				largest = number;
		}
	}
	return largest;
}

/* The calls that are newer than the policy. Returns false when it names none that is older. */
static bool newer_calls(const struct oci_seccomp *seccomp, uint32_t arch, struct window *ret)
{
	int limit = INT32_MAX;
	int largest;

	if (arch == SCMP_ARCH_X86_64)
		limit = X32_BIT;
	else if (arch == SCMP_ARCH_ARM)
		limit = ARM_FIRST_PRIVATE;
	largest = largest_number(seccomp, arch, limit);
	if (largest < 0)
		return false;
	*ret = (struct window){
		.arch = arch == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : arch,
		.first = (uint32_t)largest + 1,
		.last = (uint32_t)limit - 1,
	};
	return true;
}

static size_t write_stub(const struct policy *policy, struct sock_filter *stub)
{
	const uint32_t arch_offset = offsetof(struct seccomp_data, arch);
	const uint32_t number_offset = offsetof(struct seccomp_data, nr);
	struct window window;
	size_t n = 0;

	for (size_t i = 0; denies(policy->default_action) && i < policy->architecture_count; i++) {
		if (!newer_calls(policy->seccomp, policy->architectures[i], &window))
			continue;
		stub[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, arch_offset);
		stub[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, window.arch, 0, 4);
		stub[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number_offset);
		stub[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, window.first, 0, 2);
		stub[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, window.last, 1, 0);
		stub[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
	}
	return n;
}

/* ---- the whole ---- */

static int read_all(int fd, void *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, (char *)buffer + done, size - done, (off_t)done);

		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

/* Gets the program out of libseccomp, which before 2.6 only writes to a file. */
static int export_filter(const struct policy *policy, struct plan_filter *ret, struct error *err)
{
	struct sock_filter stub[MAX_ARCHITECTURES * WINDOW_SIZE];
	size_t stub_size = write_stub(policy, stub) * sizeof(*stub);
	cleanup_fd int fd = memfd_create("seccomp", MFD_CLOEXEC);
	struct sock_filter *all;
	size_t size;
	int result;

	if (fd < 0)
		return error_set(err, errno, "cannot compile linux.seccomp");
	result = seccomp_export_bpf(policy->filter, fd);
	if (result < 0)
		return error_set(err, -result, "cannot compile linux.seccomp");
	size = (size_t)lseek(fd, 0, SEEK_END);
	if ((stub_size + size) / sizeof(*all) > BPF_MAXINSNS) {
		oci_problem_add(policy->document, "linux.seccomp",
			"makes a filter of %zu instructions, and the kernel takes at most %d",
			(stub_size + size) / sizeof(*all), BPF_MAXINSNS);
		return 0;
	}
	all = oci_alloc(policy->document, stub_size + size);
	if (!all)
		return error_set(err, ENOMEM, "cannot make a plan");
	memcpy(all, stub, stub_size);
	if (read_all(fd, (char *)all + stub_size, size) < 0)
		return error_set(err, errno, "cannot compile linux.seccomp");
	*ret = (struct plan_filter){
		.instructions = all,
		.n = (unsigned short)((stub_size + size) / sizeof(*all)),
		.notify = policy->notify,
	};
	return 0;
}

/* Leaves *ret alone when the document has a problem. */
static int compile(struct oci_document *document, const struct oci_seccomp *seccomp, bool strict,
	struct plan_filter *ret, struct error *err)
{
	uint32_t default_action = action_of(seccomp->default_action, seccomp->default_errno_ret);
	cleanup_filter scmp_filter_ctx filter = seccomp_init(default_action);
	struct policy policy = {
		.document = document,
		.seccomp = seccomp,
		.filter = filter,
		.default_action = default_action,
		.strict = strict,
	};
	int result;

	if (!filter)
		return error_set(err, ENOMEM, "cannot compile linux.seccomp");
	result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, OPTIMIZE_TREE);
	if (result < 0)
		return error_set(err, -result, "cannot compile linux.seccomp");
	add_architectures(&policy);
	check_size(&policy);
	if (oci_problem_count(document) > 0)
		return 0;
	for (size_t i = 0; i < seccomp->syscalls.n; i++) {
		if (add_call(&policy, &seccomp->syscalls.items[i], i, err) < 0)
			return -1;
	}
	return oci_problem_count(document) > 0 ? 0 : export_filter(&policy, ret, err);
}

int plan_seccomp(struct oci_document *document, const struct oci_seccomp *seccomp, const struct plan_agent *agent,
	bool strict, const struct plan_filter *known, struct plan_seccomp *ret, struct error *err)
{
	struct plan_filter filter = known ? *known : (struct plan_filter){ 0 };

	check_policy(document, seccomp, agent->path);
	if (oci_problem_count(document) > 0)
		return 0;
	if (!known && compile(document, seccomp, strict, &filter, err) < 0)
		return -1;
	*ret = (struct plan_seccomp){
		.instructions = filter.instructions,
		.n = filter.n,
		.notify = filter.notify,
		.flags = plan_seccomp_flags(&seccomp->flags),
		.listener_path = filter.notify ? agent->path : NULL,
		.listener_metadata = filter.notify ? agent->metadata : NULL,
	};
	return 0;
}

bool plan_syscall_is_known(const char *name)
{
	return seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR;
}

/* Calls that this machine lacks have numbers below zero in libseccomp, in two ranges. */
char *plan_syscall_name(int index)
{
	enum { OWN = 1024, FIRST_OTHER = -101, OTHERS = 99, FIRST_MORE = -10001 };
	int number = index;

	if (index >= OWN)
		number = index < OWN + OTHERS ? FIRST_OTHER - (index - OWN) : FIRST_MORE - (index - OWN - OTHERS);
	return seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
}

uint32_t plan_seccomp_native(void)
{
	return seccomp_arch_native();
}

const char *const *plan_seccomp_supported_flags(void)
{
	/* All that the specification knows: what the kernel lacks it says when init loads the filter. */
	static const char *const names[] = {
		"SECCOMP_FILTER_FLAG_TSYNC",
		"SECCOMP_FILTER_FLAG_LOG",
		"SECCOMP_FILTER_FLAG_SPEC_ALLOW",
		"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
		NULL,
	};

	return names;
}

const char *const *plan_seccomp_architectures(void)
{
	static const char *names[MAX_ARCHITECTURES + 1];
	size_t n = 0;

	for (const struct oci_enum *arch = oci_seccomp_arch_names; arch->name && n < MAX_ARCHITECTURES; arch++)
		if (architecture_of(arch->value))
			names[n++] = arch->name;
	names[n] = NULL;
	return names;
}

const char *plan_seccomp_version(void)
{
	static char text[32];
	const struct scmp_version *version = seccomp_version();

	snprintf(text, sizeof(text), "%u.%u.%u", version->major, version->minor, version->micro);
	return text;
}
