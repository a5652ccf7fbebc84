/* The names of enumerated values, as the specification spells them: tables and two look-ups. A new name is added here
 * and to the enum only. */
#include "ocispec.h"
#include "ocispec/enums.h"

#include <string.h>

const struct oci_enum oci_sched_policy_names[] = {
	{ "SCHED_OTHER", OCI_SCHED_OTHER },
	{ "SCHED_FIFO", OCI_SCHED_FIFO },
	{ "SCHED_RR", OCI_SCHED_RR },
	{ "SCHED_BATCH", OCI_SCHED_BATCH },
	{ "SCHED_ISO", OCI_SCHED_ISO },
	{ "SCHED_IDLE", OCI_SCHED_IDLE },
	{ "SCHED_DEADLINE", OCI_SCHED_DEADLINE },
	{ NULL, 0 },
};

const struct oci_enum oci_sched_flag_names[] = {
	{ "SCHED_FLAG_RESET_ON_FORK", OCI_SCHED_FLAG_RESET_ON_FORK },
	{ "SCHED_FLAG_RECLAIM", OCI_SCHED_FLAG_RECLAIM },
	{ "SCHED_FLAG_DL_OVERRUN", OCI_SCHED_FLAG_DL_OVERRUN },
	{ "SCHED_FLAG_KEEP_POLICY", OCI_SCHED_FLAG_KEEP_POLICY },
	{ "SCHED_FLAG_KEEP_PARAMS", OCI_SCHED_FLAG_KEEP_PARAMS },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN", OCI_SCHED_FLAG_UTIL_CLAMP_MIN },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", OCI_SCHED_FLAG_UTIL_CLAMP_MAX },
	{ NULL, 0 },
};

const struct oci_enum oci_ioprio_class_names[] = {
	{ "IOPRIO_CLASS_RT", OCI_IOPRIO_CLASS_RT },
	{ "IOPRIO_CLASS_BE", OCI_IOPRIO_CLASS_BE },
	{ "IOPRIO_CLASS_IDLE", OCI_IOPRIO_CLASS_IDLE },
	{ NULL, 0 },
};

const struct oci_enum oci_namespace_type_names[] = {
	{ "pid", OCI_NAMESPACE_PID },
	{ "network", OCI_NAMESPACE_NETWORK },
	{ "mount", OCI_NAMESPACE_MOUNT },
	{ "ipc", OCI_NAMESPACE_IPC },
	{ "uts", OCI_NAMESPACE_UTS },
	{ "user", OCI_NAMESPACE_USER },
	{ "cgroup", OCI_NAMESPACE_CGROUP },
	{ "time", OCI_NAMESPACE_TIME },
	{ NULL, 0 },
};

const struct oci_enum oci_device_type_names[] = {
	{ "c", OCI_DEVICE_CHAR },
	{ "b", OCI_DEVICE_BLOCK },
	{ "u", OCI_DEVICE_UNBUFFERED },
	{ "p", OCI_DEVICE_FIFO },
	{ NULL, 0 },
};

const struct oci_enum oci_propagation_names[] = {
	{ "private", OCI_PROPAGATION_PRIVATE },
	{ "shared", OCI_PROPAGATION_SHARED },
	{ "slave", OCI_PROPAGATION_SLAVE },
	{ "unbindable", OCI_PROPAGATION_UNBINDABLE },
	/* mount(8)'s names for the propagation of a whole tree: managers use them, and other runtimes accept them. */
	{ "rprivate", OCI_PROPAGATION_PRIVATE },
	{ "rshared", OCI_PROPAGATION_SHARED },
	{ "rslave", OCI_PROPAGATION_SLAVE },
	{ "runbindable", OCI_PROPAGATION_UNBINDABLE },
	{ NULL, 0 },
};

const struct oci_enum oci_personality_domain_names[] = {
	{ "LINUX", OCI_PERSONALITY_LINUX },
	{ "LINUX32", OCI_PERSONALITY_LINUX32 },
	{ NULL, 0 },
};

const struct oci_enum oci_mempolicy_mode_names[] = {
	{ "MPOL_DEFAULT", OCI_MPOL_DEFAULT },
	{ "MPOL_BIND", OCI_MPOL_BIND },
	{ "MPOL_INTERLEAVE", OCI_MPOL_INTERLEAVE },
	{ "MPOL_WEIGHTED_INTERLEAVE", OCI_MPOL_WEIGHTED_INTERLEAVE },
	{ "MPOL_PREFERRED", OCI_MPOL_PREFERRED },
	{ "MPOL_PREFERRED_MANY", OCI_MPOL_PREFERRED_MANY },
	{ "MPOL_LOCAL", OCI_MPOL_LOCAL },
	{ NULL, 0 },
};

const struct oci_enum oci_mempolicy_flag_names[] = {
	{ "MPOL_F_NUMA_BALANCING", OCI_MPOL_F_NUMA_BALANCING },
	{ "MPOL_F_RELATIVE_NODES", OCI_MPOL_F_RELATIVE_NODES },
	{ "MPOL_F_STATIC_NODES", OCI_MPOL_F_STATIC_NODES },
	{ NULL, 0 },
};

const struct oci_enum oci_seccomp_action_names[] = {
	{ "SCMP_ACT_KILL", OCI_SECCOMP_ACT_KILL },
	{ "SCMP_ACT_KILL_PROCESS", OCI_SECCOMP_ACT_KILL_PROCESS },
	{ "SCMP_ACT_KILL_THREAD", OCI_SECCOMP_ACT_KILL_THREAD },
	{ "SCMP_ACT_TRAP", OCI_SECCOMP_ACT_TRAP },
	{ "SCMP_ACT_ERRNO", OCI_SECCOMP_ACT_ERRNO },
	{ "SCMP_ACT_TRACE", OCI_SECCOMP_ACT_TRACE },
	{ "SCMP_ACT_ALLOW", OCI_SECCOMP_ACT_ALLOW },
	{ "SCMP_ACT_LOG", OCI_SECCOMP_ACT_LOG },
	{ "SCMP_ACT_NOTIFY", OCI_SECCOMP_ACT_NOTIFY },
	{ NULL, 0 },
};

const struct oci_enum oci_seccomp_arch_names[] = {
	{ "SCMP_ARCH_X86", OCI_SECCOMP_ARCH_X86 },
	{ "SCMP_ARCH_X86_64", OCI_SECCOMP_ARCH_X86_64 },
	{ "SCMP_ARCH_X32", OCI_SECCOMP_ARCH_X32 },
	{ "SCMP_ARCH_ARM", OCI_SECCOMP_ARCH_ARM },
	{ "SCMP_ARCH_AARCH64", OCI_SECCOMP_ARCH_AARCH64 },
	{ "SCMP_ARCH_LOONGARCH64", OCI_SECCOMP_ARCH_LOONGARCH64 },
	{ "SCMP_ARCH_M68K", OCI_SECCOMP_ARCH_M68K },
	{ "SCMP_ARCH_MIPS", OCI_SECCOMP_ARCH_MIPS },
	{ "SCMP_ARCH_MIPS64", OCI_SECCOMP_ARCH_MIPS64 },
	{ "SCMP_ARCH_MIPS64N32", OCI_SECCOMP_ARCH_MIPS64N32 },
	{ "SCMP_ARCH_MIPSEL", OCI_SECCOMP_ARCH_MIPSEL },
	{ "SCMP_ARCH_MIPSEL64", OCI_SECCOMP_ARCH_MIPSEL64 },
	{ "SCMP_ARCH_MIPSEL64N32", OCI_SECCOMP_ARCH_MIPSEL64N32 },
	{ "SCMP_ARCH_PPC", OCI_SECCOMP_ARCH_PPC },
	{ "SCMP_ARCH_PPC64", OCI_SECCOMP_ARCH_PPC64 },
	{ "SCMP_ARCH_PPC64LE", OCI_SECCOMP_ARCH_PPC64LE },
	{ "SCMP_ARCH_S390", OCI_SECCOMP_ARCH_S390 },
	{ "SCMP_ARCH_S390X", OCI_SECCOMP_ARCH_S390X },
	{ "SCMP_ARCH_SH", OCI_SECCOMP_ARCH_SH },
	{ "SCMP_ARCH_SHEB", OCI_SECCOMP_ARCH_SHEB },
	{ "SCMP_ARCH_PARISC", OCI_SECCOMP_ARCH_PARISC },
	{ "SCMP_ARCH_PARISC64", OCI_SECCOMP_ARCH_PARISC64 },
	{ "SCMP_ARCH_RISCV64", OCI_SECCOMP_ARCH_RISCV64 },
	{ NULL, 0 },
};

const struct oci_enum oci_seccomp_flag_names[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", OCI_SECCOMP_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_LOG", OCI_SECCOMP_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", OCI_SECCOMP_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV },
	{ NULL, 0 },
};

const struct oci_enum oci_seccomp_op_names[] = {
	{ "SCMP_CMP_NE", OCI_SECCOMP_OP_NE },
	{ "SCMP_CMP_LT", OCI_SECCOMP_OP_LT },
	{ "SCMP_CMP_LE", OCI_SECCOMP_OP_LE },
	{ "SCMP_CMP_EQ", OCI_SECCOMP_OP_EQ },
	{ "SCMP_CMP_GE", OCI_SECCOMP_OP_GE },
	{ "SCMP_CMP_GT", OCI_SECCOMP_OP_GT },
	{ "SCMP_CMP_MASKED_EQ", OCI_SECCOMP_OP_MASKED_EQ },
	{ NULL, 0 },
};

const struct oci_enum oci_status_names[] = {
	{ "creating", OCI_STATUS_CREATING },
	{ "created", OCI_STATUS_CREATED },
	{ "running", OCI_STATUS_RUNNING },
	{ "paused", OCI_STATUS_PAUSED },
	{ "stopped", OCI_STATUS_STOPPED },
	{ NULL, 0 },
};

const char *oci_enum_name(const struct oci_enum *names, int value)
{
	for (const struct oci_enum *row = names; row->name; row++)
		if (row->value == value)
			return row->name;
	return NULL;
}

int oci_enum_value(const struct oci_enum *names, const char *name)
{
	for (const struct oci_enum *row = names; row->name; row++)
		if (strcmp(row->name, name) == 0)
			return row->value;
	return -1;
}
