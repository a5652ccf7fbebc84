/* Prints the plan of a config as text: `plan_dump [--no-cgroup|--systemd] FILE`. The container is called "test" and its bundle
 * is /bundle, whatever the machine. Problems go to stderr, and the exit status is 1 then.
 *
 * A part of the tests; it reads one file and touches nothing else. */
#include "base/cleanup.h"
#include "base/file.h"
#include "dump.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int refuse(struct oci_document *document, const struct error *err)
{
	size_t n = document ? oci_problem_count(document) : 0;

	for (size_t i = 0; i < n; i++) {
		char line[1024];

		oci_problem_format(document, i, line, sizeof(line));
		fprintf(stderr, "%s\n", line);
	}
	if (n == 0)
		fprintf(stderr, "%s\n", err->text);
	return EXIT_FAILURE;
}

/* Of what no manager's configuration may have any that looks like a slip. */
static void dump_unknown(struct oci_document *document, struct text *out)
{
	struct oci_unknown unknown;

	for (size_t i = 0; oci_unknown_at(document, i, &unknown); i++) {
		text_add(out, "unknown %s", unknown.path);
		text_add(out, unknown.meant ? ", perhaps %s\n" : "\n", unknown.meant);
	}
}

static int print_plan(struct oci_document *document, const struct plan_options *options)
{
	cleanup_text struct text out = { 0 };
	struct plan plan = { 0 };
	struct error err;

	if (oci_problem_count(document) > 0 || plan_make(document, options, &plan, &err) < 0 ||
		plan_filter(document, options, NULL, &plan, &err) < 0 || plan_filter_names(document, &plan, &err) < 0 ||
		plan_filter_rules(document, &plan, &err) < 0)
		return refuse(document, &err);
	plan_dump(&plan, &out);
	dump_unknown(document, &out);
	if (text_done(&out, &err) < 0)
		return refuse(document, &err);
	fputs(out.s, stdout);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct plan_options options = { .id = "test", .bundle = "/bundle" };
	struct oci_document *document;
	cleanup_free char *text = NULL;
	struct error err;
	size_t length;
	int status;

	options.cgroup_disabled = argc == 3 && strcmp(argv[1], "--no-cgroup") == 0;
	options.cgroup_systemd = argc == 3 && strcmp(argv[1], "--systemd") == 0;
	if (argc != 2 + options.cgroup_disabled + options.cgroup_systemd) {
		fprintf(stderr, "usage: plan_dump [--no-cgroup|--systemd] FILE\n");
		return EXIT_FAILURE;
	}
	if (file_read(AT_FDCWD, argv[argc - 1], OCI_MAX_TEXT, &text, &length, &err) < 0)
		return refuse(NULL, &err);
	document = oci_parse(&oci_config_type, "config.json", text, length);
	if (!document)
		return EXIT_FAILURE;
	status = print_plan(document, &options);
	oci_free(document);
	return status;
}
