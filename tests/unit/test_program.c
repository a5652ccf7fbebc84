/* base/program.c: what a program begins with, what of it is kept, and its end. */
#include "base/clock.h"
#include "base/program.h"

#include "tap.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a shell says and how it ends; the caller has set what else the program is to have. */
static struct program_end shell(struct program program, const char *script)
{
	char *const args[] = { "sh", "-c", (char *)(uintptr_t)script, "9", NULL };
	struct program_end end = { 0 };

	program.path = "/bin/sh";
	program.args = args;
	if (program_run(&program, &end) < 0)
		end.status = -1;
	return end;
}

static const struct program plain = { .out = -1, .err = -1, .deadline_ms = -1 };

static bool says(const struct program_end *end, int code, const char *text)
{
	return end->reason == PROGRAM_ENDED && WIFEXITED(end->status) && WEXITSTATUS(end->status) == code &&
		strcmp(end->said, text) == 0;
}

static void test_said(void)
{
	struct program_end end = shell(plain, "echo one; echo two >&2; read line; exit 7");

	ok(says(&end, 7, "one\ntwo"), "nothing to read, and what it said is kept without the last newline");
	end = shell(plain, "printf %020000d 1");
	ok(end.reason == PROGRAM_ENDED && end.status == 0 && strlen(end.said) == PROGRAM_SAID_MAX,
		"of much that it said, what there is room for");
	end = shell(plain, "kill -9 $$");
	ok(WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGKILL, "a signal is told apart from an exit status");
}

static void test_streams(void)
{
	struct program program = plain;
	struct program_end end;
	char text[16] = "";
	int file = memfd_create("output", MFD_CLOEXEC);

	program.input = "a line";
	program.input_length = strlen(program.input);
	end = shell(program, "cat");
	ok(says(&end, 0, "a line"), "it reads its input");
	end = shell(program, "exit 3");
	ok(says(&end, 3, ""), "or leaves it unread");
	program.out = file;
	end = shell(program, "echo out; echo err >&2");
	ok(says(&end, 0, "err") && pread(file, text, sizeof(text) - 1, 0) == 4 && strcmp(text, "out\n") == 0,
		"a file for the output gets it, and the rest is kept");
	program.file_max = 100;
	end = shell(program, "while echo much; do :; done");
	ok(WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGXFSZ,
		"a program that writes without end is ended by the limit");
	close(file);
}

static void test_beginning(void)
{
	struct program program = plain;
	struct program_end end;
	sigset_t all;
	sigset_t former;
	mode_t own = umask(0);

	ok(dup2(STDOUT_FILENO, 9) == 9, "a file that the program is not to have");
	end = shell(plain, "test ! -e /dev/fd/$0");
	ok(says(&end, 0, ""), "it has no other file");
	close(9);
	end = shell(plain, "umask");
	ok(says(&end, 0, "0022"), "in place of no umask it has 0022");
	umask(027);
	end = shell(plain, "umask");
	ok(says(&end, 0, "0027"), "or the umask of its caller");
	umask(own);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &former);
	signal(SIGTERM, SIG_IGN);
	end = shell(plain, "kill -TERM $$; echo deaf");
	ok(WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGTERM,
		"its signals have their defaults, and none is held back");
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_SETMASK, &former, NULL);
	program.cwd = "/none";
	end = shell(program, "pwd");
	ok(says(&end, PROGRAM_NOT_EXECUTED, "cannot change to '/none': no such file or directory"),
		"a directory that is not there");
	program.cwd_may_be_gone = true;
	end = shell(program, "pwd");
	ok(says(&end, 0, "/"), "or the root in its place");
}

static void test_end(void)
{
	char *const args[] = { "none-such", NULL };
	struct program program = plain;
	struct program_end end;

	program.path = "/none-such";
	program.args = args;
	ok(program_run(&program, &end) == 0 && says(&end, PROGRAM_NOT_EXECUTED, "no such file or directory"),
		"what is not there gives 127");
	program.path = "none-such";
	program.along_path = true;
	ok(program_run(&program, &end) == 0 && says(&end, PROGRAM_NOT_EXECUTED, "no such file or directory"),
		"the same for what is looked for along PATH");
	program = plain;
	program.leads_group = true;
	program.deadline_ms = clock_ms() + 100;
	end = shell(program, "sleep 1000 & wait");
	ok(end.reason == PROGRAM_OUT_OF_TIME && WIFSIGNALED(end.status), "a program out of time is killed");
}

int main(void)
{
	/* As tare does: a program may end before its input is written. */
	signal(SIGPIPE, SIG_IGN);
	test_said();
	test_streams();
	test_beginning();
	test_end();
	return done();
}
