/* Why a signal has ended a process of a container, as far as it can be found out: its seccomp filter, limits that are
 * too low, the memory limit of its cgroup. Runs on the host; reads only. A look that fails is no error: the reason is
 * left out. */
#include "host/parts.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "host/cgroup/cgroup.h"
#include "host/container/container.h"
#include "host/spawn/spawn.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* How long the end of a process may come after the end of file of its channel, in milliseconds. */
enum { END_MS = 1000 };

/* A program may fail to start below these limits: values such as "0" and "4096" are mistakes. */
static const struct {
	const char *type;
	uint64_t enough; /* bytes */
} low_limits[] = {
	{ "RLIMIT_AS", UINT64_C(64) << 20 },
	{ "RLIMIT_DATA", UINT64_C(16) << 20 },
	{ "RLIMIT_STACK", UINT64_C(256) << 10 },
};

static uint64_t enough_of(const char *type)
{
	for (size_t i = 0; i < sizeof(low_limits) / sizeof(low_limits[0]); i++) {
		if (strcmp(low_limits[i].type, type) == 0)
			return low_limits[i].enough;
	}
	return 0;
}

#define MEMORY_LIMIT "linux.resources.memory.limit is %llu bytes"

static const char *add_memory(const struct killed *killed, struct text *out)
{
	uint64_t limit;

	if (killed->signal != SIGKILL || !killed->memory || !oom_watch_saw_kill(killed->memory))
		return NULL;
	text_add(out, ": the kernel kills processes of its cgroup for want of memory");
	if (oom_watch_limit(killed->memory, &limit))
		text_add(out, ": " MEMORY_LIMIT, (unsigned long long)limit);
	return "linux.resources.memory.limit";
}

static const char *add_limits(const struct killed *killed, struct text *out)
{
	const struct oci_rlimits *limits = &killed->process->rlimits;
	const char *place = NULL;

	if (killed->signal != SIGSEGV && killed->signal != SIGBUS && killed->signal != SIGKILL)
		return NULL;
	for (size_t i = 0; i < limits->n; i++) {
		const struct oci_rlimit *limit = &limits->items[i];

		if (limit->soft >= enough_of(limit->type))
			continue;
		text_add(out, "%s%s of %llu bytes", place ? " and " : ": process.rlimits: ", limit->type,
			(unsigned long long)limit->soft);
		place = "process.rlimits";
	}
	if (place)
		text_add(out, " may be too low");
	return place;
}

const char *killed_describe(const struct killed *killed, struct text *out)
{
	const char *name = sigabbrev_np(killed->signal);
	const char *place;

	text_add(out, "killed by signal %d", killed->signal);
	if (name)
		text_add(out, " (SIG%s)", name);
	if (killed->signal == SIGSYS && killed->has_filter) {
		text_add(out, ": linux.seccomp forbids a system call that it made");
		return "linux.seccomp";
	}
	place = add_memory(killed, out);
	return place || !killed->process ? place : add_limits(killed, out);
}

/* The signal that has ended the child of a pidfd, or 0; waits END_MS for the end. The child is not reaped. */
static int signal_of(int pidfd)
{
	siginfo_t info = { 0 };

	if (pidfd < 0 || child_gone(pidfd, END_MS) <= 0 ||
		waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return 0;
	return info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED ? info.si_status : 0;
}

int killed_explain_memory(int pidfd, const struct oom_watch *memory, struct error *err)
{
	uint64_t limit;

	if (!oom_watch_saw_kill(memory) || signal_of(pidfd) != SIGKILL)
		return -1;
	if (oom_watch_limit(memory, &limit))
		error_wrap(err, MEMORY_LIMIT, (unsigned long long)limit);
	/* runc's words, which tests of managers match on. */
	error_wrap(err, "container init was OOM-killed (memory limit too low?)");
	return error_tag(err, ERROR_CGROUP_FAILED, "linux.resources.memory.limit");
}

int killed_explain(const struct spawned *spawned, const struct plan *plan, const struct oci_process *process,
	int cgroup, struct error *err)
{
	static const char text_of_end[] = "the container's init ended unexpectedly"; /* of sync_expect() */
	cleanup_text struct text text = { 0 };
	struct oom_watch memory = oom_watch_begin(cgroup, NULL);
	struct killed killed = {
		.memory = &memory,
		.has_filter = plan->seccomp.instructions != NULL,
		.process = process,
	};
	const char *place;

	if (strcmp(err->text, text_of_end) != 0)
		return -1;
	killed.signal = signal_of(spawned->pidfd);
	if (killed.signal == 0)
		return -1;
	place = killed_describe(&killed, &text);
	if (text.failed)
		return -1;
	error_set(err, 0, "%s: %s", text_of_end, text.s);
	if (killed.signal == SIGSYS)
		error_hint(err,
			"allow what starting a program takes, or set process.noNewPrivileges: then the filter is "
			"loaded last");
	if (place)
		error_tag(err, killed.signal == SIGSYS ? ERROR_SECURITY_FAILED : ERROR_CGROUP_FAILED, "%s", place);
	return -1;
}

struct oom_watch killed_watch(const struct container *container, int *ret_cgroup)
{
	const struct cgroup_claim *own = &container->record->cgroup;
	struct error ignored;

	*ret_cgroup = own->path ? cgroup_open_own(own, &ignored) : -1;
	return oom_watch_begin(*ret_cgroup, own);
}

void killed_log(const struct container *container, int signal, const struct oom_watch *memory)
{
	cleanup_text struct text text = { 0 };
	struct oci_document *config = NULL;
	struct error ignored;
	struct killed killed = {
		.signal = signal,
		.memory = memory,
		.has_filter = container->record->has_filter,
	};

	if (container_config(container, &config, &ignored) == 0)
		killed.process = ((const struct oci_config *)oci_root(config))->process;
	text_add(&text, "tare: the program was ");
	if (killed_describe(&killed, &text) && !text.failed)
		log_aside(text.s);
	oci_free(config);
}
