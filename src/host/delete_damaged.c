/* Deleting a container whose state is damaged. Runs on the host.
 *
 * The links, the record and the config that are left may name a cgroup or a pid that has become another container's or
 * another process's. So a cgroup is removed only if its mark says that it is the container's, and a process is killed
 * only if it is proved to be the recorded one. */
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

/* Tells whose the cgroup at the claim's path is; CGROUP_OWNER_NONE when it does not exist. */
static enum cgroup_owner find_owner(const struct cgroup_claim *own, bool *ret_exists)
{
	cleanup_fd int cgroup = cgroup_open(own->path, NULL);

	*ret_exists = cgroup >= 0;
	return cgroup < 0 ? CGROUP_OWNER_NONE : cgroup_owner(cgroup, own);
}

/* Removes the container's cgroup with everything in it. *identified becomes true when this ended the whole container. A
 * cgroup without a mark does not say so: the container may still run elsewhere. */
static int remove_cgroup(const struct cgroup_claim *own, bool *identified, struct error *err)
{
	bool was_ours;
	bool exists;

	if (!own->path)
		return 0;
	was_ours = find_owner(own, &exists) == CGROUP_OWNER_THIS;
	if (cgroup_kill_own(own, err) < 0 || cgroup_remove(own, true, err) < 0)
		return -1;
	*identified |= was_ours || find_owner(own, &exists) == CGROUP_OWNER_OTHER || !exists;
	return 0;
}

/* Ends the container by its record, which can be read but contradicts the link. */
static int remove_recorded(struct container *container, bool *identified, struct error *err)
{
	if (!container->record)
		return 0;
	*identified |= container->record->pid != 0;
	if (remove_cgroup(&container->record->cgroup, identified, err) < 0)
		return -1;
	return container_kill_process(container, err);
}

/* The link has the mark of another container. If that one has a directory of its own, this state is a copy of it. If
 * not, this is its directory under another name, and must not be removed. */
static int check_copied(const struct container *container, const struct cgroup_claim *other, struct error *err)
{
	char id[CGROUP_MARK_MAX];
	bool exists;

	snprintf(id, sizeof(id), "%.*s", (int)strcspn(other->mark, "@"), other->mark);
	if (find_owner(other, &exists) != CGROUP_OWNER_THIS || !root_id_is_valid(id) ||
		faccessat(container->root, id, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	error_set(err, 0, "the state of '%s' is that of container \"%s\", which has no other", container->id, id);
	error_hint(err, "rename its directory in the state root to '%s'", id);
	return error_tag(err, ERROR_STATE_UNREADABLE, NULL);
}

static int remove_linked(const struct container *container, bool *identified, struct error *err)
{
	char buffer[PATH_MAX];
	const struct cgroup_claim own = cgroup_link_read(container, buffer);

	if (own.path && !cgroup_mark_is_of(own.mark, container->id))
		return check_copied(container, &own, err);
	return remove_cgroup(&own, identified, err);
}

/* Kills the init that the link of a container without a cgroup names. *ret_is_linked tells whether there is such a
 * link. */
static int end_linked(const struct container *container, bool *ret_is_linked, bool *identified, struct error *err)
{
	char buffer[PATH_MAX];
	const struct record record = init_link_read(container, buffer);
	struct container view = { .id = container->id, .record = &record, .pidfd = -1 };

	*ret_is_linked = record.id != NULL;
	if (record.pid == 0 || !record.id || strcmp(record.id, container->id) != 0)
		return 0;
	*identified = true;
	return container_find_process(&view, err) < 0 ? -1 : container_kill_process(&view, err);
}

/* True for "slice:prefix:name": the cgroup may be that of a systemd unit, at a path that only the link tells. */
static bool may_be_unit(const char *path)
{
	const char *colon = strchr(path + 1, '/') ? NULL : strchr(path, ':');

	return colon && strchr(colon + 1, ':');
}

/* Removes the cgroup that the container's copy of the config names, if its mark has the container's ID. *identified
 * becomes true when there is no cgroup at that path, or another container's: then nothing of this container is left
 * there. A cgroup without a mark does not say so. */
static int remove_configured(const struct container *container, bool *identified, struct error *err)
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
	own.existing_depth = cgroup_count_parents(own.path);
	result = cgroup_find_mark(own.path, mark, err);
	if (result == 0 && cgroup_mark_is_of(mark, container->id))
		result = remove_cgroup(&own, identified, err);
	else if (result == 0 && (result = cgroup_count_existing(own.path, &existing, err)) == 0)
		*identified |= !may_be_unit(own.path) && (*mark || existing <= own.existing_depth);
	oci_free(document);
	return result;
}

/* create writes these two files after the links, and before it makes anything else. */
static bool create_had_begun(const struct container *container)
{
	return faccessat(container->dir, container_record_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
		faccessat(container->dir, container_config_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int container_delete_damaged(struct container *container, struct error *err)
{
	bool without_cgroup;
	bool identified = false;

	if (remove_recorded(container, &identified, err) < 0 || remove_linked(container, &identified, err) < 0 ||
		end_linked(container, &without_cgroup, &identified, err) < 0)
		return -1;
	/* A container that never had a cgroup is not identified by the lack of one. */
	if (!identified && !without_cgroup && remove_configured(container, &identified, err) < 0)
		return -1;
	if (!identified && create_had_begun(container)) {
		error_set(err, 0, "nothing in the state of '%s' tells which processes are its own", container->id);
		error_hint(err, "end them, and remove the directory '%s' of the state root", container->id);
		return error_tag(err, ERROR_STATE_UNREADABLE, NULL);
	}
	return container_remove_state(container, err);
}
