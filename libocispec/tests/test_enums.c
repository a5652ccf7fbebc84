/* Tables of names: both directions agree, no value or name occurs twice, and none is missing. */
#include "help.h"
#include "ocispec/enums.h"

#define TABLE(name, last) { #name, oci_##name##_names, last }

static const struct {
	const char *name;
	const struct oci_enum *names;
	int last; /* the largest value; the smallest is 1, 0 being "absent" */
} tables[] = {
	TABLE(sched_policy, OCI_SCHED_DEADLINE),
	TABLE(sched_flag, OCI_SCHED_FLAG_UTIL_CLAMP_MAX),
	TABLE(ioprio_class, OCI_IOPRIO_CLASS_IDLE),
	TABLE(namespace_type, OCI_NAMESPACE_TIME),
	TABLE(device_type, OCI_DEVICE_FIFO),
	TABLE(propagation, OCI_PROPAGATION_UNBINDABLE),
	TABLE(personality_domain, OCI_PERSONALITY_LINUX32),
	TABLE(mempolicy_mode, OCI_MPOL_LOCAL),
	TABLE(mempolicy_flag, OCI_MPOL_F_STATIC_NODES),
	TABLE(seccomp_action, OCI_SECCOMP_ACT_NOTIFY),
	TABLE(seccomp_arch, OCI_SECCOMP_ARCH_RISCV64),
	TABLE(seccomp_flag, OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV),
	TABLE(seccomp_op, OCI_SECCOMP_OP_MASKED_EQ),
	TABLE(status, OCI_STATUS_STOPPED),
};

int main(void)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const struct oci_enum *names = tables[i].names;
		int n = 0;
		for (const struct oci_enum *row = names; row->name; row++) {
			/* The second name of a value is behind the first names of all values. */
			bool alias = n == tables[i].last;

			ok(oci_enum_value(names, row->name) == row->value &&
					(oci_enum_name(names, row->value) == row->name) == !alias,
				"%s: %s there%s", tables[i].name, row->name, alias ? "" : " and back");
			n += !alias;
		}
		for (int value = 1; value <= tables[i].last; value++)
			ok(oci_enum_name(names, value) != NULL, "%s: value %d has a name", tables[i].name, value);
		is_int(n, tables[i].last, "there are as many names as values");
		ok(oci_enum_name(names, 0) == NULL, "%s: absent has no name", tables[i].name);
		ok(oci_enum_name(names, tables[i].last + 1) == NULL, "%s: nothing behind the last", tables[i].name);
		ok(oci_enum_value(names, "") == -1 && oci_enum_value(names, "other") == -1,
			"%s: other names are unknown", tables[i].name);
	}
	return done();
}
