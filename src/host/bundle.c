/* The bundle: its directory and config.json. Runs on the host; reads only. */
#include "host/host.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROBLEM_LINE_MAX = 1024 };

int bundle_report(const struct oci_document *document, struct error *err)
{
	cleanup_text struct text text = { 0 };
	size_t n = oci_problem_count(document);

	for (size_t i = 0; i < n; i++) {
		char line[PROBLEM_LINE_MAX];

		oci_problem_format(document, i, line, sizeof(line));
		if (text.n + strlen(line) > ERROR_TEXT_MAX - 64) {
			text_add(&text, "\nand %zu more", n - i);
			break;
		}
		text_add(&text, "%s%s", i ? "\n" : "", line);
	}
	error_set(err, 0, "%s", text.s ? text.s : "the configuration has problems");
	return error_tag(err, ERROR_CONFIG_INVALID, "%s", n > 0 ? oci_problem_at(document, 0)->path : "");
}

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
	struct bundle bundle = { 0 };

	if (fd < 0)
		return error_set(err, errno, "cannot open the bundle '%s'", directory);
	bundle.path = path_of_directory(fd);
	if (!bundle.path)
		return error_set(err, errno, "cannot find out the path of the bundle '%s'", directory);
	if (file_read(fd, name, OCI_MAX_TEXT, &bundle.text, &bundle.length, err) < 0) {
		error_wrap(err, "bundle '%s'", bundle.path);
		bundle_free(&bundle);
		return -1;
	}
	bundle.document = oci_parse(&oci_config_type, name, bundle.text, bundle.length);
	if (!bundle.document)
		error_set(err, ENOMEM, "cannot parse '%s'", name);
	if (!bundle.document || (oci_problem_count(bundle.document) > 0 && bundle_report(bundle.document, err) < 0)) {
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
