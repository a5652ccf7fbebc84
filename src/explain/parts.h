/* What the files of the room share: what is said of a call, in the form in which JSON has it, and the words for it. */
#pragma once

#include "explain/explain.h"
#include "plan/seccomp/seccomp.h"

#include "ocispec.h"

/* ---- words.c ---- */

/* "SCMP_ACT_ERRNO"; NULL for a value that the kernel does not know. */
const char *explain_action_name(uint32_t action);
/* Whether the action comes with a number: an errno, or what a tracer gets. */
bool explain_has_number(uint32_t action);
/* Appends "x86_64". */
void explain_add_arch(struct text *text, int arch);
/* Appends "SCMP_ACT_ERRNO EPERM". */
void explain_add_action(struct text *text, uint32_t action);
/* Appends "args[0] == 1 and args[1] & 0xff == 2". */
void explain_add_conditions(struct text *text, const struct oci_syscall_args *conditions);
/* Appends a number as people read it: small ones as decimal. */
void explain_add_number(struct text *text, uint64_t number);
/* Appends the number of a call: as decimal, unless it has the bit of x32. */
void explain_add_call_number(struct text *text, uint32_t number);
/* Appends words in visible form, as they may come from the policy: as many on a line as fit, each line with this
 * indent. */
void explain_add_words(struct text *text, const struct oci_strings *words, size_t indent);

/* ---- model.c: what is said of a call ---- */

/* A rule of the policy, or what decides where none does. */
struct explained_rule {
	const char *action;           /* "SCMP_ACT_ERRNO" */
	struct oci_opt_u32 errno_ret; /* of ERRNO and TRACE */
	const char *errno_name;       /* "EPERM" */
	struct oci_syscall_args conditions;
	const uint64_t *bits; /* of each argument, that count; NULL without conditions */
	const char *by;       /* "rule", "default", "newer", "architecture", "filter" */
	const char *place;    /* "linux.seccomp.syscalls[3].names[0]" */
	uint32_t line;        /* 0: unknown */
	uint32_t column;
	const char *why_not; /* of a rule that decides nothing */
	uint32_t value;      /* SECCOMP_RET_* with its data */
};

struct explained_rules {
	size_t n;
	struct explained_rule *items;
};

struct explained_call {
	int arch;
	const char *arch_name; /* "SCMP_ARCH_X86_64" */
	const char *name;      /* NULL: no call is known that has the number */
	uint32_t number;
	const char *through;          /* "socketcall", "ipc" */
	uint32_t part;                /* the first argument of that */
	struct explained_rules cases; /* the first whose conditions are met decides; the last one has none */
	struct explained_rules idle;  /* that decide nothing */
	size_t which;                 /* case decides; cases.n: that depends on the arguments */
	/* Of a call with arguments, or one for which they make no difference; NULL: it depends. */
	struct explained_rule *answer;
	uint32_t executed; /* instructions until then */
	bool differs;      /* the filter does not answer what the policy says */
	struct oci_strings args;
};

struct explained_calls {
	size_t n;
	struct explained_call *items;
};

struct explainer {
	const struct explain_subject *subject;
	int own;                         /* the machine's architecture */
	struct oci_document *memory;     /* for all that is worked out */
	struct seccomp_reading *reading; /* NULL: the filter was not made of the policy */
	bool outdated;                   /* of the policy another filter is made today than the one that is stored */
};

#define cleanup_explainer __attribute__((cleanup(explainer_free)))

int explainer_make(const struct explain_subject *subject, struct explainer *ret, struct error *err);
void explainer_free(struct explainer *explainer);

/* The architectures that the policy is about, the machine's own first. */
size_t explainer_architectures(const struct explainer *explainer, const int **ret_archs);

/* What is said of a call. args: NULL when they are not given. */
int explainer_ask(const struct explainer *explainer, const struct seccomp_way *way, const char *name,
	const uint64_t *args, struct explained_call *ret, struct error *err);

/* Memory of the explainer; NULL with *err. */
void *explainer_alloc(const struct explainer *explainer, size_t size, struct error *err);
char *explainer_copy(const struct explainer *explainer, const char *text, struct error *err);

/* Sets line and column of a place; 0 when it has none. */
void explain_locate(const struct explain_subject *subject, const char *place, uint32_t *ret_line, uint32_t *ret_column);

/* Appends "config.json:3:5: linux.seccomp.syscalls[3]", without line and column where libocispec leaves them out. */
void explain_add_place(struct text *text, const struct explain_subject *subject, const char *place, uint32_t line,
	uint32_t column);

/* Sets place, line and column of a rule. */
int explainer_set_place(const struct explainer *explainer, const char *place, struct explained_rule *rule,
	struct error *err);
/* A rule of this action: SECCOMP_RET_* with its data. */
struct explained_rule explained_rule_of(uint32_t action, const char *by);

/* ---- policy.c: all that is said of a filter ---- */

/* A name of the policy that means no call of its architectures. */
struct explained_name {
	const char *name;
	const char *place;
	uint32_t line;
	uint32_t column;
	bool known; /* to libseccomp, of other architectures */
};

struct explained_arch {
	int arch;
	const char *name; /* "SCMP_ARCH_X86_64" */
	bool own;
	bool covered;              /* the policy has it: else each call of it is answered alike */
	struct oci_opt_u32 newest; /* calls with larger numbers give ENOSYS */
	struct explained_calls calls;
};

struct explained_policy {
	const char *config;
	const char *container;
	uint32_t instructions;
	bool compiled_elsewhere; /* the filter came with an annotation: there is no policy */
	bool outdated;
	struct explained_rule *default_action; /* NULL: there is no policy */
	struct oci_strings flags;
	const char *loaded; /* "create" or "start" */
	const char *agent;
	struct oci_strings problems; /* for which create refuses the policy */
	struct oci_strings warnings;
	struct oci_strings missing; /* actions and flags that this kernel does not have */
	size_t need_count;
	struct plan_need needs[PLAN_MAX_NEEDS];
	size_t skipped_count;
	struct explained_name *skipped;
	size_t arch_count;
	struct explained_arch *archs;
};

/* ---- program.c ---- */

struct explained_instruction {
	struct sock_filter is;
	const char *text;
	const char *comment; /* "": none */
};

/* ---- json.c ---- */

int explain_add_json_of_policy(struct text *out, const struct explained_policy *policy, struct error *err);
int explain_add_json_of_calls(struct text *out, const struct explained_calls *calls, bool outdated, struct error *err);
int explain_add_json_of_program(struct text *out, const struct explained_instruction *items, size_t n,
	struct error *err);

/* ---- table.c: the text of a policy ---- */

/* asked: somebody asked about one architecture. */
void explain_add_policy(struct text *out, const struct explainer *explainer, const struct explained_policy *policy,
	bool asked);

/* Appends what a call gets, in the same words for calls that get the same: "SCMP_ACT_ALLOW if args[0] == 1". */
void explain_add_key(struct text *out, const struct explained_call *call);
