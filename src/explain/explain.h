/* What a seccomp filter does, for people and programs that look for the rule that decides: as text, as JSON, and the
 * filter itself instruction by instruction. The answers are the filter's own, the reasons come from the policy it was
 * made of. Pure. */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <stdint.h>

/* A filter and where it comes from. */
struct explain_subject {
	const char *name;      /* of the configuration, for places: "config.json" */
	const char *container; /* whose stored filter it is; NULL: it is of a bundle */
	struct oci_document
		*document;       /* its root: struct oci_config; it has problems when create would refuse the filter */
	const struct plan *plan; /* with the filter */
	size_t earlier_warnings; /* of the plan, which are not about the policy */
	/* What the running kernel has: SECCOMP_RET_*, SECCOMP_FILTER_FLAG_*. */
	bool (*has_action)(uint32_t action);
	bool (*has_flag)(uint32_t flag);
};

/* ---- policy.c ---- */

/* Appends what the filter answers to each call. arch (enum oci_seccomp_arch): this architecture alone, unless it is
 * OCI_SECCOMP_ARCH_UNSET. */
int explain_policy(const struct explain_subject *subject, int arch, bool json, struct text *out, struct error *err);

/* ---- call.c ---- */

struct explain_question {
	const char *call; /* a name or a number */
	int arch;         /* OCI_SECCOMP_ARCH_UNSET: each architecture of the policy that has the call */
	bool has_args;    /* else it is not said what they are */
	uint64_t args[6];
	size_t arg_count; /* so many were given */
};

/* Appends what the filter answers to one call, and why. Errors: no architecture has the call. */
int explain_call(const struct explain_subject *subject, const struct explain_question *question, bool json,
	struct text *out, struct error *err);

/* ---- program.c ---- */

/* Appends the instructions of a filter. */
int explain_program(const struct plan_seccomp *filter, bool json, struct text *out, struct error *err);
