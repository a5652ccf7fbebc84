/* What a policy says of one call, rule by rule, for people who look for the rule that decides. Pure.
 *
 * The filter is the truth: it is made by the other files of this room, and tests compare what is said here with its
 * answers. Rules and conditions are read by the functions of the compiler. */
#include "plan/seccomp/parts.h"

#include "ocispec/enums.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

/* A name of the policy that the architecture has. */
struct mention {
	size_t entry;
	size_t name;
	struct seccomp_call call;
};

struct read_architecture {
	int arch;
	struct seccomp_architecture is;
	size_t n;
	struct mention *mentions; /* NULL until somebody asks about the architecture */
};

struct seccomp_reading {
	struct oci_document *document;
	struct seccomp_policy policy;
	struct seccomp_table table;
	size_t n;
	int archs[SECCOMP_ARCHITECTURES];
	struct read_architecture architectures[SECCOMP_ARCHITECTURES];
};

static int fail(struct error *err)
{
	return error_set(err, ENOMEM, "cannot explain linux.seccomp");
}

static void add_architecture(struct seccomp_reading *reading, int arch)
{
	struct read_architecture *architecture = &reading->architectures[reading->n];

	for (size_t i = 0; i < reading->n; i++) {
		if (reading->archs[i] == arch)
			return;
	}
	if (reading->n == SECCOMP_ARCHITECTURES || !seccomp_architecture_find(arch, &architecture->is))
		return;
	architecture->arch = arch;
	reading->archs[reading->n++] = arch;
}

struct seccomp_reading *seccomp_reading_make(struct oci_document *document, const struct oci_seccomp *config,
	struct error *err)
{
	struct seccomp_reading *reading = oci_alloc(document, sizeof(*reading));

	if (!reading) {
		fail(err);
		return NULL;
	}
	reading->document = document;
	if (seccomp_policy_read(document, config, false, &reading->policy, err) < 0)
		return NULL;
	if (oci_problem_count(document) > 0) {
		const struct oci_problem *problem = oci_problem_at(document, 0);

		error_set(err, 0, "%s: %s", problem->path, problem->text);
		return NULL;
	}
	if (seccomp_decide(&reading->policy, &reading->table, err) < 0)
		return NULL;
	add_architecture(reading, seccomp_own_architecture());
	for (size_t i = 0; i < config->architectures.n; i++)
		add_architecture(reading, config->architectures.items[i]);
	return reading;
}

size_t seccomp_reading_architectures(const struct seccomp_reading *reading, const int **ret_archs)
{
	*ret_archs = reading->archs;
	return reading->n;
}

/* ---- the rules for a call ---- */

/* NULL for an architecture that the policy does not have. */
static struct read_architecture *find_architecture(struct seccomp_reading *reading, int arch)
{
	for (size_t i = 0; i < reading->n; i++) {
		if (reading->archs[i] == arch)
			return &reading->architectures[i];
	}
	return NULL;
}

static bool look_up_names(struct seccomp_reading *reading, struct read_architecture *architecture)
{
	const struct seccomp_policy *policy = &reading->policy;
	size_t n = 1;

	if (architecture->mentions)
		return true;
	for (size_t i = 0; i < policy->n; i++)
		n += policy->entries[i].names->n;
	architecture->mentions = oci_alloc(reading->document, n * sizeof(*architecture->mentions));
	for (size_t i = 0; architecture->mentions && i < policy->n; i++) {
		const struct oci_strings *names = policy->entries[i].names;

		for (size_t j = 0; j < names->n; j++) {
			struct seccomp_call call = seccomp_call_find(&architecture->is, names->items[j]);

			if (call.number >= 0 || call.multiplexer >= 0)
				architecture->mentions[architecture->n++] = (struct mention){ i, j, call };
		}
	}
	return architecture->mentions;
}

/* Whether the name is one for a call that is made in this way, or for the call that it goes through. */
static bool is_about(const struct mention *mention, const struct seccomp_architecture *architecture,
	const struct seccomp_way *way, bool *ret_part)
{
	const struct seccomp_call *call = &mention->call;

	*ret_part = way->part > 0 && call->multiplexer >= 0 && call->part == way->part &&
		architecture->multiplexers[call->multiplexer] == (int)way->number;
	return *ret_part || call->number == (int)way->number;
}

/* Whether some call can meet the rule's conditions; *ret_any: and whether there are any, that is some call does not. */
static bool can_be_met(const struct seccomp_rule *rule, const uint64_t bits[6], bool *ret_any)
{
	*ret_any = false;
	for (size_t i = 0; i < rule->n; i++) {
		struct seccomp_condition condition;
		enum seccomp_outcome outcome = seccomp_condition_make(&rule->args[i], bits[rule->args[i].index],
			&condition);

		if (outcome == SECCOMP_NEVER)
			return false;
		*ret_any = *ret_any || outcome == SECCOMP_DEPENDS;
	}
	return true;
}

/* The rules so far, and what follows from them. */
struct explainer {
	const struct seccomp_policy *policy;
	const struct seccomp_architecture *architecture;
	uint32_t number;
	struct seccomp_explanation result;
	bool decided;    /* a rule without conditions was met */
	int perhaps;     /* the mildest of the rules that may be met without that a filter sees it; -1: none */
	uint32_t milder; /* its action */
};

static void add_case(struct explainer *explainer, uint32_t action, int by, int when)
{
	struct seccomp_explanation *result = &explainer->result;

	result->cases[result->n++] = (struct seccomp_case){ .action = action, .by = by, .when = when };
}

/* Of a rule behind one that may be met the milder one of the two decides: multiplexed.c. */
static void weigh(struct explainer *explainer, int index, bool conditional, bool part)
{
	struct seccomp_spoken *rule = &explainer->result.rules[index];
	uint32_t action = rule->action;
	int by = index;

	if (explainer->perhaps >= 0 && seccomp_hindrance(explainer->milder) <= seccomp_hindrance(action)) {
		action = explainer->milder;
		by = explainer->perhaps;
	}
	if (conditional && part) {
		rule->weight = SECCOMP_RULE_IS_UNSEEN;
		explainer->perhaps = by;
		explainer->milder = action;
		return;
	}
	add_case(explainer, action, by, conditional ? index : -1);
	explainer->decided = !conditional;
}

static void add_rule(struct explainer *explainer, const struct mention *mention, const struct seccomp_rule *rule,
	bool part)
{
	struct seccomp_explanation *result = &explainer->result;
	struct seccomp_spoken *spoken = &result->rules[result->rule_count++];
	const char *call = explainer->policy->entries[mention->entry].names->items[mention->name];
	bool conditional;

	*spoken = (struct seccomp_spoken){
		.entry = mention->entry,
		.name = mention->name,
		.action = rule->action,
		.conditions = { .n = rule->n, .items = (struct oci_syscall_arg *)(uintptr_t)rule->args },
	};
	for (unsigned int i = 0; i < sizeof(spoken->bits) / sizeof(spoken->bits[0]); i++)
		spoken->bits[i] = seccomp_argument_bits(explainer->architecture, explainer->number, call, i);
	if (explainer->decided)
		spoken->weight = SECCOMP_RULE_IS_BEHIND;
	else if (!can_be_met(rule, spoken->bits, &conditional))
		spoken->weight = SECCOMP_RULE_NEVER_MET;
	else
		weigh(explainer, (int)result->rule_count - 1, conditional, part);
}

/* What the filter answers to a number when no rule decides: the default action, or ENOSYS. */
static uint32_t rest_of(const struct seccomp_reading *reading, const struct seccomp_way *way)
{
	const uint32_t audit = seccomp_architecture_audit(way->arch);

	for (size_t i = 0; i < reading->table.n; i++) {
		const struct seccomp_space *space = &reading->table.spaces[i];
		size_t piece = 0;

		while (piece + 1 < space->n && space->pieces[piece + 1].first <= way->number)
			piece++;
		if (space->audit == audit)
			return reading->table.decisions[space->pieces[piece].decision].otherwise;
	}
	return SECCOMP_RET_KILL_THREAD;
}

/* At most one rule for each condition, or name, of an entry. */
static size_t count_rules(const struct seccomp_policy *policy, const struct read_architecture *architecture)
{
	size_t n = 1;

	for (size_t i = 0; architecture && i < architecture->n; i++)
		n += policy->entries[architecture->mentions[i].entry].n;
	return n;
}

static void add_rules(struct explainer *explainer, const struct read_architecture *architecture,
	const struct seccomp_way *way)
{
	const struct seccomp_policy *policy = explainer->policy;

	for (size_t i = 0; i < architecture->n; i++) {
		const struct mention *mention = &architecture->mentions[i];
		const struct seccomp_entry *entry = &policy->entries[mention->entry];
		bool part;

		if (!is_about(mention, &architecture->is, way, &part))
			continue;
		for (size_t j = 0; j < entry->n; j++)
			add_rule(explainer, mention, &entry->rules[j], part);
	}
}

/* What follows when no rule without conditions is met. */
static void add_rest(struct explainer *explainer, const struct seccomp_reading *reading, const struct seccomp_way *way,
	bool foreign)
{
	uint32_t rest = rest_of(reading, way);

	if (explainer->perhaps >= 0)
		add_case(explainer, explainer->milder, explainer->perhaps, -1);
	else if (foreign)
		add_case(explainer, rest, SECCOMP_BY_ARCHITECTURE, -1);
	else
		add_case(explainer, rest, rest == reading->policy.otherwise ? SECCOMP_BY_DEFAULT : SECCOMP_BY_AGE, -1);
}

int seccomp_explain(struct seccomp_reading *reading, const struct seccomp_way *way, struct seccomp_explanation *ret,
	struct error *err)
{
	struct read_architecture *architecture = find_architecture(reading, way->arch);
	struct explainer explainer = { .policy = &reading->policy, .number = way->number, .perhaps = -1 };
	size_t most;

	if (architecture && !look_up_names(reading, architecture))
		return fail(err);
	most = count_rules(&reading->policy, architecture);
	explainer.result.rules = oci_alloc(reading->document, most * sizeof(*explainer.result.rules));
	explainer.result.cases = oci_alloc(reading->document, (most + 1) * sizeof(*explainer.result.cases));
	if (!explainer.result.rules || !explainer.result.cases)
		return fail(err);
	if (architecture) {
		explainer.architecture = &architecture->is;
		add_rules(&explainer, architecture, way);
	}
	if (!explainer.decided)
		add_rest(&explainer, reading, way, !architecture);
	*ret = explainer.result;
	return 0;
}

bool seccomp_reading_newest(struct seccomp_reading *reading, int arch, uint32_t *ret)
{
	struct read_architecture *architecture = find_architecture(reading, arch);
	int64_t newest = -1;

	if (!architecture || !look_up_names(reading, architecture))
		return false;
	for (size_t i = 0; i < architecture->n; i++) {
		int number = architecture->mentions[i].call.number;
		struct seccomp_way next = { .arch = arch, .number = (uint32_t)number + 1 };

		if (number > newest && rest_of(reading, &next) != reading->policy.otherwise)
			newest = number;
	}
	*ret = (uint32_t)newest;
	return newest >= 0;
}

/* ---- the arguments of a call ---- */

static bool is_met(const struct oci_syscall_arg *arg, uint64_t bits, const uint64_t args[6])
{
	struct seccomp_condition condition;
	uint64_t value;

	switch (seccomp_condition_make(arg, bits, &condition)) {
	case SECCOMP_NEVER:
		return false;
	case SECCOMP_ALWAYS:
		return true;
	case SECCOMP_DEPENDS:
		break;
	}
	value = args[condition.index] & condition.mask;
	return (value >= condition.first && value <= condition.last) != condition.outside;
}

bool seccomp_case_applies(const struct seccomp_explanation *explanation, size_t index, const uint64_t args[6])
{
	const struct seccomp_case *this = &explanation->cases[index];
	const struct seccomp_spoken *rule;

	if (this->when < 0)
		return true;
	rule = &explanation->rules[this->when];
	for (size_t i = 0; i < rule->conditions.n; i++) {
		const struct oci_syscall_arg *arg = &rule->conditions.items[i];

		if (!is_met(arg, rule->bits[arg->index], args))
			return false;
	}
	return true;
}
