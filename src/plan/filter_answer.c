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

struct needs {
	const struct plan *plan;
	size_t n;
	struct plan_need *items;
};

static void add(struct needs *needs, enum plan_occasion occasion, const struct needed_call *calls, size_t n)
{
	const struct plan_seccomp *filter = &needs->plan->seccomp;

	for (size_t i = 0; i < n; i++) {
		struct seccomp_data data = calls[i].data;
		uint32_t answer;

		if (!calls[i].needed)
			continue;
		data.arch = seccomp_native_architecture();
		answer = seccomp_answer(filter->instructions, filter->n, &data, NULL);
		needs->items[needs->n++] = (struct plan_need){
			.name = calls[i].name,
			.occasion = occasion,
			.answer = answer,
			.denied = !lets_pass(answer, &calls[i]),
		};
	}
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool has_limit_of_processes(const struct plan_process *process)
{
	for (size_t i = 0; i < process->rlimit_count; i++) {
		if (process->rlimits[i].resource == RLIMIT_NPROC)
			return true;
	}
	return false;
}

static void add_for_builder(struct needs *needs)
{
	const struct plan *plan = needs->plan;
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

	add(needs, PLAN_NEED_TO_JOIN, calls, COUNT(calls));
}

/* Until the program begins: what every init does behind an early filter. waits: at the gate, for a start. */
static void add_for_init(struct needs *needs, bool waits)
{
	const struct plan *plan = needs->plan;
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

	add(needs, PLAN_NEED_OF_INIT, calls, COUNT(calls));
}

/* Behind a filter of either kind. */
static void add_for_program(struct needs *needs)
{
	const struct needed_call calls[] = {
		{ .name = "sendmsg",
			.data = { .nr = SYS_sendmsg, .args = { SOME_FD } },
			.needed = needs->plan->seccomp.notify },
		{ .name = "write",
			.data = { .nr = SYS_write, .args = { SOME_FD } },
			.needed = needs->plan->waits_for_go },
		{ .name = "read",
			.data = { .nr = SYS_read, .args = { SOME_FD } },
			.needed = needs->plan->waits_for_go },
		{ .name = "rt_sigaction", .data = { .nr = SYS_rt_sigaction, .args = { 1 } }, .needed = true },
		{ .name = "rt_sigprocmask", .data = { .nr = SYS_rt_sigprocmask }, .needed = true },
		{ .name = "execve", .data = { .nr = SYS_execve }, .needed = true },
	};

	add(needs, PLAN_NEED_TO_BEGIN, calls, COUNT(calls));
}

/* What runs a startContainer hook (hooks_run()); the hook's own calls nobody knows. */
static void add_for_hooks(struct needs *needs)
{
	const struct needed_call calls[] = {
		{ .name = "getpid", .data = { .nr = SYS_getpid }, .needed = true },
		{ .name = "pipe2", .data = { .nr = SYS_pipe2, .args = { SOME_ADDRESS, O_CLOEXEC } }, .needed = true },
		{ .name = "fcntl",
			.data = { .nr = SYS_fcntl, .args = { SOME_FD, F_SETFL, O_NONBLOCK } },
			.needed = true },
		{ .name = "clone", .data = { .nr = SYS_clone, .args = { CLONE_PIDFD | SIGCHLD } }, .needed = true },
#ifdef SYS_poll
		{ .name = "poll", .data = { .nr = SYS_poll, .args = { SOME_ADDRESS, 3 } }, .needed = true },
#else
		{ .name = "ppoll", .data = { .nr = SYS_ppoll, .args = { SOME_ADDRESS, 3 } }, .needed = true },
#endif
		{ .name = "write", .data = { .nr = SYS_write, .args = { SOME_FD } }, .needed = true },
		{ .name = "read", .data = { .nr = SYS_read, .args = { SOME_FD } }, .needed = true },
		{ .name = "close", .data = { .nr = SYS_close, .args = { SOME_FD } }, .needed = true },
		{ .name = "wait4", .data = { .nr = SYS_wait4, .args = { SOME_PID } }, .needed = true },
		{ .name = "getppid", .data = { .nr = SYS_getppid }, .needed = true },
#ifdef SYS_dup2
		{ .name = "dup2", .data = { .nr = SYS_dup2, .args = { SOME_FD, 1 } }, .needed = true },
#else
		{ .name = "dup3", .data = { .nr = SYS_dup3, .args = { SOME_FD, 1 } }, .needed = true },
#endif
		{ .name = "umask", .data = { .nr = SYS_umask, .args = { 022 } }, .needed = true, .may_fail = true },
		{ .name = "setpgid", .data = { .nr = SYS_setpgid }, .needed = true, .may_fail = true },
		{ .name = "prctl",
			.data = { .nr = SYS_prctl, .args = { PR_SET_PDEATHSIG, SIGKILL } },
			.needed = true,
			.may_fail = true },
		{ .name = "close_range",
			.data = { .nr = SYS_close_range, .args = { SOME_FD, UINT32_MAX, CLOSE_RANGE_CLOEXEC } },
			.needed = true,
			.may_fail = true },
	};

	add(needs, PLAN_NEED_FOR_HOOKS, calls, COUNT(calls));
}

static bool has_start_container_hooks(const struct plan *plan)
{
	return plan->spec && plan->spec->hooks && plan->spec->hooks->start_container.n > 0;
}

size_t plan_filter_needs(const struct plan *plan, bool waits, struct plan_need ret[PLAN_MAX_NEEDS])
{
	struct needs needs = { .plan = plan, .items = ret };

	if (!plan->seccomp.instructions || !plan->has_process)
		return 0;
	if (plan_filters_early(plan)) {
		add_for_init(&needs, waits);
		if (plan->spawn == PLAN_SPAWN_BUILDER)
			add_for_builder(&needs);
	}
	if (waits && has_start_container_hooks(plan))
		add_for_hooks(&needs);
	add_for_program(&needs);
	return needs.n;
}

void plan_filter_check(struct oci_document *document, const struct plan *plan, bool waits)
{
	struct plan_need needs[PLAN_MAX_NEEDS];
	size_t n = plan_filter_needs(plan, waits, needs);

	for (size_t i = 0; i < n; i++) {
		if (!needs[i].denied)
			continue;
		switch (needs[i].occasion) {
		case PLAN_NEED_OF_INIT:
			oci_problem_add(document, "linux.seccomp",
				"expected process.noNewPrivileges, or a policy that allows %s, which init needs behind the filter",
				needs[i].name);
			break;
		case PLAN_NEED_TO_JOIN:
			oci_problem_add(document, "linux.seccomp",
				"expected process.noNewPrivileges, or a policy that allows %s to join the pid namespace",
				needs[i].name);
			break;
		case PLAN_NEED_FOR_HOOKS:
			oci_problem_add(document, "linux.seccomp",
				"expected a policy that allows %s, by which startContainer hooks are run",
				needs[i].name);
			break;
		case PLAN_NEED_TO_BEGIN:
			oci_problem_add(document, "linux.seccomp",
				"expected a policy that allows %s, without which the program cannot begin",
				needs[i].name);
			break;
		}
	}
}
