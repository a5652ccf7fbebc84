/* tare events: prints the resource usage and the OOM kills of a container, a line of JSON each, until the container
 * ends; with --stats the usage once. */
#include "commands/commands.h"

#include "base/duration.h"
#include "host/container/container.h"
#include "host/host.h"

#include <unistd.h>

struct options {
	const char *interval;
	bool stats;
	bool help;
};

static const struct option_row rows[] = {
	{ 0, "interval", OPTION_TEXT, offsetof(struct options, interval), "DURATION",
		"the time between two reports, as 1m30s (default: 5s)" },
	{ 0, "stats", OPTION_FLAG, offsetof(struct options, stats), NULL, "report once, without waiting" },
	ROW_HELP,
	{ 0 },
};

/* Reads a duration in milliseconds; a shorter one becomes 1. */
static int parse_interval(const char *text, long *ret_ms, struct error *err)
{
	const int64_t ns_of_ms = INT64_C(1000) * 1000;
	int64_t ns;

	if (!duration_parse(text, &ns) || ns == 0)
		return error_usage(err, "--interval",
			"option --interval: expected a duration such as 5s or 1m30s, found '%s'", text);
	*ret_ms = ns < ns_of_ms ? 1 : (long)(ns / ns_of_ms);
	return 0;
}

static int run(const struct invocation *invocation, struct error *err)
{
	const struct options *options = invocation->options;
	struct container container = CONTAINER_NONE;
	long interval_ms = 0;
	int result;

	if (parse_interval(options->interval ? options->interval : "5s", &interval_ms, err) < 0)
		return -1;
	result = open_container(invocation, invocation->words[0], &container, err);
	if (result == 0)
		result = container_events(&container, STDOUT_FILENO, options->stats ? 0 : interval_ms, err);
	container_close(&container);
	return result;
}

const struct command events_command = {
	.name = "events",
	.words = "ID",
	.summary = "report what a container uses, and its OOM kills",
	.options = rows,
	.options_size = sizeof(struct options),
	.least_words = 1,
	.most_words = 1,
	.run = run,
};
