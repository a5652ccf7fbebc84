/* The filters of the seccomp compiler at every boundary: beside an evaluator of policies, beside libseccomp where
 * that is right, and beside what the kernel does. TARE_RANDOM_POLICIES says how many policies are made up, if not
 * 2000. */
#include "reference.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/syscall.h"
#include "base/text.h"
#include "tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	RANDOM_POLICIES = 2000,
	LARGEST_BUNDLE = 1 << 20,
	KERNEL_POLICIES = 60,
	KERNEL_CALLS = 40, /* of each policy */
	CPU_SECONDS = 20,  /* what takes longer has no bound */
	NOT_LOADED = -10000,
};

static struct oci_document *new_document(void)
{
	static const char some[] = "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}";

	return oci_parse(&oci_seccomp_type, "policy", some, sizeof(some) - 1);
}

static const struct oci_seccomp *read_policy(struct oci_document **ret_document, const char *text)
{
	*ret_document = oci_parse(&oci_seccomp_type, "policy", text, strlen(text));
	for (size_t i = 0; i < oci_problem_count(*ret_document); i++)
		printf("# %s\n", oci_problem_at(*ret_document, i)->text);
	return oci_root(*ret_document);
}

static bool compile(struct oci_document *document, const struct oci_seccomp *policy, struct seccomp_filter *ret)
{
	struct error err;

	*ret = (struct seccomp_filter){ 0 };
	if (seccomp_compile(document, policy, false, ret, &err) < 0)
		printf("# %s\n", err.text);
	for (size_t i = 0; i < oci_problem_count(document); i++)
		printf("# %s\n", oci_problem_at(document, i)->text);
	return ret->instructions;
}

/* Counts the calls about which filter and evaluator are of different opinions; 1 for a filter that is not there. */
static size_t compare_with_evaluator(struct oci_document *document, const struct oci_seccomp *policy, size_t *ret_calls)
{
	const struct evaluator evaluator = evaluator_of(policy);
	struct seccomp_filter filter;
	const struct answerer got = { .filter = &filter };
	const struct answerer wanted = { .evaluator = &evaluator };
	struct comparison comparison;

	if (!compile(document, policy, &filter))
		return 1;
	comparison = compare(policy, &got, &wanted);
	comparison_print(&comparison);
	*ret_calls += comparison.calls;
	return comparison.different;
}

static size_t compare_with_libseccomp(struct oci_document *document, const struct oci_seccomp *policy)
{
	const struct evaluator evaluator = evaluator_of(policy);
	struct seccomp_filter filter;
	struct seccomp_filter other;
	const struct answerer got = { .filter = &filter };
	const struct answerer wanted = { .filter = &other, .is_libseccomp = true };
	struct comparison comparison;

	if (!compile(document, policy, &filter) || libseccomp_compile(document, &evaluator, &other) < 0)
		return 1;
	comparison = compare(policy, &got, &wanted);
	comparison_print(&comparison);
	return comparison.different;
}

static void print_policy(const struct oci_seccomp *policy)
{
	cleanup_free char *text = policy_text(policy);

	printf("# %s\n", text);
}

/* ---- policies that were made up ---- */

static void test_random_policies(void)
{
	const char *asked = getenv("TARE_RANDOM_POLICIES");
	uint64_t count = RANDOM_POLICIES;
	size_t calls = 0;
	size_t wrong = 0;
	size_t compared = 0;
	size_t unlike = 0;

	if (asked && !text_to_u64(asked, &count))
		printf("# TARE_RANDOM_POLICIES is no number\n");
	for (uint64_t seed = 1; seed <= count; seed++) {
		struct source source = { .state = seed * 0x9e3779b97f4a7c15 };
		struct oci_document *document = new_document();
		const struct oci_seccomp *policy = make_policy(document, &source);
		size_t different = compare_with_evaluator(document, policy, &calls);

		wrong += different > 0;
		if (different == 0 && libseccomp_is_right(policy)) {
			compared++;
			different = compare_with_libseccomp(document, policy);
			unlike += different > 0;
		}
		if (different > 0)
			print_policy(policy);
		oci_free(document);
	}
	printf("# %llu policies, %zu calls\n", (unsigned long long)count, calls);
	is_int(wrong, 0, "the filters of made up policies answer as the evaluator does");
	printf("# %zu of the policies are of a kind about which libseccomp is right\n", compared);
	ok(unlike == 0 && compared > count / 20, "and those about which libseccomp is right as its own do");
}

/* ---- two rules for one call ---- */

/* Each pair of conditions over six operators and five values, about one argument or about two. libseccomp lets through
 * what some of these policies deny. */
static void test_pairs(void)
{
	static const char *const operators[] = { "NE", "LT", "LE", "EQ", "GE", "GT" };
	static const char *const values[] = { "0", "5", "4294967295", "4294967301", "8589934597" };
	enum { CONDITIONS = 30 };
	size_t calls = 0;
	size_t pairs = 0;
	size_t wrong = 0;

	for (int i = 0; i < CONDITIONS * CONDITIONS * 2; i++) {
		int first = i % CONDITIONS;
		int second = i / CONDITIONS % CONDITIONS;
		struct text text = { 0 };
		struct oci_document *document;
		const struct oci_seccomp *policy;

		text_add(&text,
			"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"lseek\"],\"action\":\"SCMP_ACT_ERRNO\","
			"\"args\":[{\"index\":1,\"value\":%s,\"op\":\"SCMP_CMP_%s\"}]},{\"names\":[\"lseek\"],"
			"\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":13,\"args\":[{\"index\":%d,\"value\":%s,\"op\":\"SCMP_CMP_%s\"}]}]}",
			values[first / 6], operators[first % 6], 1 + i / CONDITIONS / CONDITIONS, values[second / 6],
			operators[second % 6]);
		policy = read_policy(&document, text.s);
		pairs++;
		wrong += compare_with_evaluator(document, policy, &calls) > 0;
		oci_free(document);
		text_free(&text);
	}
	printf("# %zu pairs, %zu calls\n", pairs, calls);
	is_int(wrong, 0, "of two conditions for a call the first one that is met decides");
}

static uint32_t ask(const char *text, uint32_t arch, int number, const uint64_t args[3])
{
	struct seccomp_data call = { .nr = number, .arch = arch, .args = { args[0], args[1], args[2] } };
	struct oci_document *document;
	const struct oci_seccomp *policy = read_policy(&document, text);
	struct seccomp_filter filter;
	uint32_t answer = 0;

	if (compile(document, policy, &filter))
		answer = seccomp_answer(filter.instructions, filter.n, &call, NULL);
	oci_free(document);
	return answer;
}

#define RULE(names, action, args) "{\"names\":[" names "],\"action\":\"SCMP_ACT_" action "\",\"args\":[" args "]}"
#define ARG(index, op, value)     "{\"index\":" #index ",\"value\":" value ",\"op\":\"SCMP_CMP_" op "\"}"
#define POLICY(action, rules)                   \
	"{\"defaultAction\":\"SCMP_ACT_" action \
	"\",\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"],\"syscalls\":[" rules "]}"

enum {
	ALLOW = SECCOMP_RET_ALLOW,
	LOG = SECCOMP_RET_LOG,
	TRAP = SECCOMP_RET_TRAP,
	DENY = SECCOMP_RET_ERRNO | EPERM,
	NEWER = SECCOMP_RET_ERRNO | ENOSYS,
};

/* What docs/seccomp.md says, a sentence a row. */
static const struct meaning {
	const char *what;
	const char *policy;
	uint32_t arch;
	int number;
	uint64_t args[3];
	uint32_t answer;
} meanings[] = {
	{ "a rule with conditions in front of one without decides where it is met",
		POLICY("ALLOW", RULE("\"dup\"", "TRAP", ARG(0, "EQ", "1")) "," RULE("\"dup\"", "ERRNO", "")),
		AUDIT_ARCH_X86_64, 32, { 1 }, TRAP },
	{ "and leaves the rest to that",
		POLICY("ALLOW", RULE("\"dup\"", "TRAP", ARG(0, "EQ", "1")) "," RULE("\"dup\"", "ERRNO", "")),
		AUDIT_ARCH_X86_64, 32, { 2 }, DENY },
	{ "behind one without conditions nothing counts",
		POLICY("ALLOW", RULE("\"dup\"", "ERRNO", "") "," RULE("\"dup\"", "TRAP", ARG(0, "EQ", "1"))),
		AUDIT_ARCH_X86_64, 32, { 1 }, DENY },
	{ "a rule with the default action decides where it is met",
		POLICY("ERRNO", RULE("\"dup\"", "ERRNO", ARG(0, "EQ", "1")) "," RULE("\"dup\"", "ALLOW", "")),
		AUDIT_ARCH_X86_64, 32, { 1 }, DENY },
	{ "and leaves other calls to the rules behind it",
		POLICY("ERRNO", RULE("\"dup\"", "ERRNO", ARG(0, "EQ", "1")) "," RULE("\"dup\"", "ALLOW", "")),
		AUDIT_ARCH_X86_64, 32, { 2 }, ALLOW },
	{ "it keeps a call from a rule that denies, too",
		POLICY("ALLOW", RULE("\"dup\"", "ALLOW", ARG(0, "EQ", "1")) "," RULE("\"dup\"", "ERRNO", "")),
		AUDIT_ARCH_X86_64, 32, { 1 }, ALLOW },
	{ "and without conditions it decides for the whole call",
		POLICY("ALLOW", RULE("\"dup\"", "ALLOW", "") "," RULE("\"dup\"", "ERRNO", ARG(0, "EQ", "1"))),
		AUDIT_ARCH_X86_64, 32, { 1 }, ALLOW },
	{ "behind the others it says what is said without it",
		POLICY("ALLOW", RULE("\"dup\"", "ERRNO", ARG(0, "EQ", "1")) "," RULE("\"dup\"", "ALLOW", "")),
		AUDIT_ARCH_X86_64, 32, { 1 }, DENY },
	{ "the same conditions twice: the first rule counts",
		POLICY("ALLOW",
			RULE("\"dup\"", "ERRNO", ARG(0, "EQ", "1")) "," RULE("\"dup\"", "TRAP", ARG(0, "EQ", "1"))),
		AUDIT_ARCH_X86_64, 32, { 1 }, DENY },
	{ "what is denied below 5 and below 0x100000005 is denied at 5, too",
		POLICY("ALLOW",
			RULE("\"lseek\"", "TRAP", ARG(1, "LT", "5")) "," RULE("\"lseek\"", "ERRNO",
				ARG(1, "LT", "4294967301"))),
		AUDIT_ARCH_X86_64, 8, { 0, 5 }, DENY },
	{ "the 32 bits of an i386 argument are what counts",
		POLICY("ALLOW", RULE("\"dup\"", "ERRNO", ARG(0, "EQ", "1"))), AUDIT_ARCH_I386, 41, { 0x700000001 },
		DENY },
	{ "and never equal a number that needs more",
		POLICY("ALLOW", RULE("\"dup\"", "ERRNO", ARG(0, "EQ", "4294967297"))), AUDIT_ARCH_I386, 41, { 1 },
		ALLOW },
	{ "but a negative number of 64 bits means that of 32",
		POLICY("ALLOW", RULE("\"openat\"", "ERRNO", ARG(0, "EQ", "18446744073709551516"))), AUDIT_ARCH_I386,
		295, { 0xffffff9c }, DENY },
	{ "so it is for an int of x86_64", POLICY("ALLOW", RULE("\"dup\"", "ERRNO", ARG(0, "EQ", "1"))),
		AUDIT_ARCH_X86_64, 32, { 0x700000001 }, DENY },
	{ "and of x32", POLICY("ALLOW", RULE("\"dup\"", "ERRNO", ARG(0, "EQ", "1"))), AUDIT_ARCH_X86_64,
		0x40000000 + 32, { 0x700000001 }, DENY },
	{ "an int that may be all but one number is not that number with something above",
		POLICY("ERRNO", RULE("\"socket\"", "ALLOW", ARG(0, "NE", "40"))), AUDIT_ARCH_X86_64, 41,
		{ 0x100000028 }, DENY },
	{ "and a negative one may have all bits above or none",
		POLICY("ERRNO", RULE("\"openat\"", "ALLOW", ARG(0, "EQ", "18446744073709551516"))), AUDIT_ARCH_X86_64,
		257, { 0xffffff9c }, ALLOW },
	{ "so have the flags of clone", POLICY("ALLOW", RULE("\"clone\"", "ERRNO", ARG(0, "EQ", "17"))),
		AUDIT_ARCH_X86_64, 56, { 0x100000011 }, DENY },
	{ "an offset of x86_64 has 64 bits", POLICY("ALLOW", RULE("\"lseek\"", "ERRNO", ARG(1, "EQ", "1"))),
		AUDIT_ARCH_X86_64, 8, { 0, 0x700000001 }, ALLOW },
	{ "and one of x32, which has the same function in the kernel",
		POLICY("ERRNO", RULE("\"lseek\"", "ALLOW", ARG(1, "EQ", "1"))), AUDIT_ARCH_X86_64, 0x40000000 + 8,
		{ 0, 0x700000001 }, DENY },
	{ "unless x32 has one of its own", POLICY("ALLOW", RULE("\"ioctl\"", "ERRNO", ARG(2, "EQ", "1"))),
		AUDIT_ARCH_X86_64, 0x40000000 + 514, { 0, 5, 0x700000001 }, DENY },
	{ "socket has a number of its own on i386", POLICY("ERRNO", RULE("\"socket\"", "ALLOW", "")), AUDIT_ARCH_I386,
		359, { 0 }, ALLOW },
	{ "and is a part of socketcall", POLICY("ERRNO", RULE("\"socket\"", "ALLOW", "")), AUDIT_ARCH_I386, 102, { 1 },
		ALLOW },
	{ "of which the other parts stay denied", POLICY("ERRNO", RULE("\"socket\"", "ALLOW", "")), AUDIT_ARCH_I386,
		102, { 2 }, DENY },
	{ "a part with conditions counts as met", POLICY("ALLOW", RULE("\"socket\"", "ERRNO", ARG(0, "EQ", "40"))),
		AUDIT_ARCH_I386, 102, { 1 }, DENY },
	{ "and of several rules that might be met the mildest decides",
		POLICY("ERRNO",
			RULE("\"socket\"", "TRAP", ARG(0, "EQ", "40")) "," RULE("\"socket\"", "LOG",
				ARG(0, "NE", "40"))),
		AUDIT_ARCH_I386, 102, { 1 }, LOG },
	{ "one with the default action is among those",
		POLICY("ALLOW", RULE("\"socket\"", "ALLOW", ARG(0, "EQ", "1")) "," RULE("\"socket\"", "ERRNO", "")),
		AUDIT_ARCH_I386, 102, { 1 }, ALLOW },
	{ "a rule for socketcall is one for its parts",
		POLICY("ALLOW", RULE("\"socketcall\"", "TRAP", "") "," RULE("\"socket\"", "ERRNO", "")),
		AUDIT_ARCH_I386, 102, { 1 }, TRAP },
	{ "ipc may have a version above the part", POLICY("ALLOW", RULE("\"shmget\"", "ERRNO", "")), AUDIT_ARCH_I386,
		117, { 23 | 1 << 16 }, DENY },
	{ "-1 is no call of x32", POLICY("ALLOW", RULE("\"dup\"", "ERRNO", "")), AUDIT_ARCH_X86_64, -1, { 0 }, ALLOW },
	{ "newer calls give ENOSYS", POLICY("ERRNO", RULE("\"dup\"", "ALLOW", "")), AUDIT_ARCH_X86_64, 33, { 0 },
		NEWER },
};

static void test_meaning(void)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		is_int(ask(meanings[i].policy, meanings[i].arch, meanings[i].number, meanings[i].args),
			meanings[i].answer, meanings[i].what);
}

/* ---- the policies of managers ---- */

static void test_bundle(const char *directory, const char *name, size_t *ret_profiles)
{
	cleanup_free char *text = calloc(1, LARGEST_BUNDLE);
	cleanup_fd int fd = -1;
	char path[512];
	size_t calls = 0;
	struct oci_document *document;
	const struct oci_config *config;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!text || fd < 0 || read(fd, text, LARGEST_BUNDLE - 1) <= 0) {
		ok(false, path);
		return;
	}
	document = oci_parse(&oci_config_type, name, text, strlen(text));
	config = oci_root(document);
	if (config->linux_ && config->linux_->seccomp) {
		is_int(compare_with_evaluator(document, config->linux_->seccomp, &calls), 0, name);
		is_int(compare_with_libseccomp(document, config->linux_->seccomp), 0,
			"and libseccomp is of the same opinion");
		++*ret_profiles;
	}
	oci_free(document);
}

static void test_managers(void)
{
	static const char directory[] = BUNDLES;
	DIR *list = opendir(directory);
	size_t profiles = 0;

	for (struct dirent *entry = list ? readdir(list) : NULL; entry; entry = readdir(list)) {
		if (strstr(entry->d_name, ".json"))
			test_bundle(directory, entry->d_name, &profiles);
	}
	if (list)
		closedir(list);
	ok(profiles > 50, "most bundles of managers have a policy");
}

/* ---- the kernel ---- */

/* What getpid(2) did, which looks at none of its arguments: 0, or -errno. */
static int call_getpid(const struct seccomp_data *call)
{
	long result = sys_raw(SYS_getpid, (long)call->args[0], (long)call->args[1], (long)call->args[2],
		(long)call->args[3], (long)call->args[4]);

	return result > 0 ? 0 : (int)result;
}

/* What a filter's answer makes of it for a program without a tracer and without an agent; a signal is more than 0. */
static int effect_of(uint32_t answer)
{
	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
		return 0;
	case SECCOMP_RET_ERRNO:
		return -(int)(answer & SECCOMP_RET_DATA);
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_USER_NOTIF:
		return -ENOSYS;
	default:
		return SIGSYS;
	}
}

/* In a child that loads the filter: the result comes by memory. */
static int effect_in_kernel(const struct seccomp_filter *filter, const struct seccomp_data *call, int *shared)
{
	struct sock_fprog program = { .len = (unsigned short)filter->n, .filter = filter->instructions };
	int status;
	pid_t child;

	*shared = NOT_LOADED;
	child = fork();
	if (child == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		prctl(PR_SET_DUMPABLE, 0); /* no core of what the filter kills */
		if (sys_seccomp(SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
			*shared = call_getpid(call);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return NOT_LOADED;
	return WIFSIGNALED(status) ? WTERMSIG(status) : *shared;
}

/* A made up policy whose rules are all about getpid, and that lets a child end. */
static struct oci_seccomp *policy_for_child(struct oci_document *document, struct source *source)
{
	static char *getpid_names[] = { "getpid" };
	static char *end_names[] = { "exit_group", "exit", "rt_sigprocmask", "munmap" };
	struct oci_seccomp *policy = make_policy(document, source);
	struct oci_syscall *rules = oci_alloc(document, (policy->syscalls.n + 1) * sizeof(*rules));

	policy->default_action = OCI_SECCOMP_ACT_ERRNO;
	policy->default_errno_ret = (struct oci_opt_u32){ .set = true, .v = EXDEV };
	rules[0] = (struct oci_syscall){ .names = { .n = 4, .items = end_names }, .action = OCI_SECCOMP_ACT_ALLOW };
	for (size_t i = 0; i < policy->syscalls.n; i++) {
		rules[i + 1] = policy->syscalls.items[i];
		rules[i + 1].names = (struct oci_strings){ .n = 1, .items = getpid_names };
		for (size_t j = 0; j < rules[i + 1].args.n; j++)
			rules[i + 1].args.items[j].index %= 5;  /* sys_raw() gives no sixth one */
		if (rules[i + 1].action == OCI_SECCOMP_ACT_LOG) /* or the kernel's log is full of it */
			rules[i + 1].action = OCI_SECCOMP_ACT_ALLOW;
	}
	policy->syscalls = (struct oci_syscalls){ .n = policy->syscalls.n + 1, .items = rules };
	return policy;
}

/* Arguments out of the numbers that the policy compares with. */
static struct seccomp_data random_call(const struct oci_seccomp *policy, uint64_t *random)
{
	struct seccomp_data call = { .nr = SYS_getpid, .arch = seccomp_native_architecture() };

	for (int i = 0; i < 5; i++) {
		const struct oci_syscall *rule;

		*random = *random * 6364136223846793005 + 1442695040888963407;
		rule = &policy->syscalls.items[(*random >> 33) % policy->syscalls.n];
		if (rule->args.n > 0)
			call.args[i] = rule->args.items[(*random >> 43) % rule->args.n].value + (*random >> 53) % 3 - 1;
	}
	return call;
}

static void test_kernel(int *shared)
{
	uint64_t random = 1;
	size_t calls = 0;
	size_t wrong = 0;

	for (uint64_t seed = 1; seed <= KERNEL_POLICIES; seed++) {
		struct source source = { .state = seed * 0x9e3779b97f4a7c15 };
		struct oci_document *document = new_document();
		const struct oci_seccomp *policy = policy_for_child(document, &source);
		const struct evaluator evaluator = evaluator_of(policy);
		struct seccomp_filter filter;

		for (int i = 0; compile(document, policy, &filter) && i < KERNEL_CALLS; i++) {
			struct seccomp_data call = random_call(policy, &random);

			calls++;
			wrong += effect_in_kernel(&filter, &call, shared) != effect_of(evaluate(&evaluator, &call));
		}
		oci_free(document);
	}
	printf("# %zu calls in children\n", calls);
	ok(wrong == 0 && calls == (size_t)KERNEL_POLICIES * KERNEL_CALLS, "the kernel does what the evaluator says");
}

#ifdef __x86_64__
/* The same call of i386, with what a program for 64 bits can put above its argument. */
static long getpid_of_i386(uint64_t argument)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L), "b"(argument) : "memory", "r8", "r9", "r10", "r11");
	return result;
}

static void test_upper_half(int *shared)
{
	struct oci_document *document;
	const struct oci_seccomp *policy = read_policy(&document,
		POLICY("ALLOW", RULE("\"getpid\"", "ERRNO", ARG(0, "EQ", "5"))));
	struct seccomp_filter filter = { 0 };
	struct sock_fprog program;
	int status = 0;
	pid_t child;

	ok(compile(document, policy, &filter), "a policy for i386 is compiled");
	program = (struct sock_fprog){ .len = (unsigned short)filter.n, .filter = filter.instructions };
	*shared = NOT_LOADED;
	child = fork();
	if (child == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (sys_seccomp(SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
			*shared = getpid_of_i386(5) == -EPERM ? (int)getpid_of_i386(0x100000005) : 0;
		_exit(0);
	}
	waitpid(child, &status, 0);
	oci_free(document);
	if (WIFSIGNALED(status))
		skip("an argument of i386 whose upper half is in use", "this kernel has no calls of i386");
	else
		is_int(*shared, -EPERM, "a program cannot lead a call of i386 around a rule by the upper half");
}
#endif

/* ---- bounds ---- */

/* n rules, of which each has other numbers: # for one of 32 bits, @ for one of up to 40. */
static char *many(const char *rule, int n)
{
	struct text text = { 0 };

	text_add(&text,
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\"],\"syscalls\":["
		"{\"names\":[\"socket\",\"connect\",\"sendto\",\"recvfrom\"],\"action\":\"SCMP_ACT_LOG\",\"args\":["
		"{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}");
	for (int i = 1; i <= n; i++) {
		long long number = i * 2654435761LL % 100000007;

		text_add(&text, ",{\"action\":\"SCMP_ACT_%s\",", i % 2 ? "ERRNO" : "TRAP");
		for (const char *c = rule; *c; c++) {
			if (*c == '#' || *c == '@')
				text_add(&text, "%lld", number * (*c == '#' ? 41 : 7919));
			else
				text_add_bytes(&text, c, 1);
		}
		text_add(&text, "}");
	}
	text_add(&text, "]}");
	return text_take(&text);
}

/* Policies of the size that is taken, in the shapes that are the worst for one step or another: none takes long,
 * whether the filter has room in the end or not. */
#define ONE_ARGUMENT(value, op) "\"names\":[\"lseek\"],\"args\":[" ARG(1, op, value) "]"

static void test_bounds(void)
{
	static const struct {
		const char *what;
		const char *rule;
		int n;
		bool fits;
	} rows[] = {
		{ "ranges of one argument", ONE_ARGUMENT("@", "LT"), 4000, true },
		{ "numbers of one argument", ONE_ARGUMENT("@", "EQ"), 4000, false },
		{ "patterns of bits", "\"names\":[\"lseek\"],\"args\":[" ARG(1, "MASKED_EQ", "@,\"valueTwo\":@") "]",
			4000, false },
		{ "two arguments", "\"names\":[\"lseek\"],\"args\":[" ARG(1, "NE", "@") "," ARG(3, "LE", "#") "]", 2000,
			false },
		{ "parts of socketcall",
			"\"names\":[\"socketcall\"],\"args\":[" ARG(1, "NE", "#") "," ARG(2, "LT", "#") "]", 2000,
			false },
		{ "rules without conditions", "\"names\":[\"lseek\",\"dup\",\"write\"]", 1300, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cleanup_free char *text = many(rows[i].rule, rows[i].n);
		const struct rlimit limit = { .rlim_cur = CPU_SECONDS, .rlim_max = CPU_SECONDS };
		int status = 1;
		pid_t child = fork();

		if (child == 0) {
			struct oci_document *document;
			const struct oci_seccomp *policy = read_policy(&document, text);
			struct seccomp_filter filter;

			setrlimit(RLIMIT_CPU, &limit);
			_exit(compile(document, policy, &filter) != rows[i].fits);
		}
		waitpid(child, &status, 0);
		is_int(status, 0, rows[i].what);
	}
}

/* Its second rule makes libseccomp 2.5.4 and 2.6.1 run for ever. */
static void test_endless(void)
{
	static const char text[] = POLICY("ALLOW",
		RULE("\"lseek\"", "ERRNO", ARG(1, "LE", "8589934597") "," ARG(0, "NE", "0")) "," RULE("\"lseek\"",
			"ERRNO", ARG(0, "NE", "0") "," ARG(1, "LE", "5")));
	struct oci_document *document;
	const struct oci_seccomp *policy = read_policy(&document, text);
	size_t calls = 0;

	is_int(compare_with_evaluator(document, policy, &calls), 0, "a policy that libseccomp never ends with");
	oci_free(document);
}

int main(void)
{
	int *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	test_random_policies();
	test_pairs();
	test_meaning();
	test_managers();
	test_endless();
	test_bounds();
	ok(shared != MAP_FAILED, "there is memory to share with children");
	test_kernel(shared);
#ifdef __x86_64__
	test_upper_half(shared);
#endif
	return done();
}
