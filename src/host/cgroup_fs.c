/* The work on a cgroup through its files: limits, freezing, killing, removing. Runs on the host. Waits are events of
 * the kernel (cgroup.events), never sleeps. */
#include "host/parts.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { KERNEL_FILE_MAX = 4096, EVENT_MS = 10000, FIRST_ROUND_MS = 40 };

/* What an error says of a cgroup that has been removed meanwhile; nothing else means so. */
static bool is_gone(int number)
{
	return number == ENOENT || number == ENODEV;
}

/* The value of a line like "populated 1" in an open cgroup.events; -1 with errno when it cannot be read. In a cgroup
 * that has been removed meanwhile nothing is. */
static int read_event(int events, const char *name)
{
	char text[KERNEL_FILE_MAX];
	ssize_t n = pread(events, text, sizeof(text) - 1, 0);
	const char *line;

	if (n < 0)
		return errno == ENODEV ? 0 : -1;
	text[n] = '\0';
	line = strstr(text, name);
	if (line && line[strlen(name)] == ' ')
		return line[strlen(name) + 1] - '0';
	errno = EIO;
	return -1;
}

int cgroup_is_frozen(int cgroup, struct error *err)
{
	cleanup_fd int events = openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);

	int frozen;

	if (events < 0)
		return is_gone(errno) ? 0 : error_set(err, errno, "cannot open 'cgroup.events'");
	frozen = read_event(events, "frozen");
	return frozen < 0 ? error_set(err, errno, "cannot read 'cgroup.events'") : frozen;
}

/* A file and what is written to it. */
struct attempt {
	const char *file;
	const char *value;
};

/* Writes to the file, or the one that stands for it where it is missing. Returns -1 with errno; *ret_last is the last
 * that was tried. */
static int write_either(int cgroup, const struct plan_write *limit, struct attempt *ret_last)
{
	*ret_last = (struct attempt){ limit->file, limit->value };
	if (file_write(cgroup, limit->file, limit->value) == 0)
		return 0;
	if (errno != ENOENT || !limit->fallback_file)
		return -1;
	*ret_last = (struct attempt){ limit->fallback_file, limit->fallback_value };
	return file_write(cgroup, limit->fallback_file, limit->fallback_value);
}

int cgroup_write_limit(int cgroup, const struct plan_write *limit, const char **ret_file, struct error *err)
{
	struct attempt last;
	bool written = write_either(cgroup, limit, &last) == 0;
	int number = errno;

	if (written || (number == ENOENT && limit->optional)) {
		*ret_file = written ? last.file : NULL;
		return 0;
	}
	if (number == ENOENT && limit->controller && cgroup_lacks_controller(cgroup, limit->controller))
		return cgroup_refuse_controller(limit, err);
	error_set(err, number, "%s: cannot write '%s' to '%s'", limit->place, last.value, last.file);
	return error_tag(err, ERROR_CGROUP_FAILED, "%s", limit->place);
}

int cgroup_is_being_frozen(int cgroup, struct error *err)
{
	cleanup_fd int current = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char freeze[16] = "";

	/* Until the last process stands still only the request is there, here or further up. Neither the root of the
	 * tree has the file nor what the tree is mounted on. */
	while (current >= 0 && file_read_line(current, "cgroup.freeze", freeze, sizeof(freeze)) == 0) {
		int above;

		if (strcmp(freeze, "1") == 0)
			return 1;
		above = openat(current, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close_fd(&current);
		current = above;
	}
	if (!is_gone(errno))
		return error_set(err, errno, "cannot tell whether the cgroup is frozen");
	return cgroup_is_frozen(cgroup, err);
}

int cgroup_refuse_frozen(int cgroup, struct error *err)
{
	int frozen = cgroup_is_being_frozen(cgroup, err);

	if (frozen <= 0)
		return frozen;
	error_set(err, 0, "cannot exec in a frozen cgroup (use --ignore-paused to override)");
	return error_tag(err, ERROR_CGROUP_FAILED, "linux.cgroupsPath");
}

int cgroup_claim(int cgroup, const struct record_cgroup *own, struct error *err)
{
	cleanup_fd int events = openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);
	int populated = events < 0 ? -1 : read_event(events, "populated");
	int frozen = populated < 0 ? -1 : read_event(events, "frozen");

	if (frozen < 0)
		return error_set(err, errno, "cannot read 'cgroup.events' of the cgroup '%s'", own->path);
	/* What has processes and no mark is never marked: undoing a create kills what bears its mark. */
	if (cgroup_owner(cgroup, NULL) == CGROUP_NOBODYS && populated)
		return error_set(err, 0, "the cgroup '%s' is not empty", own->path);
	if (frozen)
		return error_set(err, 0, "the cgroup '%s' is frozen", own->path);
	return cgroup_mark(cgroup, own, err);
}

static int write_limits(int cgroup, const struct plan_writes *writes, bool late, struct error *err)
{
	for (size_t i = 0; i < writes->n; i++) {
		const char *file;

		if (writes->items[i].late == late && cgroup_write_limit(cgroup, &writes->items[i], &file, err) < 0)
			return -1;
	}
	return 0;
}

int cgroup_apply(int cgroup, const struct plan_cgroup *plan, struct error *err)
{
	cleanup_fd int tree = cgroup_tree(err);

	if (tree < 0 || cgroup_hand_down(tree, plan->path, err) < 0)
		return -1;
	return write_limits(cgroup, &plan->writes, false, err);
}

int cgroup_apply_late(int cgroup, const struct plan_cgroup *plan, struct error *err)
{
	return write_limits(cgroup, &plan->writes, true, err);
}

static int give(int cgroup, const char *name, uid_t owner, struct error *err)
{
	/* What the kernel lists and this cgroup lacks is no error (spec: cgroup ownership). */
	if (fchownat(cgroup, name, owner, (gid_t)-1, *name ? AT_SYMLINK_NOFOLLOW : AT_EMPTY_PATH) < 0 &&
		errno != ENOENT)
		return error_set(err, errno, "cannot give '%s' of the cgroup to user %u", *name ? name : ".", owner);
	return 0;
}

int cgroup_delegate(int cgroup, uid_t owner, struct error *err)
{
	char files[KERNEL_FILE_MAX] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads";

	(void)file_read_line(AT_FDCWD, "/sys/kernel/cgroup/delegate", files, sizeof(files));
	if (give(cgroup, "", owner, err) < 0)
		return -1;
	for (char *left = files, *name = strsep(&left, "\n"); name; name = strsep(&left, "\n")) {
		if (*name && !strchr(name, '/') && give(cgroup, name, owner, err) < 0)
			return -1;
	}
	return 0;
}

/* A filter around us may refuse poll(2), and undoing must not depend on it. */
static void await_change(int events, long ms)
{
	struct pollfd change = { .fd = events, .events = POLLPRI };
	const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	if (poll(&change, 1, (int)ms) < 0 && errno != EINTR)
		nanosleep(&time, NULL);
}

/* Waits until the event called name has the value. The kernel holds back an event that follows another one within 10
 * ms, so a young container is looked at again and again, at growing distances. Returns 1, 0 when the time is up, or -1
 * with errno. */
static int wait_event(int events, const char *name, int value, long timeout_ms)
{
	long deadline = clock_ms() + timeout_ms;

	for (long pause = 1;; pause *= 2) {
		long left = deadline - clock_ms();
		/* Reading is what arms the next event. */
		int now = read_event(events, name);

		if (now < 0)
			return -1;
		if (now == value)
			return 1;
		if (left <= 0)
			return 0;
		await_change(events, pause < left ? pause : left);
	}
}

/* One round of killing, which ends what it can reach and waits for that. Returns 1 when nobody is left. */
static int kill_round(int cgroup, int events, long patience, struct error *err)
{
	struct error ignored;
	int empty;

	if (file_write(cgroup, "cgroup.kill", "1") < 0)
		return is_gone(errno) ? 1 : error_set(err, errno, "cannot kill the processes of the cgroup");
	empty = wait_event(events, "populated", 0, patience);
	if (empty < 0)
		return error_set(err, errno, "cannot wait for the end of the cgroup's processes");
	/* Those whose first thread has ended are left. What they fork meanwhile, the next round ends. */
	if (empty == 0)
		(void)cgroup_signal_all(cgroup, SIGKILL, &ignored);
	return empty;
}

int cgroup_kill_all(int cgroup, struct error *err)
{
	cleanup_fd int events = openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);
	int empty;

	if (events < 0)
		return is_gone(errno) ? 0 : error_set(err, errno, "cannot open 'cgroup.events'");
	empty = wait_event(events, "populated", 0, 0);
	if (empty < 0)
		return error_set(err, errno, "cannot read 'cgroup.events'");
	for (long patience = FIRST_ROUND_MS, spent = 0; !empty && spent < EVENT_MS; spent += patience, patience *= 2)
		empty = kill_round(cgroup, events, patience, err);
	if (empty < 0)
		return -1;
	if (!empty)
		return error_set(err, 0, "processes of the container are still there after %d seconds",
			EVENT_MS / 1000);
	return 0;
}

int cgroup_freeze(int cgroup, bool frozen, struct error *err)
{
	cleanup_fd int events = openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);
	int done;

	if (events < 0)
		return error_set(err, errno, "cannot open 'cgroup.events'");
	if (file_write(cgroup, "cgroup.freeze", frozen ? "1" : "0") < 0)
		return error_set(err, errno, "cannot write to 'cgroup.freeze'");
	done = wait_event(events, "frozen", frozen, EVENT_MS);
	if (done > 0)
		return 0;
	if (done < 0)
		error_set(err, errno, "cannot wait until the container is %s", frozen ? "frozen" : "thawed");
	else
		error_set(err, 0, "the container did not %s within %d seconds", frozen ? "freeze" : "thaw",
			EVENT_MS / 1000);
	/* Half a container that runs is nobody's wish. */
	if (frozen)
		(void)file_write(cgroup, "cgroup.freeze", "0");
	return -1;
}

/* Opens the first child directory of a cgroup; -1 when it has none. */
static int first_child(int cgroup, char *ret_name)
{
	cleanup_dir DIR *dir = fd_open_dir(cgroup, ".");

	for (struct dirent *entry = dir ? fd_next_entry(dir) : NULL; entry; entry = fd_next_entry(dir)) {
		if (entry->d_type != DT_DIR)
			continue;
		snprintf(ret_name, NAME_MAX + 1, "%s", entry->d_name);
		return openat(cgroup, ret_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	return -1;
}

/* Removes everything below a cgroup, deepest first, without recursion: a container may nest as deep as it likes. */
static int remove_below(int cgroup, struct error *err)
{
	for (;;) {
		char name[NAME_MAX + 1];
		char deeper_name[NAME_MAX + 1];
		cleanup_fd int parent = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		cleanup_fd int child = parent < 0 ? -1 : first_child(parent, name);

		if (child < 0)
			return 0;
		for (int deeper = first_child(child, deeper_name); deeper >= 0;
			deeper = first_child(child, deeper_name)) {
			close_fd(&parent);
			parent = take_fd(&child);
			child = deeper;
			memcpy(name, deeper_name, sizeof(name));
		}
		if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return error_set(err, errno, "cannot remove the cgroup '%s' of the container", name);
	}
}

/* Removes the container's cgroup, in which there may still be a dying process. */
static int remove_leaf(int parent, const char *name, const struct record_cgroup *own, bool unfinished,
	struct error *err)
{
	cleanup_fd int cgroup = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	enum cgroup_owner owner = cgroup < 0 ? CGROUP_NOBODYS : cgroup_owner(cgroup, own);

	/* An undo may have no file descriptor left to look with. */
	if (cgroup < 0 && (errno == ENOENT || !unfinished))
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot open the cgroup '%s'", own->path);
	if (owner == CGROUP_UNKNOWN && !unfinished)
		return error_set(err, errno, "cannot tell whose the cgroup '%s' is", own->path);
	if (owner == CGROUP_ANOTHERS || (owner == CGROUP_NOBODYS && !unfinished))
		return 0;
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY)
		return error_set(err, errno, "cannot remove the cgroup '%s'", own->path);
	if (owner != CGROUP_OURS)
		return 0;
	if (cgroup_kill_all(cgroup, err) < 0 || remove_below(cgroup, err) < 0)
		return -1;
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_set(err, errno, "cannot remove the cgroup '%s'", own->path);
	return 0;
}

/* Leaves a cgroup that was there before, as far as we can as it was: what the limits were nobody knows any more. */
static int leave(const struct record_cgroup *own, struct error *err)
{
	cleanup_fd int cgroup = cgroup_open_own(own, err);

	if (cgroup < 0)
		return err->number == ENOENT ? 0 : -1;
	if (cgroup_kill_all(cgroup, err) < 0)
		return -1;
	cgroup_detach_devices(cgroup);
	cgroup_unmark(cgroup);
	return 0;
}

int cgroup_remove(const struct record_cgroup *own, bool unfinished, struct error *err)
{
	cleanup_fd int tree = cgroup_tree(err);
	cleanup_free char *rest = strdup(own->path);
	uint32_t depth = 0;
	bool leaf = true;

	if (tree < 0)
		return -1;
	if (!rest)
		return error_set(err, ENOMEM, "cannot remove the cgroup '%s'", own->path);
	for (const char *c = rest; *c; c++)
		depth += *c == '/' && c[1] != '/' && c[1] != '\0';
	if (depth <= own->kept)
		return leave(own, err);
	for (; depth > own->kept; depth--, leaf = false) {
		char *slash = strrchr(rest, '/');
		cleanup_fd int parent = -1;

		*slash = '\0';
		parent = cgroup_open_in(tree, rest, err);
		if (parent < 0 && err->number == ENOENT)
			continue;
		if (parent < 0)
			return -1;
		if (leaf && remove_leaf(parent, slash + 1, own, unfinished, err) < 0)
			return -1;
		/* A parent that others use by now is theirs. One that is not there: no more of the path was made. */
		if (!leaf && unlinkat(parent, slash + 1, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return 0;
	}
	return 0;
}
