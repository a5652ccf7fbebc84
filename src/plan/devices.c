/* Device nodes: the default ones and those of the spec, one for each path. Pure. */
#include "plan/parts.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { DEFAULT_MODE = 0666 };

/* Spec: config-linux.md, default devices. /dev/ptmx is a link and /dev/console comes with a terminal. */
static const struct {
	const char *path;
	unsigned int major, minor;
} defaults[] = {
	{ "/dev/null", 1, 3 },
	{ "/dev/zero", 1, 5 },
	{ "/dev/full", 1, 7 },
	{ "/dev/tty", 5, 0 },
	{ "/dev/random", 1, 8 },
	{ "/dev/urandom", 1, 9 },
};

enum { DEFAULT_COUNT = sizeof(defaults) / sizeof(defaults[0]) };

static mode_t type_bits(enum oci_device_type type)
{
	static const mode_t bits[] = {
		[OCI_DEVICE_CHAR] = S_IFCHR,
		[OCI_DEVICE_UNBUFFERED] = S_IFCHR,
		[OCI_DEVICE_BLOCK] = S_IFBLK,
		[OCI_DEVICE_FIFO] = S_IFIFO,
	};

	return bits[type];
}

static bool same_device(const struct plan_device *a, const struct plan_device *b)
{
	return a->mode == b->mode && a->number == b->number && a->uid == b->uid && a->gid == b->gid;
}

/* Every device but a fifo has both numbers; their range is checked by the rows. */
static unsigned int device_number(struct oci_document *document, size_t index, const char *name,
	struct oci_opt_i64 number)
{
	char place[PLAN_PLACE_MAX];

	snprintf(place, sizeof(place), "linux.devices[%zu].%s", index, name);
	if (!number.set)
		oci_problem_add(document, place, "required member is missing");
	return (unsigned int)number.v;
}

static int plan_device(struct oci_document *document, const struct oci_device *device, size_t index,
	struct plan_device *ret, struct error *err)
{
	dev_t number = 0;
	char *normal = path_normalise(device->path);
	char *path = normal ? plan_strdup(document, normal) : NULL;

	free(normal);
	if (!path)
		return error_set(err, ENOMEM, "cannot make a plan");
	if (strcmp(path, "/") == 0 || path_is_below(path, "/proc") || path_is_below(path, "/sys")) {
		char place[PLAN_PLACE_MAX];

		snprintf(place, sizeof(place), "linux.devices[%zu].path", index);
		oci_problem_add(document, place, "expected a path below / and outside of /proc and /sys, found \"%s\"",
			device->path);
	}
	if (device->type != OCI_DEVICE_FIFO) {
		unsigned int major = device_number(document, index, "major", device->major);
		unsigned int minor = device_number(document, index, "minor", device->minor);

		number = makedev(major, minor);
	}
	*ret = (struct plan_device){
		.path = path,
		.mode = type_bits(device->type) | (device->file_mode.set ? device->file_mode.v & 07777 : DEFAULT_MODE),
		.number = number,
		.uid = device->uid.set ? device->uid.v : 0,
		.gid = device->gid.set ? device->gid.v : 0,
	};
	return 0;
}

/* Orders by path, and devices with the same path as in the spec. */
static int compare_devices(const void *a, const void *b)
{
	const struct plan_device *const *one = a;
	const struct plan_device *const *other = b;
	int order = strcmp((*one)->path, (*other)->path);

	return order ? order : (*one > *other) - (*one < *other);
}

/* Keeps one device of each path, at the position of the first: one of the spec replaces the default one. */
static int merge_devices(struct oci_document *document, struct plan_devices *plan)
{
	struct plan_device *items = plan->items;
	cleanup_free struct plan_device **sorted = calloc(plan->n, sizeof(*sorted));
	size_t kept = 0;

	if (!sorted)
		return -1;
	for (size_t i = 0; i < plan->n; i++)
		sorted[i] = &items[i];
	qsort(sorted, plan->n, sizeof(sorted[0]), compare_devices);
	for (size_t i = 1, first = 0; i < plan->n; i++) {
		struct plan_device *device = sorted[i];
		char place[PLAN_PLACE_MAX];

		if (strcmp(device->path, sorted[first]->path) != 0) {
			first = i;
			continue;
		}
		snprintf(place, sizeof(place), "linux.devices[%zu].path", (size_t)(device - items) - DEFAULT_COUNT);
		if (sorted[first] < items + DEFAULT_COUNT && i == first + 1)
			*sorted[first] = *device;
		else if (!same_device(sorted[first], device))
			oci_problem_add(document, place,
				"expected each path once, found \"%s\" again as another device", device->path);
		device->path = NULL;
	}
	for (size_t i = 0; i < plan->n; i++) {
		if (items[i].path)
			items[kept++] = items[i];
	}
	plan->n = kept;
	return 0;
}

int plan_devices(struct oci_document *document, const struct oci_config *spec, struct plan_devices *ret,
	struct error *err)
{
	const struct oci_devices none = { 0 };
	const struct oci_devices *devices = spec->linux_ ? &spec->linux_->devices : &none;
	struct plan_devices plan = { .items = oci_alloc(document, (DEFAULT_COUNT + devices->n) * sizeof(*plan.items)) };

	if (!plan.items)
		return error_set(err, ENOMEM, "cannot make a plan");
	for (plan.n = 0; plan.n < DEFAULT_COUNT; plan.n++)
		plan.items[plan.n] = (struct plan_device){
			.path = defaults[plan.n].path,
			.mode = S_IFCHR | DEFAULT_MODE,
			.number = makedev(defaults[plan.n].major, defaults[plan.n].minor),
		};
	for (size_t i = 0; i < devices->n; i++) {
		if (plan_device(document, &devices->items[i], i, &plan.items[plan.n], err) < 0)
			return -1;
		plan.n++;
	}
	if (merge_devices(document, &plan) < 0)
		return error_set(err, ENOMEM, "cannot make a plan");
	*ret = plan;
	return 0;
}
