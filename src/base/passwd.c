/* passwd(5), without NSS. Runs on both sides. The passwd file of an image is read for a home directory only, never for
 * a user id (CVE-2016-3697). */
#include "base/passwd.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { PASSWD_MAX = 1024 * 1024, NAME_FIELD = 0, UID_FIELD = 2, HOME_FIELD = 5, FIELDS = 6 };

/* Splits a line in place; false when it has too few fields. */
static bool split(char *line, char *fields[FIELDS])
{
	for (size_t i = 0; i < FIELDS; i++) {
		fields[i] = strsep(&line, ":");
		if (!fields[i])
			return false;
	}
	return true;
}

static int open_file(const char *path, struct error *err)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, EINVAL, "cannot read '%s', which is not a regular file", path);
	return take_fd(&fd);
}

int passwd_find(const char *path, uid_t uid, struct passwd_entry *ret_entry, struct error *err)
{
	cleanup_fd int fd = open_file(path, err);

	return fd < 0 ? -1 : passwd_find_in(fd, path, uid, ret_entry, err);
}

int passwd_find_in(int fd, const char *name, uid_t uid, struct passwd_entry *ret_entry, struct error *err)
{
	cleanup_free char *text = NULL;
	size_t length;
	char *rest;

	if (fd_read_all(fd, name, PASSWD_MAX, &text, &length, err) < 0)
		return -1;
	rest = text;
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		char *fields[FIELDS];
		uint32_t number;

		if (!split(line, fields) || !text_to_u32(fields[UID_FIELD], &number) || number != uid)
			continue;
		*ret_entry = (struct passwd_entry){ .name = fields[NAME_FIELD],
			.home = fields[HOME_FIELD],
			.text = take_ptr(text) };
		return 0;
	}
	return error_set(err, ENOENT, "user %u is not in '%s'", uid, name);
}
