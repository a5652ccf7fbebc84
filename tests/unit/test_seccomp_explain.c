/* What is said of a policy, rule by rule, beside what its filter answers: for each call, each way to make it, and
 * values around those that the policy compares with; over the policies of all managers, and some that are made up. */
#include "reference.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "tap.h"

#include "ocispec/enums.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <unistd.h>

enum { MADE_UP = 150, LARGEST_BUNDLE = 1 << 20 };

struct check {
	struct oci_document *document;
	const struct oci_seccomp *policy;
	struct seccomp_filter filter;
	struct seccomp_reading *reading;
	size_t asked;
	size_t wrong;
};

/* The case that decides about a call, as the command does it. */
static uint32_t explained(const struct seccomp_explanation *explanation, const struct seccomp_data *call)
{
	size_t i = 0;

	while (!seccomp_case_applies(explanation, i, (const uint64_t *)call->args))
		i++;
	return explanation->cases[i].action;
}

static void ask(struct check *check, const struct seccomp_explanation *explanation, struct seccomp_data *call)
{
	uint32_t wanted = seccomp_answer(check->filter.instructions, check->filter.n, call, NULL);
	uint32_t got = explained(explanation, call);

	check->asked++;
	if (got == wanted)
		return;
	if (check->wrong++ == 0)
		printf("# arch %x number %x args %llx %llx: %x is said, and the filter answers %x\n", call->arch,
			(unsigned)call->nr, (unsigned long long)call->args[0], (unsigned long long)call->args[1], got,
			wanted);
}

/* Each argument that a rule looks at, at each value around the one that it compares with. */
static void ask_around(struct check *check, const struct seccomp_way *way,
	const struct seccomp_explanation *explanation, struct seccomp_data *call)
{
	for (size_t i = 0; i < explanation->rule_count; i++) {
		const struct oci_syscall_args *conditions = &explanation->rules[i].conditions;

		for (size_t j = 0; j < conditions->n; j++) {
			const struct oci_syscall_arg *arg = &conditions->items[j];
			const uint64_t values[] = { arg->value, arg->value - 1, arg->value + 1, arg->value_two,
				arg->value & arg->value_two, arg->value ^ 1ULL << 32, UINT64_MAX };

			if (way->through && arg->index == 0)
				continue;
			for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
				call->args[arg->index] = values[k];
				ask(check, explanation, call);
			}
		}
	}
}

static void check_way(struct check *check, const struct seccomp_way *way)
{
	struct seccomp_data call = { .nr = (int)way->number, .arch = seccomp_architecture_audit(way->arch) };
	struct seccomp_explanation explanation;
	struct error err;

	if (seccomp_explain(check->reading, way, &explanation, &err) < 0) {
		check->wrong++;
		return;
	}
	call.args[0] = way->part;
	ask(check, &explanation, &call);
	ask_around(check, way, &explanation, &call);
	for (int i = way->through ? 1 : 0; i < 6; i++)
		call.args[i] = UINT64_MAX;
	ask(check, &explanation, &call);
}

static void check_architecture(struct check *check, int arch)
{
	for (int i = 0; i < SECCOMP_CALL_INDICES; i++) {
		cleanup_free char *name = seccomp_call_name(i);
		struct seccomp_way ways[SECCOMP_MOST_WAYS];
		size_t n = name ? seccomp_ways(arch, name, ways) : 0;

		for (size_t j = 0; j < n; j++) {
			/* The multiplexers are asked about by their parts. */
			if (ways[j].through || (strcmp(name, "socketcall") != 0 && strcmp(name, "ipc") != 0))
				check_way(check, &ways[j]);
		}
	}
	for (uint32_t number = 0; number < 40; number++)
		check_way(check, &(struct seccomp_way){ .arch = arch, .number = 460 + number });
}

/* Returns how many calls were asked about; 0 for a policy that could not be read. */
static size_t check_policy(struct oci_document *document, const struct oci_seccomp *policy, size_t *ret_wrong)
{
	struct check check = { .document = document, .policy = policy };
	const int *archs;
	struct error err;
	size_t n;

	if (seccomp_compile(document, policy, false, &check.filter, &err) < 0 || !check.filter.instructions)
		return 0;
	check.reading = seccomp_reading_make(document, policy, &err);
	if (!check.reading)
		return 0;
	n = seccomp_reading_architectures(check.reading, &archs);
	for (size_t i = 0; i < n; i++)
		check_architecture(&check, archs[i]);
	check_architecture(&check, OCI_SECCOMP_ARCH_RISCV64);
	*ret_wrong += check.wrong;
	return check.asked;
}

static void test_bundle(const char *name, size_t *ret_profiles)
{
	cleanup_free char *text = calloc(1, LARGEST_BUNDLE);
	cleanup_fd int fd = -1;
	struct oci_document *document;
	const struct oci_config *config;
	char path[512];
	size_t wrong = 0;
	size_t asked;

	snprintf(path, sizeof(path), "%s/%s", BUNDLES, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!text || fd < 0 || read(fd, text, LARGEST_BUNDLE - 1) <= 0) {
		ok(false, path);
		return;
	}
	document = oci_parse(&oci_config_type, name, text, strlen(text));
	config = oci_root(document);
	if (config->linux_ && config->linux_->seccomp) {
		asked = check_policy(document, config->linux_->seccomp, &wrong);
		ok(asked > 1000 && wrong == 0, name);
		++*ret_profiles;
	}
	oci_free(document);
}

static void test_managers(void)
{
	DIR *list = opendir(BUNDLES);
	size_t profiles = 0;

	for (struct dirent *entry = list ? readdir(list) : NULL; entry; entry = readdir(list)) {
		if (strstr(entry->d_name, ".json"))
			test_bundle(entry->d_name, &profiles);
	}
	if (list)
		closedir(list);
	ok(profiles > 50, "most bundles of managers have a policy");
}

static void test_made_up(void)
{
	static const char some[] = "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}";
	size_t unread = 0;
	size_t wrong = 0;

	for (uint64_t seed = 1; seed <= MADE_UP; seed++) {
		struct source source = { .state = seed * 0x9e3779b97f4a7c15 };
		struct oci_document *document = oci_parse(&oci_seccomp_type, "policy", some, sizeof(some) - 1);
		const struct oci_seccomp *policy = make_policy(document, &source);
		size_t before = wrong;

		unread += check_policy(document, policy, &wrong) == 0;
		if (wrong > before) {
			cleanup_free char *text = policy_text(policy);

			printf("# %s\n", text);
		}
		oci_free(document);
	}
	is_int(unread, 0, "policies that are made up are read");
	is_int(wrong, 0, "and what is said of each call is what their filters answer");
}

/* ---- words ---- */

static void test_words(void)
{
	struct seccomp_way ways[SECCOMP_MOST_WAYS];
	cleanup_free char *x86 = seccomp_call_of_number(OCI_SECCOMP_ARCH_X86, 102);
	cleanup_free char *x32 = seccomp_call_of_number(OCI_SECCOMP_ARCH_X32, 0x40000001);
	cleanup_free char *mips = seccomp_call_of_number(OCI_SECCOMP_ARCH_MIPS, 1);

	is_int(seccomp_architecture_of_word("SCMP_ARCH_AARCH64"), OCI_SECCOMP_ARCH_AARCH64,
		"an architecture has the name of the specification");
	is_int(seccomp_architecture_of_word("aarch64"), OCI_SECCOMP_ARCH_AARCH64, "or a short one");
	is_int(seccomp_architecture_of_word("c000003e"), OCI_SECCOMP_ARCH_X86_64,
		"or the number that the audit log has");
	is_int(seccomp_architecture_of_word("0x40000003"), OCI_SECCOMP_ARCH_X86, "or that with 0x");
	is_int(seccomp_architecture_of_word("amiga"), OCI_SECCOMP_ARCH_UNSET, "another word is none");
	is_int(seccomp_architecture_of_word("1c000003e"), OCI_SECCOMP_ARCH_UNSET, "nor is a number that is too long");
	is_int(seccomp_architecture_of_word(""), OCI_SECCOMP_ARCH_UNSET, "nor is nothing");
	ok(x86 && strcmp(x86, "socketcall") == 0, "a number of i386 has its name");
	ok(x32 && strcmp(x32, "write") == 0, "one of x32 has the bit");
	ok(!seccomp_call_of_number(OCI_SECCOMP_ARCH_X32, 1), "and is none without it");
	ok(!mips, "numbers of mips begin at 4000");
	is_int(seccomp_ways(OCI_SECCOMP_ARCH_X86, "socket", ways), 2, "socket of i386 is made in two ways");
	ok(ways[0].number == 359 && !ways[0].through, "by its own number");
	ok(ways[1].number == 102 && ways[1].part == 1 && strcmp(ways[1].through, "socketcall") == 0,
		"and by socketcall");
	is_int(seccomp_ways(OCI_SECCOMP_ARCH_X86_64, "socketcall", ways), 0, "x86_64 has no socketcall");
	is_int(seccomp_way_of_number(OCI_SECCOMP_ARCH_X86, 117, (uint64_t[]){ 23 | 1 << 16 }).part, 23,
		"the first argument chooses the part of ipc, without its version");
}

/* ---- reasons ---- */

static void test_reasons(void)
{
	static const char text[] =
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
		"{\"names\":[\"dup\",\"socket\"],\"action\":\"SCMP_ACT_TRAP\",\"args\":[{\"index\":0,"
		"\"value\":7,\"op\":\"SCMP_CMP_EQ\"}]},"
		"{\"names\":[\"dup\"],\"action\":\"SCMP_ACT_ALLOW\"},"
		"{\"names\":[\"dup\"],\"action\":\"SCMP_ACT_LOG\"}]}";
	struct oci_document *document = oci_parse(&oci_seccomp_type, "policy", text, strlen(text));
	struct seccomp_reading *reading;
	struct seccomp_explanation dup;
	struct seccomp_explanation other;
	struct seccomp_way way[SECCOMP_MOST_WAYS];
	struct error err;

	reading = seccomp_reading_make(document, oci_root(document), &err);
	if (!reading) {
		ok(false, err.text);
		return;
	}
	seccomp_ways(OCI_SECCOMP_ARCH_X86_64, "dup", way);
	ok(seccomp_explain(reading, &way[0], &dup, &err) == 0 && dup.rule_count == 3 && dup.n == 2,
		"three rules name dup, and two of them can decide");
	ok(dup.cases[0].by == 0 && dup.cases[0].when == 0 && dup.cases[0].action == SECCOMP_RET_TRAP,
		"the first by its condition");
	ok(dup.cases[1].by == 1 && dup.cases[1].when == -1, "the second else");
	is_int(dup.rules[2].weight, SECCOMP_RULE_IS_BEHIND, "the third is behind one without conditions");
	is_int(dup.rules[0].name, 0, "the name that speaks of the call is known");
	ok(seccomp_case_applies(&dup, 0, (uint64_t[6]){ 7 }), "a condition is met by its value");
	ok(!seccomp_case_applies(&dup, 0, (uint64_t[6]){ 8 }), "and by no other");
	seccomp_ways(OCI_SECCOMP_ARCH_X86_64, "close", way);
	ok(seccomp_explain(reading, &way[0], &other, &err) == 0 && other.cases[0].by == SECCOMP_BY_DEFAULT,
		"a call that no rule names gets the default action");
	way[0] = seccomp_way_of_number(OCI_SECCOMP_ARCH_X86_64, 400, NULL);
	ok(seccomp_explain(reading, &way[0], &other, &err) == 0 && other.cases[0].by == SECCOMP_BY_AGE &&
			other.cases[0].action == (SECCOMP_RET_ERRNO | ENOSYS),
		"one above the largest number gets ENOSYS");
	way[0] = seccomp_way_of_number(OCI_SECCOMP_ARCH_RISCV64, 1, NULL);
	ok(seccomp_explain(reading, &way[0], &other, &err) == 0 && other.cases[0].by == SECCOMP_BY_ARCHITECTURE &&
			other.cases[0].action == SECCOMP_RET_KILL_THREAD,
		"one of an architecture that the policy does not have ends the thread");
	oci_free(document);
}

int main(void)
{
	test_words();
	test_reasons();
	test_made_up();
	test_managers();
	return done();
}
