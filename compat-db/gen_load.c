#include "gen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *gen_text(const json_t *view, const char *key)
{
	return json_string_value(json_object_get(view, key));
}

bool gen_flag(const json_t *view, const char *key)
{
	return json_is_true(json_object_get(view, key));
}

bool gen_is_shape(const struct gen_item *item, const char *shape)
{
	const char *own = gen_text(item->view, "shape");

	return own && strcmp(own, shape) == 0;
}

bool gen_is_python_name(const char *name)
{
	name += *name == '_';
	return name[0] == 'P' && (name[1] == 'y' || name[1] == 'Y');
}

/* Is MINOR in "3.6-3.9,3.13"? *LAST becomes the highest version of the list. */
static bool in_ranges(const char *ranges, unsigned minor, unsigned *last)
{
	bool found = false;

	*last = 0;
	while (ranges && *ranges) {
		char *end;
		unsigned from = (unsigned)strtoul(ranges + 2, &end, 10), to = from;

		if (*end == '-')
			to = (unsigned)strtoul(end + 3, &end, 10);
		found = found || (from <= minor && minor <= to);
		if (to > *last)
			*last = to;
		ranges = *end == ',' ? end + 1 : NULL;
	}
	return found;
}

/* The variant of ENTRY that holds in MINOR; of a name that was removed before, the
 * last one; NULL for one that comes later. */
static json_t *pick(const json_t *entry, unsigned minor, bool *removed)
{
	const json_t *variants = json_object_get(entry, "variants");
	json_t *variant, *newest = NULL;
	unsigned last, best = 0;
	size_t i;

	*removed = false;
	json_array_foreach(variants, i, variant)
	{
		if (in_ranges(gen_text(variant, "versions"), minor, &last))
			return variant;
		if (last < minor && last >= best) {
			best = last;
			newest = variant;
		}
	}
	*removed = true;
	return newest;
}

/* Headers that Python.h brings in are written into it; a cpython/ part belongs to the
 * header that includes it. */
static const char *owner(struct gen *g, const json_t *view)
{
	const char *header = gen_text(view, "header");
	const struct gen_item *item = header ? gen_find(g, GEN_HEADER, header) : NULL;

	if (!header || strcmp(header, "pyconfig.h") == 0 || strcmp(header, "patchlevel.h") == 0)
		return header;
	if (!item || item->removed || gen_flag(item->view, "python-h"))
		return "Python.h";
	if (strncmp(header, "cpython/", 8) == 0)
		return header + 8;
	return header;
}

static void note_enumerators(struct gen *g, const struct gen_item *item)
{
	const json_t *values = json_object_get(item->view, "values"), *value;
	size_t i;

	json_array_foreach(values, i, value)
		map_put(&g->enumerators, json_string_value(json_array_get(value, 0)), NULL);
}

static void load_kind(struct gen *g, enum gen_kind kind)
{
	const char *name;
	json_t *entry, *view;
	bool removed;

	map_init(&g->by_name[kind], &g->arena);
	json_object_foreach(g->raw[kind], name, entry)
	{
		struct gen_item *item;

		view = pick(entry, g->minor, &removed);
		if (!view)
			continue;
		*map_put(&g->by_name[kind], name, NULL) = g->items.n;
		item = vec_add(&g->arena, &g->items);
		item->name = name;
		item->kind = kind;
		item->view = view;
		item->removed = removed;
		item->header = kind == GEN_HEADER ? NULL : owner(g, view);
		if (kind == GEN_TYPE && !removed)
			note_enumerators(g, item);
	}
}

void gen_load(struct gen *g)
{
	map_init(&g->enumerators, &g->arena);
	load_kind(g, GEN_HEADER); /* first: the others ask which header is where */
	for (int kind = 0; kind < GEN_HEADER; kind++)
		load_kind(g, (enum gen_kind)kind);
}

struct gen_item *gen_find(struct gen *g, enum gen_kind kind, const char *name)
{
	const uintptr_t *at = map_get(&g->by_name[kind], name);

	return at ? &g->items.v[*at] : NULL;
}

bool gen_has(struct gen *g, const char *name)
{
	for (int kind = 0; kind < GEN_HEADER; kind++) {
		const struct gen_item *item = gen_find(g, (enum gen_kind)kind, name);

		if (item && !item->removed)
			return true;
	}
	return map_get(&g->enumerators, name) || map_get(g->by_hand, name);
}
