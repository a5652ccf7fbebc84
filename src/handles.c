/* Making and freeing struct handles. */
#include "handles.h"

#include "base/cleanup.h"

#include <stdlib.h>

int *handles_none(size_t n)
{
	int *fds = malloc((n + 1) * sizeof(*fds));

	for (size_t i = 0; fds && i < n; i++)
		fds[i] = -1;
	return fds;
}

void handles_clear(struct handles *ret_handles)
{
	*ret_handles = (struct handles){
		.sync = -1,
		.gate = -1,
		.root = -1,
		.root_on_host = -1,
		.pid_namespace = -1,
		.mask = -1,
		.cgroup = -1,
		.target = -1,
		.notify = -1,
		.hook_stdout = -1,
		.hook_stderr = -1,
	};
	for (size_t i = 0; i < PLAN_MAX_NAMESPACES; i++)
		ret_handles->namespaces[i] = -1;
}

void handles_free(const struct plan *plan, struct handles *handles)
{
	for (size_t i = 0; i < PLAN_MAX_NAMESPACES; i++)
		close_fd(&handles->namespaces[i]);
	for (size_t i = 0; handles->mounts && i < plan->mounts.n; i++)
		close_fd(&handles->mounts[i]);
	for (size_t i = 0; handles->devices && i < plan->devices.n; i++)
		close_fd(&handles->devices[i]);
	close_fd(&handles->sync);
	close_fd(&handles->gate);
	close_fd(&handles->root);
	close_fd(&handles->root_on_host);
	close_fd(&handles->mask);
	close_fd(&handles->cgroup);
	close_fd(&handles->notify);
	free(handles->mounts);
	free(handles->devices);
	handles->mounts = NULL;
	handles->devices = NULL;
}

int handles_joined(const struct plan *plan, const struct handles *handles, int flag)
{
	int i = plan_joined(&plan->namespaces, flag);

	return i < 0 ? -1 : handles->namespaces[i];
}
