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
/* The same as enum oci_seccomp_arch. */
int seccomp_own_architecture(void);

/* The architecture (enum oci_seccomp_arch) of a name with or without "SCMP_ARCH_", in capitals or not, or of a number
 * as a filter and the audit log have it, in hexadecimal digits: "c000003e". OCI_SECCOMP_ARCH_UNSET for any other word,
 * and for an architecture that libseccomp does not know. */
int seccomp_architecture_of_word(const char *word);
/* As a filter sees it; x32 is x86_64 with a bit in the number of the call. */
uint32_t seccomp_architecture_audit(int arch);

/* The name of the call with this number, which the caller frees; NULL when there is none. */
char *seccomp_call_of_number(int arch, uint32_t number);

/* How a program makes a call: by a number of its own, or as a part of socketcall(2) or ipc(2). */
struct seccomp_way {
	int arch; /* enum oci_seccomp_arch */
	uint32_t number;
	const char *through; /* "socketcall" or "ipc"; NULL: a number of its own */
	uint32_t part;       /* the first argument of that; 0: no part, or none that is known */
};

/* The ways to make a call of that name. Returns how many there are: 0 when the architecture does not have it. */
enum { SECCOMP_MOST_WAYS = 2 };
size_t seccomp_ways(int arch, const char *name, struct seccomp_way ret[SECCOMP_MOST_WAYS]);

/* The way of a number. *args, unless it is NULL, has the arguments, of which the first may choose a part. */
struct seccomp_way seccomp_way_of_number(int arch, uint32_t number, const uint64_t *args);

/* Of the specification's architectures those that it knows, NULL-terminated: it gains one every other year. */
const char *const *seccomp_known_architectures(void);

/* "2.5.4": its version. */
const char *seccomp_library_version(void);

/* ---- explain.c: what a policy says of a call, rule by rule ---- */

/* What a rule that names a call has to do with the answer. */
enum seccomp_weight {
	SECCOMP_RULE_DECIDES,   /* when its conditions are met, and no rule in front of it decides */
	SECCOMP_RULE_NEVER_MET, /* no call of the architecture meets its conditions */
	SECCOMP_RULE_IS_BEHIND, /* a rule in front of it has no conditions */
	SECCOMP_RULE_IS_UNSEEN, /* its conditions are about memory: the mildest of such rules decides */
};

struct seccomp_spoken {
	size_t entry; /* linux.seccomp.syscalls[entry].names[name] is the call */
	size_t name;
	uint32_t action; /* SECCOMP_RET_* with its data */
	enum seccomp_weight weight;
	struct oci_syscall_args conditions; /* all of them have to be met */
	uint64_t bits[6];                   /* of each argument, that count: those that the kernel looks at */
};

/* What decides when it is no rule. */
enum { SECCOMP_BY_DEFAULT = -1, SECCOMP_BY_AGE = -2, SECCOMP_BY_ARCHITECTURE = -3 };

struct seccomp_case {
	uint32_t action;
	int by;   /* the rule that decides, or SECCOMP_BY_* */
	int when; /* the rule whose conditions have to be met; -1: none */
};

struct seccomp_explanation {
	size_t rule_count;
	struct seccomp_spoken *rules; /* that name the call, in the order of the configuration */
	size_t n;
	struct seccomp_case *cases; /* the first one that applies decides; the last one always applies */
};

struct seccomp_reading;

/* Reads a policy. Memory belongs to the document, which has no problems. Returns NULL with *err, also for a policy that
 * cannot be compiled. */
struct seccomp_reading *seccomp_reading_make(struct oci_document *document, const struct oci_seccomp *config,
	struct error *err);

/* The architectures of the policy, the machine's own first. */
size_t seccomp_reading_architectures(const struct seccomp_reading *reading, const int **ret_archs);

/* The largest number of a call that the policy names; calls above give ENOSYS. False when they do not. */
bool seccomp_reading_newest(struct seccomp_reading *reading, int arch, uint32_t *ret);

/* What the policy says of a call. Returns -1 for lack of memory. */
int seccomp_explain(struct seccomp_reading *reading, const struct seccomp_way *way, struct seccomp_explanation *ret,
	struct error *err);

/* Whether a call with these arguments meets the conditions of a case. */
bool seccomp_case_applies(const struct seccomp_explanation *explanation, size_t index, const uint64_t args[6]);
