/* Sending a signal to a container. Runs on the host; waits for no lock, so that a long start or exec never holds it
 * up. */
#include "host/host.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

/* The number of a pid namespace; 0 when it cannot be told, and for a process that has ended. */
static ino_t pid_namespace(const char *pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%s/ns/pid", pid);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

/* The pidfd first, then the proof that it still is in the namespace. */
static void signal_member(const char *pid, ino_t namespace, int signal_number)
{
	uint32_t number;
	cleanup_fd int pidfd = -1;

	if (!text_to_u32(pid, &number))
		return;
	pidfd = pidfd_open((pid_t)number, 0);
	if (pidfd >= 0 && pid_namespace(pid) == namespace)
		pidfd_send_signal(pidfd, signal_number, NULL, 0);
}

/* Without a cgroup the pid namespace tells whose processes are whose; the kernel ends it with its init. */
static int signal_namespace(const struct container *container, int signal_number, struct error *err)
{
	char init[16];
	ino_t namespace;
	cleanup_dir DIR *proc = NULL;

	if (container->pidfd < 0)
		return 0;
	snprintf(init, sizeof(init), "%d", (int)container->pid);
	namespace = pid_namespace(init);
	/* Nobody may ask a created init, which is alone, and nobody a dead one. */
	if (namespace == 0) {
		pidfd_send_signal(container->pidfd, signal_number, NULL, 0);
		return 0;
	}
	if (namespace == pid_namespace("self"))
		return error_set(err, 0,
			"the container has neither a cgroup nor a pid namespace that would tell all its processes");
	proc = opendir("/proc");
	if (!proc)
		return error_set(err, errno, "cannot read '/proc'");
	for (struct dirent *entry = readdir(proc); entry; entry = readdir(proc))
		signal_member(entry->d_name, namespace, signal_number);
	return 0;
}

static int signal_all(const struct container *container, int signal_number, struct error *err)
{
	cleanup_fd int cgroup = -1;

	if (!container->record->cgroup.path)
		return signal_namespace(container, signal_number, err);
	cgroup = cgroup_open_own(&container->record->cgroup, err);
	if (cgroup < 0)
		return err->number == ENOENT ? 0 : -1;
	return cgroup_signal_all(cgroup, signal_number, err);
}

/* SIGKILL without a pid namespace, which would end with its init: the others are the container, too, and nobody would
 * stay with them. They may have outlived their init already. */
static int kill_sharing(const struct container *container, struct error *err)
{
	cleanup_process_list struct process_list left = { 0 };

	if (container_processes(container, &left, err) < 0)
		return -1;
	return left.n > 0 ? signal_all(container, SIGKILL, err) : container_not_running(err);
}

/* What a process does that has no say in it (signal(7)). */
static bool ends_by_default(int signal_number)
{
	switch (signal_number) {
	case 0:
	case SIGCHLD:
	case SIGCONT:
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
	case SIGURG:
	case SIGWINCH:
		return false;
	default:
		return true;
	}
}

/* A created container has no program yet that could have a say, and its init, which blocks all signals, would pass them
 * on to it, or to nobody: the kernel spares the first process of a pid namespace. So what ends a process ends it.
 * Whoever holds the lock is about to start it. Returns true when that was the case. */
static bool end_created(struct container *container, int signal_number)
{
	enum oci_status status;
	struct error ignored;
	bool created;

	if (container->pidfd < 0 || !ends_by_default(signal_number) || signal_number == SIGKILL ||
		!container_try_lock(container))
		return false;
	created = container_status(container, &status, &ignored) == 0 && status == OCI_STATUS_CREATED;
	if (created)
		pidfd_send_signal(container->pidfd, SIGKILL, NULL, 0);
	container_unlock(container);
	return created;
}

int container_kill(struct container *container, int signal_number, bool all, struct error *err)
{
	if (end_created(container, signal_number))
		return 0;
	if (all)
		return signal_all(container, signal_number, err);
	if (signal_number == SIGKILL && container->record->shares_pids && container->record->cgroup.path)
		return kill_sharing(container, err);
	if (container->pidfd < 0 || pidfd_send_signal(container->pidfd, signal_number, NULL, 0) < 0) {
		if (container->pidfd >= 0 && errno != ESRCH)
			return error_set(err, errno, "cannot signal the container's process");
		return container_not_running(err);
	}
	return 0;
}
