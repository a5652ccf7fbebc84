/* The status of a container, found each time from what exists, so that it is never out of date: init, the start gate,
 * the freezer. Runs on the host. */
#include "host/container/parts.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "host/cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool exists(const struct container *container, const char *name)
{
	return faccessat(container->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Tells a created container from one that runs. init listens at the gate until execve(2) closes the socket, so a gate
 * at which no process listens means that the program runs. patient: waits for init to accept, as start does; else only
 * looks. */
static int look_at_gate(const struct container *container, bool patient, enum oci_status *ret_status, int *ret_gate,
	struct error *err)
{
	int type = SOCK_SEQPACKET | (patient ? 0 : SOCK_NONBLOCK);
	int gate = fd_connect(container->dir, container_gate_name, type);

	/* EAGAIN: init is stopped and its queue of connections is full, but it listens. */
	if (gate < 0 && errno != ENOENT && errno != ECONNREFUSED && (patient || errno != EAGAIN))
		return error_set(err, errno, "cannot reach the init of '%s'", container->id);
	*ret_status = gate < 0 && errno != EAGAIN ? OCI_STATUS_RUNNING : OCI_STATUS_CREATED;
	*ret_gate = gate;
	return 0;
}

/* Whether the container's cgroup is frozen; false when it is gone. */
static int look_at_freezer(const struct container *container, bool *ret_frozen, struct error *err)
{
	const struct cgroup_claim *own = &container->record->cgroup;
	cleanup_fd int cgroup = own->path ? cgroup_open_own(own, err) : -1;
	int frozen = cgroup < 0 ? 0 : cgroup_is_frozen(cgroup, err);

	if (frozen < 0 || (own->path && cgroup < 0 && err->number != ENOENT))
		return -1;
	*ret_frozen = frozen;
	return 0;
}

/* True when the gate still has its first name, so that the create has not committed. *ret_at_work tells whether the
 * create still runs; if it was killed, init is about to end, too. */
static bool is_half_made(const struct container *container, bool *ret_at_work)
{
	if (!exists(container, container_gate_new_name))
		return false;
	*ret_at_work = container_is_busy(container);
	/* The create may have committed and ended between the two looks. */
	return *ret_at_work || exists(container, container_gate_new_name);
}

static int find_status(const struct container *container, bool patient, enum oci_status *ret_status, int *ret_gate,
	struct error *err)
{
	bool frozen = false;
	bool at_work;

	if (container->record->pid == 0)
		*ret_status = container->creating ? OCI_STATUS_CREATING : OCI_STATUS_STOPPED;
	else if (container->pidfd < 0)
		*ret_status = OCI_STATUS_STOPPED;
	else if (is_half_made(container, &at_work))
		*ret_status = at_work ? OCI_STATUS_CREATING : OCI_STATUS_STOPPED;
	else if (look_at_freezer(container, &frozen, err) < 0)
		return -1;
	else if (frozen)
		*ret_status = OCI_STATUS_PAUSED;
	else
		return look_at_gate(container, patient, ret_status, ret_gate, err);
	return 0;
}

int container_status_and_gate(const struct container *container, enum oci_status *ret_status, int *ret_gate,
	struct error *err)
{
	return find_status(container, true, ret_status, ret_gate, err);
}

int container_status(const struct container *container, enum oci_status *ret_status, struct error *err)
{
	cleanup_fd int gate = -1;

	return find_status(container, false, ret_status, &gate, err);
}

struct oci_state container_state(const struct container *container, enum oci_status status)
{
	const struct record *record = container->record;

	return (struct oci_state){
		.oci_version = record->oci_version,
		.id = (char *)(uintptr_t)container->id,
		.status = status,
		.pid = { .set = true, .v = status == OCI_STATUS_STOPPED ? 0 : record->pid },
		.bundle = record->bundle,
		.annotations = record->annotations,
		.rootfs = record->rootfs,
		.created = record->created,
		.owner = record->owner,
	};
}
