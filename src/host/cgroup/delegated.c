/* The cgroup of an ordinary user's container: which one the user may make, or none. Runs on the host; asks, and changes
 * nothing.
 *
 * A directory of the tree can be given to a user (delegated). To start a process in a cgroup below it the kernel wants
 * write access to cgroup.procs there and in the closest cgroup above that also holds the caller (cgroups(7)). */
#include "host/cgroup/cgroup.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char procs_name[] = "cgroup.procs";

/* Shortens "/a/b" to "/a", and "/a" to "". */
static void go_up(char *path)
{
	char *slash = strrchr(path, '/');

	*(slash ? slash : path) = '\0';
}

static bool may_write(int tree, const char *path, const char *name)
{
	cleanup_fd int dir = path_strict_open(tree, path, O_RDONLY | O_DIRECTORY, NULL);

	return dir >= 0 && faccessat(dir, name, W_OK, AT_EACCESS) == 0;
}

/* True when we may make the cgroup at path, if it is not there, and start a process in it. own is where we are. */
static bool may_use(const char *path, const char *own)
{
	cleanup_fd int tree = cgroup_tree(NULL);
	cleanup_free char *there = strdup(path);
	cleanup_free char *above = strdup(own);
	cleanup_fd int dir = -1;
	struct error err;

	if (tree < 0 || !there || !above)
		return false;
	while ((dir = path_strict_open(tree, there, O_RDONLY | O_DIRECTORY, &err)) < 0 && err.number == ENOENT &&
		*there)
		go_up(there);
	if (dir < 0)
		return false;
	while (*above && !path_is_below(path, above))
		go_up(above);
	/* What is to be made below `there` will be ours. */
	return may_write(tree, there, strlen(there) < strlen(path) ? "." : procs_name) &&
		may_write(tree, above, procs_name);
}

/* Our own cgroup: "/a/b", or "" at the root of the tree. NULL when it is out of sight. */
static char *own_cgroup(void)
{
	cleanup_free char *path = cgroup_of_process(getpid());

	if (!path || text_starts(path, "/.."))
		return NULL;
	if (strcmp(path, "/") == 0)
		*path = '\0';
	return take_ptr(path);
}

/* A path that is relative may begin above us, where controllers can be handed down to a cgroup beside ours, or else
 * where we are. Returns NULL for neither. */
static char *find_place(const char *path, const char *own)
{
	const char *slash = strrchr(own, '/');
	const int lengths[] = { slash ? (int)(slash - own) : 0, (int)strlen(own) };
	char place[PATH_MAX];

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		if (snprintf(place, sizeof(place), "%.*s%s", lengths[i], own, path) < PATH_MAX && may_use(place, own))
			return strdup(place);
	}
	return NULL;
}

int cgroup_find_delegated(struct oci_document *document, struct plan_cgroup *cgroup, struct error *err)
{
	cleanup_free char *own = own_cgroup();
	cleanup_free char *found = NULL;

	if (!cgroup->path || (own && may_use(cgroup->path, own)))
		return 0;
	if (own && cgroup->relative)
		found = find_place(cgroup->path, own);
	if (!found && cgroup->writes.n > 0)
		return error_set(err, 0,
			"%s: needs a cgroup, and this user may not make '%s': have one delegated "
			"(systemd-run --user --scope --property Delegate=yes tare ...), or ask for no limits",
			cgroup->writes.items[0].place, cgroup->path);
	cgroup->path = found ? plan_strdup(document, found) : NULL;
	cgroup->delegate &= found != NULL;
	return found && !cgroup->path ? error_set(err, ENOMEM, "cannot make a plan") : 0;
}
