/* Sending a signal to a container. Runs on the host. Takes no lock that it would have to wait for, so that a long start
 * or exec does not delay it. */
#include "host/host.h"

#include "base/cleanup.h"
#include "base/namespace.h"
#include "base/text.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>

/* Signals a process of /proc if it is in the pid namespace. Its number may become that of another process at any time,
 * so pidfd_open(2) comes first, and then the look at the namespace of the process that the pidfd holds. */
static void signal_member(const char *pid, const struct namespace_id *namespace, int signal_number)
{
	struct namespace_id found;
	cleanup_fd int pidfd = -1;
	char process[32];
	uint32_t number;

	if (!text_to_u32(pid, &number))
		return;
	snprintf(process, sizeof(process), "/proc/%u", number);
	pidfd = pidfd_open((pid_t)number, 0);
	if (pidfd >= 0 && namespace_of_process(process, "pid", &found) == 0 && namespace_is_same(&found, namespace))
		pidfd_send_signal(pidfd, signal_number, NULL, 0);
}

/* Signals all processes of a container without a cgroup: those in its pid namespace. When init ends, the kernel kills
 * the rest of them. */
static int signal_namespace(const struct container *container, int signal_number, struct error *err)
{
	struct namespace_id namespace;
	struct namespace_id own;
	cleanup_dir DIR *proc = NULL;
	char init[32];

	if (container->pidfd < 0)
		return 0;
	snprintf(init, sizeof(init), "/proc/%d", (int)container->pid);
	/* /proc/PID/ns/pid cannot be read of the init of a created container, which is not dumpable and has no children
	 * yet, nor of an init that has ended: init alone is signalled. */
	if (namespace_of_process(init, "pid", &namespace) < 0) {
		pidfd_send_signal(container->pidfd, signal_number, NULL, 0);
		return 0;
	}
	if (namespace_of_process("/proc/self", "pid", &own) == 0 && namespace_is_same(&namespace, &own))
		return error_set(err, 0,
			"the container has neither a cgroup nor a pid namespace that would tell all its processes");
	proc = opendir("/proc");
	if (!proc)
		return error_set(err, errno, "cannot read '/proc'");
	for (struct dirent *entry = readdir(proc); entry; entry = readdir(proc))
		signal_member(entry->d_name, &namespace, signal_number);
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

/* SIGKILL for a container without a pid namespace of its own: kills all processes of its cgroup, which nothing else
 * would end when init has ended, or has ended already. */
static int kill_sharing(const struct container *container, struct error *err)
{
	cleanup_process_list struct process_list left = { 0 };

	if (container_processes(container, &left, err) < 0)
		return -1;
	return left.n > 0 ? signal_all(container, SIGKILL, err)
			  : container_check_status(container, CONTAINER_KILL, OCI_STATUS_STOPPED, err);
}

/* Whether the default action of a signal ends a process (signal(7)). */
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

/* A created container has no program yet that could handle a signal, and its init blocks them all: the program would
 * get it at its start, or, as first process of a pid namespace, not at all. So a signal that ends a process by default
 * ends the container. If another process has the lock, it is about to start the container, and the signal goes to init.
 * Returns true when the container was ended. */
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
		return container_check_status(container, CONTAINER_KILL, OCI_STATUS_STOPPED, err);
	}
	return 0;
}
