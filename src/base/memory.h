/* What of a process's memory its children do not get. A child that others can look into carries no more of its parent
 * than it needs: not the environment and the arguments of the caller, not what was read from the caller's files. */
#pragma once

#include "base/error.h"

/* Keeps the heap of this process, and what else it allocated, from every later child (MADV_DONTFORK), who therefore
 * may not allocate nor read allocated memory; what is mapped by memory_new() afterwards is inherited as usual. May
 * read /proc/self/maps, so /proc has to be the host's. Errors: of open(2), read(2) and madvise(2). Does nothing in a
 * build with a sanitizer, whose own memory a child cannot do without. */
int memory_hide_from_children(struct error *err);

/* Overwrites the little that memory_hide_from_children() could not hide, as it lies on a page with memory of the thread
 * itself. After this the process may not allocate any more. */
void memory_wipe_rest(void);

/* Overwrites the environment that the caller gave this program, and its arguments, where they lie. */
void memory_wipe_environment(void);
void memory_wipe_arguments(void);

/* Maps size bytes of zeroes. NULL with errno. */
void *memory_new(size_t size);
