/* The plan as a whole: runs the parts in order and owns their memory. Pure: nothing here changes the system. */
#include "plan/parts.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

static unsigned long propagation_flags(enum oci_propagation propagation)
{
	static const unsigned long flags[] = {
		[OCI_PROPAGATION_UNSET] = MS_PRIVATE | MS_REC,
		[OCI_PROPAGATION_PRIVATE] = MS_PRIVATE | MS_REC,
		[OCI_PROPAGATION_SHARED] = MS_SHARED | MS_REC,
		[OCI_PROPAGATION_SLAVE] = MS_SLAVE | MS_REC,
		[OCI_PROPAGATION_UNBINDABLE] = MS_UNBINDABLE | MS_REC,
	};

	return flags[propagation];
}

static int plan_root(struct oci_document *document, const struct oci_config *spec, const char *bundle,
	struct plan_root *ret, struct error *err)
{
	const char *path;

	if (!spec->root)
		return 0;
	path = spec->root->path;
	if (path && path[0] != '/')
		path = plan_printf(document, "%s/%s", bundle, path);
	else if (path)
		path = plan_strdup(document, path);
	if (spec->root->path && !path)
		return error_set(err, ENOMEM, "cannot make a plan");
	*ret = (struct plan_root){ .path = path, .readonly = spec->root->readonly };
	ret->propagation = propagation_flags(spec->linux_ ? spec->linux_->rootfs_propagation : OCI_PROPAGATION_UNSET);
	return 0;
}

/* True when the spec mounts the cgroup tree writably at /sys/fs/cgroup, which means that it asks for a delegated
 * cgroup. */
static bool wants_delegation(const struct plan *plan)
{
	if (!(plan->namespaces.create & CLONE_NEWCGROUP))
		return false;
	for (size_t i = 0; i < plan->mounts.n; i++) {
		const struct plan_mount *mount = &plan->mounts.items[i];

		if (mount->kind == PLAN_MOUNT_CGROUP && strcmp(mount->destination, "/sys/fs/cgroup") == 0)
			return !(mount->attr_set & MOUNT_ATTR_RDONLY);
	}
	return false;
}

/* Finds the uid on the host of the process's user. For a user namespace that is joined only the spec's mappings, if
 * there are any, can tell it. */
static bool find_owner(const struct oci_config *spec, const struct plan *plan, uid_t *ret_owner)
{
	struct oci_id_mapping user = { .host_id = spec->process ? spec->process->user.uid : 0, .size = 1 };

	if ((plan->namespaces.inside & CLONE_NEWUSER) && !plan_mappings_resolve(&spec->linux_->uid_mappings, &user))
		return false;
	*ret_owner = user.host_id;
	return true;
}

/* Adds problems for a path that mkdir(2) would refuse when the cgroup is made. */
static void check_cgroup_path(struct oci_document *document, const char *path)
{
	size_t longest = 0;

	if (strlen(path) >= PATH_MAX)
		oci_problem_add(document, "linux.cgroupsPath", "expected at most %d bytes, found %zu", PATH_MAX - 1,
			strlen(path));
	while (*path) {
		size_t length = strcspn(path, "/");

		longest = length > longest ? length : longest;
		path += length + (path[length] == '/');
	}
	if (longest > NAME_MAX)
		oci_problem_add(document, "linux.cgroupsPath",
			"expected names of at most %d bytes in it, found one of %zu", NAME_MAX, longest);
}

static bool climbs(const char *path)
{
	for (size_t length; *path; path += length + (path[length] == '/')) {
		length = strcspn(path, "/");
		if (length == 2 && strncmp(path, "..", 2) == 0)
			return true;
	}
	return false;
}

static const char init_annotation[] = "annotations[\"org.opencontainers.tare.cgroup.init\"]";

/* Plans the cgroup of init below the container's, where annotations ask for one. It is for a container that may use it:
 * crun's annotation is ignored in another, and tare's own is an error there. */
static int plan_init_cgroup(struct oci_document *document, struct plan *plan, struct error *err)
{
	const char *own = plan->annotations.cgroup_init;
	const char *name = own ? own : plan->annotations.delegate_cgroup;

	if (!name)
		return 0;
	if (!wants_delegation(plan)) {
		if (own)
			oci_problem_add(document, init_annotation,
				"needs a new cgroup namespace, and a writable cgroup mount at /sys/fs/cgroup");
		return own ? 0
			   : plan_warn(document, plan, err,
				     "run.oci.delegate-cgroup: ignored without a new cgroup namespace and a writable "
				     "cgroup mount at /sys/fs/cgroup");
	}
	if (!*name || strlen(name) > NAME_MAX || strpbrk(name, "/\n") || *name == '.')
		oci_problem_add(document, own ? init_annotation : "annotations[\"run.oci.delegate-cgroup\"]",
			"expected the name of a cgroup, such as \"init\", found \"%s\"", name);
	plan->cgroup.init_name = name;
	return 0;
}

enum { MAX_ID_OF_CGROUP = NAME_MAX - (sizeof("tare-") - 1) };

static int refuse_id(const char *id, struct error *err)
{
	error_set(err, 0, "container ID: expected at most %d bytes, as its cgroup is called tare-ID, found %zu",
		(int)MAX_ID_OF_CGROUP, strlen(id));
	error_hint(err, "with linux.cgroupsPath in the configuration it may be longer");
	return error_tag(err, ERROR_USAGE, "container ID");
}

char *plan_cgroup_path(struct oci_document *document, const struct oci_config *spec, const char *id)
{
	const char *path = spec->linux_ ? spec->linux_->cgroups_path : NULL;
	cleanup_free char *normal = path && *path ? path_normalise(path) : NULL;

	if (!path || !*path)
		return plan_printf(document, "/tare-%s", id);
	return normal ? plan_strdup(document, normal) : NULL;
}

/* The path of a cgroup that tare makes itself. */
static int plan_own_path(struct oci_document *document, const struct oci_config *spec,
	const struct plan_options *options, struct plan_cgroup *cgroup, struct error *err)
{
	const char *path = spec->linux_ ? spec->linux_->cgroups_path : NULL;

	if (path && (strchr(path, '\n') || climbs(path)))
		oci_problem_add(document, "linux.cgroupsPath",
			"expected a path without '..' and newlines, found \"%s\"", path);
	if ((!path || !*path) && strlen(options->id) > MAX_ID_OF_CGROUP)
		return refuse_id(options->id, err);
	cgroup->path = plan_cgroup_path(document, spec, options->id);
	if (!cgroup->path)
		return error_set(err, ENOMEM, "cannot make a plan");
	check_cgroup_path(document, cgroup->path);
	cgroup->relative = !path || path[0] != '/';
	if (strcmp(cgroup->path, "/") == 0)
		oci_problem_add(document, "linux.cgroupsPath",
			"expected a cgroup of the container's own, found the root of the tree");
	return 0;
}

static int plan_cgroup(struct oci_document *document, const struct oci_config *spec, const struct plan_options *options,
	struct plan *plan, struct error *err)
{
	static const struct oci_device_rules no_rules = { 0 };
	const struct oci_resources *resources = spec->linux_ ? spec->linux_->resources : NULL;
	struct plan_cgroup *cgroup = &plan->cgroup;
	int result;

	if (resources && plan_resources(document, resources, "linux.resources", &cgroup->writes, err) < 0)
		return -1;
	if (options->cgroup_disabled) {
		if (cgroup->writes.n > 0)
			oci_problem_add(document, "linux.resources",
				"needs a cgroup, found cgroups disabled on the command line");
		if (plan->annotations.cgroup_init)
			oci_problem_add(document, init_annotation,
				"needs a cgroup, found cgroups disabled on the command line");
		return 0;
	}
	result = options->cgroup_systemd ? plan_unit(document, spec, options, &cgroup->writes, &cgroup->unit, err)
					 : plan_own_path(document, spec, options, cgroup, err);
	if (result < 0)
		return -1;
	cgroup->delegate = wants_delegation(plan) && find_owner(spec, plan, &cgroup->owner);
	if (wants_delegation(plan) && !cgroup->delegate &&
		plan_warn(document, plan, err,
			"the cgroup is not given to the user of the container: no mapping tells who that is on the host") <
			0)
		return -1;
	if (plan_init_cgroup(document, plan, err) < 0)
		return -1;
	return plan_device_program(document, resources ? &resources->devices : &no_rules, &plan->devices,
		&cgroup->devices, err);
}

const char plan_notify_directory[] = "/run/notify";
const char plan_notify_name[] = "notify.sock";

/* Passes the variables of the runtime's service manager on to the program. Init corrects LISTEN_PID where the program's
 * pid is not 1. */
static int plan_service(struct oci_document *document, const struct oci_config *spec,
	const struct plan_options *options, struct plan *plan, struct error *err)
{
	enum { VARIABLES = 4 };
	struct oci_strings *environment = &plan->environment;

	environment->items = oci_alloc(document, VARIABLES * sizeof(*environment->items));
	if (!environment->items)
		return error_set(err, ENOMEM, "cannot make a plan");
	plan->notify = options->notify && spec->process;
	if (plan->notify)
		environment->items[environment->n++] = plan_printf(document, "NOTIFY_SOCKET=%s/%s",
			plan_notify_directory, plan_notify_name);
	plan->listen_fds = options->listen_fds;
	if (plan->listen_fds > 0) {
		environment->items[environment->n++] = plan_printf(document, "LISTEN_FDS=%u", plan->listen_fds);
		environment->items[environment->n++] = plan_printf(document, "LISTEN_PID=1");
	}
	if (plan->listen_fds > 0 && options->listen_names)
		environment->items[environment->n++] = plan_printf(document, "LISTEN_FDNAMES=%s",
			options->listen_names);
	for (size_t i = 0; i < environment->n; i++) {
		if (!environment->items[i])
			return error_set(err, ENOMEM, "cannot make a plan");
	}
	return 0;
}

bool plan_mounts_root(const struct plan *plan)
{
	return plan->namespaces.inside & CLONE_NEWNS || plan->shares_mounts;
}

int plan_refuse(struct error *err)
{
	return error_set(err, 0, "%s", "");
}

/* True when the container's mounts are made in the runtime's mount namespace: it has no mount namespace, its user
 * namespace has rights over the runtime's mounts, and its root is not the host's root, which must not be covered. */
static bool shares_mounts(const struct plan *plan)
{
	cleanup_free char *root = plan->root.path ? path_normalise(plan->root.path) : NULL;

	return !(plan->namespaces.inside & (CLONE_NEWNS | CLONE_NEWUSER)) && root && strcmp(root, "/") != 0;
}

int plan_make(struct oci_document *document, const struct plan_options *options, struct plan *ret_plan,
	struct error *err)
{
	const struct oci_config *spec = oci_root(document);
	const struct oci_linux *section = spec->linux_;
	struct plan_mounts_context mounts = { .prefix = "mounts", .bundle = options->bundle, .spec = spec };
	struct plan plan = {
		.spec = spec,
		.id = options->id,
		.bundle = options->bundle,
		.new_keyring = !options->no_new_keyring,
		.no_pivot = options->no_pivot,
		.preserve_fds = options->preserve_fds > options->listen_fds ? options->preserve_fds
									    : options->listen_fds,
	};

	mounts.namespaces = &plan.namespaces;
	mounts.root = &plan.root;
	plan_rules(document, spec);
	plan_annotations_check(document, &spec->annotations);
	plan_annotations_read(&spec->annotations, &plan.annotations);
	if (plan_namespaces(document, spec, &plan.namespaces, err) < 0 ||
		plan_root(document, spec, options->bundle, &plan.root, err) < 0 ||
		plan_mounts(document, &spec->mounts, &mounts, &plan.mounts, err) < 0 ||
		plan_devices(document, spec, &plan.devices, err) < 0 ||
		plan_net_devices(document, spec, plan.namespaces.inside, &plan.net_devices, err) < 0 ||
		plan_cgroup(document, spec, options, &plan, err) < 0 ||
		plan_sysctls(document, spec, plan.namespaces.inside, &plan.sysctls, err) < 0 ||
		plan_service(document, spec, options, &plan, err) < 0)
		return -1;
	if (section && plan_rdt(document, section->intel_rdt, options->id, &plan.rdt, err) < 0)
		return -1;
	if (spec->process && plan_process(document, "process", spec->process, &plan, err) < 0)
		return -1;
	plan.spawn = plan_spawn_of_init(&plan.namespaces);
	plan.hostname = spec->hostname;
	plan.domainname = spec->domainname;
	if (section) {
		plan_memory_policy(document, section->memory_policy, &plan.memory_policy);
		plan.masked_paths = section->masked_paths;
		plan.readonly_paths = section->readonly_paths;
	}
	plan.shares_mounts = shares_mounts(&plan);
	if (oci_problem_count(document) > 0)
		return plan_refuse(err);
	*ret_plan = plan;
	return 0;
}

bool plan_pauses_at_mounted(const struct plan *plan)
{
	const struct oci_hooks *hooks = plan->spec->hooks;

	return plan->process.terminal || (hooks && (hooks->prestart.n > 0 || hooks->create_runtime.n > 0));
}
