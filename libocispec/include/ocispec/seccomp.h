/* linux.seccomp: the system call policy, and the state that goes to a seccomp agent (spec: config-linux.md,
 * seccomp). */
#pragma once

#include "ocispec/types.h"

enum oci_seccomp_action {
	OCI_SECCOMP_ACT_UNSET,
	OCI_SECCOMP_ACT_KILL, /* the old name of KILL_THREAD */
	OCI_SECCOMP_ACT_KILL_PROCESS,
	OCI_SECCOMP_ACT_KILL_THREAD,
	OCI_SECCOMP_ACT_TRAP,
	OCI_SECCOMP_ACT_ERRNO,
	OCI_SECCOMP_ACT_TRACE,
	OCI_SECCOMP_ACT_ALLOW,
	OCI_SECCOMP_ACT_LOG,
	OCI_SECCOMP_ACT_NOTIFY,
};

enum oci_seccomp_arch {
	OCI_SECCOMP_ARCH_UNSET,
	OCI_SECCOMP_ARCH_X86,
	OCI_SECCOMP_ARCH_X86_64,
	OCI_SECCOMP_ARCH_X32,
	OCI_SECCOMP_ARCH_ARM,
	OCI_SECCOMP_ARCH_AARCH64,
	OCI_SECCOMP_ARCH_LOONGARCH64,
	OCI_SECCOMP_ARCH_M68K,
	OCI_SECCOMP_ARCH_MIPS,
	OCI_SECCOMP_ARCH_MIPS64,
	OCI_SECCOMP_ARCH_MIPS64N32,
	OCI_SECCOMP_ARCH_MIPSEL,
	OCI_SECCOMP_ARCH_MIPSEL64,
	OCI_SECCOMP_ARCH_MIPSEL64N32,
	OCI_SECCOMP_ARCH_PPC,
	OCI_SECCOMP_ARCH_PPC64,
	OCI_SECCOMP_ARCH_PPC64LE,
	OCI_SECCOMP_ARCH_S390,
	OCI_SECCOMP_ARCH_S390X,
	OCI_SECCOMP_ARCH_SH,
	OCI_SECCOMP_ARCH_SHEB,
	OCI_SECCOMP_ARCH_PARISC,
	OCI_SECCOMP_ARCH_PARISC64,
	OCI_SECCOMP_ARCH_RISCV64,
};

enum oci_seccomp_flag {
	OCI_SECCOMP_FLAG_UNSET,
	OCI_SECCOMP_FLAG_TSYNC,
	OCI_SECCOMP_FLAG_LOG,
	OCI_SECCOMP_FLAG_SPEC_ALLOW,
	OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV,
};

enum oci_seccomp_op {
	OCI_SECCOMP_OP_UNSET,
	OCI_SECCOMP_OP_NE,
	OCI_SECCOMP_OP_LT,
	OCI_SECCOMP_OP_LE,
	OCI_SECCOMP_OP_EQ,
	OCI_SECCOMP_OP_GE,
	OCI_SECCOMP_OP_GT,
	OCI_SECCOMP_OP_MASKED_EQ,
};

struct oci_syscall_arg {
	uint32_t index; /* 0 to 5 */
	uint64_t value;
	uint64_t value_two;
	enum oci_seccomp_op op;
};

struct oci_syscall_args {
	size_t n;
	struct oci_syscall_arg *items;
};

struct oci_syscall {
	struct oci_strings names;
	enum oci_seccomp_action action;
	struct oci_opt_u32 errno_ret;
	struct oci_syscall_args args;
};

struct oci_syscalls {
	size_t n;
	struct oci_syscall *items;
};

struct oci_seccomp {
	enum oci_seccomp_action default_action;
	struct oci_opt_u32 default_errno_ret;
	struct oci_enums architectures; /* enum oci_seccomp_arch */
	struct oci_enums flags;         /* enum oci_seccomp_flag */
	char *listener_path;
	char *listener_metadata;
	struct oci_syscalls syscalls;
};
