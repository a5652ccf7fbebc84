#include "base/prefault.h"

#include <stdlib.h>
#include <unistd.h>

enum { HEAP = 8 * PREFAULT_PAGE }; /* what a side of a clone(2) takes */

static void populate(struct prefault range)
{
	(void)madvise((void *)range.start, range.size, range.advice); // NOLINT(performance-no-int-to-ptr)
}

void prefault_heap(size_t size)
{
	char *next = malloc(1);
	uintptr_t start = (uintptr_t)next;
	uintptr_t end = (uintptr_t)sbrk(0);

	free(next);
	if (start < end)
		populate(prefault_range(start, end - start < size ? end : start + size, MADV_POPULATE_WRITE));
}

/* Where the part begins that is written to even after the start: relocations are read-only by then. 0: everywhere. */
static uintptr_t end_of_relocations(void)
{
	const ElfW(Phdr) *segments = prefault_headers();

	for (size_t i = 0; i < __ehdr_start.e_phnum; i++) {
		if (segments[i].p_type == PT_GNU_RELRO)
			return (uintptr_t)&__ehdr_start + segments[i].p_vaddr + segments[i].p_memsz;
	}
	return 0;
}

/* The segments that are read, or written to, the stack and the heap not among them. */
static void populate_segments(int advice)
{
	const uintptr_t relocated = end_of_relocations();
	struct prefault range;

	for (size_t i = 0; prefault_next_segment(&i, &range);) {
		uintptr_t end = range.start + range.size;

		if (range.advice != advice)
			continue;
		if (advice == MADV_POPULATE_WRITE && range.start < relocated && relocated < end)
			range = prefault_range(relocated, end, advice);
		populate(range);
	}
}

void prefault_parent(void)
{
	populate_segments(MADV_POPULATE_WRITE);
	populate(prefault_stack((uintptr_t)__builtin_frame_address(0)));
	prefault_heap(HEAP);
}

void prefault_child(void)
{
	populate_segments(MADV_POPULATE_READ);
	prefault_parent();
}
