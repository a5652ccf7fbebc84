/* Makes the man pages and the completions: generate DOCS OUTPUT DATE, where DOCS is the directory that this one is
 * in. */
#include "generate.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SOURCE_MAX = 1024 * 1024, DIRECTORY_MODE = 0755, FILE_MODE = 0644 };

/* Opens a directory for its files, and makes it if asked to. */
static int open_directory(const char *path, bool make, struct error *err)
{
	int fd;

	if (make && mkdir(path, DIRECTORY_MODE) < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot make '%s'", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_set(err, errno, "cannot open '%s'", path) : fd;
}

static int open_below(const char *parent, const char *name, bool make, struct error *err)
{
	cleanup_text struct text path = { 0 };

	text_add(&path, "%s/%s", parent, name);
	return text_done(&path, err) < 0 ? -1 : open_directory(path.s, make, err);
}

static int read_source(int directory, const char *name, char **ret_text, struct error *err)
{
	cleanup_fd int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	size_t length;

	if (fd < 0)
		return error_set(err, errno, "cannot open '%s'", name);
	return fd_read_all(fd, name, SOURCE_MAX, ret_text, &length, err);
}

static int write_output(int directory, const char *name, const struct text *text, struct error *err)
{
	/* O_CREAT: a file of the build directory, which is the caller's. */
	cleanup_fd int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);

	if (text_done(text, err) < 0)
		return -1;
	if (fd < 0 || fd_write_all(fd, text->s, text->n) < 0)
		return error_set(err, errno, "cannot write '%s'", name);
	return 0;
}

static int make_page(int docs, int output, const struct command *command, const char *date, struct error *err)
{
	cleanup_text struct text source = { 0 };
	cleanup_text struct text target = { 0 };
	cleanup_text struct text page = { 0 };
	cleanup_free char *prose = NULL;

	text_add(&source, "%s.mdoc", name_of(command));
	text_add(&target, "tare%s%s.1", command ? "-" : "", command ? command->name : "");
	if (text_done(&source, err) < 0 || text_done(&target, err) < 0)
		return -1;
	if (read_source(docs, source.s, &prose, err) < 0)
		return error_wrap(err,
			"the command '%s' has no text for its man page: docs/man/README.md tells what it needs",
			name_of(command));
	if (page_add(&page, command, prose, date, err) < 0)
		return error_wrap(err, "docs/man/%s", source.s);
	return write_output(output, target.s, &page, err);
}

static int make_pages(const char *docs, const char *output, const char *date, struct error *err)
{
	cleanup_fd int from = open_below(docs, "man", false, err);
	cleanup_fd int to = from < 0 ? -1 : open_below(output, "man", true, err);

	if (to < 0 || make_page(from, to, NULL, date, err) < 0)
		return -1;
	for (size_t i = 0; command_table[i]; i++) {
		if (make_page(from, to, command_table[i], date, err) < 0)
			return -1;
	}
	return 0;
}

static int make_topic(int docs, int output, const struct topic *topic, const char *date, struct error *err)
{
	cleanup_text struct text source = { 0 };
	cleanup_text struct text target = { 0 };
	cleanup_text struct text page = { 0 };
	cleanup_free char *markdown = NULL;

	text_add(&source, "%s.md", topic->name);
	text_add(&target, "tare-%s.7", topic->name);
	if (text_done(&source, err) < 0 || text_done(&target, err) < 0 ||
		read_source(docs, source.s, &markdown, err) < 0)
		return -1;
	if (markdown_add(&page, topic, markdown, date, err) < 0)
		return error_wrap(err, "docs/%s", source.s);
	return write_output(output, target.s, &page, err);
}

static int make_topics(const char *docs, const char *output, const char *date, struct error *err)
{
	static const struct topic topics[] = {
		{ "annotations", "annotations that ask something of tare" },
		{ "errors", "what tare says when something fails" },
		{ "features", "what tare does, and what other runtimes do" },
		{ "seccomp", "what tare makes of linux.seccomp" },
	};
	cleanup_fd int from = open_directory(docs, false, err);
	cleanup_fd int to = from < 0 ? -1 : open_below(output, "man7", true, err);

	if (to < 0)
		return -1;
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		if (make_topic(from, to, &topics[i], date, err) < 0)
			return -1;
	}
	return 0;
}

/* Copies the functions of a completion, and replaces the line "@tables@" by the tables. */
static int make_completion(int docs, int output, const char *name, void (*add_tables)(struct text *out),
	struct error *err)
{
	static const char mark[] = "@tables@\n";
	cleanup_text struct text out = { 0 };
	cleanup_free char *functions = NULL;
	const char *place;

	if (read_source(docs, name, &functions, err) < 0)
		return -1;
	place = strstr(functions, mark);
	if (!place)
		return error_set(err, 0, "docs/completions/%s: there is no line '@tables@'", name);
	text_add_bytes(&out, functions, (size_t)(place - functions));
	add_tables(&out);
	text_add(&out, "%s", place + strlen(mark));
	return write_output(output, name, &out, err);
}

static int make_completions(const char *docs, const char *output, struct error *err)
{
	cleanup_fd int from = open_below(docs, "completions", false, err);
	cleanup_fd int to = from < 0 ? -1 : open_below(output, "completions", true, err);

	if (to < 0 || make_completion(from, to, "tare.bash", bash_add, err) < 0 ||
		make_completion(from, to, "_tare", zsh_add, err) < 0)
		return -1;
	return make_completion(from, to, "tare.fish", fish_add, err);
}

int main(int argc, char **argv)
{
	struct error err;

	if (argc != 4) {
		fprintf(stderr, "usage: generate DOCS OUTPUT DATE\n");
		return EXIT_FAILURE;
	}
	if (make_pages(argv[1], argv[2], argv[3], &err) < 0 || make_topics(argv[1], argv[2], argv[3], &err) < 0 ||
		make_completions(argv[1], argv[2], &err) < 0) {
		fprintf(stderr, "generate: %s\n", err.text);
		return EXIT_FAILURE;
	}
	return 0;
}
