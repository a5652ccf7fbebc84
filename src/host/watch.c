/* Watching containers, for `stats`: which there are, and what each of them uses. Runs on the host; changes nothing and
 * takes no lock. The record is read anew in each look, as another process may have deleted the container and made
 * another one with its id; the files of a cgroup are opened once for each container. */
#include "host/host.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { US_PER_SECOND = 1000 * 1000, NS_PER_US = 1000 };

static const char no_cgroup[] = "the container has no cgroup of its own";
static const char cgroup_gone[] = "the cgroup is gone";
static const char not_running[] = "the container is not running";

struct watched {
	char *id;
	char *created; /* tells it from another container with the same id */
	struct meter *meter;
	struct usage *now;
	struct usage *before;
	enum oci_status status;
	uint64_t time_us;
	const char *lacking;
	bool gone;   /* it was deleted, or never made */
	bool hidden; /* it cannot be looked at; a warning has said why */
};

struct watch {
	const char *root;
	struct string_list names; /* sorted; empty: all containers */
	bool brief;
	bool looked; /* the first look is done: from then on a container that is not there is no error */
	size_t n;
	struct watched *items; /* in the order of the ids */
	struct sample *samples;
};

static void forget_usage(struct watched *one)
{
	meter_close(take_ptr(one->meter));
	usage_free(take_ptr(one->now));
	usage_free(take_ptr(one->before));
}

static void watched_free(struct watched *one)
{
	forget_usage(one);
	free(one->id);
	free(one->created);
}

/* A meter keeps some dozen files open. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

struct watch *watch_open(const char *root, char *const *ids, size_t n, bool brief, struct error *err)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int result = watch ? 0 : -1;

	for (size_t i = 0; result == 0 && i < n; i++)
		result = string_list_add(&watch->names, ids[i]);
	if (result < 0) {
		watch_close(watch);
		error_set(err, ENOMEM, "cannot watch containers");
		return NULL;
	}
	string_list_sort(&watch->names);
	watch->root = root;
	watch->brief = brief;
	raise_file_limit();
	return watch;
}

void watch_close(struct watch *watch)
{
	if (!watch)
		return;
	for (size_t i = 0; i < watch->n; i++)
		watched_free(&watch->items[i]);
	free(watch->items);
	free(watch->samples);
	string_list_free(&watch->names);
	free(watch);
}

/* ---- one container ---- */

static int open_meter(struct watched *one, const struct record *record, bool brief, struct error *err)
{
	int cgroup;

	if (!record->cgroup.path) {
		one->lacking = no_cgroup;
		return 0;
	}
	cgroup = cgroup_open_own(&record->cgroup, err);
	if (cgroup < 0) {
		one->lacking = cgroup_gone;
		return err->number == ENOENT ? 0 : -1;
	}
	one->meter = meter_open(cgroup, brief, err);
	return one->meter ? 0 : -1;
}

/* Reads what the container uses, unless it has no process or no cgroup. */
static int read_usage(struct watched *one, const struct record *record, bool brief, struct error *err)
{
	struct usage *usage = NULL;
	int result;

	one->lacking = NULL;
	if (one->status == OCI_STATUS_CREATING || one->status == OCI_STATUS_STOPPED) {
		one->lacking = not_running;
		forget_usage(one);
		return 0;
	}
	if (!one->meter && open_meter(one, record, brief, err) < 0)
		return -1;
	if (one->lacking)
		return 0;
	result = meter_read(one->meter, &usage, err);
	if (result < 0)
		return -1;
	if (result == 0) {
		one->lacking = cgroup_gone;
		forget_usage(one);
		return 0;
	}
	usage_free(one->before);
	one->before = one->now;
	one->now = usage;
	return 0;
}

static int remember_created(struct watched *one, const struct record *record, struct error *err)
{
	if (one->created && strcmp(one->created, record->created) == 0)
		return 0;
	forget_usage(one);
	free(one->created);
	one->created = strdup(record->created);
	return one->created ? 0 : error_set(err, ENOMEM, "cannot watch containers");
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * US_PER_SECOND + (uint64_t)now.tv_nsec / NS_PER_US;
}

static int open_and_look(const struct watch *watch, int root, struct watched *one, struct container *container,
	struct error *err)
{
	if (root < 0)
		return container_missing(one->id, err);
	if (container_open(root, one->id, container, err) < 0)
		return -1;
	one->time_us = now_us();
	if (container_status(container, &one->status, err) < 0 || remember_created(one, container->record, err) < 0)
		return -1;
	return read_usage(one, container->record, watch->brief, err);
}

/* Says once why a container is left out. */
static void hide(struct watched *one, struct error *err)
{
	if (!one->hidden) {
		error_wrap(err, "'%s' is not shown", one->id);
		log_aside(err->text);
	}
	one->hidden = true;
	forget_usage(one);
}

/* A container that is named alone has to have something to show. */
static int refuse_lacking(const struct watched *one, const struct container *container, struct error *err)
{
	if (!one->lacking || one->status == OCI_STATUS_CREATING)
		return 0;
	if (one->status == OCI_STATUS_STOPPED)
		return container_check_status(container, CONTAINER_EVENTS, one->status, err);
	return error_set(err, 0, "%s", one->lacking);
}

/* In the first look a named container that cannot be looked at is an error; so is want of memory or files at any time.
 * Later, and among all containers, one that is gone is left out, and a warning tells of one that is damaged. */
static int look_at(const struct watch *watch, int root, struct watched *one, struct error *err)
{
	struct container container = CONTAINER_NONE;
	int result = open_and_look(watch, root, one, &container, err);

	one->gone = false;
	if (result == 0 && !watch->looked && watch->names.n > 0 && watch->n == 1)
		result = refuse_lacking(one, &container, err);
	container_close(&container);
	if (result == 0) {
		one->hidden = false;
		return 0;
	}
	if (error_is_shortage(err->number) || (watch->names.n > 0 && !watch->looked))
		return -1;
	if (err->number == ENOENT) {
		one->gone = true;
		forget_usage(one);
	} else
		hide(one, err);
	return 0;
}

/* ---- all of them ---- */

/* Makes the list of watched containers that of the ids; both are sorted. A container that stays keeps its files. */
static int take_ids(struct watch *watch, const struct string_list *ids, struct error *err)
{
	struct watched *items = calloc(ids->n + 1, sizeof(*items));
	struct sample *samples = reallocarray(watch->samples, ids->n + 1, sizeof(*samples));
	size_t former = 0;
	size_t n = 0;
	bool failed = false;

	if (samples)
		watch->samples = samples;
	if (!items || !samples) {
		free(items);
		return error_set(err, ENOMEM, "cannot watch containers");
	}
	for (size_t i = 0; i < ids->n && !failed; i++) {
		/* The same container may be named twice. */
		if (n > 0 && strcmp(items[n - 1].id, ids->items[i]) == 0)
			continue;
		while (former < watch->n && strcmp(watch->items[former].id, ids->items[i]) < 0)
			watched_free(&watch->items[former++]);
		if (former < watch->n && strcmp(watch->items[former].id, ids->items[i]) == 0)
			items[n] = watch->items[former++];
		else
			items[n] = (struct watched){ .id = strdup(ids->items[i]) };
		failed = !items[n].id;
		n += !failed;
	}
	while (former < watch->n)
		watched_free(&watch->items[former++]);
	free(watch->items);
	watch->items = items;
	watch->n = n;
	return failed ? error_set(err, ENOMEM, "cannot watch containers") : 0;
}

static int list_ids(struct watch *watch, int root, struct error *err)
{
	cleanup_string_list struct string_list ids = { 0 };

	if (watch->names.n > 0)
		return watch->looked ? 0 : take_ids(watch, &watch->names, err);
	if (root >= 0 && root_list(root, &ids, err) < 0)
		return -1;
	return take_ids(watch, &ids, err);
}

int watch_look(struct watch *watch, struct error *err)
{
	cleanup_fd int root = root_open(watch->root, false, err);

	if (root < 0 && err->number != ENOENT)
		return -1;
	if (list_ids(watch, root, err) < 0)
		return -1;
	for (size_t i = 0; i < watch->n; i++) {
		if (look_at(watch, root, &watch->items[i], err) < 0)
			return -1;
	}
	watch->looked = true;
	return 0;
}

const struct sample *watch_samples(const struct watch *watch, size_t *ret_n)
{
	size_t n = 0;

	for (size_t i = 0; i < watch->n; i++) {
		const struct watched *one = &watch->items[i];

		if (one->gone || one->hidden)
			continue;
		watch->samples[n++] = (struct sample){
			.id = one->id,
			.status = one->status,
			.time_us = one->time_us,
			.lacking = one->lacking,
			.usage = one->lacking ? NULL : one->now,
			.before = one->before,
		};
	}
	*ret_n = n;
	return watch->samples;
}

bool watch_is_over(const struct watch *watch)
{
	for (size_t i = 0; i < watch->n; i++) {
		const struct watched *one = &watch->items[i];

		if (!one->gone && !one->hidden && (!one->lacking || one->status == OCI_STATUS_CREATING))
			return false;
	}
	return watch->names.n > 0;
}
