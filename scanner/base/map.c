#include "base/map.h"

#include <string.h>

/* FNV-1a: short, no tables, and the same on every machine, which facts files and
 * fingerprints rely on. */
uint64_t hash_bytes(const void *data, size_t n, uint64_t seed)
{
	const unsigned char *p = data;
	uint64_t h = seed;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

void map_init(struct map *m, struct arena *arena)
{
	m->arena = arena;
	m->slots = NULL;
	m->cap = 0;
	m->n = 0;
}

/* The low bits of FNV-1a alone cluster for short keys. */
static size_t slot_of(uint64_t hash, size_t cap)
{
	return (size_t)(hash ^ (hash >> 29)) & (cap - 1);
}

static struct map_slot *find(const struct map *m, const char *key, size_t len, uint64_t hash)
{
	size_t i = slot_of(hash, m->cap);

	while (m->slots[i].key) {
		if (m->slots[i].hash == hash && strncmp(m->slots[i].key, key, len) == 0 &&
			m->slots[i].key[len] == '\0')
			break;
		i = (i + 1) & (m->cap - 1);
	}
	return &m->slots[i];
}

static void grow(struct map *m)
{
	struct map_slot *old = m->slots;
	size_t old_cap = m->cap;

	m->cap = old_cap ? old_cap * 2 : 16;
	m->slots = arena_alloc(m->arena, m->cap * sizeof(*m->slots));
	for (size_t i = 0; i < old_cap; i++) {
		size_t at;

		if (!old[i].key)
			continue;
		at = slot_of(old[i].hash, m->cap);
		while (m->slots[at].key)
			at = (at + 1) & (m->cap - 1);
		m->slots[at] = old[i];
	}
}

uintptr_t *map_get(const struct map *m, const char *key)
{
	size_t len = strlen(key);
	struct map_slot *slot;

	if (!m->n)
		return NULL;
	slot = find(m, key, len, hash_bytes(key, len, HASH_SEED));
	return slot->key ? &slot->value : NULL;
}

/* Room for one more key is made before the search, so that the slot stays put. */
static struct map_slot *put(struct map *m, const char *key, size_t len, bool *added)
{
	uint64_t hash = hash_bytes(key, len, HASH_SEED);
	struct map_slot *slot;

	if ((m->n + 1) * 4 > m->cap * 3)
		grow(m);
	slot = find(m, key, len, hash);
	*added = !slot->key;
	if (*added) {
		slot->key = key;
		slot->hash = hash;
		slot->value = 0;
		m->n++;
	}
	return slot;
}

uintptr_t *map_put(struct map *m, const char *key, bool *added)
{
	bool is_new;
	struct map_slot *slot = put(m, key, strlen(key), &is_new);

	if (added)
		*added = is_new;
	return &slot->value;
}

void intern_init(struct intern *in, struct arena *arena)
{
	map_init(&in->map, arena);
}

const char *intern_n(struct intern *in, const char *s, size_t n)
{
	bool added;
	struct map_slot *slot = put(&in->map, s, n, &added);

	if (added)
		slot->key = arena_strndup(in->map.arena, s, n);
	return slot->key;
}

const char *intern(struct intern *in, const char *s)
{
	return s ? intern_n(in, s, strlen(s)) : NULL;
}
