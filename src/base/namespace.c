/* Finds the namespace of a process by stat(2) of a file of /proc/PID/ns. */
#include "base/namespace.h"

#include <stdio.h>
#include <sys/stat.h>

int namespace_of_process(const char *process, const char *kind, struct namespace_id *ret_id)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/ns/%s", process, kind);
	if (stat(path, &st) < 0)
		return -1;
	*ret_id = (struct namespace_id){ .device = st.st_dev, .inode = st.st_ino };
	return 0;
}

int namespace_of_fd(int fd, struct namespace_id *ret_id)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	*ret_id = (struct namespace_id){ .device = st.st_dev, .inode = st.st_ino };
	return 0;
}

bool namespace_is_same(const struct namespace_id *a, const struct namespace_id *b)
{
	return a->device == b->device && a->inode == b->inode;
}
