/* Finding a process or thread of a container by which its namespaces can be joined (setns(2) with a pidfd). Runs on the
 * host.
 *
 * A process whose first thread has ended lives on with its other threads, and its pidfd can still be waited for and
 * signalled. But setns(2) takes the namespaces of the thread that the pidfd refers to, and a thread that has ended is
 * in none. */
#include "host/container/container.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/namespace.h"
#include "base/text.h"
#include "host/cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/pidfd.h>

/* A flag of pidfd_open(2), which then opens a thread and not its process. glibc has it since 2.41. */
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

static const char *const kinds[] = { "user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time" };

/* Calls use for the number of each thread of init except the first, until it returns 1 or -1. */
static int for_each_thread(const struct container *container,
	int (*use)(const struct container *container, pid_t tid, struct joinable *joinable, struct error *err),
	struct joinable *joinable, struct error *err)
{
	char path[64];
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int result = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)container->pid);
	dir = fd_open_dir(AT_FDCWD, path);
	if (!dir)
		return error_set(err, errno, "cannot read '%s'", path);
	while (result == 0 && (entry = fd_next_entry(dir))) {
		uint32_t tid;

		if (text_to_u32(entry->d_name, &tid) && (pid_t)tid != container->pid)
			result = use(container, (pid_t)tid, joinable, err);
	}
	return result;
}

/* A thread that has ended is in no namespace. */
static bool has_namespaces(const char *proc)
{
	struct namespace_id id;

	return namespace_of_process(proc, "mnt", &id) == 0;
}

/* Opens a thread of init by pidfd_open(2), and only then looks whether /proc has this number among the threads of
 * init. */
static int take_thread(const struct container *container, pid_t tid, struct joinable *joinable, struct error *err)
{
	cleanup_fd int pidfd = pidfd_open(tid, PIDFD_THREAD);

	if (pidfd < 0 && errno == ESRCH)
		return 0;
	if (pidfd < 0)
		return error_set(err, errno, "cannot open thread %d of the container", (int)tid);
	snprintf(joinable->proc, sizeof(joinable->proc), "/proc/%d/task/%d", (int)container->pid, (int)tid);
	if (!has_namespaces(joinable->proc))
		return 0;
	joinable->pidfd = take_fd(&pidfd);
	return 1;
}

/* The same for kernels before Linux 6.9, which give no pidfd of a thread: finds only its directory in /proc. */
static int find_thread(const struct container *container, pid_t tid, struct joinable *joinable, struct error *err)
{
	(void)err;
	snprintf(joinable->proc, sizeof(joinable->proc), "/proc/%d/task/%d", (int)container->pid, (int)tid);
	return has_namespaces(joinable->proc);
}

/* Whether two processes or threads, by their directories in /proc, are in the same namespaces of all kinds that this
 * kernel has. */
static bool same_namespaces(const char *one, const char *other)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct namespace_id first;
		struct namespace_id second;

		if (namespace_of_process("/proc/self", kinds[i], &first) < 0)
			continue;
		if (namespace_of_process(one, kinds[i], &first) < 0 ||
			namespace_of_process(other, kinds[i], &second) < 0 || !namespace_is_same(&first, &second))
			return false;
	}
	return true;
}

/* Finds another process of the cgroup in the same namespaces as a living thread of init. A process of the cgroup may
 * also be an exec of tare that is about to join the container, and still be in the host's namespaces: so all namespaces
 * are compared. */
static int take_process(const struct container *container, struct joinable *joinable, struct error *err)
{
	cleanup_process_list struct process_list list = { 0 };
	int found = for_each_thread(container, find_thread, joinable, err);

	if (found <= 0 || container_processes(container, &list, err) < 0)
		return found <= 0 ? found : -1;
	for (size_t i = 0; i < list.n; i++) {
		cleanup_fd int pidfd = list.pids[i] == container->pid ? -1 : pidfd_open(list.pids[i], 0);
		char proc[32];

		snprintf(proc, sizeof(proc), "/proc/%d", (int)list.pids[i]);
		/* child_gone() is 0: the process still lives, so /proc had this one under its number. */
		if (pidfd < 0 || !same_namespaces(joinable->proc, proc) || child_gone(pidfd, 0) != 0)
			continue;
		joinable->pidfd = take_fd(&pidfd);
		return 1;
	}
	return 0;
}

int joinable_find(const struct container *container, struct joinable *ret_joinable, struct error *err)
{
	struct joinable joinable = JOINABLE_NONE;
	struct error why = { 0 };
	int found;

	if (!container->first_ended) {
		snprintf(joinable.proc, sizeof(joinable.proc), "/proc/%d", (int)container->pid);
		*ret_joinable = joinable;
		return 0;
	}
	found = for_each_thread(container, take_thread, &joinable, &why);
	if (found < 0 && why.number == EINVAL)
		found = take_process(container, &joinable, &why);
	if (found < 0) {
		*err = why;
		return -1;
	}
	if (found == 0) {
		error_set(err, 0,
			"the first thread of the container's process has ended, and nothing else is there to join");
		return error_hint(err, "since Linux 6.9 the other threads of a process can be joined");
	}
	*ret_joinable = joinable;
	return 0;
}
