/* The mark of a cgroup, an extended attribute of its directory, which says whose the cgroup is (docs/decisions/0008).
 * The path alone does not: the cgroup there may have been made after the container's was removed. Runs on the host. */
#include "host/cgroup/parts.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* trusted.* cannot be changed from inside a container, whoever owns the directory; setting it takes CAP_SYS_ADMIN.
 * user.* is for callers without that capability. */
static const char *const names[] = { "trusted.tare", "user.tare" };

/* Reads the mark; "" when there is none. Returns -1 with errno when fgetxattr(2) fails. */
static int read_mark(int cgroup, char ret_mark[CGROUP_MARK_MAX])
{
	ssize_t n = -1;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && n < 0; i++) {
		n = fgetxattr(cgroup, names[i], ret_mark, CGROUP_MARK_MAX - 1);
		/* ERANGE: the mark is longer than any that tare makes, so it is not the container's. */
		if (n < 0 && errno == ERANGE)
			n = snprintf(ret_mark, CGROUP_MARK_MAX, "?");
		if (n < 0 && errno != ENODATA && errno != EOPNOTSUPP)
			return -1;
	}
	ret_mark[n > 0 ? n : 0] = '\0';
	return 0;
}

void cgroup_make_mark(const char *id, const char *created, char ret_mark[CGROUP_MARK_MAX])
{
	snprintf(ret_mark, CGROUP_MARK_MAX, "%s@%s", id, created);
}

bool cgroup_mark_is_of(const char *mark, const char *id)
{
	size_t length = strlen(id);

	return strncmp(mark, id, length) == 0 && mark[length] == '@';
}

uint64_t cgroup_inode(int cgroup)
{
	struct stat st;

	return fstat(cgroup, &st) == 0 ? st.st_ino : 0;
}

enum cgroup_owner cgroup_owner(int cgroup, const struct cgroup_claim *own)
{
	char found[CGROUP_MARK_MAX];

	if (read_mark(cgroup, found) < 0)
		return CGROUP_OWNER_UNKNOWN;
	if (own && own->mark && strcmp(found, own->mark) == 0)
		return CGROUP_OWNER_THIS;
	/* A process in the container with the rights for it may have removed or changed the mark. */
	if (own && own->inode != 0 && cgroup_inode(cgroup) == own->inode)
		return CGROUP_OWNER_THIS;
	return *found ? CGROUP_OWNER_OTHER : CGROUP_OWNER_NONE;
}

int cgroup_find_mark(const char *path, char ret_mark[CGROUP_MARK_MAX], struct error *err)
{
	cleanup_fd int cgroup = cgroup_open(path, err);

	*ret_mark = '\0';
	if (cgroup < 0)
		return err->number == ENOENT ? 0 : -1;
	if (read_mark(cgroup, ret_mark) < 0)
		return error_set(err, errno, "cannot tell whose the cgroup '%s' is", path);
	return 0;
}

static int refuse(const char *path, const char *mark, struct error *err)
{
	error_set(err, 0, "the cgroup '%s' belongs to container \"%.*s\"", path, (int)strcspn(mark, "@"), mark);
	error_hint(err, "delete that container first; if nobody knows it any more, remove the cgroup with rmdir");
	return -1;
}

int cgroup_mark(int cgroup, const struct cgroup_claim *own, struct error *err)
{
	char found[CGROUP_MARK_MAX];

	if (read_mark(cgroup, found) < 0)
		return error_set(err, errno, "cannot tell whose the cgroup '%s' is", own->path);
	if (*found)
		return refuse(own->path, found, err);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (fsetxattr(cgroup, names[i], own->mark, strlen(own->mark), XATTR_CREATE) == 0)
			return 0;
		if (errno != EPERM)
			break;
	}
	/* EEXIST: another process has marked the cgroup since read_mark(); XATTR_CREATE lets only one of two
	 * succeed. */
	if (errno != EEXIST)
		return error_set(err, errno, "cannot mark the cgroup '%s'", own->path);
	if (read_mark(cgroup, found) < 0)
		return error_set(err, errno, "cannot tell whose the cgroup '%s' is", own->path);
	return refuse(own->path, found, err);
}

void cgroup_unmark(int cgroup)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)fremovexattr(cgroup, names[i]);
}

int cgroup_open_own(const struct cgroup_claim *own, struct error *err)
{
	cleanup_fd int cgroup = cgroup_open(own->path, err);
	enum cgroup_owner owner;

	if (cgroup < 0)
		return -1;
	owner = cgroup_owner(cgroup, own);
	if (owner == CGROUP_OWNER_THIS)
		return take_fd(&cgroup);
	if (owner == CGROUP_OWNER_UNKNOWN)
		return error_set(err, errno, "cannot tell whose the cgroup '%s' is", own->path);
	error_set(err, 0, "the cgroup '%s' is no longer the container's", own->path);
	if (err)
		err->number = ENOENT;
	return -1;
}
