/* linux.netDevices: the devices of the host that move into the container's network namespace, and their names there.
 * The host's process checks whether they exist. Pure. */
#include "plan/parts.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>

/* True for a name that the kernel accepts. */
static bool is_device_name(const char *name)
{
	if (*name == '\0' || strlen(name) >= IFNAMSIZ || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (const char *c = name; *c; c++) {
		if (*c == '/' || *c == ':' || isspace((unsigned char)*c) || iscntrl((unsigned char)*c))
			return false;
	}
	return true;
}

/* A "%" may only be part of one "%d" at the end, which the kernel replaces by a number. */
static bool percent_is_sound(const char *name, bool *ret_numbered)
{
	const char *percent = strchr(name, '%');

	*ret_numbered = percent != NULL;
	return !percent || strcmp(percent, "%d") == 0;
}

static void check_name(struct oci_document *document, const char *place, const char *name)
{
	if (!is_device_name(name))
		oci_problem_add(document, place, "expected the name of a network device, found \"%s\"", name);
	else if (strcmp(name, "lo") == 0)
		oci_problem_add(document, place, "expected another name than \"lo\", which every namespace has");
}

static void check_inside_name(struct oci_document *document, const char *place, const struct plan_net_devices *before,
	struct plan_net_device *device)
{
	if (!percent_is_sound(device->inside, &device->numbered))
		oci_problem_add(document, place, "expected \"%%d\" at the end of the name only, found \"%s\"",
			device->inside);
	for (size_t i = 0; i < before->n && !device->numbered; i++) {
		if (strcmp(before->items[i].inside, device->inside) == 0)
			oci_problem_add(document, place, "expected each name once, found \"%s\" again", device->inside);
	}
}

int plan_net_devices(struct oci_document *document, const struct oci_config *spec, uint64_t inside,
	struct plan_net_devices *ret, struct error *err)
{
	const struct oci_net_devices *list = spec->linux_ ? &spec->linux_->net_devices : NULL;
	struct plan_net_devices plan = { 0 };

	if (!list || list->n == 0)
		return 0;
	if (!(inside & CLONE_NEWNET))
		oci_problem_add(document, "linux.netDevices", "need a network namespace in linux.namespaces");
	plan.items = oci_alloc(document, list->n * sizeof(*plan.items));
	if (!plan.items)
		return error_set(err, ENOMEM, "cannot make a plan");
	for (size_t i = 0; i < list->n; i++) {
		const struct oci_net_device *spec_device = &list->items[i];
		bool renamed = spec_device->name && *spec_device->name;
		struct plan_net_device device = {
			.name = spec_device->host_name,
			.inside = renamed ? spec_device->name : spec_device->host_name,
			.place = plan_place_of_key(document, "linux.netDevices", spec_device->host_name),
		};
		const char *name_place = device.place ? plan_printf(document, "%s.name", device.place) : NULL;

		if (!name_place)
			return error_set(err, ENOMEM, "cannot make a plan");
		check_name(document, device.place, device.name);
		if (renamed)
			check_name(document, name_place, device.inside);
		check_inside_name(document, renamed ? name_place : device.place, &plan, &device);
		plan.items[plan.n++] = device;
	}
	*ret = plan;
	return 0;
}
