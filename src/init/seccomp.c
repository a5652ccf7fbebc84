/* Loads the compiled filter, at the one of two places that no_new_privileges decides. Runs inside the container. */
#include "init/process.h"

#include "base/syscall.h"

#include <errno.h>
#include <linux/filter.h>

static int load(struct init *init, struct error *err)
{
	const struct plan_seccomp *seccomp = &init->plan->seccomp;
	struct sock_fprog program = { .len = seccomp->n, .filter = seccomp->instructions };
	unsigned int flags = seccomp->flags;
	int result;

	/* One thread: nothing to synchronise, and the kernel refuses both flags together. */
	if (seccomp->notify)
		flags = (flags & ~(unsigned int)SECCOMP_FILTER_FLAG_TSYNC) | SECCOMP_FILTER_FLAG_NEW_LISTENER;
	result = sys_seccomp(SECCOMP_SET_MODE_FILTER, flags, &program);
	if (result < 0)
		return error_set(err, errno, "linux.seccomp");
	if (seccomp->notify)
		init->listener = result;
	return 0;
}

int load_seccomp_early(struct init *init, struct error *err)
{
	return plan_filters_early(init->plan) ? load(init, err) : 0;
}

int load_seccomp_late(struct init *init, struct error *err)
{
	return init->plan->seccomp.instructions && !plan_filters_early(init->plan) ? load(init, err) : 0;
}
