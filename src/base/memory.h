/* Keeps memory of a process from its children. Processes in a shared pid namespace can read a child's memory, so the
 * child must not have the environment and the arguments of the caller, nor what was read from the caller's files. */
#pragma once

#include "base/error.h"

/* Keeps the heap and all other allocated memory of this process from every later child (MADV_DONTFORK). Such a child
 * must neither allocate memory nor read allocated memory. A child inherits what memory_new() maps afterwards. May read
 * /proc/self/maps, so /proc has to be the host's. Errors: of open(2), read(2) and madvise(2). Does nothing in a build
 * with a sanitizer: the child needs the sanitizer's memory. */
int memory_hide_from_children(struct error *err);

/* Overwrites the allocated memory that memory_hide_from_children() could not hide because it shares a page with the
 * memory of the main thread. After this the process must not allocate memory. */
void memory_wipe_rest(void);

/* Overwrite the strings of the environment and of the arguments that the caller gave this program, in place. */
void memory_wipe_environment(void);
void memory_wipe_arguments(void);

/* Maps size bytes of zeroes. Returns NULL with errno set on failure. */
void *memory_new(size_t size);
