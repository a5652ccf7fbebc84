/* Where the output of hooks goes when annotations name files for it (run.oci.hooks.stdout and .stderr). Runs on the
 * host, before each round of hooks: what the files are is not remembered. */
#include "host/container/setup.h"

#include "base/cleanup.h"
#include "hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { OUTPUT_MODE = 0600 };

/* The file may be in a directory that others write to: no link is followed, no fifo waited for, no terminal
 * acquired. */
static int open_output(const char *path, struct error *err)
{
	cleanup_fd int fd = -1;
	struct stat st;

	/* O_CREAT: appended to when it is there. */
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, OUTPUT_MODE);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot open '%s' for the output of hooks", path);
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
		return error_set(err, 0, "cannot open '%s' for the output of hooks: it is no regular file", path);
	return take_fd(&fd);
}

int hook_output_open(const struct oci_string_map *annotations, struct hooks_output *ret_output, struct error *err)
{
	struct plan_annotations wishes;
	struct hooks_output output = HOOKS_OUTPUT_KEPT;

	plan_annotations_read(annotations, &wishes);
	if (wishes.hooks_stdout)
		output.out = open_output(wishes.hooks_stdout, err);
	if (wishes.hooks_stdout && output.out < 0)
		return -1;
	if (wishes.hooks_stderr)
		output.err = open_output(wishes.hooks_stderr, err);
	if (wishes.hooks_stderr && output.err < 0) {
		close_fd(&output.out);
		return -1;
	}
	*ret_output = output;
	return 0;
}

void hook_output_close(struct hooks_output *output)
{
	close_fd(&output->out);
	close_fd(&output->err);
}
