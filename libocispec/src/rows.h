/* The types whose rows are defined in one file and used in another. */
#pragma once

#include "ocispec.h"
#include "ocispec/enums.h"

extern const struct oci_type oci_id_mapping_type;
extern const struct oci_type oci_linux_type;

enum {
	/* (uid_t)-1 means "do not change" to the kernel, so it is not an id. */
	OCI_MAX_ID = 4294967294,

	/* The kernel keeps a device number in 12 and 20 bits. */
	OCI_MAX_MAJOR = 4095,
	OCI_MAX_MINOR = 1048575,
};
