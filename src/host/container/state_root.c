/* The state root: where the directories of all containers are. Runs on the host. */
#include "host/container/container.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/userns.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROOT_MODE = 0700, ID_LENGTH_MAX = 1024 };

static const char system_root[] = "/run/tare";

bool root_id_is_valid(const char *id)
{
	if (*id == '\0' || strlen(id) > ID_LENGTH_MAX || strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
		return false;
	for (const char *c = id; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("_+-.", *c))
			return false;
	}
	return *id != '-';
}

/* The default depends only on the user: create and delete may be called with different environments, and some managers
 * set XDG_RUNTIME_DIR to an empty string. Root of a user namespace is an ordinary user here. */
static const char *default_root(char *buffer, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	bool has_runtime = runtime && *runtime;

	if (has_runtime && (geteuid() != 0 || !userns_is_initial())) {
		snprintf(buffer, size, "%s/tare", runtime);
		return buffer;
	}
	if (geteuid() == 0)
		return system_root;
	/* What XDG_RUNTIME_DIR is after a login; `su` and `sudo` do not set it. */
	snprintf(buffer, size, "/run/user/%u", geteuid());
	if (access(buffer, W_OK) == 0)
		snprintf(buffer, size, "/run/user/%u/tare", geteuid());
	else
		snprintf(buffer, size, "/tmp/tare-%u", geteuid());
	return buffer;
}

static int make_directories(const char *path)
{
	char part[PATH_MAX];

	if (strlen(path) >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -1;
	}
	if (mkdir(path, ROOT_MODE) < 0 && errno != EEXIST)
		return -1;
	return 0;
}

int root_open(const char *path, bool make, struct error *err)
{
	char buffer[PATH_MAX];
	/* Every user can write to /tmp: the default there may be another user's link. */
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (path ? 0 : O_NOFOLLOW);
	cleanup_fd int fd = -1;
	struct stat st;

	if (path && !*path)
		return error_set(err, 0, "expected a directory for --root, found an empty string");
	if (!path)
		path = default_root(buffer, sizeof(buffer));
	fd = open(path, flags);
	if (fd < 0 && errno == ENOENT && make) {
		if (make_directories(path) < 0)
			return error_set(err, errno, "cannot make the state root '%s'", path);
		fd = open(path, flags);
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot open the state root '%s'", path);
	/* A user who can write to the state root could make tare signal any process. */
	if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
		return error_set(err, EPERM, "the state root '%s' belongs to or can be written by others", path);
	return take_fd(&fd);
}

int root_list(int root, struct string_list *ret_ids, struct error *err)
{
	cleanup_dir DIR *dir = fd_open_dir(root, ".");
	cleanup_string_list struct string_list ids = { 0 };
	struct dirent *entry;

	if (!dir)
		return error_set(err, errno, "cannot read the state root");
	while ((entry = fd_next_entry(dir))) {
		bool foreign = entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN;

		if (!foreign && root_id_is_valid(entry->d_name) && string_list_add(&ids, entry->d_name) < 0)
			return error_set(err, ENOMEM, "cannot list the containers");
	}
	if (errno)
		return error_set(err, errno, "cannot read the state root");
	string_list_sort(&ids);
	*ret_ids = ids;
	ids = (struct string_list){ 0 };
	return 0;
}
