/* Mapping memory ahead: one system call for many pages, in place of a page fault for each. In some virtual machines a
 * fault costs twenty microseconds, and faults are half of a start; where it costs two, mapping pages that are not
 * needed after all costs more than the faults. So one fault is timed first (startup/early.c). All of it is advice: what
 * fails here happens later, page by page. */
#pragma once

#include "base/syscall.h"

#include <elf.h>
#include <link.h>
#include <linux/sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/types.h>

enum { PREFAULT_PAGE = 4096, PREFAULT_STACK = 12 * PREFAULT_PAGE };

/* Whether it pays: a fact of the machine. Until somebody says so nothing is mapped ahead. A variable, as nothing can be
 * handed through the start of libc. */
extern bool prefault_pays __attribute__((visibility("hidden")));

/* The running program from its head on, which the linker names. An array without a size: the program headers lie behind
 * the head, where an object of the head's type would end. */
extern const char __ehdr_start[] __attribute__((visibility("hidden"))); // NOLINT(bugprone-reserved-identifier)

/* What madvise(2) is to be told. */
struct prefault {
	uintptr_t start;
	size_t size;
	int advice;
};

static inline struct prefault prefault_range(uintptr_t start, uintptr_t end, int advice)
{
	start &= ~(uintptr_t)(PREFAULT_PAGE - 1);
	end = (end + PREFAULT_PAGE - 1) & ~(uintptr_t)(PREFAULT_PAGE - 1);
	return (struct prefault){ .start = start, .size = end - start, .advice = advice };
}

/* Enters no function. */
__attribute__((always_inline)) static inline void prefault_populate(const struct prefault *range)
{
	(void)sys_raw(SYS_madvise, (long)range->start, (long)range->size, range->advice, 0, 0);
}

/* What the program begins with. */
static inline const ElfW(Ehdr) * prefault_head(void)
{
	return (const void *)__ehdr_start;
}

/* The program headers, of which there are prefault_head()->e_phnum. */
static inline const ElfW(Phdr) * prefault_headers(void)
{
	return (const void *)(__ehdr_start + prefault_head()->e_phoff);
}

/* The first segment of the program at or behind *index, with *index moved behind it: pages to read, or to write to.
 * False when there is none. No function of libc is called and nothing relocated is read: this runs before libc, too. */
static inline bool prefault_next_segment(size_t *index, struct prefault *ret)
{
	while (*index < prefault_head()->e_phnum) {
		const ElfW(Phdr) *segment = &prefault_headers()[(*index)++];
		uintptr_t start = (uintptr_t)__ehdr_start + segment->p_vaddr;

		if (segment->p_type != PT_LOAD)
			continue;
		*ret = prefault_range(start, start + segment->p_memsz,
			segment->p_flags & PF_W ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
		return true;
	}
	return false;
}

/* What the stack will need below this address. */
static inline struct prefault prefault_stack(uintptr_t top)
{
	return prefault_range(top - PREFAULT_STACK, top, MADV_POPULATE_WRITE);
}

/* clone3(2) that returns as fork(2) does, with the child's stack and program mapped ahead where that pays: it has none
 * of its files mapped, and each page that it writes to has to be copied. (Of the heap it takes few pages; the parent's
 * memory was measured, too: at that moment it only slows the child.) args->stack must be 0. */
pid_t prefault_clone(const struct clone_args *args);

/* For malloc(3), this many bytes, where it pays. */
void prefault_heap(size_t size);
