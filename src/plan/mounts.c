/* Mounts: one table of options, and from each entry of the spec one description of a mount. Pure.
 *
 * Attributes of a mount go to mount_setattr(2) while it is still detached, options of the file system go to fsconfig(2), and
 * nothing is left over: an option is in the table, or it is the file system's own (spec: config.md, mounts). */
#include "plan/plan.h"

#include "base/path.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* <sys/mount.h> and <linux/mount.h> of Debian 12 cannot be included together; these are the flags of mount(2). */
enum {
	FLAG_SILENT = 1 << 15,
	FLAG_UNBINDABLE = 1 << 17,
	FLAG_PRIVATE = 1 << 18,
	FLAG_SLAVE = 1 << 19,
	FLAG_SHARED = 1 << 20,
	FLAG_I_VERSION = 1 << 23,
};

enum option_kind {
	OPTION_NONE, /* says what is so anyway */
	OPTION_BIND, /* a bind mount; value: recursive */
	OPTION_REMOUNT,
	OPTION_SET, /* an attribute of the mount */
	OPTION_CLEAR,
	OPTION_TREE_SET, /* and of all mounts below */
	OPTION_TREE_CLEAR,
	OPTION_PROPAGATION,
	OPTION_TREE_PROPAGATION,
	OPTION_SUPERBLOCK, /* passed to fsconfig(2) as a flag; without meaning for a bind mount, which has no superblock of its own */
	OPTION_MOUNT_FLAG, /* a flag only mount(2) has */
	OPTION_COPY_UP,
	OPTION_UNSUPPORTED, /* known, refused by name */
};

struct option {
	const char *name;
	enum option_kind kind;
	uint64_t value;
};

/* Sorted, as `features` lists it. */
static const struct option options[] = {
	{ "async", OPTION_SUPERBLOCK, 0 },
	{ "atime", OPTION_SET, MOUNT_ATTR_RELATIME },
	{ "bind", OPTION_BIND, false },
	{ "defaults", OPTION_NONE, 0 },
	{ "dev", OPTION_CLEAR, MOUNT_ATTR_NODEV },
	{ "diratime", OPTION_CLEAR, MOUNT_ATTR_NODIRATIME },
	{ "dirsync", OPTION_SUPERBLOCK, 0 },
	{ "exec", OPTION_CLEAR, MOUNT_ATTR_NOEXEC },
	{ "idmap", OPTION_UNSUPPORTED, 0 },
	{ "iversion", OPTION_MOUNT_FLAG, FLAG_I_VERSION },
	{ "lazytime", OPTION_SUPERBLOCK, 0 },
	{ "loud", OPTION_NONE, 0 },
	{ "mand", OPTION_SUPERBLOCK, 0 },
	{ "noatime", OPTION_SET, MOUNT_ATTR_NOATIME },
	{ "nodev", OPTION_SET, MOUNT_ATTR_NODEV },
	{ "nodiratime", OPTION_SET, MOUNT_ATTR_NODIRATIME },
	{ "noexec", OPTION_SET, MOUNT_ATTR_NOEXEC },
	{ "noiversion", OPTION_NONE, 0 },
	{ "nolazytime", OPTION_SUPERBLOCK, 0 },
	{ "nomand", OPTION_SUPERBLOCK, 0 },
	{ "norelatime", OPTION_SET, MOUNT_ATTR_RELATIME },
	{ "nostrictatime", OPTION_SET, MOUNT_ATTR_RELATIME },
	{ "nosuid", OPTION_SET, MOUNT_ATTR_NOSUID },
	{ "nosymfollow", OPTION_SET, MOUNT_ATTR_NOSYMFOLLOW },
	{ "private", OPTION_PROPAGATION, FLAG_PRIVATE },
	{ "ratime", OPTION_TREE_SET, MOUNT_ATTR_RELATIME },
	{ "rbind", OPTION_BIND, true },
	{ "rdev", OPTION_TREE_CLEAR, MOUNT_ATTR_NODEV },
	{ "rdiratime", OPTION_TREE_CLEAR, MOUNT_ATTR_NODIRATIME },
	{ "relatime", OPTION_SET, MOUNT_ATTR_RELATIME },
	{ "remount", OPTION_REMOUNT, 0 },
	{ "rexec", OPTION_TREE_CLEAR, MOUNT_ATTR_NOEXEC },
	{ "ridmap", OPTION_UNSUPPORTED, 0 },
	{ "rnoatime", OPTION_TREE_SET, MOUNT_ATTR_NOATIME },
	{ "rnodev", OPTION_TREE_SET, MOUNT_ATTR_NODEV },
	{ "rnodiratime", OPTION_TREE_SET, MOUNT_ATTR_NODIRATIME },
	{ "rnoexec", OPTION_TREE_SET, MOUNT_ATTR_NOEXEC },
	{ "rnorelatime", OPTION_TREE_SET, MOUNT_ATTR_RELATIME },
	{ "rnostrictatime", OPTION_TREE_SET, MOUNT_ATTR_RELATIME },
	{ "rnosuid", OPTION_TREE_SET, MOUNT_ATTR_NOSUID },
	{ "rnosymfollow", OPTION_TREE_SET, MOUNT_ATTR_NOSYMFOLLOW },
	{ "ro", OPTION_SET, MOUNT_ATTR_RDONLY },
	{ "rprivate", OPTION_TREE_PROPAGATION, FLAG_PRIVATE },
	{ "rrelatime", OPTION_TREE_SET, MOUNT_ATTR_RELATIME },
	{ "rro", OPTION_TREE_SET, MOUNT_ATTR_RDONLY },
	{ "rrw", OPTION_TREE_CLEAR, MOUNT_ATTR_RDONLY },
	{ "rshared", OPTION_TREE_PROPAGATION, FLAG_SHARED },
	{ "rslave", OPTION_TREE_PROPAGATION, FLAG_SLAVE },
	{ "rstrictatime", OPTION_TREE_SET, MOUNT_ATTR_STRICTATIME },
	{ "rsuid", OPTION_TREE_CLEAR, MOUNT_ATTR_NOSUID },
	{ "rsymfollow", OPTION_TREE_CLEAR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "runbindable", OPTION_TREE_PROPAGATION, FLAG_UNBINDABLE },
	{ "rw", OPTION_CLEAR, MOUNT_ATTR_RDONLY },
	{ "shared", OPTION_PROPAGATION, FLAG_SHARED },
	{ "silent", OPTION_MOUNT_FLAG, FLAG_SILENT },
	{ "slave", OPTION_PROPAGATION, FLAG_SLAVE },
	{ "strictatime", OPTION_SET, MOUNT_ATTR_STRICTATIME },
	{ "suid", OPTION_CLEAR, MOUNT_ATTR_NOSUID },
	{ "symfollow", OPTION_CLEAR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "sync", OPTION_SUPERBLOCK, 0 },
	{ "tmpcopyup", OPTION_COPY_UP, 0 },
	{ "unbindable", OPTION_PROPAGATION, FLAG_UNBINDABLE },
};

enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

const char *const *plan_mount_option_names(void)
{
	static const char *names[OPTION_COUNT + 1];
	size_t n = 0;

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (options[i].kind != OPTION_UNSUPPORTED)
			names[n++] = options[i].name;
	}
	return names;
}

static int compare_option(const void *name, const void *option)
{
	return strcmp(name, ((const struct option *)option)->name);
}

static const struct option *find_option(const char *name)
{
	return bsearch(name, options, OPTION_COUNT, sizeof(options[0]), compare_option);
}

/* The three access time attributes are one field of which the last word wins. */
static uint64_t field_of(uint64_t attribute)
{
	bool atime = attribute == MOUNT_ATTR_RELATIME || attribute == MOUNT_ATTR_NOATIME ||
		attribute == MOUNT_ATTR_STRICTATIME;

	return atime ? (uint64_t)MOUNT_ATTR__ATIME : attribute;
}

static void set_attribute(uint64_t *set, uint64_t *clear, uint64_t attribute)
{
	*set = (*set & ~field_of(attribute)) | attribute;
	/* mount_setattr(2) wants the whole access time field cleared before one of its values is set. */
	if (field_of(attribute) == MOUNT_ATTR__ATIME)
		*clear |= MOUNT_ATTR__ATIME;
	else
		*clear &= ~attribute;
}

static void clear_attribute(uint64_t *set, uint64_t *clear, uint64_t attribute)
{
	*set &= ~attribute;
	*clear |= attribute;
}

/* An option for the whole tree speaks of the mount at its top, too: it is a later word than those for that one alone. */
static void apply_to_tree(const struct option *option, struct plan_mount *mount)
{
	mount->attr_set &= ~field_of(option->value);
	mount->attr_clear &= ~field_of(option->value);
	if (option->kind == OPTION_TREE_SET)
		set_attribute(&mount->tree_set, &mount->tree_clear, option->value);
	else
		clear_attribute(&mount->tree_set, &mount->tree_clear, option->value);
}

/* A new file system has no mounts below: its tree is itself. */
static void fold_tree(struct plan_mount *mount)
{
	uint64_t given = mount->attr_set | mount->attr_clear;

	mount->attr_set |= mount->tree_set & ~given;
	mount->attr_clear |= mount->tree_clear & ~given;
	mount->tree_set = 0;
	mount->tree_clear = 0;
}

static void apply_option(const struct option *option, const char *text, struct plan_mount *mount)
{
	mount->attributes_given |= option->kind >= OPTION_SET && option->kind <= OPTION_TREE_PROPAGATION;
	switch (option->kind) {
	case OPTION_BIND:
		mount->kind = PLAN_MOUNT_BIND;
		mount->recursive |= option->value;
		break;
	case OPTION_SET:
		set_attribute(&mount->attr_set, &mount->attr_clear, option->value);
		break;
	case OPTION_CLEAR:
		clear_attribute(&mount->attr_set, &mount->attr_clear, option->value);
		break;
	case OPTION_TREE_SET:
	case OPTION_TREE_CLEAR:
		apply_to_tree(option, mount);
		break;
	case OPTION_PROPAGATION:
	case OPTION_TREE_PROPAGATION:
		mount->propagation = option->value;
		mount->propagation_tree = option->kind == OPTION_TREE_PROPAGATION;
		break;
	case OPTION_MOUNT_FLAG:
		mount->ms_flags |= option->value;
		break;
	case OPTION_SUPERBLOCK:
		mount->data.items[mount->data.n++] = (char *)(uintptr_t)text;
		break;
	case OPTION_COPY_UP:
		mount->copy_up = true;
		break;
	case OPTION_NONE:
	case OPTION_REMOUNT:
	case OPTION_UNSUPPORTED:
		break;
	}
}

/* Reads the options of one mount. Options that no table knows belong to the file system. */
static void read_options(struct oci_document *document, const struct oci_mount *spec, struct plan_mount *mount)
{
	bool remount = false;
	size_t own = 0; /* options for the file system that the table does not know */
	char place[64];

	for (size_t i = 0; i < spec->options.n; i++) {
		const char *text = spec->options.items[i];
		const struct option *option = find_option(text);

		snprintf(place, sizeof(place), "mounts[%zu].options[%zu]", mount->index, i);
		if (!option && *text == '\0')
			oci_problem_add(document, place, "expected an option, found an empty string");
		else if (!option) {
			mount->data.items[mount->data.n++] = (char *)(uintptr_t)text;
			own++;
		} else if (option->kind == OPTION_UNSUPPORTED)
			oci_problem_add(document, place, "the option \"%s\" is not supported", text);
		else
			apply_option(option, text, mount);
		remount |= option && option->kind == OPTION_REMOUNT;
	}
	if (remount)
		mount->kind = PLAN_MOUNT_REMOUNT;
	if (mount->kind != PLAN_MOUNT_BIND)
		return;
	for (size_t i = 0; own > 0 && i < spec->options.n; i++) {
		if (find_option(spec->options.items[i]) || !*spec->options.items[i])
			continue;
		snprintf(place, sizeof(place), "mounts[%zu].options[%zu]", mount->index, i);
		oci_problem_add(document, place, "unknown option for a bind mount: \"%s\"", spec->options.items[i]);
	}
	mount->data.n = 0;
	mount->ms_flags = 0;
}

static void check_kind(struct oci_document *document, const struct oci_mount *spec, struct plan_mount *mount)
{
	char place[64];

	snprintf(place, sizeof(place), "mounts[%zu].source", mount->index);
	if (mount->kind == PLAN_MOUNT_BIND && (!spec->source || !*spec->source))
		oci_problem_add(document, place, "a bind mount needs a source");
	snprintf(place, sizeof(place), "mounts[%zu].type", mount->index);
	if (mount->kind == PLAN_MOUNT_FS && (!spec->type || !*spec->type))
		oci_problem_add(document, place, "a mount without the option bind needs a type");
	snprintf(place, sizeof(place), "mounts[%zu].options", mount->index);
	if (mount->copy_up && (mount->kind != PLAN_MOUNT_FS || strcmp(mount->type, "tmpfs") != 0))
		oci_problem_add(document, place, "the option \"tmpcopyup\" needs a mount of the type tmpfs");
	snprintf(place, sizeof(place), "mounts[%zu].%s", mount->index,
		spec->uid_mappings.n > 0 ? "uidMappings" : "gidMappings");
	if (spec->uid_mappings.n > 0 || spec->gid_mappings.n > 0)
		oci_problem_add(document, place, "idmapped mounts are not supported");
	snprintf(place, sizeof(place), "mounts[%zu].destination", mount->index);
	if (mount->kind != PLAN_MOUNT_REMOUNT && strcmp(mount->destination, "/") == 0)
		oci_problem_add(document, place, "expected a path below /, found \"%s\"", spec->destination);
}

/* What a neighbour of procfs may cover: files that tell about the machine and that no security decision reads. */
static const char *const coverable_proc[] = {
	"/proc/cpuinfo",
	"/proc/diskstats",
	"/proc/meminfo",
	"/proc/stat",
	"/proc/swaps",
	"/proc/uptime",
	"/proc/loadavg",
	"/proc/slabinfo",
	"/proc/net/dev",
	"/proc/sys/kernel/ns_last_pid",
	"/proc/sys/crypto/fips_enabled",
};

bool plan_mount_is_guarded(const char *destination)
{
	if (!path_is_below(destination, "/proc"))
		return false;
	for (size_t i = 0; i < sizeof(coverable_proc) / sizeof(coverable_proc[0]); i++) {
		if (strcmp(destination, coverable_proc[i]) == 0)
			return false;
	}
	return true;
}

static void check_destination(struct oci_document *document, const struct plan_mount *mount)
{
	bool fits = strcmp(mount->destination, "/proc") == 0 &&
		(mount->kind == PLAN_MOUNT_BIND || strcmp(mount->type, "proc") == 0);
	char place[64];

	if (mount->kind == PLAN_MOUNT_REMOUNT || fits || !plan_mount_is_guarded(mount->destination))
		return;
	snprintf(place, sizeof(place), "mounts[%zu].destination", mount->index);
	oci_problem_add(document, place,
		"%s cannot be mounted over: it would hide /proc from the container and from tare", mount->destination);
}

static int plan_mount(struct oci_document *document, const struct oci_mount *spec, const char *bundle, size_t index,
	struct plan_mount *ret, struct error *err)
{
	struct plan_mount mount = { .index = index, .type = spec->type ? spec->type : "" };
	char *normal = path_normalise(spec->destination);

	mount.destination = normal ? plan_strdup(document, normal) : NULL;
	free(normal);
	mount.data.items = oci_alloc(document, (spec->options.n + 1) * sizeof(*mount.data.items));
	if (!mount.destination || !mount.data.items)
		return error_set(err, ENOMEM, "cannot make a plan");
	if (strcmp(mount.type, "bind") == 0)
		mount.kind = PLAN_MOUNT_BIND;
	read_options(document, spec, &mount);
	if (mount.kind == PLAN_MOUNT_FS && (strcmp(mount.type, "cgroup") == 0 || strcmp(mount.type, "cgroup2") == 0))
		mount.kind = PLAN_MOUNT_CGROUP;
	if (mount.kind == PLAN_MOUNT_FS || mount.kind == PLAN_MOUNT_CGROUP)
		fold_tree(&mount);
	if (mount.kind == PLAN_MOUNT_CGROUP)
		mount.data.n = 0; /* options of cgroup v1, which managers send whatever the host has */
	check_kind(document, spec, &mount);
	check_destination(document, &mount);
	mount.source = spec->source && *spec->source ? spec->source : mount.type;
	if (mount.kind == PLAN_MOUNT_BIND && mount.source[0] != '/')
		mount.source = plan_printf(document, "%s/%s", bundle, mount.source);
	if (!mount.source)
		return error_set(err, ENOMEM, "cannot make a plan");
	*ret = mount;
	return 0;
}

int plan_mounts(struct oci_document *document, const struct oci_config *spec, const char *bundle,
	struct plan_mounts *ret, struct error *err)
{
	struct plan_mounts plan = { 0 };

	if (spec->mounts.n == 0)
		return 0;
	plan.items = oci_alloc(document, spec->mounts.n * sizeof(*plan.items));
	if (!plan.items)
		return error_set(err, ENOMEM, "cannot make a plan");
	for (; plan.n < spec->mounts.n; plan.n++) {
		if (plan_mount(document, &spec->mounts.items[plan.n], bundle, plan.n, &plan.items[plan.n], err) < 0)
			return -1;
	}
	*ret = plan;
	return 0;
}
