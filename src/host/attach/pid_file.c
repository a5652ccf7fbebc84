/* The pid file, which tells a manager the pid of the container's process. Runs on the host. */
#include "host/attach/attach.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PID_FILE_MODE = 0644 };

int process_write_pid_file(pid_t pid, const char *path, struct error *err)
{
	const char *name = strrchr(path, '/');
	cleanup_free char *directory = name ? strndup(path, (size_t)(name - path + 1)) : strdup(".");
	cleanup_fd int dir = -1;
	char text[16];
	int length;

	name = name ? name + 1 : path;
	if (!directory)
		return error_set(err, ENOMEM, "cannot write the pid file '%s'", path);
	dir = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		error_set(err, errno, "cannot write the pid file '%s'", path);
		return error_tag(err, ERROR_INTERNAL, "--pid-file");
	}
	length = snprintf(text, sizeof(text), "%d", (int)pid);
	if (file_replace(dir, name, PID_FILE_MODE, text, (size_t)length, err) == 0)
		return 0;
	error_tag(err, ERROR_INTERNAL, "--pid-file");
	return error_wrap(err, "pid file '%s'", path);
}

void process_remove_empty_pid_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
		unlink(path);
}
