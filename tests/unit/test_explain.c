/* What `tare seccomp` prints of a policy, read back from its JSON, beside the answers of the filter: over the policies
 * of all managers each call of each architecture, and each value around those that a policy compares with. */
#include "explain/explain.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "plan/seccomp/seccomp.h"
#include "tap.h"

#include "ocispec/enums.h"
#include "ocispec/field.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <unistd.h>

enum { LARGEST_BUNDLE = 1 << 20, MOST_PROFILES = 64 };

/* ---- the printed JSON ---- */

struct arg {
	uint32_t index;
	enum oci_seccomp_op op;
	uint64_t value;
	uint64_t value_two;
	uint32_t bits;
};

struct args {
	size_t n;
	struct arg *items;
};

struct answer {
	enum oci_seccomp_action action;
	struct oci_opt_u32 errno_ret;
	struct args args;
	char *place;
};

struct answers {
	size_t n;
	struct answer *items;
};

struct call {
	char *name;
	uint32_t number;
	uint32_t part;
	bool differs;
	struct answer *answer;
	struct answers cases;
};

struct calls {
	size_t n;
	struct call *items;
};

struct arch {
	char *name;
	bool covered;
	struct calls calls;
};

struct archs {
	size_t n;
	struct arch *items;
};

struct printed {
	struct archs archs;
};

static const struct oci_field arg_rows[] = {
	OCI_NUMBER(arg, index, "index", .flags = OCI_REQUIRED),
	OCI_ENUM(arg, op, "op", oci_seccomp_op, .flags = OCI_REQUIRED),
	OCI_NUMBER(arg, value, "value", .flags = OCI_REQUIRED),
	OCI_NUMBER(arg, value_two, "valueTwo"),
	OCI_NUMBER(arg, bits, "bits", .flags = OCI_REQUIRED),
};
static const struct oci_type arg_type = OCI_TYPE(arg, arg_rows);

static const struct oci_field answer_rows[] = {
	OCI_ENUM(answer, action, "action", oci_seccomp_action, .flags = OCI_REQUIRED),
	OCI_NUMBER(answer, errno_ret, "errnoRet"),
	OCI_LIST(answer, args, "args", arg),
	OCI_STRING(answer, place, "place"),
};
static const struct oci_type answer_type = OCI_TYPE(answer, answer_rows);

static const struct oci_field call_rows[] = {
	OCI_STRING(call, name, "name", .flags = OCI_REQUIRED),
	OCI_NUMBER(call, number, "number", .flags = OCI_REQUIRED),
	OCI_NUMBER(call, part, "part"),
	OCI_BOOL(call, differs, "differs"),
	OCI_OBJECT(call, answer, "answer", answer),
	OCI_LIST(call, cases, "cases", answer, .flags = OCI_REQUIRED),
};
static const struct oci_type call_type = OCI_TYPE(call, call_rows);

static const struct oci_field arch_rows[] = {
	OCI_STRING(arch, name, "name", .flags = OCI_REQUIRED),
	OCI_BOOL(arch, covered, "covered"),
	OCI_LIST(arch, calls, "calls", call, .flags = OCI_REQUIRED),
};
static const struct oci_type arch_type = OCI_TYPE(arch, arch_rows);

static const struct oci_field printed_rows[] = {
	OCI_LIST(printed, archs, "architectures", arch, .flags = OCI_REQUIRED),
};
static const struct oci_type printed_type = OCI_TYPE(printed, printed_rows);

/* ---- what is printed, by a reader's own understanding ---- */

static bool is_met(const struct arg *arg, const uint64_t args[6])
{
	const uint64_t got = arg->bits == 64 ? args[arg->index] : (uint32_t)args[arg->index];

	switch (arg->op) {
	case OCI_SECCOMP_OP_NE:
		return got != arg->value;
	case OCI_SECCOMP_OP_LT:
		return got < arg->value;
	case OCI_SECCOMP_OP_LE:
		return got <= arg->value;
	case OCI_SECCOMP_OP_EQ:
		return got == arg->value;
	case OCI_SECCOMP_OP_GE:
		return got >= arg->value;
	case OCI_SECCOMP_OP_GT:
		return got > arg->value;
	case OCI_SECCOMP_OP_MASKED_EQ:
		return (got & arg->value) == (arg->value_two & arg->value);
	case OCI_SECCOMP_OP_UNSET:
		break;
	}
	return false;
}

static const struct answer *decide(const struct call *call, const uint64_t args[6])
{
	for (size_t i = 0; i < call->cases.n; i++) {
		const struct args *conditions = &call->cases.items[i].args;
		bool met = true;

		for (size_t j = 0; j < conditions->n; j++)
			met = met && is_met(&conditions->items[j], args);
		if (met)
			return &call->cases.items[i];
	}
	return NULL;
}

/* ---- beside the filter ---- */

struct check {
	const struct plan_seccomp *filter;
	int arch;
	size_t asked;
	size_t wrong;
};

static void compare(struct check *check, const struct call *call, const struct answer *said, const uint64_t args[6])
{
	struct seccomp_data data = { .nr = (int)call->number, .arch = seccomp_architecture_audit(check->arch) };
	uint32_t wanted;

	memcpy(data.args, args, sizeof(data.args));
	wanted = seccomp_answer(check->filter->instructions, check->filter->n, &data, NULL);
	check->asked++;
	if (said && seccomp_action(said->action, said->errno_ret) == wanted && !call->differs)
		return;
	if (check->wrong++ == 0)
		printf("# %s (%u) args[0] %llx: the filter answers %x, and that is not what is printed\n", call->name,
			call->number, (unsigned long long)args[0], wanted);
}

static void check_conditions(struct check *check, const struct call *call)
{
	for (size_t i = 0; i < call->cases.n; i++) {
		const struct args *conditions = &call->cases.items[i].args;

		for (size_t j = 0; j < conditions->n; j++) {
			const struct arg *arg = &conditions->items[j];
			const uint64_t values[] = { arg->value, arg->value - 1, arg->value + 1, arg->value_two,
				arg->value | 1ULL << 40, ~arg->value };

			for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
				uint64_t args[6] = { 0 };

				args[arg->index] = values[k];
				compare(check, call, decide(call, args), args);
			}
		}
	}
}

static void check_arch(struct check *check, const struct arch *arch)
{
	check->arch = seccomp_architecture_of_word(arch->name);
	for (size_t i = 0; i < arch->calls.n; i++) {
		const struct call *call = &arch->calls.items[i];
		const uint64_t args[6] = { call->part };

		if (call->answer)
			compare(check, call, call->answer, args);
		compare(check, call, decide(call, args), args);
		check_conditions(check, call);
	}
}

static bool yes(uint32_t value)
{
	(void)value;
	return true;
}

static bool no(uint32_t value)
{
	(void)value;
	return false;
}

static struct plan plan_of(struct oci_document *document)
{
	struct plan plan = { .spec = oci_root(document), .has_process = true };
	struct seccomp_filter filter = { 0 };
	struct error err;

	if (seccomp_compile(document, plan.spec->linux_->seccomp, false, &filter, &err) < 0)
		printf("# %s\n", err.text);
	plan.seccomp.instructions = filter.instructions;
	plan.seccomp.n = (unsigned short)filter.n;
	return plan;
}

static struct explain_subject subject_of(struct oci_document *document, const struct plan *plan)
{
	return (struct explain_subject){
		.name = "config.json",
		.document = document,
		.plan = plan,
		.has_action = yes,
		.has_flag = yes,
	};
}

static void check_profile(const char *name, struct oci_document *document)
{
	const struct plan plan = plan_of(document);
	const struct explain_subject subject = subject_of(document, &plan);
	struct check check = { .filter = &plan.seccomp };
	cleanup_text struct text json = { 0 };
	struct oci_document *printed;
	const struct printed *root;
	struct error err;

	if (explain_policy(&subject, OCI_SECCOMP_ARCH_UNSET, true, &json, &err) < 0) {
		ok(false, err.text);
		return;
	}
	printed = oci_parse(&printed_type, "printed", json.s, json.n);
	for (size_t i = 0; i < oci_problem_count(printed); i++)
		printf("# %s: %s\n", oci_problem_at(printed, i)->path, oci_problem_at(printed, i)->text);
	root = oci_root(printed);
	for (size_t i = 0; i < root->archs.n; i++)
		check_arch(&check, &root->archs.items[i]);
	ok(check.asked > 1000 && check.wrong == 0, name);
	oci_free(printed);
}

/* ---- the profiles of managers, each once ---- */

struct profiles {
	size_t n;
	char *seen[MOST_PROFILES];
};

static bool is_new(struct profiles *profiles, const struct oci_seccomp *policy)
{
	char *text = NULL;
	size_t length;

	if (oci_write(&oci_seccomp_type, policy, OCI_WRITE_COMPACT, &text, &length) < 0)
		return false;
	for (size_t i = 0; i < profiles->n; i++) {
		if (strcmp(profiles->seen[i], text) == 0) {
			free(text);
			return false;
		}
	}
	if (profiles->n == MOST_PROFILES) {
		free(text);
		return false;
	}
	profiles->seen[profiles->n++] = text;
	return true;
}

static void test_bundle(const char *name, struct profiles *profiles)
{
	cleanup_free char *text = calloc(1, LARGEST_BUNDLE);
	cleanup_fd int fd = -1;
	struct oci_document *document;
	const struct oci_config *config;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", BUNDLES, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!text || fd < 0 || read(fd, text, LARGEST_BUNDLE - 1) <= 0) {
		ok(false, path);
		return;
	}
	document = oci_parse(&oci_config_type, name, text, strlen(text));
	config = oci_root(document);
	if (config->linux_ && config->linux_->seccomp && is_new(profiles, config->linux_->seccomp))
		check_profile(name, document);
	oci_free(document);
}

static void test_managers(void)
{
	struct profiles profiles = { 0 };
	DIR *list = opendir(BUNDLES);

	for (struct dirent *entry = list ? readdir(list) : NULL; entry; entry = readdir(list)) {
		if (strstr(entry->d_name, ".json"))
			test_bundle(entry->d_name, &profiles);
	}
	if (list)
		closedir(list);
	ok(profiles.n > 10, "managers have more than ten policies");
	for (size_t i = 0; i < profiles.n; i++)
		free(profiles.seen[i]);
}

/* No manager has a policy in which the way through socketcall makes a difference. */
static void test_parts(void)
{
	static const char text[] =
		"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\","
		"\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"],\"syscalls\":["
		"{\"names\":[\"socket\",\"shmget\"],\"action\":\"SCMP_ACT_LOG\"},"
		"{\"names\":[\"bind\"],\"action\":\"SCMP_ACT_TRAP\",\"args\":[{\"index\":0,\"value\":3,\"op\":\"SCMP_CMP_GE\"}]}]}}}";
	struct oci_document *document = oci_parse(&oci_config_type, "config.json", text, strlen(text));

	check_profile("the parts of socketcall and ipc have the answers of the filter", document);
	oci_free(document);
}

/* ---- the text ---- */

static const char policy[] =
	"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/\",\"args\":[\"a\"]},\n"
	"\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\n"
	"\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"],\"syscalls\":[\n"
	"{\"names\":[\"read\",\"arm_sync_file_range\",\"frobnicate\"],\"action\":\"SCMP_ACT_ALLOW\"},\n"
	"{\"names\":[\"dup\",\"read\"],\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":7,\"args\":[\n"
	"{\"index\":0,\"value\":18446744073709551516,\"op\":\"SCMP_CMP_EQ\"},\n"
	"{\"index\":1,\"value\":240,\"valueTwo\":255,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}}}\n";

static const char *said(struct oci_document *document, const struct explain_question *question, bool known)
{
	static struct text out;
	const struct plan plan = plan_of(document);
	struct explain_subject subject = subject_of(document, &plan);
	struct error err;
	int result;

	subject.has_action = known ? yes : no;
	text_free(&out);
	result = question->call ? explain_call(&subject, question, false, &out, &err)
				: explain_policy(&subject, question->arch, false, &out, &err);
	return result < 0 ? "" : out.s;
}

static void has(const char *text, const char *part, const char *what)
{
	if (!ok(text && strstr(text, part), what))
		printf("# no '%s' in:\n# %s\n", part, text ? text : "");
}

static void test_text(void)
{
	struct oci_document *document = oci_parse(&oci_config_type, "config.json", policy, strlen(policy));
	const struct explain_question whole = { 0 };
	const struct explain_question dup = { .call = "dup" };
	struct explain_question asked = { .call = "dup", .arch = OCI_SECCOMP_ARCH_X86, .has_args = true };
	const struct explain_question read_call = { .call = "read", .arch = OCI_SECCOMP_ARCH_X86_64 };

	has(said(document, &whole, true),
		"default   SCMP_ACT_ERRNO EPERM, from config.json:2:37: linux.seccomp.defaultAction\n",
		"the default action has its place");
	has(said(document, &whole, true), "names that this libseccomp does not know:\n          frobnicate\n",
		"names that nobody knows are listed");
	has(said(document, &whole, true),
		"names of calls that only other architectures have:\n          arm_sync_file_range\n",
		"and those of other architectures");
	has(said(document, &whole, true), "  SCMP_ACT_ALLOW: 1 call\n      read\n",
		"calls with the same answer stand together");
	has(said(document, &whole, true),
		"      dup\n          SCMP_ACT_TRACE 7 if args[0] == 0xffffffffffffff9c and args[1] & 240 == 240  # linux.seccomp.syscalls[1]\n"
		"          SCMP_ACT_ERRNO EPERM otherwise\n",
		"conditions have their rule");
	has(said(document, &whole, true), "\nx86, as x86_64, and\n", "a second architecture has what differs");
	ok(!strstr(strstr(said(document, &whole, true), "\nx86, as"), "\n      read\n"), "and not what is the same");
	has(said(document, &whole, true), ", newer than the policy: all calls above number 32\n",
		"the largest number of the policy is told");
	has(said(document, &whole, false), "lacking   SCMP_ACT_", "so are actions that the kernel does not have");
	ok(!strstr(said(document, &whole, true), "lacking"), "if there are any");
	has(said(document, &dup, true),
		"x86_64: dup, number 32: depends on its arguments\nx86: dup, number 41: depends on its arguments\n",
		"architectures with the same rules share their text");
	has(said(document, &dup, true), "        config.json:5:11: linux.seccomp.syscalls[1].names[0]\n",
		"a rule has its place");
	has(said(document, &read_call, true),
		"    without effect: SCMP_ACT_TRACE 7 if args[0] == 0xffffffffffffff9c and args[1] & 240 == 240: a rule in front of it has no conditions\n"
		"        config.json:5:17: linux.seccomp.syscalls[1].names[1]\n",
		"a rule that decides nothing is listed with the reason");
	asked.args[0] = 0xffffff9c;
	asked.args[1] = 0xff;
	asked.arg_count = 2;
	has(said(document, &asked, true), "x86: dup(0xffffff9c, 255), number 41: SCMP_ACT_TRACE 7, after ",
		"arguments decide");
	has(said(document, &asked, true), "\n => SCMP_ACT_TRACE 7 if", "the rule that decides is marked");
	asked.args[0] = 0;
	has(said(document, &asked, true), "\n => SCMP_ACT_ERRNO EPERM otherwise", "or the default action is");
	asked.call = "9999";
	has(said(document, &asked, true), "x86: number 9999(0, 255): SCMP_ACT_ERRNO ENOSYS, after ",
		"a number needs no name");
	asked.arch = OCI_SECCOMP_ARCH_AARCH64;
	has(said(document, &asked, true), "SCMP_ACT_KILL_THREAD, since the policy does not have SCMP_ARCH_AARCH64\n",
		"an architecture that the policy does not have is told");
	oci_free(document);
}

/* ---- the instructions ---- */

static void test_program(void)
{
	static struct sock_filter some[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x40000003, 0, 9),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 102, 1, 0),
		BPF_STMT(BPF_JMP | BPF_JA, 6),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16 + 8 * 2 + 4 * (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 255),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_ST, 3),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_X, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_A, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 13),
	};
	const struct plan_seccomp filter = { .instructions = some, .n = sizeof(some) / sizeof(some[0]) };
	cleanup_text struct text out = { 0 };
	cleanup_text struct text json = { 0 };
	struct error err;

	ok(explain_program(&filter, false, &out, &err) == 0 && explain_program(&filter, true, &json, &err) == 0,
		"a filter is written as text");
	has(out.s, "   0  A = architecture\n", "a load has the name of what it loads");
	has(out.s, "   1  if A == 0x40000003 goto 2, else 11", "jumps have the numbers of instructions");
	has(out.s, "# x86\n", "an architecture has its name");
	has(out.s, "   3  if A >= 102 goto 5, else 4                        # from socketcall on\n", "and a call");
	has(out.s, "   4  goto 11\n", "a jump without a condition is one");
	has(out.s, "   5  A = args[2], upper half\n", "an argument has two halves");
	has(out.s, "   6  A &= 255\n   7  X = A\n   8  M[3] = A\n   9  if A & X goto 10, else 11\n  10  return A\n",
		"calculations are written as in C");
	has(out.s, "  11  return SCMP_ACT_ERRNO EACCES\n", "an action has its name");
	has(json.s, "\"code\": 21,\n      \"jt\": 0,\n      \"jf\": 9,\n      \"k\": 1073741827,\n",
		"JSON has the instructions");
}

int main(void)
{
	test_text();
	test_program();
	test_parts();
	test_managers();
	return done();
}
