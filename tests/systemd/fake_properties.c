/* The properties of scopes, as far as a container runtime sets them: their names and types. */
#include "fake.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const struct {
	const char *name, *type;
} scope_properties[] = {
	{ "AllowedCPUs", "ay" },
	{ "AllowedMemoryNodes", "ay" },
	{ "After", "as" },
	{ "Before", "as" },
	{ "BPFProgram", "a(ss)" },
	{ "CPUAccounting", "b" },
	{ "CPUQuotaPerSecUSec", "t" },
	{ "CPUQuotaPeriodUSec", "t" },
	{ "CPUWeight", "t" },
	{ "CollectMode", "s" },
	{ "DefaultDependencies", "b" },
	{ "Delegate", "b" },
	{ "DelegateSubgroup", "s" },
	{ "Description", "s" },
	{ "DeviceAllow", "a(ss)" },
	{ "DevicePolicy", "s" },
	{ "IOAccounting", "b" },
	{ "IODeviceWeight", "a(st)" },
	{ "IOReadBandwidthMax", "a(st)" },
	{ "IOReadIOPSMax", "a(st)" },
	{ "IOWeight", "t" },
	{ "IOWriteBandwidthMax", "a(st)" },
	{ "IOWriteIOPSMax", "a(st)" },
	{ "KillSignal", "i" },
	{ "MemoryAccounting", "b" },
	{ "MemoryHigh", "t" },
	{ "MemoryLow", "t" },
	{ "MemoryMax", "t" },
	{ "MemoryMin", "t" },
	{ "MemorySwapMax", "t" },
	{ "MemoryZSwapMax", "t" },
	{ "OOMPolicy", "s" },
	{ "PIDs", "au" },
	{ "Slice", "s" },
	{ "StartupCPUWeight", "t" },
	{ "TasksAccounting", "b" },
	{ "TasksMax", "t" },
	{ "TimeoutStopUSec", "t" },
	{ "Wants", "as" },
};

static const char *type_of(const char *name)
{
	for (size_t i = 0; i < sizeof(scope_properties) / sizeof(scope_properties[0]); i++) {
		if (strcmp(scope_properties[i].name, name) == 0)
			return scope_properties[i].type;
	}
	return NULL;
}

/* Whether the list, whose words are separated by commas, has the name. */
static bool list_has(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = strstr(list, name); at; at = strstr(at + 1, name)) {
		if ((at == list || at[-1] == ',') && (at[length] == ',' || !at[length]))
			return true;
	}
	return false;
}

static int write_basic(sd_bus_message *m, char type, FILE *out)
{
	union {
		const char *text;
		uint8_t y;
		int16_t n;
		uint16_t q;
		int32_t i;
		uint32_t u;
		int64_t x;
		uint64_t t;
		double d;
		int b;
	} v = { 0 };
	int r = sd_bus_message_read_basic(m, type, &v);

	if (r <= 0)
		return r < 0 ? r : -ENXIO;
	fprintf(out, " %c", type);
	switch (type) {
	case 'y':
		return fprintf(out, "%" PRIu8, v.y);
	case 'n':
		return fprintf(out, "%" PRId16, v.n);
	case 'q':
		return fprintf(out, "%" PRIu16, v.q);
	case 'i':
		return fprintf(out, "%" PRId32, v.i);
	case 'u':
		return fprintf(out, "%" PRIu32, v.u);
	case 'x':
		return fprintf(out, "%" PRId64, v.x);
	case 't':
		return fprintf(out, "%" PRIu64, v.t);
	case 'd':
		return fprintf(out, "%g", v.d);
	case 'b':
		return fputs(v.b ? "true" : "false", out);
	default:
		return fputs(v.text, out);
	}
}

static int write_value(sd_bus_message *m, FILE *out)
{
	const char *contents;
	char type;
	int r = sd_bus_message_peek_type(m, &type, &contents);

	if (r <= 0)
		return r < 0 ? r : -ENXIO;
	if (!strchr("arev", type))
		return write_basic(m, type, out) < 0 ? -ENXIO : 0;
	r = sd_bus_message_enter_container(m, type, contents);
	if (r < 0)
		return r;
	fprintf(out, " %c%s", type == 'r' ? '(' : type == 'e' ? '{' : type, contents);
	while (!sd_bus_message_at_end(m, false)) {
		r = write_value(m, out);
		if (r < 0)
			return r;
	}
	fputs(" .", out);
	return sd_bus_message_exit_container(m);
}

/* Reads the value of a property that the fake itself needs. */
static int read_value(sd_bus_message *m, const char *name, struct unit *unit)
{
	const char *text;
	unsigned int pid;
	int r;

	if (strcmp(name, "Slice") == 0) {
		r = sd_bus_message_read(m, "v", "s", &text);
		if (r > 0)
			snprintf(unit->slice, sizeof(unit->slice), "%s", text);
		return r;
	}
	r = sd_bus_message_enter_container(m, 'v', "au");
	if (r >= 0)
		r = sd_bus_message_enter_container(m, 'a', "u");
	while (r >= 0 && (r = sd_bus_message_read(m, "u", &pid)) > 0) {
		if (unit->pid_count < PIDS_MAX)
			unit->pids[unit->pid_count++] = pid;
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* Writes the value in the variant, or passes over it. */
static int log_value(sd_bus_message *m, const char *name, const char *type, FILE *log)
{
	int r;

	if (!log)
		return sd_bus_message_skip(m, "v");
	r = sd_bus_message_enter_container(m, 'v', type);
	if (r < 0)
		return r;
	fprintf(log, "property %s %s", name, type);
	r = write_value(m, log);
	fputc('\n', log);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_property(sd_bus_message *m, const struct known_properties *known, struct unit *unit, FILE *log,
	sd_bus_error *error)
{
	const char *name, *type, *contents;
	char variant;
	int r = sd_bus_message_read(m, "s", &name);

	if (r <= 0)
		return r;
	type = type_of(name);
	if ((!type && !known->any) || list_has(known->unknown, name))
		return sd_bus_error_setf(error, SD_BUS_ERROR_PROPERTY_READ_ONLY,
			"Cannot set property %s, or unknown property.", name);
	r = sd_bus_message_peek_type(m, &variant, &contents);
	if (r >= 0 && known->any)
		type = contents;
	if (r < 0 || strcmp(contents, type) != 0)
		return sd_bus_error_setf(error, "System.Error.ENXIO",
			"Failed to set unit properties: Unexpected message contents");
	if (!log && (strcmp(name, "Slice") == 0 || strcmp(name, "PIDs") == 0))
		return read_value(m, name, unit);
	return log_value(m, name, type, log);
}

int properties_read(sd_bus_message *m, const struct known_properties *known, struct unit *unit, FILE *log,
	sd_bus_error *error)
{
	int r = sd_bus_message_enter_container(m, 'a', "(sv)");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'r', "sv")) > 0) {
		r = read_property(m, known, unit, log, error);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	if (r < 0 && !sd_bus_error_is_set(error))
		sd_bus_error_setf(error, "System.Error.ENXIO", "the fake cannot read the properties: %s", strerror(-r));
	return r < 0 ? -1 : 0;
}
