/* tare spec: writes a config.json to start from. */
#include "commands/commands.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include "ocispec.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct options {
	const char *bundle;
	const char *config;
	bool rootless;
	bool help;
};

static const struct option_row rows[] = {
	ROW_BUNDLE(bundle),
	{ 'f', "config", OPTION_TEXT, offsetof(struct options, config), "FILE",
		"the name of the configuration in it (default: config.json)" },
	{ 0, "rootless", OPTION_FLAG, offsetof(struct options, rootless), NULL,
		"for an ordinary user: with a user namespace" },
	{ 0, "file", OPTION_TEXT, offsetof(struct options, config), "FILE", NULL }, /* crun's option */
	ROW_HELP,
	{ 0 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A list of strings; its array ends with NULL, which n does not count. */
#define STRINGS(...)                                                         \
	{                                                                    \
		.n = COUNT(((char *[]){ __VA_ARGS__ })), .items = (char *[]) \
		{                                                            \
			__VA_ARGS__, NULL                                    \
		}                                                            \
	}

/* Mounts that every user may make. */
#define PROC_MOUNT { .destination = "/proc", .type = "proc", .source = "proc" }
#define DEV_MOUNT                  \
	{ .destination = "/dev",   \
		.type = "tmpfs",   \
		.source = "tmpfs", \
		.options = STRINGS("nosuid", "strictatime", "mode=755", "size=65536k") }
#define SHM_MOUNT                    \
	{ .destination = "/dev/shm", \
		.type = "tmpfs",     \
		.source = "shm",     \
		.options = STRINGS("nosuid", "noexec", "nodev", "mode=1777", "size=65536k") }
#define MQUEUE_MOUNT                    \
	{ .destination = "/dev/mqueue", \
		.type = "mqueue",       \
		.source = "mqueue",     \
		.options = STRINGS("nosuid", "noexec", "nodev") }

static struct oci_mount mounts[] = {
	PROC_MOUNT,
	DEV_MOUNT,
	{ .destination = "/dev/pts",
		.type = "devpts",
		.source = "devpts",
		.options = STRINGS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5") },
	SHM_MOUNT,
	MQUEUE_MOUNT,
	{ .destination = "/sys",
		.type = "sysfs",
		.source = "sysfs",
		.options = STRINGS("nosuid", "noexec", "nodev", "ro") },
	{ .destination = "/sys/fs/cgroup",
		.type = "cgroup",
		.source = "cgroup",
		.options = STRINGS("nosuid", "noexec", "nodev", "relatime", "ro") },
};

/* For an ordinary user: only one group is mapped, so devpts has no gid=; and there is no new network namespace, so
 * sysfs cannot be mounted. */
static struct oci_mount rootless_mounts[] = {
	PROC_MOUNT,
	DEV_MOUNT,
	{ .destination = "/dev/pts",
		.type = "devpts",
		.source = "devpts",
		.options = STRINGS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620") },
	SHM_MOUNT,
	MQUEUE_MOUNT,
	{ .destination = "/sys",
		.type = "none",
		.source = "/sys",
		.options = STRINGS("rbind", "nosuid", "noexec", "nodev", "ro") },
};

static struct oci_namespace namespaces[] = {
	{ .type = OCI_NAMESPACE_PID },
	{ .type = OCI_NAMESPACE_NETWORK },
	{ .type = OCI_NAMESPACE_IPC },
	{ .type = OCI_NAMESPACE_UTS },
	{ .type = OCI_NAMESPACE_MOUNT },
	{ .type = OCI_NAMESPACE_CGROUP },
};

static struct oci_namespace rootless_namespaces[] = {
	{ .type = OCI_NAMESPACE_PID },
	{ .type = OCI_NAMESPACE_IPC },
	{ .type = OCI_NAMESPACE_UTS },
	{ .type = OCI_NAMESPACE_MOUNT },
	{ .type = OCI_NAMESPACE_CGROUP },
	{ .type = OCI_NAMESPACE_USER },
};

/* Files that tell about the machine or control it (CVE-2017-16539, CVE-2018-10892 and others). */
static const struct oci_strings masked_paths = STRINGS("/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore",
	"/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi",
	"/sys/firmware", "/sys/devices/virtual/powercap", "/sys/devices/system/cpu/cpu0/thermal_throttle");

static const struct oci_strings readonly_paths = STRINGS("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
	"/proc/sysrq-trigger");

static struct oci_device_rule deny_all[] = { { .allow = false, .access = "rwm" } };

static struct oci_resources resources = { .devices = { .n = COUNT(deny_all), .items = deny_all } };

static struct oci_capabilities capabilities = {
	.bounding = STRINGS("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"),
	.effective = STRINGS("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"),
	.permitted = STRINGS("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"),
};

static struct oci_rlimit rlimits[] = { { .type = "RLIMIT_NOFILE", .soft = 1024, .hard = 1024 } };

static struct oci_process process = {
	.terminal = true,
	.args = STRINGS("sh"),
	.env = STRINGS("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"),
	.cwd = "/",
	.capabilities = &capabilities,
	.rlimits = { .n = COUNT(rlimits), .items = rlimits },
	.no_new_privileges = true,
};

static struct oci_root root = { .path = "rootfs", .readonly = true };

static int write_config(int dir, const char *name, bool rootless, struct error *err)
{
	struct oci_id_mapping user = { .container_id = 0, .host_id = geteuid(), .size = 1 };
	struct oci_id_mapping group = { .container_id = 0, .host_id = getegid(), .size = 1 };
	struct oci_linux section = {
		.namespaces = { .n = COUNT(namespaces), .items = namespaces },
		.resources = &resources,
		.masked_paths = masked_paths,
		.readonly_paths = readonly_paths,
	};
	struct oci_config config = {
		.oci_version = "1.3.0",
		.root = &root,
		.mounts = { .n = COUNT(mounts), .items = mounts },
		.process = &process,
		.hostname = "tare",
		.linux_ = &section,
	};
	cleanup_free char *text = NULL;
	cleanup_fd int fd = -1;
	size_t length;

	if (rootless) {
		config.mounts = (struct oci_mounts){ .n = COUNT(rootless_mounts), .items = rootless_mounts };
		section.namespaces = (struct oci_namespaces){ .n = COUNT(rootless_namespaces),
			.items = rootless_namespaces };
		section.uid_mappings = (struct oci_id_mappings){ .n = 1, .items = &user };
		section.gid_mappings = (struct oci_id_mappings){ .n = 1, .items = &group };
		section.resources = NULL;
	}
	if (oci_write(&oci_config_type, &config, OCI_WRITE_PRETTY, &text, &length) < 0)
		return error_set(err, errno, "cannot write the configuration");
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 && errno == EEXIST)
		return error_set(err, 0, "'%s' is there already, and is not overwritten", name);
	if (fd < 0 || fd_write_all(fd, text, length) < 0)
		return error_set(err, errno, "cannot make '%s'", name);
	return 0;
}

static int run(const struct invocation *invocation, struct error *err)
{
	const struct options *options = invocation->options;
	const char *bundle = options->bundle ? options->bundle : ".";
	cleanup_fd int dir = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return error_set(err, errno, "cannot open the bundle '%s'", bundle);
	return write_config(dir, options->config ? options->config : "config.json", options->rootless, err);
}

const struct command spec_command = {
	.name = "spec",
	.words = "",
	.summary = "write a config.json to start from",
	.options = rows,
	.options_size = sizeof(struct options),
	.least_words = 0,
	.most_words = 0,
	.run = run,
};
