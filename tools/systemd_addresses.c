/* Where systemd may be reached: what tare-systemd needs of the environment, of which it keeps nothing else. It only
 * makes the list, and opens none of the sockets. */
#include "systemd_addresses.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct environment {
	char runtime[PATH_MAX / 4]; /* XDG_RUNTIME_DIR */
	char system_bus[PATH_MAX];
	char session_bus[PATH_MAX];
};

/* Adds the socket with this path; its address has all bytes escaped that have a meaning in an address. */
static void add_path(struct address *list, size_t *count, bool is_bus, const char *directory, const char *path)
{
	struct address *a = &list[(*count)++];
	size_t n;

	snprintf(a->shown, sizeof(a->shown), "%s%s", directory, path);
	n = (size_t)snprintf(a->address, sizeof(a->address), "unix:path=");
	for (const char *c = a->shown; *c && n + 4 < sizeof(a->address); c++) {
		bool plain = isalnum((unsigned char)*c) || strchr("-_/.", *c);

		n += (size_t)snprintf(a->address + n, sizeof(a->address) - n, plain ? "%c" : "%%%02x",
			(unsigned char)*c);
	}
	a->is_bus = is_bus;
}

static void add_address(struct address *list, size_t *count, const char *address)
{
	struct address *a = &list[(*count)++];

	snprintf(a->shown, sizeof(a->shown), "%s", address);
	snprintf(a->address, sizeof(a->address), "%s", address);
	a->is_bus = true;
}

/* The id of the user outside of our user namespace, where systemd knows him by it. */
static unsigned int real_user(void)
{
	unsigned int inside, outside, length, id = geteuid();
	FILE *map = fopen("/proc/self/uid_map", "re");

	while (map && fscanf(map, "%u %u %u", &inside, &outside, &length) == 3) {
		if (id >= inside && id - inside < length) {
			id = outside + (id - inside);
			break;
		}
	}
	if (map)
		fclose(map);
	return id;
}

static void copy_variable(const char *name, char *buffer, size_t size)
{
	const char *value = getenv(name);

	if (value && strlen(value) < size)
		memcpy(buffer, value, strlen(value) + 1);
}

static void read_environment(struct environment *e)
{
	char user[sizeof("4294967295")] = "";

	copy_variable("XDG_RUNTIME_DIR", e->runtime, sizeof(e->runtime));
	copy_variable("DBUS_SYSTEM_BUS_ADDRESS", e->system_bus, sizeof(e->system_bus));
	copy_variable("DBUS_SESSION_BUS_ADDRESS", e->session_bus, sizeof(e->session_bus));
	copy_variable("_CONTAINERS_ROOTLESS_UID", user, sizeof(user)); /* Podman's, within its user namespace */
	if (!*e->runtime && *user && !user[strspn(user, "0123456789")])
		snprintf(e->runtime, sizeof(e->runtime), "/run/user/%s", user);
	else if (!*e->runtime)
		snprintf(e->runtime, sizeof(e->runtime), "/run/user/%u", real_user());
	clearenv();
}

size_t list_addresses(bool user, struct address list[ADDRESSES_MAX])
{
	struct environment e = { 0 };
	size_t count = 0;

	read_environment(&e);
	if (user) {
		add_path(list, &count, false, e.runtime, "/systemd/private");
		if (*e.session_bus)
			add_address(list, &count, e.session_bus);
		add_path(list, &count, true, e.runtime, "/bus");
		return count;
	}
	if (geteuid() == 0)
		add_path(list, &count, false, "", "/run/systemd/private");
	if (*e.system_bus)
		add_address(list, &count, e.system_bus);
	else
		add_path(list, &count, true, "", "/run/dbus/system_bus_socket");
	return count;
}
