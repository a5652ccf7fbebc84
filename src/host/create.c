/* Creating a container, all or nothing. Runs on the host.
 *
 * The state directory is made first, and says what will be made before it is made: if tare is killed at any point,
 * `delete --force` finds the rest. Until the last step commits, everything that was made is undone when the function
 * returns. */
#include "host/parts.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/text.h"
#include "base/userns.h"
#include "document.h"
#include "handles.h"
#include "hooks.h"
#include "host/attach/attach.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"
#include "host/container/setup.h"
#include "host/resctrl/resctrl.h"
#include "host/spawn/spawn.h"
#include "sync.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PRIVATE_MODE = 0600 };

/* What a create has made so far. */
struct creation {
	const struct create_options *options;
	struct bundle bundle;
	struct plan_options asked;
	struct plan plan;
	struct text filter_key; /* the key under which the filter is to be cached; empty: not to be cached */
	struct handles handles;
	struct hooks_output hook_output;
	bool has_handles;
	bool rootless; /* tare's own process has no CAP_SYS_ADMIN over its mount namespace: init opens the sources */
	struct record record;
	struct record_texts texts; /* of the record */
	struct container container;
	struct systemd_helper systemd;
	bool has_cgroup; /* the cgroup, or part of its path, may exist, and is this create's to remove */
	struct oom_watch memory;
	struct net_devices net_devices;
	int resctrl;
	struct resctrl_claim rdt; /* what was made in resctrl */
	struct spawned spawned;
	struct console console;
	bool handed_over; /* the caller gets the container when it is created */
	/* a copy for the caller, in the memory of the bundle's document, which the caller gets too */
	struct record *record_for_caller;
	bool pid_file_written;
	bool hooks_owed; /* hooks ran, so poststop hooks have to run when the create fails */
	bool committed;
};

static struct oci_state state_now(const struct creation *c, enum oci_status status)
{
	struct container view = c->container;

	view.record = &c->record;
	return container_state(&view, status);
}

static struct hooks_context hooks_context(const struct creation *c, const char *kind, const struct oci_state *state)
{
	return (struct hooks_context){ .kind = kind, .state = state, .cwd = c->bundle.path, .output = &c->hook_output };
}

/* Undoes what was made, unless the create has committed, and closes all files. */
static void creation_undo(struct creation *c)
{
	struct error ignored;

	/* First: undoing opens files, and the handles may have used up the file descriptors. */
	if (c->has_handles)
		handles_free(&c->plan, &c->handles);
	if (!c->committed) {
		/* A signal must neither interrupt the undoing, nor keep the poststop hooks from running. */
		interrupt_undo();
		/* Before init is reaped, since the pid may then become another process's. */
		systemd_helper_close(&c->systemd);
		if (c->options->pid_file && c->pid_file_written)
			unlink(c->options->pid_file);
		spawn_undo(&c->spawned);
		(void)root_mount_remove(&c->record, &ignored);
		/* After init has ended, so that no process of the container uses the devices. The netlink socket keeps
		 * the network namespace. */
		net_devices_restore(&c->net_devices, log_warning);
		if (c->resctrl >= 0)
			(void)resctrl_remove(c->resctrl, &c->rdt, c->options->id, &ignored);
		if (c->has_cgroup && c->record.cgroup.path)
			(void)cgroup_remove(&c->record.cgroup, true, &ignored);
		if (c->hooks_owed && c->plan.spec->hooks) {
			struct oci_state state = state_now(c, OCI_STATUS_STOPPED);
			struct hooks_context context = hooks_context(c, "poststop", &state);

			context.cwd_may_be_gone = true;
			hooks_run_all(&c->plan.spec->hooks->poststop, &context, log_warning);
		}
		if (c->container.dir >= 0)
			(void)container_remove_state(&c->container, &ignored);
		console_give_up(&c->console);
	}
	text_free(&c->filter_key);
	net_devices_free(&c->net_devices);
	oom_watch_end(&c->memory);
	close_fd(&c->resctrl);
	container_close(&c->container);
	hook_output_close(&c->hook_output);
	close_fd(&c->console.master);
	close_fd(&c->spawned.sync);
	close_fd(&c->spawned.pidfd);
	bundle_free(&c->bundle);
}

#define cleanup_creation __attribute__((cleanup(creation_undo)))

static int read_bundle(struct creation *c, struct error *err)
{
	if (bundle_load(c->options->bundle, c->options->config, &c->bundle, err) < 0)
		return error_tag(err, ERROR_BUNDLE_UNREADABLE, NULL);
	return 0;
}

static struct plan_options plan_options(const struct creation *c)
{
	const struct create_options *options = c->options;

	return (struct plan_options){
		.id = options->id,
		.bundle = c->bundle.path,
		.seccomp_agent = options->seccomp_agent,
		.cgroup_disabled = options->cgroup_disabled,
		.cgroup_systemd = options->cgroup_systemd,
		.systemd_user = options->systemd_user,
		.no_new_keyring = options->no_new_keyring,
		.no_pivot = options->no_pivot,
		.preserve_fds = options->preserve_fds,
		.listen_fds = options->activation.fds,
		.listen_names = options->activation.names,
		.notify = options->notify,
	};
}

/* Replaces *err by the problems of the document, if it has any. Always returns -1. */
static int refuse_plan(const struct creation *c, struct error *err)
{
	(void)document_check(c->bundle.document, err);
	return -1;
}

static int make_plan(struct creation *c, struct error *err)
{
	const struct create_options *options = c->options;

	c->asked = plan_options(c);
	if (plan_make(c->bundle.document, &c->asked, &c->plan, err) < 0)
		return refuse_plan(c, err);
	if (c->rootless && rootless_check(c->bundle.document, &c->plan, err) < 0)
		return -1;
	if (options->cgroup_optional && cgroup_find_delegated(c->bundle.document, &c->plan.cgroup, err) < 0)
		return -1;
	for (size_t i = 0; i < c->plan.warnings.n; i++)
		log_warning(c->plan.warnings.items[i]);
	if (c->plan.notify && !(c->plan.namespaces.inside & CLONE_NEWNS))
		return error_set(err, 0, "passing NOTIFY_SOCKET on needs a mount namespace in linux.namespaces");
	return process_check_terminal(&c->plan.process, options->console_socket, options->detached, err);
}

static int make_filter(struct creation *c, struct error *err)
{
	if (filter_make(c->options->root, c->bundle.document, &c->asked, &c->plan, &c->filter_key, err) < 0)
		return refuse_plan(c, err);
	return 0;
}

static int start_systemd_helper(struct creation *c, struct error *err)
{
	if (!c->options->cgroup_systemd)
		return 0;
	return systemd_helper_start(c->options->systemd_helper, c->options->systemd_user, &c->systemd, err);
}

/* Fills in the record, before anything is made. The path of a unit's cgroup is not known yet. */
static int describe(struct creation *c, struct error *err)
{
	const struct plan_cgroup *cgroup = &c->plan.cgroup;

	c->record = record_of_plan(&c->plan);
	c->record.bundle = c->bundle.path;
	if (record_describe(&c->record, c->options->id, &c->texts, err) < 0)
		return -1;
	c->record.cgroup.user = c->options->systemd_user;
	return cgroup->path ? cgroup_count_existing(cgroup->path, &c->record.cgroup.existing_depth, err) : 0;
}

/* Makes the state directory and writes what will be made. */
static int claim(struct creation *c, struct error *err)
{
	cleanup_fd int root = root_open(c->options->root, true, err);

	interrupt_watch();
	if (root < 0 || container_claim(root, c->options->id, &c->container, err) < 0)
		return -1;
	if (cgroup_link_make(&c->container, &c->record.cgroup, err) < 0 ||
		container_save(&c->container, &c->record, err) < 0)
		return -1;
	if (file_replace(c->container.dir, container_config_name, PRIVATE_MODE, c->bundle.text, c->bundle.length, err) <
		0)
		return -1;
	return filter_save(root, c->container.dir, &c->filter_key, &c->plan.seccomp, err);
}

static int open_handles(struct creation *c, struct error *err)
{
	if (handles_open(&c->plan, &c->handles, err) < 0)
		return -1;
	c->has_handles = true;
	return 0;
}

static int make_cgroup(struct creation *c, struct error *err)
{
	if (!c->plan.cgroup.path)
		return 0;
	c->has_cgroup = true;
	c->handles.cgroup = cgroup_set_up(&c->plan.cgroup, &c->record.cgroup, &c->has_cgroup, err);
	if (c->handles.cgroup < 0)
		return -1;
	c->memory = oom_watch_begin(c->handles.cgroup, &c->record.cgroup);
	c->memory.kills = c->record.cgroup.inode == 0 ? cgroup_oom_kills(c->handles.cgroup) : 0;
	return 0;
}

/* Opens the sources that init will inherit; without root, init opens them itself. */
static int open_sources(struct creation *c, struct error *err)
{
	if (file_limit_raise(&c->plan, &c->handles, err) < 0)
		return -1;
	c->handles.sources_inside = c->rootless;
	if (!c->rootless && handles_open_sources(&c->plan, &c->handles, err) < 0)
		return -1;
	return root_mount_prepare(&c->plan, &c->handles, &c->container, &c->record, err);
}

/* Opens the files for the output of hooks, which init inherits for the hooks that it runs. */
static int open_hook_output(struct creation *c, struct error *err)
{
	if (!c->plan.spec->hooks)
		return 0;
	if (hook_output_open(&c->plan.spec->annotations, &c->hook_output, err) < 0)
		return -1;
	c->handles.hook_stdout = c->hook_output.out;
	c->handles.hook_stderr = c->hook_output.err;
	return 0;
}

static int open_notify_directory(struct creation *c, struct error *err)
{
	if (!c->plan.notify)
		return 0;
	c->handles.notify = notify_make_directory(&c->container, err);
	return c->handles.notify < 0 ? -1 : 0;
}

static int open_gate(struct creation *c, struct error *err)
{
	c->handles.gate = fd_listen(c->container.dir, container_gate_new_name, SOCK_SEQPACKET);
	if (c->handles.gate < 0)
		return error_set(err, errno, "cannot open the start gate");
	return 0;
}

static int spawn(struct creation *c, struct error *err)
{
	if (spawn_init(&c->plan, &c->handles, SPAWN_CREATE, &c->spawned, err) < 0)
		return -1;
	return file_limit_give_back(&c->plan, &c->handles, err);
}

/* Records pid and start time of init, by which later commands find it and prove that it is the same process. */
static int record_process(struct creation *c, struct error *err)
{
	if (record_identify(&c->record, c->spawned.pid, err) < 0 || init_link_make(&c->container, &c->record, err) < 0)
		return -1;
	return container_save(&c->container, &c->record, err);
}

/* Waits until systemd has put init into its unit. Init builds the container meanwhile, until it needs its cgroup. */
static int enter_scope(struct creation *c, struct error *err)
{
	if (!c->plan.cgroup.unit.name)
		return 0;
	c->has_cgroup = true;
	c->handles.cgroup = cgroup_await_scope(c->bundle.document, &c->systemd, &c->plan.cgroup, c->spawned.pid,
		&c->record.cgroup, err);
	systemd_helper_close(&c->systemd);
	if (c->handles.cgroup < 0)
		return process_blame(&c->spawned, &c->plan, err);
	c->memory = oom_watch_begin(c->handles.cgroup, &c->record.cgroup);
	if (container_save(&c->container, &c->record, err) < 0 ||
		cgroup_link_make(&c->container, &c->record.cgroup, err) < 0)
		return -1;
	return process_send_go(c->spawned.sync, err);
}

static int run_hooks(struct creation *c, const char *kind, const struct oci_hook_list *hooks, struct error *err)
{
	struct oci_state state = state_now(c, OCI_STATUS_CREATING);
	struct hooks_context context = hooks_context(c, kind, &state);

	if (hooks->n == 0)
		return 0;
	c->hooks_owed = true;
	return hooks_run(hooks, &context, err);
}

static int run_runtime_hooks(struct creation *c, struct error *err)
{
	const struct oci_hooks *hooks = c->plan.spec->hooks;

	if (!hooks)
		return 0;
	if (run_hooks(c, "prestart", &hooks->prestart, err) < 0)
		return -1;
	return run_hooks(c, "createRuntime", &hooks->create_runtime, err);
}

static int expect(const struct creation *c, enum sync_type type, int *ret_fd, struct error *err)
{
	if (sync_expect(c->spawned.sync, type, ret_fd, err) == 0)
		return 0;
	return process_start_failed(&c->spawned, &c->plan, c->plan.spec->process, -1, err);
}

static int deliver_listener(const struct creation *c, struct error *err)
{
	struct container view = c->container;

	view.record = &c->record;
	if (process_serve_agent_early(c->spawned.sync, &c->plan, &view, OCI_STATUS_CREATING, err) == 0)
		return 0;
	return process_start_failed(&c->spawned, &c->plan, c->plan.spec->process, -1, err);
}

static int enter_rdt(const struct creation *c, struct error *err)
{
	return c->resctrl < 0 ? 0 : resctrl_enter(c->resctrl, &c->record.rdt, c->options->id, c->spawned.pid, err);
}

/* When the process was a builder, waits for the init that the builder clones, and records that one. */
static int follow_builder(struct creation *c, struct error *err)
{
	if (c->plan.spawn != PLAN_SPAWN_BUILDER)
		return 0;
	if (spawn_follow_builder(&c->spawned, &c->plan, err) < 0)
		return error_wrap(err, "unable to start container process");
	if (record_process(c, err) < 0 || enter_rdt(c, err) < 0)
		return -1;
	return process_send_go(c->spawned.sync, err);
}

/* At MOUNTED: sends the pty master on, and runs the prestart and createRuntime hooks. */
static int pause_at_mounted(struct creation *c, struct error *err)
{
	if (!plan_pauses_at_mounted(&c->plan))
		return 0;
	if (expect(c, SYNC_MOUNTED, &c->console.master, err) < 0 || console_deliver(&c->console, err) < 0 ||
		run_runtime_hooks(c, err) < 0)
		return -1;
	return process_send_go(c->spawned.sync, err);
}

/* Attaches the device program. An ordinary user may not load one, and a container in a user namespace can make no
 * device nodes. */
static int restrict_devices(const struct creation *c, struct error *err)
{
	if (c->rootless || !userns_is_initial())
		return 0;
	if (c->plan.cgroup.path && cgroup_attach_devices(c->handles.cgroup, &c->plan.cgroup.devices, err) < 0)
		return error_tag(err, ERROR_CGROUP_FAILED, "linux.resources.devices");
	return 0;
}

static int find_net_devices(struct creation *c, struct error *err)
{
	return net_devices_find(&c->plan, &c->handles, &c->net_devices, err);
}

static int check_rdt(struct creation *c, struct error *err)
{
	return resctrl_plan_group(&c->plan.rdt, c->options->id, &c->resctrl, &c->record.rdt, err);
}

static int make_rdt(struct creation *c, struct error *err)
{
	return c->resctrl < 0 ? 0 : resctrl_make(c->resctrl, &c->plan.rdt, c->options->id, &c->rdt, err);
}

/* The host's part of the conversation (sync.h), up to READY. */
static int converse(struct creation *c, struct error *err)
{
	const struct oci_hooks *hooks = c->plan.spec->hooks;

	/* First, while an ordinary user still may change limits of init. */
	if (process_set_up(c->spawned.pid, c->spawned.pid, &c->plan, err) < 0 || enter_rdt(c, err) < 0)
		return -1;
	/* Before the sysctls of init, which may name these devices. */
	if (net_devices_move(&c->net_devices, &c->plan, &c->handles, c->spawned.pid, err) < 0 ||
		systemd_start_unit(&c->systemd, &c->plan.cgroup.unit, c->spawned.pid, err) < 0 ||
		process_send_go(c->spawned.sync, err) < 0 || record_process(c, err) < 0 || enter_scope(c, err) < 0)
		return -1;
	/* Here the host works while init builds the container: the kernel takes some milliseconds to verify the
	 * program. */
	if (!c->plan.cgroup.devices.forbids_nodes && restrict_devices(c, err) < 0)
		return process_blame(&c->spawned, &c->plan, err);
	/* The createContainer hooks, which init runs, oblige to run the poststop hooks too. */
	c->hooks_owed = hooks && hooks->create_container.n > 0;
	if (pause_at_mounted(c, err) < 0 || deliver_listener(c, err) < 0 || follow_builder(c, err) < 0)
		return -1;
	return expect(c, SYNC_READY, NULL, err);
}

/* The unit ends with its init; the next init gets another. */
static int leave_scope(struct creation *c, struct error *err)
{
	if (!c->plan.cgroup.unit.name)
		return 0;
	oom_watch_end(&c->memory);
	close_fd(&c->handles.cgroup);
	if (c->record.cgroup.path && cgroup_remove(&c->record.cgroup, true, err) < 0)
		return -1;
	(void)unlinkat(c->container.dir, "cgroup", 0);
	c->plan.cgroup.path = NULL;
	c->record.cgroup.path = NULL;
	return start_systemd_helper(c, err);
}

/* Builds the container once more, with copies of the sources that can be attached. The init that failed to attach the
 * first ones has run no hook and nothing of the image. */
static int build_again(struct creation *c, struct error *err)
{
	systemd_helper_close(&c->systemd);
	spawn_undo(&c->spawned);
	net_devices_restore(&c->net_devices, log_warning);
	net_devices_free(&c->net_devices);
	if (c->handles.cgroup >= 0)
		cgroup_detach_devices(c->handles.cgroup);
	if (leave_scope(c, err) < 0 || root_mount_remove(&c->record, err) < 0 || find_net_devices(c, err) < 0 ||
		file_limit_raise(&c->plan, &c->handles, err) < 0 ||
		handles_open_sources_apart(&c->plan, &c->handles, err) < 0 ||
		root_mount_prepare(&c->plan, &c->handles, &c->container, &c->record, err) < 0 || spawn(c, err) < 0)
		return -1;
	return converse(c, err);
}

static int build(struct creation *c, struct error *err)
{
	if (converse(c, err) == 0)
		return 0;
	killed_explain_memory(c->spawned.pidfd, &c->memory, err);
	/* Without root the sources were opened in a new mount namespace, which has no such mounts. */
	if (c->rootless || !sources_may_be_pinned(&c->plan, err))
		return -1;
	log_message(LOG_LEVEL_DEBUG, "create: %s: once more, without the mount namespaces that a source may hold",
		err->text);
	return build_again(c, err);
}

/* Writes the late limits: pids.limit, which would have counted the processes that make the container, and from here on
 * holds for the program; and device rules that forbid the device nodes which init has made. */
static int set_late_limits(struct creation *c, struct error *err)
{
	/* denies mknod of a device in linux.devices: the program is attached after init has made the nodes */
	if (c->plan.cgroup.devices.forbids_nodes && restrict_devices(c, err) < 0)
		return -1;
	return c->plan.cgroup.path ? cgroup_apply_late(c->handles.cgroup, &c->plan.cgroup, err) : 0;
}

/* Sends the pidfd to the sockets that ask for it, last before the commit: the receiver may rely on the container. */
static int deliver_pidfd(struct creation *c, struct error *err)
{
	const char *const paths[] = { c->options->pidfd_socket, c->plan.annotations.pidfd_receiver };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (pidfd_hand_over(paths[i], c->spawned.pidfd, err) < 0)
			return -1;
	}
	return 0;
}

/* Copies the record for a caller that gets the container. */
static int keep_record(struct creation *c, struct error *err)
{
	if (c->handed_over)
		c->record_for_caller = record_copy(c->bundle.document, &c->record);
	if (c->handed_over && !c->record_for_caller)
		return error_set(err, ENOMEM, "cannot keep the state of '%s'", c->options->id);
	return 0;
}

/* Commits: gives the gate its final name, writes the pid file, and sends the last GO. */
static int commit(struct creation *c, struct error *err)
{
	if (renameat(c->container.dir, container_gate_new_name, c->container.dir, container_gate_name) < 0)
		return error_set(err, errno, "cannot commit the state of '%s'", c->options->id);
	if (c->options->pid_file && process_write_pid_file(c->spawned.pid, c->options->pid_file, err) < 0)
		return -1;
	c->pid_file_written = true;
	if (sync_send(c->spawned.sync, SYNC_GO, NULL, -1) < 0)
		return error_set(err, errno, "the container's init ended unexpectedly");
	c->committed = true;
	return 0;
}

/* The host's steps of a create, in this order; those of init are in init/steps.c. */
static const struct {
	const char *phase;
	const char *doing; /* the name of the step, in errors and the log */
	int (*run)(struct creation *c, struct error *err);
} steps[] = {
	{ "config", "read the bundle", read_bundle },
	{ "config", "make the plan", make_plan },
	/* As soon as the config is known to be right: it loads its libraries and connects to systemd meanwhile. */
	{ "config", "start tare-systemd", start_systemd_helper },
	{ "config", "make the seccomp filter", make_filter },
	{ "create", "describe the container", describe },
	/* Before the state directory is made: its record says that these groups are the container's, so they must not
	 * exist yet. */
	{ "create", "look at resctrl", check_rdt },
	/* From here on something exists, and a signal that asks tare to end has to undo it. */
	{ "create", "claim the state directory", claim },
	{ "create", "open the namespaces to join", open_handles },
	{ "create", "make the place of the notify socket", open_notify_directory },
	{ "create", "open the files for hooks", open_hook_output },
	{ "create", "find the network devices", find_net_devices },
	{ "create", "make the cgroup", make_cgroup },
	{ "create", "make the resctrl groups", make_rdt },
	{ "create", "open what the plan names", open_sources },
	{ "create", "open the start gate", open_gate },
	/* clone3(2) puts init into the cgroup, and init inherits the gate. */
	{ "create", "clone init", spawn },
	{ "create", "build the container with init", build },
	{ "create", "set the late limits", set_late_limits },
	{ "create", "hand over the pidfd", deliver_pidfd },
	{ "create", "keep the record", keep_record },
	{ "create", "commit", commit },
};

/* Gives the container to the caller, still locked and without opening it again, so that the caller can undo it in any
 * case. */
static void hand_over(struct creation *c, struct container *ret_container)
{
	*ret_container = c->container;
	ret_container->document = take_ptr(c->bundle.document);
	ret_container->record = c->record_for_caller;
	ret_container->pid = c->spawned.pid;
	ret_container->pidfd = take_fd(&c->spawned.pidfd);
	c->container = CONTAINER_NONE;
}

int container_create(const struct create_options *options, struct container *ret_container, int *ret_terminal,
	struct error *err)
{
	cleanup_creation struct creation c = {
		.options = options,
		.rootless = rootless_is_needed(),
		.handed_over = ret_container != NULL,
		.hook_output = HOOKS_OUTPUT_KEPT,
		.container = CONTAINER_NONE,
		.net_devices = NET_DEVICES_NONE,
		.resctrl = -1,
		.systemd = { .sock = -1 },
		.memory = { .cgroup = -1, .above = -1 },
		.spawned = { .pidfd = -1, .sync = -1 },
		.console = { .socket = options->console_socket, .relayed = options->keep_terminal, .master = -1 },
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		long long since_us = clock_us();

		if (interrupt_check(err) < 0 || steps[i].run(&c, err) < 0)
			return error_during(interrupt_blame(err), steps[i].phase, steps[i].doing);
		log_took(steps[i].phase, steps[i].doing, since_us);
	}
	*ret_terminal = take_fd(&c.console.master);
	if (ret_container)
		hand_over(&c, ret_container);
	return 0;
}
