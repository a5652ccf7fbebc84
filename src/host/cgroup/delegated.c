/* The cgroup of an ordinary user's container: which one the user may make, if any. Runs on the host; reads only.
 *
 * The host's administrator can give a directory of the tree to a user (delegation). To start a process in a cgroup
 * below it, the kernel wants write access to cgroup.procs there and in the closest common ancestor of that cgroup and
 * the caller's own (cgroups(7)). */
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

/* True when this process may make the cgroup at path, if it does not exist, and start a process in it. own is the path
 * of this process's cgroup. */
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
	/* A directory that is made below `there` will belong to this user. */
	return may_write(tree, there, strlen(there) < strlen(path) ? "." : procs_name) &&
		may_write(tree, above, procs_name);
}

/* The path of this process's cgroup: "/a/b", or "" at the root of the tree. NULL when it is outside of the cgroup
 * namespace or cannot be read. */
static char *own_cgroup(void)
{
	cleanup_free char *path = cgroup_of_process(getpid());

	if (!path || text_starts(path, "/.."))
		return NULL;
	if (strcmp(path, "/") == 0)
		*path = '\0';
	return take_ptr(path);
}

/* Tries a relative path below the parent of this process's cgroup, from which controllers can be handed down to a
 * sibling, and then below this process's cgroup. Returns the first that this process may use, to be freed; NULL when
 * there is none. */
static char *find_usable_path(const char *path, const char *own)
{
	const char *slash = strrchr(own, '/');
	const int lengths[] = { slash ? (int)(slash - own) : 0, (int)strlen(own) };
	char candidate[PATH_MAX];

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		if (snprintf(candidate, sizeof(candidate), "%.*s%s", lengths[i], own, path) < PATH_MAX &&
			may_use(candidate, own))
			return strdup(candidate);
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
		found = find_usable_path(cgroup->path, own);
	if (!found && (cgroup->writes.n > 0 || cgroup->init_name))
		return error_set(err, 0,
			"%s: needs a cgroup, and this user may not make '%s': have one delegated "
			"(systemd-run --user --scope --property Delegate=yes tare ...), or ask for no limits",
			cgroup->writes.n > 0 ? cgroup->writes.items[0].place : "annotations", cgroup->path);
	cgroup->path = found ? plan_strdup(document, found) : NULL;
	cgroup->delegate &= found != NULL;
	return found && !cgroup->path ? error_set(err, ENOMEM, "cannot make a plan") : 0;
}
