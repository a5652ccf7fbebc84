/* tare ps: the processes of a container, as the host's ps shows them or as a JSON array of pids. */
#include "commands/commands.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"
#include "host/host.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

struct options {
	const char *format;
	bool help;
};

static const struct option_row rows[] = {
	{ 'f', "format", OPTION_TEXT, offsetof(struct options, format), "table|json", "how to print (default: table)" },
	ROW_HELP,
	{ 0 },
};

static void add_json(const struct process_list *list, struct text *out)
{
	text_add(out, "[");
	for (size_t i = 0; i < list->n; i++)
		text_add(out, "%s%d", i > 0 ? "," : "", (int)list->pids[i]);
	text_add(out, "]\n");
}

static int print_processes(const struct container *container, const struct invocation *invocation, bool json,
	struct error *err)
{
	cleanup_process_list struct process_list list = { 0 };
	cleanup_text struct text out = { 0 };

	if (container_processes(container, &list, err) < 0)
		return -1;
	if (json)
		add_json(&list, &out);
	else if (process_list_table(&list, invocation->words + 1, invocation->word_count - 1, &out, err) < 0)
		return -1;
	if (text_done(&out, err) < 0)
		return -1;
	if (fd_write_all(STDOUT_FILENO, out.s, out.n) < 0)
		return error_set(err, errno, "cannot write to the standard output");
	return 0;
}

static int run(const struct invocation *invocation, struct error *err)
{
	const struct options *options = invocation->options;
	const char *format = options->format ? options->format : "table";
	bool json = strcmp(format, "json") == 0;
	struct container container = CONTAINER_NONE;
	int result;

	if (!json && strcmp(format, "table") != 0)
		return error_usage(err, "--format", "option --format: expected table or json, found '%s'", format);
	if (json && invocation->word_count > 1)
		return error_usage(err, NULL, "unexpected argument '%s': words for ps go with a table",
			invocation->words[1]);
	result = open_container(invocation, invocation->words[0], &container, err);
	if (result == 0)
		result = print_processes(&container, invocation, json, err);
	container_close(&container);
	return result;
}

const struct command ps_command = {
	.name = "ps",
	.words = "ID [PS-OPTION...]",
	.summary = "show the processes of a container (default: as ps -ef does)",
	.options = rows,
	.options_size = sizeof(struct options),
	.least_words = 1,
	.most_words = ANY_WORDS,
	.options_first = true,
	.run = run,
};
