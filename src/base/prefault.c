/* Mapping memory ahead, once libc runs: the heap, and the child of a clone. Runs on both sides. */
#include "base/prefault.h"

#include "base/syscall.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* The stack and the four or five segments that linkers make; what is beyond is not mapped ahead. */
enum { RANGES_MAX = 8 };

bool prefault_pays;

/* Looked up before a clone(2): the child only reads it. */
struct ranges {
	size_t n;
	struct prefault items[RANGES_MAX];
};

void prefault_heap(size_t size)
{
	struct prefault range;
	uintptr_t start;
	uintptr_t end;
	char *next;

	if (!prefault_pays)
		return;
	next = malloc(1);
	start = (uintptr_t)next;
	end = (uintptr_t)sbrk(0);
	free(next);
	if (start >= end)
		return;
	range = prefault_range(start, end - start < size ? end : start + size, MADV_POPULATE_WRITE);
	prefault_populate(&range);
}

/* Where the part begins that is written to even after the start: relocations are read-only by then. 0: everywhere. */
static uintptr_t end_of_relocations(void)
{
	const ElfW(Phdr) *segments = prefault_headers();

	for (size_t i = 0; i < prefault_head()->e_phnum; i++) {
		if (segments[i].p_type == PT_GNU_RELRO)
			return (uintptr_t)__ehdr_start + segments[i].p_vaddr + segments[i].p_memsz;
	}
	return 0;
}

static void add(struct ranges *ranges, struct prefault range)
{
	if (ranges->n < RANGES_MAX && range.size > 0)
		ranges->items[ranges->n++] = range;
}

static void add_segments(struct ranges *ranges)
{
	const uintptr_t relocated = end_of_relocations();
	struct prefault range;

	for (size_t i = 0; prefault_next_segment(&i, &range);) {
		uintptr_t end = range.start + range.size;

		if (range.advice == MADV_POPULATE_WRITE && range.start < relocated && relocated < end)
			range = prefault_range(relocated, end, range.advice);
		add(ranges, range);
	}
}

/* From the clone to the last range nothing is written to and no other function entered: each would be a fault. */
pid_t prefault_clone(const struct clone_args *args)
{
	struct ranges ranges = { 0 };
	long pid;

	if (prefault_pays) {
		add(&ranges, prefault_stack((uintptr_t)__builtin_frame_address(0)));
		add_segments(&ranges);
	}
	pid = sys_raw(SYS_clone3, (long)args, sizeof(*args), 0, 0, 0);
	for (size_t i = 0; pid == 0 && i < ranges.n; i++)
		prefault_populate(&ranges.items[i]);
	if (pid < 0)
		errno = (int)-pid;
	return pid < 0 ? -1 : (pid_t)pid;
}
