/* tare features: prints the features of this program as JSON, from the tables of the parsers. Needs no privilege and
 * reads no file. */
#include "commands/commands.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/version.h"
#include "host/cgroup/cgroup.h"
#include "plan/plan.h"
#include "plan/seccomp/seccomp.h"

#include "ocispec/enums.h"
#include "ocispec/field.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { NAMES_MAX = 64 };

/* A list of the names in a table; the strings belong to the table. */
static struct oci_strings enum_list(const struct oci_enum *names, char **space)
{
	struct oci_strings list = { .items = space };

	for (; names->name && list.n < NAMES_MAX; names++)
		list.items[list.n++] = (char *)(uintptr_t)names->name;
	return list;
}

static struct oci_strings name_list(const char *const *names)
{
	struct oci_strings list = { .items = (char **)(uintptr_t)names };

	while (names[list.n])
		list.n++;
	return list;
}

/* The names of the members of an object in config.json: for "hooks", the hooks that the parser knows. */
static struct oci_strings member_list(const char *name, char **space)
{
	struct oci_strings list = { .items = space };

	for (size_t i = 0; i < oci_config_type.n; i++) {
		const struct oci_field *row = &oci_config_type.rows[i];

		for (size_t j = 0; strcmp(row->name, name) == 0 && j < row->type->n && list.n < NAMES_MAX; j++)
			list.items[list.n++] = (char *)(uintptr_t)row->type->rows[j].name;
	}
	return list;
}

static const struct oci_opt_bool yes = { .set = true, .v = true };
static const struct oci_opt_bool no = { .set = true, .v = false };

static int print_features(const char *systemd_helper, struct error *err)
{
	const struct oci_opt_bool systemd = { .set = true, .v = systemd_helper_exists(systemd_helper) };
	char *hooks[NAMES_MAX], *namespaces[NAMES_MAX], *actions[NAMES_MAX], *operators[NAMES_MAX], *flags[NAMES_MAX];
	char *policy_modes[NAMES_MAX], *policy_flags[NAMES_MAX];
	struct oci_features_cgroup cgroup = { .v1 = no,
		.v2 = yes,
		.systemd = systemd,
		.systemd_user = systemd,
		.rdma = yes };
	struct oci_features_seccomp seccomp = {
		.enabled = yes,
		.actions = enum_list(oci_seccomp_action_names, actions),
		.operators = enum_list(oci_seccomp_op_names, operators),
		.archs = name_list(seccomp_known_architectures()),
		.known_flags = enum_list(oci_seccomp_flag_names, flags),
		.supported_flags = name_list(plan_seccomp_supported_flags()),
	};
	struct oci_features_switch on = { .enabled = yes };
	struct oci_features_memory_policy policy = {
		.modes = enum_list(oci_mempolicy_mode_names, policy_modes),
		.flags = enum_list(oci_mempolicy_flag_names, policy_flags),
	};
	struct oci_features_intel_rdt rdt = { .enabled = yes, .schemata = yes, .monitoring = yes };
	struct oci_features_mount_extensions extensions = { .idmap = &on };
	struct oci_features_linux section = {
		.namespaces = enum_list(oci_namespace_type_names, namespaces),
		.capabilities = name_list(plan_capability_names()),
		.cgroup = &cgroup,
		.seccomp = &seccomp,
		.apparmor = &on,
		.selinux = &on,
		.intel_rdt = &rdt,
		.memory_policy = &policy,
		.mount_extensions = &extensions,
		.net_devices = &on,
	};
	struct oci_pair annotations[] = {
		{ .key = "io.github.seccomp.libseccomp.version",
			.value = (char *)(uintptr_t)seccomp_library_version() },
		/* runc's name of the annotation, which managers read. */
		{ .key = "org.opencontainers.runc.checkpoint.enabled", .value = "false" },
		/* Of libseccomp are the names and numbers of system calls alone. */
		{ .key = "org.opencontainers.tare.seccomp.compiler", .value = "tare" },
		{ .key = "org.opencontainers.tare.commit", .value = (char *)(uintptr_t)version_commit },
		{ .key = "org.opencontainers.tare.version", .value = (char *)(uintptr_t)version_release },
	};
	const struct oci_features features = {
		.oci_version_min = "1.0.0",
		.oci_version_max = "1.3.0",
		.hooks = member_list("hooks", hooks),
		.mount_options = name_list(plan_mount_option_names()),
		.linux_ = &section,
		.potentially_unsafe_config_annotations = name_list(plan_annotation_names()),
		.annotations = { .n = sizeof(annotations) / sizeof(annotations[0]), .items = annotations },
	};
	cleanup_free char *text = NULL;
	size_t length;

	if (oci_write(&oci_features_type, &features, OCI_WRITE_PRETTY, &text, &length) < 0)
		return error_set(err, errno, "cannot write the features");
	if (fd_write_all(STDOUT_FILENO, text, length) < 0)
		return error_set(err, errno, "cannot write to the standard output");
	return 0;
}

static int run(const struct invocation *invocation, struct error *err)
{
	return print_features(invocation->global->systemd_helper, err);
}

const struct command features_command = {
	.name = "features",
	.words = "",
	.summary = "print what this program can do",
	.options = help_only_table,
	.options_size = sizeof(struct help_only),
	.least_words = 0,
	.most_words = 0,
	.run = run,
};
