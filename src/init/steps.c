/* THE TABLE: the life of init, in order. Runs inside the container.
 *
 * The order is the security model. A row may move only with its reason; tests/e2e/order.bats asserts it from a trace. */
#include "init/init.h"

#include "base/cleanup.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

struct step {
	const char *doing; /* what the error says we were doing; NULL: the step's own text says enough */
	int (*run)(struct init *init, struct error *err);
};

static const struct step create_steps[] = {
	/* Join first what belongs to others. With a stage all of it is done; a user or pid namespace always needs the stage. */
	{ "join the namespaces", join_namespaces_unless_staged },
	/* Before the identity changes: /proc/self of a process that is not dumpable belongs to the host's root. */
	{ "make the time namespace", enter_time_namespace },
	/* clone3 put us into our cgroup, so its root is ours; in clone3's own flags it would be the runtime's. */
	{ "make the cgroup namespace", enter_cgroup_namespace },
	/* A terminal of the caller must be out of reach (TIOCSTI, CVE-2017-5226), and his keys too. */
	{ "start a session", start_session },
	/* Before the first mount, or each one would appear on the host. */
	{ "stop mounts from propagating", stop_propagation },
	/* The host has written our id mappings. */
	{ "wait for the host", await_host },
	/* While we still may walk the host's directories down to the bundle. */
	{ "attach the root file system", place_root },
	{ "become root of the user namespace", become_namespace_root },
	{ "bring up the loopback device", bring_up_loopback },
	/* While the procfs of the host is in view, which a user namespace needs to mount its own. */
	{ "open a private procfs", open_private_proc },
	/* Attributes are set while a mount is detached: no writable moment, no second look at a path (CVE-2026-115521). */
	{ NULL, mount_all },
	{ "make the devices", make_devices },
	{ "open the console", open_console },
	/* The environment is there: prestart and createRuntime hooks run on the host now, if there are any. */
	{ "report to the host", meet_host },
	{ NULL, run_create_container_hooks },
	/* Before /proc/sys becomes read-only; through the private procfs, whatever the image has at /proc (CVE-2025-52881). */
	{ "set the host name", set_names },
	{ "set the sysctls", set_sysctls },
	/* From here on a mistake in a path stays in the container. */
	{ "enter the root file system", pivot_to_root },
	/* After everything that writes. The old root still carries the mask, which no image can touch (CVE-2025-31133). */
	{ "make paths read-only", make_paths_readonly },
	{ "mask paths", mask_paths },
	{ "make mounts read-only", finish_readonly_mounts },
	{ "make the root file system read-only", make_root_readonly },
	{ "leave the host's root file system", detach_old_root },
	/* While we may: raising a priority needs rights that the container may lack. */
	{ "set the scheduling", set_scheduling },
	/* In the container's cgroup, whose cpuset.mems bounds the nodes; before a filter may forbid it. */
	{ "set the memory policy", set_memory_policy },
	{ "read the home directory", set_home },
	/* Once as root, since a file system may refuse the user; once more below as the user. */
	{ NULL, try_working_directory },
	/* By the thread that will exec, before no_new_privileges hides its label, through the private procfs. */
	{ "set the security label", set_label },
	/* Really closed, not only on exec: a policy may block close_range, and nobody with the container's id may see them. */
	{ "close the host's files", close_inherited },
	/* Late, or init would have to live within them; before the identity, whose user they count for. */
	{ "set the resource limits", set_rlimits },
	/* Needs CAP_SETPCAP. */
	{ "drop the bounding capabilities", drop_bounding_set },
	/* Without no_new_privileges a filter needs CAP_SYS_ADMIN, which the next step takes. */
	{ "load the seccomp filter", load_seccomp_early },
	/* The agent has to answer from the next system call on. */
	{ "hand over the seccomp listener", hand_over_listener },
	{ "take the identity of the process", set_identity },
	/* Late, as the user: processes of the container can rename (CVE-2024-21626). */
	{ NULL, enter_working_directory },
	{ NULL, find_program },
	{ "set no_new_privileges", set_no_new_privileges },
	/* All that can fail has failed; what waits now has the rights of its own program and no fd to the host but the gate. */
	{ "report to the host", report_ready },
	{ "wait for the start", await_start },
	/* With no_new_privileges the filter is the last thing, so a policy need only allow what follows. */
	{ "load the seccomp filter", load_seccomp_late },
	{ "hand over the seccomp listener", hand_over_listener },
	/* From the image: with the container's rights and no more. */
	{ NULL, run_start_container_hooks },
	{ NULL, become_program },
};

static _Noreturn void walk(const struct step *steps, size_t n, struct init *init)
{
	struct error err;

	for (size_t i = 0; i < n; i++) {
		if (steps[i].run(init, &err) == 0)
			continue;
		if (steps[i].doing)
			error_wrap(&err, "cannot %s", steps[i].doing);
		report_error(init, &err);
		_exit(EXIT_FAILURE);
	}
	_exit(EXIT_FAILURE);
}

__attribute__((noreturn)) void init_create(const struct plan *plan, struct handles *handles, bool in_stage)
{
	struct init init = {
		.plan = plan,
		.handles = handles,
		.in_stage = in_stage,
		.proc = -1,
		.place = -1,
		.old_root = -1,
		.pty_master = -1,
		.listener = -1,
		.start = -1,
	};
	sigset_t all;

	/* The host's signals are not ours; the program gets its own defaults back. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	/* Dies with the host; the channel tells it too, should the host be gone already. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	walk(create_steps, sizeof(create_steps) / sizeof(create_steps[0]), &init);
}
