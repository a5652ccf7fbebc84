/* What the seccomp compiler is compared with: an evaluator of policies that takes no shortcut, libseccomp's own
 * generator, and policies made up from bytes. docs/seccomp.md says what a policy means. */
#pragma once

#include "ocispec.h"
#include "ocispec/seccomp.h"
#include "plan/seccomp/seccomp.h"

#include <linux/seccomp.h>

/* ---- evaluate.c ---- */

enum { MOST_ARCHITECTURES = 24 };

struct evaluator {
	const struct oci_seccomp *policy;
	size_t n;
	uint32_t tokens[MOST_ARCHITECTURES]; /* as architectures_of() has them */
	int64_t largest[MOST_ARCHITECTURES]; /* number that the policy names; -1: none */
};

/* For a policy whose members are right one by one. */
struct evaluator evaluator_of(const struct oci_seccomp *policy);

/* What the policy answers to the call: SECCOMP_RET_* with its data. Read straight from the structs, name by name and
 * rule by rule. */
uint32_t evaluate(const struct evaluator *evaluator, const struct seccomp_data *call);

/* The name of a call of an architecture in libseccomp's numbering; NULL: there is none. */
const char *call_name(uint32_t token, uint32_t number);

/* The architectures of a policy, in libseccomp's numbering, the machine's own first. Returns how many. */
size_t architectures_of(const struct oci_seccomp *policy, uint32_t tokens[MOST_ARCHITECTURES]);

/* Whether the kernel looks at 64 bits of an argument of the call, by the table that the compiler has. */
bool argument_is_wide(uint32_t token, const char *name, uint32_t index);

/* ---- compare.c ---- */

struct comparison {
	size_t calls;              /* that were asked about */
	size_t different;          /* of them */
	struct seccomp_data first; /* the first one of those, and both answers */
	uint32_t got;
	uint32_t wanted;
};

/* Who answers for one side of a comparison. */
struct answerer {
	const struct evaluator *evaluator; /* or */
	const struct seccomp_filter *filter;
	bool is_libseccomp; /* which compares 64 bits of an int, and 32 of all that x32 has: nothing is put above */
};

/* Asks both about each number around each one that the policy or a filter speaks of, and each value around each
 * comparison, for each architecture of the policy and one that it does not have. */
struct comparison compare(const struct oci_seccomp *policy, const struct answerer *got, const struct answerer *wanted);

/* Prints the first difference as comments of TAP. */
void comparison_print(const struct comparison *comparison);

/* ---- policies.c ---- */

/* Bytes of somebody else first, then those of a generator, unless there is none (state 0). */
struct source {
	const uint8_t *bytes;
	size_t n;
	uint64_t state;
};

/* Makes up a policy; memory of the document. Nothing is wrong with its members one by one. */
struct oci_seccomp *make_policy(struct oci_document *document, struct source *source);

/* As JSON, which the caller frees. */
char *policy_text(const struct oci_seccomp *policy);

/* ---- libseccomp.c ---- */

/* The filter that libseccomp makes of the policy, as runc asks for it, with the same stub for newer calls in front.
 * memory of the document. Returns 0, or a negative errno: -EEXIST for rules that contradict each other. */
int libseccomp_compile(struct oci_document *document, const struct evaluator *evaluator, struct seccomp_filter *ret);

/* True when libseccomp is known to be right about policies of this kind, so that both have to agree about calls that
 * put nothing above their ints. docs/seccomp.md has the others. */
bool libseccomp_is_right(const struct oci_seccomp *policy);
