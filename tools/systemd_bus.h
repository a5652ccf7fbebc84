/* What tare-systemd asks of systemd by D-Bus. Each call waits until the deadline of the session at most, and returns -1
 * with *f, also when tare has ended meanwhile (but see clears_up); f->name is the name of the error that systemd has
 * sent, if it has sent one. */
#pragma once

#include "systemd_addresses.h"
#include "systemd_request.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	REQUEST_SOCKET = 3,
	BUS_SECONDS_MAX = 24 * 60 * 60,
	BUS_NAME_SIZE = 256, /* D-Bus allows no longer names */
	BUS_JOBS_MAX = 8,
	BUS_CLEAR_UP_SECONDS = 5,
};

#define SYSTEMD_ERROR "org.freedesktop.systemd1."

struct sd_bus;

struct job {
	char path[BUS_NAME_SIZE];
	char result[BUS_NAME_SIZE];
};

struct session {
	int seconds;       /* the time limit, once for connecting and once for the request */
	uint64_t deadline; /* microseconds of CLOCK_MONOTONIC */
	int tare;          /* pidfd of the process that made the socket, -1 when it is not known */
	bool received;     /* the request is there */
	uint64_t received_at;
	bool ended; /* tare's end of the socket is closed, or tare has ended */
	/* What would be left of a unit that systemd is asked to start has to be cleared away: then the end of tare ends
	 * no wait, but gives those that follow little time. */
	bool clears_up;
	struct address addresses[ADDRESSES_MAX];
	size_t address_count;
	struct sd_bus *bus;        /* NULL: not connected */
	bool lost;                 /* systemd has closed the connection */
	bool refused;              /* a socket is there, and nobody listens */
	char owner[BUS_NAME_SIZE]; /* systemd's unique name on the bus; "" when we are connected with systemd itself */
	struct request request;
	/* What systemd has told about the unit of the request since the last StartTransientUnit: */
	bool unit_removed;
	struct job jobs[BUS_JOBS_MAX]; /* that ended, the last ones of job_count */
	size_t job_count;
};

uint64_t bus_now(void);
uint64_t bus_in_seconds(int seconds);

/* Connects with the first systemd of the addresses that lets us, which is the only one from then on. */
int bus_connect(struct session *s, struct failure *f);

void bus_close(struct session *s);

/* Without a connection, waits for tare alone. Returns 0 when something has come or the time is over, -1 when tare has
 * ended. */
int bus_await_tare(struct session *s, uint64_t until);

/* Takes what has come from systemd, or waits for it. Returns 0 when the caller has to look whether what it waits for
 * has happened. waited_for is the beginning of the text for the time limit; NULL: reaching it is no failure. */
int bus_step(struct session *s, uint64_t until, const char *waited_for, struct failure *f);

/* Starts the unit of the request, or changes its properties. job: the object path of the job that starts it. */
int bus_start_unit(struct session *s, char job[BUS_NAME_SIZE], struct failure *f);
int bus_set_properties(struct session *s, struct failure *f);

/* Asks something of the manager about the unit, without waiting for an answer. A systemd that has stopped reads it when
 * it goes on. mode: the second argument of the method, or NULL. */
void bus_tell(struct session *s, const char *method, const char *mode);

/* Reads a property of the unit that is a text. */
int bus_get_text(struct session *s, const char *interface, const char *name, char text[BUS_NAME_SIZE],
	struct failure *f);

/* Returns 0 when the unit has no process, 1 when it has, 2 when it has the process of the request. */
int bus_find_process(struct session *s, struct failure *f);
