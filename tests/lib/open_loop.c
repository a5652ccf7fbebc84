/* Opens two devices in turn, without pause: one that has to open each time, and one that must never open.
 *
 * usage: open_loop GOOD BAD REPORT
 *
 * REPORT is made after the first round. It gets a line for each open that went wrong, and at SIGTERM a last one, "N
 * rounds". */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t over;

static void end(int signal_number)
{
	(void)signal_number;
	over = 1;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	FILE *report = NULL;
	long rounds = 0;

	if (argc != 4)
		return 2;
	sigaction(SIGTERM, &action, NULL);
	for (; !over; rounds++) {
		int good = open(argv[1], O_RDWR | O_CLOEXEC);
		int number = good < 0 ? errno : 0;
		/* The filter says EPERM; any other answer is that of the driver, which was asked then. */
		int bad = open(argv[2], O_RDONLY | O_CLOEXEC);
		int passed = bad >= 0 || errno != EPERM;

		if (!report)
			report = fopen(argv[3], "we");
		if (!report)
			return 2;
		if (good < 0 && number != EINTR)
			fprintf(report, "%s: %s\n", argv[1], strerror(number));
		if (passed)
			fprintf(report, "%s: not refused\n", argv[2]);
		if (rounds == 0)
			fprintf(report, "begun\n");
		fflush(report);
		close(good);
		close(bad);
	}
	fprintf(report, "%ld rounds\n", rounds);
	return fclose(report) == 0 ? 0 : 2;
}
