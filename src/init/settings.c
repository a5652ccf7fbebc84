/* Settings of the container and its first process that are one system call each. Runs inside the container. */
#include "init/process.h"

#include "base/cleanup.h"
#include "base/proc.h"
#include "base/syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IOPRIO_OF_PROCESS = 1 };

int start_session(struct init *init, struct error *err)
{
	(void)init;
	return setsid() < 0 ? error_set(err, errno, "setsid") : 0;
}

int start_session_unless_builder(struct init *init, struct error *err)
{
	return init->plan->spawn == PLAN_SPAWN_BUILDER ? 0 : start_session(init, err);
}

int join_session_keyring(struct init *init, struct error *err)
{
	/* An anonymous keyring: a named one could exist already, made by another process. ENOSYS: a kernel without keys
	 * has no keyring to hide from the program. */
	if (init->plan->new_keyring && sys_keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0) < 0 && errno != ENOSYS)
		return error_set(err, errno, "cannot make a session keyring (--no-new-keyring goes without)");
	return 0;
}

int open_private_proc(struct init *init, struct error *err)
{
	const struct plan_process *process = &init->plan->process;

	if (init->plan->sysctls.n == 0 && !process->apparmor_profile && !process->selinux_label)
		return 0;
	init->private_proc = proc_open_any(err);
	return init->private_proc < 0 ? -1 : 0;
}

int set_host_names(struct init *init, struct error *err)
{
	const char *host = init->plan->hostname;
	const char *domain = init->plan->domainname;

	if (host && *host && sethostname(host, strlen(host)) < 0)
		return error_set(err, errno, "'%s'", host);
	if (domain && *domain && setdomainname(domain, strlen(domain)) < 0) {
		error_set(err, errno, "domain name '%s'", domain);
		return error_tag(err, ERROR_INTERNAL, "domainname");
	}
	return 0;
}

int set_sysctls(struct init *init, struct error *err)
{
	const struct plan_sysctls *sysctls = &init->plan->sysctls;

	for (size_t i = 0; i < sysctls->n; i++) {
		if (proc_write(init->private_proc, sysctls->items[i].path, sysctls->items[i].value, err) < 0)
			return -1;
	}
	return 0;
}

int bring_up_loopback(struct init *init, struct error *err)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	cleanup_fd int sock = -1;

	if (!(init->plan->namespaces.create & CLONE_NEWNET))
		return 0;
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* EAFNOSUPPORT: a kernel without IPv4 has no IPv4 loopback. */
	if (sock < 0 && errno == EAFNOSUPPORT)
		return 0;
	if (sock < 0 || ioctl(sock, SIOCSIFFLAGS, &request) < 0)
		return error_set(err, errno, "lo");
	return 0;
}

int set_scheduling(struct init *init, struct error *err)
{
	const struct plan_process *process = &init->plan->process;

	if (!init->plan->has_process)
		return 0;
	if (process->personality >= 0 && personality((unsigned long)process->personality) < 0) {
		error_set(err, errno, "linux.personality");
		return error_tag(err, ERROR_INTERNAL, "linux.personality");
	}
	/* A scheduler that the builder's child would not inherit is set by the host's process, when the child exists
	 * (host/conversation.c). */
	if (process->has_scheduler &&
		!(init->plan->spawn == PLAN_SPAWN_BUILDER && plan_scheduler_ends_with_clone(process)) &&
		sys_sched_setattr(0, &process->scheduler, 0) < 0)
		return error_set(err, errno, "process.scheduler");
	if (process->io_priority >= 0 && sys_ioprio_set(IOPRIO_OF_PROCESS, 0, process->io_priority) < 0) {
		error_set(err, errno, "process.ioPriority");
		return error_tag(err, ERROR_INTERNAL, "process.ioPriority");
	}
	return 0;
}

int set_memory_policy(struct init *init, struct error *err)
{
	const struct plan_memory_policy *policy = &init->plan->memory_policy;

	if (!policy->set)
		return 0;
	if (sys_set_mempolicy(policy->mode, policy->has_nodes ? policy->nodes : NULL,
		    policy->has_nodes ? PLAN_MAX_NODES + 1 : 0) < 0)
		return error_set(err, errno, "linux.memoryPolicy");
	return 0;
}

int set_affinity(struct init *init, struct error *err)
{
	const struct plan_affinity *affinity = &init->plan->process.exec_final;

	if (affinity->set && sched_setaffinity(0, sizeof(affinity->cpus), (const cpu_set_t *)affinity->cpus) < 0)
		return error_set(err, errno, "process.execCPUAffinity.final");
	return 0;
}

int restore_file_limit(struct init *init, struct error *err)
{
	struct rlimit limit;

	if (init->handles->former_file_limit == 0)
		return 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return error_set(err, errno, "getrlimit");
	limit.rlim_cur = init->handles->former_file_limit;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return error_set(err, errno, "setrlimit");
	return 0;
}

/* Refuses a limit of open files that leaves init no file descriptor for accept4(2) at the gate: by then init has no
 * process to report the error to. The fd of the channel counts as free, since report_ready() closes it before the
 * gate. */
static int check_room_for_start(const struct init *init, const struct plan_rlimit *limit, struct error *err)
{
	cleanup_fd int free_fd = -1;

	if (limit->resource != RLIMIT_NOFILE || init->handles->gate < 0 ||
		limit->value.rlim_cur > (rlim_t)init->handles->sync)
		return 0;
	free_fd = fcntl(init->handles->gate, F_DUPFD_CLOEXEC, 0);
	if (free_fd >= 0)
		return 0;
	return error_set(err, 0, "process.rlimits: RLIMIT_NOFILE of %llu leaves no file descriptor for the start",
		(unsigned long long)limit->value.rlim_cur);
}

static int set_rlimit(const struct plan_rlimit *limit, struct error *err)
{
	if (setrlimit(limit->resource, &limit->value) == 0)
		return 0;
	return error_set(err, errno, "process.rlimits: %s to %llu and %llu", limit->name,
		(unsigned long long)limit->value.rlim_cur, (unsigned long long)limit->value.rlim_max);
}

/* RLIMIT_NPROC counts the builder, too, and could make its clone fail: set_limit_of_processes() sets it in the
 * child. */
int set_rlimits(struct init *init, struct error *err)
{
	const struct plan_process *process = &init->plan->process;
	bool builder = init->plan->spawn == PLAN_SPAWN_BUILDER;

	for (size_t i = 0; i < process->rlimit_count; i++) {
		const struct plan_rlimit *limit = &process->rlimits[i];

		if (builder && limit->resource == RLIMIT_NPROC)
			continue;
		if (set_rlimit(limit, err) < 0 || check_room_for_start(init, limit, err) < 0)
			return -1;
	}
	return 0;
}

int set_limit_of_processes(struct init *init, struct error *err)
{
	const struct plan_process *process = &init->plan->process;

	/* Of a program's process that a builder has cloned, process->rlimits has RLIMIT_NPROC alone (builder.c). */
	for (size_t i = 0; init->is_program_process && i < process->rlimit_count; i++) {
		if (set_rlimit(&process->rlimits[i], err) < 0)
			return -1;
	}
	return 0;
}
