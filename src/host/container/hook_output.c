/* The files that annotations name for the output of hooks (run.oci.hooks.stdout and .stderr). Runs on the host. They
 * are opened for each round of hooks anew: no file descriptor outlives the command. */
#include "host/container/setup.h"

#include "base/cleanup.h"
#include "hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { OUTPUT_MODE = 0600 };

/* Other users may be able to write to the directory of the file: open(2) follows no link, waits for no fifo, and
 * acquires no terminal. */
static int open_output(const char *path, struct error *err)
{
	cleanup_fd int fd = -1;
	struct stat st;

	/* O_CREAT: an existing file is appended to. */
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
