/* RLIMIT_NOFILE, which may be too low for a plan with many mounts: each source stays open from when the host opens it
 * until init has mounted it. Runs on the host; init restores the limit by itself (init/settings.c). */
#include "host/spawn/spawn.h"

#include "base/cleanup.h"
#include "handles.h"

#include <errno.h>
#include <sys/resource.h>

enum {
	OTHER_FILES = 64, /* more than what else is open at any time */
	USUAL_FILES = 128,
};

int file_limit_raise(const struct plan *plan, struct handles *handles, struct error *err)
{
	/* Twice the mounts: the source of one with mapped IDs also needs an fd of a user namespace. */
	rlim_t wanted = 2 * plan->mounts.n + plan->devices.n + plan->preserve_fds + OTHER_FILES;
	struct rlimit limit;
	rlim_t former;

	if (wanted <= USUAL_FILES)
		return 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return error_set(err, errno, "cannot read the limit of open files");
	if (limit.rlim_cur >= wanted || limit.rlim_cur == limit.rlim_max)
		return 0;
	former = limit.rlim_cur;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return error_set(err, errno, "cannot raise the limit of open files");
	handles->former_file_limit = former;
	return 0;
}

int file_limit_give_back(const struct plan *plan, struct handles *handles, struct error *err)
{
	struct rlimit limit;

	if (handles->former_file_limit == 0)
		return 0;
	/* First the sources are closed: open files do not count, but numbers up to the highest one do. */
	for (size_t i = 0; i < plan->mounts.n; i++)
		close_fd(&handles->mounts[i]);
	for (size_t i = 0; i < plan->devices.n; i++)
		close_fd(&handles->devices[i]);
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return error_set(err, errno, "cannot read the limit of open files");
	limit.rlim_cur = handles->former_file_limit;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return error_set(err, errno, "cannot lower the limit of open files");
	return 0;
}
