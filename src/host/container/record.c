/* Filling in the record of a container: from its plan, and what the plan does not know. Runs on the host. */
#include "host/container/setup.h"

#include "base/passwd.h"
#include "base/proc.h"
#include "host/cgroup/cgroup.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void read_time(char ret_time[RECORD_TIME_MAX])
{
	struct timespec now;
	struct tm utc;
	size_t length;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	length = strftime(ret_time, RECORD_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(ret_time + length, RECORD_TIME_MAX - length, ".%09ldZ", now.tv_nsec);
}

static void read_owner(char ret_owner[RECORD_OWNER_MAX])
{
	struct passwd_entry user = { 0 };

	if (passwd_find("/etc/passwd", geteuid(), &user, NULL) == 0)
		snprintf(ret_owner, RECORD_OWNER_MAX, "%s", user.name);
	else
		snprintf(ret_owner, RECORD_OWNER_MAX, "%u", geteuid());
	free(user.text);
}

struct record record_of_plan(const struct plan *plan)
{
	const struct oci_config *spec = plan->spec;

	return (struct record){
		.version = 1,
		.rootfs = (char *)(uintptr_t)plan->root.path,
		.oci_version = spec->oci_version,
		.has_hooks = spec->hooks && (spec->hooks->poststart.n > 0 || spec->hooks->poststop.n > 0),
		.has_process = plan->has_process,
		.shares_pids = !(plan->namespaces.create & CLONE_NEWPID),
		.has_filter = plan->seccomp.instructions != NULL,
		.filter_flags = plan->seccomp.flags,
		.filter_notifies = plan->seccomp.notify,
		.filter_at_start = plan->seccomp.instructions && !plan_filters_early(plan),
		.listener_path = (char *)(uintptr_t)plan->seccomp.listener_path,
		.listener_metadata = (char *)(uintptr_t)plan->seccomp.listener_metadata,
		.cgroup.path = (char *)(uintptr_t)plan->cgroup.path,
		.cgroup.unit = (char *)(uintptr_t)plan->cgroup.unit.name,
		.cgroup.subtree = plan->cgroup.init_name != NULL,
		.annotations = spec->annotations,
	};
}

int record_describe(struct record *record, const char *id, struct record_texts *texts, struct error *err)
{
	read_time(texts->created);
	read_owner(texts->owner);
	if (proc_boot_id(texts->boot_id, err) < 0)
		return -1;
	record->id = (char *)(uintptr_t)id;
	record->created = texts->created;
	record->owner = texts->owner;
	record->boot_id = texts->boot_id;
	if (record->cgroup.path || record->cgroup.unit) {
		cgroup_make_mark(id, texts->created, texts->mark);
		record->cgroup.mark = texts->mark;
	}
	return 0;
}

int record_identify(struct record *record, pid_t pid, struct error *err)
{
	struct proc_identity identity;

	if (proc_identify(pid, &identity) < 0)
		return error_set(err, errno, "cannot identify the container's init");
	record->pid = pid;
	record->start_time = identity.start_time;
	return 0;
}

struct record *record_copy(struct oci_document *document, const struct record *record)
{
	struct record copy = *record;
	char **const strings[] = { &copy.bundle, &copy.created, &copy.owner, &copy.boot_id, &copy.cgroup.mark };
	struct record *ret = oci_alloc(document, sizeof(*ret));

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		if (!*strings[i])
			continue;
		*strings[i] = plan_strdup(document, *strings[i]);
		if (!*strings[i])
			return NULL;
	}
	if (ret)
		*ret = copy;
	return ret;
}
