/* One container: its directory, its record, its status. Runs on the host.
 *
 * The record holds facts that do not change. The status is worked out each time from what exists, so that it cannot be
 * wrong: a live init (pidfd and start time, never a bare pid), the start gate, the freezer. */
#include "host/parts.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { RECORD_MAX = 16 * 1024 * 1024, LOCK_MS = 30000, DIRECTORY_MODE = 0700, RECORD_MODE = 0600, DEPTH_MAX = 100 };

const char container_gate_name[] = "gate";
const char container_gate_new_name[] = "gate.new";
const char container_config_name[] = "config.json";
const char container_filter_name[] = "seccomp";
const char container_record_name[] = "state.json";

static const struct oci_field record_cgroup_rows[] = {
	OCI_STRING(record_cgroup, path, "path", .flags = OCI_ABSOLUTE),
	OCI_STRING(record_cgroup, mark, "mark"),
	OCI_NUMBER(record_cgroup, kept, "kept"),
	OCI_NUMBER(record_cgroup, inode, "inode"),
};
static const struct oci_type record_cgroup_type = OCI_TYPE(record_cgroup, record_cgroup_rows);

static const struct oci_field record_rdt_rows[] = {
	OCI_STRING(record_rdt, group, "group"),
	OCI_BOOL(record_rdt, own, "own"),
	OCI_BOOL(record_rdt, monitored, "monitored"),
};
static const struct oci_type record_rdt_type = OCI_TYPE(record_rdt, record_rdt_rows);

static const struct oci_field record_rows[] = {
	OCI_NUMBER(record, version, "version", .flags = OCI_REQUIRED, .min = 1, .max = 1),
	OCI_STRING(record, id, "id"),
	OCI_STRING(record, bundle, "bundle", .flags = OCI_REQUIRED | OCI_ABSOLUTE),
	OCI_STRING(record, rootfs, "rootfs", .flags = OCI_REQUIRED | OCI_ABSOLUTE),
	OCI_STRING(record, created, "created", .flags = OCI_REQUIRED),
	OCI_STRING(record, owner, "owner", .flags = OCI_REQUIRED),
	OCI_STRING(record, oci_version, "ociVersion", .flags = OCI_REQUIRED),
	OCI_STRING(record, boot_id, "bootId", .flags = OCI_REQUIRED),
	OCI_NUMBER(record, pid, "pid", .max = INT_MAX),
	OCI_NUMBER(record, start_time, "startTime"),
	OCI_BOOL(record, has_hooks, "hasHooks"),
	OCI_BOOL(record, has_process, "hasProcess"),
	OCI_BOOL(record, shares_pids, "sharesPids"),
	OCI_BOOL(record, has_filter, "hasFilter"),
	OCI_NUMBER(record, filter_flags, "filterFlags"),
	OCI_BOOL(record, filter_notifies, "filterNotifies"),
	OCI_BOOL(record, filter_at_start, "filterAtStart"),
	OCI_STRING(record, listener_path, "listenerPath"),
	OCI_STRING(record, listener_metadata, "listenerMetadata"),
	OCI_NUMBER(record, root_mount, "rootMount"),
	OCI_NUMBER(record, mask_mount, "maskMount"),
	OCI_OBJECT(record, cgroup, "cgroup", record_cgroup),
	OCI_OBJECT(record, rdt, "intelRdt", record_rdt),
	OCI_STRING_MAP(record, annotations, "annotations"),
};
static const struct oci_type record_type = OCI_TYPE(record, record_rows);

/* After a boot the number of the cgroup's directory may be that of any other. */
static void forget_inode(struct container *container)
{
	if (container->document) {
		struct record *record = oci_root(container->document);

		record->cgroup.inode = 0;
	}
}

/* The pidfd first, then the proof. Only what says that it is gone means so: a container that is taken for stopped by
 * mistake would be deleted while it runs. */
int container_find_process(struct container *container, struct error *err)
{
	const struct record *record = container->record;
	struct proc_identity identity;
	char boot_id[PROC_BOOT_ID_MAX];
	cleanup_fd int pidfd = -1;
	int gone;

	if (record->pid == 0)
		return 0;
	if (proc_boot_id(boot_id, err) < 0)
		return -1;
	if (!*boot_id || strcmp(boot_id, record->boot_id) != 0)
		forget_inode(container);
	/* Whoever could not read it, now or then, has the start time alone for a proof. */
	if (*boot_id && *record->boot_id && strcmp(boot_id, record->boot_id) != 0)
		return 0;
	pidfd = pidfd_open((pid_t)record->pid, 0);
	/* The last two: the number has become that of a thread. */
	if (pidfd < 0 && (errno == ESRCH || errno == EINVAL || errno == ENOENT))
		return 0;
	if (pidfd < 0 || proc_identify((pid_t)record->pid, &identity) < 0) {
		if (pidfd >= 0 && errno == ESRCH)
			return 0;
		return error_set(err, errno, "cannot find the process of '%s'", container->id);
	}
	if (identity.start_time != record->start_time)
		return 0;
	/* Its parent may never reap it; and the first thread of a process may have ended long before the last one. */
	gone = identity.exiting && proc_has_ended((pid_t)record->pid) ? 1 : child_gone(pidfd, 0);
	if (gone < 0)
		return error_set(err, errno, "cannot tell whether the process of '%s' lives", container->id);
	if (gone)
		return 0;
	container->pidfd = take_fd(&pidfd);
	container->pid = (pid_t)record->pid;
	container->first_ended = identity.state == 'Z' || identity.state == 'X';
	return 0;
}

/* A copy of another's record would make us signal that one's processes. */
static int check_identity(const struct container *container, const struct record *record, struct error *err)
{
	const char *mark = record->cgroup.mark;

	if (record->id && strcmp(record->id, container->id) != 0)
		return error_set(err, 0, "it is that of container \"%s\"", record->id);
	if (mark && !cgroup_mark_is_of(mark, container->id))
		return error_set(err, 0, "its cgroup is marked \"%s\"", mark);
	return 0;
}

static int read_record(struct container *container, struct error *err)
{
	struct oci_document *document = document_read(&record_type, container->dir, container_record_name, RECORD_MAX,
		err);

	if (document && check_identity(container, oci_root(document), err) < 0) {
		oci_free(document);
		document = NULL;
	}
	container->document = document;
	container->record = document ? oci_root(document) : NULL;
	return document ? 0 : -1;
}

/* Damage to what we wrote ourselves is no matter of anybody's config; what we were too short to read may be whole.
 * Always returns -1. */
static int refuse_state(const struct container *container, const char *what, struct error *err)
{
	if (!error_is_shortage(err->number)) {
		err->detail.code = ERROR_STATE_UNREADABLE;
		error_hint(err, "tare delete --force %s removes what is left of it", container->id);
	}
	return error_wrap(err, "the %s of '%s' cannot be read", what, container->id);
}

int container_config(const struct container *container, struct oci_document **ret_document, struct error *err)
{
	struct oci_document *document = document_read(&oci_config_type, container->dir, container_config_name,
		OCI_MAX_TEXT, err);

	if (!document)
		return refuse_state(container, "configuration", err);
	*ret_document = document;
	return 0;
}

int container_missing(const char *id, struct error *err)
{
	error_set(err, 0, "container does not exist: %s", id);
	if (err)
		err->number = ENOENT;
	error_hint(err, "tare list shows the containers that are there; each --root has its own");
	return error_tag(err, ERROR_CONTAINER_NOT_FOUND, "container ID");
}

int container_not_running(struct error *err)
{
	error_set(err, 0, "container not running");
	return error_tag(err, ERROR_CONTAINER_NOT_RUNNING, "container ID");
}

static int open_directory(int root, const char *id, struct container *ret_container, struct error *err)
{
	struct container container = CONTAINER_NONE;

	container.id = id;
	container.dir = openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (container.dir < 0) {
		if (errno == ENOENT)
			return container_missing(id, err);
		return error_set(err, errno, "cannot open the state directory of '%s'", id);
	}
	container.root = fcntl(root, F_DUPFD_CLOEXEC, 0);
	if (container.root < 0) {
		error_set(err, errno, "cannot open the state directory of '%s'", id);
		container_close(&container);
		return -1;
	}
	*ret_container = container;
	return 0;
}

static bool was_removed(const struct container *container)
{
	struct stat st;

	return container->dir >= 0 && fstat(container->dir, &st) == 0 && st.st_nlink == 0;
}

/* True of a directory that was removed while we looked, and of one without a file: somebody is just claiming it, or was
 * killed while he did. */
static bool holds_nothing(const struct container *container)
{
	cleanup_dir DIR *dir = was_removed(container) ? NULL : fd_open_dir(container->dir, ".");

	return dir ? !fd_next_entry(dir) && errno == 0 : was_removed(container);
}

/* True while somebody else is at work on the container. */
static bool is_busy(const struct container *container)
{
	if (container->locked)
		return false;
	if (flock(container->dir, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK;
	flock(container->dir, LOCK_UN);
	return false;
}

/* The record as it is when nobody changes it any more, or as the create that is at work has left it so far. Whoever
 * holds the lock reads it once. */
static int read_settled_record(struct container *container, struct error *err)
{
	int result = read_record(container, err);

	/* Half of a create, or what is left of one. */
	if (container->locked || (result == 0 && container->record->pid != 0))
		return result;
	container->creating = is_busy(container);
	if (container->creating)
		return result;
	/* Whoever was at work may have ended between the two looks. */
	oci_free(container->document);
	container->document = NULL;
	result = read_record(container, err);
	container->creating = result < 0 && is_busy(container);
	return result;
}

/* Judges what could not be read. Where there is no container yet, or no more, it is missing; damage leaves the
 * container open. Always returns -1. */
static int refuse_record(struct container *container, struct error *err)
{
	bool is_missing = !error_is_shortage(err->number) && (container->creating || holds_nothing(container));

	if (is_missing) {
		/* Nobody is claiming it any more. */
		if (container->locked)
			unlinkat(container->root, container->id, AT_REMOVEDIR);
		container_missing(container->id, err);
	} else
		refuse_state(container, "state", err);
	if (is_missing || error_is_shortage(err->number))
		container_close(container);
	else
		err->number = EBADMSG;
	return -1;
}

static int read_container(struct container *container, struct error *err)
{
	if (read_settled_record(container, err) < 0)
		return refuse_record(container, err);
	if (container_find_process(container, err) < 0) {
		container_close(container);
		return -1;
	}
	return 0;
}

int container_open(int root, const char *id, struct container *ret_container, struct error *err)
{
	if (open_directory(root, id, ret_container, err) < 0)
		return -1;
	return read_container(ret_container, err);
}

static int open_directory_locked(int root, const char *id, struct container *ret_container, struct error *err)
{
	if (open_directory(root, id, ret_container, err) < 0)
		return -1;
	if (container_lock(ret_container, err) < 0) {
		container_close(ret_container);
		return -1;
	}
	return 0;
}

static int refuse_existing(const char *id, struct error *err)
{
	error_set(err, 0, "container with given ID already exists: %s", id);
	error_hint(err, "choose another ID, or remove that container: tare delete %s", id);
	return error_tag(err, ERROR_CONTAINER_EXISTS, "container ID");
}

int container_claim(int root, const char *id, struct container *ret_container, struct error *err)
{
	for (;;) {
		if (mkdirat(root, id, DIRECTORY_MODE) < 0)
			return errno == EEXIST ? refuse_existing(id, err)
					       : error_set(err, errno, "cannot make the state directory of '%s'", id);
		if (open_directory_locked(root, id, ret_container, err) == 0)
			return 0;
		/* A delete was faster than our lock, and the name is free again, or somebody else's. */
		if (err->number == ENOENT)
			continue;
		unlinkat(root, id, AT_REMOVEDIR);
		return -1;
	}
}

int container_open_locked(int root, const char *id, struct container *ret_container, struct error *err)
{
	if (open_directory_locked(root, id, ret_container, err) < 0)
		return -1;
	return read_container(ret_container, err);
}

int container_lock(struct container *container, struct error *err)
{
	if (flock(container->dir, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return error_set(err, errno, "cannot lock the state of '%s'", container->id);
		if (file_lock(container->dir, LOCK_MS) < 0) {
			if (errno != ETIMEDOUT)
				return error_set(err, errno, "cannot lock the state of '%s'", container->id);
			error_set(err, 0, "container '%s' is busy with another operation", container->id);
			return error_tag(err, ERROR_CONTAINER_BUSY, "container ID");
		}
	}
	container->locked = true;
	/* Whoever had the lock may have removed it. */
	return was_removed(container) ? container_missing(container->id, err) : 0;
}

bool container_try_lock(struct container *container)
{
	container->locked = flock(container->dir, LOCK_EX | LOCK_NB) == 0;
	return container->locked;
}

void container_unlock(struct container *container)
{
	flock(container->dir, LOCK_UN);
	container->locked = false;
}

int container_save(const struct container *container, const struct record *record, struct error *err)
{
	cleanup_free char *text = NULL;
	size_t length;
	int result = oci_write(&record_type, record, OCI_WRITE_PRETTY, &text, &length);

	/* It has the annotations of a config.json, which may be as long and has no blanks. */
	if (result == 0 && length > RECORD_MAX) {
		free(take_ptr(text));
		result = oci_write(&record_type, record, OCI_WRITE_COMPACT, &text, &length);
	}
	if (result < 0)
		return error_set(err, errno, "cannot write the state of '%s'", container->id);
	/* Nobody could read it again. */
	if (length > RECORD_MAX) {
		error_set(err, 0, "annotations: expected a state of at most %d bytes with them, found %zu", RECORD_MAX,
			length);
		return error_tag(err, ERROR_CONFIG_INVALID, "annotations");
	}
	return file_replace(container->dir, container_record_name, RECORD_MODE, text, length, err);
}

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
	const struct record_cgroup *own = &container->record->cgroup;
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
	*ret_at_work = is_busy(container);
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

/* Opens a directory that is no mount point: what is mounted there is not ours. */
static DIR *open_inner(int dir, const char *name)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	int fd = sys_openat2(dir, name, &how);
	DIR *inner = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !inner)
		close_keep_errno(fd);
	return inner;
}

/* Removes a file, or a directory with all that is in it, to some depth. One directory of ours has a socket in it; any
 * other is damage, which shall not be in the way. */
static int remove_entry(int dir, const char *name, int depth)
{
	cleanup_dir DIR *inner = NULL;
	struct dirent *entry;
	int fd;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -1;
	if (depth == 0) {
		errno = ELOOP;
		return -1;
	}
	inner = open_inner(dir, name);
	fd = inner ? dirfd(inner) : -1;
	if (fd < 0)
		return -1;
	while ((entry = fd_next_entry(inner))) {
		if (remove_entry(fd, entry->d_name, depth - 1) < 0)
			return -1;
	}
	return errno ? -1 : unlinkat(dir, name, AT_REMOVEDIR);
}

int container_forget(const struct container *container, struct error *err)
{
	cleanup_dir DIR *dir = fd_open_dir(container->dir, ".");
	struct dirent *entry;

	if (!dir)
		return error_set(err, errno, "cannot read the state directory of '%s'", container->id);
	while ((entry = fd_next_entry(dir))) {
		if (remove_entry(container->dir, entry->d_name, DEPTH_MAX) < 0)
			return error_set(err, errno, "cannot remove '%s' of the state of '%s'", entry->d_name,
				container->id);
	}
	if (errno)
		return error_set(err, errno, "cannot read the state directory of '%s'", container->id);
	if (unlinkat(container->root, container->id, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_set(err, errno, "cannot remove the state directory of '%s'", container->id);
	return 0;
}

void container_close(struct container *container)
{
	oci_free(container->document);
	close_fd(&container->pidfd);
	close_fd(&container->dir);
	close_fd(&container->root);
	*container = CONTAINER_NONE;
}
