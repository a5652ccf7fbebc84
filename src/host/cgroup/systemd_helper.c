/* Starts tare-systemd and talks to it (unit_request.h). Runs on the host.
 *
 * A static program cannot load libsystemd, and a container that is not a systemd unit should not pay for it: so D-Bus
 * is spoken by a program of its own (decisions/0003, 0011). */
#include "host/cgroup/parts.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/program.h"
#include "base/syscall.h"
#include "base/text.h"
#include "unit_request.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef TARE_SYSTEMD_HELPER
#define TARE_SYSTEMD_HELPER "/usr/local/libexec/tare/tare-systemd"
#endif

enum {
	HELPER_SOCKET = 3,
	LIMIT_SECONDS = 30, /* systemd may be busy with a reload of all its units */
	SLACK_SECONDS = 5,  /* in which tare-systemd says that its time is up */
};

/* What tare-systemd needs of the environment: where the bus is, and who the user is in Podman's user namespace. */
static const char *const variables[] = { "DBUS_SYSTEM_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR",
	"_CONTAINERS_ROOTLESS_UID" };

enum { VARIABLES = sizeof(variables) / sizeof(variables[0]) };

/* The environment's own strings: "NAME=VALUE". */
static void choose_environment(char *ret[VARIABLES + 1])
{
	size_t n = 0;

	for (char **entry = environ; *entry; entry++) {
		for (size_t i = 0; i < VARIABLES && n < VARIABLES; i++) {
			if (text_starts(*entry, variables[i]) && (*entry)[strlen(variables[i])] == '=')
				ret[n++] = *entry;
		}
	}
	ret[n] = NULL;
}

/* Runs in a child: becomes tare-systemd. */
static _Noreturn void become(const char *program, bool user, int sock)
{
	char name[] = "tare-systemd";
	char instance[] = "system";
	char of_user[] = "user";
	char seconds[16];
	char *const args[] = { name, user ? of_user : instance, seconds, NULL };
	char *env[VARIABLES + 1];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	snprintf(seconds, sizeof(seconds), "%d", LIMIT_SECONDS);
	choose_environment(env);
	program_reset_process();
	/* Standard error stays that of the caller, for what the dynamic linker may have to say. */
	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
		(sock == HELPER_SOCKET || dup2(sock, HELPER_SOCKET) >= 0) && fcntl(HELPER_SOCKET, F_SETFD, 0) == 0 &&
		close_range(HELPER_SOCKET + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		execve(program, args, env);
	_exit(PROGRAM_NOT_EXECUTED);
}

/* Runs in a child: clones the process that becomes tare-systemd, and ends. That process is no child of tare's, so that
 * whoever waits for the end of all children, which are the container's, does not wait for it. */
static _Noreturn void clone_helper(const char *program, bool user, int sock)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&args);

	if (pid == 0)
		become(program, user, sock);
	_exit(pid < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

bool systemd_helper_exists(const char *program)
{
	return access(program ? program : TARE_SYSTEMD_HELPER, X_OK) == 0;
}

static int refuse_program(int number, const char *program, struct error *err)
{
	error_set(err, number, "the systemd cgroup driver needs the program '%s'", program);
	error_hint(err, "it is built where libsystemd is found; --systemd-helper names it at another place");
	return error_tag(err, ERROR_NOT_SUPPORTED, "--systemd-cgroup");
}

int systemd_helper_start(const char *program, bool user, struct systemd_helper *ret_helper, struct error *err)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	int ends[2];
	int code;
	pid_t pid;

	program = program ? program : TARE_SYSTEMD_HELPER;
	if (access(program, X_OK) < 0)
		return refuse_program(errno, program, err);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set(err, errno, "cannot make the channel to tare-systemd");
	pid = sys_clone3(&args);
	if (pid == 0)
		clone_helper(program, user, ends[1]);
	close_keep_errno(ends[1]);
	if (pid < 0 || child_wait(pid, &code) < 0 || code != EXIT_SUCCESS) {
		close_keep_errno(ends[0]);
		return error_set(err, errno, "cannot start tare-systemd");
	}
	*ret_helper = (struct systemd_helper){ .sock = ends[0], .program = program };
	return 0;
}

static void add_word(struct text *request, const char *word)
{
	text_add(request, "%s", word);
	text_add_bytes(request, "", 1);
}

static void add_property(struct text *request, const struct plan_unit_property *property)
{
	text_add(request, "%c", property->may_be_left_out ? UNIT_MAY_LEAVE : UNIT_MUST_KNOW);
	add_word(request, property->name);
	add_word(request, property->signature);
	for (size_t i = 0; i < property->value.n; i++)
		add_word(request, property->value.items[i]);
}

static void add_pid(struct text *request, pid_t pid)
{
	text_add(request, "%c", UNIT_MUST_KNOW);
	add_word(request, "PIDs");
	add_word(request, "au");
	add_word(request, "au");
	text_add(request, "u%d", (int)pid);
	text_add_bytes(request, "", 1);
	add_word(request, UNIT_END_OF_LIST);
}

static int send_request(const struct systemd_helper *helper, const struct text *request, struct error *err)
{
	if (text_done(request, err) < 0)
		return -1;
	if (request->n > UNIT_MESSAGE_MAX)
		return error_set(err, E2BIG, "the properties of the unit are too long for tare-systemd");
	if (send(helper->sock, request->s, request->n, MSG_NOSIGNAL) < 0)
		return error_set(err, errno, "cannot write to '%s'", helper->program);
	return 0;
}

/* Waits for the answer as long as tare-systemd may take. heeds: a signal that asks this process to end ends the
 * wait. */
static int await_answer(const struct systemd_helper *helper, bool heeds, struct error *err)
{
	long deadline = clock_ms() + (LIMIT_SECONDS + SLACK_SECONDS) * 1000L;
	struct pollfd event = { .fd = helper->sock, .events = POLLIN };

	for (;;) {
		long left = deadline - clock_ms();
		int timeout_ms = left > 0 ? (int)left : 0;
		int n = heeds ? interrupt_poll(&event, 1, timeout_ms) : poll(&event, 1, timeout_ms);

		if (n > 0)
			return 0;
		if (n == 0)
			return error_set(err, ETIMEDOUT, "no answer from '%s'", helper->program);
		if (errno != EINTR)
			return error_set(err, errno, "cannot wait for '%s'", helper->program);
		if (heeds && interrupt_check(err) < 0)
			return -1;
	}
}

/* The word behind this one; NULL at the end of the message, which ends with a NUL byte. */
static const char *next_word(const char *word, const char *end)
{
	word += strlen(word) + 1;
	return word < end ? word : NULL;
}

static int receive_answer(const struct systemd_helper *helper, struct error *err)
{
	char answer[UNIT_MESSAGE_MAX + 1];
	ssize_t n = recv(helper->sock, answer, UNIT_MESSAGE_MAX, 0);
	const char *name;
	const char *text;

	if (n <= 0)
		return error_set(err, n < 0 ? errno : 0, "'%s' ended without an answer", helper->program);
	answer[n] = '\0';
	name = next_word(answer, answer + n);
	if (strcmp(answer, UNIT_DONE) == 0) {
		for (; name; name = next_word(name, answer + n))
			log_message(LOG_LEVEL_DEBUG, "systemd does not know the property %s", name);
		return 0;
	}
	text = name ? next_word(name, answer + n) : NULL;
	if (strcmp(answer, UNIT_FAILED) != 0 || !text)
		return error_set(err, EBADMSG, "cannot understand the answer of '%s'", helper->program);
	return error_set(err, 0, "%s%s%s%s", text, *name ? " (" : "", name, *name ? ")" : "");
}

static int failed(struct error *err)
{
	return error_tag(err, ERROR_CGROUP_FAILED, "linux.cgroupsPath");
}

/* Waits for the answer, and reads it. heeds: as in await_answer(). */
static int take_answer(const struct systemd_helper *helper, bool heeds, struct error *err)
{
	return await_answer(helper, heeds, err) < 0 || receive_answer(helper, err) < 0 ? failed(err) : 0;
}

static void add_request(struct text *request, const char *verb, const char *name, const struct plan_unit *unit)
{
	add_word(request, verb);
	add_word(request, name);
	for (size_t i = 0; i < unit->n; i++)
		add_property(request, &unit->properties[i]);
}

int systemd_start_unit(const struct systemd_helper *helper, const struct plan_unit *unit, pid_t pid, struct error *err)
{
	cleanup_text struct text request = { 0 };

	if (!unit->name)
		return 0;
	add_request(&request, UNIT_VERB_START, unit->name, unit);
	add_pid(&request, pid);
	return send_request(helper, &request, err) < 0 ? failed(err) : 0;
}

int systemd_await_start(const struct systemd_helper *helper, struct error *err)
{
	return take_answer(helper, true, err);
}

int systemd_set_properties(const struct systemd_helper *helper, const char *name, const struct plan_unit *unit,
	struct error *err)
{
	cleanup_text struct text request = { 0 };

	add_request(&request, UNIT_VERB_SET, name, unit);
	/* A request that systemd has cannot be taken back: its answer is waited for, so that files and properties stay
	 * in step. */
	return send_request(helper, &request, err) < 0 ? failed(err) : take_answer(helper, false, err);
}

void systemd_helper_close(struct systemd_helper *helper)
{
	close_fd(&helper->sock);
}
