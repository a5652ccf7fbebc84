/* The text for a policy: what is to be known of it, and a table for each architecture in which calls with the same
 * answer stand together. A further architecture has only what differs from the first one. */
#include "explain/parts.h"

#include "base/cleanup.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

enum { TITLE_WIDTH = 10, GROUP_INDENT = 2, NAME_INDENT = 6, CASE_INDENT = 10, MOST_GROUPS = 512 };

/* ---- what a call gets, in words ---- */

static const struct explained_rule *last_case(const struct explained_call *call)
{
	return call->cases.n > 0 ? &call->cases.items[call->cases.n - 1] : call->answer;
}

/* The kinds of groups in their order. */
enum kind { BY_RULE, BY_ARGUMENTS, BY_DEFAULT, BY_AGE };

static enum kind kind_of(const struct explained_call *call)
{
	const struct explained_rule *last = last_case(call);

	if (!call->answer)
		return BY_ARGUMENTS;
	if (strcmp(last->by, "default") == 0)
		return BY_DEFAULT;
	return strcmp(last->by, "newer") == 0 ? BY_AGE : BY_RULE;
}

static void add_case(struct text *out, const struct explained_rule *rule)
{
	const char *names = rule->place ? strstr(rule->place, ".names") : NULL;

	explain_add_action(out, rule->value);
	if (rule->conditions.n > 0) {
		text_add(out, " if ");
		explain_add_conditions(out, &rule->conditions);
	} else {
		text_add(out, " otherwise");
	}
	if (names)
		text_add(out, "  # %.*s", (int)(names - rule->place), rule->place);
}

void explain_add_key(struct text *out, const struct explained_call *call)
{
	text_add(out, "%d ", (int)kind_of(call));
	if (call->answer) {
		explain_add_action(out, call->answer->value);
		return;
	}
	for (size_t i = 0; i < call->cases.n; i++) {
		add_case(out, &call->cases.items[i]);
		text_add(out, "\n");
	}
}

/* ---- groups ---- */

struct group {
	enum kind kind;
	char *key;
	const struct explained_call *first;
	struct oci_strings names;
};

struct groups {
	size_t n;
	struct group *items;
	bool failed;
};

static void free_groups(struct groups *groups)
{
	for (size_t i = 0; i < groups->n; i++) {
		for (size_t j = 0; j < groups->items[i].names.n; j++)
			free(groups->items[i].names.items[j]);
		free(groups->items[i].names.items);
		free(groups->items[i].key);
	}
	free(groups->items);
}

#define cleanup_groups __attribute__((cleanup(free_groups)))

static struct group *find_group(struct groups *groups, const struct explained_call *call)
{
	struct text key = { 0 };
	struct group *grown;

	explain_add_key(&key, call);
	for (size_t i = 0; key.s && i < groups->n; i++) {
		if (strcmp(groups->items[i].key, key.s) == 0) {
			text_free(&key);
			return &groups->items[i];
		}
	}
	grown = reallocarray(groups->items, groups->n + 1, sizeof(*grown));
	if (!grown || !key.s) {
		groups->failed = true;
		text_free(&key);
		return NULL;
	}
	groups->items = grown;
	grown[groups->n] = (struct group){ .kind = kind_of(call), .key = text_take(&key), .first = call };
	return &grown[groups->n++];
}

static void add_to_group(struct groups *groups, const struct explained_call *call)
{
	struct group *group = find_group(groups, call);
	struct text name = { 0 };
	char **grown;

	if (!group)
		return;
	if (call->through)
		text_add(&name, "%s(%s)", call->through, call->name);
	else
		text_add(&name, "%s", call->name);
	grown = reallocarray(group->names.items, group->names.n + 1, sizeof(*grown));
	groups->failed = groups->failed || !grown || name.failed;
	if (!grown) {
		text_free(&name);
		return;
	}
	group->names.items = grown;
	grown[group->names.n] = text_take(&name);
	if (grown[group->names.n])
		group->names.n++;
}

/* Whether the first architecture has a call of that name that gets the same. */
static bool is_as_first(const struct explained_arch *first, const struct explained_call *call)
{
	for (size_t i = 0; i < first->calls.n; i++) {
		const struct explained_call *other = &first->calls.items[i];
		cleanup_text struct text one = { 0 };
		cleanup_text struct text two = { 0 };

		if (strcmp(other->name, call->name) != 0 || other->through != call->through)
			continue;
		explain_add_key(&one, call);
		explain_add_key(&two, other);
		return one.s && two.s && strcmp(one.s, two.s) == 0;
	}
	return false;
}

/* ---- the text of groups ---- */

static void add_conditional(struct text *out, const struct group *group)
{
	explain_add_words(out, &group->names, NAME_INDENT);
	for (size_t i = 0; i < group->first->cases.n; i++) {
		text_add(out, "%*s", CASE_INDENT, "");
		add_case(out, &group->first->cases.items[i]);
		text_add(out, "\n");
	}
}

/* The calls behind "allow" as the default are all that there are. */
static bool is_mild(uint32_t action)
{
	action &= SECCOMP_RET_ACTION_FULL;
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

static void add_group(struct text *out, const struct group *group)
{
	const uint32_t action = group->first->answer->value;

	text_add(out, "%*s", GROUP_INDENT, "");
	explain_add_action(out, action);
	if (group->kind == BY_DEFAULT)
		text_add(out, ", the default action");
	text_add(out, ": %zu %s\n", group->names.n, group->names.n == 1 ? "call" : "calls");
	if (group->kind != BY_DEFAULT || !is_mild(action))
		explain_add_words(out, &group->names, NAME_INDENT);
}

static void add_newer(struct text *out, const struct explained_arch *arch)
{
	if (!arch->newest.set)
		return;
	text_add(out, "%*s", GROUP_INDENT, "");
	explain_add_action(out, SECCOMP_RET_ERRNO | ENOSYS);
	text_add(out, ", newer than the policy: all calls above number ");
	explain_add_call_number(out, arch->newest.v);
	text_add(out, "\n");
}

static void add_groups(struct text *out, const struct explained_arch *arch, const struct groups *groups)
{
	bool headed = false;

	for (int kind = BY_RULE; kind <= BY_AGE; kind++) {
		if (kind == BY_AGE)
			add_newer(out, arch);
		for (size_t i = 0; i < groups->n; i++) {
			const struct group *group = &groups->items[i];

			if ((int)group->kind != kind)
				continue;
			if (kind == BY_AGE) {
				explain_add_words(out, &group->names, NAME_INDENT);
				continue;
			}
			if (kind != BY_ARGUMENTS) {
				add_group(out, group);
				continue;
			}
			if (!headed)
				text_add(out, "%*sby the arguments, the first line that is met:\n", GROUP_INDENT, "");
			headed = true;
			add_conditional(out, group);
		}
	}
}

static void add_arch(struct text *out, const struct explainer *explainer, const struct explained_arch *first,
	const struct explained_arch *arch)
{
	cleanup_groups struct groups groups = { 0 };

	text_add(out, "\n");
	explain_add_arch(out, arch->arch);
	if (!arch->covered) {
		text_add(out, ", which linux.seccomp.architectures does not have\n%*s", GROUP_INDENT, "");
		explain_add_action(out, SECCOMP_RET_KILL_THREAD);
		text_add(out, ": all calls\n");
		return;
	}
	for (size_t i = 0; i < arch->calls.n; i++) {
		if (arch == first || !is_as_first(first, &arch->calls.items[i]))
			add_to_group(&groups, &arch->calls.items[i]);
	}
	if (arch->own)
		text_add(out, ", the architecture of this machine");
	if (arch != first) {
		text_add(out, ", as ");
		explain_add_arch(out, first->arch);
		text_add(out, groups.n > 0 || arch->newest.set ? ", and" : "");
	}
	text_add(out, "\n");
	if (!explainer->reading)
		text_add(out, "%*sThe filter came compiled; these are its answers to calls whose arguments are 0.\n",
			GROUP_INDENT, "");
	add_groups(out, arch, &groups);
	out->failed = out->failed || groups.failed;
}

/* ---- the head ---- */

static void add_title(struct text *out, const char *title)
{
	text_add(out, "%-*s", TITLE_WIDTH, title);
}

static void add_list(struct text *out, const char *title, const struct oci_strings *list)
{
	for (size_t i = 0; i < list->n; i++) {
		add_title(out, i == 0 ? title : "");
		text_add_printable(out, list->items[i]);
		text_add(out, "\n");
	}
}

static void add_origin(struct text *out, const struct explained_policy *policy)
{
	add_title(out, "filter");
	text_add(out, "%u instructions, ", policy->instructions);
	if (policy->container)
		text_add(out, "with which the container %s was created", policy->container);
	else if (policy->compiled_elsewhere)
		text_add(out, "from the annotation run.oci.seccomp_bpf_data");
	else
		text_add(out, "made of linux.seccomp");
	text_add(out, "\n");
	if (!policy->outdated)
		return;
	add_title(out, "outdated");
	text_add(out, "this version of tare or libseccomp makes another filter of the policy\n");
}

static bool has_word(const struct oci_strings *words, const char *word)
{
	for (size_t i = 0; i < words->n; i++) {
		if (strcmp(words->items[i], word) == 0)
			return true;
	}
	return false;
}

static void add_needs(struct text *out, const struct explained_policy *policy)
{
	char *names[PLAN_MAX_NEEDS];
	struct oci_strings words = { .items = names };
	bool denied = false;

	for (size_t i = 0; i < policy->need_count; i++) {
		if (!has_word(&words, policy->needs[i].name))
			names[words.n++] = (char *)(uintptr_t)policy->needs[i].name;
		denied = denied || policy->needs[i].denied;
	}
	if (words.n == 0)
		return;
	text_add(out, "needed    behind the filter, before the program runs%s:\n", denied ? "" : ", and let through");
	explain_add_words(out, &words, TITLE_WIDTH);
}

static void add_skipped(struct text *out, const struct explained_policy *policy, bool known, const char *why)
{
	struct oci_strings words = { .items = reallocarray(NULL, policy->skipped_count + 1, sizeof(char *)) };

	out->failed = out->failed || !words.items;
	for (size_t i = 0; words.items && i < policy->skipped_count; i++) {
		if (policy->skipped[i].known == known)
			words.items[words.n++] = (char *)(uintptr_t)policy->skipped[i].name;
	}
	if (words.n > 0) {
		text_add(out, "skipped   %s:\n", why);
		explain_add_words(out, &words, TITLE_WIDTH);
	}
	free(words.items);
}

static void add_head(struct text *out, const struct explainer *explainer, const struct explained_policy *policy)
{
	static char none[] = "none";
	char *nothing[] = { none };
	const struct oci_strings no_flags = { .n = 1, .items = nothing };
	const struct explained_rule *rule = policy->default_action;

	add_origin(out, policy);
	if (rule) {
		add_title(out, "default");
		explain_add_action(out, rule->value);
		text_add(out, ", from ");
		explain_add_place(out, explainer->subject, rule->place, rule->line, rule->column);
		text_add(out, "\n");
	}
	add_title(out, "loaded");
	text_add(out, "during %s, since process.noNewPrivileges is %sset\n", policy->loaded,
		strcmp(policy->loaded, "create") == 0 ? "not " : "");
	add_list(out, "flags", policy->flags.n > 0 ? &policy->flags : &no_flags);
	if (policy->agent) {
		add_title(out, "agent");
		text_add_printable(out, policy->agent);
		text_add(out, "\n");
	}
	add_needs(out, policy);
	add_list(out, "refused", &policy->problems);
	add_list(out, "lacking", &policy->missing);
	add_list(out, "warning", &policy->warnings);
	add_skipped(out, policy, false, "names that this libseccomp does not know");
	add_skipped(out, policy, true, "names of calls that only other architectures have");
}

void explain_add_policy(struct text *out, const struct explainer *explainer, const struct explained_policy *policy,
	bool asked)
{
	add_head(out, explainer, policy);
	for (size_t i = 0; i < policy->arch_count; i++)
		add_arch(out, explainer, &policy->archs[0], &policy->archs[i]);
	if (asked || !explainer->reading)
		return;
	text_add(out, "\nany other architecture\n%*s", GROUP_INDENT, "");
	explain_add_action(out, SECCOMP_RET_KILL_THREAD);
	text_add(out, ": all calls\n");
}
