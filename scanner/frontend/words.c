#include "frontend/words.h"

void words_init(struct words *w, struct arena *arena)
{
	*w = (struct words){0};
	map_init(&w->map, arena);
}

void words_add(struct words *w, const char *name, unsigned bits)
{
	bool added;
	uintptr_t *value = map_put(&w->map, name, &added);

	*value |= bits;
	if (added)
		vec_push(w->map.arena, &w->names, name);
}

unsigned words_get(const struct words *w, const char *name)
{
	const uintptr_t *value = map_get(&w->map, name);

	return value ? (unsigned)*value : 0;
}
