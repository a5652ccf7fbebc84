/* The cgroups of the fake's units: made and removed as systemd does it for scopes, without controllers. */
#include "fake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

struct watch {
	struct unit *unit;
	char events[PATH_SIZE];
	unit_emptied emptied;
	void *data;
};

/* The path of a slice: "a-b.slice" is in "a.slice". */
static void slice_path(const char *slice, char path[PATH_SIZE])
{
	size_t n = 0;

	for (const char *dash = strchr(slice, '-'); dash; dash = strchr(dash + 1, '-'))
		n += (size_t)snprintf(path + n, PATH_SIZE - n, "/%.*s.slice", (int)(dash - slice), slice);
	snprintf(path + n, PATH_SIZE - n, "/%s", slice);
}

static int make_directories(const char *root, const char *path)
{
	char part[2 * PATH_SIZE];

	for (const char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%s%.*s", root, (int)(slash ? (size_t)(slash - path) : strlen(path)),
			path);
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -1;
		if (!slash)
			return 0;
	}
}

static int move_process(const char *root, const char *cgroup, unsigned int pid)
{
	char path[2 * PATH_SIZE], text[16];
	int n = snprintf(text, sizeof(text), "%u", pid), fd, r;

	snprintf(path, sizeof(path), "%s%s/cgroup.procs", root, cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	r = write(fd, text, (size_t)n) == n ? 0 : -1;
	close(fd);
	return r;
}

static bool is_populated(const char *events)
{
	FILE *file = fopen(events, "re");
	int populated = 0;

	if (!file)
		return false;
	if (fscanf(file, "populated %d", &populated) != 1)
		populated = 1;
	fclose(file);
	return populated;
}

static int on_event(sd_event_source *source, const struct inotify_event *event, void *data)
{
	struct watch *watch = data;

	(void)source;
	(void)event;
	if (!is_populated(watch->events))
		watch->emptied(watch->unit, watch->data);
	return 0;
}

int unit_make_cgroup(struct unit *unit, const char *root, sd_event *event, unit_emptied emptied, void *data)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	char slice[PATH_SIZE];
	size_t moved = 0;
	int r;

	if (!watch)
		return -1;
	slice_path(*unit->slice ? unit->slice : "system.slice", slice);
	snprintf(unit->cgroup, sizeof(unit->cgroup), "%.3000s/%s", slice, unit->name);
	if (make_directories(root, unit->cgroup) < 0)
		return -1;
	for (size_t i = 0; i < unit->pid_count; i++)
		moved += move_process(root, unit->cgroup, unit->pids[i]) == 0;
	errno = ESRCH;
	if (moved == 0)
		return -1;
	*watch = (struct watch){ .unit = unit, .emptied = emptied, .data = data };
	snprintf(watch->events, sizeof(watch->events), "%.1000s%.3000s/cgroup.events", root, unit->cgroup);
	r = sd_event_add_inotify(event, &unit->watcher, watch->events, IN_MODIFY, on_event, watch);
	if (r >= 0)
		r = sd_event_source_set_destroy_callback(unit->watcher, free);
	errno = -r;
	return r < 0 ? -1 : 0;
}

/* Removes the directory with all below it, the lowest first. */
static void remove_tree(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char below[2 * PATH_SIZE];

	while (dir && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%.4000s/%s", path, entry->d_name);
		remove_tree(below);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

void unit_remove_cgroup(struct unit *unit, const char *root)
{
	char path[2 * PATH_SIZE], *slash;

	unit->watcher = sd_event_source_unref(unit->watcher);
	if (!*unit->cgroup)
		return;
	snprintf(path, sizeof(path), "%s%s", root, unit->cgroup);
	remove_tree(path);
	while ((slash = strrchr(path, '/')) && slash > path + strlen(root)) {
		*slash = '\0';
		if (rmdir(path) < 0)
			break;
	}
	*unit->cgroup = '\0';
}

static size_t read_pids(const char *path, unsigned int *pids, size_t count, size_t max)
{
	char below[2 * PATH_SIZE];
	DIR *dir = opendir(path);
	struct dirent *entry;
	FILE *file;

	snprintf(below, sizeof(below), "%.4000s/cgroup.procs", path);
	file = fopen(below, "re");
	while (file && count < max && fscanf(file, "%u", &pids[count]) == 1)
		count++;
	if (file)
		fclose(file);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || *entry->d_name == '.')
			continue;
		snprintf(below, sizeof(below), "%.4000s/%s", path, entry->d_name);
		count = read_pids(below, pids, count, max);
	}
	if (dir)
		closedir(dir);
	return count;
}

size_t unit_read_pids(const struct unit *unit, const char *root, unsigned int *pids, size_t max)
{
	char path[2 * PATH_SIZE];

	snprintf(path, sizeof(path), "%s%s", root, unit->cgroup);
	return *unit->cgroup ? read_pids(path, pids, 0, max) : 0;
}
