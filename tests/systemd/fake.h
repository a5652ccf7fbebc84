/* A systemd for tests: what tare-systemd may ask of the real one, answered by a program that also misbehaves when it is
 * told to. fake.c speaks D-Bus, fake_units.c has the units and their cgroups, fake_properties.c knows the properties of
 * scopes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

enum { PATH_SIZE = 4096, NAME_SIZE = 256, PIDS_MAX = 64 };

struct unit {
	struct unit *next;
	char name[NAME_SIZE];
	char state[32];           /* ActiveState */
	char result[32];          /* Result */
	char cgroup[PATH_SIZE];   /* below the root of the cgroups; "" when it has none */
	sd_event_source *watcher; /* of its cgroup.events */
	size_t pid_count;
	unsigned int pids[PIDS_MAX];
	char slice[NAME_SIZE];
};

/* ---- fake_properties.c ---- */

struct known_properties {
	const char *unknown; /* names, separated by commas, that are not known */
	bool any;            /* all others are, with values of any type */
};

/* Reads the properties of a call, an array of (sv). Without a log checks them, and takes PIDs and Slice into the unit;
 * with one writes each as a line in the language of src/unit_request.h. Returns -1 with an error for a property that no
 * scope has or that is to be unknown, and for a value of another type. */
int properties_read(sd_bus_message *m, const struct known_properties *known, struct unit *unit, FILE *log,
	sd_bus_error *error);

/* ---- fake_units.c ---- */

/* Told when the cgroup of a unit has become empty. */
typedef void (*unit_emptied)(struct unit *unit, void *data);

/* Makes the cgroup SLICE/UNIT below root, moves the unit's processes into it, and watches it. Returns -1 with errno. */
int unit_make_cgroup(struct unit *unit, const char *root, sd_event *event, unit_emptied emptied, void *data);

/* Removes the unit's cgroup with all below it, and the slices above it that are empty then. */
void unit_remove_cgroup(struct unit *unit, const char *root);

/* Reads the pids of the unit's cgroup and of all below it. Returns their number. */
size_t unit_read_pids(const struct unit *unit, const char *root, unsigned int *pids, size_t max);
