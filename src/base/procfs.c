/* A procfs of another pid namespace. Runs in the process that sets up a container which joins a pid namespace.
 *
 * Since Linux 6.18 the pid namespace is a mount option ("pidns"). Before, procfs took the pid namespace of the process
 * that called fsopen(2), so a child in that namespace has to call it. The processes there may be hostile and have
 * CAP_SYS_PTRACE, so the child has as little as possible: a seccomp filter that allows fsopen(2) and sendmsg(2), an
 * empty read-only directory as its root, no file but the socket, none of the caller's memory. A file system context
 * that an attacker makes the child open is useless to a process without CAP_SYS_ADMIN. */
#include "base/procfs.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
static const uint32_t native = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
static const uint32_t native = AUDIT_ARCH_AARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
static const uint32_t native = AUDIT_ARCH_RISCV64;
#elif defined(__powerpc64__)
static const uint32_t native = AUDIT_ARCH_PPC64LE;
#elif defined(__s390x__)
static const uint32_t native = AUDIT_ARCH_S390X;
#elif defined(__loongarch64)
static const uint32_t native = AUDIT_ARCH_LOONGARCH64;
#endif

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

/* Sends the descriptor with one byte: a message needs data to carry it. */
static int send_fd(int sock, int fd)
{
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union control control = {
		.header = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS }
	};
	struct msghdr message = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(sock, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static int receive_fd(int sock)
{
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union control control = { 0 };
	struct msghdr message = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *part;
	int fd = -1;
	ssize_t n;

	do
		n = recvmsg(sock, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	part = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (part && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(part), sizeof(fd));
	return fd;
}

/* Moves the two files that are still needed to 0 and 1, and closes all others. */
static int close_others(int *sock, int *pid_namespace)
{
	cleanup_fd int high_sock = fcntl(*sock, F_DUPFD_CLOEXEC, 3);
	cleanup_fd int high_namespace = fcntl(*pid_namespace, F_DUPFD_CLOEXEC, 3);

	if (high_sock < 0 || high_namespace < 0 || dup2(high_sock, 0) < 0 || dup2(high_namespace, 1) < 0)
		return -1;
	*sock = 0;
	*pid_namespace = 1;
	return close_range(2, ~0U, 0);
}

/* Makes an empty, read-only tmpfs the root and the working directory. */
static int enter_empty_root(void)
{
	cleanup_fd int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
	cleanup_fd int mount = -1;

	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	mount = fsmount(context, FSMOUNT_CLOEXEC,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID);
	return mount < 0 || fchdir(mount) < 0 || chroot(".") < 0 ? -1 : 0;
}

/* Loads a filter that allows what the child needs, and the calls with which its parent clones it and waits for it. */
static int load_filter(void)
{
	static const int allowed[] = { SYS_fsopen, SYS_sendmsg, SYS_exit_group, SYS_clone, SYS_wait4 };
	enum { CALLS = sizeof(allowed) / sizeof(allowed[0]), HEAD = 4 };
	struct sock_filter instructions[HEAD + CALLS + 2] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, native, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = { .len = HEAD + CALLS + 2, .filter = instructions };

	for (size_t i = 0; i < CALLS; i++)
		instructions[HEAD + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)allowed[i],
			(unsigned char)(CALLS - i), 0);
	instructions[HEAD + CALLS] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	instructions[HEAD + CALLS + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return sys_seccomp(SECCOMP_SET_MODE_FILTER, 0, &program);
}

/* Runs in the child, in the pid namespace: opens the procfs and sends it. */
static _Noreturn void open_and_send(int sock)
{
	int context = fsopen("proc", FSOPEN_CLOEXEC);

	_exit(context < 0 ? errno : send_fd(sock, context) < 0 ? EIO : 0);
}

/* Runs in the parent of that child, which stays outside of the pid namespace and gives up all that the child must not
 * have. Exits with 0 or with an errno, its own or the child's. */
static _Noreturn void become_parent(int sock, int pid_namespace)
{
	struct error ignored;
	int status;
	pid_t pid;

	/* Processes of the pid namespace must not reach the host's files through /proc/PID of the child. */
	prctl(PR_SET_DUMPABLE, 0);
	if (memory_hide_from_children(&ignored) < 0)
		_exit(ignored.number);
	memory_wipe_arguments();
	memory_wipe_environment();
	if (close_others(&sock, &pid_namespace) < 0 || enter_empty_root() < 0)
		_exit(errno);
	if (setns(pid_namespace, CLONE_NEWPID) < 0)
		_exit(errno);
	close_fd(&pid_namespace);
	memory_wipe_rest();
	if (load_filter() < 0)
		_exit(errno);
	pid = sys_clone(SIGCHLD, NULL);
	if (pid == 0)
		open_and_send(sock);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		_exit(errno);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EIO);
}

int procfs_begin_by_child(int pid_namespace, struct error *err)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	cleanup_fd int ours = -1;
	cleanup_fd int theirs = -1;
	cleanup_fd int context = -1;
	int ends[2];
	int code;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set(err, errno, "cannot make a socket");
	ours = ends[0];
	theirs = ends[1];
	pid = sys_clone3(&args);
	if (pid == 0)
		become_parent(theirs, pid_namespace);
	close_fd(&theirs);
	if (pid < 0)
		return error_set(err, errno, "cannot make a process");
	context = receive_fd(ours);
	if (child_wait(pid, &code) < 0)
		return error_set(err, errno, "cannot wait for the process that makes the procfs");
	if (code != 0 || context < 0)
		return error_set(err, code > 0 && code < 128 ? code : EIO,
			"cannot make a procfs of the pid namespace that is joined");
	return take_fd(&context);
}

int procfs_begin(int pid_namespace, struct error *err)
{
	cleanup_fd int context = fsopen("proc", FSOPEN_CLOEXEC);

	if (context < 0)
		return error_set(err, errno, "cannot make a procfs");
	if (fsconfig(context, FSCONFIG_SET_FD, "pidns", NULL, pid_namespace) == 0)
		return take_fd(&context);
	/* EINVAL: the kernel is older and has no such option. */
	if (errno == EINVAL)
		return procfs_begin_by_child(pid_namespace, err);
	return error_set(err, errno, "cannot make a procfs of the pid namespace that is joined");
}
