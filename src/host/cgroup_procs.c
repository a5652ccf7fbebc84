/* The processes of a cgroup and below: listing and signalling them. Runs on the host. A pid that was read is old news:
 * what acts on one proves first that it still means the same. */
#include "host/parts.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>

enum { PROCS_MAX = 64 * 1024 * 1024 };

/* What to do with a cgroup; data is the caller's. */
typedef int cgroup_visit(int cgroup, void *data, struct error *err);

/* The pids of a cgroup as text, NULL for none. A threaded one has none of its own: the processes of its threads are
 * those of a cgroup above. */
static int read_procs(int cgroup, char **ret_procs, struct error *err)
{
	struct error why;
	size_t length;

	if (file_read(cgroup, "cgroup.procs", PROCS_MAX, ret_procs, &length, &why) == 0 || why.number == EOPNOTSUPP ||
		why.number == ENODEV || why.number == ENOENT)
		return 0;
	*err = why;
	return -1;
}

/* The next pid of such a text; 0 at its end. One that is 0 lives outside of our pid namespace. */
static pid_t next_pid(char **left)
{
	for (char *line = strsep(left, "\n"); line; line = strsep(left, "\n")) {
		uint32_t pid;

		if (text_to_u32(line, &pid) && pid > 0)
			return (pid_t)pid;
	}
	return 0;
}

/* Names of cgroups that are still to be gone to, the last one next. */
struct way {
	size_t n;
	char **names;
};

static void way_free(struct way *way)
{
	while (way->n > 0)
		free(way->names[--way->n]);
	free(way->names);
}

#define cleanup_way __attribute__((cleanup(way_free)))

static int way_add(struct way *way, const char *name)
{
	char **grown = reallocarray(way->names, way->n + 1, sizeof(*grown));

	if (!grown)
		return -1;
	way->names = grown;
	grown[way->n] = strdup(name);
	if (!grown[way->n])
		return -1;
	way->n++;
	return 0;
}

/* Adds the children of a cgroup, which are visited before what is on the way already. */
static int add_children(int cgroup, struct way *way, struct error *err)
{
	cleanup_dir DIR *dir = fd_open_dir(cgroup, ".");
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot read a cgroup of the container");
	while ((entry = fd_next_entry(dir))) {
		if (entry->d_type == DT_DIR && way_add(way, entry->d_name) < 0)
			return error_set(err, ENOMEM, "cannot read the cgroups of the container");
	}
	return errno ? error_set(err, errno, "cannot read a cgroup of the container") : 0;
}

/* Visits a cgroup and all below. One that is removed meanwhile is none. The container nests them as deep as it likes:
 * so there is no recursion, and no more than one of them is open. */
static int visit_all(int cgroup, cgroup_visit *visit, void *data, struct error *err)
{
	cleanup_way struct way way = { 0 };
	cleanup_fd int current = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (current < 0)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot read a cgroup of the container");
	if (visit(current, data, err) < 0 || add_children(current, &way, err) < 0)
		return -1;
	while (way.n > 0) {
		cleanup_free char *name = way.names[--way.n];
		bool up = strcmp(name, "..") == 0;
		int next = openat(current, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (next < 0 && errno == ENOENT && !up)
			continue;
		if (next < 0)
			return error_set(err, errno, "cannot open the cgroup '%s' of the container", name);
		close_fd(&current);
		current = next;
		if (up)
			continue;
		/* Cgroups cannot be moved: the way back is where we came from. */
		if (way_add(&way, "..") < 0)
			return error_set(err, ENOMEM, "cannot read the cgroups of the container");
		if (visit(current, data, err) < 0 || add_children(current, &way, err) < 0)
			return -1;
	}
	return 0;
}

/* The pidfd first, then the proof that it still is in the cgroup. */
static void signal_member(int cgroup, pid_t pid, int signal_number)
{
	cleanup_fd int pidfd = pidfd_open(pid, 0);
	cleanup_free char *procs = NULL;
	struct error ignored;
	char *left;

	if (pidfd < 0 || read_procs(cgroup, &procs, &ignored) < 0)
		return;
	left = procs;
	for (pid_t member = next_pid(&left); member > 0; member = next_pid(&left)) {
		if (member == pid) {
			pidfd_send_signal(pidfd, signal_number, NULL, 0);
			return;
		}
	}
}

static int signal_members(int cgroup, void *data, struct error *err)
{
	const int *signal_number = data;
	cleanup_free char *procs = NULL;
	char *left;

	if (read_procs(cgroup, &procs, err) < 0)
		return -1;
	left = procs;
	for (pid_t pid = next_pid(&left); pid > 0; pid = next_pid(&left))
		signal_member(cgroup, pid, *signal_number);
	return 0;
}

int cgroup_signal_all(int cgroup, int signal_number, struct error *err)
{
	if (signal_number == SIGKILL)
		return file_write(cgroup, "cgroup.kill", "1") < 0
			? error_set(err, errno, "cannot kill the processes of the cgroup")
			: 0;
	return visit_all(cgroup, signal_members, &signal_number, err);
}

static int list_members(int cgroup, void *data, struct error *err)
{
	struct process_list *list = data;
	cleanup_free char *procs = NULL;
	char *left;

	if (read_procs(cgroup, &procs, err) < 0)
		return -1;
	left = procs;
	for (pid_t pid = next_pid(&left); pid > 0; pid = next_pid(&left)) {
		pid_t *grown = reallocarray(list->pids, list->n + 1, sizeof(*grown));

		if (!grown)
			return error_set(err, ENOMEM, "cannot list the processes of the container");
		list->pids = grown;
		grown[list->n++] = pid;
	}
	return 0;
}

static int compare_pids(const void *a, const void *b)
{
	const pid_t *left = a;
	const pid_t *right = b;

	return (*left > *right) - (*left < *right);
}

int cgroup_list_processes(int cgroup, struct process_list *list, struct error *err)
{
	if (visit_all(cgroup, list_members, list, err) < 0)
		return -1;
	if (list->n > 0)
		qsort(list->pids, list->n, sizeof(*list->pids), compare_pids);
	return 0;
}

void process_list_free(struct process_list *list)
{
	free(list->pids);
	*list = (struct process_list){ 0 };
}
