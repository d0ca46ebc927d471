/*
 * Arena allocation. Things that die together are allocated together: one unit's
 * facts, one extension, one database live in one arena each and are freed by one
 * call. Nothing is freed singly. Running out of memory ends the process with one
 * line, so no caller tests for NULL.
 */
#ifndef GC_BASE_ARENA_H
#define GC_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunk; /* the one that is filled now; older ones are linked from it */
	size_t allocated;	   /* bytes handed out, for --stats and tests */
};

#define ARENA_INIT {NULL, 0}

void arena_init(struct arena *a);
/* Frees everything that came out of the arena; the arena can be used again. */
void arena_release(struct arena *a);

/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *a, size_t size);
/* Grows BLOCK (OLD bytes) to SIZE bytes; in place where it was the last allocation. */
void *arena_grow(struct arena *a, void *block, size_t old, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))

/* malloc and realloc that end the process when there is no memory; for the few
 * things that do not live in an arena. Freed with free(). */
void *gc_xmalloc(size_t size);
void *gc_xrealloc(void *block, size_t size);

#endif
