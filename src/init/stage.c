/* The stage: a short-lived process between the host and init, only where a namespace can be joined but for one's
 * children. Runs with the host's view. Init becomes the host's own child (CLONE_PARENT): no process stays between
 * them. */
#include "init/init.h"

#include "base/prefault.h"
#include "sync.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

bool init_needs_stage(const struct plan *plan)
{
	const struct plan_namespaces *namespaces = &plan->namespaces;
	uint64_t joined = namespaces->inside & ~namespaces->create;

	/* A new user namespace has no rights over the namespaces to join: they are joined before it is made. */
	return joined & (CLONE_NEWUSER | CLONE_NEWPID) || (joined && (namespaces->create & CLONE_NEWUSER));
}

static _Noreturn void stage_fail(const struct handles *handles, struct error *err)
{
	error_tag(err, ERROR_NAMESPACE_FAILED, "linux.namespaces");
	error_during(err, "init", "join the namespaces");
	sync_send(handles->sync, SYNC_ERROR, err, -1);
	_exit(EXIT_FAILURE);
}

/* Clones init with the namespaces of flags as the host's child, which it tells so, and ends. */
static _Noreturn void give_birth(const struct plan *plan, struct handles *handles, uint64_t flags,
	void (*life)(const struct plan *plan, struct handles *handles, bool in_stage))
{
	struct clone_args args = { .flags = CLONE_PARENT | flags };
	struct error err;
	pid_t pid = prefault_clone(&args);

	if (pid == 0)
		life(plan, handles, true);
	if (pid < 0) {
		error_set(&err, errno, "cannot make the container's process");
		stage_fail(handles, &err);
	}
	err = (struct error){ .number = pid };
	_exit(sync_send(handles->sync, SYNC_HELLO, &err, -1) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

__attribute__((noreturn)) void init_stage(const struct plan *plan, struct handles *handles)
{
	struct error err;

	if (join_namespaces(plan, handles, &err) < 0)
		stage_fail(handles, &err);
	/* cgroup and time namespaces are made by init itself, see steps.c. */
	give_birth(plan, handles, plan->namespaces.create & ~(uint64_t)(CLONE_NEWCGROUP | CLONE_NEWTIME), init_create);
}

bool exec_needs_stage(const struct plan *plan)
{
	return plan->namespaces.inside & CLONE_NEWPID;
}

__attribute__((noreturn)) void exec_stage(const struct plan *plan, struct handles *handles)
{
	struct error err;

	if (join_container(plan, handles, &err) < 0)
		stage_fail(handles, &err);
	give_birth(plan, handles, 0, init_exec);
}
