/* The names of enumerated values in the documents: one table for each enum, which ends with a NULL name. The value that
 * means "absent" has no name. oci_enum_name() and oci_enum_value() search a table. */
#pragma once

#include "ocispec/field.h"

/* config.json, process */
extern const struct oci_enum oci_sched_policy_names[];
extern const struct oci_enum oci_sched_flag_names[];
extern const struct oci_enum oci_ioprio_class_names[];

/* config.json, linux */
extern const struct oci_enum oci_namespace_type_names[];
extern const struct oci_enum oci_device_type_names[];
extern const struct oci_enum oci_propagation_names[];
extern const struct oci_enum oci_personality_domain_names[];
extern const struct oci_enum oci_mempolicy_mode_names[];
extern const struct oci_enum oci_mempolicy_flag_names[];

/* config.json, linux.seccomp */
extern const struct oci_enum oci_seccomp_action_names[];
extern const struct oci_enum oci_seccomp_arch_names[];
extern const struct oci_enum oci_seccomp_flag_names[];
extern const struct oci_enum oci_seccomp_op_names[];

/* the state document */
extern const struct oci_enum oci_status_names[];
