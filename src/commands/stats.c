/* tare stats: what containers use: as a table that is kept up to date on a terminal, as lines of JSON, or once as a
 * table or for a monitoring system. */
#include "commands/commands.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/fd.h"
#include "base/screen.h"
#include "base/table.h"
#include "base/text.h"
#include "host/host.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
	const char *format;
	const char *interval;
	bool once;
	bool help;
};

static const struct option_row rows[] = {
	{ 'f', "format", OPTION_TEXT, offsetof(struct options, format), "table|json|openmetrics",
		"how to print (default: table on a terminal, else json)" },
	{ 0, "interval", OPTION_TEXT, offsetof(struct options, interval), "DURATION",
		"the time between two looks, as 500ms (default: 1s)" },
	{ 0, "once", OPTION_FLAG, offsetof(struct options, once), NULL, "print once, after one interval" },
	{ 0, "no-stream", OPTION_FLAG, offsetof(struct options, once), NULL, "the same as --once" },
	ROW_HELP,
	{ 0 },
};

enum form { TABLE, JSON, OPENMETRICS };

static const struct table_row forms[] = {
	{ "table", TABLE },
	{ "json", JSON },
	{ "openmetrics", OPENMETRICS },
	{ NULL, 0 },
};

enum { US_PER_MS = 1000, NS_PER_US = 1000 };

struct view {
	struct watch *watch;
	enum form form;
	long long interval_us;
	struct screen screen; /* of a table that is kept up to date; else SCREEN_NONE */
	bool printed;
};

static int parse_options(const struct options *options, enum form *ret_form, long long *ret_interval_us,
	struct error *err)
{
	const char *interval = options->interval ? options->interval : "1s";
	const char *usual = isatty(STDOUT_FILENO) ? "table" : "json";
	const struct table_row *form = table_find(forms, options->format ? options->format : usual);
	int64_t ns;

	if (!form)
		return error_usage(err, "--format", "option --format: expected table, json or openmetrics, found '%s'",
			options->format);
	if (form->value == OPENMETRICS && options->interval)
		return error_usage(err, "--interval",
			"option --interval: expected none with --format openmetrics, which is written once");
	if (!duration_parse(interval, &ns) || ns == 0)
		return error_usage(err, "--interval",
			"option --interval: expected a duration such as 1s or 500ms, found '%s'", interval);
	*ret_form = (enum form)form->value;
	*ret_interval_us = ns < NS_PER_US ? 1 : ns / NS_PER_US;
	return 0;
}

/* ---- printing ---- */

static int print(const struct text *out, struct error *err)
{
	if (text_done(out, err) < 0)
		return -1;
	/* One write(2), so that a reader gets a line whole. */
	if (out->n > 0 && fd_write_all(STDOUT_FILENO, out->s, out->n) < 0)
		return error_set(err, errno, "cannot write to the standard output");
	return 0;
}

/* Prints the table of the last look. Tables that follow one another have an empty line in between. */
static int print_table(struct view *view, struct error *err)
{
	cleanup_text struct text out = { 0 };
	unsigned int columns = 0;
	unsigned int lines;
	size_t n;
	const struct sample *samples = watch_samples(view->watch, &n);

	if (isatty(STDOUT_FILENO))
		screen_size(STDOUT_FILENO, &columns, &lines);
	text_add(&out, "%s", view->printed ? "\n" : "");
	samples_add_table(samples, n, columns, 0, &out);
	view->printed = true;
	return print(&out, err);
}

static int show(struct view *view, struct error *err)
{
	cleanup_text struct text out = { 0 };
	unsigned int columns;
	unsigned int lines;
	size_t n;
	const struct sample *samples = watch_samples(view->watch, &n);

	if (view->form == JSON)
		return samples_add_json(samples, n, &out, err) < 0 ? -1 : print(&out, err);
	if (view->form == OPENMETRICS) {
		samples_add_openmetrics(samples, n, &out);
		return print(&out, err);
	}
	if (view->screen.out < 0)
		return print_table(view, err);
	screen_size(view->screen.out, &columns, &lines);
	samples_add_table(samples, n, columns, lines, &out);
	if (text_done(&out, err) < 0)
		return -1;
	if (screen_show(&view->screen, out.s, out.n) < 0)
		return error_set(err, errno, "cannot write to the standard output");
	return 0;
}

/* ---- waiting ---- */

/* Waits without a screen. Returns 1 when nobody reads the output any more. */
static int wait_plainly(long timeout_ms, struct error *err)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	if (poll(&out, 1, timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms) < 0 && errno != EINTR)
		return error_set(err, errno, "cannot wait");
	return out.revents ? 1 : 0;
}

/* Waits until the time has come, and shows the last look again when the screen has changed. Returns 1 when the command
 * is to end. */
static int wait_until(struct view *view, long long due_us, struct error *err)
{
	for (;;) {
		long long left_us = due_us - clock_us();
		long left_ms = left_us > 0 ? (long)((left_us + US_PER_MS - 1) / US_PER_MS) : 0;
		int event;

		if (view->screen.out < 0) {
			if (left_us <= 0)
				return 0;
			event = wait_plainly(left_ms, err);
			if (event != 0)
				return event;
			continue;
		}
		event = screen_wait(&view->screen, left_ms, err);
		if (event < 0 || event == SCREEN_END)
			return event < 0 ? -1 : 1;
		if (event == SCREEN_CHANGED && show(view, err) < 0)
			return -1;
		if (due_us <= clock_us())
			return 0;
	}
}

/* ---- the command ---- */

/* Looks and prints until nothing is left to show, nobody reads or the user ends it. The time of a look is that of the
 * one before and the interval, but never so soon after a look that was late that the rates would be of too short a
 * time. */
static int follow(struct view *view, struct error *err)
{
	long long due = clock_us();

	for (;;) {
		long long soonest;
		int end;

		if (show(view, err) < 0)
			return -1;
		if (watch_is_over(view->watch))
			return 0;
		due += view->interval_us;
		soonest = clock_us() + view->interval_us / 2;
		if (due < soonest)
			due = soonest;
		end = wait_until(view, due, err);
		if (end != 0)
			return end < 0 ? -1 : 0;
		if (watch_look(view->watch, err) < 0)
			return -1;
	}
}

/* The table stays on the terminal behind the end. */
static int follow_on_screen(struct view *view, struct error *err)
{
	int result = screen_enter(&view->screen, STDIN_FILENO, STDOUT_FILENO, err);

	if (result == 0)
		result = follow(view, err);
	screen_leave(&view->screen);
	return result < 0 ? -1 : print_table(view, err);
}

static bool has_screen(void)
{
	const char *type = getenv("TERM");

	return isatty(STDOUT_FILENO) && type && *type && strcmp(type, "dumb") != 0;
}

/* Rates need two looks. */
static int print_once(struct view *view, struct error *err)
{
	if (view->form != OPENMETRICS &&
		(wait_until(view, clock_us() + view->interval_us, err) < 0 || watch_look(view->watch, err) < 0))
		return -1;
	return show(view, err);
}

static int view_containers(struct view *view, bool once, struct error *err)
{
	/* Before the screen is taken: this look may have warnings. */
	if (watch_look(view->watch, err) < 0)
		return -1;
	if (once || view->form == OPENMETRICS)
		return print_once(view, err);
	return view->form == TABLE && has_screen() ? follow_on_screen(view, err) : follow(view, err);
}

static int run(const struct invocation *invocation, struct error *err)
{
	const struct options *options = invocation->options;
	struct view view = { .screen = SCREEN_NONE };
	int result;

	if (parse_options(options, &view.form, &view.interval_us, err) < 0)
		return -1;
	for (size_t i = 0; i < invocation->word_count; i++) {
		if (check_id(invocation->words[i], err) < 0)
			return -1;
	}
	view.watch = watch_open(invocation->global->root, invocation->words, invocation->word_count, view.form == TABLE,
		err);
	if (!view.watch)
		return -1;
	result = view_containers(&view, options->once, err);
	watch_close(view.watch);
	return result;
}

const struct command stats_command = {
	.name = "stats",
	.words = "[ID...]",
	.summary = "show what containers use, while they run",
	.options = rows,
	.options_size = sizeof(struct options),
	.least_words = 0,
	.most_words = ANY_WORDS,
	.run = run,
};
