/* User namespaces: writing their ID mappings, and making those that exist only to map the IDs of mounts. Runs on the
 * host. */
#include "host/spawn/parts.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/namespace.h"
#include "base/passwd.h"
#include "base/program.h"
#include "base/syscall.h"
#include "base/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 340 lines of three numbers, the kernel's limit (user_namespaces(7)). */
enum { MAP_NUMBERS_MAX = 3 * 340, LIST_MAX = 16 * 1024 * 1024 };

/* What differs between users and groups. */
struct ids {
	const char *map;    /* the file in /proc/PID */
	const char *member; /* its name in the config */
	const char *helper; /* the set-user-ID program that maps IDs which the caller may not map itself */
	const char *list;   /* the file that tells this program which IDs the caller may map */
	const char *option; /* the option of usermod(8) that adds to this file */
	int capability;     /* the capability with which any ID can be mapped */
};

static const struct ids users = {
	.map = "uid_map",
	.member = "uidMappings",
	.helper = "newuidmap",
	.list = "/etc/subuid",
	.option = "--add-subuids",
	.capability = CAP_SETUID,
};

static const struct ids groups = {
	.map = "gid_map",
	.member = "gidMappings",
	.helper = "newgidmap",
	.list = "/etc/subgid",
	.option = "--add-subgids",
	.capability = CAP_SETGID,
};

/* True when the map is one line for the caller's own ID alone, which the kernel allows every user to write. */
static bool maps_own_id(const char *map, unsigned int own)
{
	unsigned int inside;
	unsigned int outside;
	unsigned int size;
	int end = 0;

	return sscanf(map, "%u %u %u\n%n", &inside, &outside, &size, &end) == 3 && map[end] == '\0' && outside == own &&
		size == 1;
}

static int write_file(pid_t pid, const char *name, const char *text, struct error *err)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	if (file_write(AT_FDCWD, path, text) < 0)
		return error_set(err, errno, "cannot write '%s'", path);
	return 0;
}

/* Finds the program along PATH, leaving out entries that are no absolute path, or else in /usr/bin. */
static bool find_helper(const char *name, char ret_path[PATH_MAX])
{
	const char *path = getenv("PATH");

	while (path && *path) {
		int length = (int)strcspn(path, ":");

		if (*path == '/' && snprintf(ret_path, PATH_MAX, "%.*s/%s", length, path, name) < PATH_MAX &&
			access(ret_path, X_OK) == 0)
			return true;
		path += length + (path[length] == ':');
	}
	snprintf(ret_path, PATH_MAX, "/usr/bin/%s", name);
	return access(ret_path, X_OK) == 0;
}

/* True when the file has a line for this user, by name or number (subuid(5)). */
static bool is_listed(const char *list, const char *name)
{
	cleanup_free char *text = NULL;
	char number[16];
	size_t length;

	snprintf(number, sizeof(number), "%u", getuid());
	if (file_read(AT_FDCWD, list, LIST_MAX, &text, &length, NULL) < 0)
		return false;
	for (char *left = text, *line = strsep(&left, "\n"); line; line = strsep(&left, "\n")) {
		const char *user = strsep(&line, ":");

		if (line && (strcmp(user, name) == 0 || strcmp(user, number) == 0))
			return true;
	}
	return false;
}

/* Sets *err for a helper program that failed; most often the file has no IDs for this user. */
static int explain_refusal(const struct ids *ids, const char *said, struct error *err)
{
	struct passwd_entry user = { 0 };
	char name[64];

	snprintf(name, sizeof(name), "%u", getuid());
	if (passwd_find("/etc/passwd", getuid(), &user, NULL) == 0)
		snprintf(name, sizeof(name), "%s", user.name);
	free(user.text);
	if (!is_listed(ids->list, name))
		return error_set(err, 0,
			"user '%s' has no entry in %s: add one (usermod %s 100000-165535 %s), or map no id but one's own",
			name, ids->list, ids->option, name);
	return error_set(err, 0, "%s refuses it: %s", ids->helper, said);
}

/* Runs newuidmap(1) or newgidmap(1) with the pid and the numbers of the map as arguments. */
static int map_by_helper(const struct ids *ids, const char *map, pid_t pid, struct error *err)
{
	cleanup_free char *copy = strdup(map);
	cleanup_free char **args = calloc(2 + MAP_NUMBERS_MAX + 1, sizeof(*args));
	char path[PATH_MAX];
	char number[16];
	const struct program program = { .path = path, .args = args, .out = -1, .err = -1, .deadline_ms = -1 };
	struct program_end end;
	size_t n = 2;

	if (!copy || !args)
		return error_set(err, ENOMEM, "cannot map the ids");
	if (!find_helper(ids->helper, path))
		return error_set(err, 0,
			"%s is not installed, which maps other ids than one's own: 'apt-get install uidmap'",
			ids->helper);
	snprintf(number, sizeof(number), "%d", (int)pid);
	args[0] = (char *)(uintptr_t)ids->helper;
	args[1] = number;
	for (char *left = copy, *word = strsep(&left, " \n"); word && n < 2 + MAP_NUMBERS_MAX;
		word = strsep(&left, " \n")) {
		if (*word)
			args[n++] = word;
	}
	if (program_run(&program, &end) < 0)
		return error_set(err, errno, "cannot run '%s'", path);
	if (end.reason == PROGRAM_INTERRUPTED)
		return error_set(err, EINTR, "cannot run '%s'", path);
	return end.status == 0 ? 0 : explain_refusal(ids, end.said, err);
}

static int map_ids(const struct ids *ids, const char *map, unsigned int own, pid_t pid, const char *place,
	struct error *err)
{
	int result;

	if (userns_has_capability(ids->capability) || maps_own_id(map, own))
		result = write_file(pid, ids->map, map, err);
	else
		result = map_by_helper(ids, map, pid, err);
	if (result == 0)
		return 0;
	/* Without a place, the caller adds which mappings these are. */
	if (*place)
		error_tag(err, ERROR_INTERNAL, "%s%s", place, ids->member);
	return error_wrap(err, "%s%s", place, ids->member);
}

bool userns_gives_up_groups(const char *gid_map)
{
	return !userns_has_capability(groups.capability) && maps_own_id(gid_map, getegid());
}

int userns_map(pid_t pid, const char *uid_map, const char *gid_map, const char *place, struct error *err)
{
	/* Without "deny", a process could drop a group by setgroups(2) to gain access that a file denies to that group
	 * (CVE-2014-8989). */
	if (userns_gives_up_groups(gid_map) && write_file(pid, "setgroups", "deny", err) < 0)
		return -1;
	if (map_ids(&groups, gid_map, getegid(), pid, place, err) < 0)
		return -1;
	return map_ids(&users, uid_map, geteuid(), pid, place, err);
}

bool userns_find_owner(pid_t pid, uid_t uid, uid_t *ret_owner)
{
	cleanup_free char *map = NULL;
	const char *line;
	unsigned int first;
	unsigned int owner;
	unsigned int count;
	size_t length;
	char path[64];
	int end;

	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	if (file_read(AT_FDCWD, path, LIST_MAX, &map, &length, NULL) < 0)
		return false;
	for (line = map; sscanf(line, "%u %u %u\n%n", &first, &owner, &count, &end) == 3; line += end) {
		if (uid >= first && uid - first < count) {
			*ret_owner = owner + (uid - first);
			return true;
		}
	}
	return false;
}

int userns_open(pid_t pid, struct error *err)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? error_set(err, errno, "cannot open the user namespace '%s'", path) : fd;
}

int userns_leave_out_own(pid_t pid, struct plan_namespaces *namespaces, struct error *err)
{
	char process[32];
	struct namespace_id own;
	struct namespace_id other;

	if (!(namespaces->inside & CLONE_NEWUSER))
		return 0;
	snprintf(process, sizeof(process), "/proc/%d", (int)pid);
	if (namespace_of_process("/proc/self", "user", &own) < 0 || namespace_of_process(process, "user", &other) < 0)
		return error_set(err, errno, "cannot look at the user namespace of the container");
	if (namespace_is_same(&own, &other))
		namespaces->inside &= ~(uint64_t)CLONE_NEWUSER;
	return 0;
}

int userns_make(const char *uid_map, const char *gid_map, struct error *err)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	cleanup_fd int userns = -1;
	int ends[2];
	char nothing;
	pid_t pid;
	int code;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot make a user namespace");
	pid = sys_clone3(&args);
	if (pid == 0) {
		/* The child keeps the namespace in /proc until its parent closes the pipe, or ends. */
		close(ends[1]);
		_exit(read(ends[0], &nothing, 1) < 0);
	}
	close_fd(&ends[0]);
	if (pid < 0)
		error_set(err, errno, "cannot make a user namespace");
	else if (userns_map(pid, uid_map, gid_map, "", err) == 0)
		userns = userns_open(pid, err);
	close_fd(&ends[1]);
	if (pid > 0)
		(void)child_wait(pid, &code);
	return take_fd(&userns);
}
