/* The seccomp compiler: from the policy of a configuration to the classic BPF that the kernel asks about each system
 * call. What a policy means is written in docs/seccomp.md. libseccomp is asked for the names and numbers of calls
 * alone, in calls.c. Pure. */
#pragma once

#include "base/error.h"
#include "ocispec.h"
#include "ocispec/seccomp.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seccomp_data; /* linux/seccomp.h */

/* ---- compile.c ---- */

struct seccomp_filter {
	struct sock_filter *instructions; /* memory of the document */
	size_t n;
	bool notify; /* some call waits for an agent */
};

/* Compiles linux.seccomp of the document, whose members are right one by one. strict: a name that nobody knows is a
 * problem, else it is passed over. Problems are added to the document, and *ret is left alone then. Returns -1 for
 * lack of memory. */
int seccomp_compile(struct oci_document *document, const struct oci_seccomp *config, bool strict,
	struct seccomp_filter *ret, struct error *err);

/* ---- policy.c ---- */

/* The answer that an action with its errnoRet stands for: SECCOMP_RET_* with its data. */
uint32_t seccomp_action(enum oci_seccomp_action action, struct oci_opt_u32 errno_ret);

/* ---- answer.c ---- */

/* What the filter answers to a system call (SECCOMP_RET_* with its data), as the kernel runs it: seccomp(2).
 * SECCOMP_RET_KILL_PROCESS for a program that the kernel would not load. *ret_executed, unless it is NULL, is how many
 * instructions that took. */
uint32_t seccomp_answer(const struct sock_filter *instructions, size_t n, const struct seccomp_data *data,
	size_t *ret_executed);

/* ---- calls.c: what libseccomp knows ---- */

/* Whether it knows a system call of this name, of any architecture. */
bool seccomp_call_is_known(const char *name);

/* The name of the index-th call that it knows, which the caller frees. NULL for a gap. */
enum { SECCOMP_CALL_INDICES = 2048 };
char *seccomp_call_name(int index);

/* The machine's own architecture, as a filter sees it (AUDIT_ARCH_*). */
uint32_t seccomp_native_architecture(void);

/* Of the specification's architectures those that it knows, NULL-terminated: it gains one every other year. */
const char *const *seccomp_known_architectures(void);

/* "2.5.4": its version. */
const char *seccomp_library_version(void);
