/* The bundle: its directory and config.json. Runs on the host; reads only. */
#include "host/container/container.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "document.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The absolute path of an open directory, as the kernel has it. */
static char *path_of_directory(int fd)
{
	char link[64];
	char path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return NULL;
	path[n] = '\0';
	return strdup(path);
}

int bundle_load(const char *directory, const char *name, struct bundle *ret_bundle, struct error *err)
{
	cleanup_fd int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* A file that the caller names by --config may be a pipe; config.json of the bundle is read only if it is a
	 * regular file. */
	int (*read_config)(int dirfd, const char *name, size_t max, char **ret_data, size_t *ret_length,
		struct error *err) = strcmp(name, "config.json") == 0 ? file_read : file_read_named;
	struct bundle bundle = { 0 };

	if (fd < 0)
		return error_set(err, errno, "cannot open the bundle '%s'", directory);
	bundle.path = path_of_directory(fd);
	if (!bundle.path)
		return error_set(err, errno, "cannot find out the path of the bundle '%s'", directory);
	if (read_config(fd, name, OCI_MAX_TEXT, &bundle.text, &bundle.length, err) < 0) {
		if (err->number == ENOENT)
			error_hint(err, "'tare spec --bundle %s' writes one to begin with", bundle.path);
		error_wrap(err, "bundle '%s'", bundle.path);
	} else {
		bundle.document = document_parse(&oci_config_type, name, bundle.text, bundle.length, err);
	}
	if (!bundle.document) {
		bundle_free(&bundle);
		return -1;
	}
	*ret_bundle = bundle;
	return 0;
}

void bundle_free(struct bundle *bundle)
{
	oci_free(bundle->document);
	free(bundle->path);
	free(bundle->text);
	*bundle = (struct bundle){ 0 };
}
