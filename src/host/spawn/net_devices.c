/* Network devices of the host that move to the container, by rtnetlink(7). Runs on the host. tare itself never enters
 * the container's network namespace: a helper process does, opens a netlink socket there and passes it out.
 *
 * When a device moves, the kernel keeps what belongs to it, but brings it down and removes its addresses; they are read
 * before and added again after. Neither create nor delete removes a device: it stays in the namespace or is destroyed
 * with it. */
#include "host/spawn/spawn.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/netlink.h"
#include "base/syscall.h"
#include "base/text.h"
#include "handles.h"
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_ADDRESSES = 4096 };

/* The name of a device while it moves, of which the kernel makes tare0, tare1 and so on. If it were "eth0", a new name
 * "eth%d" would become eth1. */
static const char temporary_name[] = "tare%d";

struct net_device {
	const struct plan_net_device *plan;
	char name[IFNAMSIZ]; /* its main name on the host; the config may have one of its alternative names */
	int index;           /* on the host */
	int index_inside;    /* in the container; 0: it was not moved */
	bool is_up;
	struct netlink_request *addresses; /* requests that each add one address */
	size_t address_count;
};

/* ---- sockets ---- */

static _Noreturn void open_inside(int namespace, int channel)
{
	struct error err;
	int sock;

	if (setns(namespace, CLONE_NEWNET) < 0)
		error_set(&err, errno, "cannot join the network namespace");
	else if ((sock = netlink_open()) < 0)
		error_set(&err, errno, "cannot make a netlink socket");
	else
		_exit(sync_send(channel, SYNC_HELLO, NULL, sock) < 0);
	_exit(sync_send(channel, SYNC_ERROR, &err, -1) < 0);
}

/* Opens a netlink socket in another network namespace, by a helper process. Returns it, or -1 with *err. */
static int socket_inside(int namespace, struct error *err)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	cleanup_fd int ours = -1;
	int theirs;
	int ends[2];
	int sock = -1;
	pid_t helper;
	int code;
	int result;

	if (sync_pair(ends) < 0)
		return error_set(err, errno, "linux.netDevices: cannot make a channel");
	ours = ends[0];
	theirs = ends[1];
	helper = sys_clone3(&args);
	if (helper == 0)
		open_inside(namespace, theirs);
	close_fd(&theirs);
	if (helper < 0)
		return error_set(err, errno, "linux.netDevices: cannot fork");
	result = sync_expect(ours, SYNC_HELLO, &sock, err);
	(void)child_wait(helper, &code);
	return result < 0 ? error_wrap(err, "linux.netDevices") : sock;
}

/* ---- questions ---- */

/* Asks for a device by its name, or with name NULL by its index. Returns 0, or -1 with errno: ENODEV when it does not
 * exist. */
static int ask_for_link(int sock, int index, const char *name, struct text *answer)
{
	const struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct netlink_request request;

	netlink_begin(&request, RTM_GETLINK, 0, &fixed, sizeof(fixed));
	if (name)
		netlink_add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	return netlink_ask(sock, &request, answer);
}

static int find_link(int sock, struct net_device *device)
{
	cleanup_text struct text answer = { 0 };
	const struct nlmsghdr *message;
	const struct ifinfomsg *fixed;
	const char *name;
	size_t offset = 0;
	size_t size;

	if (ask_for_link(sock, 0, device->plan->name, &answer) < 0)
		return -1;
	message = netlink_next(&answer, &offset);
	fixed = message ? netlink_fixed(message, sizeof(*fixed)) : NULL;
	name = fixed ? netlink_attribute(message, sizeof(*fixed), IFLA_IFNAME, &size) : NULL;
	if (!name || size > sizeof(device->name) || name[size - 1] != '\0') {
		errno = EBADMSG;
		return -1;
	}
	memcpy(device->name, name, size);
	device->index = fixed->ifi_index;
	device->is_up = fixed->ifi_flags & IFF_UP;
	return 0;
}

/* Makes the request that adds an address again from the kernel's message about it. */
static void note_address(const struct nlmsghdr *message, const struct ifaddrmsg *address, struct netlink_request *ret)
{
	/* The kernel works the other attributes out by itself. */
	static const uint16_t noted[] = { IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST, IFA_RT_PRIORITY };
	const uint32_t settable = IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE |
		IFA_F_MCAUTOJOIN;
	const struct ifaddrmsg fixed = {
		.ifa_family = address->ifa_family,
		.ifa_prefixlen = address->ifa_prefixlen,
		.ifa_scope = address->ifa_scope,
	};
	uint32_t flags = address->ifa_flags;
	const void *data;
	size_t size;

	netlink_begin(ret, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &fixed, sizeof(fixed));
	for (size_t i = 0; i < sizeof(noted) / sizeof(noted[0]); i++) {
		data = netlink_attribute(message, sizeof(*address), noted[i], &size);
		if (data)
			netlink_add(ret, noted[i], data, size);
	}
	data = netlink_attribute(message, sizeof(*address), IFA_FLAGS, &size);
	if (data && size == sizeof(flags))
		memcpy(&flags, data, size);
	flags &= settable;
	netlink_add(ret, IFA_FLAGS, &flags, sizeof(flags));
}

/* Notes the permanent addresses of global scope, which stay with a device (spec: config-linux.md, network devices). */
static int note_addresses(int sock, struct net_device *device)
{
	const struct ifaddrmsg all = { .ifa_family = AF_UNSPEC };
	cleanup_text struct text answer = { 0 };
	struct netlink_request request;
	const struct nlmsghdr *message;
	size_t offset = 0;

	netlink_begin(&request, RTM_GETADDR, NLM_F_DUMP, &all, sizeof(all));
	if (netlink_ask(sock, &request, &answer) < 0)
		return -1;
	while ((message = netlink_next(&answer, &offset))) {
		const struct ifaddrmsg *address = netlink_fixed(message, sizeof(*address));
		struct netlink_request *grown;

		if (message->nlmsg_type != RTM_NEWADDR || !address || (int)address->ifa_index != device->index ||
			address->ifa_scope != RT_SCOPE_UNIVERSE || !(address->ifa_flags & IFA_F_PERMANENT))
			continue;
		if (device->address_count == MAX_ADDRESSES) {
			errno = E2BIG;
			return -1;
		}
		grown = reallocarray(device->addresses, device->address_count + 1, sizeof(*grown));
		if (!grown)
			return -1;
		device->addresses = grown;
		note_address(message, address, &grown[device->address_count++]);
	}
	return 0;
}

/* The index that a device gets in the other namespace: the wanted one, or the next that is free. -1 with errno. */
static int free_index(int sock, int wanted)
{
	while (ask_for_link(sock, wanted, NULL, NULL) == 0)
		wanted++;
	return errno == ENODEV ? wanted : -1;
}

/* ---- changes ---- */

/* Moves a device to the network namespace of an fd, where it gets this index and this name. */
static int move_link(int sock, int index, int namespace, int new_index, const char *new_name)
{
	const struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct netlink_request request;
	int number;

	netlink_begin(&request, RTM_SETLINK, 0, &fixed, sizeof(fixed));
	netlink_add(&request, IFLA_NET_NS_FD, &namespace, sizeof(namespace));
	netlink_add(&request, IFLA_NEW_IFINDEX, &new_index, sizeof(new_index));
	netlink_add(&request, IFLA_IFNAME, new_name, strlen(new_name) + 1);
	if (netlink_ask(sock, &request, NULL) == 0)
		return 0;
	number = errno;
	/* The kernel may have moved the device and failed to send its answer: if the device is no longer here, it was
	 * moved, and has to be moved back by an undo. */
	if (number != ENODEV && ask_for_link(sock, index, NULL, NULL) < 0 && errno == ENODEV)
		return 0;
	errno = number;
	return -1;
}

static int rename_link(int sock, int index, const char *name)
{
	const struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct netlink_request request;

	netlink_begin(&request, RTM_SETLINK, 0, &fixed, sizeof(fixed));
	netlink_add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	return netlink_ask(sock, &request, NULL);
}

static int bring_up(int sock, int index)
{
	const struct ifinfomsg fixed = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = index,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};
	struct netlink_request request;

	netlink_begin(&request, RTM_SETLINK, 0, &fixed, sizeof(fixed));
	return netlink_ask(sock, &request, NULL);
}

static int give_addresses(int sock, const struct net_device *device, int index)
{
	for (size_t i = 0; i < device->address_count; i++) {
		struct netlink_request request = device->addresses[i];
		struct ifaddrmsg fixed;

		memcpy(&fixed, request.bytes + NLMSG_HDRLEN, sizeof(fixed));
		fixed.ifa_index = (uint32_t)index;
		memcpy(request.bytes + NLMSG_HDRLEN, &fixed, sizeof(fixed));
		if (netlink_ask(sock, &request, NULL) < 0)
			return -1;
	}
	return 0;
}

/* ---- finding, moving and restoring ---- */

static int find_device(const struct net_devices *devices, struct net_device *device, struct error *err)
{
	if (find_link(devices->host, device) < 0)
		return error_set(err, errno, "%s: cannot find '%s'", device->plan->place, device->plan->name);
	if (note_addresses(devices->host, device) < 0)
		return error_set(err, errno, "%s: cannot read the addresses of '%s'", device->plan->place,
			device->plan->name);
	return 0;
}

/* Opens a socket in a namespace to join, and fails if it has a device with one of the new names. A new namespace has
 * only "lo". */
static int check_joined(struct net_devices *devices, int namespace, struct error *err)
{
	devices->container = socket_inside(namespace, err);
	if (devices->container < 0)
		return -1;
	for (size_t i = 0; i < devices->n; i++) {
		const struct plan_net_device *plan = devices->items[i].plan;

		if (!plan->numbered && ask_for_link(devices->container, 0, plan->inside, NULL) == 0) {
			error_set(err, EEXIST, "%s: the name '%s' is taken in the container", plan->place,
				plan->inside);
			return error_tag(err, ERROR_NETWORK_DEVICE_FAILED, "%s", plan->place);
		}
	}
	return 0;
}

int net_devices_find(const struct plan *plan, const struct handles *handles, struct net_devices *devices,
	struct error *err)
{
	int joined = handles_joined(plan, handles, CLONE_NEWNET);

	if (plan->net_devices.n == 0)
		return 0;
	devices->items = calloc(plan->net_devices.n, sizeof(*devices->items));
	devices->host = netlink_open();
	devices->namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (!devices->items || devices->host < 0 || devices->namespace < 0)
		return error_set(err, errno, "linux.netDevices: cannot ask for the devices of the host");
	for (devices->n = 0; devices->n < plan->net_devices.n; devices->n++) {
		struct net_device *device = &devices->items[devices->n];

		device->plan = &plan->net_devices.items[devices->n];
		if (find_device(devices, device, err) < 0) {
			free(device->addresses);
			return error_tag(err, ERROR_NETWORK_DEVICE_FAILED, "%s", device->plan->place);
		}
	}
	return joined < 0 ? 0 : check_joined(devices, joined, err);
}

static int move_device(const struct net_devices *devices, struct net_device *device, int namespace, struct error *err)
{
	const struct plan_net_device *plan = device->plan;
	int index = free_index(devices->container, device->index);

	if (index < 0 || move_link(devices->host, device->index, namespace, index, temporary_name) < 0)
		return error_set(err, errno, "%s: cannot move '%s' to the container", plan->place, plan->name);
	device->index_inside = index;
	if (rename_link(devices->container, index, plan->inside) < 0) {
		if (errno == EEXIST)
			return error_set(err, EEXIST, "%s: the name '%s' is taken in the container", plan->place,
				plan->inside);
		return error_set(err, errno, "%s: cannot call '%s' '%s'", plan->place, plan->name, plan->inside);
	}
	if (give_addresses(devices->container, device, index) < 0)
		return error_set(err, errno, "%s: cannot give '%s' its addresses back", plan->place, plan->name);
	if (bring_up(devices->container, index) < 0)
		return error_set(err, errno, "%s: cannot bring up '%s'", plan->place, plan->name);
	return 0;
}

/* Moves the devices whose new names are given, or those whose names the kernel numbers ("eth%d"). */
static int move_devices(const struct net_devices *devices, bool numbered, int namespace, struct error *err)
{
	for (size_t i = 0; i < devices->n; i++) {
		struct net_device *device = &devices->items[i];

		if (device->plan->numbered == numbered && move_device(devices, device, namespace, err) < 0)
			return error_tag(err, ERROR_NETWORK_DEVICE_FAILED, "%s", device->plan->place);
	}
	return 0;
}

int net_devices_move(struct net_devices *devices, const struct plan *plan, const struct handles *handles, pid_t init,
	struct error *err)
{
	int namespace = handles_joined(plan, handles, CLONE_NEWNET);
	cleanup_fd int made = -1;
	char path[64];

	if (devices->n == 0)
		return 0;
	if (namespace < 0) {
		snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)init);
		namespace = made = open(path, O_RDONLY | O_CLOEXEC);
		/* init has ended: the next message on the channel says why. */
		if (made < 0 && (errno == ENOENT || errno == ESRCH))
			return 0;
		if (made < 0)
			return error_set(err, errno, "linux.netDevices: cannot open '%s'", path);
		devices->container = socket_inside(namespace, err);
		if (devices->container < 0)
			return -1;
	}
	/* The given names first, so that the kernel numbers the others around them. */
	if (move_devices(devices, false, namespace, err) < 0)
		return -1;
	return move_devices(devices, true, namespace, err);
}

static int restore_device(const struct net_devices *devices, const struct net_device *device)
{
	int index = free_index(devices->host, device->index);

	if (index < 0 ||
		move_link(devices->container, device->index_inside, devices->namespace, index, device->name) < 0)
		return -1;
	if (give_addresses(devices->host, device, index) < 0)
		return -1;
	return device->is_up ? bring_up(devices->host, index) : 0;
}

void net_devices_restore(struct net_devices *devices, void (*on_warning)(const char *text))
{
	struct error err;

	for (size_t i = devices->n; i-- > 0;) {
		struct net_device *device = &devices->items[i];

		if (device->index_inside > 0 && restore_device(devices, device) < 0) {
			error_set(&err, errno, "%s: cannot give '%s' back to the host", device->plan->place,
				device->name);
			on_warning(err.text);
		}
		device->index_inside = 0;
	}
}

void net_devices_free(struct net_devices *devices)
{
	for (size_t i = 0; i < devices->n; i++)
		free(devices->items[i].addresses);
	free(devices->items);
	close_fd(&devices->host);
	close_fd(&devices->container);
	close_fd(&devices->namespace);
	*devices = NET_DEVICES_NONE;
}
