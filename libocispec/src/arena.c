/* Memory in chunks. A document allocates often and frees once, so an allocation only moves a pointer forward. calloc(3)
 * zeroes a chunk and no chunk is reused, so each allocation is zeroed. Without memory the functions return NULL. */
#include "document.h"

#include <stdlib.h>
#include <string.h>

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	size_t used;
	_Alignas(max_align_t) char bytes[];
};

enum { FIRST_CHUNK = 4096, LARGEST_CHUNK = 1024 * 1024 };

static struct arena_chunk *chunk_add(struct arena *arena, size_t need)
{
	if (arena->chunk_size < FIRST_CHUNK)
		arena->chunk_size = FIRST_CHUNK;

	/* A large allocation gets its own chunk, which is put behind the current one, so that the rest of the current
	 * one stays usable. */
	bool large = need > arena->chunk_size / 4;
	size_t size = large ? need : arena->chunk_size;
	struct arena_chunk *chunk = calloc(1, sizeof(*chunk) + size);
	if (!chunk)
		return NULL;
	chunk->size = size;
	if (large && arena->chunks) {
		chunk->next = arena->chunks->next;
		arena->chunks->next = chunk;
		return chunk;
	}
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	if (!large && arena->chunk_size < LARGEST_CHUNK)
		arena->chunk_size *= 2;
	return chunk;
}

static char *take(struct arena *arena, size_t size, size_t align)
{
	struct arena_chunk *chunk = arena->chunks;
	size_t at = chunk ? (chunk->used + align - 1) / align * align : 0;
	if (!chunk || at > chunk->size || size > chunk->size - at) {
		chunk = chunk_add(arena, size);
		if (!chunk)
			return NULL;
		at = 0;
	}
	chunk->used = at + size;
	return chunk->bytes + at;
}

void *arena_alloc(struct arena *arena, size_t n, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(n, size, &total) || total > PTRDIFF_MAX / 2)
		return NULL;
	return take(arena, total, _Alignof(max_align_t));
}

char *arena_string(struct arena *arena, const char *bytes, size_t length)
{
	char *copy = take(arena, length + 1, 1);
	if (copy && length > 0)
		memcpy(copy, bytes, length);
	return copy;
}

void arena_free(struct arena *arena)
{
	for (struct arena_chunk *chunk = arena->chunks; chunk;) {
		struct arena_chunk *next = chunk->next;
		free(chunk);
		chunk = next;
	}
	*arena = (struct arena){ 0 };
}
