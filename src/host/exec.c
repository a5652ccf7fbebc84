/* One more process in a container (exec). Runs on the host.
 *
 * The container runs and may be hostile: it is entered by the pidfd of its init, which was proved to be the recorded
 * process, and by an fd of its cgroup's directory; no path that the container could have made is followed. exec takes
 * no lock, since the container can make it take any time. */
#include "host/parts.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/path.h"
#include "document.h"
#include "handles.h"
#include "host/attach/attach.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"
#include "host/container/setup.h"
#include "host/resctrl/resctrl.h"
#include "host/spawn/spawn.h"
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

enum { SILENCE_MS = 10000 };

/* What an exec has made so far. */
struct execution {
	const struct container *container;
	const struct exec_options *options;
	struct oci_document *config;
	struct oci_document *process; /* of --process; NULL without it */
	struct plan plan;
	struct handles handles;
	struct joinable joinable;
	struct spawned spawned;
	struct console console;
	struct exec_fifo fifo;
	bool pid_file_written;
	struct cgroup_transient own_cgroup;
	/* from here on a signal that asks tare to end undoes the exec only where a step has to wait */
	bool program_runs;
	bool committed;
};

static void remove_own_cgroup(struct cgroup_transient *cgroup)
{
	struct error err;

	if (cgroup_transient_remove(cgroup, &err) < 0)
		log_warning(err.text);
}

static void execution_undo(struct execution *e)
{
	const struct exec_options *options = e->options;

	/* The target is container->pidfd or joinable.pidfd, and not for handles_free() to close. */
	e->handles.target = -1;
	handles_free(&e->plan, &e->handles);
	if (!e->committed) {
		interrupt_undo();
		spawn_undo(&e->spawned);
		exec_fifo_undo(&e->fifo);
		remove_own_cgroup(&e->own_cgroup);
		console_give_up(&e->console);
		if (e->pid_file_written)
			unlink(options->pid_file);
		else if (options->pid_file)
			process_remove_empty_pid_file(options->pid_file);
	}
	exec_fifo_close(&e->fifo);
	close_fd(&e->console.master);
	close_fd(&e->joinable.pidfd);
	close_fd(&e->spawned.sync);
	close_fd(&e->spawned.pidfd);
	oci_free(e->process);
	oci_free(e->config);
}

#define cleanup_execution __attribute__((cleanup(execution_undo)))

static int check_status(struct execution *e, struct error *err)
{
	enum container_verb verb = e->options->ignore_paused ? CONTAINER_EXEC_IGNORING_PAUSED : CONTAINER_EXEC;

	return container_check_verb(e->container, verb, err);
}

static int open_fifo(struct execution *e, struct error *err)
{
	return e->options->wait_fifo ? exec_fifo_open(e->options->wait_fifo, &e->fifo, err) : 0;
}

static int read_config(struct execution *e, struct error *err)
{
	return container_config(e->container, &e->config, err);
}

static int load_process(struct execution *e, struct error *err)
{
	const char *name = e->options->process_file;

	if (!name)
		return 0;
	e->process = document_read_named(&oci_process_type, name, OCI_MAX_TEXT, err);
	return e->process ? 0 : -1;
}

/* The container's compiled filter holds for all of its processes. */
static int load_filter(struct execution *e, struct error *err)
{
	if (filter_load(e->container, e->config, &e->plan.seccomp, err) < 0)
		return -1;
	plan_filter_check(e->config, &e->plan, false);
	return oci_problem_count(e->config) == 0 ? 0 : document_report(e->config, err);
}

static int make_plan(struct execution *e, struct error *err)
{
	struct plan_exec_options options = e->options->plan;

	options.id = e->container->id;
	options.bundle = e->container->record->bundle;
	options.waits_for_go = e->options->wait_fifo;
	if (plan_make_exec(e->config, e->process, &options, &e->plan, err) < 0) {
		(void)document_check(e->process ? e->process : e->config, err);
		return -1;
	}
	for (size_t i = 0; i < e->plan.warnings.n; i++)
		log_warning(e->plan.warnings.items[i]);
	if (load_filter(e, err) < 0)
		return -1;
	return process_check_terminal(&e->plan.process, e->options->console_socket, e->options->detached, err);
}

static int find_joinable(struct execution *e, struct error *err)
{
	if (joinable_find(e->container, &e->joinable, err) < 0)
		return -1;
	e->handles.target = e->joinable.pidfd >= 0 ? e->joinable.pidfd : e->container->pidfd;
	return 0;
}

static int leave_out_own_user_namespace(struct execution *e, struct error *err)
{
	return userns_leave_out_own(e->container->pid, &e->plan.namespaces, err);
}

/* Opens the root of a container without a mount namespace, which only /proc/PID/root of its init tells. */
static int open_root(struct execution *e, struct error *err)
{
	char path[96];
	int gone;

	if (e->plan.namespaces.inside & CLONE_NEWNS)
		return 0;
	snprintf(path, sizeof(path), "%s/root", e->joinable.proc);
	e->handles.root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (e->handles.root < 0)
		return error_set(err, errno, "cannot open the root of the container");
	/* If init lives still, its pid was not another process's when the path was opened. */
	gone = child_gone(e->container->pidfd, 0);
	if (gone < 0)
		return error_set(err, errno, "cannot tell whether the container's process lives");
	return gone ? container_check_status(e->container, CONTAINER_EXEC, OCI_STATUS_STOPPED, err) : 0;
}

/* The name of the cgroup in which init was started, below the container's; NULL: init was started in that itself. */
static const char *name_of_init_cgroup(const struct execution *e)
{
	struct plan_annotations annotations;

	if (!e->container->record->cgroup.subtree)
		return NULL;
	plan_annotations_read(&e->container->record->annotations, &annotations);
	return annotations.cgroup_init ? annotations.cgroup_init : annotations.delegate_cgroup;
}

static int open_present_cgroup_of_init(struct execution *e, struct error *err)
{
	cleanup_free char *current = cgroup_of_process(e->container->pid);

	/* systemd removes the cgroup of an init that has ended, whose pid may be another process's by now. */
	if (child_gone(e->container->pidfd, 0) != 0)
		return container_check_status(e->container, CONTAINER_EXEC, OCI_STATUS_STOPPED, err);
	if (!current)
		return error_set(err, 0, "cannot tell in which cgroup the container's init is");
	e->handles.cgroup = cgroup_open(current, err);
	return e->handles.cgroup < 0 ? -1 : 0;
}

/* Opens the container's cgroup, or the one below it that --cgroup names, or the one of init. */
static int open_cgroup(struct execution *e, struct error *err)
{
	const struct cgroup_claim *recorded = &e->container->record->cgroup;
	const char *below = e->options->cgroup;
	const char *init_name = name_of_init_cgroup(e);
	cleanup_fd int own = -1;

	if (!recorded->path && below)
		return error_usage(err, "--cgroup", "option --cgroup: the container has no cgroup");
	if (!recorded->path && e->options->deadline_ms)
		return error_usage(err, "--timeout",
			"option --timeout: the container has no cgroup in which the program could get one of its own");
	if (below && strchr(below, ':'))
		return error_usage(err, "--cgroup",
			"option --cgroup: expected a path, as cgroup v2 has one tree for all controllers, found '%s'",
			below);
	if (!recorded->path)
		return 0;
	own = cgroup_open_own(recorded, err);
	/* Whoever has removed it has moved init elsewhere before, or init has ended. */
	if (own < 0 && err->number == ENOENT && !below && !e->options->deadline_ms)
		return open_present_cgroup_of_init(e, err);
	if (own < 0)
		return error_wrap(err, "cannot open the cgroup of the container");
	/* With a time limit the process gets a cgroup beside that of init. */
	if (init_name && !below && !e->options->deadline_ms) {
		e->handles.cgroup = path_strict_open(own, init_name, O_RDONLY | O_DIRECTORY, err);
		if (e->handles.cgroup >= 0 || err->number != ENOENT)
			return e->handles.cgroup < 0 ? -1 : 0;
	}
	e->handles.cgroup = below ? path_strict_open(own, below, O_RDONLY | O_DIRECTORY, err) : take_fd(&own);
	return e->handles.cgroup < 0 ? error_wrap(err, "option --cgroup") : 0;
}

/* A cgroup that hands controllers to its children takes no processes: init has moved itself to one below, and the
 * process of exec goes there. */
static int open_cgroup_of_init(struct execution *e, struct error *err)
{
	const char *path = e->container->record->cgroup.path;
	cleanup_free char *current = cgroup_of_process(e->container->pid);

	close_fd(&e->handles.cgroup);
	if (!current || !path_is_below(current, path))
		return error_set(err, 0,
			"the cgroup of the container takes no processes, and its init is in none below it");
	return open_present_cgroup_of_init(e, err);
}

/* Makes the cgroup of a process whose time is limited, by which all that the program starts is ended with it. */
static int make_own_cgroup(struct execution *e, struct error *err)
{
	long left = e->options->deadline_ms - clock_ms();
	int parent = e->handles.cgroup;

	if (!e->options->deadline_ms)
		return 0;
	interrupt_watch();
	if (interrupt_after(left > 0 ? left : 1, err) < 0)
		return -1;
	if (cgroup_transient_make(parent, &e->own_cgroup, err) < 0) {
		error_tag(err, ERROR_CGROUP_FAILED, "--timeout");
		return error_wrap(err, "option --timeout");
	}
	close_fd(&parent);
	e->handles.cgroup = fcntl(e->own_cgroup.cgroup, F_DUPFD_CLOEXEC, 0);
	return e->handles.cgroup < 0 ? error_set(err, errno, "option --timeout") : 0;
}

static bool refuses_frozen(const struct execution *e)
{
	return !e->options->ignore_paused && e->handles.cgroup >= 0;
}

static int check_thawed(const struct execution *e, struct error *err)
{
	return refuses_frozen(e) ? cgroup_refuse_frozen(e->handles.cgroup, err) : 0;
}

static int spawn_into_cgroup(struct execution *e, struct error *err)
{
	/* The container itself may freeze a cgroup below its own. Its own was looked at with its status. */
	if (e->options->cgroup && check_thawed(e, err) < 0)
		return -1;
	if (spawn_init(&e->plan, &e->handles, SPAWN_EXEC, &e->spawned, err) == 0)
		return 0;
	if ((err->number != EBUSY && err->number != EOPNOTSUPP) || e->options->cgroup || e->options->deadline_ms ||
		e->handles.cgroup < 0)
		return -1;
	if (open_cgroup_of_init(e, err) < 0 || check_thawed(e, err) < 0)
		return -1;
	return spawn_init(&e->plan, &e->handles, SPAWN_EXEC, &e->spawned, err);
}

/* Clones the process while tare's own process runs on the CPUs of execCPUAffinity.initial, which a child inherits
 * (spec: config.md, process). */
static int spawn_on_initial_cpus(struct execution *e, struct error *err)
{
	const struct plan_affinity *initial = &e->plan.process.exec_initial;
	struct plan_affinity own;
	int result;

	if (!initial->set)
		return spawn_into_cgroup(e, err);
	if (sched_getaffinity(0, sizeof(own.cpus), (cpu_set_t *)own.cpus) < 0 ||
		sched_setaffinity(0, sizeof(initial->cpus), (const cpu_set_t *)initial->cpus) < 0)
		return error_set(err, errno, "process.execCPUAffinity.initial");
	result = spawn_into_cgroup(e, err);
	(void)sched_setaffinity(0, sizeof(own.cpus), (const cpu_set_t *)own.cpus);
	return result;
}

static int spawn(struct execution *e, struct error *err)
{
	interrupt_watch();
	if (spawn_on_initial_cpus(e, err) < 0)
		return error_wrap(err, "unable to start container process");
	return 0;
}

/* Waits for a message or the end of the process. The container may freeze the cgroup with this process in it, and exec
 * fails when it finds that after SILENCE_MS. */
static int await_message(const struct execution *e, struct error *err)
{
	struct pollfd events[] = {
		{ .fd = e->spawned.sync, .events = POLLIN },
		{ .fd = e->spawned.pidfd, .events = POLLIN },
	};

	while (poll(events, 2, SILENCE_MS) == 0) {
		if (check_thawed(e, err) < 0)
			return -1;
	}
	return 0;
}

static int pass_terminal_on(struct execution *e, struct error *err)
{
	if (!e->plan.process.terminal)
		return 0;
	if (await_message(e, err) < 0 || sync_expect(e->spawned.sync, SYNC_MOUNTED, &e->console.master, err) < 0 ||
		console_deliver(&e->console, err) < 0)
		return -1;
	return process_send_go(e->spawned.sync, err);
}

/* Puts the process into the container's class of service and monitoring group. */
static int enter_rdt(const struct execution *e, struct error *err)
{
	const struct container *container = e->container;
	cleanup_fd int resctrl = -1;

	if (!container->record->rdt.group)
		return 0;
	resctrl = resctrl_open(err);
	if (resctrl < 0)
		return -1;
	return resctrl_enter(resctrl, &container->record->rdt, container->id, e->spawned.pid, err);
}

/* When the process was a builder, waits for the process that the builder clones. */
static int follow_builder(struct execution *e, struct error *err)
{
	if (e->plan.spawn != PLAN_SPAWN_BUILDER)
		return 0;
	if (await_message(e, err) < 0 || spawn_follow_builder(&e->spawned, &e->plan, err) < 0 || enter_rdt(e, err) < 0)
		return -1;
	return process_send_go(e->spawned.sync, err);
}

/* Until the program runs; waits: until its process waits for the fifo, with the filter loaded. */
static int await_program(const struct execution *e, bool waits, struct error *err)
{
	const struct starting_process process = {
		.pid = e->spawned.pid,
		.sock = e->spawned.sync,
		.asks_agent = (waits || !e->options->wait_fifo) && e->plan.seccomp.notify &&
			!plan_filters_early(&e->plan),
		.may_freeze = refuses_frozen(e),
		.waits = waits,
		.cgroup = e->handles.cgroup,
	};

	return process_await_program(&process, e->container, OCI_STATUS_RUNNING, err);
}

/* The host's part of the conversation (sync.h), until the program runs or its process waits for the fifo. */
static int talk(struct execution *e, struct error *err)
{
	int sock = e->spawned.sync;

	if (enter_rdt(e, err) < 0 || process_set_up(e->spawned.pid, e->container->pid, &e->plan, err) < 0 ||
		process_send_go(sock, err) < 0)
		return -1;
	if (pass_terminal_on(e, err) < 0 || (e->plan.seccomp.notify && await_message(e, err) < 0) ||
		process_serve_agent_early(sock, &e->plan, e->container, OCI_STATUS_RUNNING, err) < 0 ||
		follow_builder(e, err) < 0 || await_message(e, err) < 0 || sync_expect(sock, SYNC_READY, NULL, err) < 0)
		return -1;
	return await_program(e, e->options->wait_fifo, err);
}

static int start_failed(const struct execution *e, struct error *err)
{
	const struct oci_process *process = e->process ? oci_root(e->process) : e->plan.spec->process;

	/* A cgroup of its own has no controllers, and counts no OOM kills. */
	const int cgroup = e->own_cgroup.parent >= 0 ? e->own_cgroup.parent : e->handles.cgroup;

	return process_start_failed(&e->spawned, &e->plan, process, cgroup, err);
}

static int converse(struct execution *e, struct error *err)
{
	if (talk(e, err) < 0)
		return start_failed(e, err);
	e->program_runs = !e->options->wait_fifo;
	return 0;
}

static int deliver_pidfd(struct execution *e, struct error *err)
{
	return pidfd_hand_over(e->options->pidfd_socket, e->spawned.pidfd, err);
}

/* Managers take the pid file as the sign of success. */
static int write_pid_file(struct execution *e, struct error *err)
{
	const char *path = e->options->pid_file;

	if (path && process_write_pid_file(e->spawned.pid, path, err) < 0)
		return -1;
	e->pid_file_written = path;
	return 0;
}

/* Begins to wait for a reader of the fifo, which nobody may open sooner, and with a detached exec leaves that to the
 * waiter. */
static int wait_for_fifo(struct execution *e, struct error *err)
{
	if (!e->options->wait_fifo)
		return 0;
	if (exec_fifo_watch(&e->fifo, e->spawned.sync, e->options->detached, err) < 0)
		return -1;
	if (e->options->detached)
		return 0;
	if (exec_fifo_await(&e->fifo, e->spawned.pidfd, err) < 0 || await_program(e, false, err) < 0)
		return start_failed(e, err);
	e->program_runs = true;
	return 0;
}

/* The host's steps of an exec, in this order; those of the process are in init/steps.c. */
static const struct {
	const char *doing; /* the name of the step, in errors and the log */
	int (*run)(struct execution *e, struct error *err);
} steps[] = {
	{ "open the fifo", open_fifo },
	{ "look at the container", check_status },
	{ "read the configuration", read_config },
	{ "read the process document", load_process },
	{ "make the plan", make_plan },
	{ "find whom to join", find_joinable },
	{ "look at the user namespace", leave_out_own_user_namespace },
	{ "open the root", open_root },
	{ "open the cgroup", open_cgroup },
	{ "make a cgroup for the program", make_own_cgroup },
	/* From here on a process exists, and a signal that asks tare to end has to undo it. */
	{ "clone the process", spawn },
	{ "enter the container with the process", converse },
	{ "hand over the pidfd", deliver_pidfd },
	{ "write the pid file", write_pid_file },
	/* Last: by now the caller has all that it wants before the program runs. */
	{ "wait for the fifo", wait_for_fifo },
};

int container_exec(const struct container *container, const struct exec_options *options, struct executed *ret_executed,
	struct error *err)
{
	cleanup_execution struct execution e = {
		.container = container,
		.options = options,
		.joinable = JOINABLE_NONE,
		.spawned = { .pidfd = -1, .sync = -1 },
		.fifo = { .fd = -1, .pidfd = -1 },
		.own_cgroup = CGROUP_TRANSIENT_NONE,
		.console = { .socket = options->console_socket, .relayed = options->keep_terminal, .master = -1 },
	};

	handles_clear(&e.handles);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		long long since_us = clock_us();

		if ((!e.program_runs && interrupt_check(err) < 0) || steps[i].run(&e, err) < 0)
			return error_during(interrupt_blame(err), "exec", steps[i].doing);
		log_took("exec", steps[i].doing, since_us);
	}
	e.committed = true;
	*ret_executed = (struct executed){
		.pid = e.spawned.pid,
		.pidfd = take_fd(&e.spawned.pidfd),
		.terminal = take_fd(&e.console.master),
		.cgroup = e.own_cgroup,
	};
	return 0;
}

void container_exec_end(const struct executed *executed)
{
	int code;

	(void)pidfd_send_signal(executed->pidfd, SIGKILL, NULL, 0);
	(void)child_wait(executed->pid, &code);
}

void container_exec_close(struct executed *executed)
{
	remove_own_cgroup(&executed->cgroup);
	close_fd(&executed->pidfd);
	close_fd(&executed->terminal);
}
