/* The terminal: a pty of the container's devpts becomes stdio and the controlling terminal of the process. Runs inside
 * the container. No path /dev/pts/N is opened: the slave end comes from ioctl(2) TIOCGPTPEER on the master
 * (CVE-2025-52565). */
#include "init/tree.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/syscall.h"
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static int open_master(int root, struct error *err)
{
	/* RESOLVE_NO_XDEV: the file of the devpts itself, and none that is mounted over it. */
	const struct open_how how = {
		.flags = O_RDWR | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	struct statfs fs;
	int unlocked = 0;
	cleanup_fd int devpts = path_strict_open(root, "/dev/pts", O_PATH | O_DIRECTORY, err);
	cleanup_fd int master = -1;

	if (devpts < 0)
		return error_wrap(err, "process.terminal needs a devpts mounted at /dev/pts");
	/* Checked before "ptmx" is opened: in a directory of the image "ptmx" could be any device. In a devpts only the
	 * kernel makes nodes. */
	if (fstatfs(devpts, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC)
		return error_set(err, 0,
			"process.terminal needs a devpts mounted at /dev/pts, found another file system");
	master = sys_openat2(devpts, "ptmx", &how);
	if (master < 0)
		return error_set(err, errno, "cannot open '/dev/pts/ptmx'");
	if (ioctl(master, TIOCSPTLCK, &unlocked) < 0)
		return error_set(err, errno, "cannot unlock the pty");
	return take_fd(&master);
}

/* Attaches the slave end to /dev/console. The file is made if it is missing, but not in a foreign /dev, and it may not
 * be a link (CVE-2026-88264). */
static int bind_console(const struct init *init, int root, int slave, struct error *err)
{
	const char *name;
	cleanup_fd int parent = path_strict_parent(root, "/dev/console", &name, err);
	cleanup_fd int target = -1;
	cleanup_fd int copy = -1;
	struct stat st;

	if (parent < 0)
		return -1;
	if (!init->dev_is_foreign && mknodat(parent, name, S_IFREG | 0600, 0) < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot make '/dev/console'");
	target = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0 && errno == ENOENT && init->dev_is_foreign)
		return 0;
	if (target < 0 || fstat(target, &st) < 0)
		return error_set(err, errno, "cannot open '/dev/console'");
	if (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode))
		return error_set(err, 0, "'/dev/console' has to be a file and no link");
	copy = open_tree(slave, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (copy < 0)
		return error_set(err, errno, "cannot copy the pty");
	return mount_attach(copy, target, "/dev/console", err);
}

/* Makes the slave end the controlling terminal of the session, and stdio of the process. */
static int use_as_stdio(const struct init *init, int slave, struct error *err)
{
	/* A builder leads no session. start_program_session() makes the pty the controlling terminal in the builder's
	 * child. */
	if (init->plan->spawn != PLAN_SPAWN_BUILDER && ioctl(slave, TIOCSCTTY, 0) < 0)
		return error_set(err, errno, "cannot make the pty the controlling terminal");
	for (int fd = 0; fd <= 2; fd++) {
		if (dup2(slave, fd) < 0)
			return error_set(err, errno, "cannot make the pty file descriptor %d", fd);
	}
	return 0;
}

static int open_pty(struct init *init, int root, bool console, struct error *err)
{
	const struct plan_process *process = &init->plan->process;
	struct winsize size = { .ws_row = process->rows, .ws_col = process->columns };
	cleanup_fd int master = open_master(root, err);
	cleanup_fd int slave = -1;

	if (master < 0)
		return -1;
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return error_set(err, errno, "cannot open the other end of the pty");
	if ((size.ws_row || size.ws_col) && ioctl(slave, TIOCSWINSZ, &size) < 0)
		return error_set(err, errno, "cannot set process.consoleSize");
	if (console && bind_console(init, root, slave, err) < 0)
		return -1;
	if (use_as_stdio(init, slave, err) < 0)
		return -1;
	init->pty_master = take_fd(&master);
	return 0;
}

int open_console(struct init *init, struct error *err)
{
	return init->plan->process.terminal ? open_pty(init, init->handles->root, true, err) : 0;
}

int open_terminal(struct init *init, struct error *err)
{
	cleanup_fd int root = -1;

	if (!init->plan->process.terminal)
		return 0;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_set(err, errno, "cannot open the root of the container");
	return open_pty(init, root, false, err);
}
