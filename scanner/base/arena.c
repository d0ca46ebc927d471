#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Big enough that a unit of usual size needs a few chunks, small enough that an
 * extension of many small units does not drown in half-empty ones. */
#define CHUNK_SIZE ((size_t)64 * 1024)

struct arena_chunk {
	struct arena_chunk *older;
	size_t size;
	size_t used;
	max_align_t data[];
};

static void out_of_memory(void)
{
	fputs("gilcheck: error: out of memory\n", stderr);
	exit(2);
}

void *gc_xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *gc_xrealloc(void *block, size_t size)
{
	void *p = realloc(block, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

static size_t align_up(size_t n)
{
	const size_t align = _Alignof(max_align_t);

	if (n > SIZE_MAX - align)
		out_of_memory();
	return (n + align - 1) & ~(align - 1);
}

void arena_init(struct arena *a)
{
	a->chunk = NULL;
	a->allocated = 0;
}

void arena_release(struct arena *a)
{
	while (a->chunk) {
		struct arena_chunk *older = a->chunk->older;

		free(a->chunk);
		a->chunk = older;
	}
	a->allocated = 0;
}

static struct arena_chunk *new_chunk(struct arena *a, size_t need)
{
	size_t size = need > CHUNK_SIZE ? need : CHUNK_SIZE;
	struct arena_chunk *chunk;

	if (size > SIZE_MAX - sizeof(*chunk))
		out_of_memory();
	chunk = gc_xmalloc(sizeof(*chunk) + size);
	chunk->size = size;
	chunk->used = 0;
	chunk->older = a->chunk;
	a->chunk = chunk;
	return chunk;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t need = align_up(size);
	struct arena_chunk *chunk = a->chunk;
	char *p;

	if (!chunk || chunk->size - chunk->used < need)
		chunk = new_chunk(a, need);
	p = (char *)chunk->data + chunk->used;
	chunk->used += need;
	a->allocated += need;
	memset(p, 0, need);
	return p;
}

void *arena_grow(struct arena *a, void *block, size_t old, size_t size)
{
	size_t had = align_up(old), need = align_up(size);
	struct arena_chunk *chunk = a->chunk;
	void *p;

	if (need <= had && block)
		return block;
	if (block && chunk && (char *)block + had == (char *)chunk->data + chunk->used &&
		chunk->size - chunk->used >= need - had) {
		memset((char *)block + had, 0, need - had);
		chunk->used += need - had;
		a->allocated += need - had;
		return block;
	}
	p = arena_alloc(a, size);
	if (old)
		memcpy(p, block, old);
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_alloc(a, n + 1);

	memcpy(copy, s, n);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *format, va_list args)
{
	char line[256]; /* most texts are short: formatted once */
	va_list again;
	char *text;
	int n;

	va_copy(again, args);
	n = vsnprintf(line, sizeof(line), format, args);
	text = arena_alloc(a, (size_t)(n < 0 ? 0 : n) + 1);
	if (n > 0 && (size_t)n < sizeof(line))
		memcpy(text, line, (size_t)n);
	else if (n > 0)
		vsnprintf(text, (size_t)n + 1, format, again);
	va_end(again);
	return text;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(a, format, args);
	va_end(args);
	return text;
}
