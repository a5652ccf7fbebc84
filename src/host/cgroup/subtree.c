/* A delegated subtree: init lives in a cgroup below the container's, so that the container's root can make others
 * beside it and enable controllers for them. The kernel refuses that while processes are in the cgroup itself. Runs on
 * the host; what the container makes of its subtree afterwards is the container's affair. */
#include "host/cgroup/parts.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DELEGATED_MAX = 4096, CGROUP_MODE = 0755, PROCESSES_MAX = 64 };

static int give_to_user(int cgroup, const char *name, uid_t owner, struct error *err)
{
	/* ENOENT: the kernel lists a file that this cgroup does not have (spec: config-linux.md, cgroup ownership). */
	if (fchownat(cgroup, name, owner, (gid_t)-1, *name ? AT_SYMLINK_NOFOLLOW : AT_EMPTY_PATH) < 0 &&
		errno != ENOENT)
		return error_set(err, errno, "cannot give '%s' of the cgroup to user %u", *name ? name : ".", owner);
	return 0;
}

int cgroup_delegate(int cgroup, uid_t owner, struct error *err)
{
	char files[DELEGATED_MAX] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads";

	(void)file_read_line(AT_FDCWD, "/sys/kernel/cgroup/delegate", files, sizeof(files));
	if (give_to_user(cgroup, "", owner, err) < 0)
		return -1;
	for (char *left = files, *name = strsep(&left, "\n"); name; name = strsep(&left, "\n")) {
		if (*name && !strchr(name, '/') && give_to_user(cgroup, name, owner, err) < 0)
			return -1;
	}
	return 0;
}

/* Moves all processes of a cgroup, the first of its list as often as there is one. Init waits, and no process of the
 * container can fork yet: so there are few. */
static int move_processes(int from, int to, struct error *err)
{
	char pid[32];

	for (int i = 0; i < PROCESSES_MAX; i++) {
		if (file_read_line(from, "cgroup.procs", pid, sizeof(pid)) < 0)
			return error_set(err, errno, "cannot read 'cgroup.procs'");
		if (!*pid)
			return 0;
		/* ESRCH: it has ended meanwhile. */
		if (file_write(to, "cgroup.procs", pid) < 0 && errno != ESRCH)
			return error_set(err, errno, "cannot move process %s to the cgroup of init", pid);
	}
	return error_set(err, 0, "the cgroup has more than %d processes before the container has started",
		PROCESSES_MAX);
}

static int move_below(int cgroup, const struct plan_cgroup *plan, struct error *err)
{
	cleanup_fd int below = -1;

	if (mkdirat(cgroup, plan->init_name, CGROUP_MODE) < 0)
		return error_set(err, errno, "cannot make the cgroup '%s' for the container's init", plan->init_name);
	below = openat(cgroup, plan->init_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (below < 0)
		return error_set(err, errno, "cannot open the cgroup '%s' of the container's init", plan->init_name);
	if (move_processes(cgroup, below, err) < 0 || cgroup_enable_controllers(cgroup, err) < 0)
		return -1;
	return plan->delegate ? cgroup_delegate(below, plan->owner, err) : 0;
}

int cgroup_move_init_below(int cgroup, const struct plan_cgroup *plan, struct error *err)
{
	if (!plan->init_name || move_below(cgroup, plan, err) == 0)
		return 0;
	return error_tag(err, ERROR_CGROUP_FAILED, "linux.cgroupsPath");
}
