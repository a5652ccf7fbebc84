/* THE TABLE: the life of init, in order. Runs inside the container.
 *
 * The order is the security model. A row may move only with its reason; tests/e2e/order.bats asserts it from a
 * trace. What a step is called in the log, and what its failure means, is described once below. */
#include "init/init.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "init/namespaces.h"
#include "init/process.h"
#include "init/startgate.h"
#include "init/tree.h"
#include "sync.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

typedef int init_step(struct init *init, struct error *err);

static init_step *const create_steps[] = {
	/* First: namespaces of others decide what the rest works on. After a stage all of them are joined. */
	enter_namespaces,
	/* Before the identity changes: the files in /proc/self of a process that is not dumpable belong to the host's
	 * root. */
	enter_time_namespace,
	/* A terminal of the caller must be out of the container's reach (TIOCSTI, CVE-2017-5226), and the caller's
	 * session keyring as well. */
	start_session,
	join_session_keyring,
	/* Before the first mount, which would appear on the host otherwise. */
	stop_propagation,
	/* The host writes the id mappings of the user namespace meanwhile. */
	await_host,
	/* While init still has the rights to walk the host's directories down to the bundle. */
	open_mount_point_of_root,
	become_namespace_root,
	/* move_mount(2) copies only what is attached somewhere. The mount point of the root is the place that is
	 * furthest from the container, and it goes with the host's tree. */
	attach_mask,
	attach_root,
	bring_up_loopback,
	/* While the host's procfs is in view: the kernel lets a user namespace mount a procfs only then. */
	open_private_proc,
	/* Attributes are set while a mount is detached, so that it is never writable, not for a moment, and no path is
	 * looked up twice (CVE-2026-115521). */
	mount_all,
	/* The container's cgroup becomes the root of the namespace. Made by clone3(2) itself the namespace would have
	 * the runtime's cgroup as its root. mount_all() has done this where a mount needs it; else systemd, which puts
	 * init into its cgroup, had the time of all mounts for that. */
	enter_cgroup_namespace,
	/* After all mounts, since one of them may be /run. */
	mount_notify_socket,
	make_devices,
	/* The sources are mounted and their files closed: hooks and the program get the caller's limit. */
	restore_file_limit,
	open_console,
	/* The mounts are there: the host runs prestart and createRuntime hooks now, if there are any. */
	report_mounted,
	run_create_container_hooks,
	/* After the last child of the builder that needs the host's memory, and while the host's /proc/self/maps tells
	 * what memory there is. */
	hide_host_memory,
	/* Before /proc/sys becomes read-only; through the private procfs, whatever the image has at /proc
	 * (CVE-2025-52881). */
	set_host_names,
	set_sysctls,
	/* In the image or on a mount, before either becomes read-only. */
	make_working_directory,
	/* After everything that writes, and before pivot_root(2), which stacks the old root on the new one: a path with
	 * ".." at the root would lead into the host's tree. */
	make_paths_readonly,
	mask_paths,
	finish_readonly_mounts,
	make_root_readonly,
	/* After the masks, one of which may cover /etc/passwd. While the host's /proc is in view, through which init
	 * reopens /etc/passwd after it has seen that it is a regular file. */
	set_home,
	pivot_to_root,
	detach_old_root,
	/* Before any path is looked up that the image may have led through /proc/self/fd (CVE-2024-21626). Closed now
	 * and not only on exec: the policy may forbid close_range(2), and no process with the container's ids may see
	 * the host's files. */
	close_inherited,
	/* While init may raise a priority, which needs rights that the container may lack. */
	set_scheduling,
	/* In the container's cgroup, whose cpuset.mems bounds the nodes; before the filter may forbid
	 * set_mempolicy(2). */
	set_memory_policy,
	set_listen_pid,
	/* After the hooks, which would be born into the namespace with the host's rights; setns(2) needs CAP_SYS_ADMIN,
	 * which goes below. */
	join_pid_namespace,
	/* As root here, since a file system may refuse the user; as the user below. */
	try_working_directory,
	/* By the thread that will execve(2), through the private procfs, which is closed then; before no_new_privs,
	 * under which the kernel refuses some labels. */
	set_label,
	/* Late, so that init does not have to live within the limits; before the identity, since the kernel counts
	 * processes for the user. */
	set_rlimits,
	/* prctl(PR_CAPBSET_DROP) needs CAP_SETPCAP. */
	drop_bounding_set,
	/* Without no_new_privs seccomp(2) needs CAP_SYS_ADMIN: where the filter is loaded early it stays for that. */
	set_identity,
	/* As the user, and late: the container's processes can rename directories (CVE-2024-21626). */
	enter_working_directory,
	find_program,
	set_no_new_privileges,
	/* Behind it init makes as few calls as there are, since the policy is not made for init: plan/filter_answer.c
	 * has the list. */
	load_seccomp_early,
	/* The agent has to answer from the next system call on. */
	hand_over_listener,
	give_up_right_to_filter,
	/* A process of the container with CAP_SYS_PTRACE (one of `exec`) may look into an init that waits for
	 * `start`. */
	wipe_environment,
	/* Others live in the pid namespace and may look into every process that shows up there: the process that is
	 * born here has the rights, the files and the memory of the program, and no more. */
	clone_program_process,
	start_program_session,
	set_limit_of_processes,
	/* All that can fail has failed. What waits now has the rights of its program, and of the host's files only the
	 * gate and, where annotations name them, the files for the output of startContainer hooks. */
	report_ready,
	await_start,
	/* With no_new_privs the filter is loaded last, so that a policy need only allow what follows. */
	load_seccomp_late,
	hand_over_listener,
	/* Programs of the image, with the container's rights. */
	run_start_container_hooks,
	execute_program,
};

/* exec: the container runs and may be hostile. The process has nothing of the host's left when it shows up in the
 * container, and what was asked for at the container's creation holds for the process as well. */
static init_step *const exec_steps[] = {
	hide_host_memory,
	/* Before the container is joined: fsopen(2) needs the host's rights, the host's own /proc may have anything
	 * mounted on it, and the container's is the image's (CVE-2019-16884). */
	open_private_proc,
	join_container,
	/* The process that a builder clones leads a session of its own; the builder makes none. */
	start_session_unless_builder,
	join_session_keyring,
	become_namespace_root,
	/* The host sets limits and the out-of-memory score meanwhile, which only the host may. */
	await_host,
	open_terminal,
	hand_over_terminal,
	set_scheduling,
	/* The process is in the container's cgroup, whose cpuset bounds the affinity. */
	set_affinity,
	set_memory_policy,
	set_home_inside,
	try_working_directory,
	set_label,
	/* From here on as in create_steps, for the same reasons. join_container has closed the host's files. */
	set_rlimits,
	drop_bounding_set,
	set_identity,
	enter_working_directory,
	find_program,
	set_no_new_privileges,
	load_seccomp_early,
	hand_over_listener,
	give_up_right_to_filter,
	wipe_environment,
	clone_program_process,
	start_program_session,
	set_limit_of_processes,
	send_ready,
	load_seccomp_late,
	hand_over_listener,
	/* Last: what waits here is the program's process in all but its program, and has no file of the host but the
	 * channel. */
	await_go_to_execute,
	execute_program,
};

/* What each step is. */
static const struct description {
	init_step *run;
	const char *doing;      /* in the log, and in front of its errors: "cannot <doing>: " */
	enum error_code code;   /* of its failure; ERROR_INTERNAL: what the errno means */
	const char *object;     /* the place in the config that it is about, unless the step knows better; or NULL */
	bool texts_stand_alone; /* nothing goes in front of its errors, which managers match */
} descriptions[] = {
	{ enter_namespaces, "join the namespaces", ERROR_NAMESPACE_FAILED, "linux.namespaces", false },
	{ enter_time_namespace, "make the time namespace", ERROR_NAMESPACE_FAILED, "linux.timeOffsets", false },
	{ enter_cgroup_namespace, "make the cgroup namespace", ERROR_NAMESPACE_FAILED, "linux.namespaces", false },
	{ start_session, "start a session", ERROR_INTERNAL, NULL, false },
	{ join_session_keyring, "make a session keyring", ERROR_INTERNAL, NULL, false },
	{ stop_propagation, "stop mounts from propagating", ERROR_MOUNT_FAILED, "linux.rootfsPropagation", false },
	{ await_host, "wait for the host", ERROR_INTERNAL, NULL, false },
	{ open_mount_point_of_root, "find the place of the root file system", ERROR_ROOT_FAILED, "root.path", false },
	{ become_namespace_root, "become root of the user namespace", ERROR_NAMESPACE_FAILED, "linux.uidMappings",
		false },
	{ attach_mask, "hang up the mask", ERROR_INTERNAL, NULL, false },
	{ attach_root, "attach the root file system", ERROR_ROOT_FAILED, "root.path", false },
	{ bring_up_loopback, "bring up the loopback device", ERROR_INTERNAL, NULL, false },
	{ open_private_proc, "open a private procfs", ERROR_INTERNAL, NULL, false },
	{ mount_all, "mount the file systems", ERROR_MOUNT_FAILED, "mounts", true },
	{ mount_notify_socket, "mount the notify socket", ERROR_INTERNAL, NULL, false },
	{ make_devices, "make the devices", ERROR_INTERNAL, "linux.devices", false },
	{ restore_file_limit, "give back the limit of open files", ERROR_INTERNAL, NULL, false },
	{ open_console, "open the console", ERROR_CONSOLE_FAILED, "process.terminal", false },
	{ report_mounted, "report to the host", ERROR_INTERNAL, NULL, false },
	{ run_create_container_hooks, "run the createContainer hooks", ERROR_INTERNAL, NULL, true },
	{ hide_host_memory, "keep the host's memory from the program's process", ERROR_INTERNAL, NULL, false },
	{ set_host_names, "set the host name", ERROR_INTERNAL, "hostname", false },
	{ set_sysctls, "set the sysctls", ERROR_INTERNAL, "linux.sysctl", false },
	{ make_working_directory, "make the working directory", ERROR_INTERNAL, NULL, false },
	{ make_paths_readonly, "make paths read-only", ERROR_MOUNT_FAILED, "linux.readonlyPaths", false },
	{ mask_paths, "mask paths", ERROR_MOUNT_FAILED, "linux.maskedPaths", false },
	{ finish_readonly_mounts, "make mounts read-only", ERROR_MOUNT_FAILED, "mounts", false },
	{ make_root_readonly, "make the root file system read-only", ERROR_ROOT_FAILED, "root.readonly", false },
	{ set_home, "read the home directory", ERROR_INTERNAL, NULL, false },
	{ pivot_to_root, "enter the root file system", ERROR_ROOT_FAILED, "root.path", false },
	{ detach_old_root, "leave the host's root file system", ERROR_ROOT_FAILED, "root.path", false },
	{ close_inherited, "close the host's files", ERROR_INTERNAL, NULL, false },
	{ set_scheduling, "set the scheduling", ERROR_INTERNAL, "process.scheduler", false },
	{ set_memory_policy, "set the memory policy", ERROR_INTERNAL, "linux.memoryPolicy", false },
	{ set_listen_pid, "complete the environment", ERROR_INTERNAL, NULL, false },
	{ join_pid_namespace, "join the pid namespace", ERROR_NAMESPACE_FAILED, "linux.namespaces", false },
	{ try_working_directory, "try the working directory", ERROR_WORKING_DIRECTORY_FAILED, "process.cwd", true },
	{ set_label, "set the security label", ERROR_SECURITY_FAILED, NULL, false },
	{ set_rlimits, "set the resource limits", ERROR_INTERNAL, "process.rlimits", false },
	{ drop_bounding_set, "drop the bounding capabilities", ERROR_INTERNAL, "process.capabilities.bounding", false },
	{ load_seccomp_early, "load the seccomp filter", ERROR_SECURITY_FAILED, "linux.seccomp", false },
	{ hand_over_listener, "hand over the seccomp listener", ERROR_INTERNAL, NULL, false },
	{ give_up_right_to_filter, "give up the right to load a filter", ERROR_INTERNAL, "process.capabilities",
		false },
	{ set_identity, "take the identity of the process", ERROR_INTERNAL, "process.user", false },
	{ enter_working_directory, "enter the working directory", ERROR_WORKING_DIRECTORY_FAILED, "process.cwd", true },
	{ find_program, "find the program", ERROR_INTERNAL, "process.args[0]", true },
	{ set_no_new_privileges, "set no_new_privileges", ERROR_INTERNAL, "process.noNewPrivileges", false },
	{ wipe_environment, "forget the caller's environment", ERROR_INTERNAL, NULL, false },
	{ clone_program_process, "clone the program's process", ERROR_INTERNAL, NULL, false },
	{ start_program_session, "lead a session", ERROR_INTERNAL, NULL, false },
	{ set_limit_of_processes, "set the limit of processes", ERROR_INTERNAL, NULL, false },
	{ report_ready, "report to the host", ERROR_INTERNAL, NULL, false },
	{ await_start, "wait for the start", ERROR_INTERNAL, NULL, false },
	{ load_seccomp_late, "load the seccomp filter", ERROR_SECURITY_FAILED, "linux.seccomp", false },
	{ run_start_container_hooks, "run the startContainer hooks", ERROR_INTERNAL, NULL, true },
	{ execute_program, "become the program", ERROR_INTERNAL, NULL, true },
	{ join_container, "join the container", ERROR_NAMESPACE_FAILED, "linux.namespaces", true },
	{ start_session_unless_builder, "start a session", ERROR_INTERNAL, NULL, false },
	{ open_terminal, "open the terminal", ERROR_CONSOLE_FAILED, "process.terminal", false },
	{ hand_over_terminal, "hand over the terminal", ERROR_INTERNAL, NULL, false },
	{ set_affinity, "set the CPU affinity", ERROR_INTERNAL, "process.execCPUAffinity", false },
	{ set_home_inside, "read the home directory", ERROR_INTERNAL, NULL, false },
	{ send_ready, "report to the host", ERROR_INTERNAL, NULL, false },
	{ await_go_to_execute, "wait for the fifo", ERROR_INTERNAL, "--exec-wait-fifo", false },
};

/* The timeline is written as long as create listens. Later the program's filter need not allow what only a timeline
 * needs; nor can it wait for an agent that still has to come. */
static bool is_timed(const struct init *init)
{
	return init->handles->sync >= 0 && init->listener < 0 && log_wants(LOG_LEVEL_DEBUG);
}

static const struct description *describe(init_step *run)
{
	const struct description *found = descriptions;

	while (found->run != run)
		found++;
	return found;
}

static _Noreturn void fail(const struct init *init, init_step *run, struct error *err)
{
	const struct description *step = describe(run);

	if (!step->texts_stand_alone)
		error_wrap(err, "cannot %s", step->doing);
	if (step->code != ERROR_INTERNAL || step->object)
		error_tag(err, step->code, step->object ? "%s" : NULL, step->object);
	error_during(err, "init", step->doing);
	report_error(init, err);
	_exit(EXIT_FAILURE);
}

static _Noreturn void walk(init_step *const *steps, size_t n, struct init *init)
{
	struct error err;

	for (size_t i = 0; i < n; i++) {
		long long since_us = is_timed(init) ? clock_us() : 0;

		if (steps[i](init, &err) < 0)
			fail(init, steps[i], &err);
		if (is_timed(init))
			sync_log(init->handles->sync, LOG_LEVEL_DEBUG, "init: %s: %lld us", describe(steps[i])->doing,
				clock_us() - since_us);
	}
	_exit(EXIT_FAILURE);
}

struct init init_begin(const struct plan *plan, struct handles *handles)
{
	return (struct init){
		.plan = plan,
		.handles = handles,
		.private_proc = -1,
		.root_mount_point = -1,
		.mask = -1,
		.old_root = -1,
		.dev_mount_id = -1,
		.pty_master = -1,
		.listener = -1,
		.start_connection = -1,
	};
}

static _Noreturn void live(init_step *const *steps, size_t n, const struct plan *plan, struct handles *handles)
{
	struct init init = init_begin(plan, handles);
	sigset_t all;

	/* Init blocks all signals, which callers send to the host's process. execute_program() unblocks them for the
	 * program. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	/* The kernel kills init when the host's process ends. If the host's process has ended before this call, the
	 * channel is at its end, and await_host() fails. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	walk(steps, n, &init);
}

__attribute__((noreturn)) void init_create(const struct plan *plan, struct handles *handles)
{
	live(create_steps, sizeof(create_steps) / sizeof(create_steps[0]), plan, handles);
}

__attribute__((noreturn)) void init_exec(const struct plan *plan, struct handles *handles)
{
	live(exec_steps, sizeof(exec_steps) / sizeof(exec_steps[0]), plan, handles);
}
