/* Units become one list of functions, variables and records: symbols are resolved. */
#include "link/link.h"

static int compare_units(const void *a, const void *b)
{
	const struct facts *x = *(struct facts *const *)a, *y = *(struct facts *const *)b;

	return strcmp(x->unit, y->unit);
}

static bool function_is_whole(const struct facts_function *code)
{
	return !(code->flags & FUNCTION_DAMAGED);
}

/* One definition that every unit which includes a header has a copy of. Keys of internal
 * symbols hold the file that owns them: only a header's can be equal in two units. */
static bool symbol_is_merged(const struct facts *f, const struct facts_symbol *symbol)
{
	if ((symbol->flags & SYMBOL_INLINE) || symbol->linkage == LINKAGE_INTERNAL)
		return true;
	return symbol->linkage == LINKAGE_NONE && symbol->function != FACTS_NONE &&
	       symbol_is_merged(f, &f->symbols.v[symbol->function]);
}

/*
 * Definitions with the same key in several units: the map holds the first one, the others
 * follow by `next`. Two external ones with one name are two symbols (two modules in one
 * tree, or one file compiled twice), unless they come from a shared header.
 */
struct definitions {
	struct map *first;
	VEC(uint32_t) next;
	VEC(uint32_t) unit;
};

static void definition_add(
	struct linker *l, struct definitions *d, const char *key, uint32_t id, uint32_t unit)
{
	bool added;
	uintptr_t *first = map_put(d->first, key, &added);

	vec_push(&l->scratch, &d->unit, unit);
	vec_push(&l->scratch, &d->next, EXT_NONE);
	if (added) {
		*first = id;
		return;
	}
	/* in order, so that the first unit stays the first choice */
	for (uint32_t at = (uint32_t)*first;; at = d->next.v[at]) {
		if (d->next.v[at] == EXT_NONE) {
			d->next.v[at] = id;
			return;
		}
	}
}

static bool share_module(const struct facts *a, const struct facts *b)
{
	for (size_t i = 0; i < a->modules.n; i++) {
		for (size_t j = 0; j < b->modules.n; j++) {
			if (strcmp(a->modules.v[i], b->modules.v[j]) == 0)
				return true;
		}
	}
	return false;
}

/* The definition that a mention of KEY in UNIT means: one in the unit itself, else in the
 * same module, else the first. */
static uint32_t definition_find(
	const struct linker *l, const struct definitions *d, const char *key, uint32_t unit)
{
	const uintptr_t *first = map_get(d->first, key);
	uint32_t best = EXT_NONE;

	if (!first)
		return EXT_NONE;
	for (uint32_t at = (uint32_t)*first; at != EXT_NONE; at = d->next.v[at]) {
		if (d->unit.v[at] == unit)
			return at;
		if (best == EXT_NONE &&
			share_module(l->ext->units.v[unit], l->ext->units.v[d->unit.v[at]]))
			best = at;
	}
	return best == EXT_NONE ? (uint32_t)*first : best;
}

/* ---- functions ---- */

static void fill_function(
	struct ext_function *fn, const struct facts *f, uint32_t unit, uint32_t index)
{
	fn->unit = unit;
	fn->index = index;
	fn->facts = f;
	fn->code = &f->functions.v[index];
	fn->symbol = &f->symbols.v[fn->code->symbol];
	fn->name = fn->symbol->name;
	fn->key = fn->symbol->key;
}

static void join_functions(struct linker *l, struct definitions *d)
{
	struct extension *ext = l->ext;

	for (uint32_t unit = 0; unit < ext->units.n; unit++) {
		const struct facts *f = ext->units.v[unit];

		for (uint32_t i = 0; i < f->functions.n; i++) {
			const struct facts_symbol *symbol = &f->symbols.v[f->functions.v[i].symbol];
			const uintptr_t *known = map_get(d->first, symbol->key);
			struct ext_function *fn;

			if (known && (symbol_is_merged(f, symbol) || d->unit.v[*known] == unit)) {
				fn = &ext->functions.v[*known];
				if (!function_is_whole(fn->code) &&
					function_is_whole(&f->functions.v[i]))
					fill_function(fn, f, unit, i);
				continue;
			}
			fn = vec_add(&ext->arena, &ext->functions);
			fill_function(fn, f, unit, i);
			definition_add(l, d, symbol->key, (uint32_t)ext->functions.n - 1, unit);
		}
	}
}

/* ---- variables ---- */

/* What the extension has or shares with other code; Python's own objects are not its
 * state. */
static bool variable_counts(const struct facts_symbol *symbol)
{
	if (symbol->kind != SYMBOL_VARIABLE)
		return false;
	return (symbol->flags & SYMBOL_DEFINED) || symbol->origin != FACTS_API;
}

static uint32_t add_variable(struct extension *ext, uint32_t unit, uint32_t symbol)
{
	struct ext_variable *v = vec_add(&ext->arena, &ext->variables);

	v->unit = unit;
	v->symbol = symbol;
	v->facts = ext->units.v[unit];
	v->sym = &v->facts->symbols.v[symbol];
	v->name = v->sym->name;
	v->key = v->sym->key;
	v->function = EXT_NONE;
	return (uint32_t)ext->variables.n - 1;
}

/* Two passes: definitions, then names that nothing here defines. */
static void join_variables(struct linker *l, struct definitions *d)
{
	struct extension *ext = l->ext;

	for (int defined = 1; defined >= 0; defined--) {
		for (uint32_t unit = 0; unit < ext->units.n; unit++) {
			const struct facts *f = ext->units.v[unit];

			for (uint32_t i = 0; i < f->symbols.n; i++) {
				const struct facts_symbol *symbol = &f->symbols.v[i];
				const uintptr_t *known = map_get(d->first, symbol->key);

				if (!variable_counts(symbol) ||
					((symbol->flags & SYMBOL_DEFINED) != 0) != (defined != 0))
					continue;
				if (known && (!defined || symbol_is_merged(f, symbol) ||
						     d->unit.v[*known] == unit))
					continue;
				definition_add(l, d, symbol->key, add_variable(ext, unit, i), unit);
			}
		}
	}
}

/* ---- records ---- */

static bool better_record(const struct facts_record *a, const struct facts_record *b)
{
	return a->complete && (!b->complete || (a->fields.n > b->fields.n));
}

static void fill_record(
	struct ext_record *record, const struct facts *f, uint32_t unit, uint32_t index)
{
	record->unit = unit;
	record->index = index;
	record->facts = f;
	record->rec = &f->records.v[index];
	record->name = record->rec->name;
	record->key = record->rec->key;
	record->type = record->state_of = EXT_NONE;
}

static void join_records(struct extension *ext)
{
	for (uint32_t unit = 0; unit < ext->units.n; unit++) {
		const struct facts *f = ext->units.v[unit];

		for (uint32_t i = 0; i < f->records.n; i++) {
			bool added;
			uintptr_t *id = map_put(&ext->record_of_key, f->records.v[i].key, &added);

			if (added) {
				*id = ext->records.n;
				fill_record(vec_add(&ext->arena, &ext->records), f, unit, i);
			} else if (better_record(&f->records.v[i], ext->records.v[*id].rec)) {
				fill_record(&ext->records.v[*id], f, unit, i);
			}
		}
	}
}

static void find_record_tables(struct linker *l)
{
	struct extension *ext = l->ext;

	l->record_table =
		arena_alloc(&l->scratch, ext->records.n * sizeof(const struct db_table *));
	for (size_t i = 0; i < ext->records.n; i++) {
		if (ext->records.v[i].rec->origin == FACTS_API)
			l->record_table[i] = db_table_find(ext->records.v[i].name);
	}
}

/* The nameless unions inside of a table are parts of it. */
static void find_table_parts(struct linker *l)
{
	const struct extension *ext = l->ext;

	for (size_t i = 0; i < ext->records.n; i++) {
		const struct ext_record *record = &ext->records.v[i];

		if (!l->record_table[i])
			continue;
		vec_foreach (const struct facts_field, field, &record->rec->fields) {
			uint32_t part = type_record(record->facts, field->type);

			if (part != FACTS_NONE && !*field->name)
				l->record_table[ext->maps[record->unit].records[part]] =
					l->record_table[i];
		}
	}
}

/* ---- from a unit's numbers to the extension's ---- */

static void map_unit(struct linker *l, uint32_t unit, const struct definitions *functions,
	const struct definitions *variables)
{
	struct extension *ext = l->ext;
	const struct facts *f = ext->units.v[unit];
	struct ext_unit_map *map = &ext->maps[unit];

	map->functions = arena_alloc(&ext->arena, f->symbols.n * sizeof(uint32_t));
	map->variables = arena_alloc(&ext->arena, f->symbols.n * sizeof(uint32_t));
	map->records = arena_alloc(&ext->arena, f->records.n * sizeof(uint32_t));
	for (uint32_t i = 0; i < f->symbols.n; i++) {
		const struct facts_symbol *symbol = &f->symbols.v[i];

		map->functions[i] = map->variables[i] = EXT_NONE;
		if (symbol->kind == SYMBOL_FUNCTION)
			map->functions[i] = definition_find(l, functions, symbol->key, unit);
		else if (variable_counts(symbol))
			map->variables[i] = definition_find(l, variables, symbol->key, unit);
	}
	for (uint32_t i = 0; i < f->records.n; i++)
		map->records[i] = (uint32_t)*map_get(&ext->record_of_key, f->records.v[i].key);
}

static void place_static_locals(struct extension *ext)
{
	vec_foreach (struct ext_variable, v, &ext->variables) {
		if (v->sym->function != FACTS_NONE)
			v->function = ext->maps[v->unit].functions[v->sym->function];
	}
}

void link_join(struct linker *l, struct facts *const *units, size_t n)
{
	struct extension *ext = l->ext;
	struct definitions functions = {.first = &ext->function_of_key};
	struct definitions variables = {.first = &ext->variable_of_key};

	for (size_t i = 0; i < n; i++)
		vec_push(&ext->arena, &ext->units, units[i]);
	vec_sort(&ext->units, compare_units);
	ext->maps = arena_alloc(&ext->arena, n * sizeof(*ext->maps));
	join_functions(l, &functions);
	join_variables(l, &variables);
	join_records(ext);
	find_record_tables(l);
	for (uint32_t unit = 0; unit < n; unit++)
		map_unit(l, unit, &functions, &variables);
	place_static_locals(ext);
	find_table_parts(l);
}

/* ---- what a thing is ---- */

const char *last_part(const char *name)
{
	const char *last = name;

	for (const char *p = name; *p; p++) {
		if (p[0] == ':' && p[1] == ':')
			last = p + 2;
	}
	return last;
}

uint32_t type_record(const struct facts *f, uint32_t type)
{
	while (type != FACTS_NONE && f->types.v[type].kind == TYPE_ARRAY)
		type = f->types.v[type].target;
	if (type == FACTS_NONE || f->types.v[type].kind != TYPE_RECORD)
		return FACTS_NONE;
	return f->types.v[type].record;
}

static const struct db_table *table_of_type(const struct linker *l, uint32_t unit, uint32_t type)
{
	uint32_t record = type_record(l->ext->units.v[unit], type);

	return record == FACTS_NONE ? NULL : l->record_table[l->ext->maps[unit].records[record]];
}

const struct db_table *variable_table(const struct linker *l, uint32_t v)
{
	const struct ext_variable *variable = &l->ext->variables.v[v];

	return table_of_type(l, variable->unit, variable->sym->type);
}

const struct db_table *local_table(const struct linker *l, uint32_t function, uint32_t local)
{
	const struct ext_function *fn = &l->ext->functions.v[function];

	return table_of_type(l, fn->unit, fn->code->locals.v[local].type);
}

uint32_t record_field(const struct linker *l, uint32_t unit, uint32_t record, uint32_t field)
{
	const struct extension *ext = l->ext;
	const struct facts_record *seen = &ext->units.v[unit]->records.v[record];
	const struct facts_record *kept = ext->records.v[ext->maps[unit].records[record]].rec;
	const char *name = seen->fields.v[field].name;

	if (seen == kept ||
		(field < kept->fields.n && strcmp(kept->fields.v[field].name, name) == 0))
		return field;
	for (uint32_t i = 0; i < kept->fields.n; i++) {
		if (strcmp(kept->fields.v[i].name, name) == 0)
			return i;
	}
	return FACTS_NONE;
}
