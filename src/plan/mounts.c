/* Plans mounts: makes a struct plan_mount from each entry of mounts[], and refuses what no mount may do. Pure. */
#include "plan/parts.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <errno.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* MS_SHARED of mount(2): its header cannot be included together with that of mount_setattr(2). */
enum { MOUNT_SHARED = 1 << 20 };

/* Moves the attributes of the whole tree to the mount itself: a new file system has no mounts below. */
static void merge_tree_attributes(struct plan_mount *mount)
{
	uint64_t given = mount->attr_set | mount->attr_clear;

	mount->attr_set |= mount->tree_set & ~given;
	mount->attr_clear |= mount->tree_clear & ~given;
	mount->tree_set = 0;
	mount->tree_clear = 0;
}

bool plan_mount_has_data(const struct plan_mount *mount, const char *prefix)
{
	for (size_t i = 0; i < mount->data.n; i++) {
		if (text_starts(mount->data.items[i], prefix))
			return true;
	}
	return false;
}

static bool is_tmpfs(const struct plan_mount *mount)
{
	return plan_mount_is_new(mount) && strcmp(mount->type, "tmpfs") == 0;
}

static bool is_cgroup(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_CGROUP || mount->kind == PLAN_MOUNT_CGROUP_COPY;
}

static bool is_bind(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_BIND || mount->kind == PLAN_MOUNT_INSIDE;
}

/* True for a file system of which the kernel has one instance per namespace. All processes of the namespace share it,
 * so it can have neither mapped ids nor a label of its own. */
static bool is_of_namespace(const struct plan_mount *mount)
{
	static const char *const types[] = { "mqueue", "proc", "sysfs" };

	for (size_t i = 0; plan_mount_is_new(mount) && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(mount->type, types[i]) == 0)
			return true;
	}
	return is_cgroup(mount);
}

static void check_below_root(struct oci_document *document, const struct oci_mount *spec, const char *place,
	const struct plan_mount *mount)
{
	char path[PLAN_PLACE_MAX];

	snprintf(path, sizeof(path), "%s.destination", place);
	if (strcmp(mount->destination, "/") == 0)
		oci_problem_add(document, path, "expected a path below /, found \"%s\"", spec->destination);
}

/* A mount at "/" replaces the root of a container that is yet to be created. */
static bool can_be_root(const struct plan_mounts_context *context, const struct plan_mount *mount)
{
	return context->root && (is_bind(mount) || (plan_mount_is_new(mount) && !is_of_namespace(mount)));
}

static void check_root(struct oci_document *document, const char *place, const struct plan_mount *mount)
{
	char path[PLAN_PLACE_MAX];

	snprintf(path, sizeof(path), "%s.options", place);
	if (strcmp(mount->destination, "/") != 0)
		return;
	/* pivot_root(2) refuses a shared mount as the new root. */
	if (mount->propagation & MOUNT_SHARED)
		oci_problem_add(document, path, "linux.rootfsPropagation says how the mount at / propagates");
	if (mount->copy_link || mount->destination_nofollow)
		oci_problem_add(document, path,
			"the options \"copy-symlink\" and \"dest-nofollow\" mean nothing for a mount at /");
}

static void check_kind(struct oci_document *document, const struct oci_mount *spec, const char *place,
	const struct plan_mounts_context *context, const struct plan_mount *mount)
{
	char path[PLAN_PLACE_MAX];

	snprintf(path, sizeof(path), "%s.source", place);
	if (is_bind(mount) && (!spec->source || !*spec->source))
		oci_problem_add(document, path, "a bind mount needs a source");
	snprintf(path, sizeof(path), "%s.type", place);
	if (plan_mount_is_new(mount) && (!spec->type || !*spec->type))
		oci_problem_add(document, path, "a mount without the option bind needs a type");
	if (can_be_root(context, mount))
		check_root(document, place, mount);
	else if (mount->kind != PLAN_MOUNT_REMOUNT)
		check_below_root(document, spec, place, mount);
}

/* Refuses options that do not fit the kind of the mount. */
static void check_options(struct oci_document *document, const char *place, const struct plan_mount *mount)
{
	bool nofollow = mount->source_nofollow || mount->destination_nofollow;
	char path[PLAN_PLACE_MAX];

	snprintf(path, sizeof(path), "%s.options", place);
	if (mount->copy_up && !is_tmpfs(mount))
		oci_problem_add(document, path, "the option \"tmpcopyup\" needs a mount of the type tmpfs");
	if ((mount->copy_link || nofollow) && !is_bind(mount))
		oci_problem_add(document, path,
			"the options \"copy-symlink\", \"src-nofollow\" and \"dest-nofollow\" need a bind mount");
	if (mount->copy_link && nofollow)
		oci_problem_add(document, path,
			"the option \"copy-symlink\" excludes \"src-nofollow\" and \"dest-nofollow\"");
	/* A remount changes the file system with fsconfig(2), which does not have these options. */
	if (mount->kind == PLAN_MOUNT_REMOUNT && mount->ms_flags)
		oci_problem_add(document, path, "the options \"iversion\" and \"silent\" need a new file system");
	if (!mount->idmap.set)
		return;
	if (mount->kind == PLAN_MOUNT_REMOUNT || is_of_namespace(mount))
		oci_problem_add(document, path, "ids can be mapped for a bind mount or a file system of one's own");
	/* mount(2) makes the file system attached at once, and ids can be mapped only while a mount is detached. */
	if (mount->ms_flags)
		oci_problem_add(document, path,
			"the options \"iversion\" and \"silent\" cannot be combined with mapped ids");
}

/* Files below /proc that a mount may cover (lxcfs does): they describe the machine, and no security decision reads
 * them. */
static const char *const coverable_proc[] = {
	"/proc/cpuinfo",
	"/proc/diskstats",
	"/proc/meminfo",
	"/proc/stat",
	"/proc/swaps",
	"/proc/uptime",
	"/proc/loadavg",
	"/proc/slabinfo",
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

/* Returns the reason why destination is guarded, for the problem's text. */
static const char *reason_to_guard(struct oci_document *document, const char *destination)
{
	cleanup_text struct text names = { 0 };

	if (strcmp(destination, "/proc") == 0)
		return "it would hide /proc from the container and from tare";
	if (path_is_below(destination, "/proc/net"))
		return "/proc/net is another one for each process, and the mount would be on that of init alone";
	for (size_t i = 0; i < sizeof(coverable_proc) / sizeof(coverable_proc[0]); i++)
		text_add(&names, "%s%s", i ? ", " : "", coverable_proc[i] + strlen("/proc/"));
	return plan_printf(document, "below /proc that is for these alone: %s", names.failed ? "" : names.s);
}

static void check_destination(struct oci_document *document, const char *place, const struct plan_mount *mount)
{
	bool fits = strcmp(mount->destination, "/proc") == 0 && (is_bind(mount) || strcmp(mount->type, "proc") == 0);
	char path[PLAN_PLACE_MAX];

	if (mount->kind == PLAN_MOUNT_REMOUNT || fits || !plan_mount_is_guarded(mount->destination))
		return;
	snprintf(path, sizeof(path), "%s.destination", place);
	oci_problem_add(document, path, "%s cannot be mounted over: %s", mount->destination,
		reason_to_guard(document, mount->destination));
}

/* True for an option of the cgroup file systems in mount(8). Managers send options of version 1 whatever the host has,
 * and tare mounts version 2 alone; the kernel ignores those of version 2 outside of its first cgroup namespace. */
static bool is_cgroup_option(const char *option)
{
	static const char *const known[] = {
		"all",
		"blkio",
		"clone_children",
		"cpu",
		"cpuacct",
		"cpuset",
		"cpuset_v2_mode",
		"devices",
		"favordynmods",
		"freezer",
		"hugetlb",
		"memory",
		"memory_hugetlb_accounting",
		"memory_localevents",
		"memory_recursiveprot",
		"misc",
		"net_cls",
		"net_prio",
		"nofavordynmods",
		"none",
		"noprefix",
		"nsdelegate",
		"perf_event",
		"pids",
		"pids_localevents",
		"rdma",
		"xattr",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(option, known[i]) == 0)
			return true;
	}
	return text_starts(option, "name=") || text_starts(option, "release_agent=");
}

/* Removes the file system's options from a cgroup mount, since the host has one cgroup file system and a container may
 * not change it. Options of cgroups and options that every superblock has are ignored; any other is a problem. */
static void drop_cgroup_options(struct oci_document *document, const char *place, struct plan_mount *mount)
{
	char path[PLAN_PLACE_MAX];

	snprintf(path, sizeof(path), "%s.options", place);
	for (size_t i = 0; i < mount->data.n; i++) {
		const char *option = mount->data.items[i];

		if (!is_cgroup_option(option) && !plan_mount_option_is_of_superblock(option))
			oci_problem_add(document, path, "unknown option for a cgroup mount: \"%s\"", option);
	}
	mount->data.n = 0;
	mount->ms_flags = 0;
}

/* Returns a normalised copy, or NULL when memory ran out. */
static const char *normal_path(struct oci_document *document, const char *path)
{
	cleanup_free char *normal = path_normalise(path);

	return normal ? plan_strdup(document, normal) : NULL;
}

/* Sets source_inside for a bind whose source is below the root file system of the bundle: init copies that source when
 * the mount's turn comes, with all that earlier mounts have attached there. The host's process opens all other sources;
 * and also those whose ids it has to map, and those that go to a guarded destination and that it has to check. Returns
 * -1 when memory ran out. */
static int find_source_inside(struct oci_document *document, const struct plan_mounts_context *context,
	struct plan_mount *mount)
{
	const char *source;
	const char *root;

	if (!context->root || !context->root->path || mount->idmap.set || plan_mount_is_guarded(mount->destination))
		return 0;
	source = normal_path(document, mount->source);
	root = normal_path(document, context->root->path);
	if (!source || !root)
		return -1;
	if (strcmp(root, "/") == 0 || !path_is_below(source, root))
		return 0;
	source += strlen(root);
	mount->source_inside = *source ? source : "/";
	return 0;
}

static int find_source(struct oci_document *document, const struct oci_mount *spec,
	const struct plan_mounts_context *context, enum plan_mount_word word, struct plan_mount *mount)
{
	mount->source = spec->source && *spec->source ? spec->source : mount->type;
	if (word != PLAN_MOUNT_WORD_BIND)
		return 0;
	if (mount->source[0] != '/')
		mount->source = plan_printf(document, "%s/%s", context->bundle, mount->source);
	return mount->source ? find_source_inside(document, context, mount) : -1;
}

/* Decides the kind of a mount. No other code does. */
static enum plan_mount_kind kind_of(const struct plan_mount *mount, enum plan_mount_word word,
	const struct plan_namespaces *namespaces)
{
	if (word == PLAN_MOUNT_WORD_REMOUNT)
		return PLAN_MOUNT_REMOUNT;
	if (word == PLAN_MOUNT_WORD_BIND)
		return mount->source_inside ? PLAN_MOUNT_INSIDE : PLAN_MOUNT_BIND;
	if (strcmp(mount->type, "cgroup") == 0 || strcmp(mount->type, "cgroup2") == 0)
		return namespaces->create & CLONE_NEWCGROUP ? PLAN_MOUNT_CGROUP : PLAN_MOUNT_CGROUP_COPY;
	if (mount->idmap.set)
		return PLAN_MOUNT_MAPPED_FS;
	if (strcmp(mount->type, "proc") == 0)
		return PLAN_MOUNT_PROC;
	return strcmp(mount->type, "sysfs") == 0 ? PLAN_MOUNT_SYSFS : PLAN_MOUNT_FS;
}

/* Sets the members that depend on the kind. */
static void apply_kind(struct oci_document *document, const char *place, struct plan_mount *mount)
{
	if (plan_mount_is_new(mount) || is_cgroup(mount))
		merge_tree_attributes(mount);
	if (is_cgroup(mount))
		drop_cgroup_options(document, place, mount);
	if (is_tmpfs(mount)) {
		mount->attr_at_end = mount->attr_set & MOUNT_ATTR_RDONLY;
		mount->attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		mount->inherits_mode = !plan_mount_has_data(mount, "mode=");
	}
	mount->has_label = plan_mount_is_new(mount) && !is_of_namespace(mount);
}

static int plan_mount(struct oci_document *document, const struct oci_mount *spec,
	const struct plan_mounts_context *context, size_t index, struct plan_mount *ret, struct error *err)
{
	struct plan_mount mount = { .index = index, .type = spec->type ? spec->type : "" };
	enum plan_mount_word word;
	char place[32];

	snprintf(place, sizeof(place), "%s[%zu]", context->prefix, index);
	mount.destination = normal_path(document, spec->destination);
	if (!mount.destination)
		return error_set(err, ENOMEM, "cannot make a plan");
	if (plan_mount_options(document, spec, place, &mount, &word, err) < 0 ||
		plan_mount_idmap(document, spec, place, context, &mount, err) < 0)
		return -1;
	if (find_source(document, spec, context, word, &mount) < 0)
		return error_set(err, ENOMEM, "cannot make a plan");
	mount.kind = kind_of(&mount, word, context->namespaces);
	apply_kind(document, place, &mount);
	check_kind(document, spec, place, context, &mount);
	check_options(document, place, &mount);
	check_destination(document, place, &mount);
	*ret = mount;
	return 0;
}

/* Reads linux.mountLabel, and which option of the file systems gets it (mount(8), SELinux): Podman sets an annotation
 * for that. */
static void plan_label(struct oci_document *document, const struct oci_config *spec, struct plan_mounts *plan)
{
	static const char *const options[] = { "context", "defcontext", "fscontext", "rootcontext" };
	struct plan_annotations annotations;
	const char *wanted;

	plan->label = spec->linux_ ? spec->linux_->mount_label : NULL;
	plan_annotations_read(&spec->annotations, &annotations);
	wanted = annotations.mount_context_type ? annotations.mount_context_type : options[0];
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(wanted, options[i]) == 0)
			plan->label_option = options[i];
	}
	if (!plan->label_option)
		oci_problem_add(document, "annotations[\"run.oci.mount_context_type\"]",
			"expected context, defcontext, fscontext or rootcontext, found \"%s\"", wanted);
}

int plan_mounts(struct oci_document *document, const struct oci_mounts *spec, const struct plan_mounts_context *context,
	struct plan_mounts *ret, struct error *err)
{
	struct plan_mounts plan = { 0 };

	plan_label(document, context->spec, &plan);
	plan.items = oci_alloc(document, (spec->n + 1) * sizeof(*plan.items));
	if (!plan.items)
		return error_set(err, ENOMEM, "cannot make a plan");
	for (; plan.n < spec->n; plan.n++) {
		if (plan_mount(document, &spec->items[plan.n], context, plan.n, &plan.items[plan.n], err) < 0)
			return -1;
	}
	*ret = plan;
	return 0;
}

int plan_unmounts(struct oci_document *document, const struct oci_mounts *spec, struct plan_mounts *ret,
	struct error *err)
{
	struct plan_mounts plan = { .items = oci_alloc(document, (spec->n + 1) * sizeof(*plan.items)) };
	char place[32];
	char path[PLAN_PLACE_MAX];

	for (; plan.items && plan.n < spec->n; plan.n++) {
		struct plan_mount *mount = &plan.items[plan.n];

		mount->index = plan.n;
		mount->destination = normal_path(document, spec->items[plan.n].destination);
		if (!mount->destination)
			break;
		snprintf(place, sizeof(place), "[%zu]", plan.n);
		check_below_root(document, &spec->items[plan.n], place, mount);
		snprintf(path, sizeof(path), "%s.destination", place);
		if (plan_mount_is_guarded(mount->destination))
			oci_problem_add(document, path,
				"%s cannot be unmounted: it would uncover /proc, or what is masked there",
				mount->destination);
	}
	if (plan.n < spec->n || !plan.items)
		return error_set(err, ENOMEM, "cannot make a plan");
	*ret = plan;
	return 0;
}
