/* Device nodes: the default ones and those of the spec, without contradictions. Pure. */
#include "plan/plan.h"

#include "base/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { DEFAULT_MODE = 0666, MAX_MAJOR = (1 << 12) - 1, MAX_MINOR = (1 << 20) - 1 };

/* Spec: config-linux.md, default devices. /dev/ptmx is a link and /dev/console comes with a terminal. */
static const struct {
	const char *path;
	unsigned int major, minor;
} defaults[] = {
	{ "/dev/null", 1, 3 }, { "/dev/zero", 1, 5 },    { "/dev/full", 1, 7 },
	{ "/dev/tty", 5, 0 },  { "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 },
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

static int64_t device_number(struct oci_document *document, size_t index, const char *name, struct oci_opt_i64 number, int64_t max,
			     bool required)
{
	char place[64];

	snprintf(place, sizeof(place), "linux.devices[%zu].%s", index, name);
	if (!number.set) {
		if (required)
			oci_problem_add(document, place, "required member is missing");
		return 0;
	}
	if (number.v < 0 || number.v > max) {
		oci_problem_add(document, place, "expected an integer from 0 to %lld, found %lld", (long long)max, (long long)number.v);
		return 0;
	}
	return number.v;
}

static int plan_device(struct oci_document *document, const struct oci_device *device, size_t index, struct plan_device *ret,
		       struct error *err)
{
	bool numbered = device->type != OCI_DEVICE_FIFO;
	int64_t major = device_number(document, index, "major", device->major, MAX_MAJOR, numbered);
	int64_t minor = device_number(document, index, "minor", device->minor, MAX_MINOR, numbered);
	char *normal = path_normalise(device->path);
	char *path = normal ? plan_strdup(document, normal) : NULL;

	free(normal);
	if (!path)
		return error_set(err, ENOMEM, "cannot make a plan");
	if (strcmp(path, "/") == 0 || path_is_below(path, "/proc") || path_is_below(path, "/sys")) {
		char place[64];

		snprintf(place, sizeof(place), "linux.devices[%zu].path", index);
		oci_problem_add(document, place, "expected a path outside of /proc and /sys, found \"%s\"", device->path);
	}
	*ret = (struct plan_device){
		.path = path,
		.mode = type_bits(device->type) | (device->file_mode.set ? device->file_mode.v & 07777 : DEFAULT_MODE),
		.number = numbered ? makedev((unsigned int)major, (unsigned int)minor) : 0,
		.uid = device->uid.set ? device->uid.v : 0,
		.gid = device->gid.set ? device->gid.v : 0,
	};
	return 0;
}

/* Puts the device into the list: over a default one of the same path, beside the others. */
static void add_device(struct oci_document *document, struct plan_devices *plan, const struct plan_device *device, size_t index)
{
	char place[64];

	for (size_t i = 0; i < plan->n; i++) {
		if (strcmp(plan->items[i].path, device->path) != 0)
			continue;
		if (i < DEFAULT_COUNT) {
			plan->items[i] = *device;
		} else if (!same_device(&plan->items[i], device)) {
			snprintf(place, sizeof(place), "linux.devices[%zu].path", index);
			oci_problem_add(document, place, "expected each path once, found \"%s\" again as another device", device->path);
		}
		return;
	}
	plan->items[plan->n++] = *device;
}

int plan_devices(struct oci_document *document, const struct oci_config *spec, struct plan_devices *ret, struct error *err)
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
		struct plan_device device;

		if (plan_device(document, &devices->items[i], i, &device, err) < 0)
			return -1;
		add_device(document, &plan, &device, i);
	}
	*ret = plan;
	return 0;
}
