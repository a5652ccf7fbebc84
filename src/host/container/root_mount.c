/* The root of a container without a mount namespace: a mount in the namespace of tare's own process, at root.path. All
 * that the container mounts is mounted on it. Runs on the host.
 *
 * Its mount ID, which the kernel gives it when it is made, is recorded before it is attached: delete unmounts what has
 * this ID, and nothing else. */
#include "host/container/setup.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/proc.h"
#include "handles.h"
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000U /* Linux 6.8: an ID that no later mount gets */
#endif

static int mount_number(int mount, uint64_t *ret_number, struct error *err)
{
	struct statx stx;

	if (statx(mount, "", AT_EMPTY_PATH, STATX_MNT_ID | STATX_MNT_ID_UNIQUE, &stx) < 0)
		return error_set(err, errno, "cannot look at the mount of the root file system");
	*ret_number = stx.stx_mnt_id;
	return 0;
}

int root_mount_prepare(const struct plan *plan, struct handles *handles, const struct container *container,
	struct record *record, struct error *err)
{
	cleanup_fd int host = -1;

	if (!plan->shares_mounts)
		return 0;
	host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (host < 0)
		return error_set(err, errno, "cannot open '/'");
	/* root.path may be a link to "/". */
	if (path_same_file(host, handles->root_on_host))
		return error_set(err, 0, "root.path '%s' is the root of the host, which needs a mount namespace",
			plan->root.path);
	close_fd(&handles->mask);
	if (plan->masked_paths.n > 0) {
		handles->mask = mount_make_mask(err);
		if (handles->mask < 0 || mount_number(handles->mask, &record->mask_mount, err) < 0)
			return -1;
	}
	if (mount_number(handles->root, &record->root_mount, err) < 0)
		return -1;
	return container_save(container, record, err);
}

/* Unmounts the uppermost mount at rootfs if it is a recorded one. Returns 1 if it was, 0 if not, or -1 with *err. */
static int remove_top(const struct record *record, struct error *err)
{
	cleanup_fd int top = open(record->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint64_t number = 0;
	char path[64];

	/* The directory was removed, and the kernel has unmounted what was on it. */
	if (top < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (top < 0)
		return error_set(err, errno, "cannot open '%s'", record->rootfs);
	if (mount_number(top, &number, err) < 0)
		return -1;
	if (number != record->root_mount && number != record->mask_mount)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", top);
	if (umount2(path, MNT_DETACH) < 0)
		return error_set(err, errno, "cannot unmount '%s'", record->rootfs);
	return 1;
}

int root_mount_remove(const struct record *record, struct error *err)
{
	char boot_id[PROC_BOOT_ID_MAX];
	int result = 1;

	if (record->root_mount == 0)
		return 0;
	if (proc_boot_id(boot_id, err) < 0)
		return -1;
	/* After another boot the ID may be that of another mount. */
	if (strcmp(boot_id, record->boot_id) != 0)
		return 0;
	/* First the mount of the root, then that of the mask, which it was mounted on. */
	for (int i = 0; i < 2 && result > 0; i++)
		result = remove_top(record, err);
	return result < 0 ? -1 : 0;
}
