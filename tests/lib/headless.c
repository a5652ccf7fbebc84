/*
 * headless: a process whose first thread has ended and whose second one lives on, for tests/e2e. The kernel shows it as
 * a zombie, sends no signal of cgroup.kill to it, and lets nobody join its namespaces. Linked statically, it runs in a
 * container.
 *
 * usage: headless exit    the first thread ends by itself
 *        headless acct    it calls acct(2), for a filter that kills the thread
 *        headless breed   there are 4 of them, each forks the next one in its second thread, and ends; a minute long
 */
#define _GNU_SOURCE
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { LINES = 4, BREED_SECONDS = 60 };

static time_t begin;

static void live(void *(*second)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, second, NULL) != 0)
		errx(EXIT_FAILURE, "there is no second thread");
}

/* Ends the first thread only. exit(3) would end the process. */
static _Noreturn void end_first(void)
{
	for (;;)
		syscall(SYS_exit, 0);
}

static void *wait_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void *breed(void *unused)
{
	if (time(NULL) < begin + BREED_SECONDS && fork() == 0) {
		live(breed);
		end_first();
	}
	syscall(SYS_exit_group, 0);
	return unused;
}

int main(int argc, char *argv[])
{
	const char *how = argc > 1 ? argv[1] : "";

	begin = time(NULL);
	if (strcmp(how, "exit") == 0) {
		live(wait_for_ever);
		end_first();
	}
	if (strcmp(how, "acct") == 0) {
		live(wait_for_ever);
		acct(NULL);
		errx(EXIT_FAILURE, "the thread was not killed");
	}
	if (strcmp(how, "breed") == 0) {
		for (int i = 0; i < LINES; i++) {
			if (fork() == 0) {
				live(breed);
				end_first();
			}
		}
		wait_for_ever(NULL);
	}
	errx(EXIT_FAILURE, "usage: headless exit|acct|breed");
}
