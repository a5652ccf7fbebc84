/* Rules of a seccomp policy that no call meets, since one with the default action decides before them. runc and crun
 * pass over such a rule: a policy that was tried with them may rely on it. Pure. */
#include "plan/parts.h"

#include <string.h>

static bool has_name(const struct oci_syscall *rule, const char *name)
{
	for (size_t i = 0; i < rule->names.n; i++) {
		if (strcmp(rule->names.items[i], name) == 0)
			return true;
	}
	return false;
}

static bool has_default_action(const struct oci_seccomp *policy, const struct oci_syscall *rule)
{
	return seccomp_action(rule->action, rule->errno_ret) ==
		seccomp_action(policy->default_action, policy->default_errno_ret);
}

/* The first rule that decides with the default action for all calls of this name; n when none does before the n-th. */
static size_t find_shield(const struct oci_seccomp *policy, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		const struct oci_syscall *rule = &policy->syscalls.items[i];

		if (rule->args.n == 0 && has_default_action(policy, rule) && has_name(rule, name))
			return i;
	}
	return n;
}

int plan_filter_rules(struct oci_document *document, struct plan *plan, struct error *err)
{
	const struct oci_linux *section = plan->spec->linux_;
	const struct oci_seccomp *policy = section ? section->seccomp : NULL;

	if (!policy || plan->annotations.seccomp_filter)
		return 0;
	for (size_t i = 0; i < policy->syscalls.n; i++) {
		const struct oci_syscall *rule = &policy->syscalls.items[i];

		if (has_default_action(policy, rule))
			continue;
		for (size_t j = 0; j < rule->names.n; j++) {
			size_t shield = find_shield(policy, i, rule->names.items[j]);

			if (shield < i &&
				plan_warn(document, plan, err,
					"linux.seccomp.syscalls[%zu].names[%zu]: no \"%s\" meets this rule, since linux.seccomp.syscalls[%zu] decides before it; runc and crun pass over that, as it has the default action",
					i, j, rule->names.items[j], shield) < 0)
				return -1;
		}
	}
	return 0;
}
