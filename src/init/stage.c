/* The stage: a short-lived process between the host's process and init. It joins a user namespace and clones init
 * there, since the namespaces of init have to belong to that user namespace. Runs with the host's root. Init becomes a
 * child of the host's process (CLONE_PARENT), so the stage can end. */
#include "init/init.h"

#include "base/syscall.h"
#include "init/namespaces.h"
#include "sync.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

static _Noreturn void stage_fail(const struct handles *handles, struct error *err)
{
	error_tag(err, ERROR_NAMESPACE_FAILED, "linux.namespaces");
	error_during(err, "init", "join the namespaces");
	sync_send(handles->sync, SYNC_ERROR, err, -1);
	_exit(EXIT_FAILURE);
}

__attribute__((noreturn)) void init_stage(const struct plan *plan, struct handles *handles)
{
	/* Init makes its cgroup and time namespaces itself: enter_cgroup_namespace() and enter_time_namespace(). */
	const uint64_t made = plan->namespaces.create & ~(uint64_t)(CLONE_NEWCGROUP | CLONE_NEWTIME);
	struct clone_args args = { .flags = CLONE_PARENT | made };
	struct error err;
	pid_t pid;

	if (join_namespaces(plan, handles, &err) < 0)
		stage_fail(handles, &err);
	pid = sys_clone3(&args);
	if (pid == 0)
		init_create(plan, handles);
	if (pid < 0) {
		error_set(&err, errno, "cannot make the container's process");
		stage_fail(handles, &err);
	}
	err = (struct error){ .number = pid };
	_exit(sync_send(handles->sync, SYNC_HELLO, &err, -1) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}
