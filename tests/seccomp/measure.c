/* How long a policy takes: compiled and loaded by tare and by libseccomp, and how many instructions calls run
 * through. Prints Markdown. Run by tests/seccomp/measure. */
#include "reference.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 100, LARGEST = 1 << 20, CALLS = 5 };

struct times {
	double compile[ROUNDS]; /* microseconds */
	double load[ROUNDS];
};

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
	const double *one = a;
	const double *other = b;

	return *one < *other ? -1 : *one > *other;
}

/* A row of the table: minimum and median of both. */
static void print_times(const char *what, double *mine, double *other)
{
	qsort(mine, ROUNDS, sizeof(*mine), by_size);
	qsort(other, ROUNDS, sizeof(*other), by_size);
	printf("| %s | us, minimum | %.0f | %.0f |\n", what, mine[0], other[0]);
	printf("| %s | us, median | %.0f | %.0f |\n", what, mine[ROUNDS / 2], other[ROUNDS / 2]);
}

/* In a child, which keeps the filter. */
static double load(const struct seccomp_filter *filter, double *shared)
{
	struct sock_fprog program = { .len = (unsigned short)filter->n, .filter = filter->instructions };

	*shared = -1;
	if (fork() == 0) {
		double began;

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		began = now_us();
		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
			*shared = now_us() - began;
		_exit(0);
	}
	wait(NULL);
	return *shared;
}

static struct oci_document *read_config(const char *path, const struct oci_seccomp **ret_policy)
{
	char *text = calloc(1, LARGEST);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct oci_document *document = NULL;
	const struct oci_config *config;

	*ret_policy = NULL;
	if (text && fd >= 0 && read(fd, text, LARGEST - 1) > 0)
		document = oci_parse(&oci_config_type, path, text, strlen(text));
	if (fd >= 0)
		close(fd);
	free(text);
	if (!document)
		return NULL;
	config = oci_root(document);
	*ret_policy = config->linux_ ? config->linux_->seccomp : NULL;
	return document;
}

static int compile(int mine, struct oci_document *document, const struct evaluator *evaluator,
	struct seccomp_filter *ret)
{
	struct error err;

	if (!mine)
		return libseccomp_compile(document, evaluator, ret);
	return seccomp_compile(document, evaluator->policy, false, ret, &err) < 0 || oci_problem_count(document) > 0
		? -1
		: 0;
}

/* Each round has both, so that what else the machine does hits both. */
static int measure(const char *path, double *shared)
{
	static const struct {
		const char *name;
		int number;
	} calls[CALLS] = { { "read", SYS_read }, { "write", SYS_write }, { "futex", SYS_futex },
		{ "openat", SYS_openat },
		{ "epoll_wait",
#ifdef SYS_epoll_wait
			SYS_epoll_wait
#else
			SYS_epoll_pwait
#endif
		} };
	static struct times times[2];
	struct seccomp_filter filters[2] = { 0 };
	const char *slash = strrchr(path, '/');
	size_t sums[2] = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		const struct oci_seccomp *policy;
		struct oci_document *document = read_config(path, &policy);
		struct evaluator evaluator;

		if (!policy)
			return -1;
		evaluator = evaluator_of(policy);
		for (int mine = 0; mine < 2; mine++) {
			double began = now_us();

			if (compile(mine, document, &evaluator, &filters[mine]) < 0)
				return -1;
			times[mine].compile[i] = now_us() - began;
			times[mine].load[i] = load(&filters[mine], shared);
		}
		if (i < ROUNDS - 1)
			oci_free(document);
	}
	printf("| %s | | tare | libseccomp |\n|---|---|---|---|\n", slash ? slash + 1 : path);
	print_times("compile", times[1].compile, times[0].compile);
	print_times("load", times[1].load, times[0].load);
	printf("| instructions | | %zu | %zu |\n", filters[1].n, filters[0].n);
	for (size_t i = 0; i < CALLS; i++) {
		struct seccomp_data data = { .nr = calls[i].number, .arch = seccomp_native_architecture() };
		size_t executed[2];

		for (int mine = 0; mine < 2; mine++)
			seccomp_answer(filters[mine].instructions, filters[mine].n, &data, &executed[mine]);
		sums[0] += executed[0];
		sums[1] += executed[1];
		printf("| executed for %s | | %zu | %zu |\n", calls[i].name, executed[1], executed[0]);
	}
	printf("| executed on average | | %.1f | %.1f |\n\n", (double)sums[1] / CALLS, (double)sums[0] / CALLS);
	return 0;
}

int main(int argc, char **argv)
{
	double *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	for (int i = 1; i < argc; i++) {
		if (shared == MAP_FAILED || measure(argv[i], shared) < 0) {
			fprintf(stderr, "%s: no policy, or none that can be compiled\n", argv[i]);
			return EXIT_FAILURE;
		}
	}
	return EXIT_SUCCESS;
}
