/* Names of signals. Runs on the host. */
#include "base/signals.h"

#include "base/table.h"
#include "base/text.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

const struct table_row signal_names[] = {
	{ "ABRT", SIGABRT },
	{ "ALRM", SIGALRM },
	{ "BUS", SIGBUS },
	{ "CHLD", SIGCHLD },
	{ "CLD", SIGCHLD },
	{ "CONT", SIGCONT },
	{ "FPE", SIGFPE },
	{ "HUP", SIGHUP },
	{ "ILL", SIGILL },
	{ "INT", SIGINT },
	{ "IO", SIGIO },
	{ "IOT", SIGIOT },
	{ "KILL", SIGKILL },
	{ "PIPE", SIGPIPE },
	{ "POLL", SIGPOLL },
	{ "PROF", SIGPROF },
	{ "PWR", SIGPWR },
	{ "QUIT", SIGQUIT },
	{ "SEGV", SIGSEGV },
	{ "STKFLT", SIGSTKFLT },
	{ "STOP", SIGSTOP },
	{ "SYS", SIGSYS },
	{ "TERM", SIGTERM },
	{ "TRAP", SIGTRAP },
	{ "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU },
	{ "URG", SIGURG },
	{ "USR1", SIGUSR1 },
	{ "USR2", SIGUSR2 },
	{ "VTALRM", SIGVTALRM },
	{ "WINCH", SIGWINCH },
	{ "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ },
	{ NULL, 0 },
};

/* Of the kernel's real-time signals glibc keeps the first two, 32 and 33; other runtimes and the shell count from 34,
 * too. */
enum { REALTIME_FIRST = 34, REALTIME_LAST = 64 };

/* "RTMIN", "RTMIN+3", "RTMAX", "RTMAX-2". */
static int parse_realtime(const char *text)
{
	bool from_first = text_starts(text, "RTMIN");
	uint32_t offset = 0;

	if (!from_first && !text_starts(text, "RTMAX"))
		return -1;
	text += strlen("RTMIN");
	if (*text != '\0' && (*text != (from_first ? '+' : '-') || !text_to_u32(text + 1, &offset)))
		return -1;
	if (offset > REALTIME_LAST - REALTIME_FIRST)
		return -1;
	return from_first ? REALTIME_FIRST + (int)offset : REALTIME_LAST - (int)offset;
}

int signal_parse(const char *text)
{
	char upper[32] = "";
	const struct table_row *row;
	uint32_t number;

	if (text_to_u32(text, &number))
		return number <= REALTIME_LAST ? (int)number : -1;
	if (strlen(text) >= sizeof(upper))
		return -1;
	for (size_t i = 0; i <= strlen(text); i++)
		upper[i] = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 'a' + 'A') : text[i];
	text = text_starts(upper, "SIG") ? upper + strlen("SIG") : upper;
	row = table_find(signal_names, text);
	return row ? (int)row->value : parse_realtime(text);
}

void signal_discard(int signal_number)
{
	const struct timespec now = { 0 };
	int saved = errno;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal_number);
	(void)sigtimedwait(&set, NULL, &now);
	errno = saved;
}
