/* Rules across fields: each value is allowed by itself, but not together with others. One function for each rule. Rules
 * for a single field are in libocispec's rows. Pure. */
#include "plan/parts.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Reads one number of a SemVer version core; advances *s. */
static bool read_number(const char **s, unsigned int *ret_number)
{
	const char *start = *s;
	unsigned int number = 0;

	while (isdigit((unsigned char)**s) && *s - start < 9)
		number = number * 10 + (unsigned int)(*(*s)++ - '0');
	*ret_number = number;
	return *s > start && !isdigit((unsigned char)**s) && (*start != '0' || *s - start == 1);
}

/* Reads the identifiers behind "-" and "+": separated by dots, none of them empty; advances *s. */
static bool read_identifiers(const char **s)
{
	for (;; (*s)++) {
		const char *start = *s;

		while (isalnum((unsigned char)**s) || **s == '-')
			(*s)++;
		if (*s == start)
			return false;
		if (**s != '.')
			return true;
	}
}

static bool is_semver(const char *version, unsigned int *ret_major)
{
	const char *s = version;
	unsigned int minor;
	unsigned int patch;

	if (!read_number(&s, ret_major) || *s++ != '.' || !read_number(&s, &minor) || *s++ != '.' ||
		!read_number(&s, &patch))
		return false;
	for (const char *lead = "-+"; *lead; lead++) {
		if (*s != *lead)
			continue;
		s++;
		if (!read_identifiers(&s))
			return false;
	}
	return *s == '\0';
}

static void check_version(struct oci_document *document, const struct oci_config *spec)
{
	unsigned int major;

	if (!spec->oci_version)
		return;
	if (!is_semver(spec->oci_version, &major))
		oci_problem_add(document, "ociVersion", "expected a semantic version like 1.3.0, found \"%s\"",
			spec->oci_version);
	else if (major != 1)
		oci_problem_add(document, "ociVersion", "expected version 1 of the specification, found \"%s\"",
			spec->oci_version);
}

static void check_root(struct oci_document *document, const struct oci_config *spec)
{
	if (!spec->root)
		oci_problem_add(document, "root", "required member is missing");
}

/* The next member, from row *index of the table on, that needs mounts; NULL at the end. */
static const char *next_mount(const struct oci_config *spec, size_t *index)
{
	static const struct oci_linux no_section;
	const struct oci_linux *section = spec->linux_ ? spec->linux_ : &no_section;
	const struct {
		const char *place;
		bool asked;
	} rows[] = {
		{ "mounts", spec->mounts.n > 0 },
		{ "root.readonly", spec->root && spec->root->readonly },
		{ "linux.devices", section->devices.n > 0 },
		{ "linux.maskedPaths", section->masked_paths.n > 0 },
		{ "linux.readonlyPaths", section->readonly_paths.n > 0 },
		{ "linux.rootfsPropagation", section->rootfs_propagation != OCI_PROPAGATION_UNSET },
		{ "process.terminal", spec->process && spec->process->terminal },
	};

	while (*index < sizeof(rows) / sizeof(rows[0])) {
		size_t row = (*index)++;

		if (rows[row].asked)
			return rows[row].place;
	}
	return NULL;
}

/* Without a mount namespace the container's mounts are made in the runtime's mount namespace, on a mount at
 * root.path. */
static void check_mount_namespace(struct oci_document *document, const struct oci_config *spec)
{
	cleanup_free char *root = spec->root && spec->root->path && spec->root->path[0] == '/'
		? path_normalise(spec->root->path)
		: NULL;
	const char *why = NULL;
	const char *place;
	size_t index = 0;

	if (has_namespace(spec, OCI_NAMESPACE_MOUNT))
		return;
	if (has_namespace(spec, OCI_NAMESPACE_USER))
		why = "a user namespace has no rights over the host's";
	else if (root && strcmp(root, "/") == 0)
		why = "root.path is the root of the host";
	while (why && (place = next_mount(spec, &index)))
		oci_problem_add(document, place, "needs a mount namespace in linux.namespaces: %s", why);
}

static void check_name(struct oci_document *document, const struct oci_config *spec, const char *place,
	const char *name)
{
	if (!name || !*name)
		return;
	if (!has_namespace(spec, OCI_NAMESPACE_UTS))
		oci_problem_add(document, place, "needs a uts namespace in linux.namespaces, else it changes the host");
	if (strlen(name) > HOSTNAME_MAX)
		oci_problem_add(document, place, "expected at most %d characters, found %zu", HOSTNAME_MAX,
			strlen(name));
	for (const char *c = name; *c; c++) {
		if (iscntrl((unsigned char)*c)) {
			oci_problem_add(document, place, "expected no control characters");
			break;
		}
	}
}

/* Adds a problem for a masked or read-only path that is "/". */
static void check_below_root(struct oci_document *document, const struct oci_strings *paths, const char *name)
{
	for (size_t i = 0; i < paths->n; i++) {
		char *normal = path_normalise(paths->items[i]);
		char place[PLAN_PLACE_MAX];

		snprintf(place, sizeof(place), "linux.%s[%zu]", name, i);
		if (normal && strcmp(normal, "/") == 0)
			oci_problem_add(document, place, "expected a path below /, found \"%s\"", paths->items[i]);
		free(normal);
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
	check_labels(document, spec);
	if (spec->linux_) {
		check_below_root(document, &spec->linux_->masked_paths, "maskedPaths");
		check_below_root(document, &spec->linux_->readonly_paths, "readonlyPaths");
	}
}
