/* Which calls a process has to make under its own filter, and whether that lets it. Pure. */
#include "plan/parts.h"

#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

static bool lets_pass(uint32_t answer)
{
	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_USER_NOTIF:
		return true;
	default:
		return false;
	}
}

static bool has_limit_of_processes(const struct plan_process *process)
{
	for (size_t i = 0; i < process->rlimit_count; i++) {
		if (process->rlimits[i].resource == RLIMIT_NPROC)
			return true;
	}
	return false;
}

void plan_filter_check_builder(struct oci_document *document, const struct plan *plan)
{
	const struct {
		const char *name;
		struct seccomp_data data;
		bool needed;
	} calls[] = {
		{ "clone", { .nr = SYS_clone, .args = { CLONE_PARENT } }, true },
		{ "recvmsg", { .nr = SYS_recvmsg }, true },
		{ "setsid", { .nr = SYS_setsid }, true },
		{ "ioctl(TIOCSCTTY)", { .nr = SYS_ioctl, .args = { 0, TIOCSCTTY } }, plan->process.terminal },
		{ "prlimit64", { .nr = SYS_prlimit64 }, has_limit_of_processes(&plan->process) },
		{ "getpid", { .nr = SYS_getpid }, plan->listen_fds > 0 },
	};

	if (plan->spawn != PLAN_SPAWN_BUILDER || !plan_filters_early(plan))
		return;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct seccomp_data data = calls[i].data;

		data.arch = seccomp_native_architecture();
		if (calls[i].needed &&
			!lets_pass(seccomp_answer(plan->seccomp.instructions, plan->seccomp.n, &data, NULL)))
			oci_problem_add(document, "linux.seccomp",
				"expected process.noNewPrivileges, or a policy that allows %s to join the pid namespace",
				calls[i].name);
	}
}
