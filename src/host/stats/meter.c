/* The files of a cgroup, opened once and read again and again, for `stats`. Runs on the host; reads only. Each
 * pread(2) from the beginning makes the kernel write the file anew. */
#include "host/stats/usage.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/string_list.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_ROOM = 4096, FILE_MAX = 1024 * 1024, CONTROLLERS_MAX = 256, NO_PAGES = -1 };

struct meter_file {
	const struct usage_file *file;
	int pages; /* which of the sizes of huge pages it is about, or NO_PAGES */
	int fd;
};

struct meter {
	int cgroup;
	bool brief;
	int controllers;               /* cgroup.controllers */
	char enabled[CONTROLLERS_MAX]; /* what it said when the files were opened */
	struct meter_file *files;
	size_t n;
	struct string_list sizes; /* of huge pages, sorted */
	char *buffer;
	size_t room;
};

/* ---- opening ---- */

/* A file that the cgroup does not have is left out. */
static int open_file(struct meter *meter, const struct usage_file *file, const char *name, int pages)
{
	cleanup_fd int fd = openat(meter->cgroup, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct meter_file *grown;

	if (fd < 0)
		return error_is_shortage(errno) ? -1 : 0;
	grown = reallocarray(meter->files, meter->n + 1, sizeof(*grown));
	if (!grown)
		return -1;
	meter->files = grown;
	grown[meter->n++] = (struct meter_file){ .file = file, .pages = pages, .fd = take_fd(&fd) };
	return 0;
}

static int open_files(struct meter *meter)
{
	for (const struct usage_file *file = usage_files; file->name; file++) {
		if ((file->brief || !meter->brief) && open_file(meter, file, file->name, NO_PAGES) < 0)
			return -1;
	}
	return 0;
}

/* Finds the sizes of huge pages by the names of the files: "hugetlb.2MB.current". */
static int list_sizes(struct meter *meter)
{
	static const char prefix[] = "hugetlb.";
	static const char suffix[] = ".current";
	cleanup_dir DIR *dir = fd_open_dir(meter->cgroup, ".");

	for (struct dirent *entry = dir ? fd_next_entry(dir) : NULL; entry; entry = fd_next_entry(dir)) {
		char *size = entry->d_name + sizeof(prefix) - 1;

		if (!text_starts(entry->d_name, prefix) || strcmp(size + strcspn(size, "."), suffix) != 0)
			continue;
		size[strcspn(size, ".")] = '\0';
		if (string_list_add(&meter->sizes, size) < 0)
			return -1;
	}
	string_list_sort(&meter->sizes);
	return 0;
}

static int open_page_files(struct meter *meter)
{
	char name[NAME_MAX + 1];

	if (meter->brief)
		return 0;
	if (list_sizes(meter) < 0)
		return -1;
	for (size_t i = 0; i < meter->sizes.n; i++) {
		for (const struct usage_file *file = usage_page_files; file->name; file++) {
			snprintf(name, sizeof(name), "hugetlb.%s.%s", meter->sizes.items[i], file->name);
			if (open_file(meter, file, name, (int)i) < 0)
				return -1;
		}
	}
	return 0;
}

static void close_files(struct meter *meter)
{
	for (size_t i = 0; i < meter->n; i++)
		close_fd(&meter->files[i].fd);
	meter->n = 0;
	string_list_free(&meter->sizes);
}

static int open_all(struct meter *meter, struct error *err)
{
	close_files(meter);
	if (open_files(meter) == 0 && open_page_files(meter) == 0)
		return 0;
	error_set(err, errno, "cannot open the files of a cgroup");
	if (errno == EMFILE)
		error_hint(err, "raise the limit of open files, or name fewer containers");
	return -1;
}

/* ---- reading ---- */

/* Reads the file into the buffer, which grows. Returns false with errno; one that is longer than any file of the kernel
 * counts as one that cannot be read. */
static bool read_file(struct meter *meter, int fd)
{
	for (;;) {
		ssize_t n = meter->room > 1 ? pread(fd, meter->buffer, meter->room - 1, 0) : 0;
		size_t wanted = meter->room ? meter->room * 2 : FIRST_ROOM;
		char *grown;

		if (n < 0)
			return false;
		if (meter->room && (size_t)n < meter->room - 1) {
			meter->buffer[n] = '\0';
			return true;
		}
		if (wanted > FILE_MAX) {
			errno = EFBIG;
			return false;
		}
		grown = realloc(meter->buffer, wanted);
		if (!grown)
			return false;
		meter->buffer = grown;
		meter->room = wanted;
	}
}

/* Whether the cgroup has other files than when they were opened, since a controller was enabled or disabled. Returns -1
 * when the cgroup is gone. */
static int has_changed(struct meter *meter)
{
	char now[CONTROLLERS_MAX] = "";
	ssize_t n = meter->controllers < 0 ? 0 : pread(meter->controllers, now, sizeof(now) - 1, 0);

	if (n < 0)
		return -1;
	if (strcmp(now, meter->enabled) == 0)
		return 0;
	memcpy(meter->enabled, now, sizeof(now));
	return 1;
}

static int make_pages(const struct meter *meter, struct usage *usage)
{
	struct usage_hugetlb *list = &usage->hugetlb;

	if (meter->sizes.n == 0)
		return 0;
	list->items = calloc(meter->sizes.n, sizeof(*list->items));
	if (!list->items)
		return -1;
	for (; list->n < meter->sizes.n; list->n++) {
		list->items[list->n].size = strdup(meter->sizes.items[list->n]);
		if (!list->items[list->n].size)
			return -1;
	}
	return 0;
}

/* What cannot be read has no numbers: pressure that the kernel was told not to measure, for example. */
static int read_all(struct meter *meter, struct usage *usage)
{
	if (make_pages(meter, usage) < 0)
		return -1;
	usage->at_us = clock_us();
	for (size_t i = 0; i < meter->n; i++) {
		const struct meter_file *from = &meter->files[i];
		void *base = usage;

		if (from->pages != NO_PAGES)
			base = &usage->hugetlb.items[from->pages];
		if (read_file(meter, from->fd) && from->file->parse(from->file, meter->buffer, base) < 0)
			return -1;
	}
	return 0;
}

int meter_read(struct meter *meter, struct usage **ret_usage, struct error *err)
{
	int changed = has_changed(meter);
	struct usage *usage;

	if (changed < 0)
		return 0;
	if (changed && open_all(meter, err) < 0)
		return -1;
	usage = calloc(1, sizeof(*usage));
	if (!usage || read_all(meter, usage) < 0) {
		usage_free(usage);
		return error_set(err, ENOMEM, "cannot read what the container uses");
	}
	*ret_usage = usage;
	return 1;
}

struct meter *meter_open(int cgroup, bool brief, struct error *err)
{
	cleanup_fd int owned = cgroup;
	struct meter *meter = calloc(1, sizeof(*meter));

	if (!meter) {
		error_set(err, ENOMEM, "cannot read what the container uses");
		return NULL;
	}
	meter->cgroup = take_fd(&owned);
	meter->brief = brief;
	meter->controllers = openat(cgroup, "cgroup.controllers", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	(void)has_changed(meter);
	if (open_all(meter, err) < 0) {
		meter_close(meter);
		return NULL;
	}
	return meter;
}

void meter_close(struct meter *meter)
{
	if (!meter)
		return;
	close_files(meter);
	free(meter->files);
	free(meter->buffer);
	close_fd(&meter->controllers);
	close_fd(&meter->cgroup);
	free(meter);
}
