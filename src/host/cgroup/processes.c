/* The processes of a cgroup and below: listing and signalling them. Runs on the host. A pid that was read from
 * cgroup.procs may belong to another process a moment later: before a process is signalled, it is opened by
 * pidfd_open(2) and then looked for in cgroup.procs again. */
#include "host/cgroup/parts.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/string_list.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

enum { PROCS_MAX = 64 * 1024 * 1024, BATCH_MAX = 64 };

/* What visit_all() calls for each cgroup; data is passed through. */
typedef int cgroup_visit(int cgroup, void *data, struct error *err);

static int open_procs(int cgroup)
{
	return openat(cgroup, "cgroup.procs", O_RDONLY | O_CLOEXEC);
}

/* Reads cgroup.procs from its beginning. *ret_procs stays NULL for a cgroup that is gone, and for a threaded one, whose
 * processes are listed in a cgroup above. */
static int reread_procs(int procs, char **ret_procs, struct error *err)
{
	struct error why;
	size_t length;

	if (lseek(procs, 0, SEEK_SET) < 0)
		return error_set(err, errno, "cannot read 'cgroup.procs'");
	if (fd_read_all(procs, "cgroup.procs", PROCS_MAX, ret_procs, &length, &why) == 0 ||
		cgroup_is_gone(why.number) || why.number == EOPNOTSUPP)
		return 0;
	*err = why;
	return -1;
}

/* Opens and reads cgroup.procs once. */
static int read_procs(int cgroup, char **ret_procs, struct error *err)
{
	cleanup_fd int procs = open_procs(cgroup);

	if (procs < 0)
		return cgroup_is_gone(errno) ? 0 : error_set(err, errno, "cannot open 'cgroup.procs'");
	return reread_procs(procs, ret_procs, err);
}

/* The next pid in the text of cgroup.procs; 0 at its end. The kernel writes 0 for a process outside of this process's
 * pid namespace, which is skipped. */
static pid_t next_pid(char **left)
{
	for (char *line = strsep(left, "\n"); line; line = strsep(left, "\n")) {
		uint32_t pid;

		if (text_to_u32(line, &pid) && pid > 0)
			return (pid_t)pid;
	}
	return 0;
}

/* Adds the names of a cgroup's children to the end of the list, which is visited from its end. */
static int add_children(int cgroup, struct string_list *pending, struct error *err)
{
	cleanup_dir DIR *dir = fd_open_dir(cgroup, ".");
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot read a cgroup of the container");
	while ((entry = fd_next_entry(dir))) {
		if (entry->d_type == DT_DIR && string_list_add(pending, entry->d_name) < 0)
			return error_set(err, ENOMEM, "cannot read the cgroups of the container");
	}
	return errno ? error_set(err, errno, "cannot read a cgroup of the container") : 0;
}

/* Calls visit for a cgroup and all below it; a cgroup that is removed meanwhile is skipped. A container may nest
 * cgroups as deep as it likes, so the walk is no recursion, and only one of them is open at a time. */
static int visit_all(int cgroup, cgroup_visit *visit, void *data, struct error *err)
{
	cleanup_string_list struct string_list pending = { 0 };
	cleanup_fd int current = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (current < 0)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot read a cgroup of the container");
	if (visit(current, data, err) < 0 || add_children(current, &pending, err) < 0)
		return -1;
	while (pending.n > 0) {
		cleanup_free char *name = string_list_take_last(&pending);
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
		/* Cgroups cannot be moved: ".." of this one is the cgroup that the walk came from. */
		if (string_list_add(&pending, "..") < 0)
			return error_set(err, ENOMEM, "cannot read the cgroups of the container");
		if (visit(current, data, err) < 0 || add_children(current, &pending, err) < 0)
			return -1;
	}
	return 0;
}

/* Processes that have been opened by pidfd_open(2), and are not yet proved to be in the cgroup. */
struct batch {
	int procs; /* an fd of cgroup.procs, which is read again */
	int signal_number;
	size_t n;
	struct {
		pid_t pid;
		int pidfd;
	} members[BATCH_MAX];
};

static void batch_close(struct batch *batch)
{
	while (batch->n > 0)
		close_fd(&batch->members[--batch->n].pidfd);
	close_fd(&batch->procs);
}

#define cleanup_batch __attribute__((cleanup(batch_close)))

/* Signals the process with this pid if it is one of the batch. A process that has ended meanwhile is no error. */
static int batch_signal(const struct batch *batch, pid_t pid, struct error *err)
{
	for (size_t i = 0; i < batch->n; i++) {
		if (batch->members[i].pid != pid)
			continue;
		if (pidfd_send_signal(batch->members[i].pidfd, batch->signal_number, NULL, 0) < 0 && errno != ESRCH)
			return error_set(err, errno, "cannot signal process %d of the container", (int)pid);
	}
	return 0;
}

/* Reads cgroup.procs again, after all pidfds of the batch were opened, and signals those processes that are still
 * listed. One read serves the whole batch. */
static int batch_send(struct batch *batch, struct error *err)
{
	cleanup_free char *procs = NULL;
	int result = 0;
	char *left;

	if (batch->n == 0)
		return 0;
	if (reread_procs(batch->procs, &procs, err) < 0)
		return -1;
	left = procs;
	for (pid_t pid = next_pid(&left); pid > 0; pid = next_pid(&left)) {
		if (batch_signal(batch, pid, err) < 0)
			result = -1;
	}
	while (batch->n > 0)
		close_fd(&batch->members[--batch->n].pidfd);
	return result;
}

/* Adds a process to the batch. When no file descriptor is left, sends the batch first, which closes its pidfds. */
static int batch_add(struct batch *batch, pid_t pid, struct error *err)
{
	int pidfd = pidfd_open(pid, 0);

	if (pidfd < 0 && (errno == EMFILE || errno == ENFILE) && batch->n > 0) {
		if (batch_send(batch, err) < 0)
			return -1;
		pidfd = pidfd_open(pid, 0);
	}
	/* The process has ended, or its pid has become the number of a thread. */
	if (pidfd < 0 && (errno == ESRCH || errno == EINVAL || errno == ENOENT))
		return 0;
	if (pidfd < 0)
		return error_set(err, errno, "cannot open process %d of the container", (int)pid);
	batch->members[batch->n].pid = pid;
	batch->members[batch->n].pidfd = pidfd;
	batch->n++;
	return batch->n < BATCH_MAX ? 0 : batch_send(batch, err);
}

static int signal_members(int cgroup, void *data, struct error *err)
{
	const int *signal_number = data;
	cleanup_batch struct batch batch = { .procs = open_procs(cgroup), .signal_number = *signal_number };
	cleanup_free char *procs = NULL;
	int result = 0;
	char *left;

	if (batch.procs < 0)
		return cgroup_is_gone(errno) ? 0 : error_set(err, errno, "cannot open 'cgroup.procs'");
	if (reread_procs(batch.procs, &procs, err) < 0)
		return -1;
	left = procs;
	for (pid_t pid = next_pid(&left); pid > 0; pid = next_pid(&left)) {
		if (batch_add(&batch, pid, err) < 0)
			result = -1;
	}
	return batch_send(&batch, err) < 0 ? -1 : result;
}

int cgroup_signal_all(int cgroup, int signal_number, struct error *err)
{
	/* cgroup.kill also reaches processes that are forked at the same time. It does not reach a process whose first
	 * thread has ended, since the kernel sends the signal to that thread alone: so each process gets a signal of
	 * its own, too. */
	if (signal_number == SIGKILL && file_write(cgroup, "cgroup.kill", "1") < 0)
		return error_set(err, errno, "cannot kill the processes of the cgroup");
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
