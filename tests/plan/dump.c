/* The plan as text, one fact a line: for people and golden tests. Pure. */
#include "dump.h"

#include "base/table.h"

#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

static const struct table_row namespace_names[] = {
	{ "cgroup", CLONE_NEWCGROUP },
	{ "ipc", CLONE_NEWIPC },
	{ "mount", CLONE_NEWNS },
	{ "network", CLONE_NEWNET },
	{ "pid", CLONE_NEWPID },
	{ "time", CLONE_NEWTIME },
	{ "user", CLONE_NEWUSER },
	{ "uts", CLONE_NEWUTS },
	{ NULL, 0 },
};

static const struct table_row propagation_names[] = {
	{ "private", MS_PRIVATE },
	{ "shared", MS_SHARED },
	{ "slave", MS_SLAVE },
	{ "unbindable", MS_UNBINDABLE },
	{ NULL, 0 },
};

static const char *const mount_kinds[] = {
	[PLAN_MOUNT_FS] = "fs",
	[PLAN_MOUNT_PROC] = "proc",
	[PLAN_MOUNT_SYSFS] = "sysfs",
	[PLAN_MOUNT_MAPPED_FS] = "mapped-fs",
	[PLAN_MOUNT_CGROUP] = "cgroup",
	[PLAN_MOUNT_CGROUP_COPY] = "cgroup-copy",
	[PLAN_MOUNT_BIND] = "bind",
	[PLAN_MOUNT_INSIDE] = "inside",
	[PLAN_MOUNT_REMOUNT] = "remount",
};

static void dump_namespaces(const struct plan_namespaces *plan, struct text *out)
{
	for (const struct table_row *row = namespace_names; row->name; row++) {
		if (plan->create & row->value)
			text_add(out, "namespace %s new\n", row->name);
	}
	for (size_t i = 0; i < plan->join_count; i++)
		text_add(out, "namespace %s join %s\n", plan->join[i].name, plan->join[i].path);
	if (plan->uid_map)
		text_add(out, "uid-map %s", plan->uid_map);
	if (plan->gid_map)
		text_add(out, "gid-map %s", plan->gid_map);
	if (plan->time_offsets)
		text_add(out, "time-offsets %s", plan->time_offsets);
}

static void dump_list(const char *name, const struct oci_strings *list, struct text *out)
{
	for (size_t i = 0; i < list->n; i++)
		text_add(out, "%s %s\n", name, list->items[i]);
}

/* The lines of a mapping on one line. */
static void dump_map(const char *name, const char *map, struct text *out)
{
	text_add(out, " %s=", name);
	for (; *map; map++)
		text_add_bytes(out, *map == ' ' ? "-" : *map == '\n' ? "," : map, 1);
}

static void dump_idmap(const struct plan_idmap *idmap, struct text *out)
{
	if (!idmap->set)
		return;
	text_add(out, idmap->tree ? " idmap-tree" : " idmap");
	if (!idmap->uid_map) {
		text_add(out, " joined");
		return;
	}
	dump_map("uids", idmap->uid_map, out);
	dump_map("gids", idmap->gid_map, out);
}

static void dump_mounts(const struct plan_mounts *plan, struct text *out)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_mount *m = &plan->items[i];
		const char *propagation = m->propagation ? table_name(propagation_names, m->propagation) : "private";

		text_add(out, "mount %s%s %s %s on %s set=%#llx clear=%#llx tree-set=%#llx tree-clear=%#llx %s%s",
			mount_kinds[m->kind], m->recursive ? "-tree" : "", *m->type ? m->type : "-", m->source,
			m->destination, (unsigned long long)m->attr_set, (unsigned long long)m->attr_clear,
			(unsigned long long)m->tree_set, (unsigned long long)m->tree_clear,
			m->propagation_tree ? "r" : "", propagation);
		if (m->source_inside)
			text_add(out, " source-inside=%s", m->source_inside);
		if (m->attr_may_stay)
			text_add(out, " yields=%#llx", (unsigned long long)m->attr_may_stay);
		if (m->attr_at_end)
			text_add(out, " at-end=%#llx", (unsigned long long)m->attr_at_end);
		if (m->inherits_mode)
			text_add(out, " inherits-mode");
		if (m->has_label && plan->label)
			text_add(out, " labelled");
		if (m->copy_up)
			text_add(out, " copy-up");
		if (m->copy_link)
			text_add(out, " copy-link");
		if (m->source_nofollow)
			text_add(out, " source-nofollow");
		if (m->destination_nofollow)
			text_add(out, " destination-nofollow");
		dump_idmap(&m->idmap, out);
		if (m->ms_flags)
			text_add(out, " flags=%#lx", m->ms_flags);
		for (size_t j = 0; j < m->data.n; j++)
			text_add(out, "%s%s", j ? "," : " data=", m->data.items[j]);
		text_add(out, "\n");
	}
}

static void dump_devices(const struct plan_devices *plan, struct text *out)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_device *d = &plan->items[i];

		text_add(out, "device %s mode=%#o %u:%u owner=%u:%u\n", d->path, d->mode, major(d->number),
			minor(d->number), d->uid, d->gid);
	}
}

static void dump_unit(const struct plan_unit *plan, struct text *out)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_unit_property *property = &plan->properties[i];

		text_add(out, "property %s%s %s", property->name, property->may_be_left_out ? "?" : "",
			property->signature);
		for (size_t k = 0; k < property->value.n; k++)
			text_add(out, " %s", property->value.items[k]);
		text_add(out, "\n");
	}
}

static void dump_cgroup(const struct plan_cgroup *plan, struct text *out)
{
	text_add(out, "cgroup %s", plan->path ? plan->path : plan->unit.name ? plan->unit.name : "none");
	if (plan->delegate)
		text_add(out, " delegated to %u", plan->owner);
	if (plan->init_name)
		text_add(out, " init in %s", plan->init_name);
	text_add(out, "\n");
	for (size_t i = 0; i < plan->writes.n; i++) {
		const struct plan_write *w = &plan->writes.items[i];

		text_add(out, "write %s %s%s%s", w->file, w->value, w->optional ? " optional" : "",
			w->late ? " late" : "");
		if (w->fallback_file)
			text_add(out, " else %s %s", w->fallback_file, w->fallback_value);
		text_add(out, "\n");
	}
	dump_unit(&plan->unit, out);
	text_add(out, "device-program instructions=%zu\n", plan->devices.n);
}

/* The nodes as a list of numbers. */
static void dump_memory_policy(const struct plan_memory_policy *plan, struct text *out)
{
	const unsigned int bits = 8 * sizeof(plan->nodes[0]);

	if (!plan->set)
		return;
	text_add(out, "memory-policy mode=%#x", (unsigned int)plan->mode);
	for (unsigned int node = 0; plan->has_nodes && node < PLAN_MAX_NODES; node++) {
		if (plan->nodes[node / bits] >> node % bits & 1)
			text_add(out, " %u", node);
	}
	text_add(out, "\n");
}

static void dump_process(const struct plan_process *plan, struct text *out)
{
	for (size_t i = 0; plan->args && plan->args[i]; i++)
		text_add(out, "arg %s\n", plan->args[i]);
	for (size_t i = 0; plan->env && plan->env[i]; i++)
		text_add(out, "env %s\n", plan->env[i]);
	text_add(out, "cwd %s\nuser %u:%u", plan->cwd, plan->uid, plan->gid);
	for (size_t i = 0; i < plan->group_count; i++)
		text_add(out, " %u", plan->groups[i]);
	text_add(out, "%s\numask %#o\n", plan->keep_groups ? " keep" : "", plan->umask);
	text_add(out, "capabilities bounding=%#llx effective=%#llx inheritable=%#llx permitted=%#llx ambient=%#llx\n",
		(unsigned long long)plan->capabilities.bounding, (unsigned long long)plan->capabilities.effective,
		(unsigned long long)plan->capabilities.inheritable, (unsigned long long)plan->capabilities.permitted,
		(unsigned long long)plan->capabilities.ambient);
	for (size_t i = 0; i < plan->rlimit_count; i++)
		text_add(out, "rlimit %s %llu %llu\n", plan->rlimits[i].name,
			(unsigned long long)plan->rlimits[i].value.rlim_cur,
			(unsigned long long)plan->rlimits[i].value.rlim_max);
	if (plan->no_new_privileges)
		text_add(out, "no-new-privileges\n");
	if (plan->terminal)
		text_add(out, "terminal %ux%u\n", plan->columns, plan->rows);
	if (plan->has_oom_score_adj)
		text_add(out, "oom-score-adj %d\n", plan->oom_score_adj);
	if (plan->apparmor_profile)
		text_add(out, "apparmor %s\n", plan->apparmor_profile);
	if (plan->selinux_label)
		text_add(out, "selinux %s\n", plan->selinux_label);
	if (plan->has_scheduler)
		text_add(out, "scheduler policy=%u nice=%d priority=%u flags=%#llx\n", plan->scheduler.policy,
			plan->scheduler.nice, plan->scheduler.priority, (unsigned long long)plan->scheduler.flags);
	if (plan->io_priority >= 0)
		text_add(out, "io-priority %#x\n", (unsigned int)plan->io_priority);
	if (plan->personality >= 0)
		text_add(out, "personality %#lx\n", (unsigned long)plan->personality);
}

void plan_dump(const struct plan *plan, struct text *out)
{
	static const char *const spawns[] = {
		[PLAN_SPAWN_STAGE] = "spawn stage\n",
		[PLAN_SPAWN_BUILDER] = "spawn builder\n",
	};

	text_add(out, "container %s\nbundle %s\n", plan->id, plan->bundle);
	if (spawns[plan->spawn])
		text_add(out, "%s", spawns[plan->spawn]);
	dump_namespaces(&plan->namespaces, out);
	text_add(out, "root %s%s %s\n", plan->root.path, plan->root.readonly ? " readonly" : "",
		table_name(propagation_names, plan->root.propagation & ~(unsigned long)MS_REC));
	dump_mounts(&plan->mounts, out);
	dump_devices(&plan->devices, out);
	for (size_t i = 0; i < plan->net_devices.n; i++)
		text_add(out, "net-device %s as %s%s\n", plan->net_devices.items[i].name,
			plan->net_devices.items[i].inside, plan->net_devices.items[i].numbered ? " numbered" : "");
	dump_list("mask", &plan->masked_paths, out);
	dump_list("readonly", &plan->readonly_paths, out);
	dump_cgroup(&plan->cgroup, out);
	for (size_t i = 0; i < plan->sysctls.n; i++)
		text_add(out, "sysctl %s %s\n", plan->sysctls.items[i].path, plan->sysctls.items[i].value);
	if (plan->hostname)
		text_add(out, "hostname %s\n", plan->hostname);
	if (plan->domainname)
		text_add(out, "domainname %s\n", plan->domainname);
	if (plan->mounts.label)
		text_add(out, "mount-label %s=%s\n", plan->mounts.label_option, plan->mounts.label);
	if (plan->rdt.group)
		text_add(out, "rdt %s%s%s\n", plan->rdt.group, plan->rdt.own ? " own" : "",
			plan->rdt.monitored ? " monitored" : "");
	dump_list("rdt-schema", &plan->rdt.schemata, out);
	dump_memory_policy(&plan->memory_policy, out);
	if (plan->has_process)
		dump_process(&plan->process, out);
	if (plan->seccomp.instructions)
		text_add(out, "seccomp instructions=%s flags=%#x%s\n", plan->seccomp.n ? "yes" : "no",
			plan->seccomp.flags, plan->seccomp.notify ? " notify" : "");
	if (plan->notify)
		text_add(out, "notify %s\n", plan_notify_directory);
	dump_list("warning", &plan->warnings, out);
}
