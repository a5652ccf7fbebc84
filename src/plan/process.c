/* The process: identity, limits, environment, scheduling. From the spec to numbers. Pure. */
#include "plan/plan.h"

#include "base/cleanup.h"
#include "base/table.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>

enum {
	DEFAULT_UMASK = 0022,
	IOPRIO_CLASS_SHIFT = 13,
	MAX_CONSOLE = UINT16_MAX,
	MAX_STRING = 128 * 1024 - 1,    /* of an argument or variable, as execve(2) counts without the NUL */
	MAX_STRINGS = 6 * 1024 * 1024, /* of all of them with their NULs and pointers, whatever the stack limit */
	MIN_NICE = -20,
	MAX_NICE = 19,
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

enum { PLACE_MAX = 96 };

/* The place of a problem: prefix "process" and member "cwd" give "process.cwd", prefix "" gives "cwd". */
static const char *member(char place[PLACE_MAX], const char *prefix, const char *name)
{
	snprintf(place, PLACE_MAX, "%s%s%s", prefix, *prefix ? "." : "", name);
	return place;
}

/* The same for one of many: "rlimits", 2 and ".type" give "process.rlimits[2].type". */
static const char *item(char place[PLACE_MAX], const char *prefix, const char *name, size_t index, const char *rest)
{
	snprintf(place, PLACE_MAX, "%s%s%s[%zu]%s", prefix, *prefix ? "." : "", name, index, rest);
	return place;
}

static int plan_rlimits(struct oci_document *document, const char *prefix, const struct oci_rlimits *spec, struct plan_process *plan,
			struct error *err)
{
	char place[PLACE_MAX];
	uint64_t seen = 0;

	plan->rlimits = oci_alloc(document, (spec->n + 1) * sizeof(*plan->rlimits));
	if (!plan->rlimits)
		return error_set(err, ENOMEM, "cannot make a plan");
	for (size_t i = 0; i < spec->n; i++) {
		const struct oci_rlimit *limit = &spec->items[i];
		const struct table_row *row = table_find(rlimit_names, limit->type);

		if (!row || seen & UINT64_C(1) << row->value) {
			item(place, prefix, "rlimits", i, ".type");
			oci_problem_add(document, place, row ? "expected each type once, found \"%s\" again" : "unknown resource limit \"%s\"",
					limit->type);
			continue;
		}
		if (limit->soft > limit->hard)
			oci_problem_add(document, item(place, prefix, "rlimits", i, ".soft"),
					"expected at most the hard limit, %llu, found %llu", (unsigned long long)limit->hard,
					(unsigned long long)limit->soft);
		seen |= UINT64_C(1) << row->value;
		plan->rlimits[plan->rlimit_count++] = (struct plan_rlimit){
			.resource = (int)row->value,
			.name = row->name,
			.value = { .rlim_cur = limit->soft, .rlim_max = limit->hard },
		};
	}
	return 0;
}

/* Capabilities that nobody knows are a warning, not an error (spec: config.md, capabilities). */
static int capability_set(struct oci_document *document, const struct oci_strings *names, struct plan *plan, uint64_t *ret_set,
			  struct error *err)
{
	uint64_t set = 0;

	for (size_t i = 0; i < names->n; i++) {
		int number = plan_capability(names->items[i]);

		if (number >= 0)
			set |= UINT64_C(1) << number;
		else if (plan_warn(document, plan, err, "ignoring the unknown capability \"%s\"", names->items[i]) < 0)
			return -1;
	}
	*ret_set = set;
	return 0;
}

static void check_capabilities(struct oci_document *document, const char *prefix, const struct plan_capabilities *sets)
{
	char place[64];

	snprintf(place, sizeof(place), "%s%scapabilities.ambient", prefix, *prefix ? "." : "");
	if (sets->ambient & ~(sets->permitted & sets->inheritable))
		oci_problem_add(document, place, "expected only capabilities that are both permitted and inheritable");
	snprintf(place, sizeof(place), "%s%scapabilities.effective", prefix, *prefix ? "." : "");
	if (sets->effective & ~sets->permitted)
		oci_problem_add(document, place, "expected only capabilities that are permitted");
}

static int plan_capability_sets(struct oci_document *document, const char *prefix, const struct oci_capabilities *spec,
				struct plan *plan, struct error *err)
{
	struct plan_capabilities *sets = &plan->process.capabilities;

	if (!spec)
		return 0;
	if (capability_set(document, &spec->bounding, plan, &sets->bounding, err) < 0 ||
	    capability_set(document, &spec->effective, plan, &sets->effective, err) < 0 ||
	    capability_set(document, &spec->inheritable, plan, &sets->inheritable, err) < 0 ||
	    capability_set(document, &spec->permitted, plan, &sets->permitted, err) < 0 ||
	    capability_set(document, &spec->ambient, plan, &sets->ambient, err) < 0)
		return -1;
	check_capabilities(document, prefix, sets);
	return 0;
}

/* Checks each variable and drops those that a later one of the same name replaces. */
static int plan_environment(struct oci_document *document, const char *prefix, const struct oci_strings *spec,
			    struct plan_process *plan, struct error *err)
{
	char **env = oci_alloc(document, (spec->n + 1) * sizeof(*env));
	char place[64];
	size_t n = 0;

	if (!env)
		return error_set(err, ENOMEM, "cannot make a plan");
	for (size_t i = 0; i < spec->n; i++) {
		char *variable = spec->items[i];
		size_t length = strcspn(variable, "=");
		size_t at = 0;

		member(place, sizeof(place), prefix, "env", i);
		/* Never the value: it may be a secret. */
		if (variable[length] != '=' || length == 0)
			oci_problem_add(document, place, "expected NAME=VALUE");
		while (at < n && (strncmp(env[at], variable, length) != 0 || env[at][length] != '='))
			at++;
		env[at] = variable;
		n += at == n;
	}
	plan->env = env;
	return 0;
}

static void plan_console(struct oci_document *document, const char *prefix, const struct oci_process *spec, struct plan_process *plan)
{
	const struct oci_console_size *size = spec->console_size;
	char place[64];

	plan->terminal = spec->terminal;
	if (!spec->terminal || !size)
		return;
	snprintf(place, sizeof(place), "%s%sconsoleSize", prefix, *prefix ? "." : "");
	if (size->height > MAX_CONSOLE || size->width > MAX_CONSOLE) {
		oci_problem_add(document, place, "expected a height and width of at most %d", MAX_CONSOLE);
		return;
	}
	plan->rows = (unsigned short)size->height;
	plan->columns = (unsigned short)size->width;
}

static void plan_scheduler(struct oci_document *document, const char *prefix, const struct oci_scheduler *spec,
			   struct plan_process *plan)
{
	static const uint32_t policies[] = {
		[OCI_SCHED_OTHER] = 0, [OCI_SCHED_FIFO] = 1, [OCI_SCHED_RR] = 2,       [OCI_SCHED_BATCH] = 3,
		[OCI_SCHED_ISO] = 4,   [OCI_SCHED_IDLE] = 5, [OCI_SCHED_DEADLINE] = 6,
	};
	char place[64];

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
	snprintf(place, sizeof(place), "%s%sscheduler", prefix, *prefix ? "." : "");
	if (spec->policy != OCI_SCHED_DEADLINE && (spec->runtime || spec->deadline || spec->period))
		oci_problem_add(document, place, "runtime, deadline and period need the policy SCHED_DEADLINE");
	if (spec->nice < -20 || spec->nice > 19)
		oci_problem_add(document, place, "expected a nice value from -20 to 19, found %d", spec->nice);
}

static long personality_number(const struct oci_personality *personality)
{
	if (!personality)
		return -1;
	return personality->domain == OCI_PERSONALITY_LINUX32 ? PER_LINUX32 : PER_LINUX;
}

static void check_args(struct oci_document *document, const char *prefix, const struct oci_strings *args)
{
	char place[64];

	snprintf(place, sizeof(place), "%s%sargs", prefix, *prefix ? "." : "");
	if (args->n == 0)
		oci_problem_add(document, place, "expected at least one string, found none");
	else if (args->items[0][0] == '\0')
		oci_problem_add(document, place, "expected the name of a program, found an empty string");
}

static bool annotation_is_true(const struct oci_string_map *annotations, const char *key)
{
	for (size_t i = 0; i < annotations->n; i++) {
		if (strcmp(annotations->items[i].key, key) == 0)
			return strcmp(annotations->items[i].value, "0") != 0;
	}
	return false;
}

int plan_process(struct oci_document *document, const char *prefix, const struct oci_process *spec, struct plan *plan,
		 struct error *err)
{
	const struct oci_linux *section = plan->spec->linux_;
	struct plan_process process = {
		.args = spec->args.items,
		.cwd = spec->cwd,
		.uid = spec->user.uid,
		.gid = spec->user.gid,
		.groups = spec->user.additional_gids.items,
		.group_count = spec->user.additional_gids.n,
		.keep_groups = annotation_is_true(&plan->spec->annotations, "run.oci.keep_original_groups"),
		.umask = spec->user.umask.set ? spec->user.umask.v : DEFAULT_UMASK,
		.no_new_privileges = spec->no_new_privileges,
		.has_oom_score_adj = spec->oom_score_adj.set,
		.oom_score_adj = spec->oom_score_adj.v,
		.apparmor_profile = spec->apparmor_profile && *spec->apparmor_profile ? spec->apparmor_profile : NULL,
		.selinux_label = spec->selinux_label && *spec->selinux_label ? spec->selinux_label : NULL,
		.io_priority = -1,
		.personality = personality_number(section ? section->personality : NULL),
	};
	char place[64];

	check_args(document, prefix, &spec->args);
	snprintf(place, sizeof(place), "%s%suser.additionalGids", prefix, *prefix ? "." : "");
	if (process.group_count > MAX_GROUPS)
		oci_problem_add(document, place, "expected at most %d groups, found %zu", MAX_GROUPS, process.group_count);
	if (spec->io_priority)
		process.io_priority = (int)spec->io_priority->ioprio_class << IOPRIO_CLASS_SHIFT | spec->io_priority->priority;
	plan_console(document, prefix, spec, &process);
	plan_scheduler(document, prefix, spec->scheduler, &process);
	if (plan_environment(document, prefix, &spec->env, &process, err) < 0 ||
	    plan_rlimits(document, prefix, &spec->rlimits, &process, err) < 0)
		return -1;
	plan->process = process;
	plan->has_process = true;
	return plan_capability_sets(document, prefix, spec->capabilities, plan, err);
}
