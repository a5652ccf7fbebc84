/* One container: its directory, its lock and its record. Runs on the host. The record holds facts that do not change
 * while the container exists; its status is found anew each time (status.c). */
#include "host/container/parts.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "document.h"
#include "host/cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORD_MAX = 16 * 1024 * 1024, LOCK_MS = 30000, DIRECTORY_MODE = 0700, RECORD_MODE = 0600 };

const char container_gate_name[] = "gate";
const char container_gate_new_name[] = "gate.new";
const char container_config_name[] = "config.json";
const char container_filter_name[] = "seccomp";
const char container_record_name[] = "state.json";

static const struct oci_field cgroup_claim_rows[] = {
	OCI_STRING(cgroup_claim, path, "path", .flags = OCI_ABSOLUTE),
	OCI_STRING(cgroup_claim, mark, "mark"),
	OCI_NUMBER(cgroup_claim, existing_depth, "kept"),
	OCI_BOOL(cgroup_claim, subtree, "subtree"),
	OCI_NUMBER(cgroup_claim, inode, "inode"),
	OCI_STRING(cgroup_claim, unit, "unit"),
	OCI_BOOL(cgroup_claim, user, "user"),
};
static const struct oci_type cgroup_claim_type = OCI_TYPE(cgroup_claim, cgroup_claim_rows);

static const struct oci_field resctrl_claim_rows[] = {
	OCI_STRING(resctrl_claim, group, "group"),
	OCI_BOOL(resctrl_claim, own, "own"),
	OCI_BOOL(resctrl_claim, monitored, "monitored"),
};
static const struct oci_type resctrl_claim_type = OCI_TYPE(resctrl_claim, resctrl_claim_rows);

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
	OCI_OBJECT(record, cgroup, "cgroup", cgroup_claim),
	OCI_OBJECT(record, rdt, "intelRdt", resctrl_claim),
	OCI_STRING_MAP(record, annotations, "annotations"),
};
static const struct oci_type record_type = OCI_TYPE(record, record_rows);

/* Refuses a state.json that was copied from another container's directory: tare would signal that container's
 * processes. */
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

/* Sets *err for a file of the container's directory that cannot be read. It is the state that is damaged, and not a
 * config of the caller's; a shortage of memory or file descriptors says nothing about the file, and keeps its own code.
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

/* True of a directory that was removed after it was opened, and of an empty one: another process has just made it and
 * not yet written to it, or was killed at that point. */
static bool holds_nothing(const struct container *container)
{
	cleanup_dir DIR *dir = was_removed(container) ? NULL : fd_open_dir(container->dir, ".");

	return dir ? !fd_next_entry(dir) && errno == 0 : was_removed(container);
}

bool container_is_busy(const struct container *container)
{
	if (container->locked)
		return false;
	if (flock(container->dir, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK;
	flock(container->dir, LOCK_UN);
	return false;
}

/* Reads the record. With the lock once; without it, a record that has no process yet is read again when the process
 * that held the lock has ended meanwhile. *container says whether another process still holds the lock. */
static int read_settled_record(struct container *container, struct error *err)
{
	int result = read_record(container, err);

	if (container->locked || (result == 0 && container->record->pid != 0))
		return result;
	container->creating = container_is_busy(container);
	if (container->creating)
		return result;
	/* The process that held the lock may have written the record and ended between the read and the look at the
	 * lock. */
	oci_free(container->document);
	container->document = NULL;
	result = read_record(container, err);
	container->creating = result < 0 && container_is_busy(container);
	return result;
}

/* Sets *err for a record that could not be read, and leaves the container open only when the record is damaged. Where
 * there is no container yet, or no longer, it says that the container does not exist. Always returns -1. */
static int refuse_record(struct container *container, struct error *err)
{
	bool is_missing = !error_is_shortage(err->number) && (container->creating || holds_nothing(container));

	if (is_missing) {
		/* This process holds the lock, so the empty directory was left behind by a create that was killed. */
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
		/* A delete removed the directory before this process had its lock: mkdirat(2) is tried again. */
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
	/* The process that held the lock may have been a delete. */
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

	/* The annotations come from config.json, which may be as long as a record may be, and without white space. */
	if (result == 0 && length > RECORD_MAX) {
		free(take_ptr(text));
		result = oci_write(&record_type, record, OCI_WRITE_COMPACT, &text, &length);
	}
	if (result < 0)
		return error_set(err, errno, "cannot write the state of '%s'", container->id);
	/* read_record() would refuse it. */
	if (length > RECORD_MAX) {
		error_set(err, 0, "annotations: expected a state of at most %d bytes with them, found %zu", RECORD_MAX,
			length);
		return error_tag(err, ERROR_CONFIG_INVALID, "annotations");
	}
	return file_replace(container->dir, container_record_name, RECORD_MODE, text, length, err);
}

void container_close(struct container *container)
{
	oci_free(container->document);
	close_fd(&container->pidfd);
	close_fd(&container->dir);
	close_fd(&container->root);
	*container = CONTAINER_NONE;
}
