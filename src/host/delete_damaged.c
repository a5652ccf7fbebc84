/* Deleting a container whose state is damaged. Runs on the host.
 *
 * Whatever is left of the state names places, and may be anything by now; the mark in a cgroup says that it is the
 * container's, and nothing is killed without that, or without the proof that a process is the recorded one. */
#include "host/host.h"

#include "base/cleanup.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"
#include "host/container/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whose the cgroup at that place is; nobody's when there is none. */
static enum cgroup_owner find_owner(const struct cgroup_claim *own, bool *ret_exists)
{
	cleanup_fd int cgroup = cgroup_open(own->path, NULL);

	*ret_exists = cgroup >= 0;
	return cgroup < 0 ? CGROUP_NOBODYS : cgroup_owner(cgroup, own);
}

/* Removes a cgroup of the container with what is in it. *told becomes true when that was all of the container: not by a
 * cgroup that nobody has marked, where the container may go on. */
static int remove_cgroup(const struct cgroup_claim *own, bool *told, struct error *err)
{
	bool was_ours;
	bool exists;

	if (!own->path)
		return 0;
	was_ours = find_owner(own, &exists) == CGROUP_OURS;
	if (cgroup_kill_own(own, err) < 0 || cgroup_remove(own, true, err) < 0)
		return -1;
	*told |= was_ours || find_owner(own, &exists) == CGROUP_ANOTHERS || !exists;
	return 0;
}

/* By the record, which can be read but contradicts the link. */
static int remove_recorded(struct container *container, bool *told, struct error *err)
{
	if (!container->record)
		return 0;
	*told |= container->record->pid != 0;
	if (remove_cgroup(&container->record->cgroup, told, err) < 0)
		return -1;
	return container_kill_process(container, err);
}

/* The state of another container is a copy of what that one has; if it has none this is its own, renamed, and must not
 * be lost. */
static int check_copied(const struct container *container, const struct cgroup_claim *other, struct error *err)
{
	char id[CGROUP_MARK_MAX];
	bool exists;

	snprintf(id, sizeof(id), "%.*s", (int)strcspn(other->mark, "@"), other->mark);
	if (find_owner(other, &exists) != CGROUP_OURS || !root_id_is_valid(id) ||
		faccessat(container->root, id, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	error_set(err, 0, "the state of '%s' is that of container \"%s\", which has no other", container->id, id);
	error_hint(err, "rename its directory in the state root to '%s'", id);
	return error_tag(err, ERROR_STATE_UNREADABLE, NULL);
}

static int remove_linked(const struct container *container, bool *told, struct error *err)
{
	char buffer[PATH_MAX];
	const struct cgroup_claim own = cgroup_link_read(container, buffer);

	if (own.path && !cgroup_mark_is_of(own.mark, container->id))
		return check_copied(container, &own, err);
	return remove_cgroup(&own, told, err);
}

/* By the link of a container without a cgroup. */
static int end_linked(const struct container *container, bool *ret_is_linked, bool *told, struct error *err)
{
	char buffer[PATH_MAX];
	const struct record record = init_link_read(container, buffer);
	struct container view = { .id = container->id, .record = &record, .pidfd = -1 };

	*ret_is_linked = record.id != NULL;
	if (record.pid == 0 || !record.id || strcmp(record.id, container->id) != 0)
		return 0;
	*told = true;
	return container_find_process(&view, err) < 0 ? -1 : container_kill_process(&view, err);
}

/* The components of a path but the last: what is to be kept of a cgroup when nobody knows how much of it was there
 * before. */
static uint32_t count_parents(const char *path)
{
	uint32_t n = 0;

	for (const char *c = path + 1; *c; c++)
		n += *c == '/';
	return n;
}

/* By the copy of the configuration, which names a place and no more. Where no cgroup is, or another container's by now,
 * there is nothing of ours; one without a mark tells nothing. */
static int remove_configured(const struct container *container, bool *told, struct error *err)
{
	struct oci_document *document = NULL;
	char mark[CGROUP_MARK_MAX];
	struct cgroup_claim own = { .mark = mark };
	struct error ignored;
	uint32_t existing;
	int result;

	if (container_config(container, &document, &ignored) < 0)
		return 0;
	own.path = plan_cgroup_path(document, oci_root(document), container->id);
	if (!own.path) {
		oci_free(document);
		return error_set(err, ENOMEM, "cannot read the configuration of '%s'", container->id);
	}
	own.kept = count_parents(own.path);
	result = cgroup_find_mark(own.path, mark, err);
	if (result == 0 && cgroup_mark_is_of(mark, container->id))
		result = remove_cgroup(&own, told, err);
	else if (result == 0 && (result = cgroup_existing(own.path, &existing, err)) == 0)
		*told |= *mark || existing <= own.kept;
	oci_free(document);
	return result;
}

/* A create writes these two before it makes anything, and after the links. */
static bool got_to_work(const struct container *container)
{
	return faccessat(container->dir, container_record_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
		faccessat(container->dir, container_config_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int container_delete_damaged(struct container *container, struct error *err)
{
	bool without_cgroup;
	bool told = false;

	if (remove_recorded(container, &told, err) < 0 || remove_linked(container, &told, err) < 0 ||
		end_linked(container, &without_cgroup, &told, err) < 0)
		return -1;
	/* Where there never was a cgroup none that is missing tells anything. */
	if (!told && !without_cgroup && remove_configured(container, &told, err) < 0)
		return -1;
	if (!told && got_to_work(container)) {
		error_set(err, 0, "nothing in the state of '%s' tells which processes are its own", container->id);
		error_hint(err, "end them, and remove the directory '%s' of the state root", container->id);
		return error_tag(err, ERROR_STATE_UNREADABLE, NULL);
	}
	return container_forget(container, err);
}
