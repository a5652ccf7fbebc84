/* Changing the mounts of a container that exists. Runs on the host.
 *
 * As in a create, the host opens what the mounts name, and a child process that joins the container does the rest: the
 * host resolves no path of the container. */
#include "host/host.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/proc.h"
#include "base/userns.h"
#include "document.h"
#include "handles.h"
#include "host/container/container.h"
#include "host/spawn/spawn.h"
#include "init/init.h"
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What a change of mounts works with. */
struct change {
	struct container *container;
	const char *file;
	void (*run)(const struct plan *plan, struct handles *handles, int container, int proc)
		__attribute__((noreturn));
	struct oci_document *config;
	struct oci_document *document; /* of the file */
	struct plan plan;              /* only what mounts depend on */
	struct handles handles;
	struct joinable joinable;
	int target; /* the pidfd by which it is joined */
	int proc;
};

static void change_free(struct change *c)
{
	if (c->handles.mounts)
		handles_free(&c->plan, &c->handles);
	close_fd(&c->handles.pid_namespace);
	close_fd(&c->joinable.pidfd);
	close_fd(&c->proc);
	oci_free(c->document);
	oci_free(c->config);
}

#define cleanup_change __attribute__((cleanup(change_free)))

/* Capabilities in the container's user namespace would do for the container's side, but not for what the host opens. */
static int check_rights(struct error *err)
{
	if (userns_has_capability(CAP_SYS_ADMIN))
		return 0;
	error_set(err, EPERM, "the mounts of a container can be changed by root alone");
	return error_tag(err, ERROR_NOT_SUPPORTED, NULL);
}

static int read_file(struct change *c, struct error *err)
{
	c->document = document_read_named(&oci_mount_file_type, c->file, OCI_MAX_TEXT, err);
	return c->document ? 0 : -1;
}

/* Reads what the container is made of, from its copy of the config. */
static int read_config(struct change *c, struct error *err)
{
	if (container_config(c->container, &c->config, err) < 0)
		return -1;
	c->plan.spec = oci_root(c->config);
	c->plan.cgroup.path = c->container->record->cgroup.path;
	c->plan.namespaces = plan_namespaces_of(c->plan.spec);
	if (!(c->plan.namespaces.inside & CLONE_NEWNS))
		return error_set(err, 0,
			"the container has no mount namespace of its own: its mounts are those of the host");
	return 0;
}

static int plan_change(struct change *c, bool removes, struct error *err)
{
	const struct oci_mount_file *file = oci_root(c->document);
	/* The user namespace exists already: its mappings are read from it, and not from the config. */
	const struct plan_namespaces existing = {
		.inside = c->plan.namespaces.inside,
		/* A cgroup mount shows the container's own cgroup namespace, if there is one. */
		.create = c->plan.namespaces.create & CLONE_NEWCGROUP,
	};
	const struct plan_mounts_context context = {
		.prefix = "",
		.bundle = c->container->record->bundle,
		.spec = c->plan.spec,
		.namespaces = &existing,
	};
	int result = removes ? plan_unmounts(c->document, &file->mounts, &c->plan.mounts, err)
			     : plan_mounts(c->document, &file->mounts, &context, &c->plan.mounts, err);

	return result < 0 ? -1 : document_check(c->document, err);
}

static int open_sources(struct change *c, struct error *err)
{
	cleanup_fd int userns = userns_open(c->container->pid, err);

	/* The limit is not restored: this process and its child end with the change. */
	if (userns < 0 || file_limit_raise(&c->plan, &c->handles, err) < 0)
		return -1;
	return mount_sources_open(&c->plan, userns, c->handles.mounts, err);
}

/* Opens the pid namespace for a procfs, which shows the container's processes. The child that mounts it has the host's
 * rights, and so stays outside of that pid namespace, where the container would see it. */
static int open_pid_namespace(struct change *c, struct error *err)
{
	char path[sizeof(c->joinable.proc) + sizeof("/ns/pid")];
	bool mounts_procfs = false;

	for (size_t i = 0; i < c->plan.mounts.n; i++) {
		mounts_procfs |= c->plan.mounts.items[i].kind == PLAN_MOUNT_PROC;
	}
	if (!mounts_procfs || !(c->plan.namespaces.inside & CLONE_NEWPID))
		return 0;
	snprintf(path, sizeof(path), "%s/ns/pid", c->joinable.proc);
	c->handles.pid_namespace = open(path, O_RDONLY | O_CLOEXEC);
	/* If init lives still, its pid was not another process's when the path was opened. */
	if (c->handles.pid_namespace < 0 || child_gone(c->container->pidfd, 0))
		return error_set(err, errno, "cannot open the pid namespace of the container");
	return 0;
}

static int find_joinable(struct change *c, struct error *err)
{
	if (joinable_find(c->container, &c->joinable, err) < 0)
		return -1;
	c->target = c->joinable.pidfd >= 0 ? c->joinable.pidfd : c->container->pidfd;
	return 0;
}

static int run_child(struct change *c, struct error *err)
{
	cleanup_fd int sync = -1;
	int ends[2];
	pid_t pid;
	int result;
	int code;

	if (sync_pair(ends) < 0)
		return error_set(err, errno, "cannot make the channel to the container");
	sync = ends[0];
	c->handles.sync = ends[1];
	pid = fork();
	if (pid < 0)
		return error_set(err, errno, "cannot make a process");
	if (pid == 0) {
		close_fd(&sync);
		c->run(&c->plan, &c->handles, c->target, c->proc);
	}
	close_fd(&c->handles.sync);
	result = sync_expect(sync, SYNC_READY, NULL, err);
	(void)child_wait(pid, &code);
	return result;
}

/* Adds the mounts again, with sources that can be attached. inside: the namespaces of the container as they were when
 * the mounts were planned. */
static int add_again(struct change *c, uint64_t inside, struct error *err)
{
	cleanup_fd int userns = userns_open(c->container->pid, err);
	uint64_t to_join = c->plan.namespaces.inside;
	int result;

	if (userns < 0)
		return -1;
	c->plan.namespaces.inside = inside;
	result = sources_open_apart(&c->plan, &c->handles, userns, err);
	c->plan.namespaces.inside = to_join;
	return result < 0 ? -1 : run_child(c, err);
}

static int change_mounts(struct change *c, bool removes, struct error *err)
{
	uint64_t inside;

	if (check_rights(err) < 0 || read_file(c, err) < 0)
		return -1;
	if (container_check_verb(c->container, CONTAINER_CHANGE_MOUNTS, err) < 0 || read_config(c, err) < 0 ||
		plan_change(c, removes, err) < 0)
		return -1;
	c->handles.mounts = handles_none(c->plan.mounts.n);
	if (!c->handles.mounts)
		return error_set(err, ENOMEM, "cannot open what '%s' names", c->file);
	c->proc = proc_open_any(err);
	if (find_joinable(c, err) < 0)
		return -1;
	if (c->proc < 0 || (!removes && (open_sources(c, err) < 0 || open_pid_namespace(c, err) < 0)))
		return -1;
	inside = c->plan.namespaces.inside;
	/* Last: what was planned and opened depends on whether the container has a user namespace. */
	if (userns_leave_out_own(c->container->pid, &c->plan.namespaces, err) < 0)
		return -1;
	if (run_child(c, err) == 0)
		return 0;
	return !removes && sources_may_be_pinned(&c->plan, err) ? add_again(c, inside, err) : -1;
}

int container_change_mounts(struct container *container, const char *file, bool removes, struct error *err)
{
	cleanup_change struct change c = {
		.container = container,
		.file = file,
		.run = removes ? init_remove_mounts : init_add_mounts,
		.joinable = JOINABLE_NONE,
		.proc = -1,
	};

	handles_clear(&c.handles);
	return change_mounts(&c, removes, err);
}
