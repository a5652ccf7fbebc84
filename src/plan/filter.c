/* The seccomp filter of a plan: from the policy of the config or compiled by somebody else, and what it is known by
 * once it is compiled. Pure. */
#include "plan/parts.h"

#include "base/version.h"

#include <errno.h>
#include <stdlib.h>

/* Stands for a section that is not there. */
static const struct oci_seccomp no_policy;

static const struct oci_seccomp *policy_of(const struct plan *plan)
{
	const struct oci_linux *section = plan->spec->linux_;

	return section ? section->seccomp : NULL;
}

int plan_filter_key(const struct plan *plan, struct text *ret_key, struct error *err)
{
	const struct oci_seccomp *policy = policy_of(plan);
	char *json;
	size_t length;

	if (!policy || plan->annotations.seccomp_filter)
		return 0;
	if (oci_write(&oci_seccomp_type, policy, OCI_WRITE_COMPACT, &json, &length) < 0)
		return error_set(err, errno, "cannot make a plan");
	text_add(ret_key, "tare %s %s libseccomp %s architecture %x %s\n%s", version_release, version_commit,
		seccomp_library_version(), seccomp_native_architecture(),
		plan->annotations.seccomp_strict ? "strict" : "lenient", json);
	free(json);
	return text_done(ret_key, err);
}

static int make(struct oci_document *document, const struct plan_options *options, const struct plan_filter *known,
	struct plan *plan, struct error *err)
{
	const struct oci_seccomp *policy = policy_of(plan);
	const struct oci_seccomp *some = policy ? policy : &no_policy;
	const struct plan_annotations *annotations = &plan->annotations;
	struct plan_agent agent = { .path = some->listener_path, .metadata = some->listener_metadata };

	if (!agent.path)
		agent.path = annotations->seccomp_receiver ? annotations->seccomp_receiver : options->seccomp_agent;
	if (annotations->seccomp_filter) {
		if (plan_seccomp_raw(document, annotations->seccomp_filter, &agent, &plan->seccomp, err) < 0)
			return -1;
		plan->seccomp.flags = plan_seccomp_flags(&some->flags);
		return 0;
	}
	if (!policy)
		return 0;
	return plan_seccomp(document, policy, &agent, annotations->seccomp_strict, known, &plan->seccomp, err);
}

int plan_filter(struct oci_document *document, const struct plan_options *options, const struct plan_filter *known,
	struct plan *plan, struct error *err)
{
	if (make(document, options, known, plan, err) < 0)
		return -1;
	plan_filter_check(document, plan, true);
	return oci_problem_count(document) > 0 ? plan_refuse(err) : 0;
}
