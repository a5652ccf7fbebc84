/* "tmpcopyup": copies the image's files at the destination into the new tmpfs. Runs inside the container.
 *
 * The image is hostile: no link is followed, every name is opened relative to the fd of its directory, and only regular
 * files are opened. Mounts below the destination are not copied, since the tmpfs would hide them anyway; nor is
 * anything of a kernel file system, to which a link of the image may lead. */
#include "init/tree.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum { MODE_BITS = 07777, CHUNK = 1 << 30 };

/* One tree that is copied. Only entries of this device are copied. */
struct copy {
	const struct init *init;
	dev_t device;
};

static int copy_entries(const struct copy *copy, int from, int to, struct error *err);

/* Room for the longest list of names and the longest value that the kernel allows: xattr(7). */
struct attributes {
	char names[XATTR_LIST_MAX];
	char value[XATTR_SIZE_MAX];
};

/* Copies extended attributes. Those that tmpfs refuses are left out, as cp(1) does. */
static int copy_attributes(int from, int to)
{
	cleanup_free struct attributes *space = NULL;
	ssize_t length = flistxattr(from, NULL, 0);

	if (length <= 0)
		return 0;
	space = malloc(sizeof(*space));
	if (!space)
		return -1;
	length = flistxattr(from, space->names, sizeof(space->names));
	for (const char *name = space->names; length > 0 && name < space->names + length; name += strlen(name) + 1) {
		ssize_t size = fgetxattr(from, name, space->value, sizeof(space->value));

		if (size >= 0)
			(void)fsetxattr(to, name, space->value, (size_t)size, 0);
	}
	return 0;
}

/* fchown(2) comes before fchmod(2), since it clears the set-id bits. */
static int copy_ownership(int to, const struct stat *st)
{
	const struct timespec times[] = { st->st_atim, st->st_mtim };

	if (fchown(to, st->st_uid, st->st_gid) < 0 || fchmod(to, st->st_mode & MODE_BITS) < 0)
		return -1;
	return futimens(to, times);
}

static int copy_content(int from, int to)
{
	ssize_t n;

	do
		n = sendfile(to, from, NULL, CHUNK);
	while (n > 0);
	return n < 0 ? -1 : 0;
}

static int copy_file(const struct copy *copy, int from_dir, int to_dir, const char *name, struct error *err)
{
	cleanup_fd int found = openat(from_dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	cleanup_fd int from = -1;
	cleanup_fd int to = -1;
	struct stat st;

	if (found < 0)
		return error_set(err, errno, "cannot open '%s'", name);
	/* The file may have been replaced by a device since copy_entry() looked at it. */
	from = reopen_image_file(copy->init, found, name, err);
	if (from < 0)
		return -1;
	if (fstat(from, &st) < 0)
		return error_set(err, errno, "cannot look at '%s'", name);
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0 || copy_content(from, to) < 0)
		return error_set(err, errno, "cannot copy '%s'", name);
	if (copy_attributes(from, to) < 0)
		return error_set(err, ENOMEM, "cannot copy the attributes of '%s'", name);
	return copy_ownership(to, &st) < 0 ? error_set(err, errno, "cannot set the owner of '%s'", name) : 0;
}

static int copy_directory(const struct copy *copy, int from_dir, int to_dir, const char *name, struct error *err)
{
	cleanup_fd int from = openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_fd int to = -1;
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		return error_set(err, errno, "cannot open '%s'", name);
	if (mkdirat(to_dir, name, 0700) == 0)
		to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return error_set(err, errno, "cannot make '%s'", name);
	if (st.st_dev == copy->device && copy_entries(copy, from, to, err) < 0)
		return error_wrap(err, "in '%s'", name);
	if (copy_attributes(from, to) < 0)
		return error_set(err, ENOMEM, "cannot copy the attributes of '%s'", name);
	return copy_ownership(to, &st) < 0 ? error_set(err, errno, "cannot set the owner of '%s'", name) : 0;
}

static int copy_link(int from_dir, int to_dir, const char *name, const struct stat *st, struct error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from_dir, name, target, sizeof(target) - 1);

	if (n >= 0) {
		target[n] = '\0';
		if (symlinkat(target, to_dir, name) == 0 &&
			fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) == 0)
			return 0;
	}
	return error_set(err, errno, "cannot copy the link '%s'", name);
}

/* Makes a new device, fifo or socket like the old one. */
static int copy_node(int to_dir, const char *name, const struct stat *st, struct error *err)
{
	if (mknodat(to_dir, name, st->st_mode, st->st_rdev) < 0 ||
		fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
		fchmodat(to_dir, name, st->st_mode & MODE_BITS, 0) < 0)
		return error_set(err, errno, "cannot copy the special file '%s'", name);
	return 0;
}

static int copy_entry(const struct copy *copy, int from, int to, const char *name, struct error *err)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(err, errno, "cannot look at '%s'", name);
	if (S_ISDIR(st.st_mode))
		return copy_directory(copy, from, to, name, err);
	if (st.st_dev != copy->device)
		return 0;
	if (S_ISREG(st.st_mode))
		return copy_file(copy, from, to, name, err);
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to, name, &st, err);
	return copy_node(to, name, &st, err);
}

static int copy_entries(const struct copy *copy, int from, int to, struct error *err)
{
	cleanup_dir DIR *list = fd_open_dir(from, ".");
	struct dirent *entry;

	if (!list)
		return error_set(err, errno, "cannot read the directory");
	while ((entry = fd_next_entry(list))) {
		if (copy_entry(copy, from, to, entry->d_name, err) < 0)
			return -1;
	}
	return errno ? error_set(err, errno, "cannot read the directory") : 0;
}

int copy_up(const struct init *init, const struct plan_mount *m, int target, int mount, struct error *err)
{
	bool owner_given = plan_mount_has_data(m, "uid=") || plan_mount_has_data(m, "gid=");
	int of_kernel = is_on_kernel_file_system(target, m->destination, err);
	struct copy copy = { .init = init };
	struct stat st;

	/* A link of the image has led the mount to a kernel file system, which has no files of the image; and a copy of
	 * it would show what mask_paths() masks later. */
	if (of_kernel != 0)
		return of_kernel < 0 ? -1 : 0;

	if (fstat(target, &st) < 0)
		return error_set(err, errno, "cannot look at '%s'", m->destination);
	if (!owner_given && fchownat(mount, "", st.st_uid, st.st_gid, AT_EMPTY_PATH) < 0)
		return error_set(err, errno, "cannot set the owner of '%s'", m->destination);
	copy.device = st.st_dev;
	if (copy_entries(&copy, target, mount, err) < 0)
		return error_wrap(err, "cannot copy up '%s'", m->destination);
	return 0;
}
