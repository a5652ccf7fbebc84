/* Namespaces, time offsets and the sysctls that belong to a namespace: from the spec to flags and texts. Pure. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "plan/parts.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

static const struct {
	int flag;
	const char *name;
	const char *file; /* below /proc/PID/ns */
} kinds[] = {
	[OCI_NAMESPACE_PID] = { CLONE_NEWPID, "pid", "pid" },
	[OCI_NAMESPACE_NETWORK] = { CLONE_NEWNET, "network", "net" },
	[OCI_NAMESPACE_MOUNT] = { CLONE_NEWNS, "mount", "mnt" },
	[OCI_NAMESPACE_IPC] = { CLONE_NEWIPC, "ipc", "ipc" },
	[OCI_NAMESPACE_UTS] = { CLONE_NEWUTS, "uts", "uts" },
	[OCI_NAMESPACE_USER] = { CLONE_NEWUSER, "user", "user" },
	[OCI_NAMESPACE_CGROUP] = { CLONE_NEWCGROUP, "cgroup", "cgroup" },
	[OCI_NAMESPACE_TIME] = { CLONE_NEWTIME, "time", "time" },
};

static void check_root_is_mapped(struct oci_document *document, const struct oci_linux *section)
{
	if (!plan_mappings_have(&section->uid_mappings, 0))
		oci_problem_add(document, "linux.uidMappings",
			"expected a mapping for user 0 of the container, which sets it up");
	if (!plan_mappings_have(&section->gid_mappings, 0))
		oci_problem_add(document, "linux.gidMappings",
			"expected a mapping for group 0 of the container, which sets it up");
}

void plan_check_user(struct oci_document *document, const char *prefix, const struct oci_linux *section,
	const struct oci_user *user)
{
	char place[PLAN_PLACE_MAX];

	/* Too many mappings are a problem that was reported already; checking each would take long. */
	if (section->uid_mappings.n > PLAN_MAX_MAPPINGS || section->gid_mappings.n > PLAN_MAX_MAPPINGS)
		return;
	if (!plan_mappings_have(&section->uid_mappings, user->uid))
		oci_problem_add(document, plan_place(place, prefix, "user.uid"),
			"expected a mapped user, found %u, which linux.uidMappings lack", user->uid);
	if (!plan_mappings_have(&section->gid_mappings, user->gid))
		oci_problem_add(document, plan_place(place, prefix, "user.gid"),
			"expected a mapped group, found %u, which linux.gidMappings lack", user->gid);
	for (size_t i = 0; i < user->additional_gids.n && i < NGROUPS_MAX; i++) {
		if (plan_mappings_have(&section->gid_mappings, user->additional_gids.items[i]))
			continue;
		oci_problem_add(document, plan_item_place(place, prefix, "user.additionalGids", i, ""),
			"expected a mapped group, found %u, which linux.gidMappings lack",
			user->additional_gids.items[i]);
	}
}

static int plan_user_namespace(struct oci_document *document, const struct oci_config *spec,
	struct plan_namespaces *plan, struct error *err)
{
	const struct oci_linux *section = spec->linux_;

	if (!(plan->inside & CLONE_NEWUSER)) {
		if (section->uid_mappings.n > 0)
			oci_problem_add(document, "linux.uidMappings", "need a user namespace in linux.namespaces");
		if (section->gid_mappings.n > 0)
			oci_problem_add(document, "linux.gidMappings", "need a user namespace in linux.namespaces");
		return 0;
	}
	plan_mappings_check(document, "linux.uidMappings", &section->uid_mappings);
	plan_mappings_check(document, "linux.gidMappings", &section->gid_mappings);
	if (!(plan->create & CLONE_NEWUSER))
		return 0;
	check_root_is_mapped(document, section);
	if (spec->process)
		plan_check_user(document, "process", section, &spec->process->user);
	if (oci_problem_count(document) > 0)
		return 0;
	plan->uid_map = plan_mappings_text(document, &section->uid_mappings);
	plan->gid_map = plan_mappings_text(document, &section->gid_mappings);
	if (!plan->uid_map || !plan->gid_map)
		return error_set(err, ENOMEM, "cannot make a plan");
	return 0;
}

static int plan_time_offsets(struct oci_document *document, const struct oci_linux *section,
	struct plan_namespaces *plan, struct error *err)
{
	const struct oci_time_offsets *offsets = section->time_offsets;
	cleanup_text struct text text = { 0 };

	if (!offsets || (!offsets->monotonic && !offsets->boottime))
		return 0;
	if (!(plan->create & CLONE_NEWTIME)) {
		oci_problem_add(document, "linux.timeOffsets", "need a new time namespace in linux.namespaces");
		return 0;
	}
	if (offsets->monotonic)
		text_add(&text, "monotonic %lld %u\n", (long long)offsets->monotonic->secs,
			offsets->monotonic->nanosecs);
	if (offsets->boottime)
		text_add(&text, "boottime %lld %u\n", (long long)offsets->boottime->secs, offsets->boottime->nanosecs);
	plan->time_offsets = text.failed ? NULL : plan_strdup(document, text.s);
	if (!plan->time_offsets)
		return error_set(err, ENOMEM, "cannot make a plan");
	return 0;
}

int plan_namespaces(struct oci_document *document, const struct oci_config *spec, struct plan_namespaces *ret,
	struct error *err)
{
	const struct oci_linux *section = spec->linux_;
	struct plan_namespaces plan = { 0 };

	if (!section)
		return 0;
	for (size_t i = 0; i < section->namespaces.n; i++) {
		const struct oci_namespace *ns = &section->namespaces.items[i];
		uint64_t flag = (uint64_t)kinds[ns->type].flag;
		char path[64];

		if (plan.inside & flag) {
			snprintf(path, sizeof(path), "linux.namespaces[%zu].type", i);
			oci_problem_add(document, path, "expected each type once, found \"%s\" again",
				kinds[ns->type].name);
			continue;
		}
		plan.inside |= flag;
		if (!ns->path)
			plan.create |= flag;
		else
			plan.join[plan.join_count++] = (struct plan_join){ .flag = (int)flag,
				.name = kinds[ns->type].name,
				.file = kinds[ns->type].file,
				.path = ns->path };
	}
	if (plan_user_namespace(document, spec, &plan, err) < 0 || plan_time_offsets(document, section, &plan, err) < 0)
		return -1;
	*ret = plan;
	return 0;
}

enum plan_spawn plan_spawn_of_init(const struct plan_namespaces *namespaces)
{
	uint64_t joined = namespaces->inside & ~namespaces->create;

	if (joined & CLONE_NEWPID)
		return PLAN_SPAWN_BUILDER;
	/* A process in a new user namespace has no rights over the namespaces to join: the stage joins them before it
	 * makes the user namespace. */
	if (joined & CLONE_NEWUSER || (joined && namespaces->create & CLONE_NEWUSER))
		return PLAN_SPAWN_STAGE;
	return PLAN_SPAWN_CLONE;
}

int plan_joined(const struct plan_namespaces *namespaces, int flag)
{
	for (size_t i = 0; i < namespaces->join_count; i++) {
		if (namespaces->join[i].flag == flag)
			return (int)i;
	}
	return -1;
}

struct plan_namespaces plan_namespaces_of(const struct oci_config *spec)
{
	const struct oci_namespaces *list = spec->linux_ ? &spec->linux_->namespaces : NULL;
	struct plan_namespaces plan = { 0 };

	for (size_t i = 0; list && i < list->n; i++) {
		uint64_t flag = (uint64_t)kinds[list->items[i].type].flag;

		plan.inside |= flag;
		if (!list->items[i].path)
			plan.create |= flag;
	}
	return plan;
}

/* The namespace that a sysctl belongs to. A sysctl may be written only when the container does not share that namespace
 * with the host. */
static const struct sysctl_owner {
	const char *prefix;
	int flag;
	const char *name; /* with its article, for messages */
} sysctl_owners[] = {
	{ "net.", CLONE_NEWNET, "a network" },
	{ "kernel.msg", CLONE_NEWIPC, "an ipc" },
	{ "kernel.sem", CLONE_NEWIPC, "an ipc" },
	{ "kernel.shm", CLONE_NEWIPC, "an ipc" },
	{ "fs.mqueue.", CLONE_NEWIPC, "an ipc" },
	{ "kernel.hostname", CLONE_NEWUTS, "a uts" },
	{ "kernel.domainname", CLONE_NEWUTS, "a uts" },
	{ "user.", CLONE_NEWUSER, "a user" },
};

static bool sysctl_key_is_sound(const char *key)
{
	return *key && *key != '.' && *key != '/' && !strstr(key, "..") && !strstr(key, "//") && !strchr(key, '\n') &&
		key[strlen(key) - 1] != '.' && key[strlen(key) - 1] != '/';
}

/* As in sysctl(8): dots separate and a slash stands for a dot in a name, as in "net.ipv4.conf.eth0/100.x"; when the
 * first separator of the key is a slash, the key is a path already. */
static void sysctl_to_path(char *key)
{
	const char *first = strpbrk(key, "./");

	if (!first || *first == '/')
		return;
	for (char *c = key; *c; c++) {
		if (*c == '.')
			*c = '/';
		else if (*c == '/')
			*c = '.';
	}
}

/* The row for a path below /proc/sys; NULL when the sysctl belongs to no namespace. */
static const struct sysctl_owner *find_sysctl_owner(const char *path)
{
	for (size_t i = 0; i < sizeof(sysctl_owners) / sizeof(sysctl_owners[0]); i++) {
		char prefix[32];

		snprintf(prefix, sizeof(prefix), "%s", sysctl_owners[i].prefix);
		sysctl_to_path(prefix);
		if (text_starts(path, prefix))
			return &sysctl_owners[i];
	}
	return NULL;
}

static void check_sysctl_owner(struct oci_document *document, const char *place, const char *path, uint64_t inside)
{
	const struct sysctl_owner *owner = find_sysctl_owner(path);

	if (!owner)
		oci_problem_add(document, place, "belongs to no namespace: it would change the host");
	else if (!(inside & (uint64_t)owner->flag))
		oci_problem_add(document, place, "needs %s namespace in linux.namespaces, else it changes the host",
			owner->name);
}

/* Adds problems of one sysctl. path is its path below /proc/sys. Returns -1 without memory. */
static int check_sysctl(struct oci_document *document, const struct oci_pair *sysctl, const char *path, uint64_t inside)
{
	const char *place = plan_printf(document, "linux.sysctl[\"%s\"]", sysctl->key);
	const char *newline = strchr(sysctl->value, '\n');

	if (!place)
		return -1;
	if (!sysctl_key_is_sound(sysctl->key))
		oci_problem_add(document, place, "expected a name like net.ipv4.ip_forward, found \"%s\"", sysctl->key);
	else
		check_sysctl_owner(document, place, path, inside);
	/* The kernel reads only the first line. A single newline at the end is allowed. */
	if (newline && newline[1])
		oci_problem_add(document, place, "expected a single line");
	return 0;
}

int plan_sysctls(struct oci_document *document, const struct oci_config *spec, uint64_t inside,
	struct plan_sysctls *ret, struct error *err)
{
	const struct oci_string_map *map = spec->linux_ ? &spec->linux_->sysctl : NULL;
	struct plan_sysctls plan = { 0 };

	if (!map || map->n == 0)
		return 0;
	plan.items = oci_alloc(document, map->n * sizeof(*plan.items));
	if (!plan.items)
		return error_set(err, ENOMEM, "cannot make a plan");
	for (size_t i = 0; i < map->n; i++) {
		char *path = plan_printf(document, "sys/%s", map->items[i].key);

		if (!path)
			return error_set(err, ENOMEM, "cannot make a plan");
		sysctl_to_path(path + strlen("sys/"));
		if (check_sysctl(document, &map->items[i], path + strlen("sys/"), inside) < 0)
			return error_set(err, ENOMEM, "cannot make a plan");
		plan.items[plan.n++] = (struct plan_sysctl){ .path = path, .value = map->items[i].value };
	}
	*ret = plan;
	return 0;
}

const char *plan_changes_namespace(const struct plan *plan, int flag)
{
	/* Each container mounts its root. */
	if (flag == CLONE_NEWNS)
		return "root";
	if (flag == CLONE_NEWUTS && plan->hostname && *plan->hostname)
		return "hostname";
	if (flag == CLONE_NEWUTS && plan->domainname && *plan->domainname)
		return "domainname";
	if (flag == CLONE_NEWNET && plan->net_devices.n > 0)
		return "linux.netDevices";
	for (size_t i = 0; i < plan->sysctls.n; i++) {
		const struct sysctl_owner *owner = find_sysctl_owner(plan->sysctls.items[i].path + strlen("sys/"));

		if (owner && owner->flag == flag)
			return "linux.sysctl";
	}
	return NULL;
}
