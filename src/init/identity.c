/* The identity of the program: groups, user, capabilities, no_new_privileges. Runs inside the container.
 *
 * The process sets its groups before its user, since the new user may lack the right to change groups; and its
 * capabilities after its user, since setresuid(2) clears capabilities. Every result is checked, and the ids are read
 * back. */
#include "init/process.h"

#include "base/syscall.h"
#include "sync.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_CAPABILITIES = 64 };

struct capability_sets {
	struct __user_cap_data_struct words[2]; /* word 0 has capabilities 0 to 31, word 1 those from 32 on */
};

static uint64_t combine_words(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

static int get_permitted(uint64_t *ret_permitted)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct capability_sets sets;

	if (sys_capget(&header, sets.words) < 0)
		return -1;
	*ret_permitted = combine_words(sets.words[0].permitted, sets.words[1].permitted);
	return 0;
}

int drop_bounding_set(struct init *init, struct error *err)
{
	uint64_t keep = init->plan->process.capabilities.bounding;

	/* Up to the last capability of the running kernel, which may know more than the headers that tare was built
	 * with: prctl(2) fails with EINVAL behind the last one. */
	for (unsigned long number = 0; number < MAX_CAPABILITIES; number++) {
		if (keep & UINT64_C(1) << number || prctl(PR_CAPBSET_DROP, number) == 0)
			continue;
		if (errno == EINVAL)
			break;
		return error_set(err, errno, "capability %lu", number);
	}
	return 0;
}

/* Gives stdio to the container's user when it is a pipe, a socket or the container's terminal, so that the program can
 * reopen it through /dev/stdout. Files and devices of the host keep their owner. */
static void give_stdio_to_user(const struct init *init)
{
	const struct plan_process *process = &init->plan->process;
	struct stat st;

	for (int fd = 0; fd <= 2; fd++) {
		if (fstat(fd, &st) < 0 || st.st_uid == process->uid)
			continue;
		if (process->terminal || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
			(void)!fchown(fd, process->uid, (gid_t)-1);
	}
}

static int set_groups(const struct init *init, struct error *err)
{
	const struct plan_process *process = &init->plan->process;
	uint64_t permitted;
	int number;

	if (process->keep_groups)
		return 0;
	/* The process gets exactly the groups of the config: one more or one less changes what the process may access
	 * (CVE-2022-2995). */
	if (sys_setgroups(process->group_count, process->groups) == 0)
		return 0;
	number = errno;
	/* setgroups(2) fails with EPERM although the process has CAP_SETGID: the user namespace denies setgroups. The
	 * config asks for no groups, so no group is missing. In the host's user namespace the same failure is an error,
	 * since the process would keep the caller's groups. */
	if (number == EPERM && process->group_count == 0 && init->handles->in_user_namespace &&
		get_permitted(&permitted) == 0 && permitted & UINT64_C(1) << CAP_SETGID)
		return 0;
	return error_set(err, number, "cannot set the additional groups");
}

/* Reports that setresgid(2) or setresuid(2) failed. EINVAL means that the user namespace has no mapping of the id. */
static int refuse_id(struct error *err, const char *what, uint32_t id, const char *kind)
{
	bool unknown = errno == EINVAL;

	error_set(err, errno, "cannot become %s %u", what, id);
	error_tag(err, ERROR_INTERNAL, "process.user.%s", kind);
	if (unknown)
		error_hint(err, "map %u in linux.%sMappings", id, kind);
	return -1;
}

static int set_ids(const struct plan_process *process, struct error *err)
{
	uid_t uid[3];
	gid_t gid[3];

	if (setresgid(process->gid, process->gid, process->gid) < 0)
		return refuse_id(err, "group", process->gid, "gid");
	if (setresuid(process->uid, process->uid, process->uid) < 0)
		return refuse_id(err, "user", process->uid, "uid");
	if (getresuid(&uid[0], &uid[1], &uid[2]) < 0 || getresgid(&gid[0], &gid[1], &gid[2]) < 0)
		return error_set(err, errno, "cannot read the ids back");
	for (int i = 0; i < 3; i++) {
		if (uid[i] != process->uid || gid[i] != process->gid)
			return error_set(err, EPERM, "user %u:%u did not take effect", process->uid, process->gid);
	}
	return 0;
}

/* A capability that cannot be granted is a warning, not an error (spec: config.md, capabilities). */
static void warn_refused(const struct init *init, uint64_t refused)
{
	if (refused)
		sync_log(init->handles->sync, LOG_LEVEL_WARNING, "capabilities %#llx cannot be granted and are ignored",
			(unsigned long long)refused);
}

/* The sets that the process ends up with, out of those that it may have. */
static struct plan_capabilities granted(const struct init *init, uint64_t have)
{
	struct plan_capabilities sets = init->plan->process.capabilities;

	sets.permitted &= have;
	sets.effective &= sets.permitted;
	sets.inheritable &= have & sets.bounding;
	sets.ambient &= sets.permitted & sets.inheritable;
	return sets;
}

/* more: to have besides, in use. */
static int apply(const struct plan_capabilities *wanted, uint64_t more, struct error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct capability_sets sets;

	for (int i = 0; i < 2; i++)
		sets.words[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)((wanted->effective | more) >> 32 * i),
			.permitted = (uint32_t)((wanted->permitted | more) >> 32 * i),
			.inheritable = (uint32_t)(wanted->inheritable >> 32 * i),
		};
	return sys_capset(&header, sets.words) < 0 ? error_set(err, errno, "cannot set the capabilities") : 0;
}

static int set_capabilities(struct init *init, struct error *err)
{
	const struct plan_capabilities *wanted = &init->plan->process.capabilities;
	uint64_t have;

	if (get_permitted(&have) < 0)
		return error_set(err, errno, "cannot read the capabilities");
	warn_refused(init, (wanted->permitted | wanted->inheritable) & ~have);
	init->granted = granted(init, have);
	if (plan_filters_early(init->plan))
		init->right_to_filter = UINT64_C(1) << CAP_SYS_ADMIN & have & ~init->granted.effective;
	if (apply(&init->granted, init->right_to_filter, err) < 0)
		return -1;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return error_set(err, errno, "cannot clear the ambient capabilities");
	for (unsigned long number = 0; number < MAX_CAPABILITIES; number++) {
		if (!(init->granted.ambient & UINT64_C(1) << number))
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0)
			return error_set(err, errno, "cannot raise the ambient capability %lu", number);
	}
	return 0;
}

int set_identity(struct init *init, struct error *err)
{
	if (!init->plan->has_process)
		return 0;
	give_stdio_to_user(init);
	umask(init->plan->process.umask);
	if (prctl(PR_SET_KEEPCAPS, 1) < 0)
		return error_set(err, errno, "cannot keep the capabilities");
	if (set_groups(init, err) < 0 || set_ids(&init->plan->process, err) < 0)
		return -1;
	/* setresuid(2) has made the process as dumpable as the sysctl fs.suid_dumpable says. Until execve(2) no
	 * process of the container may ptrace(2) this one. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return error_set(err, errno, "cannot stay out of reach of the container's processes");
	if (prctl(PR_SET_KEEPCAPS, 0) < 0)
		return error_set(err, errno, "cannot let go of the capabilities");
	return set_capabilities(init, err);
}

int give_up_right_to_filter(struct init *init, struct error *err)
{
	return init->right_to_filter ? apply(&init->granted, 0, err) : 0;
}

int set_no_new_privileges(struct init *init, struct error *err)
{
	if (init->plan->process.no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(err, errno, "prctl");
	return 0;
}
