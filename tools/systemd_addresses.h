/* Where tare-systemd looks for systemd. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { ADDRESSES_MAX = 3 };

struct address {
	char shown[PATH_MAX]; /* in errors */
	char address[PATH_MAX];
	bool is_bus;
};

/* Lists the addresses of the system's systemd or of the user's one, the best first: the private socket, where systemd
 * answers itself, without a bus that could stop or be busy; then the bus. Clears the environment: some variables would
 * steer sd-bus. */
size_t list_addresses(bool user, struct address list[ADDRESSES_MAX]);
