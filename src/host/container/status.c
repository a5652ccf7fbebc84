/* The status of a container, worked out each time from what exists, so that it cannot be wrong: a live init, the start
 * gate, the freezer. Runs on the host. */
#include "host/container/parts.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "host/cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

static bool exists(const struct container *container, const char *name)
{
	return faccessat(container->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Created or running, of a container with a process; whether it is paused is another question. Init listens at the gate
 * until its program takes over, which closes the socket: so only a gate where nobody listens means that it runs.
 * patient: wait for the connection, as it is wanted and not just looked for. */
static int look_at_gate(const struct container *container, bool patient, enum oci_status *ret_status, int *ret_gate,
	struct error *err)
{
	int type = SOCK_SEQPACKET | (patient ? 0 : SOCK_NONBLOCK);
	int gate = fd_connect(container->dir, container_gate_name, type);

	/* An init that was stopped has no room for one more who looks, but it is there. */
	if (gate < 0 && errno != ENOENT && errno != ECONNREFUSED && (patient || errno != EAGAIN))
		return error_set(err, errno, "cannot reach the init of '%s'", container->id);
	*ret_status = gate < 0 && errno != EAGAIN ? OCI_STATUS_RUNNING : OCI_STATUS_CREATED;
	*ret_gate = gate;
	return 0;
}

/* A cgroup that is gone holds nothing frozen. */
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

/* True when the create of a container has got no further than this: its gate has the first name. *ret_at_work is false
 * for one that was cut short; then init is about to end, too. */
static bool is_half_made(const struct container *container, bool *ret_at_work)
{
	if (!exists(container, container_gate_new_name))
		return false;
	*ret_at_work = container_is_busy(container);
	/* It may have ended between the two looks. */
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
