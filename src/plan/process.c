/* The process: identity, limits, environment, scheduling. From the spec to numbers. Pure. */
#include "plan/parts.h"

#include "base/cleanup.h"
#include "base/table.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>

enum {
	DEFAULT_UMASK = 0022,
	IOPRIO_CLASS_SHIFT = 13,
	MAX_CONSOLE = UINT16_MAX,
	MAX_STRING = 128 * 1024 - 1,   /* of one argument or variable, without the NUL: execve(2) */
	MAX_STRINGS = 6 * 1024 * 1024, /* of all of them with NULs and pointers: the limit for any stack size */
	MIN_NICE = -20,
	MAX_NICE = 19,
	MAX_PRIORITY = 99, /* of a real-time policy */
};

static const struct table_row rlimit_names[] = {
	{ "RLIMIT_AS", RLIMIT_AS },
	{ "RLIMIT_CORE", RLIMIT_CORE },
	{ "RLIMIT_CPU", RLIMIT_CPU },
	{ "RLIMIT_DATA", RLIMIT_DATA },
	{ "RLIMIT_FSIZE", RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS", RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE", RLIMIT_NICE },
	{ "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_NPROC", RLIMIT_NPROC },
	{ "RLIMIT_RSS", RLIMIT_RSS },
	{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME", RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK", RLIMIT_STACK },
	{ NULL, 0 },
};

static int plan_rlimits(struct oci_document *document, const char *prefix, const struct oci_rlimits *spec,
	struct plan_process *plan, struct error *err)
{
	char place[PLAN_PLACE_MAX];
	uint64_t seen = 0;

	plan->rlimits = oci_alloc(document, (spec->n + 1) * sizeof(*plan->rlimits));
	if (!plan->rlimits)
		return error_set(err, ENOMEM, "cannot make a plan");
	for (size_t i = 0; i < spec->n; i++) {
		const struct oci_rlimit *limit = &spec->items[i];
		const struct table_row *row = table_find(rlimit_names, limit->type);

		plan_item_place(place, prefix, "rlimits", i, ".type");
		if (!row) {
			oci_problem_add(document, place, "unknown resource limit \"%s\"", limit->type);
			continue;
		}
		if (seen & UINT64_C(1) << row->value) {
			oci_problem_add(document, place, "expected each type once, found \"%s\" again", limit->type);
			continue;
		}
		seen |= UINT64_C(1) << row->value;
		if (limit->soft > limit->hard)
			oci_problem_add(document, plan_item_place(place, prefix, "rlimits", i, ".soft"),
				"expected at most the hard limit, %llu, found %llu", (unsigned long long)limit->hard,
				(unsigned long long)limit->soft);
		plan->rlimits[plan->rlimit_count++] = (struct plan_rlimit){
			.resource = (int)row->value,
			.name = row->name,
			.value = { .rlim_cur = limit->soft, .rlim_max = limit->hard },
		};
	}
	return 0;
}

/* Unknown capabilities are a warning, not an error (spec: config.md, capabilities): one warning for each set. */
static int capability_set(struct oci_document *document, const char *place, const struct oci_strings *names,
	struct plan *plan, uint64_t *ret_set, struct error *err)
{
	const char *unknown = NULL;
	size_t count = 0;

	for (size_t i = 0; i < names->n; i++) {
		int number = plan_capability(names->items[i]);

		if (number >= 0)
			*ret_set |= UINT64_C(1) << number;
		else if (count++ == 0)
			unknown = names->items[i];
	}
	if (count == 1)
		return plan_warn(document, plan, err, "%s: ignoring the unknown capability \"%s\"", place, unknown);
	if (count > 1)
		return plan_warn(document, plan, err, "%s: ignoring %zu unknown capabilities, the first one is \"%s\"",
			place, count, unknown);
	return 0;
}

/* Removes capabilities that the kernel would refuse, or would remove at execve(2), from the set. Spec: a capability
 * that cannot be granted is a warning. */
static int drop_impossible(struct oci_document *document, const char *place, const struct oci_strings *names,
	uint64_t allowed, const char *where, uint64_t *set, struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < names->n; i++) {
		int number = plan_capability(names->items[i]);

		/* A capability that is named twice is warned of once. */
		if (number < 0 || allowed & UINT64_C(1) << number || !(*set & UINT64_C(1) << number))
			continue;
		*set &= ~(UINT64_C(1) << number);
		if (plan_warn(document, plan, err, "%s: ignoring the capability \"%s\", which is not %s", place,
			    names->items[i], where) < 0)
			return -1;
	}
	return 0;
}

static int plan_capability_sets(struct oci_document *document, const char *prefix, const struct oci_capabilities *spec,
	struct plan *plan, struct error *err)
{
	static const uint64_t all = UINT64_MAX;
	struct plan_capabilities *sets = &plan->process.capabilities;
	char place[PLAN_PLACE_MAX];

	if (!spec)
		return 0;
	const struct {
		const char *name;
		const struct oci_strings *names;
		uint64_t *set;
		const uint64_t *allowed[2]; /* the set is limited to what both of these have */
		const char *where;
	} rows[] = {
		{ "capabilities.bounding", &spec->bounding, &sets->bounding, { &all, &all }, NULL },
		{ "capabilities.permitted", &spec->permitted, &sets->permitted, { &sets->bounding, &all },
			"in the bounding set" },
		{ "capabilities.inheritable", &spec->inheritable, &sets->inheritable, { &sets->bounding, &all },
			"in the bounding set" },
		{ "capabilities.effective", &spec->effective, &sets->effective, { &sets->permitted, &all },
			"permitted" },
		{ "capabilities.ambient", &spec->ambient, &sets->ambient, { &sets->permitted, &sets->inheritable },
			"permitted and inheritable" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t allowed;

		plan_place(place, prefix, rows[i].name);
		if (capability_set(document, place, rows[i].names, plan, rows[i].set, err) < 0)
			return -1;
		allowed = *rows[i].allowed[0] & *rows[i].allowed[1];
		if (drop_impossible(document, place, rows[i].names, allowed, rows[i].where, rows[i].set, plan, err) < 0)
			return -1;
	}
	return 0;
}

/* An environment variable while the variables are sorted. */
struct variable {
	char *text;
	size_t name_length;
	size_t at; /* its index in the spec */
};

static int compare_names(const struct variable *a, const struct variable *b)
{
	size_t shorter = a->name_length < b->name_length ? a->name_length : b->name_length;
	int order = memcmp(a->text, b->text, shorter);

	return order ? order : (a->name_length > b->name_length) - (a->name_length < b->name_length);
}

static int compare_variables(const void *a, const void *b)
{
	const struct variable *one = a;
	const struct variable *other = b;
	int order = compare_names(one, other);

	return order ? order : (one->at > other->at) - (one->at < other->at);
}

/* Of variables with the same name, keeps the value of the last at the position of the first. sorted has n variables,
 * env room for as many. */
static void merge_variables(struct variable *sorted, size_t n, char **env)
{
	size_t kept = 0;

	qsort(sorted, n, sizeof(sorted[0]), compare_variables);
	for (size_t i = 0, first = 0; i < n; i++) {
		if (compare_names(&sorted[first], &sorted[i]) != 0)
			first = i;
		env[sorted[first].at] = sorted[i].text;
	}
	for (size_t i = 0; i < n; i++) {
		if (env[i])
			env[kept++] = env[i];
	}
	for (size_t i = kept; i < n; i++)
		env[i] = NULL;
}

/* Checks each variable and drops those that a later one of the same name replaces. The runtime's variables come
 * last. */
static int plan_environment(struct oci_document *document, const char *prefix, const struct oci_strings *spec,
	const struct oci_strings *runtime, struct plan_process *plan, struct error *err)
{
	size_t n = spec->n + runtime->n;
	char **env = oci_alloc(document, (n + 1) * sizeof(*env));
	cleanup_free struct variable *variables = calloc(n + 1, sizeof(*variables));
	char place[PLAN_PLACE_MAX];

	if (!env || !variables)
		return error_set(err, ENOMEM, "cannot make a plan");
	for (size_t i = 0; i < n; i++) {
		char *text = i < spec->n ? spec->items[i] : runtime->items[i - spec->n];
		size_t length = strcspn(text, "=");

		/* The message must not have the value, which may be a secret. */
		if (text[length] != '=' || length == 0)
			oci_problem_add(document, plan_item_place(place, prefix, "env", i, ""), "expected NAME=VALUE");
		variables[i] = (struct variable){ .text = text, .name_length = length, .at = i };
	}
	merge_variables(variables, n, env);
	plan->env = env;
	return 0;
}

static unsigned short console_side(struct oci_document *document, const char *prefix, const char *name,
	struct oci_opt_u64 side)
{
	char place[PLAN_PLACE_MAX];

	plan_place(place, prefix, name);
	if (!side.set)
		oci_problem_add(document, place, "required member is missing");
	else if (side.v > MAX_CONSOLE)
		oci_problem_add(document, place, "expected at most %d characters, found %llu", MAX_CONSOLE,
			(unsigned long long)side.v);
	return (unsigned short)side.v;
}

/* Without a terminal the size is ignored, whatever it lacks. */
static void plan_console(struct oci_document *document, const char *prefix, const struct oci_process *spec,
	struct plan_process *plan)
{
	const struct oci_console_size *size = spec->console_size;

	plan->terminal = spec->terminal;
	if (!spec->terminal || !size)
		return;
	plan->rows = console_side(document, prefix, "consoleSize.height", size->height);
	plan->columns = console_side(document, prefix, "consoleSize.width", size->width);
}

bool plan_scheduler_ends_with_clone(const struct plan_process *process)
{
	enum { DEADLINE = 6, RESET_ON_FORK = 1 }; /* SCHED_DEADLINE, SCHED_FLAG_RESET_ON_FORK of sched_setattr(2) */

	return process->has_scheduler &&
		(process->scheduler.policy == DEADLINE || process->scheduler.flags & RESET_ON_FORK);
}

static void plan_scheduler(struct oci_document *document, const char *prefix, const struct oci_scheduler *spec,
	struct plan_process *plan)
{
	static const uint32_t policies[] = {
		[OCI_SCHED_OTHER] = 0,
		[OCI_SCHED_FIFO] = 1,
		[OCI_SCHED_RR] = 2,
		[OCI_SCHED_BATCH] = 3,
		[OCI_SCHED_ISO] = 4,
		[OCI_SCHED_IDLE] = 5,
		[OCI_SCHED_DEADLINE] = 6,
	};
	bool realtime = spec && (spec->policy == OCI_SCHED_FIFO || spec->policy == OCI_SCHED_RR);
	char place[PLAN_PLACE_MAX];

	if (!spec)
		return;
	plan->has_scheduler = true;
	plan->scheduler = (struct plan_scheduler){
		.size = sizeof(plan->scheduler),
		.policy = policies[spec->policy],
		.nice = spec->nice,
		.priority = (uint32_t)spec->priority,
		.runtime = spec->runtime,
		.deadline = spec->deadline,
		.period = spec->period,
	};
	/* The flags of sched_setattr(2) are single bits in the order of the enumeration. */
	for (size_t i = 0; i < spec->flags.n; i++)
		plan->scheduler.flags |= UINT64_C(1) << (spec->flags.items[i] - OCI_SCHED_FLAG_RESET_ON_FORK);
	plan_place(place, prefix,
		spec->runtime            ? "scheduler.runtime"
			: spec->deadline ? "scheduler.deadline"
					 : "scheduler.period");
	if (spec->policy != OCI_SCHED_DEADLINE && (spec->runtime || spec->deadline || spec->period))
		oci_problem_add(document, place, "needs the policy SCHED_DEADLINE");
	if (spec->nice < MIN_NICE || spec->nice > MAX_NICE)
		oci_problem_add(document, plan_place(place, prefix, "scheduler.nice"),
			"expected an integer from %d to %d, found %d", MIN_NICE, MAX_NICE, spec->nice);
	if (realtime && (spec->priority < 1 || spec->priority > MAX_PRIORITY))
		oci_problem_add(document, plan_place(place, prefix, "scheduler.priority"),
			"expected an integer from 1 to %d, found %d", MAX_PRIORITY, spec->priority);
	if (!realtime && spec->priority != 0)
		oci_problem_add(document, plan_place(place, prefix, "scheduler.priority"),
			"needs the policy SCHED_FIFO or SCHED_RR");
}

/* Reads a list like "0-3,7" into a mask. */
static void plan_affinity(struct oci_document *document, const char *prefix, const char *name, const char *list,
	struct plan_affinity *ret)
{
	const char *rest = list;
	char place[PLAN_PLACE_MAX];
	uint64_t first;
	uint64_t last;

	if (!list || !*list)
		return;
	ret->set = true;
	while (*rest) {
		if (!text_next_range(&rest, &first, &last) || last >= PLAN_MAX_CPUS) {
			oci_problem_add(document, plan_place(place, prefix, name),
				"expected a list of CPUs below %d such as 0-3,7, found \"%s\"", PLAN_MAX_CPUS, list);
			return;
		}
		for (uint64_t cpu = first; cpu <= last; cpu++)
			ret->cpus[cpu / PLAN_CPU_WORD] |= 1UL << cpu % PLAN_CPU_WORD;
	}
}

static long personality_number(const struct oci_personality *personality)
{
	if (!personality)
		return -1;
	return personality->domain == OCI_PERSONALITY_LINUX32 ? PER_LINUX32 : PER_LINUX;
}

static void check_args(struct oci_document *document, const char *prefix, const struct oci_strings *args)
{
	char place[PLAN_PLACE_MAX];

	if (args->n == 0)
		oci_problem_add(document, plan_place(place, prefix, "args"),
			"expected at least one string, found none");
	else if (args->items[0][0] == '\0')
		oci_problem_add(document, plan_item_place(place, prefix, "args", 0, ""),
			"expected the name of a program, found an empty string: executable file not found in $PATH");
}

/* Returns the number of bytes that the strings take of the limit of execve(2). */
static size_t check_lengths(struct oci_document *document, const char *prefix, const char *name,
	const struct oci_strings *strings)
{
	size_t total = 0;

	for (size_t i = 0; i < strings->n; i++) {
		size_t length = strlen(strings->items[i]);
		char place[PLAN_PLACE_MAX];

		if (length > MAX_STRING)
			oci_problem_add(document, plan_item_place(place, prefix, name, i, ""),
				"expected at most %d bytes, found %zu", MAX_STRING, length);
		total += length + 1 + sizeof(char *);
	}
	return total;
}

/* Refuses arguments and variables that execve(2) would refuse, before anything is made. */
static void check_room(struct oci_document *document, const char *prefix, const struct oci_process *spec)
{
	size_t args = check_lengths(document, prefix, "args", &spec->args);
	size_t env = check_lengths(document, prefix, "env", &spec->env);
	char place[PLAN_PLACE_MAX];

	if (args + env > MAX_STRINGS)
		oci_problem_add(document, plan_place(place, prefix, args > env ? "args" : "env"),
			"expected at most %d bytes of arguments and environment, found %zu", MAX_STRINGS, args + env);
}

static void check_label(struct oci_document *document, const char *prefix, const char *name, const char *label)
{
	char place[PLAN_PLACE_MAX];

	for (const char *c = label ? label : ""; *c; c++) {
		if (!iscntrl((unsigned char)*c))
			continue;
		oci_problem_add(document, plan_place(place, prefix, name), "expected no control characters");
		break;
	}
}

int plan_process(struct oci_document *document, const char *prefix, const struct oci_process *spec, struct plan *plan,
	struct error *err)
{
	const struct oci_linux *section = plan->spec->linux_;
	struct plan_annotations annotations;
	struct plan_process process = {
		.args = spec->args.items,
		.cwd = spec->cwd,
		.uid = spec->user.uid,
		.gid = spec->user.gid,
		.groups = spec->user.additional_gids.items,
		.group_count = spec->user.additional_gids.n,
		.umask = spec->user.umask.set ? spec->user.umask.v : DEFAULT_UMASK,
		.no_new_privileges = spec->no_new_privileges,
		.has_oom_score_adj = spec->oom_score_adj.set,
		.oom_score_adj = spec->oom_score_adj.v,
		.apparmor_profile = spec->apparmor_profile && *spec->apparmor_profile ? spec->apparmor_profile : NULL,
		.selinux_label = spec->selinux_label && *spec->selinux_label ? spec->selinux_label : NULL,
		.io_priority = -1,
		.personality = personality_number(section ? section->personality : NULL),
	};
	char place[PLAN_PLACE_MAX];

	plan_annotations_read(&plan->spec->annotations, &annotations);
	process.keep_groups = annotations.keep_groups;
	check_args(document, prefix, &spec->args);
	check_room(document, prefix, spec);
	check_label(document, prefix, "apparmorProfile", spec->apparmor_profile);
	check_label(document, prefix, "selinuxLabel", spec->selinux_label);
	if (process.group_count > NGROUPS_MAX)
		oci_problem_add(document, plan_place(place, prefix, "user.additionalGids"),
			"expected at most %d groups, found %zu", NGROUPS_MAX, process.group_count);
	if (spec->io_priority)
		process.io_priority = (int)spec->io_priority->ioprio_class << IOPRIO_CLASS_SHIFT |
			spec->io_priority->priority;
	plan_console(document, prefix, spec, &process);
	plan_scheduler(document, prefix, spec->scheduler, &process);
	if (spec->exec_cpu_affinity) {
		plan_affinity(document, prefix, "execCPUAffinity.initial", spec->exec_cpu_affinity->initial,
			&process.exec_initial);
		plan_affinity(document, prefix, "execCPUAffinity.final", spec->exec_cpu_affinity->final,
			&process.exec_final);
	}
	if (plan_environment(document, prefix, &spec->env, &plan->environment, &process, err) < 0 ||
		plan_rlimits(document, prefix, &spec->rlimits, &process, err) < 0)
		return -1;
	plan->process = process;
	plan->has_process = true;
	return plan_capability_sets(document, prefix, spec->capabilities, plan, err);
}

bool plan_filters_early(const struct plan *plan)
{
	return plan->seccomp.instructions && !plan->process.no_new_privileges;
}
