/*
 * The container's side of the floor program: from the clone to the execve of the payload.
 *
 * It builds what the default document of `runc spec` asks on a cgroup v2 host, with one system call after the other and
 * a check behind each: mounts, device nodes, masked and read-only paths, the new root, loopback, limits, capabilities.
 * It must never do more than that document needs, or it would no longer be the floor.
 */
#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#define DETACH 2 /* MNT_DETACH: <sys/mount.h> and <linux/mount.h> do not agree to be included together */

#define NO_SUID_DEV_EXEC (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

struct filesystem {
	const char *target;
	const char *type;
	const char *options[4][2];
	unsigned int attributes;
	void (*fill)(int fd); /* called while the mount is still detached */
};

static void fill_dev(int dev);

static const struct filesystem filesystems[] = {
	{ .target = "proc", .type = "proc" },
	{
		.target = "dev",
		.type = "tmpfs",
		.options = { { "mode", "755" }, { "size", "65536k" } },
		.attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME,
		.fill = fill_dev,
	},
	{
		.target = "dev/pts",
		.type = "devpts",
		.options = { { "ptmxmode", "0666" }, { "mode", "0620" }, { "gid", "5" } },
		.attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	},
	{
		.target = "dev/shm",
		.type = "tmpfs",
		.options = { { "mode", "1777" }, { "size", "65536k" } },
		.attributes = NO_SUID_DEV_EXEC,
	},
	{ .target = "dev/mqueue", .type = "mqueue", .attributes = NO_SUID_DEV_EXEC },
	{ .target = "sys", .type = "sysfs", .attributes = NO_SUID_DEV_EXEC | MOUNT_ATTR_RDONLY },
};

static const struct {
	const char *name;
	unsigned int major, minor;
} device_nodes[] = {
	{ "null", 1, 3 },
	{ "zero", 1, 5 },
	{ "full", 1, 7 },
	{ "random", 1, 8 },
	{ "urandom", 1, 9 },
	{ "tty", 5, 0 },
};

static const char *const device_links[][2] = {
	{ "/proc/self/fd", "fd" },
	{ "/proc/self/fd/0", "stdin" },
	{ "/proc/self/fd/1", "stdout" },
	{ "/proc/self/fd/2", "stderr" },
	{ "pts/ptmx", "ptmx" },
};

static const char *const masked_paths[] = {
	"proc/acpi",
	"proc/asound",
	"proc/kcore",
	"proc/keys",
	"proc/latency_stats",
	"proc/timer_list",
	"proc/timer_stats",
	"proc/sched_debug",
	"sys/firmware",
	"proc/scsi",
};

static const char *const readonly_paths[] = {
	"proc/bus",
	"proc/fs",
	"proc/irq",
	"proc/sys",
	"proc/sysrq-trigger",
};

static const unsigned int kept_capabilities[] = { CAP_AUDIT_WRITE, CAP_KILL, CAP_NET_BIND_SERVICE };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void fill_dev(int dev)
{
	for (size_t i = 0; i < COUNT(device_nodes); i++)
		must(mknodat(dev, device_nodes[i].name, S_IFCHR | 0666,
			     makedev(device_nodes[i].major, device_nodes[i].minor)),
			device_nodes[i].name);
	for (size_t i = 0; i < COUNT(device_links); i++)
		must(symlinkat(device_links[i][0], dev, device_links[i][1]), device_links[i][1]);
	must(mkdirat(dev, "pts", 0755), "dev/pts");
	must(mkdirat(dev, "shm", 0755), "dev/shm");
	must(mkdirat(dev, "mqueue", 0755), "dev/mqueue");
}

static int clone_tree(const char *path, unsigned int recursive)
{
	return sys(open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive);
}

static void set_attributes(int mount, unsigned int attributes, unsigned int recursive)
{
	struct mount_attr attr = { .attr_set = attributes };

	sys(mount_setattr, mount, "", AT_EMPTY_PATH | recursive, &attr, sizeof(attr));
}

/* An attached mount's fd costs nothing to close; closing a detached one waits for a grace period. */
static void attach(int mount, const char *target)
{
	must(syscall(SYS_move_mount, mount, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH), target);
	close(mount);
}

static int make_mount(const struct filesystem *filesystem)
{
	int mount, fs = sys(fsopen, filesystem->type, FSOPEN_CLOEXEC);

	for (size_t i = 0; i < COUNT(filesystem->options) && filesystem->options[i][0]; i++)
		sys(fsconfig, fs, FSCONFIG_SET_STRING, filesystem->options[i][0], filesystem->options[i][1], 0);
	sys(fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	mount = sys(fsmount, fs, FSMOUNT_CLOEXEC, filesystem->attributes);
	close(fs);
	if (filesystem->fill)
		filesystem->fill(mount);
	return mount;
}

/* The rootfs becomes a read-only mount of its own at its own place; all mount points are in it already. */
static void enter_rootfs(const char *rootfs)
{
	struct mount_attr private = { .propagation = 1 << 18 }; /* MS_PRIVATE */
	int root;

	sys(mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &private, sizeof(private));
	root = clone_tree(rootfs, AT_RECURSIVE);
	set_attributes(root, MOUNT_ATTR_RDONLY, AT_RECURSIVE);
	sys(move_mount, root, "", AT_FDCWD, rootfs, MOVE_MOUNT_F_EMPTY_PATH);
	must(fchdir(root), "fchdir");
	close(root);
}

static void mount_filesystems(const char *cgroup)
{
	int tree;

	for (size_t i = 0; i < COUNT(filesystems); i++)
		attach(make_mount(&filesystems[i]), filesystems[i].target);
	/* A bind of the own cgroup shows what a mount would, without changing the flags of the whole hierarchy. */
	tree = clone_tree(cgroup, 0);
	set_attributes(tree, NO_SUID_DEV_EXEC | MOUNT_ATTR_RDONLY, 0);
	attach(tree, "sys/fs/cgroup");
}

static void mask_paths(void)
{
	static const struct filesystem nothing = {
		.type = "tmpfs",
		.options = { { "nr_blocks", "1" }, { "nr_inodes", "1" } },
		.attributes = NO_SUID_DEV_EXEC | MOUNT_ATTR_RDONLY,
	};
	const char *empty = NULL;
	struct stat st;

	for (size_t i = 0; i < COUNT(masked_paths); i++) {
		const char *path = masked_paths[i];

		if (stat(path, &st) < 0 && errno == ENOENT)
			continue;
		if (!S_ISDIR(st.st_mode)) {
			attach(clone_tree("dev/null", 0), path);
		} else if (empty) {
			attach(clone_tree(empty, 0), path);
		} else {
			attach(make_mount(&nothing), path);
			empty = path;
		}
	}
}

static void make_paths_readonly(void)
{
	for (size_t i = 0; i < COUNT(readonly_paths); i++) {
		int tree;

		if (access(readonly_paths[i], F_OK) < 0 && errno == ENOENT)
			continue;
		tree = clone_tree(readonly_paths[i], AT_RECURSIVE);
		set_attributes(tree, MOUNT_ATTR_RDONLY, AT_RECURSIVE);
		attach(tree, readonly_paths[i]);
	}
}

static void leave_host_root(void)
{
	sys(pivot_root, ".", ".");
	sys(umount2, ".", DETACH);
	must(chdir("/"), "chdir");
}

static void bring_up_loopback(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");

	must(ioctl(fd, SIOCSIFFLAGS, &lo), "cannot bring up lo");
	close(fd);
}

static bool is_kept(unsigned int capability)
{
	for (size_t i = 0; i < COUNT(kept_capabilities); i++)
		if (kept_capabilities[i] == capability)
			return true;
	return false;
}

void become_payload_user(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };

	for (unsigned int i = 0; i <= CAP_LAST_CAP; i++)
		if (!is_kept(i))
			must(prctl(PR_CAPBSET_DROP, i, 0, 0, 0), "cannot drop a capability");
	must(setgroups(0, NULL), "setgroups");
	sys(setresgid, 0, 0, 0);
	sys(setresuid, 0, 0, 0);
	for (size_t i = 0; i < COUNT(kept_capabilities); i++)
		sets[CAP_TO_INDEX(kept_capabilities[i])].permitted |= CAP_TO_MASK(kept_capabilities[i]);
	for (size_t i = 0; i < COUNT(sets); i++)
		sets[i].effective = sets[i].permitted;
	sys(capset, &header, sets);
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

/* Opening the gate waits for the reader, which is `floor start`; its end closes at the execve. */
static int wait_for_start(const struct start *start)
{
	must(write(start->ready, "r", 1), "cannot report that the container is ready");
	return must(openat(start->state_dir, "gate", O_WRONLY | O_CLOEXEC), "gate");
}

noreturn void init_main(const struct start *start)
{
	static char *const environment[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"TERM=xterm", NULL };
	struct rlimit files = { .rlim_cur = 1024, .rlim_max = 1024 };
	int gate = -1;

	umask(0);
	enter_rootfs(start->rootfs);
	mount_filesystems(start->cgroup);
	mask_paths();
	make_paths_readonly();
	leave_host_root();
	umask(0022);
	must(sethostname("floor", 5), "sethostname");
	bring_up_loopback();
	must(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
	must(setsid(), "setsid");
	become_payload_user();
	sys(close_range, 3, ~0U, 1U << 2 /* CLOSE_RANGE_CLOEXEC */);
	if (start->ready >= 0)
		gate = wait_for_start(start);
	execve(start->argv[0], start->argv, environment);
	if (gate >= 0)
		dprintf(gate, "cannot execute %s: %s\n", start->argv[0], strerror(errno));
	fail(start->argv[0]);
}
