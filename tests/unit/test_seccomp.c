/* Policies as filters: their verdicts in an interpreter, what is refused with which words, and a few of them for real,
 * in children that load them. */
#include "plan/plan.h"
#include "plan/seccomp/seccomp.h"

#include "base/child.h"
#include "base/syscall.h"
#include "ocispec/enums.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

/* What the kernel calls this machine; 0 where nobody has tried the tests yet. */
#if defined(__x86_64__)
static const unsigned int native = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
static const unsigned int native = AUDIT_ARCH_AARCH64;
#else
static const unsigned int native = 0;
#endif

enum {
	KILL = SECCOMP_RET_KILL_THREAD,
	KILL_PROCESS = (int)SECCOMP_RET_KILL_PROCESS,
	ALLOW = SECCOMP_RET_ALLOW,
	ERRNO = SECCOMP_RET_ERRNO,
	DENY = SECCOMP_RET_ERRNO | EPERM,
	NEWER = SECCOMP_RET_ERRNO | ENOSYS,
};

/* ---- making and running a filter ---- */

/* A config with this policy, parsed; the caller frees it. */
static struct oci_document *parse(const char *policy)
{
	struct text json = { 0 };
	struct oci_document *document;

	text_add(&json, "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"seccomp\":%s}}", policy);
	document = oci_parse(&oci_config_type, "config.json", json.s, json.n);
	text_free(&json);
	return document;
}

static struct plan_seccomp compile(struct oci_document *document)
{
	const struct oci_config *config = oci_root(document);
	struct plan_agent agent = { 0 };
	struct plan_seccomp plan = { 0 };
	struct error err;

	if (oci_problem_count(document) == 0)
		agent = (struct plan_agent){ .path = config->linux_->seccomp->listener_path,
			.metadata = config->linux_->seccomp->listener_metadata };
	if (oci_problem_count(document) == 0 &&
		plan_seccomp(document, config->linux_->seccomp, &agent, false, NULL, &plan, &err) < 0)
		printf("# %s\n", err.text);
	return plan;
}

/* Compares as the instruction does; false for those that seccomp has but libseccomp does not make. */
static bool jumps(uint16_t code, uint32_t a, uint32_t k)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return a == k;
	case BPF_JGT:
		return a > k;
	case BPF_JGE:
		return a >= k;
	case BPF_JSET:
		return a & k;
	default:
		return false;
	}
}

/* What the filter says to the call: a SECCOMP_RET_* with its data, or -1 when it ends without saying. */
static int run(const struct plan_seccomp *plan, const struct seccomp_data *call)
{
	uint32_t scratch[BPF_MEMWORDS] = { 0 };
	uint32_t a = 0;

	for (size_t at = 0; at < plan->n; at++) {
		const struct sock_filter *i = &plan->instructions[at];

		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)call + i->k, sizeof(a));
			break;
		case BPF_LD | BPF_MEM:
			a = scratch[i->k % BPF_MEMWORDS];
			break;
		case BPF_ST:
			scratch[i->k % BPF_MEMWORDS] = a;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_JMP | BPF_JA:
			at += i->k;
			break;
		case BPF_RET | BPF_K:
			return (int)i->k;
		default:
			if (BPF_CLASS(i->code) != BPF_JMP)
				return -1;
			at += jumps(i->code, a, i->k) ? i->jt : i->jf;
		}
	}
	return -1;
}

static int verdict_at(const struct plan_seccomp *plan, unsigned int arch, int number, uint64_t arg0, uint64_t arg1)
{
	struct seccomp_data call = { .nr = number, .arch = arch, .args = { arg0, arg1 } };

	return run(plan, &call);
}

/* ---- refusals ---- */

struct refusal {
	const char *what;
	const char *policy;
	const char *wanted;
};

static const struct refusal refusals[] = {
	{ "an errno with a default that returns none", "{\"defaultAction\":\"SCMP_ACT_KILL\",\"defaultErrnoRet\":1}",
		"linux.seccomp.defaultErrnoRet: expected none, since SCMP_ACT_KILL returns no errno" },
	{ "an errno with an action that returns none",
		"{\"defaultAction\":\"SCMP_ACT_KILL\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\","
		"\"errnoRet\":1}]}",
		"linux.seccomp.syscalls[0].errnoRet: expected none, since SCMP_ACT_ALLOW returns no errno" },
	{ "notify as the default", "{\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"listenerPath\":\"/l\"}",
		"linux.seccomp.defaultAction: cannot be SCMP_ACT_NOTIFY, since the runtime's own calls would wait for the agent" },
	{ "notify without a listener",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
		"linux.seccomp.syscalls[0].action: needs linux.seccomp.listenerPath" },
	{ "notify on what init sends the listener with",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/l\",\"syscalls\":[{\"names\":[\"read\",\"sendmsg\"],"
		"\"action\":\"SCMP_ACT_NOTIFY\"}]}",
		"linux.seccomp.syscalls[0].names[1]: cannot be with SCMP_ACT_NOTIFY, since the runtime sends the listener by it" },
	{ "metadata without a listener", "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":\"m\"}",
		"linux.seccomp.listenerMetadata: needs linux.seccomp.listenerPath" },
	{ "a killable wait without notify",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\","
		"\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]}",
		"linux.seccomp.flags[1]: needs a system call with SCMP_ACT_NOTIFY" },
	{ "an architecture of the other byte order",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_S390X\"]}",
		"linux.seccomp.architectures[0]: this machine cannot run programs of SCMP_ARCH_S390X" },
};

static void test_refusals(void)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct oci_document *document = parse(refusals[i].policy);
		struct plan_seccomp plan = compile(document);
		const struct oci_problem *problem = oci_problem_at(document, 0);
		char got[300] = "";

		if (problem)
			snprintf(got, sizeof(got), "%s: %s", problem->path, problem->text);
		is_str(got, refusals[i].wanted, refusals[i].what);
		ok(oci_problem_count(document) == 1 && !plan.instructions,
			"is the one problem, and there is no filter");
		oci_free(document);
	}
}

/* The one that came with libseccomp 2.6. */
static void test_unknown_architecture(void)
{
	struct oci_document *document = parse(
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_LOONGARCH64\"]}");
	struct plan_seccomp plan = compile(document);
	char wanted[100];

	snprintf(wanted, sizeof(wanted), "libseccomp %s does not know SCMP_ARCH_LOONGARCH64",
		seccomp_library_version());
	if (text_starts(seccomp_library_version(), "2.5.")) {
		is_int(oci_problem_count(document), 1, "an architecture that libseccomp does not know is a problem");
		is_str(oci_problem_at(document, 0)->path, "linux.seccomp.architectures[0]", "with its place");
		is_str(oci_problem_at(document, 0)->text, wanted, "and its name");
	} else {
		ok(plan.instructions, "a newer libseccomp knows a newer architecture");
	}
	oci_free(document);
}

/* n rules, each of which needs instructions of its own. */
static char *many_rules(int n)
{
	struct text policy = { 0 };

	text_add(&policy, "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[");
	for (int i = 0; i < n; i++)
		text_add(&policy,
			"%s{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":"
			"[{\"index\":0,\"value\":%d,\"op\":\"SCMP_CMP_EQ\"},{\"index\":1,\"value\":%d,\"op\":\"SCMP_CMP_EQ\"}]}",
			i ? "," : "", i, i);
	text_add(&policy, "]}");
	return text_take(&policy);
}

static void test_limits(void)
{
	static const char too_long[] = "makes a filter of ";
	char *policy = many_rules(1200);
	struct oci_document *document = parse(policy);

	compile(document);
	is_int(oci_problem_count(document), 1, "a filter that is too long is a problem");
	is_str(oci_problem_at(document, 0)->path, "linux.seccomp", "of the policy as a whole");
	ok(text_starts(oci_problem_at(document, 0)->text, too_long), "which says how long it is");
	oci_free(document);
	free(policy);

	policy = many_rules(4097);
	document = parse(policy);
	compile(document);
	is_int(oci_problem_count(document), 1, "too many rules are a problem, too");
	is_str(oci_problem_at(document, 0)->text, "expected at most 8192 rules over all architectures, found 8194",
		"found before compiling them");
	oci_free(document);
	free(policy);
}

/* ---- verdicts ---- */

static void test_actions(void)
{
	static const struct {
		const char *action;
		int verdict;
	} rows[] = {
		{ "\"SCMP_ACT_KILL\"", KILL },
		{ "\"SCMP_ACT_KILL_THREAD\"", KILL },
		{ "\"SCMP_ACT_KILL_PROCESS\"", KILL_PROCESS },
		{ "\"SCMP_ACT_TRAP\"", SECCOMP_RET_TRAP },
		{ "\"SCMP_ACT_ERRNO\"", ERRNO | EPERM },
		{ "\"SCMP_ACT_ERRNO\",\"errnoRet\":0", ERRNO },
		{ "\"SCMP_ACT_ERRNO\",\"errnoRet\":4095", ERRNO | 4095 },
		{ "\"SCMP_ACT_TRACE\"", SECCOMP_RET_TRACE | EPERM },
		{ "\"SCMP_ACT_TRACE\",\"errnoRet\":7", SECCOMP_RET_TRACE | 7 },
		{ "\"SCMP_ACT_LOG\"", SECCOMP_RET_LOG },
		{ "\"SCMP_ACT_NOTIFY\"", SECCOMP_RET_USER_NOTIF },
		{ "\"SCMP_ACT_ALLOW\"", ALLOW },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct oci_document *document;
		struct plan_seccomp plan;
		struct text policy = { 0 };

		text_add(&policy,
			"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/l\",\"syscalls\":"
			"[{\"names\":[\"dup\"],\"action\":%s}]}",
			rows[i].action);
		document = parse(policy.s);
		plan = compile(document);
		is_int(verdict_at(&plan, native, SYS_dup, 0, 0), rows[i].verdict, rows[i].action);
		is_int(verdict_at(&plan, native, SYS_read, 0, 0), ALLOW, "and others as the default says");
		oci_free(document);
		text_free(&policy);
	}
}

/* Compares arguments 0 and 1, once on each side of every border. */
static void test_operators(void)
{
	static const struct {
		const char *args;
		uint64_t met[2];
		uint64_t not_met[2];
	} rows[] = {
		{ "{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_NE\"}", { 6, 0 }, { 5, 0 } },
		{ "{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_LT\"}", { 4, 0 }, { 5, 0 } },
		{ "{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_LE\"}", { 5, 0 }, { 6, 0 } },
		{ "{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_EQ\"}", { 5, 0 }, { 4, 0 } },
		{ "{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_GE\"}", { 5, 0 }, { 4, 0 } },
		{ "{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_GT\"}", { 6, 0 }, { 5, 0 } },
		{ "{\"index\":1,\"value\":12884901888,\"op\":\"SCMP_CMP_GT\"}", { 0, 12884901889 }, { 0, 4294967296 } },
		{ "{\"index\":0,\"value\":240,\"valueTwo\":16,\"op\":\"SCMP_CMP_MASKED_EQ\"}", { 0x1f, 0 },
			{ 0x2f, 0 } },
		{ "{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},{\"index\":1,\"value\":2,\"op\":\"SCMP_CMP_EQ\"}",
			{ 1, 2 }, { 1, 3 } },
		/* One argument twice: any of the conditions is enough. */
		{ "{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},{\"index\":0,\"value\":2,\"op\":\"SCMP_CMP_EQ\"}",
			{ 2, 0 }, { 3, 0 } },
		{ "{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},{\"index\":0,\"value\":2,\"op\":\"SCMP_CMP_EQ\"},"
		  "{\"index\":1,\"value\":3,\"op\":\"SCMP_CMP_EQ\"}",
			{ 9, 3 }, { 9, 4 } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct oci_document *document;
		struct plan_seccomp plan;
		struct text policy = { 0 };

		text_add(&policy,
			"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":"
			"[{\"names\":[\"dup\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[%s]}]}",
			rows[i].args);
		document = parse(policy.s);
		plan = compile(document);
		is_int(verdict_at(&plan, native, SYS_dup, rows[i].met[0], rows[i].met[1]), DENY, rows[i].args);
		is_int(verdict_at(&plan, native, SYS_dup, rows[i].not_met[0], rows[i].not_met[1]), ALLOW,
			"and not beyond");
		oci_free(document);
		text_free(&policy);
	}
}

static void test_names(void)
{
	static const char policy[] = "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"syscalls\":["
				     "{\"names\":[\"no_such_call\",\"read\"],\"action\":\"SCMP_ACT_ALLOW\"},"
				     "{\"names\":[\"dup\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38},"
				     "{\"names\":[\"dup3\"],\"action\":\"SCMP_ACT_ERRNO\"}]}";
	struct oci_document *document = parse(policy);
	struct plan_seccomp plan = compile(document);

	is_int(oci_problem_count(document), 0, "an unknown name and a rule like the default are no problem");
	is_int(verdict_at(&plan, native, SYS_read, 0, 0), ALLOW, "what stands beside the unknown name works");
	is_int(verdict_at(&plan, native, SYS_dup, 0, 0), NEWER, "the rule like the default says the same");
	is_int(verdict_at(&plan, native, SYS_dup3, 0, 0), DENY, "another errno is another rule");
	is_int(verdict_at(&plan, AUDIT_ARCH_PPC64LE, SYS_read, 0, 0), KILL, "calls of other machines are killed");
	oci_free(document);
}

/* ---- newer calls ---- */

static void test_newer_calls(void)
{
	static const char policy[] = "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\","
				     "\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\",\"SCMP_ARCH_ARM\"],\"syscalls\":"
				     "[{\"names\":[\"read\",\"openat2\",\"set_tls\"],\"action\":\"SCMP_ACT_ALLOW\"}]}";
	static const struct {
		const char *what;
		unsigned int arch;
		int number;
		int verdict;
	} rows[] = {
		{ "an allowed call", AUDIT_ARCH_X86_64, 0, ALLOW },
		{ "an old call", AUDIT_ARCH_X86_64, 1, DENY },
		{ "the newest call that is named", AUDIT_ARCH_X86_64, 437, ALLOW },
		{ "a newer call", AUDIT_ARCH_X86_64, 438, NEWER },
		{ "one of the far future", AUDIT_ARCH_X86_64, 0x3fffffff, NEWER },
		{ "an allowed call of x32", AUDIT_ARCH_X86_64, 0x40000000, ALLOW },
		{ "an old call of x32", AUDIT_ARCH_X86_64, 0x40000001, DENY },
		{ "a newer call of x32", AUDIT_ARCH_X86_64, 0x40000000 + 600, NEWER },
		{ "an allowed call of i386", AUDIT_ARCH_I386, 3, ALLOW },
		{ "an old call of i386", AUDIT_ARCH_I386, 4, DENY },
		{ "a newer call of i386", AUDIT_ARCH_I386, 438, NEWER },
		{ "a newer call of arm", AUDIT_ARCH_ARM, 438, NEWER },
		{ "an allowed private call of arm", AUDIT_ARCH_ARM, 0xf0005, ALLOW },
		{ "a denied private call of arm", AUDIT_ARCH_ARM, 0xf0002, DENY },
		{ "a call of an architecture that is not listed", AUDIT_ARCH_RISCV64, 438, KILL },
	};
	struct oci_document *document = parse(policy);
	struct plan_seccomp plan = compile(document);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(verdict_at(&plan, rows[i].arch, rows[i].number, 0, 0), rows[i].verdict, rows[i].what);
	oci_free(document);
}

/* Which defaults leave newer calls alone. */
static void test_newer_defaults(void)
{
	static const struct {
		const char *action;
		int verdict; /* of a call that is newer than the policy */
	} rows[] = {
		{ "\"SCMP_ACT_KILL\"", NEWER },
		{ "\"SCMP_ACT_KILL_PROCESS\"", NEWER },
		{ "\"SCMP_ACT_TRAP\"", NEWER },
		{ "\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":13", NEWER },
		{ "\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38", NEWER },
		{ "\"SCMP_ACT_TRACE\"", SECCOMP_RET_TRACE | EPERM },
		{ "\"SCMP_ACT_LOG\"", SECCOMP_RET_LOG },
		{ "\"SCMP_ACT_ALLOW\"", ALLOW },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct oci_document *document;
		struct plan_seccomp plan;
		struct text policy = { 0 };

		text_add(&policy,
			"{\"defaultAction\":%s,\"syscalls\":[{\"names\":[\"dup3\"],\"action\":\"SCMP_ACT_ERRNO\"}]}",
			rows[i].action);
		document = parse(policy.s);
		plan = compile(document);
		is_int(verdict_at(&plan, native, 5000, 0, 0), rows[i].verdict, rows[i].action);
		oci_free(document);
		text_free(&policy);
	}
}

static void test_empty_policy(void)
{
	struct oci_document *document = parse("{\"defaultAction\":\"SCMP_ACT_ERRNO\"}");
	struct plan_seccomp plan = compile(document);

	is_int(verdict_at(&plan, native, 5000, 0, 0), DENY, "a policy that names no call has no newer ones");
	oci_free(document);
}

/* ---- flags and the listener ---- */

static void test_flags(void)
{
	static const char policy[] =
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/l\",\"listenerMetadata\":\"m\","
		"\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\",\"SECCOMP_FILTER_FLAG_LOG\","
		"\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\",\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"],"
		"\"syscalls\":[{\"names\":[\"dup\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}";
	struct oci_document *document = parse(policy);
	struct plan_seccomp plan = compile(document);

	is_int(plan.flags,
		SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW |
			SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		"all four flags");
	ok(plan.notify, "a notify rule needs the listener");
	is_str(plan.listener_path, "/l", "which has a path");
	is_str(plan.listener_metadata, "m", "and metadata");
	oci_free(document);

	document = parse("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/l\",\"listenerMetadata\":\"m\"}");
	plan = compile(document);
	ok(plan.instructions && !plan.notify && !plan.listener_path && !plan.listener_metadata,
		"without a notify rule the listener is ignored");
	oci_free(document);
}

static void test_supported(void)
{
	const char *const *names;
	bool known = false;

	for (names = plan_seccomp_supported_flags(); *names; names++)
		ok(oci_enum_value(oci_seccomp_flag_names, *names) >= 0,
			"a supported flag is one of the specification's");
	for (names = seccomp_known_architectures(); *names; names++) {
		ok(oci_enum_value(oci_seccomp_arch_names, *names) >= 0,
			"an architecture of libseccomp is one of the specification's");
		known = known || strcmp(*names, "SCMP_ARCH_AARCH64") == 0;
	}
	ok(known, "an architecture that libseccomp has known for long is listed");
	ok(text_starts(seccomp_library_version(), "2.") && strlen(seccomp_library_version()) >= strlen("2.5.0"),
		"the version of libseccomp is a version");
}

/* ---- for real ---- */

enum { WRONG_LOAD = 1, WRONG_OLD = 2, WRONG_NEW = 4, NOT_RUN = 8 };

/* In the child: loads the filter, then calls uname, an old call, and openat2, a newer one. Says what was not as wanted:
 * the errno of each, 0 for success. */
static int try_in_child(const struct plan_seccomp *plan, int old_errno, int new_errno)
{
	struct sock_fprog program = { .len = plan->n, .filter = plan->instructions };
	unsigned int flags = plan->flags | (plan->notify ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0);
	struct open_how how = { .flags = O_PATH };
	struct utsname name;
	int loaded;
	int wrong = 0;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	loaded = sys_seccomp(SECCOMP_SET_MODE_FILTER, flags, &program);
	if (loaded < 0)
		return WRONG_LOAD;
	if (plan->notify)
		close(loaded); /* nobody listens: calls that would ask the agent end in ENOSYS */
	errno = 0;
	uname(&name);
	wrong |= errno != old_errno ? WRONG_OLD : 0;
	errno = 0;
	sys_openat2(AT_FDCWD, "/", &how);
	wrong |= errno != new_errno ? WRONG_NEW : 0;
	return wrong;
}

/* The result comes through memory: a sanitizer that may do nothing more changes the exit code. */
static int try_for_real(const struct plan_seccomp *plan, int old_errno, int new_errno)
{
	int *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int result = NOT_RUN;
	pid_t child;
	int code;

	if (shared == MAP_FAILED)
		return result;
	*shared = NOT_RUN;
	child = fork();
	if (child == 0) {
		*shared = try_in_child(plan, old_errno, new_errno);
		_exit(0);
	}
	if (child > 0 && child_wait(child, &code) == 0)
		result = *shared;
	munmap(shared, sizeof(*shared));
	return result;
}

static void test_for_real(void)
{
	static const struct {
		const char *what;
		const char *policy;
		int old_errno;
		int new_errno;
	} rows[] = {
		{ "an errno of the policy",
			"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\",\"SECCOMP_FILTER_FLAG_LOG\","
			"\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"],"
			"\"syscalls\":[{\"names\":[\"uname\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":77}]}",
			77, 0 },
		{ "denied by default, and newer than the policy",
			"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"exit_group\",\"exit\"],"
			"\"action\":\"SCMP_ACT_ALLOW\"}]}",
			EPERM, ENOSYS },
		{ "denied by default, as a policy that knows it says",
			"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"exit_group\",\"exit\",\"openat2\"],"
			"\"action\":\"SCMP_ACT_ALLOW\"}]}",
			EPERM, 0 },
		{ "an agent that went away",
			"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/l\",\"syscalls\":[{\"names\":[\"uname\"],"
			"\"action\":\"SCMP_ACT_NOTIFY\"}]}",
			ENOSYS, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct oci_document *document = parse(rows[i].policy);
		struct plan_seccomp plan = compile(document);

		is_int(try_for_real(&plan, rows[i].old_errno, rows[i].new_errno), 0, rows[i].what);
		oci_free(document);
	}
}

int main(void)
{
	if (!native) {
		skip("policies as filters", "the tests do not know this machine's architecture");
		return done();
	}
	test_refusals();
	test_unknown_architecture();
	test_limits();
	test_actions();
	test_operators();
	test_names();
	test_newer_calls();
	test_newer_defaults();
	test_empty_policy();
	test_flags();
	test_supported();
	test_for_real();
	return done();
}
