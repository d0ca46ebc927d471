/*
 * Hash maps from strings, and an interner. Open addressing, no deletion: everything
 * here is built up, read, and freed with its arena.
 *
 * The interner makes equal strings one pointer, so that later stages compare names
 * with ==. Pointers of different interners must be compared as text.
 */
#ifndef GC_BASE_MAP_H
#define GC_BASE_MAP_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct map_slot {
	const char *key; /* NULL: free */
	uint64_t hash;
	uintptr_t value;
};

/* Key strings are not copied: they must live as long as the map. */
struct map {
	struct arena *arena;
	struct map_slot *slots;
	size_t cap; /* power of two */
	size_t n;
};

void map_init(struct map *m, struct arena *arena);
/* The value stored under KEY, or NULL. The pointer holds until the next map_put. */
uintptr_t *map_get(const struct map *m, const char *key);
/* The place of KEY's value, made (as 0) where it is new; *ADDED tells, if not NULL. */
uintptr_t *map_put(struct map *m, const char *key, bool *added);

uint64_t hash_bytes(const void *data, size_t n, uint64_t seed);
#define HASH_SEED UINT64_C(0xcbf29ce484222325)

struct intern {
	struct map map;
};

void intern_init(struct intern *in, struct arena *arena);
/* The one copy of S; NULL gives NULL. */
const char *intern(struct intern *in, const char *s);
const char *intern_n(struct intern *in, const char *s, size_t n);

#endif
