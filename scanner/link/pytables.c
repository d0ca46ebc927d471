/*
 * Rows of Python's tables (methods, getset, slots, types, module definitions), written as
 * static initialisers, as local arrays, or field by field by code: types and thread roots.
 * The database says which field of which table is what.
 */
#include "link/link.h"

#define ROW_UNKNOWN UINT32_MAX

/* One field of one row that something sets. */
struct cell {
	uint32_t object; /* entity; EXT_NONE: a table in memory that nothing names */
	uint32_t row;
	uint32_t field; /* of the table */
	const struct db_table *table;
	uint32_t unit;
	uint32_t init;	   /* facts.inits, or */
	uint32_t function; /* a STORE at `op` of this function */
	uint32_t op;
};

/* Whom a table belongs to. */
struct owner {
	uint32_t type;	 /* extension.types, or EXT_NONE */
	uint32_t module; /* extension.modules, or EXT_NONE */
	bool of_module;	 /* of some module, perhaps of one that was not found */
};

static const struct owner nobody = {EXT_NONE, EXT_NONE, false};

struct visit {
	struct owner owner;
	uint32_t next; /* + 1 */
};

struct tables {
	struct linker *l;
	VEC(struct cell) cells;
	uint32_t *first_cell; /* by entity, into the sorted cells; one more than there are */
	uint32_t *visited;    /* by entity: visits + 1 */
	VEC(struct visit) visits;
	struct map records; /* "unit:name" -> record + 1, for sizeof texts */
	struct map *names;  /* by unit: see unit_names */
	struct map type_of; /* "entity:row" -> type + 1 */
};

/* ---- gathering ---- */

static uint32_t field_of_table(const struct db_table *table, const char *name)
{
	for (uint32_t i = 0; i < table->nfields; i++) {
		if (strcmp(table->fields[i].field, name) == 0)
			return i;
	}
	return EXT_NONE;
}

static void gather_row(struct tables *t, struct cell cell, uint32_t list)
{
	const struct facts *f = t->l->ext->units.v[cell.unit];
	const struct facts_init *row = &f->inits.v[list];

	for (uint32_t i = 0; i < row->count; i++) {
		const struct facts_init *init = &f->inits.v[row->first + i];

		cell.init = row->first + i;
		cell.field = init->field ? field_of_table(cell.table, init->field) : EXT_NONE;
		if (cell.field != EXT_NONE)
			vec_push(&t->l->scratch, &t->cells, cell);
		else if (init->kind == INIT_LIST && (!init->field || !*init->field))
			gather_row(t, cell, cell.init); /* an anonymous union */
	}
}

static void gather_variable(struct tables *t, uint32_t variable, const struct db_table *table)
{
	const struct ext_variable *v = &t->l->ext->variables.v[variable];
	const struct facts *f = v->facts;
	struct cell cell = {.object = entity_of_variable(t->l, variable),
		.table = table,
		.unit = v->unit,
		.function = EXT_NONE};
	const struct facts_init *init;

	if (v->sym->init == FACTS_NONE)
		return;
	init = &f->inits.v[v->sym->init];
	if (init->kind != INIT_LIST)
		return;
	if (f->types.v[v->sym->type].kind != TYPE_ARRAY) {
		gather_row(t, cell, v->sym->init);
		return;
	}
	for (uint32_t i = 0; i < init->count; i++) {
		const struct facts_init *row = &f->inits.v[init->first + i];

		cell.row = (uint32_t)row->index;
		if (row->kind == INIT_LIST)
			gather_row(t, cell, init->first + i);
	}
}

/* The step of PLACE that names a field of a table: the last one that does. */
static const struct facts_step *table_step(struct tables *t, const struct ext_function *fn,
	const struct facts_place *place, const struct db_table **table)
{
	for (uint32_t i = place->nsteps; i > 0; i--) {
		const struct facts_step *step = &fn->code->steps.v[place->first_step + i - 1];

		if (step->kind != STEP_FIELD)
			continue;
		*table = t->l->record_table[t->l->ext->maps[fn->unit].records[step->record]];
		if (*table)
			return step;
	}
	return NULL;
}

/* Row 0, unless the place goes through elements before the field. */
static uint32_t row_of_place(const struct ext_function *fn, const struct facts_place *place,
	const struct facts_step *field)
{
	const struct facts_step *first = &fn->code->steps.v[place->first_step];

	for (const struct facts_step *step = first; step < field; step++) {
		int64_t index;

		if (step->kind != STEP_INDEX)
			continue;
		if (constant_of(fn->code, &step->index, &index) && index >= 0 && index < 100000)
			return (uint32_t)index;
		return ROW_UNKNOWN;
	}
	return 0;
}

static bool entity_is_array(const struct linker *l, uint32_t e)
{
	const struct extension *ext = l->ext;
	const struct facts *f;
	uint32_t type;

	if (entity_is_variable(l, e)) {
		const struct ext_variable *v = &ext->variables.v[entity_variable(l, e)];

		f = v->facts;
		type = v->sym->type;
	} else {
		const struct local_table *table = &l->local_tables.v[entity_local_table(l, e)];

		f = ext->functions.v[table->function].facts;
		type = ext->functions.v[table->function].code->locals.v[table->local].type;
	}
	return type != FACTS_NONE && f->types.v[type].kind == TYPE_ARRAY;
}

static const struct db_table *entity_table(const struct linker *l, uint32_t e)
{
	const struct local_table *table;

	if (!entity_is_object(l, e))
		return NULL;
	if (entity_is_variable(l, e))
		return variable_table(l, entity_variable(l, e));
	table = &l->local_tables.v[entity_local_table(l, e)];
	return local_table(l, table->function, table->local);
}

static void gather_store(struct tables *t, uint32_t function, uint32_t index)
{
	struct linker *l = t->l;
	const struct ext_function *fn = &l->ext->functions.v[function];
	const struct facts_op *op = &fn->code->ops.v[index];
	const struct facts_place *place = &fn->code->places.v[op->place];
	struct cell cell = {
		.object = EXT_NONE, .unit = fn->unit, .function = function, .op = index};
	const struct facts_step *step = table_step(t, fn, place, &cell.table);
	entity_set set = {NULL, 0, 0};
	uint32_t variable;

	if (!step)
		return;
	cell.field = field_of_table(
		cell.table, fn->facts->records.v[step->record].fields.v[step->field].name);
	if (cell.field == EXT_NONE)
		return;
	cell.row = row_of_place(fn, place, step);
	if (place->kind == PLACE_GLOBAL) {
		variable = l->ext->maps[fn->unit].variables[place->id];
		if (variable != EXT_NONE && variable_table(l, variable) == cell.table)
			cell.object = entity_of_variable(l, variable);
	} else if (place->kind == PLACE_LOCAL) {
		if (l->local_table_of[function] &&
			l->local_table_of[function][place->id] != EXT_NONE)
			cell.object = (uint32_t)(l->ext->functions.n + l->ext->variables.n) +
				      l->local_table_of[function][place->id];
	} else if (place->kind == PLACE_MEM) {
		values_of(l, function, &place->base, &set);
	}
	for (size_t i = 0; i < set.n; i++) {
		if (entity_table(l, set.v[i]) != cell.table)
			continue;
		cell.object = set.v[i];
		if (entity_is_array(l, set.v[i]))
			cell.row = ROW_UNKNOWN;
		vec_push(&l->scratch, &t->cells, cell);
	}
	if (place->kind != PLACE_MEM || cell.object == EXT_NONE)
		vec_push(&l->scratch, &t->cells, cell);
}

static int compare_number(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_cells(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;
	int by = compare_number(x->object, y->object);

	if (!by)
		by = compare_number(x->row, y->row);
	if (!by)
		by = compare_number(x->field, y->field);
	if (!by)
		by = -compare_number(x->function, y->function); /* initialisers first */
	if (!by)
		by = compare_number(x->op, y->op);
	return by ? by : compare_number(x->init, y->init);
}

static size_t entity_count(const struct linker *l)
{
	return l->ext->functions.n + l->ext->variables.n + l->local_tables.n;
}

static void gather(struct tables *t)
{
	struct linker *l = t->l;
	const struct extension *ext = l->ext;
	size_t n = entity_count(l), at = 0;

	for (uint32_t i = 0; i < ext->variables.n; i++) {
		const struct db_table *table = variable_table(l, i);

		if (table)
			gather_variable(t, i, table);
	}
	for (uint32_t i = 0; i < ext->functions.n; i++) {
		const struct facts_function *code = ext->functions.v[i].code;

		for (uint32_t j = 0; j < code->ops.n; j++) {
			if (code->ops.v[j].kind == OP_STORE)
				gather_store(t, i, j);
		}
	}
	vec_sort(&t->cells, compare_cells);
	t->first_cell = arena_alloc(&l->scratch, (n + 1) * sizeof(uint32_t));
	for (uint32_t e = 0; e <= n; e++) {
		while (at < t->cells.n && t->cells.v[at].object < e)
			at++;
		t->first_cell[e] = (uint32_t)at;
	}
}

/* ---- reading cells ---- */

static const struct facts_init *cell_init(const struct tables *t, const struct cell *c)
{
	return c->function == EXT_NONE ? &t->l->ext->units.v[c->unit]->inits.v[c->init] : NULL;
}

static const struct facts_op *cell_op(const struct tables *t, const struct cell *c)
{
	return &t->l->ext->functions.v[c->function].code->ops.v[c->op];
}

static const struct facts_operand *cell_operand(const struct tables *t, const struct cell *c)
{
	const struct facts_function *code = t->l->ext->functions.v[c->function].code;

	return &code->args.v[code->ops.v[c->op].first_arg];
}

static struct ext_loc cell_loc(const struct tables *t, const struct cell *c)
{
	const struct facts_init *init = cell_init(t, c);

	return (struct ext_loc){c->unit, init ? init->loc : cell_op(t, c)->loc};
}

static const char *cell_string(const struct tables *t, const struct cell *c)
{
	const struct facts_init *init = cell_init(t, c);

	if (init)
		return init->kind == INIT_STRING ? init->string : NULL;
	return string_of(t->l->ext->functions.v[c->function].code, cell_operand(t, c));
}

static bool cell_number(const struct tables *t, const struct cell *c, int64_t *value)
{
	const struct facts_init *init = cell_init(t, c);

	if (!init)
		return constant_of(
			t->l->ext->functions.v[c->function].code, cell_operand(t, c), value);
	if (init->kind != INIT_INT && init->kind != INIT_NULL)
		return false;
	*value = init->kind == INIT_INT ? init->value : 0;
	return true;
}

/* As written; for a store the macro that it was written with, "" where there is none. */
static const char *cell_text(const struct tables *t, const struct cell *c)
{
	const struct facts_init *init = cell_init(t, c);
	const char *macro;

	if (init)
		return init->text;
	macro = cell_op(t, c)->macro;
	return macro ? macro : "";
}

static void symbol_entity(struct tables *t, uint32_t unit, uint32_t symbol, entity_set *out)
{
	const struct ext_unit_map *map = &t->l->ext->maps[unit];

	if (map->functions[symbol] != EXT_NONE)
		vec_push(&t->l->scratch, out, map->functions[symbol]);
	else if (map->variables[symbol] != EXT_NONE)
		vec_push(&t->l->scratch, out, entity_of_variable(t->l, map->variables[symbol]));
}

static bool is_name_char(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* The functions and variables that a unit defines, by the last part of their names. */
static const struct map *unit_names(struct tables *t, uint32_t unit)
{
	const struct facts *f = t->l->ext->units.v[unit];
	struct map *names = &t->names[unit];

	if (names->arena)
		return names;
	map_init(names, &t->l->scratch);
	for (uint32_t i = 0; i < f->symbols.n; i++) {
		if (f->symbols.v[i].flags & SYMBOL_DEFINED)
			*map_put(names, last_part(f->symbols.v[i].name), NULL) = i;
	}
	return names;
}

/* What the names in the text of an initialiser mean that could not be parsed (its macro
 * comes from a missing header): functions and tables of the unit. */
static void named_in_text(struct tables *t, uint32_t unit, const char *text, entity_set *out)
{
	const struct map *names = unit_names(t, unit);

	while (*text) {
		const uintptr_t *symbol;
		size_t n = 0;

		while (is_name_char(text[n]))
			n++;
		if (!n) {
			text++;
			continue;
		}
		symbol = map_get(names, arena_strndup(&t->l->scratch, text, n));
		if (symbol)
			symbol_entity(t, unit, (uint32_t)*symbol, out);
		text += n;
	}
}

static void cell_values(struct tables *t, const struct cell *c, entity_set *out)
{
	const struct facts_init *init = cell_init(t, c);

	if (!init)
		values_of(t->l, c->function, cell_operand(t, c), out);
	else if (init->kind == INIT_SYMBOL)
		symbol_entity(t, c->unit, init->symbol, out);
	else if (init->kind == INIT_UNKNOWN)
		named_in_text(t, c->unit, init->text, out);
}

static const struct db_table_field *cell_field(const struct cell *c)
{
	return &c->table->fields[c->field];
}

static bool field_is(const struct cell *c, const char *what)
{
	return strcmp(cell_field(c)->what, what) == 0;
}

/* The cells of one row of one object: a part of the sorted array. */
struct row {
	const struct cell *v;
	size_t n;
};

static struct row row_at(const struct tables *t, size_t first, size_t end)
{
	struct row row = {&t->cells.v[first], 1};

	while (first + row.n < end && row.v[row.n].row == row.v->row)
		row.n++;
	return row;
}

static const struct cell *row_cell(const struct row *row, const char *what)
{
	for (size_t i = 0; i < row->n; i++) {
		if (field_is(&row->v[i], what))
			return &row->v[i];
	}
	return NULL;
}

static const char *row_name(const struct tables *t, const struct row *row)
{
	const struct cell *name = row_cell(row, "name");

	return name ? cell_string(t, name) : NULL;
}

/* ---- roots ---- */

static const char *last_component(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

/* "method 'feed' of Spam", "tp_repr of Spam", "module function 'load'" */
static const char *root_text(
	struct linker *l, enum db_entry_kind kind, const char *name, const struct owner *owner)
{
	struct arena *a = &l->ext->arena;
	const char *what = db_entry_text(kind);
	const char *of =
		owner->type != EXT_NONE ? last_component(l->ext->types.v[owner->type].name) : NULL;

	switch (kind) {
	case DB_ENTRY_METHOD:
	case DB_ENTRY_GETTER:
	case DB_ENTRY_SETTER:
		return of ? arena_printf(a, "%s '%s' of %s", what, name, of)
			  : arena_printf(a, "%s '%s'", what, name);
	case DB_ENTRY_FUNCTION:
		return arena_printf(a, "%s '%s'", what, name);
	case DB_ENTRY_MODULE_CREATE:
	case DB_ENTRY_MODULE_EXEC:
	case DB_ENTRY_MODULE_TRAVERSE:
	case DB_ENTRY_MODULE_CLEAR:
	case DB_ENTRY_MODULE_FREE:
		return owner->module == EXT_NONE ? what
						 : arena_printf(a, "%s of %s", what,
							   l->ext->modules.v[owner->module].name);
	default:
		return of ? arena_printf(a, "%s of %s", name, of) : name;
	}
}

/* The parameter that is the object or the module. */
static int self_param(enum db_entry_kind kind, const char *flags)
{
	switch (kind) {
	case DB_ENTRY_NEW:
	case DB_ENTRY_ALLOC:
	case DB_ENTRY_MODULE_CREATE:
	case DB_ENTRY_MODULE_INIT:
		return -1;
	default:
		return strcmp(flags, "static") == 0 || strcmp(flags, "class") == 0 ? -1 : 0;
	}
}

/* "METH_VARARGS | METH_CLASS": the meaning of the first name that changes what the first
 * parameter is. */
static const char *method_binding(const char *text)
{
	char word[64];

	while (*text) {
		size_t n = 0;
		const struct db_constant *constant;

		while (*text && !is_name_char(*text))
			text++;
		for (; is_name_char(*text); text++) {
			if (n + 1 < sizeof(word))
				word[n++] = *text;
		}
		word[n] = '\0';
		constant = n ? db_constant_find(word) : NULL;
		if (constant && strcmp(constant->group, "method-flags") == 0 &&
			(strcmp(constant->meaning, "static") == 0 ||
				strcmp(constant->meaning, "class") == 0))
			return constant->meaning;
	}
	return "";
}

static void add_functions(struct tables *t, const struct cell *c, enum db_entry_kind kind,
	const char *name, const struct row *row, const struct owner *owner)
{
	const struct cell *flags = row ? row_cell(row, "flags") : NULL;
	entity_set set = {NULL, 0, 0};
	int64_t value = 0;

	if (kind == DB_ENTRY_NONE)
		return;
	if (kind == DB_ENTRY_METHOD && owner->of_module)
		kind = DB_ENTRY_FUNCTION;
	if (flags)
		cell_number(t, flags, &value);
	cell_values(t, c, &set);
	for (size_t i = 0; i < set.n; i++) {
		struct new_root root = {.kind = kind, .function = set.v[i], .type = owner->type};

		if (!entity_is_function(t->l, set.v[i]))
			continue;
		root.name = name ? name : t->l->ext->functions.v[set.v[i]].name;
		root.text = root_text(t->l, kind, root.name, owner);
		root.loc = cell_loc(t, c);
		root.flags = (unsigned)value;
		root.self_param =
			self_param(kind, flags ? method_binding(cell_text(t, flags)) : "");
		add_root(t->l, &root);
	}
}

/* ---- types ---- */

static uint32_t record_of_sizeof(struct tables *t, uint32_t unit, const char *text)
{
	static const char word[] = "sizeof";
	const char *at = strstr(text, word);
	const uintptr_t *record;
	char name[200];
	size_t n = 0;

	if (!at)
		return EXT_NONE;
	at += sizeof(word) - 1;
	at += strspn(at, " (");
	if (strncmp(at, "struct ", 7) == 0)
		at += 7;
	while (at[n] && at[n] != ')' && n + 1 < sizeof(name)) {
		name[n] = at[n];
		n++;
	}
	name[n] = '\0';
	record = map_get(&t->records, arena_printf(&t->l->scratch, "%u:%s", unit, name));
	return record ? (uint32_t)*record - 1 : EXT_NONE;
}

static void index_record(struct tables *t, uint32_t unit, const char *name, uint32_t record)
{
	*map_put(&t->records, arena_printf(&t->l->scratch, "%u:%s", unit, name), NULL) = record + 1;
}

static void index_records(struct tables *t)
{
	const struct extension *ext = t->l->ext;

	map_init(&t->records, &t->l->scratch);
	for (uint32_t u = 0; u < ext->units.n; u++) {
		const struct facts *f = ext->units.v[u];

		for (uint32_t i = 0; i < f->records.n; i++) {
			const struct facts_record *record = &f->records.v[i];

			if (record->origin != FACTS_PROJECT)
				continue;
			index_record(t, u, last_part(record->name), ext->maps[u].records[i]);
			index_record(t, u, record->name, ext->maps[u].records[i]);
		}
	}
}

static uint32_t *type_at(struct tables *t, uint32_t object, uint32_t row)
{
	struct arena *a = &t->l->scratch;
	bool added;
	uintptr_t *type = map_put(&t->type_of, arena_printf(a, "%u:%u", object, row), &added);

	if (added)
		*type = (uintptr_t)arena_new(a, uint32_t);
	return (uint32_t *)*type;
}

static uint32_t new_type(struct tables *t, uint32_t object, const struct row *row, bool heap)
{
	struct extension *ext = t->l->ext;
	uint32_t *known = type_at(t, object, row->v->row);
	const char *name = row_name(t, row);
	struct ext_type *type;

	if (*known)
		return *known - 1;
	type = vec_add(&ext->arena, &ext->types);
	*known = (uint32_t)ext->types.n;
	type->variable =
		entity_is_variable(t->l, object) ? entity_variable(t->l, object) : EXT_NONE;
	type->heap = heap;
	type->record = type->base = EXT_NONE;
	type->loc = cell_loc(t, row->v);
	if (type->variable != EXT_NONE) {
		const struct ext_variable *v = &ext->variables.v[type->variable];

		type->loc = (struct ext_loc){v->unit, v->sym->loc};
		type->name = v->name;
	} else {
		type->name = "(local)";
	}
	if (name)
		type->name = intern(&ext->strings, name);
	return (uint32_t)ext->types.n - 1;
}

/* ---- walking ---- */

static void walk(struct tables *t, uint32_t entity, struct owner owner);

static void walk_tables(struct tables *t, const struct cell *c, const struct owner *owner)
{
	entity_set set = {NULL, 0, 0};

	cell_values(t, c, &set);
	for (size_t i = 0; i < set.n; i++) {
		if (entity_table(t->l, set.v[i]))
			walk(t, set.v[i], *owner);
	}
}

static void take_base(struct tables *t, const struct cell *c, uint32_t type)
{
	entity_set set = {NULL, 0, 0};
	const uintptr_t *base;

	cell_values(t, c, &set);
	for (size_t i = 0; i < set.n; i++) {
		base = map_get(&t->type_of, arena_printf(&t->l->scratch, "%u:0", set.v[i]));
		if (base && *(uint32_t *)*base && *(uint32_t *)*base - 1 != type)
			t->l->ext->types.v[type].base = *(uint32_t *)*base - 1;
	}
}

static void take_size(struct tables *t, const struct cell *c, uint32_t type)
{
	const struct facts_init *init = cell_init(t, c);
	const char *text =
		init ? init->text
		     : facts_source_line(t->l->ext->units.v[c->unit], cell_loc(t, c).loc);
	uint32_t record = text ? record_of_sizeof(t, c->unit, text) : EXT_NONE;

	if (record != EXT_NONE)
		t->l->ext->types.v[type].record = record;
}

static void take_gil_slot(struct tables *t, const struct cell *c, uint32_t module)
{
	struct gil_slot *slot = &t->l->gil_slots[module];

	if (slot->count++)
		return;
	slot->constant = db_constant_find(cell_text(t, c));
	slot->has_value = cell_number(t, c, &slot->value);
	slot->loc = cell_loc(t, c);
}

static const struct db_slot *slot_of(struct tables *t, const struct cell *id)
{
	const struct db_slot *slot = db_slot_find(cell_text(t, id));
	int64_t number;

	if (slot || !cell_number(t, id, &number))
		return slot;
	return db_slot_of_number(number, strcmp(id->table->what, "module-slots") == 0,
		(db_version)t->l->options->python);
}

static void walk_slot(struct tables *t, const struct row *row, const struct owner *owner)
{
	const struct cell *id = row_cell(row, "slot-id");
	const struct db_slot *slot = id ? slot_of(t, id) : NULL;
	const char *what = slot ? slot->what : "function";

	for (size_t i = 0; i < row->n; i++) {
		const struct cell *c = &row->v[i];

		if (!field_is(c, "slot-value"))
			continue;
		if (strcmp(what, "gil") == 0 && owner->module != EXT_NONE)
			take_gil_slot(t, c, owner->module);
		else if (strcmp(what, "base") == 0 && owner->type != EXT_NONE)
			take_base(t, c, owner->type);
		else if (strcmp(what, "size") == 0 && owner->type != EXT_NONE)
			take_size(t, c, owner->type);
		else if (slot)
			add_functions(t, c, slot->entry, slot->field ? slot->field : slot->name,
				NULL, owner);
		else
			add_functions(t, c, DB_ENTRY_SLOT, NULL, NULL, owner);
		walk_tables(t, c, owner);
	}
}

static void walk_row(struct tables *t, const struct row *row, const struct owner *owner)
{
	const char *name = row_name(t, row);

	for (size_t i = 0; i < row->n; i++) {
		const struct cell *c = &row->v[i];
		const struct db_table_field *field = cell_field(c);

		if (strcmp(field->what, "function") == 0) {
			bool named = field->entry == DB_ENTRY_METHOD ||
				     field->entry == DB_ENTRY_FUNCTION ||
				     field->entry == DB_ENTRY_GETTER ||
				     field->entry == DB_ENTRY_SETTER;

			add_functions(t, c, field->entry, named ? name : field->field, row, owner);
		} else if (strcmp(field->what, "table") == 0) {
			walk_tables(t, c, owner);
		} else if (owner->type != EXT_NONE && strcmp(field->what, "size") == 0) {
			take_size(t, c, owner->type);
		} else if (owner->type != EXT_NONE && strcmp(field->what, "object") == 0) {
			take_base(t, c, owner->type);
		}
	}
}

static bool table_is(const struct db_table *table, const char *what)
{
	return strcmp(table->what, what) == 0;
}

/* False where this table was walked for this owner before. */
static bool visit(struct tables *t, uint32_t entity, const struct owner *owner)
{
	for (uint32_t at = t->visited[entity]; at; at = t->visits.v[at - 1].next) {
		const struct owner *o = &t->visits.v[at - 1].owner;

		if (o->type == owner->type && o->module == owner->module)
			return false;
	}
	vec_push(&t->l->scratch, &t->visits, ((struct visit){*owner, t->visited[entity]}));
	t->visited[entity] = (uint32_t)t->visits.n;
	return true;
}

static void walk(struct tables *t, uint32_t entity, struct owner owner)
{
	const struct db_table *table = entity_table(t->l, entity);
	size_t at = t->first_cell[entity], end = t->first_cell[entity + 1];
	bool is_type = table_is(table, "type") || table_is(table, "type-spec");

	if (is_type)
		owner = nobody;
	if (!visit(t, entity, &owner))
		return;
	while (at < end) {
		struct row row = row_at(t, at, end);

		at += row.n;
		if (is_type)
			owner.type = new_type(t, entity, &row, table_is(table, "type-spec"));
		if (row_cell(&row, "slot-id"))
			walk_slot(t, &row, &owner);
		else
			walk_row(t, &row, &owner);
	}
}

/* ---- in which order ---- */

static void walk_kind(struct tables *t, const char *what)
{
	size_t n = entity_count(t->l);

	for (uint32_t e = (uint32_t)t->l->ext->functions.n; e < n; e++) {
		const struct db_table *table = entity_table(t->l, e);

		if (table && table_is(table, what) && !t->visited[e])
			walk(t, e, nobody);
	}
}

static void walk_modules(struct tables *t)
{
	const struct extension *ext = t->l->ext;

	for (uint32_t i = 0; i < ext->modules.n; i++) {
		if (ext->modules.v[i].def != EXT_NONE)
			walk(t, entity_of_variable(t->l, ext->modules.v[i].def),
				(struct owner){EXT_NONE, i, true});
	}
	vec_foreach (const struct slot_table, slots, &t->l->slot_tables) {
		if (entity_table(t->l, slots->entity))
			walk(t, slots->entity, (struct owner){EXT_NONE, slots->module, true});
	}
}

/* Tables of methods that code adds to a module, definitions that no module was found for:
 * their functions are a module's. */
static void walk_added_methods(struct tables *t)
{
	const struct extension *ext = t->l->ext;
	size_t n = entity_count(t->l);

	for (uint32_t i = 0; i < ext->functions.n; i++) {
		const struct ext_function *fn = &ext->functions.v[i];

		vec_foreach (const struct ext_call, call, &fn->calls) {
			const struct facts_op *op = &fn->code->ops.v[call->op];
			entity_set set = {NULL, 0, 0};

			if (call->kind != TARGET_API || call->api->role != DB_ROLE_ADD_METHODS ||
				call->api->role_arg < 0 ||
				(uint32_t)call->api->role_arg >= op->nargs)
				continue;
			values_of(t->l, i,
				&fn->code->args.v[op->first_arg + (uint32_t)call->api->role_arg],
				&set);
			for (size_t j = 0; j < set.n; j++) {
				if (entity_table(t->l, set.v[j]))
					walk(t, set.v[j], (struct owner){EXT_NONE, EXT_NONE, true});
			}
		}
	}
	for (uint32_t e = (uint32_t)ext->functions.n; e < n; e++) {
		const struct db_table *table = entity_table(t->l, e);

		if (table && !t->visited[e] &&
			(table_is(table, "module-def") || table_is(table, "module-slots")))
			walk(t, e, (struct owner){EXT_NONE, EXT_NONE, true});
	}
}

/* A slot table of its own, handed to a call that makes a type of it. */
static void walk_free_slots(struct tables *t)
{
	size_t n = entity_count(t->l);

	for (uint32_t e = (uint32_t)t->l->ext->functions.n; e < n; e++) {
		const struct db_table *table = entity_table(t->l, e);
		struct owner owner = nobody;

		if (!table || !table_is(table, "type-slots") || t->visited[e] ||
			t->first_cell[e] == t->first_cell[e + 1])
			continue;
		owner.type = new_type(t, e,
			&(struct row){&t->cells.v[t->first_cell[e]],
				t->first_cell[e + 1] - t->first_cell[e]},
			true);
		walk(t, e, owner);
	}
}

/* What was set in a table that nothing names (a type made at run time, a definition from
 * the heap): roots without a type. */
static void walk_nameless(struct tables *t)
{
	struct linker *l = t->l;

	for (size_t i = t->first_cell[entity_count(l)]; i < t->cells.n; i++) {
		const struct cell *c = &t->cells.v[i];
		struct owner owner = nobody;

		owner.of_module = table_is(c->table, "module-def");
		if (field_is(c, "function"))
			add_functions(
				t, c, cell_field(c)->entry, cell_field(c)->field, NULL, &owner);
		else if (field_is(c, "slot-value"))
			add_functions(t, c, DB_ENTRY_SLOT, NULL, NULL, &owner);
		else if (field_is(c, "table"))
			walk_tables(t, c, &owner);
	}
}

/* ---- layouts of instances ---- */

/* The record that a function casts its object to. */
static uint32_t record_of_self(const struct linker *l, const struct ext_root *root)
{
	const struct ext_function *fn = &l->ext->functions.v[root->function];
	const struct facts *f = fn->facts;
	uint32_t self = (uint32_t)root->self_param;
	uint32_t type, loaded = FACTS_NONE;

	if (root->self_param < 0 || self >= fn->code->nparams)
		return EXT_NONE;
	type = fn->code->locals.v[self].type;
	for (uint32_t i = 0; i <= fn->code->ops.n; i++) {
		const struct facts_op *op;
		uint32_t record;

		if (type != FACTS_NONE && f->types.v[type].kind == TYPE_POINTER) {
			record = type_record(f, f->types.v[type].target);
			if (record != FACTS_NONE && f->records.v[record].origin == FACTS_PROJECT)
				return l->ext->maps[fn->unit].records[record];
		}
		if (i == fn->code->ops.n)
			break;
		op = &fn->code->ops.v[i];
		type = FACTS_NONE;
		if (op->kind == OP_LOAD && fn->code->places.v[op->place].kind == PLACE_LOCAL &&
			fn->code->places.v[op->place].id == self &&
			!fn->code->places.v[op->place].nsteps)
			loaded = i;
		else if (op->kind == OP_CAST && loaded != FACTS_NONE &&
			 fn->code->args.v[op->first_arg].kind == OPERAND_TEMP &&
			 fn->code->args.v[op->first_arg].id == loaded)
			type = op->type;
	}
	return EXT_NONE;
}

static void find_layouts(struct linker *l)
{
	struct extension *ext = l->ext;

	vec_foreach (const struct ext_root, root, &ext->roots) {
		if (root->type != EXT_NONE && ext->types.v[root->type].record == EXT_NONE)
			ext->types.v[root->type].record = record_of_self(l, root);
	}
	/* a type that only adds methods has the layout of its base */
	for (int again = 0; again < 8; again++) {
		vec_foreach (struct ext_type, type, &ext->types) {
			if (type->record == EXT_NONE && type->base != EXT_NONE)
				type->record = ext->types.v[type->base].record;
		}
	}
	for (uint32_t i = 0; i < ext->types.n; i++) {
		uint32_t record = ext->types.v[i].record;

		if (record != EXT_NONE && ext->records.v[record].type == EXT_NONE)
			ext->records.v[record].type = i;
	}
}

static void find_states(struct tables *t)
{
	struct extension *ext = t->l->ext;

	for (uint32_t i = 0; i < ext->modules.n; i++) {
		uint32_t e, record;

		if (ext->modules.v[i].def == EXT_NONE)
			continue;
		e = entity_of_variable(t->l, ext->modules.v[i].def);
		for (uint32_t c = t->first_cell[e]; c < t->first_cell[e + 1]; c++) {
			if (!field_is(&t->cells.v[c], "size"))
				continue;
			record = record_of_sizeof(
				t, t->cells.v[c].unit, cell_text(t, &t->cells.v[c]));
			if (record != EXT_NONE)
				ext->records.v[record].state_of = i;
		}
	}
}

void link_tables(struct linker *l)
{
	struct tables t = {.l = l};

	map_init(&t.type_of, &l->scratch);
	t.names = arena_alloc(&l->scratch, l->ext->units.n * sizeof(*t.names));
	t.visited = arena_alloc(&l->scratch, entity_count(l) * sizeof(uint32_t));
	gather(&t);
	index_records(&t);
	walk_modules(&t);
	walk_kind(&t, "type-spec");
	walk_kind(&t, "type");
	walk_free_slots(&t);
	walk_added_methods(&t);
	walk_kind(&t, "methods");
	walk_kind(&t, "getset");
	walk_kind(&t, "sub-slots");
	walk_kind(&t, "buffer-procs");
	walk_nameless(&t);
	find_layouts(l);
	find_states(&t);
}
