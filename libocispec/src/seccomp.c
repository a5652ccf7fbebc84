/* The rows of linux.seccomp. */
#include "document.h"
#include "rows.h"

/* Largest errno that the kernel lets a filter return. */
enum { MAX_ERRNO = 4095 };

static const struct oci_field syscall_arg_rows[] = {
	OCI_NUMBER(oci_syscall_arg, index, "index", .flags = OCI_REQUIRED, .max = 5),
	OCI_NUMBER(oci_syscall_arg, value, "value", .flags = OCI_REQUIRED),
	OCI_NUMBER(oci_syscall_arg, value_two, "valueTwo"),
	OCI_ENUM(oci_syscall_arg, op, "op", oci_seccomp_op, .flags = OCI_REQUIRED),
};
static const struct oci_type oci_syscall_arg_type = OCI_TYPE(oci_syscall_arg, syscall_arg_rows);

static const struct oci_field syscall_rows[] = {
	OCI_STRINGS(oci_syscall, names, "names", .flags = OCI_REQUIRED | OCI_SOME),
	OCI_ENUM(oci_syscall, action, "action", oci_seccomp_action, .flags = OCI_REQUIRED),
	OCI_NUMBER(oci_syscall, errno_ret, "errnoRet", .max = MAX_ERRNO),
	OCI_LIST(oci_syscall, args, "args", oci_syscall_arg),
};
static const struct oci_type oci_syscall_type = OCI_TYPE(oci_syscall, syscall_rows);

static const struct oci_field seccomp_rows[] = {
	OCI_ENUM(oci_seccomp, default_action, "defaultAction", oci_seccomp_action, .flags = OCI_REQUIRED),
	OCI_NUMBER(oci_seccomp, default_errno_ret, "defaultErrnoRet", .max = MAX_ERRNO),
	OCI_ENUMS(oci_seccomp, architectures, "architectures", oci_seccomp_arch),
	OCI_ENUMS(oci_seccomp, flags, "flags", oci_seccomp_flag),
	OCI_STRING(oci_seccomp, listener_path, "listenerPath"),
	OCI_STRING(oci_seccomp, listener_metadata, "listenerMetadata"),
	OCI_LIST(oci_seccomp, syscalls, "syscalls", oci_syscall),
};
const struct oci_type oci_seccomp_type = OCI_TYPE(oci_seccomp, seccomp_rows);
