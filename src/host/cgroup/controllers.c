/* Controllers of the cgroup tree: handing them down to a container's cgroup. Runs on the host.
 *
 * A cgroup has the controllers that its parent lists in cgroup.subtree_control. For a parent that holds processes, the
 * kernel refuses most controllers there, and the others (cpu, cpuset, pids) turn the parent into a threaded domain,
 * below which no process can be started. So nothing is written when a cgroup on the path from the root holds
 * processes. */
#include "host/cgroup/parts.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

enum { KERNEL_FILE_MAX = 4096 };

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = strstr(words, word); at; at = strstr(at + 1, word)) {
		if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	}
	return false;
}

/* Appends the controllers that this cgroup has and does not hand down, as cgroup.subtree_control takes them: "+cpu +io
 * ". */
static int find_missing(int dir, struct text *ret_request, struct error *err)
{
	char available[KERNEL_FILE_MAX];
	char enabled[KERNEL_FILE_MAX];

	if (file_read_line(dir, "cgroup.controllers", available, sizeof(available)) < 0 ||
		file_read_line(dir, "cgroup.subtree_control", enabled, sizeof(enabled)) < 0)
		return error_set(err, errno, "cannot read the controllers of the cgroup tree");
	for (char *left = available, *word = strsep(&left, " "); word; word = strsep(&left, " ")) {
		if (*word && !has_word(enabled, word))
			text_add(ret_request, "+%s ", word);
	}
	return text_done(ret_request, err);
}

/* What walk_down() does at each cgroup above the container's. */
typedef int cgroup_step(int dir, bool *ret_found, struct error *err);

/* Looks for a controller that could be handed down. */
static int look_for_missing(int dir, bool *ret_found, struct error *err)
{
	cleanup_text struct text request = { 0 };

	if (find_missing(dir, &request, err) < 0)
		return -1;
	*ret_found |= request.n > 0;
	return 0;
}

/* Looks for processes. The root of the machine's tree may hold some; it alone has no cgroup.type. */
static int look_for_processes(int dir, bool *ret_found, struct error *err)
{
	char text[64];
	int result = file_read_line(dir, "cgroup.type", text, sizeof(text));

	if (result < 0)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot read 'cgroup.type'");
	result = file_read_line(dir, "cgroup.procs", text, sizeof(text));
	/* EOPNOTSUPP: this is a threaded cgroup, whose processes are listed in a cgroup above. It hands down only
	 * threaded controllers, so it counts as one with processes. */
	if (result < 0 && errno != EOPNOTSUPP)
		return error_set(err, errno, "cannot read 'cgroup.procs'");
	*ret_found |= result < 0 || *text;
	return 0;
}

/* Writes all controllers at once; if the kernel refuses that, one by one, and ignores those that it refuses: a missing
 * controller is an error only when a limit needs it, and cgroup_write_limit() says so. EBUSY: a process has come into
 * the cgroup meanwhile. */
static int hand_down_here(int dir, bool *ret_found, struct error *err)
{
	cleanup_text struct text request = { 0 };
	char *left;

	(void)ret_found;
	if (find_missing(dir, &request, err) < 0)
		return -1;
	if (request.n == 0 || file_write(dir, "cgroup.subtree_control", request.s) == 0 || errno == EBUSY)
		return 0;
	left = request.s;
	for (char *word = strsep(&left, " "); word; word = strsep(&left, " ")) {
		if (*word)
			(void)file_write(dir, "cgroup.subtree_control", word);
	}
	return 0;
}

int cgroup_enable_controllers(int cgroup, struct error *err)
{
	bool ignored;

	return hand_down_here(cgroup, &ignored, err);
}

int cgroup_disable_controllers(int cgroup, struct error *err)
{
	cleanup_text struct text request = { 0 };
	char enabled[KERNEL_FILE_MAX];

	if (file_read_line(cgroup, "cgroup.subtree_control", enabled, sizeof(enabled)) < 0)
		return error_set(err, errno, "cannot read 'cgroup.subtree_control'");
	for (char *left = enabled, *word = strsep(&left, " "); word; word = strsep(&left, " ")) {
		if (*word)
			text_add(&request, "-%s ", word);
	}
	if (text_done(&request, err) < 0)
		return -1;
	if (request.n > 0 && file_write(cgroup, "cgroup.subtree_control", request.s) < 0)
		return error_set(err, errno, "cannot write '%s' to 'cgroup.subtree_control'", request.s);
	return 0;
}

/* Calls step for each cgroup from the root of the tree down to the parent of the one at path. */
static int walk_down(int tree, const char *path, cgroup_step *step, bool *ret_found, struct error *err)
{
	cleanup_fd int dir = openat(tree, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *rest = path;
	char name[NAME_MAX + 1];
	int more = 0;

	while (dir >= 0 && (more = cgroup_next_name(&rest, name)) > 0) {
		int next;

		if (step(dir, ret_found, err) < 0)
			return -1;
		next = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close_fd(&dir);
		dir = next;
	}
	return dir < 0 || more < 0 ? error_set(err, errno, "cannot open the cgroup '%s'", path) : 0;
}

int cgroup_hand_down(int tree, const char *path, struct error *err)
{
	bool missing = false;
	bool populated = false;

	/* Looks before it writes: enabling a controller that is enabled may still wait for an RCU grace period. */
	if (walk_down(tree, path, look_for_missing, &missing, err) < 0)
		return -1;
	if (!missing)
		return 0;
	if (walk_down(tree, path, look_for_processes, &populated, err) < 0)
		return -1;
	return populated ? 0 : walk_down(tree, path, hand_down_here, NULL, err);
}

bool cgroup_lacks_controller(int cgroup, const char *controller)
{
	char controllers[KERNEL_FILE_MAX];

	return file_read_line(cgroup, "cgroup.controllers", controllers, sizeof(controllers)) == 0 &&
		!has_word(controllers, controller);
}

int cgroup_refuse_controller(const struct plan_write *limit, struct error *err)
{
	cleanup_fd int tree = cgroup_tree(NULL);

	error_set(err, 0, "%s: the cgroup controller \"%s\" is not available here", limit->place, limit->controller);
	if (tree >= 0 && !cgroup_lacks_controller(tree, limit->controller))
		error_hint(err,
			"write +%s to cgroup.subtree_control of each cgroup above; none of them may hold processes",
			limit->controller);
	else
		error_hint(err,
			"the kernel has no \"%s\" in its cgroup v2 tree: boot with cgroup_no_v1=%s if v1 has it",
			limit->controller, limit->controller);
	return error_tag(err, ERROR_CGROUP_CONTROLLER_MISSING, "%s", limit->place);
}
