/* Which calls init makes behind the filter of its program, and whether that lets it. Pure.
 *
 * Whatever else init does it does before the filter is loaded: a policy is made for the program, and init must not need
 * more of it than can be told. The lists are those of src/init/steps.c; tests/e2e/seccomp.bats denies each call. */
#include "plan/parts.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* Stands for a file whose number depends on the container. */
enum { SOME_FD = 3 };

/* Stands for a pid that the kernel gives. */
enum { SOME_PID = 2 };

/* Stands for an address, which is never 0. */
enum { SOME_ADDRESS = 1 << 30 };

struct needed_call {
	const char *name;
	struct seccomp_data data;
	bool needed;
	bool may_fail; /* only a signal hurts */
};

static bool lets_pass(uint32_t answer, const struct needed_call *call)
{
	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_USER_NOTIF:
		return true;
	case SECCOMP_RET_ERRNO:
	case SECCOMP_RET_TRACE:
		return call->may_fail;
	default:
		return false;
	}
}

static bool is_denied(const struct plan *plan, const struct needed_call *call)
{
	struct seccomp_data data = call->data;

	data.arch = seccomp_native_architecture();
	return call->needed &&
		!lets_pass(seccomp_answer(plan->seccomp.instructions, plan->seccomp.n, &data, NULL), call);
}

static bool has_limit_of_processes(const struct plan_process *process)
{
	for (size_t i = 0; i < process->rlimit_count; i++) {
		if (process->rlimits[i].resource == RLIMIT_NPROC)
			return true;
	}
	return false;
}

static void check_builder(struct oci_document *document, const struct plan *plan)
{
	const struct needed_call calls[] = {
		{ .name = "clone", .data = { .nr = SYS_clone, .args = { CLONE_PARENT } }, .needed = true },
		{ .name = "read", .data = { .nr = SYS_read, .args = { SOME_FD } }, .needed = true },
		{ .name = "mmap", .data = { .nr = SYS_mmap, .args = { 0, 1 } }, .needed = true },
		{ .name = "setsid", .data = { .nr = SYS_setsid }, .needed = true },
		{ .name = "ioctl(TIOCSCTTY)",
			.data = { .nr = SYS_ioctl, .args = { 0, TIOCSCTTY } },
			.needed = plan->process.terminal },
		{ .name = "prlimit64",
			.data = { .nr = SYS_prlimit64 },
			.needed = has_limit_of_processes(&plan->process) },
		{ .name = "getpid", .data = { .nr = SYS_getpid }, .needed = plan->listen_fds > 0 },
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (is_denied(plan, &calls[i]))
			oci_problem_add(document, "linux.seccomp",
				"expected process.noNewPrivileges, or a policy that allows %s to join the pid namespace",
				calls[i].name);
	}
}

/* Until the program begins: what every init does behind an early filter. waits: at the gate, for a start. */
static void check_init(struct oci_document *document, const struct plan *plan, bool waits)
{
	const uint64_t admin = UINT64_C(1) << CAP_SYS_ADMIN;
	const struct needed_call calls[] = {
		{ .name = "capset",
			.data = { .nr = SYS_capset, .args = { SOME_ADDRESS, SOME_ADDRESS } },
			.needed = plan->has_process && !(plan->process.capabilities.effective & admin) },
		{ .name = "prctl", .data = { .nr = SYS_prctl, .args = { PR_SET_PDEATHSIG } }, .needed = true },
		{ .name = "write", .data = { .nr = SYS_write, .args = { SOME_FD } }, .needed = true },
		{ .name = "read", .data = { .nr = SYS_read, .args = { SOME_FD } }, .needed = waits },
		{ .name = "accept4",
			.data = { .nr = SYS_accept4, .args = { SOME_FD, 0, 0, SOCK_CLOEXEC } },
			.needed = waits },
		{ .name = "close",
			.data = { .nr = SYS_close, .args = { SOME_FD } },
			.needed = true,
			/* At the gate each connection that stays open takes a file descriptor. */
			.may_fail = !waits },
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (is_denied(plan, &calls[i]))
			oci_problem_add(document, "linux.seccomp",
				"expected process.noNewPrivileges, or a policy that allows %s, which init needs behind the filter",
				calls[i].name);
	}
}

/* Behind a filter of either kind. */
static void check_program(struct oci_document *document, const struct plan *plan)
{
	const struct needed_call calls[] = {
		{ .name = "sendmsg",
			.data = { .nr = SYS_sendmsg, .args = { SOME_FD } },
			.needed = plan->seccomp.notify },
		{ .name = "rt_sigaction", .data = { .nr = SYS_rt_sigaction, .args = { 1 } }, .needed = true },
		{ .name = "rt_sigprocmask", .data = { .nr = SYS_rt_sigprocmask }, .needed = true },
		{ .name = "execve", .data = { .nr = SYS_execve }, .needed = true },
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (is_denied(plan, &calls[i]))
			oci_problem_add(document, "linux.seccomp",
				"expected a policy that allows %s, without which the program cannot begin",
				calls[i].name);
	}
}

/* What runs a startContainer hook (hooks_run()); the hook's own calls nobody knows. */
static void check_hooks(struct oci_document *document, const struct plan *plan)
{
	const struct needed_call calls[] = {
		{ .name = "getpid", .data = { .nr = SYS_getpid } },
		{ .name = "pipe2", .data = { .nr = SYS_pipe2, .args = { SOME_ADDRESS, O_CLOEXEC } } },
		{ .name = "fcntl", .data = { .nr = SYS_fcntl, .args = { SOME_FD, F_SETFL, O_NONBLOCK } } },
		{ .name = "clone", .data = { .nr = SYS_clone, .args = { CLONE_PIDFD | SIGCHLD } } },
#ifdef SYS_poll
		{ .name = "poll", .data = { .nr = SYS_poll, .args = { SOME_ADDRESS, 3 } } },
#else
		{ .name = "ppoll", .data = { .nr = SYS_ppoll, .args = { SOME_ADDRESS, 3 } } },
#endif
		{ .name = "write", .data = { .nr = SYS_write, .args = { SOME_FD } } },
		{ .name = "read", .data = { .nr = SYS_read, .args = { SOME_FD } } },
		{ .name = "close", .data = { .nr = SYS_close, .args = { SOME_FD } } },
		{ .name = "wait4", .data = { .nr = SYS_wait4, .args = { SOME_PID } } },
		{ .name = "getppid", .data = { .nr = SYS_getppid } },
#ifdef SYS_dup2
		{ .name = "dup2", .data = { .nr = SYS_dup2, .args = { SOME_FD, 1 } } },
#else
		{ .name = "dup3", .data = { .nr = SYS_dup3, .args = { SOME_FD, 1 } } },
#endif
		{ .name = "umask", .data = { .nr = SYS_umask, .args = { 022 } }, .may_fail = true },
		{ .name = "setpgid", .data = { .nr = SYS_setpgid }, .may_fail = true },
		{ .name = "prctl",
			.data = { .nr = SYS_prctl, .args = { PR_SET_PDEATHSIG, SIGKILL } },
			.may_fail = true },
		{ .name = "close_range",
			.data = { .nr = SYS_close_range, .args = { SOME_FD, UINT32_MAX, CLOSE_RANGE_CLOEXEC } },
			.may_fail = true },
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct needed_call call = calls[i];

		call.needed = true;
		if (is_denied(plan, &call))
			oci_problem_add(document, "linux.seccomp",
				"expected a policy that allows %s, by which startContainer hooks are run", call.name);
	}
}

static bool has_start_container_hooks(const struct plan *plan)
{
	return plan->spec && plan->spec->hooks && plan->spec->hooks->start_container.n > 0;
}

void plan_filter_check(struct oci_document *document, const struct plan *plan, bool waits)
{
	if (!plan->seccomp.instructions || !plan->has_process)
		return;
	if (plan_filters_early(plan)) {
		check_init(document, plan, waits);
		if (plan->spawn == PLAN_SPAWN_BUILDER)
			check_builder(document, plan);
	}
	if (waits && has_start_container_hooks(plan))
		check_hooks(document, plan);
	check_program(document, plan);
}
