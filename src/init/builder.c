/* The builder clones the program's process into a pid namespace in which other processes live.
 *
 * The builder walks the steps outside of that namespace, where no process of the container sees it. When it clones, it
 * has the namespaces, the root, the identity, the label and the filter of the program. Its child inherits these. The
 * child has no file of the host, since the builder has closed them, and of the builder's memory only the copy that
 * pack_all() makes. So a process of the container with CAP_SYS_PTRACE finds nothing in the child that the program would
 * not have (CVE-2016-9962 and related attacks). */
#include "init/namespaces.h"

#include "base/memory.h"
#include "base/syscall.h"
#include "init/process.h"
#include "init/startgate.h"
#include "sync.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* What the child has instead of the builder's plan, handles and spec. */
struct child_data {
	struct plan plan;
	struct handles handles;
	struct oci_config spec;
	struct oci_hooks hooks;
};

/* Memory that pack_bytes() fills from its beginning. With memory NULL pack_bytes() only adds up the sizes. */
struct pack {
	char *memory;
	size_t used;
};

static void *pack_bytes(struct pack *pack, const void *data, size_t size)
{
	char *at = pack->memory ? pack->memory + pack->used : NULL;

	pack->used += (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	if (at && size > 0)
		memcpy(at, data, size);
	return at;
}

static char *pack_string(struct pack *pack, const char *s)
{
	return s ? pack_bytes(pack, s, strlen(s) + 1) : NULL;
}

/* Copies n strings and puts a NULL behind them. */
static char **pack_strings(struct pack *pack, char *const *strings, size_t n)
{
	char *const none[] = { NULL };
	char **copy = pack_bytes(pack, strings ? strings : none, (strings ? n + 1 : 1) * sizeof(*copy));

	for (size_t i = 0; strings && i < n; i++) {
		char *s = pack_string(pack, strings[i]);

		if (copy)
			copy[i] = s;
	}
	return copy;
}

static size_t count(char *const *strings)
{
	size_t n = 0;

	while (strings && strings[n])
		n++;
	return n;
}

static struct oci_strings pack_list(struct pack *pack, const struct oci_strings *list)
{
	return (struct oci_strings){ .n = list->n, .items = pack_strings(pack, list->items, list->n) };
}

static struct oci_hook_list pack_hooks(struct pack *pack, const struct oci_hook_list *hooks)
{
	struct oci_hook_list copy = { .n = hooks->n,
		.items = pack_bytes(pack, hooks->items, hooks->n * sizeof(*hooks->items)) };

	for (size_t i = 0; i < hooks->n; i++) {
		struct oci_hook hook = hooks->items[i];

		hook.path = pack_string(pack, hook.path);
		hook.args = pack_list(pack, &hooks->items[i].args);
		hook.env = pack_list(pack, &hooks->items[i].env);
		if (copy.items)
			copy.items[i] = hook;
	}
	return copy;
}

/* RLIMIT_NPROC, which set_limit_of_processes() sets in the child; the builder has set all others. */
static void pack_limit_of_processes(struct pack *pack, const struct plan_process *process, struct plan_process *ret)
{
	for (size_t i = 0; i < process->rlimit_count; i++) {
		struct plan_rlimit limit = process->rlimits[i];

		if (limit.resource != RLIMIT_NPROC)
			continue;
		limit.name = pack_string(pack, limit.name);
		ret->rlimits = pack_bytes(pack, &limit, sizeof(limit));
		ret->rlimit_count = 1;
	}
}

static struct plan_seccomp pack_filter(struct pack *pack, const struct plan_seccomp *filter)
{
	return (struct plan_seccomp){
		.instructions = pack_bytes(pack, filter->instructions, filter->n * sizeof(*filter->instructions)),
		.n = filter->n,
		.flags = filter->flags,
		.notify = filter->notify,
	};
}

/* Copies all that the steps after clone_program_process() read. The other members are NULL or 0 in the copy, so that no
 * value of the host's gets into the child. */
static void pack_all(struct pack *pack, const struct init *init, struct init *ret_init)
{
	const struct plan *plan = init->plan;
	const struct oci_hooks *hooks = plan->spec->hooks;
	static const struct oci_hook_list none;
	struct child_data *packed = pack_bytes(pack, &(struct child_data){ 0 }, sizeof(*packed));
	struct child_data data = {
		.plan = {
			.id = pack_string(pack, plan->id),
			.spawn = plan->spawn,
			.listen_fds = plan->listen_fds,
			.preserve_fds = plan->preserve_fds,
			.has_process = plan->has_process,
			.waits_for_go = plan->waits_for_go,
			.process = {
				.args = pack_strings(pack, plan->process.args, count(plan->process.args)),
				.terminal = plan->process.terminal,
				.no_new_privileges = plan->process.no_new_privileges,
			},
		},
		.handles = *init->handles,
		.hooks = { .start_container = pack_hooks(pack, hooks ? &hooks->start_container : &none) },
	};

	pack_limit_of_processes(pack, &plan->process, &data.plan.process);
	if (plan->seccomp.instructions)
		data.plan.seccomp = pack_filter(pack, &plan->seccomp);
	data.handles.mounts = NULL;
	data.handles.devices = NULL;
	*ret_init = *init;
	ret_init->env = pack_strings(pack, init->env, count(init->env));
	ret_init->program_path = pack_string(pack, init->program_path);
	ret_init->mount_fds = NULL;
	ret_init->start_state.text = pack_bytes(pack, init->start_state.text,
		init->start_state.text ? init->start_state.length + 1 : 0);
	if (!packed)
		return;
	*packed = data;
	packed->spec.hooks = &packed->hooks;
	packed->plan.spec = &packed->spec;
	ret_init->plan = &packed->plan;
	ret_init->handles = &packed->handles;
}

static int pack_init(struct init *init, struct init *ret_child, struct error *err)
{
	struct pack pack = { 0 };

	pack_all(&pack, init, ret_child);
	pack.memory = memory_new(pack.used);
	if (!pack.memory)
		return error_set(err, errno, "cannot map memory");
	pack.used = 0;
	pack_all(&pack, init, ret_child);
	return 0;
}

int wipe_environment(struct init *init, struct error *err)
{
	(void)init;
	(void)err;
	memory_wipe_environment();
	return 0;
}

int hide_host_memory(struct init *init, struct error *err)
{
	return init->plan->spawn == PLAN_SPAWN_BUILDER ? memory_hide_from_children(err) : 0;
}

/* Sends the child's pid to the host's process and ends the builder. */
static _Noreturn void report_child_and_exit(const struct init *init, pid_t pid)
{
	const struct error born = { .number = pid };

	_exit(sync_write(init->handles->sync, SYNC_HELLO, &born) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

int clone_program_process(struct init *init, struct error *err)
{
	struct init child;
	pid_t pid;

	if (init->plan->spawn != PLAN_SPAWN_BUILDER)
		return 0;
	if (write_start_state(init, err) < 0 || pack_init(init, &child, err) < 0)
		return -1;
	memory_wipe_arguments();
	memory_wipe_rest();
	/* CLONE_PARENT makes the new process a child of the host's process, which is the builder's parent, too. */
	pid = sys_clone(CLONE_PARENT, NULL);
	if (pid < 0)
		return error_set(err, errno, "clone");
	if (pid > 0)
		report_child_and_exit(init, pid);
	*init = child;
	init->is_program_process = true;
	if (set_listen_pid(init, err) < 0)
		return -1;
	/* The host's process sets by pid what the child could not inherit (host/conversation.c), and sends GO. */
	return await_host_behind_filter(init, err);
}

int start_program_session(struct init *init, struct error *err)
{
	if (!init->is_program_process)
		return 0;
	if (setsid() < 0)
		return error_set(err, errno, "setsid");
	if (init->plan->process.terminal && ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0)
		return error_set(err, errno, "cannot make the pty the controlling terminal");
	return 0;
}
