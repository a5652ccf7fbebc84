/* The sealed executable (CVE-2019-5736). Runs on the host, before anything else of create, run, exec and mounts.
 *
 * A container can open /proc/PID/exe of its own init, and that is this program. So this program is run from a detached
 * read-only bind mount of its own file: the mount is gone from every namespace once its fd is closed by the exec, and a
 * mount that is in no namespace can be neither remounted nor cloned; what is left is a file that nobody can open for
 * writing. Costs about a tenth of a copy. Without the right to mount, a sealed memfd does the same. */
#include "startup/startup.h"

#include "base/cleanup.h"
#include "base/syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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
