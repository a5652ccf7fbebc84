/* The sealed executable (CVE-2019-5736). Runs on the host, before anything else of create, run, exec and mounts.
 *
 * A container's process can open /proc/PID/exe of its init, which is this program's file until init executes the
 * container's program. So this program executes itself from a detached, read-only bind mount of its own file. execve(2)
 * closes the mount's fd, after which the mount is in no namespace, so it can be neither remounted nor cloned, and the
 * file cannot be opened for writing through it. This takes about a tenth of the time of a copy. Without the right to
 * mount, the program is copied to a sealed memfd. */
#include "startup/startup.h"

#include "base/cleanup.h"
#include "base/syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const char own_exe[] = "/proc/self/exe";

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

static bool is_sealed(int exe)
{
	struct statvfs fs;
	int seals;

	if (fstatvfs(exe, &fs) == 0 && fs.f_flag & ST_RDONLY)
		return true;
	seals = fcntl(exe, F_GET_SEALS);
	return seals >= 0 && (seals & SEALS) == SEALS;
}

static int readonly_mount(void)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	cleanup_fd int mount = open_tree(AT_FDCWD, own_exe, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (mount < 0 || mount_setattr(mount, "", AT_EMPTY_PATH, &readonly, sizeof(readonly)) < 0)
		return -1;
	return take_fd(&mount);
}

static int sealed_copy(int exe)
{
	cleanup_fd int copy = memfd_create("tare", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct stat st;
	off_t done = 0;

	if (copy < 0 || fstat(exe, &st) < 0)
		return -1;
	while (done < st.st_size) {
		if (sendfile(copy, exe, &done, (size_t)(st.st_size - done)) <= 0)
			return -1;
	}
	if (fchmod(copy, 0555) < 0 || fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		return -1;
	return take_fd(&copy);
}

int exeseal_enter(char *const argv[], struct error *err)
{
	cleanup_fd int exe = open(own_exe, O_RDONLY | O_CLOEXEC);
	cleanup_fd int sealed = -1;

	if (exe < 0)
		return error_set(err, errno, "cannot open '%s'", own_exe);
	if (is_sealed(exe))
		return 0;
	sealed = readonly_mount();
	if (sealed < 0)
		sealed = sealed_copy(exe);
	if (sealed < 0)
		return error_set(err, errno, "cannot make a protected copy of this program");
	sys_execveat(sealed, "", argv, environ, AT_EMPTY_PATH);
	return error_set(err, errno, "cannot run the protected copy of this program");
}
