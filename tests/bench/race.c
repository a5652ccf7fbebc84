/*
 * race: whole invocations of several commands, timed against each other.
 *
 * A file says the cases, each a list of steps of which one or more are timed. All cases run once in each round, in an
 * order that is drawn anew each time, so that drift of the machine and the after-effects of a neighbour hit all alike.
 * It runs as root, reaps everything it starts (also what a runtime leaves to run on), and must never do work between
 * the two readings of the clock. The output is a table with tabs, for scripts/bench.
 */
#include "race.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_CASES 128
#define MAX_STEPS 8
#define MAX_WORDS 24
#define PATIENCE  20 /* seconds that one step may take */

enum step_kind {
	STEP_PREPARE,
	STEP_TIMED,
	STEP_CLEANUP,
	STEP_REAP, /* until all processes that earlier steps left behind have ended */
};

static const char *const step_names[] = {
	[STEP_PREPARE] = "prepare",
	[STEP_TIMED] = "timed",
	[STEP_CLEANUP] = "cleanup",
	[STEP_REAP] = "reap",
};

struct step {
	enum step_kind kind;
	char *argv[MAX_WORDS + 1];
};

enum measure {
	MEASURE_TIME,
	MEASURE_CPU,
	MEASURE_MEMORY,
	MEASURE_CALLS,
};

static const char *const measure_names[] = {
	[MEASURE_TIME] = "time",
	[MEASURE_CPU] = "cpu",
	[MEASURE_MEMORY] = "memory",
	[MEASURE_CALLS] = "calls",
};

struct contest {
	const char *name;
	struct step steps[MAX_STEPS];
	unsigned int step_count;
	uint64_t *samples; /* one a run: ns, KiB or calls */
};

struct options {
	unsigned int runs, warmup, space_ms;
	const char *base;
	enum measure measure;
	FILE *out;
};

static volatile sig_atomic_t interrupted, out_of_patience;
static int complaints = STDERR_FILENO; /* where the program's own messages go */

static const char usage[] =
	"Usage: race [OPTION]... FILE\n"
	"Measures commands against each other. Prints a line a case, with tabs: name, runs, median, minimum, maximum, and\n"
	"the ratios of median and minimum to the base.\n"
	"\n"
	"  --measure WHAT  time (us, default), cpu (us, of all that it waited for), memory (peak of the largest process, KiB) or calls (system calls)\n"
	"  --runs N        runs of each case (default 60)\n"
	"  --warmup N      rounds before those, not counted (default 2)\n"
	"  --space MS      wait so long before each timed step (default 0)\n"
	"  --base NAME     the ratios of VERB/WHO are taken to VERB/NAME\n"
	"\n"
	"FILE has a line a step; words are separated by blanks, programs are absolute paths:\n"
	"  case VERB/WHO | prepare PROGRAM ... | timed PROGRAM ... | reap | cleanup PROGRAM ...\n";

noreturn void fail(const char *what)
{
	dprintf(complaints, "race: %s: %s\n", what, strerror(errno));
	exit(1);
}

static noreturn void fail_line(unsigned int line, const char *what)
{
	fprintf(stderr, "race: line %u: %s\n", line, what);
	exit(2);
}

/* Cuts the next word off the line; NULL at its end. */
static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " \t\n");
	size_t length = strcspn(word, " \t\n");

	*line = word + length;
	if (**line != '\0')
		*(*line)++ = '\0';
	return length > 0 ? word : NULL;
}

static void parse_step(char *line, unsigned int number, struct contest *contest)
{
	char *word = next_word(&line);
	struct step *step = &contest->steps[contest->step_count];
	unsigned int kind = 0, words = 0;

	while (strcmp(step_names[kind], word) != 0)
		if (++kind == sizeof(step_names) / sizeof(step_names[0]))
			fail_line(number, "unknown kind of step");
	if (contest->step_count == MAX_STEPS)
		fail_line(number, "too many steps");
	step->kind = kind;
	while ((word = next_word(&line))) {
		if (words == MAX_WORDS)
			fail_line(number, "too many words");
		step->argv[words++] = strdup(word);
	}
	if ((kind == STEP_REAP) != (words == 0))
		fail_line(number, kind == STEP_REAP ? "reap takes no words" : "no program given");
	if (words > 0 && step->argv[0][0] != '/')
		fail_line(number, "the program is no absolute path");
	contest->step_count++;
}

static unsigned int load_cases(const char *name, unsigned int runs, struct contest *contests)
{
	FILE *file = fopen(name, "re");
	unsigned int count = 0, number = 0;
	char line[4096];

	if (!file)
		fail(name);
	while (fgets(line, sizeof(line), file)) {
		char *text = line + strspn(line, " \t\n");

		number++;
		if (*text == '\0' || *text == '#')
			continue;
		if (strncmp(text, "case ", 5) == 0) {
			if (count == MAX_CASES)
				fail_line(number, "too many cases");
			text[strcspn(text, "\n")] = '\0';
			contests[count++] = (struct contest){
				.name = strdup(text + 5),
				.samples = calloc(runs, sizeof(uint64_t)),
			};
		} else if (count == 0) {
			fail_line(number, "a step before the first case");
		} else {
			parse_step(text, number, &contests[count - 1]);
		}
	}
	fclose(file);
	if (count == 0)
		fail_line(number, "no case in the file");
	return count;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* What all children took that were reaped, and those that they reaped. */
static uint64_t cpu_of_children(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
		(uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

/* The file behind stderr holds what the commands of one step said; it is shown only when the step fails. */
static void forget_output(void)
{
	if (ftruncate(STDERR_FILENO, 0) < 0 || lseek(STDERR_FILENO, 0, SEEK_SET) < 0)
		fail("cannot empty the file for error messages");
}

static void explain(const struct contest *contest, const struct step *step, int status)
{
	char text[4096];
	ssize_t length = pread(STDERR_FILENO, text, sizeof(text), 0);

	dprintf(complaints, "race: %s: '%s", contest->name, step_names[step->kind]);
	for (char *const *word = step->argv; *word; word++)
		dprintf(complaints, " %s", *word);
	if (status < 0)
		dprintf(complaints, "' does not end\n");
	else if (WIFSIGNALED(status))
		dprintf(complaints, "' was killed by signal %d\n", WTERMSIG(status));
	else
		dprintf(complaints, "' ended with status %d\n", WEXITSTATUS(status));
	if (length > 0)
		dprintf(complaints, "%.*s\n", (int)length, text);
}

/* Interrupts whatever waits after a while, and then each second, in case that it came just before the wait. */
static void set_patience(time_t seconds)
{
	struct itimerval timer = { .it_value.tv_sec = seconds, .it_interval.tv_sec = seconds > 0 };

	setitimer(ITIMER_REAL, &timer, NULL);
	out_of_patience = 0;
}

/* Waits for one child (0: for all) and reaps what else ends before it; -1 if it is still there after a while. */
static int wait_for(pid_t pid)
{
	int status;

	for (;;) {
		pid_t ended = wait4(-1, &status, 0, NULL);

		if (ended == pid)
			return status;
		if (ended < 0 && errno == ECHILD)
			return 0;
		if (ended < 0 && out_of_patience)
			return -1;
	}
}

/* Runs a command with nothing between the two readings of the clock but its own life; returns its wait status. */
static int run_command(char *const *argv, uint64_t *ret_time)
{
	uint64_t begin;
	pid_t pid;
	int status;

	set_patience(PATIENCE);
	begin = now();
	errno = posix_spawn(&pid, argv[0], NULL, NULL, argv, environ);
	if (errno)
		fail(argv[0]);
	status = wait_for(pid);
	*ret_time = now() - begin;
	if (status < 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	set_patience(0);
	return status;
}

static int reap(void)
{
	int status;

	set_patience(PATIENCE);
	status = wait_for(0);
	set_patience(0);
	return status;
}

/* What a failed case leaves has become our child; killing it may make its children ours too. */
static void kill_leftovers(void)
{
	char text[4096];

	for (;;) {
		int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
		ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

		if (length < 0)
			fail("/proc/thread-self/children");
		close(fd);
		text[length] = '\0';
		if (length == 0)
			return;
		for (char *rest, *next = text; *next != '\0'; next = rest + strspn(rest, " "))
			kill((pid_t)strtol(next, &rest, 10), SIGKILL);
		wait4(-1, NULL, 0, NULL);
	}
}

static int run_traced(enum measure measure, const struct step *step, uint64_t *sample)
{
	struct trace trace;

	set_patience(PATIENCE);
	trace_command(step->argv, measure == MEASURE_MEMORY, &trace);
	set_patience(0);
	if (measure == MEASURE_CALLS)
		*sample += (uint64_t)trace.calls;
	else if ((uint64_t)trace.peak_kib > *sample)
		*sample = (uint64_t)trace.peak_kib;
	return trace.status;
}

static int run_timed(const struct options *options, const struct step *step, uint64_t *sample)
{
	struct timespec space = { .tv_sec = options->space_ms / 1000, .tv_nsec = options->space_ms % 1000 * 1000000L };
	uint64_t cpu = cpu_of_children();
	uint64_t time;
	int status;

	if (options->measure != MEASURE_TIME && options->measure != MEASURE_CPU)
		return run_traced(options->measure, step, sample);
	if (options->space_ms > 0)
		nanosleep(&space, NULL);
	status = run_command(step->argv, &time);
	*sample += options->measure == MEASURE_CPU ? cpu_of_children() - cpu : time;
	return status;
}

/* A failed step ends the race, but not before the case has cleaned up. */
static bool run_case(const struct options *options, const struct contest *contest, uint64_t *ret_sample)
{
	bool good = true;
	uint64_t untimed, sample = 0;

	for (unsigned int i = 0; i < contest->step_count; i++) {
		const struct step *step = &contest->steps[i];
		int status;

		if (!good && step->kind != STEP_CLEANUP)
			continue;
		forget_output();
		if (step->kind == STEP_REAP)
			status = reap();
		else if (step->kind == STEP_TIMED)
			status = run_timed(options, step, &sample);
		else
			status = run_command(step->argv, &untimed);
		if (status != 0 && good)
			explain(contest, step, status);
		good = good && status == 0;
	}
	if (!good) {
		kill_leftovers();
	} else if (reap() < 0) {
		dprintf(complaints, "race: %s: a process is left running\n", contest->name);
		kill_leftovers();
		good = false;
	}
	*ret_sample = sample;
	return good;
}

static void shuffle(unsigned int *order, unsigned int count)
{
	static uint32_t state = 2463534242;

	for (unsigned int i = 1; i < count; i++) {
		unsigned int other, kept = order[i];

		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		other = state % (i + 1);
		order[i] = order[other];
		order[other] = kept;
	}
}

static int compare_samples(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static double median(const uint64_t *sorted, unsigned int count)
{
	unsigned int below = (count - 1) / 2, above = count / 2;

	return ((double)sorted[below] + (double)sorted[above]) / 2;
}

static const struct contest *find_base(const struct contest *contests, unsigned int count, const struct contest *of,
	const char *base)
{
	size_t verb = strcspn(of->name, "/");

	for (unsigned int i = 0; i < count && base; i++)
		if (strncmp(contests[i].name, of->name, verb + 1) == 0 &&
			strcmp(contests[i].name + verb + 1, base) == 0)
			return &contests[i];
	return NULL;
}

static void report(const struct options *options, const struct contest *contests, unsigned int count)
{
	double unit = options->measure == MEASURE_TIME || options->measure == MEASURE_CPU ? 1000 : 1;
	unsigned int runs = options->runs;

	for (unsigned int i = 0; i < count; i++)
		qsort(contests[i].samples, runs, sizeof(uint64_t), compare_samples);
	for (unsigned int i = 0; i < count; i++) {
		const struct contest *base = find_base(contests, count, &contests[i], options->base);
		const uint64_t *sorted = contests[i].samples;

		fprintf(options->out, "%s\t%u\t%.1f\t%.1f\t%.1f", contests[i].name, runs, median(sorted, runs) / unit,
			(double)sorted[0] / unit, (double)sorted[runs - 1] / unit);
		if (base)
			fprintf(options->out, "\t%.3f\t%.3f\n", median(sorted, runs) / median(base->samples, runs),
				(double)sorted[0] / (double)base->samples[0]);
		else
			fprintf(options->out, "\t-\t-\n");
	}
}

static void on_signal(int number)
{
	if (number == SIGALRM)
		out_of_patience = 1;
	else
		interrupted = number;
}

/* The commands get no input, their output goes nowhere, and their messages into a file that can be looked at. */
static FILE *prepare_stdio(void)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC), out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	int messages = memfd_create("messages", MFD_CLOEXEC);

	complaints = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (nothing < 0 || out < 0 || messages < 0 || complaints < 0)
		fail("cannot prepare the standard files");
	if (dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0 || dup2(messages, STDERR_FILENO) < 0)
		fail("cannot prepare the standard files");
	return fdopen(out, "w");
}

static unsigned int parse_number(const char *text)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || number > 100000) {
		fprintf(stderr, "race: '%s' is no number up to 100000\n", text);
		exit(2);
	}
	return (unsigned int)number;
}

static enum measure parse_measure(const char *text)
{
	for (unsigned int i = 0; i < sizeof(measure_names) / sizeof(measure_names[0]); i++)
		if (strcmp(measure_names[i], text) == 0)
			return i;
	fprintf(stderr, "race: cannot measure '%s'\n", text);
	exit(2);
}

static const char *parse_options(int argc, char **argv, struct options *ret_options)
{
	static const struct option known[] = {
		{ "measure", required_argument, NULL, 'm' },
		{ "runs", required_argument, NULL, 'r' },
		{ "warmup", required_argument, NULL, 'w' },
		{ "space", required_argument, NULL, 's' },
		{ "base", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options options = { .runs = 60, .warmup = 2 };
	int letter;

	while ((letter = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		if (letter == 'm') {
			options.measure = parse_measure(optarg);
		} else if (letter == 'r') {
			options.runs = parse_number(optarg);
		} else if (letter == 'w') {
			options.warmup = parse_number(optarg);
		} else if (letter == 's') {
			options.space_ms = parse_number(optarg);
		} else if (letter == 'b') {
			options.base = optarg;
		} else {
			fputs(usage, letter == 'h' ? stdout : stderr);
			exit(letter == 'h' ? 0 : 2);
		}
	}
	if (optind + 1 != argc || options.runs == 0) {
		fputs(usage, stderr);
		exit(2);
	}
	*ret_options = options;
	return argv[optind];
}

int main(int argc, char **argv)
{
	static struct contest contests[MAX_CASES];
	static unsigned int order[MAX_CASES];
	struct sigaction action = { .sa_handler = on_signal };
	struct options options;
	const char *file = parse_options(argc, argv, &options);
	unsigned int count = load_cases(file, options.runs, contests);

	for (unsigned int i = 0; i < count; i++)
		order[i] = i;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		fail("cannot become the reaper");
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	options.out = prepare_stdio();
	for (unsigned int round = 0; round < options.warmup + options.runs; round++) {
		shuffle(order, count);
		for (unsigned int i = 0; i < count; i++) {
			/* The rounds before the counted ones are written over by the first of these. */
			unsigned int run = round < options.warmup ? 0 : round - options.warmup;
			const struct contest *contest = &contests[order[i]];

			if (!run_case(&options, contest, &contest->samples[run]))
				return 1;
			if (interrupted)
				return 128 + interrupted;
		}
	}
	report(&options, contests, count);
	return fclose(options.out) == 0 ? 0 : 1;
}
