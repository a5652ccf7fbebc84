/* Keeps memory of a process from its children. Runs on both sides. */
#include "base/memory.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAPS_MAX = 1024 * 1024, PAGE = 4096, THREAD_LOCAL_MAX = 16 * PAGE };

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/* The address where the program's allocations begin. Below it lies what libc allocates before the constructors run, the
 * memory of the main thread above all. Found at the start and kept, since it cannot be found later. */
static char *heap_begin;

__attribute__((constructor)) static void find_heap(void)
{
	heap_begin = malloc(1);
	free(heap_begin);
}

static uintptr_t next_page(const char *address)
{
	return ((uintptr_t)address + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
}

void *memory_new(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void memory_wipe_environment(void)
{
	for (char **variable = environ; variable && *variable; variable++)
		explicit_bzero(*variable, strlen(*variable));
}

/* argv[0] is program_invocation_name. The kernel lays the strings of argv out one behind the other, and those of the
 * environment behind them. */
void memory_wipe_arguments(void)
{
	char *first = program_invocation_name;
	char *end = environ && *environ ? *environ : first + strlen(first);

	if (end > first)
		explicit_bzero(first, (size_t)(end - first));
}

#if defined(__SANITIZE_ADDRESS__)

int memory_hide_from_children(struct error *err)
{
	(void)err;
	(void)next_page;
	return 0;
}

void memory_wipe_rest(void)
{
}

#else

/* A line of /proc/self/maps, in the parts that are needed here. */
struct mapping {
	uintptr_t start;
	uintptr_t end;
	bool writable;
	bool named; /* it maps a file, or the kernel names it: the stack, the vdso */
	bool heap;
};

static bool read_mapping(const char *line, struct mapping *ret)
{
	char permissions[5];
	int name = 0;

	if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %*s%n", &ret->start, &ret->end, permissions, &name) < 3)
		return false;
	while (line[name] == ' ')
		name++;
	ret->writable = permissions[1] == 'w';
	ret->heap = strcmp(line + name, "[heap]") == 0;
	ret->named = line[name] != '\0';
	return true;
}

static bool has(const struct mapping *mapping, const void *address)
{
	return mapping->start <= (uintptr_t)address && (uintptr_t)address < mapping->end;
}

/* Finds the part of a mapping that is allocated memory; false when there is none. A mapping without a name directly
 * behind one of a file is that file's bss. A static libc keeps the memory of the main thread at the beginning of the
 * heap, a dynamic libc in another mapping. */
static bool find_allocated(const struct mapping *mapping, const struct mapping *before, struct mapping *ret)
{
	const char *thread = __builtin_thread_pointer();
	bool bss = before->named && !before->heap && before->end == mapping->start;

	*ret = *mapping;
	if (!mapping->writable || (mapping->named && !mapping->heap) || (!mapping->heap && bss))
		return false;
	if (!has(mapping, thread))
		return true;
	if (mapping->heap)
		ret->start = next_page(heap_begin);
	else
		ret->end = next_page(thread - THREAD_LOCAL_MAX); /* memory that was allocated later lies below */
	return (!mapping->heap || thread < heap_begin) && ret->start < ret->end;
}

void memory_wipe_rest(void)
{
	const char *thread = __builtin_thread_pointer();
	size_t size = next_page(heap_begin) - (uintptr_t)heap_begin;

	/* The program's allocations on the page that also has libc's: madvise(2) works on whole pages and had to leave
	 * it. */
	if (heap_begin && thread < heap_begin && heap_begin + size <= (char *)sbrk(0))
		explicit_bzero(heap_begin, size);
}

/* True when all allocated memory lies between heap_begin and the end of the heap; then /proc/self/maps need not be
 * read. This holds in a static program without large allocations. */
static bool heap_is_all(void)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
	const struct mallinfo2 info = mallinfo2();
	const char *thread = __builtin_thread_pointer();

	return thread < heap_begin && heap_begin < (char *)sbrk(0) && info.hblks == 0 &&
		info.arena <= (size_t)((char *)sbrk(0) - thread);
#else
	return false;
#endif
}

static int hide_heap(struct error *err)
{
	uintptr_t start = next_page(heap_begin);
	uintptr_t end = (uintptr_t)sbrk(0);

	if (start < end && madvise((void *)start, end - start, MADV_DONTFORK) < 0)
		return error_set(err, errno, "cannot keep memory from children");
	return 0;
}

/* Hides the allocated memory that /proc/self/maps lists. */
static int hide_mappings(struct error *err)
{
	cleanup_fd int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	struct mapping before = { 0 };
	struct mapping mapping;
	struct mapping found;
	cleanup_free char *text = NULL;
	size_t length;

	if (fd < 0)
		return error_set(err, errno, "cannot open '/proc/self/maps'");
	if (fd_read_all(fd, "/proc/self/maps", MAPS_MAX, &text, &length, err) < 0)
		return -1;
	for (char *left = text, *line = strsep(&left, "\n"); line; line = strsep(&left, "\n")) {
		if (!read_mapping(line, &mapping))
			continue;
		if (find_allocated(&mapping, &before, &found) &&
			madvise((void *)found.start, found.end - found.start, MADV_DONTFORK) < 0)
			return error_set(err, errno, "cannot keep memory from children");
		before = mapping;
	}
	return 0;
}

int memory_hide_from_children(struct error *err)
{
	return heap_is_all() ? hide_heap(err) : hide_mappings(err);
}

#endif
