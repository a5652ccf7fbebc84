/* The state of a container, as `state` prints it and hooks read it on stdin (spec: runtime.md, state), and the message
 * that goes to a seccomp agent with the notify fd (spec: config-linux.md, the container process state). */
#pragma once

#include "ocispec/types.h"

enum oci_status {
	OCI_STATUS_UNSET,
	OCI_STATUS_CREATING,
	OCI_STATUS_CREATED,
	OCI_STATUS_RUNNING,
	OCI_STATUS_PAUSED, /* an extension that every runtime shares */
	OCI_STATUS_STOPPED,
};

struct oci_state {
	char *oci_version;
	char *id;
	enum oci_status status;
	struct oci_opt_i64 pid; /* of the init process, as its reader sees it */
	char *bundle;           /* absolute */
	struct oci_string_map annotations;
	char *rootfs;  /* the rest are additions that managers read: absolute path, */
	char *created; /* RFC 3339 with nanoseconds, UTC, */
	char *owner;   /* user name or number of whoever made it */
};

struct oci_container_process_state {
	char *oci_version;
	struct oci_strings fds; /* names; the index is that of SCM_RIGHTS */
	int64_t pid;
	char *metadata;
	struct oci_state state;
};
