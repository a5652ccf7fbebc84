/* The steps of the compiler, one file each, and what they hand to each other; seccomp.h is what the room offers.
 *
 * policy.c reads rules, decisions.c sorts them by architecture and number, search.c and arguments.c make trees of
 * comparisons, program.c holds the instructions. */
#pragma once

#include "plan/seccomp/seccomp.h"

enum {
	SECCOMP_ARCHITECTURES = 32, /* the specification has 23 */
	SECCOMP_PLACE_MAX = 128,    /* of a JSON path */
	SECCOMP_X32_BIT = 0x40000000,
	SECCOMP_CONVENTION_N32 = 0x20000000, /* in the tokens of mips, linux/audit.h */
};

/* ---- calls.c ---- */

/* The calls that are parts of socketcall(2) or ipc(2) on some architectures: their first argument says which. */
enum { SECCOMP_SOCKETCALL, SECCOMP_IPC, SECCOMP_MULTIPLEXERS };
enum { SECCOMP_PARTS = 32 }; /* more than either has */

struct seccomp_architecture {
	uint32_t token;                         /* libseccomp's number */
	uint32_t audit;                         /* what the kernel says, AUDIT_ARCH_* */
	int multiplexers[SECCOMP_MULTIPLEXERS]; /* their numbers; -1: the architecture has none */
	int direct[SECCOMP_MULTIPLEXERS]
		  [SECCOMP_PARTS]; /* the parts that have a number of their own as well, else -1 */
	bool looked;               /* direct was filled in */
};

/* A system call of an architecture. */
struct seccomp_call {
	int number;      /* -1: it has none of its own */
	int multiplexer; /* SECCOMP_SOCKETCALL or SECCOMP_IPC when it is a part of that, else -1 */
	uint32_t part;
};

/* The architecture by its number in the specification (enum oci_seccomp_arch). False when libseccomp does not know
 * it. */
bool seccomp_architecture_find(int arch, struct seccomp_architecture *ret);
struct seccomp_architecture seccomp_architecture_native(void);

/* The call by its name. Without number and multiplexer when the architecture has no such call. */
struct seccomp_call seccomp_call_find(struct seccomp_architecture *architecture, const char *name);

/* ---- int_arguments.c ---- */

/* True for an argument that the kernel declares with 32 bits or less, as architectures of 64 bits have the call. */
bool seccomp_argument_is_int(const char *name, unsigned int index);

/* The bits of the argument that the kernel looks at: UINT32_MAX or UINT64_MAX. All arguments have 32 bits on
 * architectures of 32; on n32, as most of its calls take no more; and where x32 has a number of its own for a call. */
uint64_t seccomp_argument_bits(const struct seccomp_architecture *architecture, uint32_t number, const char *name,
	unsigned int index);

/* ---- policy.c ---- */

/* What a rule says to a call that meets all of its arguments. */
struct seccomp_rule {
	uint32_t action; /* SECCOMP_RET_* with its data */
	size_t n;
	const struct oci_syscall_arg *args;
};

/* One entry of linux.seccomp.syscalls. It has several rules when any one of its conditions is enough. */
struct seccomp_entry {
	const struct oci_strings *names;
	size_t n;
	const struct seccomp_rule *rules;
};

struct seccomp_policy {
	struct oci_document *document;
	uint32_t otherwise; /* the default action */
	size_t architecture_count;
	struct seccomp_architecture architectures[SECCOMP_ARCHITECTURES]; /* the machine's own first */
	size_t n;
	struct seccomp_entry *entries; /* in the order of the configuration */
};

/* Reads the policy. Problems are added to the document. Returns -1 for lack of memory. */
int seccomp_policy_read(struct oci_document *document, const struct oci_seccomp *config, bool strict,
	struct seccomp_policy *ret, struct error *err);

/* ---- conditions.c ---- */

/* An argument, of which only the bits of the mask count, is from first to last; or outside of that. */
struct seccomp_condition {
	unsigned int index; /* of the argument */
	bool outside;
	uint64_t mask;
	uint64_t first;
	uint64_t last;
};

enum seccomp_outcome { SECCOMP_NEVER, SECCOMP_ALWAYS, SECCOMP_DEPENDS };

/* What an argument is compared with that has these bits (seccomp_argument_bits()). */
enum seccomp_outcome seccomp_condition_make(const struct oci_syscall_arg *arg, uint64_t bits,
	struct seccomp_condition *ret);

/* ---- decisions.c ---- */

/* All of its conditions have to be met. */
struct seccomp_branch {
	uint32_t action;
	size_t n;
	const struct seccomp_condition *conditions;
};

/* What is answered to a call: by the first branch that it meets, or otherwise. */
struct seccomp_decision {
	uint32_t otherwise;
	size_t n;
	const struct seccomp_branch *branches;
	uint64_t hash; /* of all that */
};

/* System calls with the same decision: from this number to that of the next piece. */
struct seccomp_piece {
	uint32_t first;
	size_t decision; /* index */
};

/* The numbers of one architecture, as the kernel tells them apart: x86_64 and x32 are one. The first piece begins at
 * 0. */
struct seccomp_space {
	uint32_t audit;
	size_t n;
	struct seccomp_piece *pieces;
};

struct seccomp_table {
	size_t decision_count;
	struct seccomp_decision *decisions; /* each of them once */
	size_t n;
	struct seccomp_space spaces[SECCOMP_ARCHITECTURES];
};

int seccomp_decide(const struct seccomp_policy *policy, struct seccomp_table *ret, struct error *err);

/* ---- multiplexed.c ---- */

/* Of the first argument the bits that choose a part. */
uint64_t seccomp_part_mask(int multiplexer);

/* How much an action hinders a program: the order in which the kernel prefers the answers of several filters. */
unsigned int seccomp_hindrance(uint32_t action);

struct seccomp_branches {
	struct oci_document *document;
	size_t n;
	size_t room;
	struct seccomp_branch *items;
	bool failed; /* memory ran out */
};

void seccomp_branches_add(struct seccomp_branches *branches, uint32_t action,
	const struct seccomp_condition *conditions, size_t n);

/* A rule of a policy for the number of a multiplexer: for one of its parts, or for all of it (part 0). conditions
 * are those that can be seen; blind: the rule has others, about what only the part itself gets. */
struct seccomp_part_rule {
	uint32_t part;
	bool blind;
	struct seccomp_branch branch;
};

/* Appends the branches of socketcall(2) or ipc(2). rules are in the order of the policy. */
void seccomp_multiplexed(const struct seccomp_part_rule *rules, size_t n, int multiplexer,
	struct seccomp_branches *branches);

/* ---- program.c ---- */

/* Where a jump leads: to an answer, or to a place in the program. */
struct seccomp_target {
	bool answers;
	uint32_t value; /* SECCOMP_RET_* with its data, or the place */
};

enum { SECCOMP_RETURNS_KEPT = 8 };

/* Instructions in reverse: jumps lead forward only, so whoever writes from the end knows how far each one is. */
struct seccomp_program {
	struct sock_filter reversed[BPF_MAXINSNS];
	size_t n;                                            /* counts on when there is no room any more */
	struct seccomp_target returns[SECCOMP_RETURNS_KEPT]; /* value is the place */
	uint32_t returned[SECCOMP_RETURNS_KEPT];
	size_t return_count;
};

static inline struct seccomp_target seccomp_answer_of(uint32_t action)
{
	return (struct seccomp_target){ .answers = true, .value = action };
}

bool seccomp_target_same(struct seccomp_target a, struct seccomp_target b);

/* Puts an instruction in front of all others. It goes on to what was in front before. */
struct seccomp_target seccomp_program_add(struct seccomp_program *program, uint16_t code, uint32_t k);

/* Puts a conditional jump in front. */
struct seccomp_target seccomp_program_branch(struct seccomp_program *program, uint16_t code, uint32_t k,
	struct seccomp_target yes, struct seccomp_target no);

/* ---- search.c ---- */

/* From first to the first of the next one. */
struct seccomp_range {
	uint32_t first;
	struct seccomp_target to;
};

/* Puts a search in front for the range that has the 32 bits at offset of struct seccomp_data, as far as the mask leaves
 * them. The first range begins at 0. ranges is overwritten. Nothing is put in front when all lead to the same. */
struct seccomp_target seccomp_search(struct seccomp_program *program, uint32_t offset, uint32_t mask,
	struct seccomp_range *ranges, size_t n);

/* ---- arguments.c ---- */

/* Puts the branches of a decision in front. Sets *ret_failed when memory ran out. */
struct seccomp_target seccomp_branch_all(struct seccomp_program *program, struct oci_document *document,
	const struct seccomp_decision *decision, bool *ret_failed);
