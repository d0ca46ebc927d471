/* Who calls whom: direct calls, APIs, pointers that pointers.c could follow, overriders. */
#include "link/link.h"

static const struct facts_operand *call_args(
	const struct ext_function *fn, const struct facts_op *op)
{
	return op->nargs ? &fn->code->args.v[op->first_arg] : NULL;
}

static void add_candidate(struct extension *ext, struct ext_call *call, uint32_t function)
{
	for (size_t i = 0; i < call->candidates.n; i++) {
		if (call->candidates.v[i] == function)
			return;
	}
	vec_push(&ext->arena, &call->candidates, function);
}

/* ---- virtual calls ---- */

/* The virtual functions that share a name: chains of functions. */
struct virtuals {
	struct map first; /* last part of the name -> function + 1 */
	uint32_t *next;
};

static void virtuals_init(struct linker *l, struct virtuals *v)
{
	const struct extension *ext = l->ext;

	map_init(&v->first, &l->scratch);
	v->next = arena_alloc(&l->scratch, ext->functions.n * sizeof(uint32_t));
	for (uint32_t i = (uint32_t)ext->functions.n; i-- > 0;) {
		uintptr_t *first;

		if (!(ext->functions.v[i].symbol->flags & SYMBOL_VIRTUAL))
			continue;
		first = map_put(&v->first, last_part(ext->functions.v[i].name), NULL);
		v->next[i] = (uint32_t)*first;
		*first = i + 1;
	}
}

/* Is RECORD of a unit the class BASE, or derived from it? Facts hold no circles. */
static bool derives(const struct extension *ext, uint32_t unit, uint32_t record, uint32_t base)
{
	const struct facts *f = ext->units.v[unit];
	const struct facts_record *r = &f->records.v[record];

	if (ext->maps[unit].records[record] == base)
		return true;
	for (size_t i = 0; i < r->bases.n; i++) {
		uint32_t outer = type_record(f, r->bases.v[i]);

		if (outer != FACTS_NONE && derives(ext, unit, outer, base))
			return true;
	}
	return false;
}

static void find_overriders(struct linker *l, const struct virtuals *v,
	const struct ext_function *fn, const struct facts_symbol *callee, struct ext_call *call)
{
	const struct extension *ext = l->ext;
	const uintptr_t *first = map_get(&v->first, last_part(callee->name));
	uint32_t base;

	if (!first || callee->record == FACTS_NONE)
		return;
	base = ext->maps[fn->unit].records[callee->record];
	for (uint32_t at = (uint32_t)*first; at; at = v->next[at - 1]) {
		const struct ext_function *over = &ext->functions.v[at - 1];

		if (over->symbol->record != FACTS_NONE &&
			derives(ext, over->unit, over->symbol->record, base))
			add_candidate(l->ext, call, at - 1);
	}
}

/* ---- one call ---- */

/* Several public names are macros for functions with other names; those of <stdatomic.h>, for
 * operations of the compiler that do not show what they are for: atomic_flag_clear() stores. */
static const struct db_api *find_api(const struct facts_symbol *callee, const struct facts_op *op)
{
	const struct db_api *api = db_api_find(callee->name);
	const struct db_api *macro = op->macro ? db_api_find(op->macro) : NULL;

	if (!api)
		return callee->origin == FACTS_API ? macro : NULL;
	if (macro && macro->effects & api->effects & DB_EFFECT_ATOMIC && !api->role)
		return macro;
	return api;
}

/* The last field of the place that a pointer is loaded from. */
static const struct facts_step *loaded_field(
	const struct facts_function *code, const struct facts_operand *pointer)
{
	const struct facts_op *op;
	const struct facts_place *place;

	while (pointer->kind == OPERAND_TEMP && code->ops.v[pointer->id].kind == OP_CAST)
		pointer = &code->args.v[code->ops.v[pointer->id].first_arg];
	if (pointer->kind != OPERAND_TEMP || code->ops.v[pointer->id].kind != OP_LOAD)
		return NULL;
	op = &code->ops.v[pointer->id];
	place = &code->places.v[op->place];
	for (uint32_t i = place->nsteps; i > 0; i--) {
		if (code->steps.v[place->first_step + i - 1].kind == STEP_FIELD)
			return &code->steps.v[place->first_step + i - 1];
	}
	return NULL;
}

/* The name of a field that others fill in: of their own struct (`type->tp_alloc`), or of one
 * that nothing here stores to (a table from a capsule). */
static const char *foreign_field(
	const struct linker *l, const struct ext_function *fn, const struct facts_operand *pointer)
{
	const struct facts_step *step = loaded_field(fn->code, pointer);
	const struct facts_record *record;
	uint32_t id, field;

	if (!step)
		return NULL;
	record = &fn->facts->records.v[step->record];
	id = l->ext->maps[fn->unit].records[step->record];
	field = record_field(l, fn->unit, step->record, step->field);
	if (record->origin == FACTS_PROJECT &&
		(field == FACTS_NONE || field_is_written(l, id, field)))
		return NULL;
	return record->fields.v[step->field].name;
}

/* A pointer that only holds functions of others: `self->decode = PyUnicode_DecodeUTF8`. One
 * name stands for all. */
static void resolve_foreign(struct linker *l, const entity_set *set, struct ext_call *call)
{
	unsigned n = 0;

	for (size_t i = 0; i < set->n; i++) {
		if (!entity_is_foreign(l, set->v[i]))
			continue;
		if (!n++)
			call->name = entity_foreign_name(l, set->v[i]);
	}
	if (n == 1)
		call->api = db_api_find(call->name);
	if (call->api)
		call->kind = TARGET_API;
}

static void make_external(struct ext_call *call)
{
	call->kind = TARGET_EXTERNAL;
	call->library = db_library_of_function(call->name);
}

static void resolve_pointer(struct linker *l, uint32_t function, struct ext_call *call)
{
	const struct ext_function *fn = &l->ext->functions.v[function];
	const struct facts_op *op = &fn->code->ops.v[call->op];
	entity_set set = {NULL, 0, 0};

	call->kind = TARGET_INDIRECT;
	call->id = EXT_NONE;
	if (!values_of(l, function, call_args(fn, op), &set))
		return;
	for (size_t i = 0; i < set.n; i++) {
		if (entity_is_function(l, set.v[i]))
			vec_push(&l->ext->arena, &call->candidates, set.v[i]);
	}
	if (call->candidates.n)
		return;
	resolve_foreign(l, &set, call);
	if (!call->name)
		call->name = foreign_field(l, fn, call_args(fn, op));
	if (call->kind == TARGET_INDIRECT && call->name)
		make_external(call);
}

/* The number of the first argument that "..." stands for, UINT32_MAX: none. */
static uint32_t first_variadic(const struct db_api *api)
{
	const char *at = api->signature ? strchr(api->signature, '(') : NULL;
	uint32_t n = 0, depth = 0;

	if (!at || !strstr(at, "..."))
		return UINT32_MAX;
	for (; at && *at; at++) {
		if (strncmp(at, "...", 3) == 0)
			return n;
		depth += *at == '(';
		depth -= *at == ')';
		n += *at == ',' && depth == 1;
	}
	return UINT32_MAX;
}

enum db_entry_kind argument_entry(const struct db_api *api, uint32_t arg)
{
	if (arg < api->nparams && api->params[arg].entry != DB_ENTRY_NONE)
		return api->params[arg].entry;
	/* the functions that formats ask for are converters: they run inside of the call */
	return arg >= first_variadic(api) ? DB_ENTRY_CALLED_NOW : DB_ENTRY_NONE;
}

/* Functions among the arguments that the callee calls before it returns. */
static void find_called_now(struct linker *l, uint32_t function, struct ext_call *call)
{
	const struct ext_function *fn = &l->ext->functions.v[function];
	const struct facts_op *op = &fn->code->ops.v[call->op];

	for (uint32_t i = 0; i < op->nargs; i++) {
		enum db_entry_kind entry = argument_entry(call->api, i);
		entity_set set = {NULL, 0, 0};

		if (entry != DB_ENTRY_CALLED_NOW && entry != DB_ENTRY_CALLED_ONCE)
			continue;
		values_of(l, function, &fn->code->args.v[op->first_arg + i], &set);
		for (size_t j = 0; j < set.n; j++) {
			if (entity_is_function(l, set.v[j]))
				add_candidate(l->ext, call, set.v[j]);
		}
	}
}

static void resolve_name(
	struct linker *l, const struct virtuals *v, uint32_t function, struct ext_call *call)
{
	const struct ext_function *fn = &l->ext->functions.v[function];
	const struct facts_op *op = &fn->code->ops.v[call->op];
	const struct facts_symbol *callee = &fn->facts->symbols.v[op->callee];

	call->name = callee->name;
	call->id = l->ext->maps[fn->unit].functions[op->callee];
	if (op->flags & OPF_VIRTUAL) {
		call->kind = TARGET_INDIRECT;
		if (call->id != EXT_NONE)
			add_candidate(l->ext, call, call->id);
		find_overriders(l, v, fn, callee, call);
		return;
	}
	if (call->id != EXT_NONE && !(op->flags & OPF_MACRO_CALL)) {
		call->kind = TARGET_FUNCTION;
		return;
	}
	call->api = find_api(callee, op);
	call->kind = TARGET_API;
	call->id = EXT_NONE;
	if (call->api)
		find_called_now(l, function, call);
	else
		make_external(call);
}

static bool is_call(const struct facts_op *op)
{
	return op->kind == OP_CALL && !(op->flags & OPF_UNEVALUATED);
}

static size_t count_calls(const struct facts_function *code)
{
	size_t n = 0;

	vec_foreach (const struct facts_op, op, &code->ops)
		n += is_call(op);
	return n;
}

void link_calls(struct linker *l)
{
	struct extension *ext = l->ext;
	struct virtuals virtuals;

	virtuals_init(l, &virtuals);
	for (uint32_t i = 0; i < ext->functions.n; i++) {
		struct ext_function *fn = &ext->functions.v[i];

		vec_reserve(&ext->arena, &fn->calls, count_calls(fn->code));
		for (uint32_t op = 0; op < fn->code->ops.n; op++) {
			struct ext_call call = {.op = op};

			if (!is_call(&fn->code->ops.v[op]))
				continue;
			if (fn->code->ops.v[op].callee == FACTS_NONE)
				resolve_pointer(l, i, &call);
			else
				resolve_name(l, &virtuals, i, &call);
			vec_push(&ext->arena, &fn->calls, call);
		}
	}
}

void link_open_calls(struct linker *l)
{
	struct extension *ext = l->ext;

	for (uint32_t i = 0; i < ext->functions.n; i++) {
		vec_foreach (struct ext_call, call, &ext->functions.v[i].calls) {
			if (call->kind == TARGET_INDIRECT && !call->name && !call->candidates.n)
				resolve_pointer(l, i, call);
		}
	}
}
