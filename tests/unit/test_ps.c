/* The lines that ps keeps of the host's table. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "host/cgroup/cgroup.h"
#include "host/host.h"
#include "tap.h"

#include <stdlib.h>

static void check(const char *output, const char *wanted, const char *what)
{
	pid_t pids[] = { 7, 1234 };
	const struct process_list list = { .pids = pids, .n = 2 };
	cleanup_text struct text out = { 0 };
	char *copy = strdup(output);
	struct error err;

	if (process_list_filter(&list, copy, &out, &err) < 0)
		is_str(err.text, wanted, what);
	else
		is_str(out.s, wanted, what);
	free(copy);
}

int main(void)
{
	static const char refusal[] = "ps was asked for no column PID, by which the container's processes are found";

	check("UID PID CMD\nroot 7 a\nroot 8 b\nroot 1234 c d\n", "UID PID CMD\nroot 7 a\nroot 1234 c d\n",
		"the heading stays, and the lines of the processes");
	check("  PID\n    7\n   70\n  123\n12345\n", "  PID\n    7\n", "a pid is no part of another");
	check("PPID TPID PID\n7 7 8\n8 8 7\n", "PPID TPID PID\n8 8 7\n", "the column is PID, no longer name");
	check("A\tPID\n1\t7\n", "A\tPID\n1\t7\n", "tabs are blanks");
	check("A PID\n7\n\nx 7", "A PID\nx 7\n", "a line without the column, an empty one, and one without an end");
	check("A PID\nx 4294967303\nx 07x\nx -7\nx 00000000000000000000000000000000007\n", "A PID\n",
		"what is no pid is none of ours");
	check("PID CMD\n7 \033[2J\302\233K\377 \303\244\n", "PID CMD\n7 \\x1b[2J\\xc2\\x9bK\\xff \303\244\n",
		"what a terminal would obey is shown");
	check("PPID CMD\n7 a\n", refusal, "a table without pids");
	check("", refusal, "no table");
	return done();
}
