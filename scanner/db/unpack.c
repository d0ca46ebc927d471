#include "db/tables.h"

static const uint32_t *unpack_entry(
	struct arena *a, const struct shape *shape, const uint32_t *w, void *entry);

/* What an absent member means, where that is not zero. */
static void set_default(const struct shape_field *f, void *entry)
{
	if (f->type == SHAPE_INT)
		*(int *)shape_member(entry, f->offset) = -1;
	else if (f->type == SHAPE_BOOL && f->flags & SHAPE_TRUE)
		*(bool *)shape_member(entry, f->offset) = true;
}

static const uint32_t *unpack_strings(
	struct arena *a, const uint32_t *w, size_t n, const char *const **out)
{
	const char **list = arena_alloc(a, n * sizeof(*list));

	for (size_t i = 0; i < n; i++)
		list[i] = db_text + *w++;
	*out = list;
	return w;
}

static const uint32_t *unpack_claims(
	struct arena *a, const uint32_t *w, size_t n, const struct db_claim **out)
{
	struct db_claim *list = arena_alloc(a, n * sizeof(*list));

	for (size_t i = 0; i < n; i++, w += 2)
		list[i] = (struct db_claim){db_text + w[0], db_text + w[1]};
	*out = list;
	return w;
}

static const uint32_t *unpack_list(
	struct arena *a, const struct shape *sub, const uint32_t *w, size_t n, const void **out)
{
	char *list = arena_alloc(a, n * sub->size);

	for (size_t i = 0; i < n; i++)
		w = unpack_entry(a, sub, w, list + i * sub->size);
	*out = list;
	return w;
}

/* A field that is stated. */
static const uint32_t *unpack_field(
	struct arena *a, const struct shape_field *f, const uint32_t *w, void *entry)
{
	void *member = shape_member(entry, f->offset), *aux = shape_member(entry, f->aux);

	switch (f->type) {
	case SHAPE_STRING:
	case SHAPE_TEXT:
	case SHAPE_CHOICE:
		*(const char **)member = db_text + *w;
		break;
	case SHAPE_BOOL:
		*(bool *)member = *w;
		break;
	case SHAPE_INT:
		*(int *)member = (int)*w;
		break;
	case SHAPE_INT64:
		*(int64_t *)member = (int64_t)(w[0] | (uint64_t)w[1] << 32);
		*(bool *)aux = true;
		return w + 2;
	case SHAPE_VERSION:
		*(db_version *)member = (db_version)*w;
		break;
	case SHAPE_WORD:
	case SHAPE_BITS:
		*(unsigned *)member = *w;
		break;
	case SHAPE_STRINGS:
		*(size_t *)aux = *w;
		return unpack_strings(a, w + 1, *w, member);
	case SHAPE_CLAIMS:
		*(size_t *)aux = *w;
		return unpack_claims(a, w + 1, *w, member);
	case SHAPE_LIST:
		*(size_t *)aux = *w;
		return unpack_list(a, f->sub, w + 1, *w, member);
	}
	return w + 1;
}

/* Into ENTRY, which is zeroed; returns what follows its words. */
static const uint32_t *unpack_entry(
	struct arena *a, const struct shape *shape, const uint32_t *w, void *entry)
{
	uint32_t states = *w++;

	for (size_t i = 0; i < shape->nfields; i++) {
		const struct shape_field *f = &shape->fields[i];

		if (states >> i & 1)
			w = unpack_field(a, f, w, entry);
		else
			set_default(f, entry);
	}
	return w;
}

const void *db_unpack(enum db_section section, size_t i, struct arena *a)
{
	const struct shape *shape = db_shapes[section];
	void *entry = arena_alloc(a, shape->size);

	unpack_entry(a, shape, db_words + db_packed[section].at[i], entry);
	return entry;
}

uint32_t db_packed_bit(enum db_section section, size_t offset)
{
	const struct shape *shape = db_shapes[section];

	for (size_t i = 0; i < shape->nfields; i++)
		if (shape->fields[i].offset == offset)
			return UINT32_C(1) << i;
	return 0;
}
