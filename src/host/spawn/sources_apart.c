/* Opening sources again without the mount namespaces that are bound in them. snapd keeps some in /run/snapd/ns, which a
 * recursive bind of the host's root contains. move_mount(2) refuses with ELOOP to attach a tree with a mount namespace
 * in it, since it might come to contain itself. A copied mount namespace (unshare(2)) leaves such mounts out, so the
 * sources are opened in one. Runs on the host, in a child process. */
#include "host/spawn/parts.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/syscall.h"
#include "handles.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the child tells its parent, in shared memory. Both share the table of file descriptors (CLONE_FILES). */
struct opened {
	bool done;
	struct error err;
	int root;
	int root_on_host;
	int mounts[];
};

/* The propagation of the copied namespace is not changed: what is mounted on the host later still reaches the
 * sources. */
static int open_all(const struct plan *plan, struct handles *handles, int joined, struct error *err)
{
	if (unshare(CLONE_NEWNS) < 0)
		return error_set(err, errno, "cannot copy the mount namespace");
	if (plan->root.path && sources_open_root(plan, handles, err) < 0)
		return -1;
	return mount_sources_open(plan, joined, handles->mounts, err);
}

static _Noreturn void run_child(const struct plan *plan, struct handles *handles, int joined, struct opened *opened)
{
	opened->done = open_all(plan, handles, joined, &opened->err) == 0;
	opened->root = handles->root;
	opened->root_on_host = handles->root_on_host;
	memcpy(opened->mounts, handles->mounts, plan->mounts.n * sizeof(*handles->mounts));
	_exit(EXIT_SUCCESS);
}

static void close_sources(const struct plan *plan, struct handles *handles)
{
	if (plan->root.path) {
		close_fd(&handles->root);
		close_fd(&handles->root_on_host);
	}
	for (size_t i = 0; i < plan->mounts.n; i++)
		close_fd(&handles->mounts[i]);
}

static void take(const struct plan *plan, struct handles *handles, const struct opened *opened)
{
	handles->root = opened->root;
	handles->root_on_host = opened->root_on_host;
	memcpy(handles->mounts, opened->mounts, plan->mounts.n * sizeof(*handles->mounts));
}

bool sources_may_be_pinned(const struct plan *plan, const struct error *err)
{
	/* Only two steps of init attach what the host has opened: the root and the mounts. */
	if (err->number != ELOOP ||
		(strncmp(err->detail.object, "mounts[", strlen("mounts[")) != 0 &&
			strcmp(err->detail.operation, "attach the root file system") != 0))
		return false;
	for (size_t i = 0; i < plan->mounts.n; i++) {
		if (plan->mounts.items[i].kind == PLAN_MOUNT_BIND && plan->mounts.items[i].recursive)
			return true;
	}
	return plan->root.path;
}

int sources_open_apart(const struct plan *plan, struct handles *handles, int joined, struct error *err)
{
	struct clone_args args = { .flags = CLONE_FILES, .exit_signal = SIGCHLD };
	size_t size = sizeof(struct opened) + plan->mounts.n * sizeof(int);
	struct opened *opened = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;
	int result = -1;
	int code;

	close_sources(plan, handles);
	if (opened == MAP_FAILED)
		return error_set(err, errno, "cannot open the sources of the mounts once more");
	error_set(&opened->err, 0, "the process that opens the sources of the mounts ended unexpectedly");
	opened->root = -1;
	opened->root_on_host = -1;
	for (size_t i = 0; i < plan->mounts.n; i++)
		opened->mounts[i] = -1;
	pid = sys_clone3(&args);
	if (pid == 0)
		run_child(plan, handles, joined, opened);
	if (pid < 0 || child_wait(pid, &code) < 0) {
		error_set(err, errno, "cannot open the sources of the mounts once more");
	} else {
		take(plan, handles, opened);
		*err = opened->err;
		result = opened->done ? 0 : -1;
	}
	munmap(opened, size);
	return result;
}
