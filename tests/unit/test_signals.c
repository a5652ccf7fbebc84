/* Names of signals, as `kill` takes them. */
#include "base/signals.h"
#include "base/text.h"
#include "tap.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* The names besides those that glibc gives. */
static const struct {
	const char *name;
	int number;
} others[] = {
	{ "IOT", SIGABRT },
	{ "CLD", SIGCHLD },
	{ "IO", SIGIO },
	{ "RTMIN", 34 },
	{ "RTMIN+0", 34 },
	{ "RTMIN+1", 35 },
	{ "RTMIN+30", 64 },
	{ "RTMAX", 64 },
	{ "RTMAX-0", 64 },
	{ "RTMAX-1", 63 },
	{ "RTMAX-30", 34 },
};

static const char *const garbage[] = {
	"",
	" ",
	"65",
	"999",
	"-1",
	"-9",
	"+9",
	" 9",
	"9 ",
	"1e1",
	"0x9",
	"4294967305", /* 9 and 2^32 */
	"18446744073709551625",
	"SIG",
	"SIGSIGKILL",
	"KILLx",
	"xKILL",
	"KIL",
	"SIG KILL",
	"SIG9",
	"RT",
	"RTMIN+",
	"RTMIN+31",
	"RTMIN-1",
	"RTMIN+-1",
	"RTMIN+1x",
	"RTMAX+1",
	"RTMAX-31",
	"RTMAX-",
	"RTMIN+4294967296",
	"TERM\n",
	"a name that is much longer than the name of any signal",
};

static bool all_forms_give(const char *name, int number)
{
	char form[32];

	if (signal_parse(name) != number)
		return false;
	snprintf(form, sizeof(form), "SIG%s", name);
	if (signal_parse(form) != number)
		return false;
	for (char *c = form; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (signal_parse(form) != number || signal_parse(form + 3) != number)
		return false;
	form[0] = 'S';
	return signal_parse(form) == number;
}

static void test_discard(void)
{
	sigset_t both;
	sigset_t former;
	sigset_t pending;

	sigemptyset(&both);
	sigaddset(&both, SIGUSR1);
	sigaddset(&both, SIGUSR2);
	sigprocmask(SIG_BLOCK, &both, &former);
	raise(SIGUSR1);
	raise(SIGUSR2);
	errno = EPIPE;
	signal_discard(SIGUSR1);
	ok(errno == EPIPE && sigpending(&pending) == 0 && !sigismember(&pending, SIGUSR1) &&
			sigismember(&pending, SIGUSR2),
		"a pending signal is discarded, and no other");
	signal_discard(SIGUSR1);
	signal_discard(SIGUSR2);
	ok(sigpending(&pending) == 0 && sigisemptyset(&pending), "one that is not pending is not waited for");
	sigprocmask(SIG_SETMASK, &former, NULL);
}

int main(void)
{
	char text[64];

	for (int number = 1; number < 32; number++) {
		const char *name = sigabbrev_np(number);

		snprintf(text, sizeof(text), "%s is signal %d in all forms", name, number);
		ok(all_forms_give(name, number), text);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(text, sizeof(text), "%s is signal %d in all forms", others[i].name, others[i].number);
		ok(all_forms_give(others[i].name, others[i].number), text);
	}
	for (int number = 0; number <= 64; number++) {
		char digits[16];

		snprintf(digits, sizeof(digits), "%d", number);
		snprintf(text, sizeof(text), "the number %d is itself", number);
		is_int(signal_parse(digits), number, text);
	}
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		snprintf(text, sizeof(text), "no signal: '%.20s'", garbage[i]);
		text[strcspn(text, "\n")] = '?';
		is_int(signal_parse(garbage[i]), -1, text);
	}
	test_discard();
	return done();
}
