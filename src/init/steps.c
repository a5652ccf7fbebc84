/* THE TABLE: the life of init, in order. Runs inside the container.
 *
 * The order is the security model. A row may move only with its reason; tests/e2e/order.bats asserts it from a
 * trace. */
#include "init/init.h"

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

struct step {
	const char *doing; /* its name in the log */
	bool told;         /* its own texts say enough, as managers match them; else "cannot <doing>: " goes before */
	int (*run)(struct init *init, struct error *err);
};

#define STEP(doing, run)      { doing, false, run }
#define STEP_TOLD(doing, run) { doing, true, run }

static const struct step create_steps[] = {
	/* Join first what belongs to others. After a stage all of it is done. */
	STEP("join the namespaces", enter_namespaces),
	/* Before the identity changes: /proc/self of a process that is not dumpable belongs to the host's root. */
	STEP("make the time namespace", enter_time_namespace),
	/* clone3 put us into our cgroup, so its root is ours; in clone3's own flags it would be the runtime's. */
	STEP("make the cgroup namespace", enter_cgroup_namespace),
	/* A terminal of the caller must be out of reach (TIOCSTI, CVE-2017-5226), and his keys too. */
	STEP("start a session", start_session),
	STEP("make a session keyring", join_session_keyring),
	/* Before the first mount, or each one would appear on the host. */
	STEP("stop mounts from propagating", stop_propagation),
	/* The host has written our id mappings. */
	STEP("wait for the host", await_host),
	/* While we still may walk the host's directories down to the bundle. */
	STEP("find the place of the root file system", find_place_of_root),
	STEP("become root of the user namespace", become_namespace_root),
	/* It has to hang somewhere to be copied. No place is further from the container than below its root, which goes
	 * with the host's tree. */
	STEP("hang up the mask", hang_mask),
	STEP("attach the root file system", place_root),
	STEP("bring up the loopback device", bring_up_loopback),
	/* While the procfs of the host is in view, which a user namespace needs to mount its own. */
	STEP("open a private procfs", open_private_proc),
	/* Attributes are set while a mount is detached: no writable moment, no second look at a path
	 * (CVE-2026-115521). */
	STEP_TOLD("mount the file systems", mount_all),
	/* Behind all mounts: one of them may be /run. */
	STEP("mount the notify socket", mount_notify_socket),
	STEP("make the devices", make_devices),
	/* The sources are mounted and their files closed: hooks and the program get the caller's limit. */
	STEP("give back the limit of open files", give_back_file_limit),
	STEP("open the console", open_console),
	/* The environment is there: prestart and createRuntime hooks run on the host now, if there are any. */
	STEP("report to the host", meet_host),
	STEP_TOLD("run the createContainer hooks", run_create_container_hooks),
	/* Behind the last child of the builder that needs the memory, while the host's /proc tells what there is. */
	STEP("keep the host's memory from the program's process", hide_memory),
	/* Before /proc/sys becomes read-only; through the private procfs, whatever the image has at /proc
	 * (CVE-2025-52881). */
	STEP("set the host name", set_names),
	STEP("set the sysctls", set_sysctls),
	/* In the image or on a mount, before either becomes read-only. */
	STEP("make the working directory", make_working_directory),
	/* After everything that writes, and before the pivot, which stacks the old root on the new one: a path that
	 * leads through ".." at the root would be looked up in the host's tree. */
	STEP("make paths read-only", make_paths_readonly),
	STEP("mask paths", mask_paths),
	STEP("make mounts read-only", finish_readonly_mounts),
	STEP("make the root file system read-only", make_root_readonly),
	/* Behind the masks, one of which may be for it. While the host's /proc is in view: what the image has there is
	 * opened only when it is known to be a mere file. */
	STEP("read the home directory", set_home),
	STEP("enter the root file system", pivot_to_root),
	STEP("leave the host's root file system", detach_old_root),
	/* Before any path is looked up that the image may have led through /proc/self/fd (CVE-2024-21626). Really
	 * closed, not only on exec: a policy may block close_range, and nobody with the container's id may see them. */
	STEP("close the host's files", close_inherited),
	/* While we may: raising a priority needs rights that the container may lack. */
	STEP("set the scheduling", set_scheduling),
	/* In the container's cgroup, whose cpuset.mems bounds the nodes; before a filter may forbid it. */
	STEP("set the memory policy", set_memory_policy),
	STEP("complete the environment", set_listen_pid),
	/* Behind the hooks, which would be born into it with the host's rights; needs CAP_SYS_ADMIN, which goes. */
	STEP("join the pid namespace", join_pid_namespace),
	/* Once as root, since a file system may refuse the user; once more below as the user. */
	STEP_TOLD("try the working directory", try_working_directory),
	/* By the thread that will exec, before no_new_privileges hides its label, through the private procfs, which is
	 * closed then. */
	STEP("set the security label", set_label),
	/* Late, or init would have to live within them; before the identity, whose user they count for. */
	STEP("set the resource limits", set_rlimits),
	/* Needs CAP_SETPCAP. */
	STEP("drop the bounding capabilities", drop_bounding_set),
	/* Without no_new_privileges a filter needs CAP_SYS_ADMIN, which the next step takes. */
	STEP("load the seccomp filter", load_seccomp_early),
	/* The agent has to answer from the next system call on. */
	STEP("hand over the seccomp listener", hand_over_listener),
	STEP("take the identity of the process", set_identity),
	/* Late, as the user: processes of the container can rename (CVE-2024-21626). */
	STEP_TOLD("enter the working directory", enter_working_directory),
	STEP_TOLD("find the program", find_program),
	STEP("set no_new_privileges", set_no_new_privileges),
	/* A process of the container with CAP_SYS_PTRACE, born by exec, may look into an init that waits for its
	 * start. */
	STEP("forget the caller's environment", forget_environment),
	/* Others live in the pid namespace and may look into whoever shows up there: from here on that is a process
	 * with the rights, the files and the memory of the program. */
	STEP("clone the program's process", clone_program_process),
	STEP("lead a session", lead_session),
	STEP("set the limit of processes", set_limit_of_processes),
	/* All that can fail has failed; what waits now has the rights of its own program and no fd to the host but the
	 * gate, and the files that startContainer hooks print to, where annotations name such. */
	STEP("report to the host", report_ready),
	STEP("wait for the start", await_start),
	/* With no_new_privileges the filter is the last thing, so a policy need only allow what follows. */
	STEP("load the seccomp filter", load_seccomp_late),
	STEP("hand over the seccomp listener", hand_over_listener),
	/* From the image: with the container's rights and no more. */
	STEP_TOLD("run the startContainer hooks", run_start_container_hooks),
	STEP_TOLD("become the program", become_program),
};

/* The container is there, has run for a while, and may be hostile: the process has nothing of the host's left when it
 * shows up in it, and what was asked for at the container's creation holds for it, too. */
static const struct step exec_steps[] = {
	STEP("keep the host's memory from the program's process", hide_memory),
	/* The host's rights are needed to make one, and the host's own /proc may have anything mounted on it; the
	 * container's is the image's (CVE-2019-16884). */
	STEP("open a private procfs", open_private_proc),
	STEP_TOLD("join the container", join_container),
	/* The child of a builder leads one of its own, and the builder has no other. */
	STEP("start a session", start_session_unless_builder),
	STEP("make a session keyring", join_session_keyring),
	STEP("become root of the user namespace", become_namespace_root),
	/* For what only it may do: limits, the out-of-memory score. */
	STEP("wait for the host", await_host),
	STEP("open the terminal", open_terminal),
	STEP("hand over the terminal", hand_over_terminal),
	STEP("set the scheduling", set_scheduling),
	/* We are in the cgroup. */
	STEP("set the CPU affinity", set_affinity),
	STEP("set the memory policy", set_memory_policy),
	STEP("read the home directory", set_home_inside),
	STEP_TOLD("try the working directory", try_working_directory),
	STEP("set the security label", set_label),
	/* From here on as in create_steps, for the same reasons. The host's files were closed on the way in. */
	STEP("set the resource limits", set_rlimits),
	STEP("drop the bounding capabilities", drop_bounding_set),
	STEP("load the seccomp filter", load_seccomp_early),
	STEP("hand over the seccomp listener", hand_over_listener),
	STEP("take the identity of the process", set_identity),
	STEP_TOLD("enter the working directory", enter_working_directory),
	STEP_TOLD("find the program", find_program),
	STEP("set no_new_privileges", set_no_new_privileges),
	/* As in create_steps. */
	STEP("forget the caller's environment", forget_environment),
	STEP("clone the program's process", clone_program_process),
	STEP("lead a session", lead_session),
	STEP("set the limit of processes", set_limit_of_processes),
	STEP("report to the host", say_ready),
	STEP("load the seccomp filter", load_seccomp_late),
	STEP("hand over the seccomp listener", hand_over_listener),
	STEP_TOLD("become the program", become_program),
};

/* What the failure of a step means, and the place in the config that it is about, where the step itself does not know
 * better. */
static const struct meaning {
	int (*run)(struct init *init, struct error *err);
	enum error_code code; /* ERROR_INTERNAL: what the errno means */
	const char *object;
} meanings[] = {
	{ enter_namespaces, ERROR_NAMESPACE_FAILED, "linux.namespaces" },
	{ join_pid_namespace, ERROR_NAMESPACE_FAILED, "linux.namespaces" },
	{ join_container, ERROR_NAMESPACE_FAILED, "linux.namespaces" },
	{ enter_time_namespace, ERROR_NAMESPACE_FAILED, "linux.timeOffsets" },
	{ enter_cgroup_namespace, ERROR_NAMESPACE_FAILED, "linux.namespaces" },
	{ stop_propagation, ERROR_MOUNT_FAILED, "linux.rootfsPropagation" },
	{ find_place_of_root, ERROR_ROOT_FAILED, "root.path" },
	{ place_root, ERROR_ROOT_FAILED, "root.path" },
	{ become_namespace_root, ERROR_NAMESPACE_FAILED, "linux.uidMappings" },
	{ mount_all, ERROR_MOUNT_FAILED, "mounts" },
	{ make_devices, ERROR_INTERNAL, "linux.devices" },
	{ open_console, ERROR_CONSOLE_FAILED, "process.terminal" },
	{ open_terminal, ERROR_CONSOLE_FAILED, "process.terminal" },
	{ set_names, ERROR_INTERNAL, "hostname" },
	{ set_sysctls, ERROR_INTERNAL, "linux.sysctl" },
	{ pivot_to_root, ERROR_ROOT_FAILED, "root.path" },
	{ make_paths_readonly, ERROR_MOUNT_FAILED, "linux.readonlyPaths" },
	{ mask_paths, ERROR_MOUNT_FAILED, "linux.maskedPaths" },
	{ finish_readonly_mounts, ERROR_MOUNT_FAILED, "mounts" },
	{ make_root_readonly, ERROR_ROOT_FAILED, "root.readonly" },
	{ detach_old_root, ERROR_ROOT_FAILED, "root.path" },
	{ set_scheduling, ERROR_INTERNAL, "process.scheduler" },
	{ set_affinity, ERROR_INTERNAL, "process.execCPUAffinity" },
	{ set_memory_policy, ERROR_INTERNAL, "linux.memoryPolicy" },
	{ try_working_directory, ERROR_WORKING_DIRECTORY_FAILED, "process.cwd" },
	{ enter_working_directory, ERROR_WORKING_DIRECTORY_FAILED, "process.cwd" },
	{ set_label, ERROR_SECURITY_FAILED, NULL },
	{ set_rlimits, ERROR_INTERNAL, "process.rlimits" },
	{ drop_bounding_set, ERROR_INTERNAL, "process.capabilities.bounding" },
	{ load_seccomp_early, ERROR_SECURITY_FAILED, "linux.seccomp" },
	{ load_seccomp_late, ERROR_SECURITY_FAILED, "linux.seccomp" },
	{ set_identity, ERROR_INTERNAL, "process.user" },
	{ find_program, ERROR_INTERNAL, "process.args[0]" },
	{ set_no_new_privileges, ERROR_INTERNAL, "process.noNewPrivileges" },
};

static void add_meaning(const struct step *step, struct error *err)
{
	for (const struct meaning *m = meanings; m < meanings + sizeof(meanings) / sizeof(meanings[0]); m++) {
		if (m->run == step->run)
			error_tag(err, m->code, m->object ? "%s" : NULL, m->object);
	}
	error_during(err, "init", step->doing);
}

/* The timeline is written as long as create listens. Later the program's filter need not allow what only a timeline
 * needs; nor can it wait for an agent that still has to come. */
static bool is_timed(const struct init *init)
{
	return init->handles->sync >= 0 && init->listener < 0 && log_wants(LOG_LEVEL_DEBUG);
}

static _Noreturn void walk(const struct step *steps, size_t n, struct init *init)
{
	struct error err;

	for (const struct step *step = steps; step < steps + n; step++) {
		long long since_us = is_timed(init) ? clock_us() : 0;

		if (step->run(init, &err) == 0) {
			if (is_timed(init))
				sync_log(init->handles->sync, LOG_LEVEL_DEBUG, "init: %s: %lld us", step->doing,
					clock_us() - since_us);
			continue;
		}
		if (!step->told)
			error_wrap(&err, "cannot %s", step->doing);
		add_meaning(step, &err);
		report_error(init, &err);
		_exit(EXIT_FAILURE);
	}
	_exit(EXIT_FAILURE);
}

struct init init_begin(const struct plan *plan, struct handles *handles)
{
	return (struct init){
		.plan = plan,
		.handles = handles,
		.proc = -1,
		.place = -1,
		.mask = -1,
		.old_root = -1,
		.dev_mount = -1,
		.pty_master = -1,
		.listener = -1,
		.start = -1,
	};
}

static _Noreturn void live(const struct step *steps, size_t n, const struct plan *plan, struct handles *handles)
{
	struct init init = init_begin(plan, handles);
	sigset_t all;

	/* The host's signals are not ours; the program gets its own defaults back. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	/* Dies with the host; the channel tells it too, should the host be gone already. */
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
