/*
 * refuse: runs a command under a filter that refuses one system call, as a filter around the runtime may.
 *
 * usage: refuse NAME ERROR COMMAND [ARG...]    ERROR is a number of errno
 */
#include <err.h>
#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int number;

	if (argc < 4 || !filter)
		errx(EXIT_FAILURE, "usage: refuse NAME ERROR COMMAND [ARG...]");
	number = seccomp_syscall_resolve_name(argv[1]);
	/* Without no_new_privs, which the container would inherit. */
	if (number == __NR_SCMP_ERROR || seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0) < 0 ||
		seccomp_rule_add(filter, SCMP_ACT_ERRNO((unsigned int)atoi(argv[2])), number, 0) < 0)
		errx(EXIT_FAILURE, "cannot refuse '%s'", argv[1]);
	errno = -seccomp_load(filter);
	if (errno)
		err(EXIT_FAILURE, "cannot load the filter");
	execvp(argv[3], argv + 3);
	err(EXIT_FAILURE, "cannot run '%s'", argv[3]);
}
