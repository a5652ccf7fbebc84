/* linux.seccomp as a part of the plan: what is wrong with it as a whole, its flags and its agent. The filter itself is
 * made in src/plan/seccomp. Pure: init loads it, with seccomp(2). */
#include "plan/parts.h"

#include "ocispec/enums.h"

#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>

/* ---- what is wrong with the policy ---- */

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

/* ---- the whole ---- */

unsigned int plan_seccomp_flags(const struct oci_enums *flags)
{
	static const unsigned long bits[] = {
		[OCI_SECCOMP_FLAG_TSYNC] = SECCOMP_FILTER_FLAG_TSYNC,
		[OCI_SECCOMP_FLAG_LOG] = SECCOMP_FILTER_FLAG_LOG,
		[OCI_SECCOMP_FLAG_SPEC_ALLOW] = SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		[OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV] = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
	};
	unsigned int all = 0;

	if (!flags->items)
		return SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	for (size_t i = 0; i < flags->n; i++)
		all |= (unsigned int)bits[flags->items[i]];
	return all;
}

/* Leaves *ret alone when the document has a problem. */
static int compile(struct oci_document *document, const struct oci_seccomp *seccomp, bool strict,
	struct plan_filter *ret, struct error *err)
{
	struct seccomp_filter filter = { 0 };

	if (seccomp_compile(document, seccomp, strict, &filter, err) < 0)
		return -1;
	if (oci_problem_count(document) == 0)
		*ret = (struct plan_filter){
			.instructions = filter.instructions,
			.n = (unsigned short)filter.n,
			.notify = filter.notify,
		};
	return 0;
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
