/* What is said of a call: the filter's answer, and the rules of the policy that lead to it, with their places. */
#include "explain/parts.h"

#include "ocispec/enums.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>

enum { PLACE_MAX = 128, READABLE_COLUMN = 500 };

/* ---- memory ---- */

void *explainer_alloc(const struct explainer *explainer, size_t size, struct error *err)
{
	void *memory = oci_alloc(explainer->memory, size);

	if (!memory)
		error_set(err, ENOMEM, "cannot explain the filter");
	return memory;
}

char *explainer_copy(const struct explainer *explainer, const char *text, struct error *err)
{
	size_t size = strlen(text) + 1;
	char *copy = explainer_alloc(explainer, size, err);

	if (copy)
		memcpy(copy, text, size);
	return copy;
}

/* ---- the policy ---- */

/* Whether the policy makes the same filter today. */
static int compare_with_stored(struct explainer *explainer, const struct oci_seccomp *policy, struct error *err)
{
	const struct plan_seccomp *stored = &explainer->subject->plan->seccomp;
	struct seccomp_filter filter = { 0 };

	if (seccomp_compile(explainer->memory, policy, false, &filter, err) < 0)
		return -1;
	explainer->outdated = filter.n != stored->n ||
		memcmp(filter.instructions, stored->instructions, filter.n * sizeof(*filter.instructions)) != 0;
	return 0;
}

int explainer_make(const struct explain_subject *subject, struct explainer *ret, struct error *err)
{
	static const char some[] = "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}";
	const struct plan *plan = subject->plan;

	/* A document of its own: that of the configuration may have problems, which keep policies from being read. */
	*ret = (struct explainer){
		.subject = subject,
		.own = seccomp_own_architecture(),
		.memory = oci_parse(&oci_seccomp_type, "policy", some, sizeof(some) - 1),
	};
	if (!ret->memory)
		return error_set(err, ENOMEM, "cannot explain the filter");
	if (plan->annotations.seccomp_filter || !plan->spec->linux_ || !plan->spec->linux_->seccomp)
		return 0;
	ret->reading = seccomp_reading_make(ret->memory, plan->spec->linux_->seccomp, err);
	if (!ret->reading)
		return -1;
	return subject->container ? compare_with_stored(ret, plan->spec->linux_->seccomp, err) : 0;
}

void explainer_free(struct explainer *explainer)
{
	oci_free(explainer->memory);
}

size_t explainer_architectures(const struct explainer *explainer, const int **ret_archs)
{
	if (explainer->reading)
		return seccomp_reading_architectures(explainer->reading, ret_archs);
	*ret_archs = &explainer->own;
	return 1;
}

/* ---- places ---- */

void explain_locate(const struct explain_subject *subject, const char *place, uint32_t *ret_line, uint32_t *ret_column)
{
	unsigned int line = 0;
	unsigned int column = 0;

	(void)oci_locate(subject->document, place, &line, &column);
	*ret_line = line;
	*ret_column = column;
}

void explain_add_place(struct text *text, const struct explain_subject *subject, const char *place, uint32_t line,
	uint32_t column)
{
	text_add_printable(text, subject->name);
	if (line > 0 && column <= READABLE_COLUMN)
		text_add(text, ":%u:%u", line, column);
	text_add(text, ": %s", place);
}

int explainer_set_place(const struct explainer *explainer, const char *place, struct explained_rule *rule,
	struct error *err)
{
	rule->place = explainer_copy(explainer, place, err);
	explain_locate(explainer->subject, place, &rule->line, &rule->column);
	return rule->place ? 0 : -1;
}

/* ---- rules ---- */

struct explained_rule explained_rule_of(uint32_t action, const char *by)
{
	struct explained_rule rule = { .action = explain_action_name(action), .by = by, .value = action };
	uint32_t number = action & SECCOMP_RET_DATA;

	if (explain_has_number(action))
		rule.errno_ret = (struct oci_opt_u32){ .set = true, .v = number };
	if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		rule.errno_name = strerrorname_np((int)number);
	return rule;
}

static int set_place_of_rule(const struct explainer *explainer, const struct seccomp_spoken *spoken,
	struct explained_rule *rule, struct error *err)
{
	char place[PLACE_MAX];

	snprintf(place, sizeof(place), "linux.seccomp.syscalls[%zu].names[%zu]", spoken->entry, spoken->name);
	return explainer_set_place(explainer, place, rule, err);
}

static int make_case(const struct explainer *explainer, const struct seccomp_explanation *explanation,
	const struct seccomp_case *this, struct explained_rule *ret, struct error *err)
{
	switch (this->by) {
	case SECCOMP_BY_DEFAULT:
		*ret = explained_rule_of(this->action, "default");
		return explainer_set_place(explainer, "linux.seccomp.defaultAction", ret, err);
	case SECCOMP_BY_AGE:
		*ret = explained_rule_of(this->action, "newer");
		return 0;
	case SECCOMP_BY_ARCHITECTURE:
		*ret = explained_rule_of(this->action, "architecture");
		return explainer_set_place(explainer, "linux.seccomp.architectures", ret, err);
	default:
		*ret = explained_rule_of(this->action, "rule");
		if (this->when >= 0) {
			ret->conditions = explanation->rules[this->when].conditions;
			ret->bits = explanation->rules[this->when].bits;
		}
		return set_place_of_rule(explainer, &explanation->rules[this->by], ret, err);
	}
}

static int add_cases(const struct explainer *explainer, const struct seccomp_explanation *explanation,
	struct explained_call *call, struct error *err)
{
	call->cases.items = explainer_alloc(explainer, explanation->n * sizeof(*call->cases.items), err);
	if (!call->cases.items)
		return -1;
	for (size_t i = 0; i < explanation->n; i++) {
		if (make_case(explainer, explanation, &explanation->cases[i], &call->cases.items[i], err) < 0)
			return -1;
		call->cases.n++;
	}
	return 0;
}

static bool decides(const struct seccomp_explanation *explanation, size_t rule)
{
	for (size_t i = 0; i < explanation->n; i++) {
		if (explanation->cases[i].by == (int)rule)
			return true;
	}
	return false;
}

static int add_idle(const struct explainer *explainer, const struct seccomp_explanation *explanation,
	struct explained_call *call, struct error *err)
{
	static const char *const why_not[] = {
		[SECCOMP_RULE_DECIDES] = "a rule in front of it that may be met is milder",
		[SECCOMP_RULE_NEVER_MET] = "no call of this architecture meets its conditions",
		[SECCOMP_RULE_IS_BEHIND] = "a rule in front of it has no conditions",
		[SECCOMP_RULE_IS_UNSEEN] =
			"its conditions are about memory that a filter does not see, and a milder rule decides",
	};

	call->idle.items = explainer_alloc(explainer, (explanation->rule_count + 1) * sizeof(*call->idle.items), err);
	if (!call->idle.items)
		return -1;
	for (size_t i = 0; i < explanation->rule_count; i++) {
		const struct seccomp_spoken *spoken = &explanation->rules[i];
		struct explained_rule *rule = &call->idle.items[call->idle.n];

		if (decides(explanation, i))
			continue;
		*rule = explained_rule_of(spoken->action, "rule");
		rule->conditions = spoken->conditions;
		rule->bits = spoken->bits;
		rule->why_not = why_not[spoken->weight];
		if (set_place_of_rule(explainer, spoken, rule, err) < 0)
			return -1;
		call->idle.n++;
	}
	return 0;
}

/* ---- the answer ---- */

/* The index of the case that decides: by the arguments, or when they make no difference the last one. n when they make
 * one and are not known. */
static size_t find_case(const struct seccomp_explanation *explanation, const uint64_t *args)
{
	const size_t last = explanation->n - 1;

	for (size_t i = 0; i < last; i++) {
		if (args ? seccomp_case_applies(explanation, i, args)
			 : explanation->cases[i].action != explanation->cases[last].action)
			return args ? i : explanation->n;
	}
	return last;
}

static int answer(const struct explainer *explainer, const struct seccomp_way *way, const uint64_t *args,
	const struct explained_rule *said, struct explained_call *call, struct error *err)
{
	const struct plan_seccomp *filter = &explainer->subject->plan->seccomp;
	struct seccomp_data data = { .nr = (int)way->number, .arch = seccomp_architecture_audit(way->arch) };
	size_t executed;
	uint32_t value;

	if (args)
		memcpy(data.args, args, sizeof(data.args));
	else
		data.args[0] = way->part;
	value = seccomp_answer(filter->instructions, filter->n, &data, &executed);
	call->executed = (uint32_t)executed;
	call->answer = explainer_alloc(explainer, sizeof(*call->answer), err);
	if (!call->answer)
		return -1;
	call->differs = said && said->value != value;
	*call->answer = said && !call->differs ? *said : explained_rule_of(value, "filter");
	call->answer->conditions.n = 0;
	return 0;
}

int explainer_ask(const struct explainer *explainer, const struct seccomp_way *way, const char *name,
	const uint64_t *args, struct explained_call *ret, struct error *err)
{
	struct explained_call call = {
		.arch = way->arch,
		.arch_name = oci_enum_name(oci_seccomp_arch_names, way->arch),
		.name = name,
		.number = way->number,
		.through = way->through,
		.part = way->part,
	};
	uint64_t seen[6] = { way->part };
	struct seccomp_explanation explanation;
	size_t which;

	/* Of a call that goes through another one, the registers have the part and an address. */
	if (args && !way->through)
		memcpy(seen, args, sizeof(seen));
	if (!explainer->reading) {
		if (answer(explainer, way, args ? seen : NULL, NULL, &call, err) < 0)
			return -1;
		*ret = call;
		return 0;
	}
	if (seccomp_explain(explainer->reading, way, &explanation, err) < 0 ||
		add_cases(explainer, &explanation, &call, err) < 0 || add_idle(explainer, &explanation, &call, err) < 0)
		return -1;
	call.which = which = find_case(&explanation, args ? seen : NULL);
	if (which < explanation.n &&
		answer(explainer, way, args ? seen : NULL, &call.cases.items[which], &call, err) < 0)
		return -1;
	*ret = call;
	return 0;
}
