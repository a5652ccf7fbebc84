/* A cgroup for one process and what it starts, below that of a container, which ends with the process. Runs on the
 * host.
 *
 * The container may be hostile, and in a container that may write to its cgroup it finds this one too: it can move
 * processes out of it and into it, freeze it, make others below it and remove it. So nothing here waits for the
 * container without a bound, and a name that exists is never taken for one's own. */
#include "host/cgroup/transient.h"

#include "host/cgroup/parts.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the names begin with. */
static const char prefix[] = "tare-exec-";

enum { CGROUP_MODE = 0755, ATTEMPTS_MAX = 16, ABANDONED_MAX = 64, BELOW_MAX = 10000 };

/* Kills what is in the cgroup, and removes it with those below it. It may be gone already. */
static int remove_with_processes(int parent, const char *name, int cgroup, struct error *err)
{
	/* Most often nothing is left. */
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY)
		return error_set(err, errno, "cannot remove the cgroup '%s'", name);
	if (cgroup_kill_all(cgroup, err) < 0 || cgroup_remove_below(cgroup, BELOW_MAX, err) < 0)
		return -1;
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_set(err, errno, "cannot remove the cgroup '%s'", name);
	return 0;
}

/* Locks the cgroup, which says that a process of tare looks after it, until each copy of the fd is closed. False when
 * it is locked already. */
static bool take_care(int cgroup)
{
	return flock(cgroup, LOCK_EX | LOCK_NB) == 0;
}

void cgroup_transient_sweep(int parent)
{
	cleanup_dir DIR *dir = fd_open_dir(parent, ".");
	struct error ignored;
	int n = 0;

	if (!dir)
		return;
	for (struct dirent *entry = fd_next_entry(dir); entry && n < ABANDONED_MAX; entry = fd_next_entry(dir)) {
		cleanup_fd int cgroup = -1;

		if (entry->d_type != DT_DIR || !text_starts(entry->d_name, prefix))
			continue;
		cgroup = openat(parent, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (cgroup < 0 || !take_care(cgroup))
			continue;
		/* In a hostile container each may take its time. */
		if (interrupt_noted())
			return;
		n++;
		(void)remove_with_processes(parent, entry->d_name, cgroup, &ignored);
	}
}

/* Looks whether processes can be put into the cgroup, and be killed together. Returns 1, 0 when the cgroup was removed
 * meanwhile, or -1 with *err. */
static int check_type(int cgroup, struct error *err)
{
	char type[64] = "";

	if (file_read_line(cgroup, "cgroup.type", type, sizeof(type)) < 0)
		return cgroup_is_gone(errno) ? 0 : error_set(err, errno, "cannot read 'cgroup.type'");
	/* Below a threaded cgroup, or one whose children are threads of its processes, the kernel refuses
	 * cgroup.kill. */
	if (strcmp(type, "domain") != 0)
		return error_set(err, 0, "the cgroup of the container is threaded: one below it has the type '%s'",
			type);
	return 1;
}

/* Makes the cgroup with this name. Returns 1, 0 when it is not this process's to have, or -1 with *err. */
static int make(int parent, const char *name, int *ret_cgroup, struct error *err)
{
	cleanup_fd int cgroup = -1;
	int usable;

	if (mkdirat(parent, name, CGROUP_MODE) < 0)
		return errno == EEXIST ? 0 : error_set(err, errno, "cannot make a cgroup in that of the container");
	cgroup = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (cgroup < 0)
		return cgroup_is_gone(errno) ? 0 : error_set(err, errno, "cannot open the cgroup '%s'", name);
	/* Another process may have found it without a lock, and is about to remove it. */
	usable = take_care(cgroup) ? check_type(cgroup, err) : 0;
	if (usable <= 0) {
		(void)unlinkat(parent, name, AT_REMOVEDIR);
		return usable;
	}
	*ret_cgroup = take_fd(&cgroup);
	return 1;
}

int cgroup_transient_make(int parent, struct cgroup_transient *ret, struct error *err)
{
	struct cgroup_transient made = CGROUP_TRANSIENT_NONE;
	int done = 0;

	cgroup_transient_sweep(parent);
	for (int i = 0; i < ATTEMPTS_MAX && done == 0; i++) {
		snprintf(made.name, sizeof(made.name), "%s%d-%llx", prefix, (int)getpid(),
			(unsigned long long)clock_us());
		done = make(parent, made.name, &made.cgroup, err);
	}
	if (done < 0)
		return -1;
	if (done == 0)
		return error_set(err, 0, "the container removes or locks the cgroups that are made in its own");
	made.parent = fcntl(parent, F_DUPFD_CLOEXEC, 0);
	*ret = made;
	return made.parent < 0 ? error_set(err, errno, "cannot make a cgroup in that of the container") : 0;
}

int cgroup_transient_remove(struct cgroup_transient *transient, struct error *err)
{
	int result = 0;

	if (transient->cgroup >= 0 && transient->parent >= 0)
		result = remove_with_processes(transient->parent, transient->name, transient->cgroup, err);
	close_fd(&transient->cgroup);
	close_fd(&transient->parent);
	return result;
}
