/* tare list: prints all containers of the state root, as a table, as JSON, or only their ids. */
#include "commands/commands.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "host/container/container.h"

#include "ocispec/enums.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct options {
	const char *format;
	bool quiet;
	bool help;
};

static const struct option_row rows[] = {
	{ 'f', "format", OPTION_TEXT, offsetof(struct options, format), "table|json", "how to print (default: table)" },
	{ 'q', "quiet", OPTION_FLAG, offsetof(struct options, quiet), NULL, "print only the ids" },
	ROW_HELP,
	{ 0 },
};

enum { COLUMNS = 6 };

/* Ends each cell of the table until the widths of the columns are known: ASCII's unit separator. */
#define CELL "\037"

static void add_table_row(const struct oci_state *state, struct text *out)
{
	text_add(out, "%s" CELL "%lld" CELL "%s" CELL, state->id, (long long)state->pid.v,
		oci_enum_name(oci_status_names, (int)state->status));
	text_add_printable(out, state->bundle);
	text_add(out, CELL "%s" CELL "%s" CELL, state->created, state->owner);
}

/* Makes each column as wide as its longest cell. */
static void add_aligned(const char *cells, struct text *out)
{
	int widths[COLUMNS] = { 0 };
	size_t column = 0;
	int length;

	for (const char *s = cells; *s; s += length + 1, column = (column + 1) % COLUMNS) {
		length = (int)strcspn(s, CELL);
		widths[column] = length > widths[column] ? length : widths[column];
	}
	for (const char *s = cells; *s; s += length + 1, column = (column + 1) % COLUMNS) {
		length = (int)strcspn(s, CELL);
		if (column == COLUMNS - 1)
			text_add(out, "%.*s\n", length, s);
		else
			text_add(out, "%-*.*s  ", widths[column], length, s);
	}
}

static int add_json(const struct oci_state *state, struct text *out, struct error *err)
{
	cleanup_free char *json = NULL;
	size_t length;

	if (oci_write(&oci_state_type, state, OCI_WRITE_COMPACT, &json, &length) < 0)
		return error_set(err, errno, "cannot write the state of '%s'", state->id);
	text_add(out, "%s%s", out->n > 1 ? "," : "", json);
	return 0;
}

/* Opens a container of the list. Returns false when it cannot be opened: a container that another process creates or
 * deletes at this moment is left out, and a warning tells of a damaged one. */
static bool open_listed(int root, const char *id, struct container *ret_container, enum oci_status *ret_status)
{
	struct container container = CONTAINER_NONE;
	struct error err;

	if (container_open(root, id, &container, &err) == 0 && container_status(&container, ret_status, &err) == 0) {
		*ret_container = container;
		return true;
	}
	container_close(&container);
	if (err.number == ENOENT)
		return false;
	error_wrap(&err, "'%s' is not listed", id);
	log_aside(err.text);
	return false;
}

static int add_container(int root, const char *id, bool quiet, bool json, struct text *out, struct error *err)
{
	struct container container = CONTAINER_NONE;
	enum oci_status status;
	struct oci_state state;
	int result = 0;

	if (!open_listed(root, id, &container, &status))
		return 0;
	state = container_state(&container, status);
	if (quiet)
		text_add(out, "%s\n", id);
	else if (json)
		result = add_json(&state, out, err);
	else
		add_table_row(&state, out);
	container_close(&container);
	return result;
}

/* Adds all containers, in the requested form. */
static int add_containers(int root, bool quiet, bool json, struct text *out, struct error *err)
{
	cleanup_string_list struct string_list ids = { 0 };

	if (root >= 0 && root_list(root, &ids, err) < 0)
		return -1;
	if (json)
		text_add(out, "[");
	else if (!quiet)
		text_add(out, "ID" CELL "PID" CELL "STATUS" CELL "BUNDLE" CELL "CREATED" CELL "OWNER" CELL);
	for (size_t i = 0; i < ids.n; i++) {
		if (add_container(root, ids.items[i], quiet, json, out, err) < 0)
			return -1;
	}
	if (json)
		text_add(out, "]\n");
	return text_done(out, err);
}

static int run(const struct invocation *invocation, struct error *err)
{
	const struct options *options = invocation->options;
	bool json = options->format && strcmp(options->format, "json") == 0 && !options->quiet;
	cleanup_fd int root = -1;
	cleanup_text struct text found = { 0 };
	cleanup_text struct text table = { 0 };
	const struct text *out = json || options->quiet ? &found : &table;

	if (options->format && !json && strcmp(options->format, "table") != 0 && strcmp(options->format, "json") != 0)
		return error_usage(err, "--format", "option --format: expected table or json, found '%s'",
			options->format);
	root = root_open(invocation->global->root, false, err);
	if (root < 0 && err->number != ENOENT)
		return -1;
	if (add_containers(root, options->quiet, json, &found, err) < 0)
		return -1;
	if (out == &table)
		add_aligned(found.s, &table);
	if (text_done(out, err) < 0)
		return -1;
	if (fd_write_all(STDOUT_FILENO, out->n > 0 ? out->s : "", out->n) < 0)
		return error_set(err, errno, "cannot write to the standard output");
	return 0;
}

const struct command list_command = {
	.name = "list",
	.words = "",
	.summary = "list the containers",
	.options = rows,
	.options_size = sizeof(struct options),
	.least_words = 0,
	.most_words = 0,
	.run = run,
};
