/* The rows of the state document, and of the message that accompanies a seccomp notify fd. */
#include "document.h"
#include "rows.h"

static const struct oci_field state_rows[] = {
	OCI_STRING(oci_state, oci_version, "ociVersion", .flags = OCI_REQUIRED),
	OCI_STRING(oci_state, id, "id", .flags = OCI_REQUIRED | OCI_NONEMPTY),
	OCI_ENUM(oci_state, status, "status", oci_status, .flags = OCI_REQUIRED),
	OCI_NUMBER(oci_state, pid, "pid", .max = INT64_MAX),
	OCI_STRING(oci_state, bundle, "bundle", .flags = OCI_REQUIRED | OCI_ABSOLUTE),
	OCI_STRING(oci_state, rootfs, "rootfs"),
	OCI_STRING(oci_state, created, "created"),
	OCI_STRING_MAP(oci_state, annotations, "annotations"),
	OCI_STRING(oci_state, owner, "owner"),
};
const struct oci_type oci_state_type = OCI_TYPE(oci_state, state_rows);

static const struct oci_field container_process_state_rows[] = {
	OCI_STRING(oci_container_process_state, oci_version, "ociVersion", .flags = OCI_REQUIRED),
	OCI_STRINGS(oci_container_process_state, fds, "fds"),
	OCI_NUMBER(oci_container_process_state, pid, "pid", .flags = OCI_REQUIRED, .max = INT64_MAX),
	OCI_STRING(oci_container_process_state, metadata, "metadata"),
	OCI_OBJECT(oci_container_process_state, state, "state", oci_state, .flags = OCI_REQUIRED),
};
const struct oci_type oci_container_process_state_type = OCI_TYPE(oci_container_process_state,
	container_process_state_rows);
