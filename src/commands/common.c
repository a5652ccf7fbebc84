/* The beginning that several commands share. */
#include "commands/commands.h"

#include "base/cleanup.h"
#include "base/userns.h"
#include "host/attach/attach.h"
#include "host/container/container.h"
#include "host/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int check_id(const char *id, struct error *err)
{
	if (root_id_is_valid(id))
		return 0;
	error_usage(err, "container ID", "invalid container ID format: \"%s\"", id);
	return error_hint(err, "an ID has letters, digits and \"_+-.\" alone");
}

static int open_by(int (*open)(int root, const char *id, struct container *ret_container, struct error *err),
	const struct invocation *invocation, const char *id, struct container *ret_container, struct error *err)
{
	cleanup_fd int root = -1;

	if (check_id(id, err) < 0)
		return -1;
	root = root_open(invocation->global->root, false, err);
	if (root < 0 && err->number == ENOENT)
		return container_missing(id, err);
	if (root < 0)
		return -1;
	return open(root, id, ret_container, err);
}

int open_container(const struct invocation *invocation, const char *id, struct container *ret_container,
	struct error *err)
{
	return open_by(container_open, invocation, id, ret_container, err);
}

int open_locked_container(const struct invocation *invocation, const char *id, struct container *ret_container,
	struct error *err)
{
	return open_by(container_open_locked, invocation, id, ret_container, err);
}

int on_locked_container(const struct invocation *invocation,
	int (*operation)(const struct container *container, struct error *err), struct error *err)
{
	struct container container = CONTAINER_NONE;
	int result = open_locked_container(invocation, invocation->words[0], &container, err);

	if (result == 0)
		result = operation(&container, err);
	container_close(&container);
	return result;
}

/* Whose systemd makes the cgroups. Root of a user namespace is an ordinary user of the host, as with Podman, unless the
 * host's systemd is his own, as in a machine container: the overflow uid is that of the real root then. */
static bool has_systemd_of_user(void)
{
	struct stat st;

	if (geteuid() != 0 || userns_is_initial())
		return geteuid() != 0;
	return lstat("/run/systemd/private", &st) < 0 || st.st_uid != 0;
}

/* Which driver makes the cgroup, from the words of both runc and crun. */
static void choose_cgroup_driver(const struct global_options *global, struct create_options *options)
{
	const char *manager = global->cgroup_manager ? global->cgroup_manager : "cgroupfs";

	/* Podman says "disabled" beside --systemd-cgroup. */
	options->cgroup_disabled = strcmp(manager, "disabled") == 0;
	options->cgroup_systemd = !options->cgroup_disabled &&
		(global->systemd_cgroup || strcmp(manager, "systemd") == 0);
	options->systemd_user = options->cgroup_systemd && has_systemd_of_user();
	options->systemd_helper = global->systemd_helper;
}

/* True when a container is made without a cgroup where the user has no right to make one. */
static bool cgroup_is_optional(const char *rootless)
{
	if (rootless && strcmp(rootless, "auto") != 0)
		return strcmp(rootless, "true") == 0;
	return !userns_is_initial() || rootless_is_needed();
}

int create_container(const struct invocation *invocation, const char *command, struct create_options *options,
	struct container *ret_container, int *ret_terminal, struct error *err)
{
	options->activation = activation_read();
	if (notify_wanted(&options->notify, err) < 0)
		return -1;
	options->seccomp_agent = getenv("RUN_OCI_SECCOMP_RECEIVER");
	if (options->seccomp_agent && *options->seccomp_agent != '/')
		return error_usage(err, "RUN_OCI_SECCOMP_RECEIVER",
			"RUN_OCI_SECCOMP_RECEIVER: expected an absolute path, found '%s'", options->seccomp_agent);
	options->root = invocation->global->root;
	options->id = invocation->words[0];
	if (!options->bundle)
		options->bundle = ".";
	if (!options->config)
		options->config = "config.json";
	if (check_id(options->id, err) < 0)
		return -1;
	choose_cgroup_driver(invocation->global, options);
	options->cgroup_optional = cgroup_is_optional(invocation->global->rootless);
	if (container_create(options, ret_container, ret_terminal, err) < 0)
		return error_wrap(err, "tare %s failed", command);
	return 0;
}
