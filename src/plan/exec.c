/* The plan of a further process in a container: from the process document or the command line, completed from the
 * container's configuration. Pure. */
#include "plan/parts.h"

#include <errno.h>
#include <string.h>

/* Joins both lists in a new one, NULL-terminated. */
static int join_strings(struct oci_document *document, struct oci_strings *list, const char *const *more, size_t n,
	struct error *err)
{
	char **items;

	if (n == 0)
		return 0;
	items = oci_alloc(document, (list->n + n + 1) * sizeof(*items));
	if (!items)
		return error_set(err, ENOMEM, "cannot make a plan");
	if (list->n > 0)
		memcpy(items, list->items, list->n * sizeof(*items));
	for (size_t i = 0; i < n; i++) {
		items[list->n + i] = plan_strdup(document, more[i]);
		if (!items[list->n + i])
			return error_set(err, ENOMEM, "cannot make a plan");
	}
	*list = (struct oci_strings){ .n = list->n + n, .items = items };
	return 0;
}

static int join_groups(struct oci_document *document, struct oci_ids *groups, const struct plan_exec_options *options,
	struct error *err)
{
	uint32_t *items;

	if (options->group_count == 0)
		return 0;
	items = oci_alloc(document, (groups->n + options->group_count) * sizeof(*items));
	if (!items)
		return error_set(err, ENOMEM, "cannot make a plan");
	if (groups->n > 0)
		memcpy(items, groups->items, groups->n * sizeof(*items));
	memcpy(items + groups->n, options->groups, options->group_count * sizeof(*items));
	*groups = (struct oci_ids){ .n = groups->n + options->group_count, .items = items };
	return 0;
}

static int add_capabilities(struct oci_document *document, struct oci_process *process,
	const struct plan_exec_options *options, struct error *err)
{
	struct oci_capabilities *sets;

	if (options->capability_count == 0)
		return 0;
	sets = oci_alloc(document, sizeof(*sets));
	if (!sets)
		return error_set(err, ENOMEM, "cannot make a plan");
	if (process->capabilities)
		*sets = *process->capabilities;
	process->capabilities = sets;
	if (join_strings(document, &sets->bounding, options->capabilities, options->capability_count, err) < 0 ||
		join_strings(document, &sets->permitted, options->capabilities, options->capability_count, err) < 0)
		return -1;
	return join_strings(document, &sets->effective, options->capabilities, options->capability_count, err);
}

/* The process of the configuration, changed by the options of the command line. */
static int process_of_options(struct oci_document *document, const struct plan_exec_options *options,
	struct oci_process *process, struct error *err)
{
	process->terminal = options->terminal;
	process->console_size = NULL;
	process->args = (struct oci_strings){ .n = options->arg_count, .items = (char **)(uintptr_t)options->args };
	if (options->cwd)
		process->cwd = (char *)(uintptr_t)options->cwd;
	if (options->has_uid)
		process->user.uid = options->uid;
	if (options->has_gid)
		process->user.gid = options->gid;
	if (options->no_new_privileges.set)
		process->no_new_privileges = options->no_new_privileges.v;
	if (options->apparmor_profile)
		process->apparmor_profile = (char *)(uintptr_t)options->apparmor_profile;
	if (options->selinux_label)
		process->selinux_label = (char *)(uintptr_t)options->selinux_label;
	if (join_strings(document, &process->env, options->env, options->env_count, err) < 0 ||
		join_groups(document, &process->user.additional_gids, options, err) < 0)
		return -1;
	return add_capabilities(document, process, options, err);
}

/* Members that the process document does not have are taken from the container's process: a further process must not
 * get more rights because a member is missing. noNewPrivileges is not taken from there: managers leave out members that
 * are false, and the caller of `exec` may ask for more rights than the container has (as in runc). */
static void inherit(struct oci_process *process, const struct oci_process *own)
{
	if (!process->capabilities)
		process->capabilities = own->capabilities;
	if (!process->apparmor_profile)
		process->apparmor_profile = own->apparmor_profile;
	if (!process->selinux_label)
		process->selinux_label = own->selinux_label;
	if (process->rlimits.n == 0)
		process->rlimits = own->rlimits;
	if (!process->scheduler)
		process->scheduler = own->scheduler;
	if (!process->io_priority)
		process->io_priority = own->io_priority;
	if (!process->exec_cpu_affinity)
		process->exec_cpu_affinity = own->exec_cpu_affinity;
}

int plan_make_exec(struct oci_document *config, struct oci_document *process_document,
	const struct plan_exec_options *options, struct plan *ret_plan, struct error *err)
{
	static const struct oci_process none = { .cwd = (char *)(uintptr_t)"/" };
	const struct oci_config *spec = oci_root(config);
	const struct oci_process *own = spec->process ? spec->process : &none;
	struct oci_document *document = process_document ? process_document : config;
	struct oci_process process = process_document ? *(const struct oci_process *)oci_root(process_document) : *own;
	const struct plan_namespaces namespaces = plan_namespaces_of(spec);
	struct plan plan = {
		.spec = spec,
		.id = options->id,
		.bundle = options->bundle,
		/* No namespace is made: the process joins those of the container. */
		.namespaces = { .inside = namespaces.inside },
		.spawn = namespaces.inside & CLONE_NEWPID ? PLAN_SPAWN_BUILDER : PLAN_SPAWN_CLONE,
		.new_keyring = !options->no_new_keyring,
		.preserve_fds = options->preserve_fds,
		.waits_for_go = options->waits_for_go,
	};

	if (process_document) {
		process.terminal |= options->terminal;
		inherit(&process, own);
	} else if (process_of_options(document, options, &process, err) < 0) {
		return -1;
	}
	if (namespaces.create & CLONE_NEWUSER)
		plan_check_user(document, process_document ? "" : "process", spec->linux_, &process.user);
	if (plan_process(document, process_document ? "" : "process", &process, &plan, err) < 0)
		return -1;
	if (spec->linux_)
		plan_memory_policy(config, spec->linux_->memory_policy, &plan.memory_policy);
	if (oci_problem_count(document) > 0)
		return plan_refuse(err);
	*ret_plan = plan;
	return 0;
}
