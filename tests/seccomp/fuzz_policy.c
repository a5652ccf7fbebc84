/* The fuzz target: any bytes as a policy. The filter has to answer as the evaluator does, and as libseccomp's where
 * that is right. */
#include "reference.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(const struct oci_seccomp *policy, const struct answerer *got, const struct answerer *wanted)
{
	struct comparison comparison = compare(policy, got, wanted);

	if (comparison.different == 0)
		return;
	printf("%s\n", policy_text(policy));
	comparison_print(&comparison);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char some[] = "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}";
	struct source source = { .bytes = bytes, .n = size };
	struct oci_document *document = oci_parse(&oci_seccomp_type, "policy", some, sizeof(some) - 1);
	const struct oci_seccomp *policy = make_policy(document, &source);
	const struct evaluator evaluator = evaluator_of(policy);
	struct seccomp_filter filter = { 0 };
	struct seccomp_filter other;
	struct error err;

	if (seccomp_compile(document, policy, false, &filter, &err) < 0 || oci_problem_count(document) > 0)
		abort();
	require(policy, &(struct answerer){ .filter = &filter }, &(struct answerer){ .evaluator = &evaluator });
	if (libseccomp_is_right(policy)) {
		if (libseccomp_compile(document, &evaluator, &other) < 0)
			abort();
		require(policy, &(struct answerer){ .filter = &filter },
			&(struct answerer){ .filter = &other, .is_libseccomp = true });
	}
	oci_free(document);
	return 0;
}
