/* Rules across fields: what each value allows by itself but not together. One function a rule; a problem names its place.
 * Rules for one field alone are in libocispec's rows. Pure. */
#include "plan/plan.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { HOSTNAME_MAX = 64 };

static bool has_namespace(const struct oci_config *spec, enum oci_namespace_type type)
{
	for (size_t i = 0; spec->linux_ && i < spec->linux_->namespaces.n; i++) {
		if (spec->linux_->namespaces.items[i].type == type)
			return true;
	}
	return false;
}

/* One dotted part of a SemVer version core; advances *s. */
static bool read_number(const char **s, unsigned int *ret_number)
{
	const char *start = *s;
	unsigned int number = 0;

	while (isdigit((unsigned char)**s) && *s - start < 9)
		number = number * 10 + (unsigned int)(*(*s)++ - '0');
	*ret_number = number;
	return *s > start && !isdigit((unsigned char)**s) && (*start != '0' || *s - start == 1);
}

static bool is_semver(const char *version, unsigned int *ret_major)
{
	const char *s = version;
	unsigned int minor;
	unsigned int patch;

	if (!read_number(&s, ret_major) || *s++ != '.' || !read_number(&s, &minor) || *s++ != '.' || !read_number(&s, &patch))
		return false;
	if (*s != '\0' && *s != '-' && *s != '+')
		return false;
	if (*s != '\0' && s[1] == '\0')
		return false;
	for (; *s; s++) {
		if (!isalnum((unsigned char)*s) && !strchr("-+.", *s))
			return false;
	}
	return true;
}

static void check_version(struct oci_document *document, const struct oci_config *spec)
{
	unsigned int major;

	if (!spec->oci_version)
		return;
	if (!is_semver(spec->oci_version, &major))
		oci_problem_add(document, "ociVersion", "expected a semantic version like 1.3.0, found \"%s\"", spec->oci_version);
	else if (major != 1)
		oci_problem_add(document, "ociVersion", "expected version 1 of the specification, found \"%s\"", spec->oci_version);
}

static void check_root(struct oci_document *document, const struct oci_config *spec)
{
	if (!spec->root)
		oci_problem_add(document, "root", "required member is missing");
}

/* Without a mount namespace every mount would happen on the host. */
static void check_mount_namespace(struct oci_document *document, const struct oci_config *spec)
{
	const struct oci_linux *section = spec->linux_;
	const char *reason = "needs a mount namespace in linux.namespaces, else it changes the host";

	if (has_namespace(spec, OCI_NAMESPACE_MOUNT))
		return;
	if (spec->mounts.n > 0)
		oci_problem_add(document, "mounts", "%s", reason);
	if (spec->root && spec->root->readonly)
		oci_problem_add(document, "root.readonly", "%s", reason);
	if (!section)
		return;
	if (section->devices.n > 0)
		oci_problem_add(document, "linux.devices", "%s", reason);
	if (section->masked_paths.n > 0)
		oci_problem_add(document, "linux.maskedPaths", "%s", reason);
	if (section->readonly_paths.n > 0)
		oci_problem_add(document, "linux.readonlyPaths", "%s", reason);
	if (section->rootfs_propagation != OCI_PROPAGATION_UNSET)
		oci_problem_add(document, "linux.rootfsPropagation", "%s", reason);
	if (spec->process && spec->process->terminal)
		oci_problem_add(document, "process.terminal", "%s", reason);
}

static void check_name(struct oci_document *document, const struct oci_config *spec, const char *place, const char *name)
{
	if (!name || !*name)
		return;
	if (!has_namespace(spec, OCI_NAMESPACE_UTS))
		oci_problem_add(document, place, "needs a uts namespace in linux.namespaces, else it changes the host");
	if (strlen(name) > HOSTNAME_MAX)
		oci_problem_add(document, place, "expected at most %d characters, found %zu", HOSTNAME_MAX, strlen(name));
	for (const char *c = name; *c; c++) {
		if (iscntrl((unsigned char)*c)) {
			oci_problem_add(document, place, "expected no control characters");
			break;
		}
	}
}

static void check_personality(struct oci_document *document, const struct oci_config *spec)
{
	const struct oci_personality *personality = spec->linux_ ? spec->linux_->personality : NULL;

	if (!personality)
		return;
	if (personality->domain == OCI_PERSONALITY_UNSET)
		oci_problem_add(document, "linux.personality.domain", "required member is missing");
	if (personality->flags.n > 0)
		oci_problem_add(document, "linux.personality.flags", "expected none: the specification defines no flag");
}

/* What a later version brings; until then it is refused by name and never ignored. */
static void check_supported(struct oci_document *document, const struct oci_config *spec)
{
	const struct oci_linux *section = spec->linux_;

	if (!section)
		return;
	if (section->net_devices.n > 0)
		oci_problem_add(document, "linux.netDevices", "moving network devices is not supported");
	if (section->intel_rdt)
		oci_problem_add(document, "linux.intelRdt", "Intel RDT is not supported");
	if (section->memory_policy)
		oci_problem_add(document, "linux.memoryPolicy", "memory policies are not supported");
}

static void check_absolute(struct oci_document *document, const struct oci_strings *paths, const char *name)
{
	for (size_t i = 0; i < paths->n; i++) {
		const char *path = paths->items[i];
		char place[64];

		snprintf(place, sizeof(place), "linux.%s[%zu]", name, i);
		if (strcmp(path, "/") == 0)
			oci_problem_add(document, place, "expected a path below /, found \"%s\"", path);
	}
}

static void check_labels(struct oci_document *document, const struct oci_config *spec)
{
	const char *label = spec->linux_ ? spec->linux_->mount_label : NULL;

	if (label && strpbrk(label, "\"\n"))
		oci_problem_add(document, "linux.mountLabel", "expected a label without quotes and newlines");
}

void plan_rules(struct oci_document *document, const struct oci_config *spec)
{
	check_version(document, spec);
	check_root(document, spec);
	check_mount_namespace(document, spec);
	check_name(document, spec, "hostname", spec->hostname);
	check_name(document, spec, "domainname", spec->domainname);
	check_personality(document, spec);
	check_supported(document, spec);
	check_labels(document, spec);
	if (spec->linux_) {
		check_absolute(document, &spec->linux_->masked_paths, "maskedPaths");
		check_absolute(document, &spec->linux_->readonly_paths, "readonlyPaths");
	}
}
