/*
 * floor: the verbs of a container runtime with nothing in them but the kernel's work, to measure runtimes against.
 *
 * This is the host's side: cgroup, device program, one clone3 with everything, and for the lifecycle verbs a status
 * file, a fifo as the gate of the start, and pidfds. The container's side is floor_init.c. It must run as root on a
 * host with cgroup v2, and it is no runtime: it reads no config.json and believes what its status file says.
 */
#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#define RUNDIR "/run/floor"

struct container {
	char dir[128];
	char gate[160];
	char status[160];
	char cgroup[128];
};

noreturn void fail(const char *what)
{
	dprintf(STDERR_FILENO, "floor: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void name_container(const char *id, struct container *ret_container)
{
	struct statfs st;
	const char *tree = "/sys/fs/cgroup";

	if (strlen(id) > 64 || strchr(id, '/')) {
		errno = EINVAL;
		fail(id);
	}
	must(statfs(tree, &st), tree);
	if (st.f_type != CGROUP2_SUPER_MAGIC)
		tree = "/sys/fs/cgroup/unified";
	snprintf(ret_container->dir, sizeof(ret_container->dir), RUNDIR "/%s", id);
	snprintf(ret_container->gate, sizeof(ret_container->gate), "%s/gate", ret_container->dir);
	snprintf(ret_container->status, sizeof(ret_container->status), "%s/status", ret_container->dir);
	snprintf(ret_container->cgroup, sizeof(ret_container->cgroup), "%s/floor-%s", tree, id);
}

#define INSN(op, dest, from, jump, value) \
	{ .code = (op), .dst_reg = (dest), .src_reg = (from), .off = (jump), .imm = (int)(value) }
#define LOAD(dest, offset)         INSN(BPF_LDX | BPF_MEM | BPF_W, dest, BPF_REG_1, offset, 0)
#define ALLOW_IF(reg, value, jump) INSN(BPF_JMP | BPF_JEQ | BPF_K, reg, 0, jump, value)
#define NODE(major, minor)         ((major) << 20 | (minor))

/* Deny all but the default devices; making any node is allowed, as runc and crun do. */
static const struct bpf_insn device_program[] = {
	LOAD(BPF_REG_2, 0), /* access << 16 | type */
	LOAD(BPF_REG_3, 4), /* major */
	LOAD(BPF_REG_4, 8), /* minor */
	INSN(BPF_ALU | BPF_MOV | BPF_X, BPF_REG_5, BPF_REG_2, 0, 0),
	INSN(BPF_ALU | BPF_RSH | BPF_K, BPF_REG_5, 0, 0, 16),
	ALLOW_IF(BPF_REG_5, BPF_DEVCG_ACC_MKNOD, 14),
	INSN(BPF_ALU | BPF_AND | BPF_K, BPF_REG_2, 0, 0, 0xffff),
	INSN(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_2, 0, 10, BPF_DEVCG_DEV_CHAR),
	ALLOW_IF(BPF_REG_3, 136, 11), /* pseudo terminals */
	INSN(BPF_ALU | BPF_LSH | BPF_K, BPF_REG_3, 0, 0, 20),
	INSN(BPF_ALU | BPF_OR | BPF_X, BPF_REG_3, BPF_REG_4, 0, 0),
	ALLOW_IF(BPF_REG_3, NODE(1, 3), 8),
	ALLOW_IF(BPF_REG_3, NODE(1, 5), 7),
	ALLOW_IF(BPF_REG_3, NODE(1, 7), 6),
	ALLOW_IF(BPF_REG_3, NODE(1, 8), 5),
	ALLOW_IF(BPF_REG_3, NODE(1, 9), 4),
	ALLOW_IF(BPF_REG_3, NODE(5, 0), 3),
	ALLOW_IF(BPF_REG_3, NODE(5, 2), 2),
	INSN(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
	INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	INSN(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1),
	INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
};

static void restrict_devices(int cgroup)
{
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uintptr_t)device_program,
		.insn_cnt = sizeof(device_program) / sizeof(device_program[0]),
		.license = (uintptr_t)"Apache-2.0",
	};
	int program = sys(bpf, BPF_PROG_LOAD, &load, sizeof(load));
	union bpf_attr attach = {
		.target_fd = (unsigned int)cgroup,
		.attach_bpf_fd = (unsigned int)program,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};

	sys(bpf, BPF_PROG_ATTACH, &attach, sizeof(attach));
	close(program);
}

/* Everything at once: the child is born in its cgroup and in all its namespaces. */
static pid_t spawn(const struct start *start)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
			CLONE_NEWCGROUP,
		.exit_signal = SIGCHLD,
	};
	int cgroup;
	pid_t pid;

	must(mkdir(start->cgroup, 0755), start->cgroup);
	cgroup = must(open(start->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC), start->cgroup);
	restrict_devices(cgroup);
	args.cgroup = (unsigned int)cgroup;
	pid = sys(clone3, &args, sizeof(args));
	if (pid == 0)
		init_main(start);
	close(cgroup);
	return pid;
}

/* A dead process leaves its cgroup before its parent hears of it, but a kernel may still call the group populated. */
static void remove_cgroup(const char *path)
{
	char events[160], text[128];
	struct pollfd poller = { .events = POLLPRI };

	if (rmdir(path) == 0)
		return;
	if (errno != EBUSY)
		fail(path);
	snprintf(events, sizeof(events), "%s/cgroup.events", path);
	poller.fd = must(open(events, O_RDONLY | O_CLOEXEC), events);
	for (;;) {
		ssize_t length = must(pread(poller.fd, text, sizeof(text) - 1, 0), events);

		text[length] = '\0';
		if (strstr(text, "populated 0"))
			break;
		must(poll(&poller, 1, -1), "poll");
	}
	close(poller.fd);
	must(rmdir(path), path);
}

static int floor_run(const struct container *container, char **args)
{
	struct start start = { .rootfs = args[0], .cgroup = container->cgroup, .argv = args + 1, .ready = -1 };
	int status;

	must(waitpid(spawn(&start), &status, 0), "waitpid");
	remove_cgroup(container->cgroup);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void write_status(const struct container *container, pid_t pid)
{
	char text[16], temporary[176];
	int fd, length = snprintf(text, sizeof(text), "%d\n", pid);

	snprintf(temporary, sizeof(temporary), "%s.new", container->status);
	fd = must(open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), temporary);
	if (write(fd, text, (size_t)length) != length)
		fail(temporary);
	close(fd);
	must(rename(temporary, container->status), container->status);
}

static int floor_create(const struct container *container, char **args)
{
	struct start start = { .rootfs = args[0], .cgroup = container->cgroup, .argv = args + 1 };
	char byte;
	int ready[2];
	pid_t pid;

	if (mkdir(RUNDIR, 0700) < 0 && errno != EEXIST)
		fail(RUNDIR);
	must(mkdir(container->dir, 0700), container->dir);
	must(mkfifo(container->gate, 0600), container->gate);
	start.state_dir = must(open(container->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), container->dir);
	must(pipe2(ready, O_CLOEXEC), "pipe");
	start.ready = ready[1];
	pid = spawn(&start);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) { /* the child has said why */
		waitpid(pid, NULL, 0);
		remove_cgroup(container->cgroup);
		unlink(container->gate);
		rmdir(container->dir);
		return 1;
	}
	write_status(container, pid);
	return 0;
}

/* Reads the status file; ret_pidfd is -1 if the process is gone. */
static pid_t find_process(const struct container *container, int *ret_pidfd)
{
	struct pollfd dead = { .events = POLLIN };
	char text[16];
	ssize_t length;
	pid_t pid;
	int fd = must(open(container->status, O_RDONLY | O_CLOEXEC), container->status);

	length = must(read(fd, text, sizeof(text) - 1), container->status);
	close(fd);
	text[length] = '\0';
	pid = (pid_t)strtol(text, NULL, 10);
	dead.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (dead.fd < 0 && errno != ESRCH)
		fail("pidfd_open");
	if (dead.fd >= 0 && must(poll(&dead, 1, 0), "poll") > 0) {
		close(dead.fd);
		dead.fd = -1;
	}
	*ret_pidfd = dead.fd;
	return pid;
}

static int find_live_process(const struct container *container)
{
	int pidfd;

	find_process(container, &pidfd);
	if (pidfd < 0) {
		errno = ESRCH;
		fail("container is stopped");
	}
	return pidfd;
}

static int floor_start(const struct container *container, char **args)
{
	char message[256];
	ssize_t length;
	int gate;

	(void)args;
	find_live_process(container);
	gate = must(open(container->gate, O_RDONLY | O_CLOEXEC), container->gate);
	length = must(read(gate, message, sizeof(message)), container->gate);
	if (length > 0) {
		dprintf(STDERR_FILENO, "floor: %.*s", (int)length, message);
		return 1;
	}
	must(unlink(container->gate), container->gate);
	return 0;
}

static int floor_state(const struct container *container, char **args)
{
	const char *status = "stopped";
	int pidfd;
	pid_t pid = find_process(container, &pidfd);

	(void)args;
	if (pidfd >= 0)
		status = access(container->gate, F_OK) == 0 ? "created" : "running";
	dprintf(STDOUT_FILENO, "{\"id\":\"%s\",\"status\":\"%s\",\"pid\":%d}\n", strrchr(container->dir, '/') + 1,
		status, pidfd < 0 ? 0 : pid);
	return 0;
}

/* The child of the process that has joined the namespaces: only a child is born into the pid namespace. */
static noreturn void exec_inside(char **args)
{
	static char *const environment[] = { "PATH=/bin", NULL };

	must(setsid(), "setsid");
	become_payload_user();
	sys(close_range, 3, ~0U, 1U << 2 /* CLOSE_RANGE_CLOEXEC */);
	execve(args[0], args, environment);
	fail(args[0]);
}

static int floor_exec(const struct container *container, char **args)
{
	struct clone_args into = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	struct clone_args child = { .flags = CLONE_PARENT };
	int pidfd = find_live_process(container);
	int ends[2];
	pid_t pid;
	int status;

	into.cgroup = (unsigned int)must(open(container->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		container->cgroup);
	must(pipe(ends), "pipe");
	pid = sys(clone3, &into, sizeof(into));
	if (pid == 0) {
		must(setns(pidfd,
			     CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP),
			"setns");
		pid = sys(clone3, &child, sizeof(child));
		if (pid == 0)
			exec_inside(args);
		must(write(ends[1], &pid, sizeof(pid)), "write");
		_exit(0);
	}
	must(waitpid(pid, &status, 0), "waitpid");
	must(read(ends[0], &pid, sizeof(pid)), "read");
	must(waitpid(pid, &status, 0), "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int floor_kill(const struct container *container, char **args)
{
	sys(pidfd_send_signal, find_live_process(container), strtol(args[0], NULL, 10), NULL, 0);
	return 0;
}

static void kill_all(const struct container *container, int pidfd)
{
	struct pollfd dead = { .fd = pidfd, .events = POLLIN };
	char path[160];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.kill", container->cgroup);
	fd = must(open(path, O_WRONLY | O_CLOEXEC), path);
	must(write(fd, "1", 1), path);
	close(fd);
	must(poll(&dead, 1, -1), "poll");
}

static int remove_container(const struct container *container, bool force)
{
	int pidfd;

	find_process(container, &pidfd);
	if (pidfd >= 0 && !force) {
		errno = EBUSY;
		fail("container is not stopped");
	}
	if (pidfd >= 0)
		kill_all(container, pidfd);
	remove_cgroup(container->cgroup);
	if (unlink(container->gate) < 0 && errno != ENOENT)
		fail(container->gate);
	must(unlink(container->status), container->status);
	must(rmdir(container->dir), container->dir);
	return 0;
}

static int floor_delete(const struct container *container, char **args)
{
	(void)args;
	return remove_container(container, false);
}

static int floor_force(const struct container *container, char **args)
{
	(void)args;
	return remove_container(container, true);
}

static const struct {
	const char *name;
	int arguments; /* after the id, at least */
	int (*run)(const struct container *container, char **args);
	const char *usage;
} verbs[] = {
	{ "run", 2, floor_run, "run ID ROOTFS PROGRAM [ARGUMENT]..." },
	{ "create", 2, floor_create, "create ID ROOTFS PROGRAM [ARGUMENT]..." },
	{ "start", 0, floor_start, "start ID" },
	{ "state", 0, floor_state, "state ID" },
	{ "exec", 1, floor_exec, "exec ID PROGRAM [ARGUMENT]..." },
	{ "kill", 1, floor_kill, "kill ID NUMBER" },
	{ "delete", 0, floor_delete, "delete ID" },
	{ "delete --force", 0, floor_force, "delete --force ID" },
};

int main(int argc, char **argv)
{
	struct container container;
	const char *verb = argc > 1 ? argv[1] : "";

	if (argc > 2 && strcmp(verb, "delete") == 0 && strcmp(argv[2], "--force") == 0) {
		verb = "delete --force";
		argc--;
		argv++;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (argc < 3 + verbs[i].arguments || strcmp(verb, verbs[i].name) != 0)
			continue;
		name_container(argv[2], &container);
		return verbs[i].run(&container, argv + 3);
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		dprintf(STDERR_FILENO, "%s floor %s\n", i == 0 ? "usage:" : "      ", verbs[i].usage);
	return 2;
}
