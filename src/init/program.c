/* The program: its home directory, its working directory, its executable file, and execve(2). Runs inside the
 * container.
 *
 * No function here uses libc's databases (getpwuid(3)) or locale: libc would open files of the image for them. */
#include "init/process.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/passwd.h"
#include "base/path.h"
#include "base/syscall.h"
#include "init/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_INHERITED = 3 };

static const char default_path[] = "/bin:/usr/bin";

static const char *environment_value(char *const *env, const char *name)
{
	size_t length = strlen(name);

	for (; env && *env; env++) {
		if (strncmp(*env, name, length) == 0 && (*env)[length] == '=')
			return *env + length + 1;
	}
	return NULL;
}

static int open_passwd(const struct init *init, bool inside, struct error *err)
{
	static const char path[] = "/etc/passwd";

	return inside ? open_image_file_inside(path, err) : open_image_file(init, path, err);
}

/* Finds the entry of the process's user in /etc/passwd of the image. An image whose file is missing or cannot be used
 * gets along without an entry (returns 0, and *ret_user stays as it is). A lack of memory or of file descriptors is an
 * error, since it tells nothing about the image. */
static int find_home(const struct init *init, bool inside, struct passwd_entry *ret_user, struct error *err)
{
	cleanup_fd int fd = open_passwd(init, inside, err);

	if (fd >= 0 && passwd_find_in(fd, "/etc/passwd", init->plan->process.uid, ret_user, err) == 0)
		return 0;
	/* openat2(2) fails with EAGAIN when so many renames happen meanwhile that it cannot tell whether a link stays
	 * in the root. */
	return error_is_shortage(err->number) || err->number == EAGAIN ? -1 : 0;
}

static int complete_environment(struct init *init, bool inside, struct error *err)
{
	char *const *env = init->plan->process.env;
	struct passwd_entry user = { 0 };
	const char *home = "/";
	int length;
	size_t n = 0;

	if (!init->plan->has_process)
		return 0;
	while (env[n])
		n++;
	init->env = malloc((n + 2) * sizeof(*init->env));
	if (!init->env)
		return error_set(err, ENOMEM, "environment");
	memcpy(init->env, env, (n + 1) * sizeof(*env));
	if (environment_value(env, "HOME"))
		return 0;
	if (find_home(init, inside, &user, err) < 0)
		return -1;
	if (user.home && user.home[0] == '/')
		home = user.home;
	length = asprintf(&init->env[n], "HOME=%s", home);
	free(user.text);
	if (length < 0)
		return error_set(err, ENOMEM, "environment");
	init->env[n + 1] = NULL;
	return 0;
}

int set_home(struct init *init, struct error *err)
{
	return complete_environment(init, false, err);
}

int set_home_inside(struct init *init, struct error *err)
{
	return complete_environment(init, true, err);
}

/* sd_listen_fds(3) compares LISTEN_PID with the pid that the program sees as its own, which only this process knows. */
int set_listen_pid(struct init *init, struct error *err)
{
	static const char name[] = "LISTEN_PID=";

	(void)err;
	for (size_t i = 0; init->plan->listen_fds > 0 && init->env && init->env[i]; i++) {
		if (strncmp(init->env[i], name, strlen(name)) != 0)
			continue;
		snprintf(init->listen_pid, sizeof(init->listen_pid), "%s%d", name, (int)getpid());
		init->env[i] = init->listen_pid;
	}
	return 0;
}

/* Images name working directories that they lack, and other runtimes make them. An error is ignored here:
 * enter_working_directory() reports it when chdir(2) fails. */
int make_working_directory(struct init *init, struct error *err)
{
	struct error ignored;

	(void)err;
	/* "/" always exists. */
	if (init->plan->has_process && strcmp(init->plan->process.cwd, "/") != 0)
		close_keep_errno(
			path_in_root_make(init->handles->root, init->plan->process.cwd, PATH_DIRECTORY, &ignored));
	return 0;
}

int try_working_directory(struct init *init, struct error *err)
{
	if (!init->plan->has_process)
		return 0;
	init->cwd_entered = chdir(init->plan->process.cwd) == 0;
	if (!init->cwd_entered && errno != EACCES && errno != EPERM)
		return error_set(err, errno, "chdir to cwd (\"%s\") set in config.json failed",
			init->plan->process.cwd);
	return 0;
}

int enter_working_directory(struct init *init, struct error *err)
{
	const char *cwd = init->plan->process.cwd;
	char now[PATH_MAX];

	if (!init->plan->has_process)
		return 0;
	if (chdir(cwd) < 0 && !(init->cwd_entered && (errno == EACCES || errno == EPERM)))
		return error_set(err, errno, "chdir to cwd (\"%s\") set in config.json failed", cwd);
	/* getcwd(2) returns a path without a leading slash when the directory is outside of the root
	 * (CVE-2024-21626). */
	if (sys_getcwd(now, sizeof(now)) < 0)
		return error_set(err, errno, "cannot find out the working directory");
	if (now[0] != '/')
		return error_set(err, EPERM, "process.cwd '%s' is outside of the container", cwd);
	return 0;
}

/* Returns true when path is a regular file that this process may execute, else false with errno. */
static bool is_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	if (!S_ISREG(st.st_mode)) {
		errno = EACCES;
		return false;
	}
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

/* Adds a hint that says why the file at path cannot be executed. */
static void hint_not_executable(const struct init *init, const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return;
	if (S_ISDIR(st.st_mode))
		error_hint(err, "'%s' is a directory", path);
	else if (!S_ISREG(st.st_mode))
		error_hint(err, "'%s' is no regular file", path);
	else if (!(st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
		error_hint(err, "'%s' is not executable: chmod +x", path);
	else
		error_hint(err, "user %u may not execute '%s', or its file system is mounted with noexec",
			init->plan->process.uid, path);
}

/* A common mistake is a whole command line in args[0]. */
static void hint_command_line(const struct init *init, struct error *err)
{
	char *const *args = init->plan->process.args;

	if (strchr(args[0], ' ') && !args[1])
		error_hint(err, "the program and each of its arguments are strings of their own: [\"ls\", \"-l\"]");
}

/* Searches PATH of the container as execvp(3) does: a file that may not be executed (EACCES) is reported only when no
 * directory of PATH has one that may. */
static int search_path(struct init *init, const char *name, struct error *err)
{
	const char *path = environment_value(init->env, "PATH");
	char candidate[PATH_MAX];
	char denied[PATH_MAX] = "";

	if (!path)
		path = default_path;
	for (;;) {
		int length = (int)strcspn(path, ":");
		int n = snprintf(candidate, sizeof(candidate), "%.*s/%s", length ? length : 1, length ? path : ".",
			name);

		bool fits = n > 0 && (size_t)n < sizeof(candidate);

		if (fits && is_program(candidate)) {
			init->program_path = strdup(candidate);
			return init->program_path ? 0 : error_set(err, ENOMEM, "exec: \"%s\"", name);
		}
		if (fits && errno == EACCES && !*denied)
			memcpy(denied, candidate, sizeof(denied));
		if (path[length] == '\0')
			break;
		path += length + 1;
	}
	if (*denied) {
		error_set(err, EACCES, "exec: \"%s\"", name);
		hint_not_executable(init, denied, err);
		return error_tag(err, ERROR_PROGRAM_NOT_EXECUTABLE, NULL);
	}
	error_set(err, 0, "exec: \"%s\": executable file not found in $PATH", name);
	hint_command_line(init, err);
	return error_tag(err, ERROR_PROGRAM_NOT_FOUND, NULL);
}

/* Reports why the file at the path name cannot be executed. errno is that of is_program(). */
static int refuse_program(const struct init *init, const char *name, struct error *err)
{
	if (errno == EACCES) {
		error_set(err, EACCES, "exec: \"%s\"", name);
		hint_not_executable(init, name, err);
		return error_tag(err, ERROR_PROGRAM_NOT_EXECUTABLE, NULL);
	}
	error_set(err, errno, "exec: \"%s\": stat %s", name, name);
	hint_command_line(init, err);
	if (name[0] != '/')
		error_hint(err, "a relative path begins at process.cwd, '%s': an absolute one does not depend on it",
			init->plan->process.cwd);
	return error_tag(err, ERROR_PROGRAM_NOT_FOUND, NULL);
}

int find_program(struct init *init, struct error *err)
{
	const char *name;

	if (!init->plan->has_process)
		return 0;
	name = init->plan->process.args[0];
	if (!strchr(name, '/'))
		return search_path(init, name, err);
	if (!is_program(name))
		return refuse_program(init, name, err);
	init->program_path = strdup(name);
	return init->program_path ? 0 : error_set(err, ENOMEM, "exec: \"%s\"", name);
}

static int compare_fds(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int close_inherited(struct init *init, struct error *err)
{
	const struct plan *plan = init->plan;
	const struct handles *handles = init->handles;
	const struct oci_hooks *hooks = plan->spec->hooks;
	/* the startContainer hooks, which run later, print to these files */
	bool output = hooks && hooks->start_container.n > 0;
	int keep[] = {
		handles->sync,
		handles->gate,
		init->private_proc,
		init->joined_pid_namespace ? -1 : handles->pid_namespace,
		output ? handles->hook_stdout : -1,
		output ? handles->hook_stderr : -1,
	};
	unsigned int from = FIRST_INHERITED + plan->preserve_fds;

	qsort(keep, sizeof(keep) / sizeof(keep[0]), sizeof(keep[0]), compare_fds);
	for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++) {
		if (keep[i] < (int)from)
			continue;
		if (keep[i] > (int)from && close_range(from, (unsigned int)keep[i] - 1, 0) < 0)
			return error_set(err, errno, "close_range");
		from = (unsigned int)keep[i] + 1;
	}
	if (close_range(from, ~0U, 0) < 0)
		return error_set(err, errno, "close_range");
	return 0;
}

/* Reports that execve(2) has failed. The message goes to stderr of the container, and not to the channel: managers
 * expect that a container whose program cannot be executed was started, that it ended, and that its stderr says why. */
static _Noreturn void report_exec_failure(const struct init *init)
{
	const int number = errno;
	const char *reason = "";

	/* find_program() has found the file, so the kernel misses the file's interpreter. */
	if (number == ENOENT)
		reason = " (its interpreter or dynamic loader is missing in the root file system)";
	if (number == ENOEXEC)
		reason = " (it is for another architecture, or a script whose first line names no interpreter)";
	fd_print(STDERR_FILENO, "tare: exec %s: %s%s\n", init->program_path, error_number_text(number), reason);
	_exit(PROCESS_NOT_EXECUTED);
}

int execute_program(struct init *init, struct error *err)
{
	sigset_t none;

	(void)err;
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(init->program_path, init->plan->process.args, init->env);
	report_exec_failure(init);
}
