/* linux.seccomp of a configuration as a list of rules, and what is wrong with it. Pure. */
#include "plan/seccomp/parts.h"

#include "ocispec/enums.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdio.h>

/* Counted for each architecture. Twice what could fill a filter: it bounds the time of the compiler. */
enum { MAX_RULES = 2 * BPF_MAXINSNS };

/* TRACE gives its number to the tracer. The default of both numbers is EPERM, as in runc. */
uint32_t seccomp_action(enum oci_seccomp_action action, struct oci_opt_u32 errno_ret)
{
	uint32_t number = errno_ret.set ? errno_ret.v : EPERM;

	switch (action) {
	case OCI_SECCOMP_ACT_KILL_PROCESS:
		return SECCOMP_RET_KILL_PROCESS;
	case OCI_SECCOMP_ACT_TRAP:
		return SECCOMP_RET_TRAP;
	case OCI_SECCOMP_ACT_ERRNO:
		return SECCOMP_RET_ERRNO | number;
	case OCI_SECCOMP_ACT_TRACE:
		return SECCOMP_RET_TRACE | number;
	case OCI_SECCOMP_ACT_ALLOW:
		return SECCOMP_RET_ALLOW;
	case OCI_SECCOMP_ACT_LOG:
		return SECCOMP_RET_LOG;
	case OCI_SECCOMP_ACT_NOTIFY:
		return SECCOMP_RET_USER_NOTIF;
	case OCI_SECCOMP_ACT_KILL:
	case OCI_SECCOMP_ACT_KILL_THREAD:
	case OCI_SECCOMP_ACT_UNSET:
		break;
	}
	return SECCOMP_RET_KILL_THREAD;
}

static bool has_token(const struct seccomp_policy *policy, uint32_t token)
{
	for (size_t i = 0; i < policy->architecture_count; i++) {
		if (policy->architectures[i].token == token)
			return true;
	}
	return false;
}

static void add_architectures(struct seccomp_policy *policy, const struct oci_enums *list)
{
	uint32_t order = seccomp_native_architecture() & __AUDIT_ARCH_LE;

	policy->architectures[policy->architecture_count++] = seccomp_architecture_native();
	for (size_t i = 0; i < list->n; i++) {
		const char *name = oci_enum_name(oci_seccomp_arch_names, list->items[i]);
		struct seccomp_architecture found;
		char place[SECCOMP_PLACE_MAX];

		snprintf(place, sizeof(place), "linux.seccomp.architectures[%zu]", i);
		if (!seccomp_architecture_find(list->items[i], &found))
			oci_problem_add(policy->document, place, "libseccomp %s does not know %s",
				seccomp_library_version(), name);
		else if ((found.token & __AUDIT_ARCH_LE) != order)
			oci_problem_add(policy->document, place, "this machine cannot run programs of %s", name);
		else if (!has_token(policy, found.token) && policy->architecture_count < SECCOMP_ARCHITECTURES)
			policy->architectures[policy->architecture_count++] = found;
	}
}

static void check_size(const struct seccomp_policy *policy, const struct oci_syscalls *calls)
{
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

static void check_names(const struct seccomp_policy *policy, const struct oci_syscalls *calls)
{
	for (size_t i = 0; i < calls->n; i++) {
		const struct oci_strings *names = &calls->items[i].names;

		for (size_t j = 0; j < names->n; j++) {
			char place[SECCOMP_PLACE_MAX];

			if (seccomp_call_is_known(names->items[j]))
				continue;
			snprintf(place, sizeof(place), "linux.seccomp.syscalls[%zu].names[%zu]", i, j);
			oci_problem_add(policy->document, place, "unknown system call \"%s\"", names->items[j]);
		}
	}
}

/* Conditions are met all at once, but a list that names an argument twice means that any of them is enough: runc gives
 * libseccomp, which knows no rule with two conditions for an argument, a rule for each. */
static bool any_is_enough(const struct oci_syscall_args *args)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < args->n; i++) {
		if (seen & 1U << args->items[i].index)
			return true;
		seen |= 1U << args->items[i].index;
	}
	return false;
}

static bool add_rules(const struct seccomp_policy *policy, const struct oci_syscall *call, struct seccomp_entry *entry)
{
	uint32_t action = seccomp_action(call->action, call->errno_ret);
	bool any = any_is_enough(&call->args);
	size_t n = any ? call->args.n : 1;
	struct seccomp_rule *rules = oci_alloc(policy->document, n * sizeof(*rules));

	if (!rules)
		return false;
	for (size_t i = 0; i < n; i++)
		rules[i] = (struct seccomp_rule){
			.action = action,
			.n = any ? 1 : call->args.n,
			.args = call->args.items + i,
		};
	*entry = (struct seccomp_entry){ .names = &call->names, .n = n, .rules = rules };
	return true;
}

int seccomp_policy_read(struct oci_document *document, const struct oci_seccomp *config, bool strict,
	struct seccomp_policy *ret, struct error *err)
{
	const struct oci_syscalls *calls = &config->syscalls;

	*ret = (struct seccomp_policy){
		.document = document,
		.otherwise = seccomp_action(config->default_action, config->default_errno_ret),
		.n = calls->n,
	};
	add_architectures(ret, &config->architectures);
	check_size(ret, calls);
	if (oci_problem_count(document) > 0)
		return 0;
	if (strict)
		check_names(ret, calls);
	ret->entries = oci_alloc(document, (calls->n + 1) * sizeof(*ret->entries));
	if (!ret->entries)
		return error_set(err, ENOMEM, "cannot compile linux.seccomp");
	for (size_t i = 0; i < calls->n; i++) {
		if (!add_rules(ret, &calls->items[i], &ret->entries[i]))
			return error_set(err, ENOMEM, "cannot compile linux.seccomp");
	}
	return 0;
}
