/* System calls without libc: those that glibc 2.36 has no wrapper for, and those that must not run code of libc. The
 * only file that calls syscall(2) or uses the machine instruction. */
#pragma once

#include <errno.h>
#include <linux/bpf.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* A system call in place: on x86-64 no function of libc is called, so no page of libc is touched, which might not be
 * mapped yet. Returns the kernel's result: an error is -errno. */
__attribute__((always_inline)) static inline long sys_raw(long number, long a, long b, long c, long d, long e)
{
#if defined(__x86_64__)
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long result;

	__asm__ volatile("syscall"
		: "=a"(result)
		: "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
		: "rcx", "r11", "memory");
	return result;
#else
	long result = syscall(number, a, b, c, d, e);

	return result < 0 ? -errno : result;
#endif
}

static inline int sys_openat2(int dirfd, const char *path, const struct open_how *how)
{
	return (int)syscall(SYS_openat2, dirfd, path, how, sizeof(*how));
}

/* Returns like fork(2). args->stack must be 0: the child runs on a copy of the caller's stack. */
static inline pid_t sys_clone3(const struct clone_args *args)
{
	return (pid_t)syscall(SYS_clone3, args, sizeof(*args));
}

/* clone(2) that returns like fork(2), on a copy of the memory; the child runs no handler of pthread_atfork(3). Used
 * where a seccomp policy may be in force: a policy can look at the flags of clone(2), not at those of clone3(2), which
 * it often denies. ret_pidfd is for CLONE_PIDFD, else NULL. */
static inline pid_t sys_clone(unsigned long flags, int *ret_pidfd)
{
#if defined(__s390__) || defined(__CRIS__)
	return (pid_t)syscall(SYS_clone, NULL, flags, ret_pidfd, NULL, NULL);
#else
	return (pid_t)syscall(SYS_clone, flags, NULL, ret_pidfd, NULL, NULL);
#endif
}

/* A zeroed union larger than that of any kernel: some kernels write beyond the size that the caller passes. */
union sys_bpf_attr {
	union bpf_attr attr;
	uint8_t space[512];
};

static inline int sys_bpf(enum bpf_cmd command, union sys_bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(attr->attr));
}

static inline int sys_seccomp(unsigned int operation, unsigned int flags, void *args)
{
	return (int)syscall(SYS_seccomp, operation, flags, args);
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

static inline long sys_keyctl(int operation, unsigned long arg2, unsigned long arg3)
{
	return syscall(SYS_keyctl, operation, arg2, arg3, 0UL, 0UL);
}

/* getcwd(2): unlike glibc's getcwd(3) it gives "(unreachable)/..." for a directory outside the root. Returns the length
 * with the NUL. */
static inline int sys_getcwd(char *buffer, size_t size)
{
	return (int)syscall(SYS_getcwd, buffer, size);
}

/* setgroups(2) for the calling thread only; glibc's wrapper changes all threads. */
static inline int sys_setgroups(size_t n, const uint32_t *groups)
{
	return (int)syscall(SYS_setgroups, n, groups);
}

struct __user_cap_header_struct;
struct __user_cap_data_struct;

static inline int sys_capget(struct __user_cap_header_struct *header, struct __user_cap_data_struct *data)
{
	return (int)syscall(SYS_capget, header, data);
}

static inline int sys_capset(struct __user_cap_header_struct *header, const struct __user_cap_data_struct *data)
{
	return (int)syscall(SYS_capset, header, data);
}

static inline int sys_sched_setattr(pid_t pid, const void *attr, unsigned int flags)
{
	return (int)syscall(SYS_sched_setattr, pid, attr, flags);
}

static inline int sys_ioprio_set(int which, int who, int ioprio)
{
	return (int)syscall(SYS_ioprio_set, which, who, ioprio);
}

static inline int sys_execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags)
{
	return (int)syscall(SYS_execveat, dirfd, path, argv, envp, flags);
}

/* set_mempolicy(2). nodes has bits - 1 bits: the kernel reads one bit less than it is told. NULL and 0 for no nodes. */
static inline int sys_set_mempolicy(int mode, const unsigned long *nodes, unsigned long bits)
{
	return (int)syscall(SYS_set_mempolicy, mode, nodes, bits);
}
