/* The table of ps(1), reduced to the processes of a container. Runs on the host. */
#include "host/host.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/program.h"
#include "base/text.h"
#include "host/cgroup/cgroup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PS_OUTPUT_MAX = 64 * 1024 * 1024 };

static const char blanks[] = " \t";

/* Sets *err for a ps that failed: the first line of what it wrote to stderr. */
static int refuse_ps(const struct program_end *end, struct error *err)
{
	int length = (int)strcspn(end->said, "\n");
	int code = WIFSIGNALED(end->status) ? 128 + WTERMSIG(end->status) : WEXITSTATUS(end->status);

	if (code == PROGRAM_NOT_EXECUTED && strcmp(end->said, error_number_text(ENOENT)) == 0) {
		error_set(err, 0, "cannot run ps, which the table is made by: executable file not found in $PATH");
		return error_hint(err, "--format json needs no ps");
	}
	return error_set(err, 0, "ps failed with exit status %d%s%.*s", code, length ? ": " : "", length, end->said);
}

/* Runs ps and reads what it prints. */
static int run_ps(char *const *args, char **ret_output, struct error *err)
{
	cleanup_fd int output = memfd_create("ps", MFD_CLOEXEC);
	const struct program program = {
		.path = args[0],
		.along_path = true,
		.args = args,
		.out = output,
		.err = -1,
		.deadline_ms = -1,
		.file_max = PS_OUTPUT_MAX,
	};
	struct program_end end;
	size_t length;

	if (output < 0 || program_run(&program, &end) < 0)
		return error_set(err, errno, "cannot run ps");
	if (end.status != 0)
		return refuse_ps(&end, err);
	if (lseek(output, 0, SEEK_SET) < 0)
		return error_set(err, errno, "cannot read what ps has printed");
	return fd_read_all(output, "ps", PS_OUTPUT_MAX, ret_output, &length, err);
}

/* The word with this index in a line; its length is 0 when there is none. */
static const char *find_word(const char *line, size_t index, size_t *ret_length)
{
	for (line += strspn(line, blanks); index > 0; index--) {
		line += strcspn(line, blanks);
		line += strspn(line, blanks);
	}
	*ret_length = strcspn(line, blanks);
	return line;
}

/* The index of the column PID; -1 when there is none. */
static int find_pid_column(const char *heading)
{
	size_t length;
	int column = 0;

	for (const char *word = find_word(heading, 0, &length); length > 0;
		word = find_word(heading, (size_t)++column, &length)) {
		if (length == 3 && strncmp(word, "PID", 3) == 0)
			return column;
	}
	return -1;
}

static bool lists_pid(const struct process_list *list, const char *word, size_t length)
{
	char digits[16] = "";
	uint32_t pid;

	if (length >= sizeof(digits))
		return false;
	memcpy(digits, word, length);
	if (!text_to_u32(digits, &pid))
		return false;
	for (size_t i = 0; i < list->n; i++) {
		if (list->pids[i] == (pid_t)pid)
			return true;
	}
	return false;
}

/* Appends a line. Commands and arguments come from the container and are escaped; tabs come from ps and stay. */
static void add_line(char *line, struct text *out)
{
	for (const char *cell = strsep(&line, "\t"); cell; cell = strsep(&line, "\t")) {
		text_add_printable(out, cell);
		text_add(out, line ? "\t" : "\n");
	}
}

int process_list_filter(const struct process_list *list, char *output, struct text *out, struct error *err)
{
	char *left = output;
	const char *heading = strsep(&left, "\n");
	int column = find_pid_column(heading);

	if (column < 0)
		return error_set(err, 0,
			"ps was asked for no column PID, by which the container's processes are found");
	text_add(out, "%s\n", heading);
	for (char *line = strsep(&left, "\n"); line; line = strsep(&left, "\n")) {
		size_t length;
		const char *word = find_word(line, (size_t)column, &length);

		if (lists_pid(list, word, length))
			add_line(line, out);
	}
	return text_done(out, err);
}

int process_list_table(const struct process_list *list, char *const *words, size_t n, struct text *out,
	struct error *err)
{
	cleanup_free char **args = calloc(n + 3, sizeof(*args));
	cleanup_free char *output = NULL;

	if (!args)
		return error_set(err, ENOMEM, "cannot run ps");
	args[0] = (char *)(uintptr_t)"ps";
	if (n == 0)
		args[1] = (char *)(uintptr_t)"-ef";
	else
		memcpy(args + 1, words, n * sizeof(*args));
	if (run_ps(args, &output, err) < 0)
		return -1;
	return process_list_filter(list, output, out, err);
}
