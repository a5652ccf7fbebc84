/* The processes of a container: finding init, listing all of them, killing init. Runs on the host. */
#include "host/container/container.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/proc.h"
#include "host/cgroup/cgroup.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

enum { GONE_MS = 10000, LOOK_MS = 100 };

/* After another boot the recorded inode number may be that of any other cgroup. */
static void forget_inode(struct container *container)
{
	if (container->document) {
		struct record *record = oci_root(container->document);

		record->cgroup.inode = 0;
	}
}

/* pidfd_open(2) comes first, and then the look whether its process is the recorded one. Only errors that say so mean
 * that the process has ended: a container that is taken for stopped by mistake would be deleted while it runs. */
int container_find_process(struct container *container, struct error *err)
{
	const struct record *record = container->record;
	struct proc_identity identity;
	char boot_id[PROC_BOOT_ID_MAX];
	cleanup_fd int pidfd = -1;
	int gone;

	if (record->pid == 0)
		return 0;
	if (proc_boot_id(boot_id, err) < 0)
		return -1;
	if (!*boot_id || strcmp(boot_id, record->boot_id) != 0)
		forget_inode(container);
	/* Where the boot ID could not be read, now or by the create, the start time alone has to do. */
	if (*boot_id && *record->boot_id && strcmp(boot_id, record->boot_id) != 0)
		return 0;
	pidfd = pidfd_open((pid_t)record->pid, 0);
	/* EINVAL and ENOENT: the pid has become the number of a thread. */
	if (pidfd < 0 && (errno == ESRCH || errno == EINVAL || errno == ENOENT))
		return 0;
	if (pidfd < 0 || proc_identify((pid_t)record->pid, &identity) < 0) {
		if (pidfd >= 0 && errno == ESRCH)
			return 0;
		return error_set(err, errno, "cannot find the process of '%s'", container->id);
	}
	if (identity.start_time != record->start_time)
		return 0;
	/* A process that has ended may stay a zombie for as long as its parent lives; and the first thread of a process
	 * that lives may be a zombie too. */
	gone = identity.exiting && proc_has_ended((pid_t)record->pid) ? 1 : child_gone(pidfd, 0);
	if (gone < 0)
		return error_set(err, errno, "cannot tell whether the process of '%s' lives", container->id);
	if (gone)
		return 0;
	container->pidfd = take_fd(&pidfd);
	container->pid = (pid_t)record->pid;
	container->first_ended = identity.state == 'Z' || identity.state == 'X';
	return 0;
}

int container_processes(const struct container *container, struct process_list *list, struct error *err)
{
	cleanup_fd int cgroup = -1;

	if (!container->record->cgroup.path)
		return error_set(err, 0, "the container has no cgroup that would tell all its processes");
	cgroup = cgroup_open_own(&container->record->cgroup, err);
	if (cgroup < 0)
		return err->number == ENOENT ? 0 : -1;
	return cgroup_list_processes(cgroup, list, err);
}

/* Waits for the end of init, GONE_MS at most, and returns as child_gone() does. Init may wait in the kernel for a
 * zombie of its pid namespace whose parent, a process outside, does not reap it; then poll(2) never reports the end of
 * init. So proc_has_ended() looks every LOOK_MS. */
static int await_end(const struct container *container)
{
	long deadline = clock_ms() + GONE_MS;

	for (;;) {
		long left = deadline - clock_ms();
		int gone = child_gone(container->pidfd, left <= 0 ? 0 : left < LOOK_MS ? (int)left : LOOK_MS);

		if (gone != 0 || left <= 0)
			return gone;
		if (proc_has_ended(container->pid))
			return 1;
	}
}

int container_kill_process(struct container *container, struct error *err)
{
	siginfo_t info;
	int gone;

	if (container->pidfd < 0)
		return 0;
	pidfd_send_signal(container->pidfd, SIGKILL, NULL, 0);
	gone = await_end(container);
	/* A seccomp filter that tare itself runs under may refuse poll(2). Where `run` undoes its own container, init
	 * is a child of this process, and waitid(2) does. */
	if (gone < 0)
		gone = waitid(P_PIDFD, (id_t)container->pidfd, &info, WEXITED | WNOWAIT) == 0 ? 1 : -1;
	if (gone < 0)
		return error_set(err, errno, "cannot wait for the end of the container's process");
	if (gone == 0)
		return error_set(err, 0, "the container's process is still there after %d seconds", GONE_MS / 1000);
	close_fd(&container->pidfd);
	return 0;
}
