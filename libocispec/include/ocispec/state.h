/* The state of a container, which `state` prints and hooks read on stdin (spec: runtime.md, state), and the message
 * that is sent to a seccomp agent with the notify fd (spec: config-linux.md, the container process state). */
#pragma once

#include "ocispec/types.h"

enum oci_status {
	OCI_STATUS_UNSET,
	OCI_STATUS_CREATING,
	OCI_STATUS_CREATED,
	OCI_STATUS_RUNNING,
	OCI_STATUS_PAUSED, /* an extension of all runtimes */
	OCI_STATUS_STOPPED,
};

struct oci_state {
	char *oci_version;
	char *id;
	enum oci_status status;
	struct oci_opt_i64 pid; /* of the init process, in the reader's pid namespace */
	char *bundle;           /* absolute */
	struct oci_string_map annotations;
	char *rootfs;  /* the rest are additions that managers read: absolute path, */
	char *created; /* RFC 3339 with nanoseconds, UTC, */
	char *owner;   /* name or number of the user that made the container */
};

struct oci_container_process_state {
	char *oci_version;
	struct oci_strings fds; /* names; the index is that of SCM_RIGHTS */
	int64_t pid;
	char *metadata;
	struct oci_state state;
};
