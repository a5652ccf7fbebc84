/* Deleting a container. Runs on the host. The state directory goes last: whoever is killed half-way can be run again. */
#include "host/host.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "hooks.h"

#include "ocispec/enums.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>

enum { GONE_MS = 10000 };

static void log_warning(const char *text)
{
	log_message(LOG_LEVEL_WARNING, "%s", text);
}

static int check_deletable(const struct container *container, bool force, struct error *err)
{
	enum oci_status status = container_status(container);

	/* A created container runs nothing yet: every runtime deletes it, and managers rely on it. */
	if (force || status == OCI_STATUS_STOPPED || status == OCI_STATUS_CREATED)
		return 0;
	return error_set(err, 0, "cannot delete container %s that is not stopped: %s", container->id,
		oci_enum_name(oci_status_names, (int)status));
}

static int kill_cgroup(const char *path, struct error *err)
{
	cleanup_fd int cgroup = cgroup_open(path, err);

	if (cgroup < 0)
		return err->number == ENOENT ? 0 : -1;
	return cgroup_kill_all(cgroup, err);
}

/* Kills what is left: the whole cgroup where there is one, since init may have left children behind. */
static int kill_processes(struct container *container, struct error *err)
{
	const char *path = container->record->cgroup.path;

	if (path && kill_cgroup(path, err) < 0)
		return -1;
	/* Somebody may have moved it to another cgroup, or it has none. */
	if (container->pidfd >= 0)
		pidfd_send_signal(container->pidfd, SIGKILL, NULL, 0);
	if (container->pidfd >= 0 && !child_gone(container->pidfd, GONE_MS))
		return error_set(err, 0, "the container's process is still there after %d seconds", GONE_MS / 1000);
	close_fd(&container->pidfd);
	return 0;
}

static void run_poststop_hooks(const struct container *container)
{
	struct oci_state state = container_state(container, OCI_STATUS_STOPPED);
	struct hooks_context context = { .kind = "poststop", .state = &state, .cwd = container->record->bundle };
	cleanup_free char *text = NULL;
	struct oci_document *document;
	const struct oci_config *spec;
	struct error err;
	size_t length;

	if (!container->record->has_hooks)
		return;
	if (file_read(container->dir, container_config_name, OCI_MAX_TEXT, &text, &length, &err) < 0) {
		log_warning(err.text);
		return;
	}
	document = oci_parse(&oci_config_type, container_config_name, text, length);
	spec = document ? oci_root(document) : NULL;
	if (spec && spec->hooks)
		hooks_run_all(&spec->hooks->poststop, &context, log_warning);
	oci_free(document);
}

/* Reads the link that names the cgroup, "KEPT:PATH". False when there is none. */
static bool read_cgroup_link(const struct container *container, char *buffer, size_t size, const char **ret_path,
	uint32_t *ret_kept)
{
	ssize_t n = readlinkat(container->dir, container_cgroup_name, buffer, size - 1);
	char *path;

	if (n <= 0)
		return false;
	buffer[n] = '\0';
	path = strstr(buffer, ":/");
	if (!path)
		return false;
	*path = '\0';
	*ret_path = path + 1;
	return text_to_u32(buffer, ret_kept);
}

/* A record that was damaged, and can be read nonetheless, must not make us remove another cgroup, or forget ours. */
static int check_cgroup(const struct container *container, struct error *err)
{
	const struct record *record = container->record;
	char buffer[PATH_MAX];
	const char *path;
	uint32_t kept;

	if (!read_cgroup_link(container, buffer, sizeof(buffer), &path, &kept))
		return 0;
	if (!record->cgroup.path || strcmp(path, record->cgroup.path) != 0 || kept != record->cgroup.kept)
		return error_set(err, 0, "the state of container \"%s\" is damaged: its cgroup is '%s', not '%s'",
			container->id, path, record->cgroup.path ? record->cgroup.path : "");
	return 0;
}

int container_delete(struct container *container, bool force, struct error *err)
{
	const struct record *record = container->record;

	if (check_cgroup(container, err) < 0)
		return -1;
	if (check_deletable(container, force, err) < 0 || kill_processes(container, err) < 0)
		return -1;
	if (record->cgroup.path && cgroup_remove(record->cgroup.path, record->cgroup.kept, err) < 0)
		return -1;
	run_poststop_hooks(container);
	return container_forget(container, err);
}

int container_delete_unreadable(const struct container *container, struct error *err)
{
	char buffer[PATH_MAX];
	const char *path;
	uint32_t kept;

	if (container_lock(container, err) < 0)
		return -1;
	if (read_cgroup_link(container, buffer, sizeof(buffer), &path, &kept) &&
		(kill_cgroup(path, err) < 0 || cgroup_remove(path, kept, err) < 0))
		return -1;
	return container_forget(container, err);
}
