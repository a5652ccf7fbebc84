/* Runs a program and waits for its end. Runs on both sides. One loop with ppoll(2) writes the program's input, reads
 * its output, and waits for its end and the deadline. */
#include "base/program.h"

#include "base/child.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/interrupt.h"
#include "base/signals.h"
#include "base/syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEFAULT_UMASK = 022 };

/* A running program. */
struct running {
	pid_t pid;
	int pidfd;
	int input;  /* this process's end of the program's standard input, -1 when all is written */
	int output; /* this process's end of the pipe for the program's output, -1 at the end of file */
	struct program_end *end;
};

void program_reset_process(void)
{
	mode_t own = umask(DEFAULT_UMASK);
	sigset_t none;

	if (own != 0)
		umask(own);
	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		signal(signal_number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool enter(const char *cwd, bool may_be_gone)
{
	return !cwd || chdir(cwd) == 0 || (may_be_gone && chdir("/") == 0);
}

/* Runs in the child: executes the program. */
static _Noreturn void become(const struct program *program, pid_t parent, int input, int output)
{
	char *const *env = program->env ? program->env : environ;

	program_reset_process();
	if (program->file_max > 0)
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){ program->file_max, program->file_max });
	if (program->leads_group) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* The parent may have ended before prctl(2). */
		if (getppid() != parent)
			_exit(PROGRAM_NOT_EXECUTED);
	}
	if (!enter(program->cwd, program->cwd_may_be_gone)) {
		fd_print(output, "cannot change to '%s': %s", program->cwd, error_number_text(errno));
		_exit(PROGRAM_NOT_EXECUTED);
	}
	dup2(input, STDIN_FILENO);
	dup2(program->out >= 0 ? program->out : output, STDOUT_FILENO);
	dup2(program->err >= 0 ? program->err : output, STDERR_FILENO);
	/* Files of --preserve-fds are only for the container's program. */
	close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	if (program->along_path)
		execvpe(program->path, program->args, env);
	else
		execve(program->path, program->args, env);
	fd_print(output, "%s", error_number_text(errno));
	_exit(PROGRAM_NOT_EXECUTED);
}

/* Makes a pipe whose end with this index, 0 or 1, is non-blocking. */
static int make_pipe(int ret_ends[2], int nonblocking)
{
	if (pipe2(ret_ends, O_CLOEXEC) < 0)
		return -1;
	if (fcntl(ret_ends[nonblocking], F_SETFL, O_NONBLOCK) == 0)
		return 0;
	close_keep_errno(ret_ends[0]);
	close_keep_errno(ret_ends[1]);
	return -1;
}

static int start(const struct program *program, struct running *ret)
{
	cleanup_fd int in_read = -1;
	cleanup_fd int in_write = -1;
	cleanup_fd int out_read = -1;
	cleanup_fd int out_write = -1;
	int pidfd = -1;
	pid_t parent = getpid();
	int ends[2];
	pid_t pid;

	if (program->input) {
		if (make_pipe(ends, 1) < 0)
			return -1;
		in_read = ends[0];
		in_write = ends[1];
	} else {
		in_read = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (in_read < 0)
			return -1;
	}
	if (make_pipe(ends, 0) < 0)
		return -1;
	out_read = ends[0];
	out_write = ends[1];
	/* A startContainer hook is run behind the program's filter, and policies deny clone3(2). */
	pid = sys_clone(CLONE_PIDFD | SIGCHLD, &pidfd);
	if (pid == 0)
		become(program, parent, in_read, out_write);
	if (pid < 0)
		return -1;
	ret->pid = pid;
	ret->pidfd = pidfd;
	ret->input = take_fd(&in_write);
	ret->output = take_fd(&out_read);
	return 0;
}

/* Reads once and keeps the bytes that fit in the buffer. Only once, since the program may write faster than this
 * process reads. Returns true when bytes were read. */
static bool read_output(struct running *running)
{
	struct program_end *end = running->end;
	char buffer[4096];
	ssize_t n = read(running->output, buffer, sizeof(buffer));

	if (n == 0)
		close_fd(&running->output);
	if (n > 0) {
		size_t keep = (size_t)n < PROGRAM_SAID_MAX - end->length ? (size_t)n : PROGRAM_SAID_MAX - end->length;

		memcpy(end->said + end->length, buffer, keep);
		end->length += keep;
	}
	return n > 0;
}

/* Reads the rest of the output of a program that has ended, until the buffer is full. */
static void read_last_words(struct running *running)
{
	struct program_end *end = running->end;

	while (running->output >= 0 && end->length < PROGRAM_SAID_MAX && read_output(running))
		;
	while (end->length > 0 && (end->said[end->length - 1] == '\n' || end->said[end->length - 1] == ' '))
		end->length--;
	end->said[end->length] = '\0';
}

/* Writes more of the input; a program may close its standard input unread. */
static void feed_input(struct running *running, const struct program *program, size_t *sent)
{
	ssize_t n = write(running->input, program->input + *sent, program->input_length - *sent);

	if (n > 0)
		*sent += (size_t)n;
	/* Where all signals are blocked, as in init, the signal would wait for the program that this process
	 * becomes. */
	if (n < 0 && errno == EPIPE)
		signal_discard(SIGPIPE);
	if (*sent == program->input_length || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_fd(&running->input);
}

/* Writes input and reads output until the program ends, its time is up or a signal asks this process to end. Returns -1
 * with errno. */
static int serve(struct running *running, const struct program *program)
{
	size_t sent = 0;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = running->pidfd, .events = POLLIN },
			{ .fd = running->output, .events = POLLIN },
			{ .fd = running->input, .events = POLLOUT },
		};
		long left = program->deadline_ms < 0 ? -1 : program->deadline_ms - clock_ms();

		running->end->reason = PROGRAM_INTERRUPTED;
		if (interrupt_noted())
			return 0;
		running->end->reason = PROGRAM_OUT_OF_TIME;
		if (program->deadline_ms >= 0 && left <= 0)
			return 0;
		running->end->reason = PROGRAM_ENDED;
		if (interrupt_poll(fds, 3, left > INT_MAX ? INT_MAX : (int)left) < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (fds[1].revents)
			read_output(running);
		if (fds[2].revents)
			feed_input(running, program, &sent);
		if (fds[0].revents)
			return 0;
	}
}

/* Kills the process group first, so that the program's children end, too. Returns -1 with errno when kill(2) fails. */
static int end_program(const struct running *running, const struct program *program)
{
	if (program->leads_group)
		kill(-running->pid, SIGKILL);
	return kill(running->pid, SIGKILL);
}

int program_run(const struct program *program, struct program_end *ret_end)
{
	struct running running = { .pidfd = -1, .input = -1, .output = -1, .end = ret_end };
	bool over;
	int number;
	int result;

	ret_end->length = 0;
	ret_end->status = 0;
	if (start(program, &running) < 0)
		return -1;
	result = serve(&running, program);
	number = errno;
	/* A program with more rights than this process cannot be killed, and would be waited for as long as it
	 * likes. */
	over = (result == 0 && ret_end->reason == PROGRAM_ENDED) || end_program(&running, program) == 0;
	if (over && child_wait_status(running.pid, &ret_end->status) < 0) {
		number = errno;
		result = -1;
	}
	read_last_words(&running);
	close_fd(&running.pidfd);
	close_fd(&running.input);
	close_fd(&running.output);
	errno = number;
	return result;
}
