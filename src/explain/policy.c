/* What a filter answers to each call of each architecture, and what else is to be known of a policy: what init needs,
 * what is skipped, what the kernel lacks. */
#include "explain/parts.h"

#include "base/cleanup.h"

#include "ocispec/enums.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

/* ---- the calls of an architecture ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of all calls of all architectures, sorted, each once. */
static int list_names(const struct explainer *explainer, struct oci_strings *ret, struct error *err)
{
	char **items = explainer_alloc(explainer, (SECCOMP_CALL_INDICES + 1) * sizeof(*items), err);
	size_t n = 0;
	size_t kept = 0;

	if (!items)
		return -1;
	for (int i = 0; i < SECCOMP_CALL_INDICES; i++) {
		cleanup_free char *name = seccomp_call_name(i);

		if (!name)
			continue;
		items[n] = explainer_copy(explainer, name, err);
		if (!items[n++])
			return -1;
	}
	qsort(items, n, sizeof(*items), by_name);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || strcmp(items[kept - 1], items[i]) != 0)
			items[kept++] = items[i];
	}
	*ret = (struct oci_strings){ .n = kept, .items = items };
	return 0;
}

static bool are_alike(const struct explained_call *a, const struct explained_call *b)
{
	cleanup_text struct text one = { 0 };
	cleanup_text struct text other = { 0 };

	explain_add_key(&one, a);
	explain_add_key(&other, b);
	return one.s && other.s && strcmp(one.s, other.s) == 0;
}

/* A call that goes through another one is only mentioned where that makes a difference. */
static int add_call(const struct explainer *explainer, int arch, const char *name, struct explained_calls *calls,
	struct error *err)
{
	struct seccomp_way ways[SECCOMP_MOST_WAYS];
	size_t n = seccomp_ways(arch, name, ways);

	for (size_t i = 0; i < n; i++) {
		struct explained_call *call = &calls->items[calls->n];

		if (explainer_ask(explainer, &ways[i], name, NULL, call, err) < 0)
			return -1;
		if (i == 0 || !are_alike(call, call - 1))
			calls->n++;
	}
	return 0;
}

static bool is_covered(const struct explainer *explainer, int arch)
{
	const int *archs;
	size_t n = explainer_architectures(explainer, &archs);

	for (size_t i = 0; i < n; i++) {
		if (archs[i] == arch)
			return true;
	}
	return !explainer->reading;
}

static int add_arch(const struct explainer *explainer, int arch, const struct oci_strings *names,
	struct explained_arch *this, struct error *err)
{
	*this = (struct explained_arch){
		.arch = arch,
		.name = oci_enum_name(oci_seccomp_arch_names, arch),
		.own = arch == seccomp_own_architecture(),
		.covered = is_covered(explainer, arch),
	};
	if (!this->covered)
		return 0;
	if (explainer->reading)
		this->newest.set = seccomp_reading_newest(explainer->reading, arch, &this->newest.v);
	this->calls.items = explainer_alloc(explainer, (names->n * SECCOMP_MOST_WAYS + 1) * sizeof(*this->calls.items),
		err);
	for (size_t i = 0; this->calls.items && i < names->n; i++) {
		if (add_call(explainer, arch, names->items[i], &this->calls, err) < 0)
			return -1;
	}
	return this->calls.items ? 0 : -1;
}

static int add_archs(const struct explainer *explainer, int asked, struct explained_policy *policy, struct error *err)
{
	struct oci_strings names;
	const int *archs;
	size_t n = explainer_architectures(explainer, &archs);

	if (asked) {
		archs = &asked;
		n = 1;
	}
	policy->archs = explainer_alloc(explainer, n * sizeof(*policy->archs), err);
	if (!policy->archs || list_names(explainer, &names, err) < 0)
		return -1;
	for (; policy->arch_count < n; policy->arch_count++) {
		const size_t i = policy->arch_count;

		if (add_arch(explainer, archs[i], &names, &policy->archs[i], err) < 0)
			return -1;
	}
	return 0;
}

/* ---- names that mean no call here ---- */

static bool has_call(const struct explainer *explainer, const char *name)
{
	struct seccomp_way ways[SECCOMP_MOST_WAYS];
	const int *archs;
	size_t n = explainer_architectures(explainer, &archs);

	for (size_t i = 0; i < n; i++) {
		if (seccomp_ways(archs[i], name, ways) > 0)
			return true;
	}
	return false;
}

static int add_skipped_name(const struct explainer *explainer, size_t entry, size_t name, const char *text,
	struct explained_policy *policy, struct error *err)
{
	struct explained_name *this = &policy->skipped[policy->skipped_count++];
	struct text place = { 0 };

	*this = (struct explained_name){ .name = text, .known = seccomp_call_is_known(text) };
	text_add(&place, "linux.seccomp.syscalls[%zu].names[%zu]", entry, name);
	this->place = place.s ? explainer_copy(explainer, place.s, err) : NULL;
	text_free(&place);
	if (!this->place)
		return -1;
	explain_locate(explainer->subject, this->place, &this->line, &this->column);
	return 0;
}

static int add_skipped(const struct explainer *explainer, struct explained_policy *policy, struct error *err)
{
	const struct oci_syscalls *calls = &explainer->subject->plan->spec->linux_->seccomp->syscalls;
	size_t n = 1;

	for (size_t i = 0; i < calls->n; i++)
		n += calls->items[i].names.n;
	policy->skipped = explainer_alloc(explainer, n * sizeof(*policy->skipped), err);
	for (size_t i = 0; policy->skipped && i < calls->n; i++) {
		const struct oci_strings *names = &calls->items[i].names;

		for (size_t j = 0; j < names->n; j++) {
			if (!has_call(explainer, names->items[j]) &&
				add_skipped_name(explainer, i, j, names->items[j], policy, err) < 0)
				return -1;
		}
	}
	return policy->skipped ? 0 : -1;
}

/* ---- what the kernel has ---- */

/* The names of what may be wished for, such as flags, for those that are. */
struct wish {
	uint32_t value;
	int name; /* in a table of libocispec */
};

static const struct wish flags[] = {
	{ SECCOMP_FILTER_FLAG_TSYNC, OCI_SECCOMP_FLAG_TSYNC },
	{ SECCOMP_FILTER_FLAG_LOG, OCI_SECCOMP_FLAG_LOG },
	{ SECCOMP_FILTER_FLAG_SPEC_ALLOW, OCI_SECCOMP_FLAG_SPEC_ALLOW },
	{ SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV },
};

enum { FLAGS = sizeof(flags) / sizeof(flags[0]) };

static void add_once(struct oci_strings *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->items[i], name) == 0)
			return;
	}
	list->items[list->n++] = (char *)(uintptr_t)name;
}

static void add_missing_actions(const struct explain_subject *subject, struct oci_strings *list)
{
	const struct plan_seccomp *filter = &subject->plan->seccomp;

	for (size_t i = 0; i < filter->n; i++) {
		const struct sock_filter *instruction = &filter->instructions[i];
		const char *name = explain_action_name(instruction->k);

		if (BPF_CLASS(instruction->code) == BPF_RET && BPF_RVAL(instruction->code) == BPF_K && name &&
			!subject->has_action(instruction->k & SECCOMP_RET_ACTION_FULL))
			add_once(list, name);
	}
}

static int add_flags(const struct explainer *explainer, struct explained_policy *policy, struct error *err)
{
	enum { ACTIONS = 16 };
	const struct explain_subject *subject = explainer->subject;

	policy->flags.items = explainer_alloc(explainer, (FLAGS + 1) * sizeof(char *), err);
	policy->missing.items = explainer_alloc(explainer, (FLAGS + ACTIONS) * sizeof(char *), err);
	if (!policy->flags.items || !policy->missing.items)
		return -1;
	add_missing_actions(subject, &policy->missing);
	for (int i = 0; i < FLAGS; i++) {
		const char *name = oci_enum_name(oci_seccomp_flag_names, flags[i].name);

		if (!(subject->plan->seccomp.flags & flags[i].value))
			continue;
		add_once(&policy->flags, name);
		if (!subject->has_flag(flags[i].value))
			add_once(&policy->missing, name);
	}
	return 0;
}

/* ---- the rest ---- */

static int add_problems(const struct explainer *explainer, struct oci_strings *ret, struct error *err)
{
	const struct oci_document *document = explainer->subject->document;
	size_t n = oci_problem_count(document);

	ret->items = explainer_alloc(explainer, (n + 1) * sizeof(*ret->items), err);
	for (size_t i = 0; ret->items && i < n; i++) {
		ret->items[i] = explainer_copy(explainer, oci_problem_at(document, i)->text, err);
		if (!ret->items[i])
			return -1;
		ret->n++;
	}
	return ret->items ? 0 : -1;
}

static int add_default(const struct explainer *explainer, struct explained_policy *policy, struct error *err)
{
	const struct oci_seccomp *config = explainer->subject->plan->spec->linux_->seccomp;

	policy->default_action = explainer_alloc(explainer, sizeof(*policy->default_action), err);
	if (!policy->default_action)
		return -1;
	*policy->default_action = explained_rule_of(seccomp_action(config->default_action, config->default_errno_ret),
		"default");
	return explainer_set_place(explainer, "linux.seccomp.defaultAction", policy->default_action, err);
}

static int make(const struct explainer *explainer, int arch, struct explained_policy *policy, struct error *err)
{
	const struct explain_subject *subject = explainer->subject;
	const struct plan *plan = subject->plan;

	*policy = (struct explained_policy){
		.config = subject->name,
		.container = subject->container,
		.instructions = plan->seccomp.n,
		.compiled_elsewhere = !explainer->reading,
		.outdated = explainer->outdated,
		.loaded = plan_filters_early(plan) ? "create" : "start",
		.agent = plan->seccomp.listener_path,
	};
	if (plan->warnings.n > subject->earlier_warnings)
		policy->warnings = (struct oci_strings){ .n = plan->warnings.n - subject->earlier_warnings,
			.items = plan->warnings.items + subject->earlier_warnings };
	policy->need_count = plan_filter_needs(plan, true, policy->needs);
	if (explainer->reading && (add_default(explainer, policy, err) < 0 || add_skipped(explainer, policy, err) < 0))
		return -1;
	if (add_flags(explainer, policy, err) < 0 || add_problems(explainer, &policy->problems, err) < 0)
		return -1;
	return add_archs(explainer, arch, policy, err);
}

int explain_policy(const struct explain_subject *subject, int arch, bool json, struct text *out, struct error *err)
{
	cleanup_explainer struct explainer explainer = { 0 };
	struct explained_policy policy;

	if (explainer_make(subject, &explainer, err) < 0 || make(&explainer, arch, &policy, err) < 0)
		return -1;
	if (json)
		return explain_add_json_of_policy(out, &policy, err);
	explain_add_policy(out, &explainer, &policy, arch != OCI_SECCOMP_ARCH_UNSET);
	return text_done(out, err);
}
