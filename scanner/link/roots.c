/* Functions handed to others: to APIs that call them, to threads, to code we cannot see. */
#include "link/link.h"

void add_root(struct linker *l, const struct new_root *new)
{
	struct extension *ext = l->ext;
	struct ext_root *root;
	bool added;

	map_put(&l->root_keys,
		arena_printf(
			&l->scratch, "%u:%d:%u:%s", new->function, new->kind, new->type, new->name),
		&added);
	if (!added)
		return;
	root = vec_add(&ext->arena, &ext->roots);
	root->kind = new->kind;
	root->function = new->function;
	root->type = new->type;
	root->name = intern(&ext->strings, new->name);
	root->text = intern(&ext->strings, new->text);
	root->loc = new->loc;
	root->flags = new->flags;
	root->self_param = new->self_param;
	root->likely_only = new->likely_only;
	root->given_to = new->given_to;
}

static struct ext_loc loc_of_op(const struct ext_function *fn, const struct facts_op *op)
{
	return (struct ext_loc){fn->unit, op->loc};
}

static struct ext_loc loc_of_function(const struct ext_function *fn)
{
	return (struct ext_loc){fn->unit, fn->symbol->loc};
}

static void add_module_roots(struct linker *l)
{
	struct extension *ext = l->ext;

	vec_foreach (const struct ext_module, module, &ext->modules) {
		struct new_root root = {.kind = DB_ENTRY_MODULE_INIT, .type = EXT_NONE};

		if (module->init == EXT_NONE)
			continue;
		root.function = module->init;
		root.name = module->init_name;
		root.text =
			arena_printf(&l->scratch, "%s '%s'", db_entry_text(root.kind), root.name);
		root.loc = module->loc;
		root.self_param = -1;
		add_root(l, &root);
	}
}

/* ---- what leaves the extension ---- */

struct escapes {
	struct linker *l;
	uint64_t *variables; /* bits: seen */
};

/* Whom something was given to: not known by name, by name only, or a known API. */
struct taker {
	const char *name;
	const struct db_api *api;
};

static void function_escapes(
	struct escapes *e, uint32_t function, struct ext_loc loc, struct taker to)
{
	struct linker *l = e->l;
	struct ext_function *fn = &l->ext->functions.v[function];
	struct new_root root = {.kind = DB_ENTRY_EXPORTED, .function = function};

	fn->address_taken = true;
	root.type = EXT_NONE;
	root.name = fn->name;
	root.text = to.name ? arena_printf(&l->scratch, "function given to '%s'", to.name)
			    : db_entry_text(root.kind);
	root.loc = loc;
	root.self_param = -1;
	root.likely_only = true;
	root.given_to = to.api;
	add_root(l, &root);
}

static void variable_escapes(
	struct escapes *e, uint32_t variable, struct ext_loc loc, struct taker to);

static void entities_escape(
	struct escapes *e, const entity_set *set, struct ext_loc loc, struct taker to)
{
	for (size_t i = 0; i < set->n; i++) {
		if (entity_is_function(e->l, set->v[i]))
			function_escapes(e, set->v[i], loc, to);
		else if (entity_is_variable(e->l, set->v[i]))
			variable_escapes(e, entity_variable(e->l, set->v[i]), loc, to);
	}
}

static void init_escapes(
	struct escapes *e, uint32_t unit, uint32_t index, struct ext_loc loc, struct taker to)
{
	const struct facts_init *init = &e->l->ext->units.v[unit]->inits.v[index];
	const struct ext_unit_map *map = &e->l->ext->maps[unit];

	if (init->kind == INIT_SYMBOL && map->functions[init->symbol] != EXT_NONE)
		function_escapes(e, map->functions[init->symbol], loc, to);
	else if (init->kind == INIT_SYMBOL && map->variables[init->symbol] != EXT_NONE)
		variable_escapes(e, map->variables[init->symbol], loc, to);
	for (uint32_t i = 0; init->kind == INIT_LIST && i < init->count; i++)
		init_escapes(e, unit, init->first + i, loc, to);
}

/* Whoever gets the address of a variable can call the functions in it. Python's own tables
 * are read as such elsewhere. */
static void variable_escapes(
	struct escapes *e, uint32_t variable, struct ext_loc loc, struct taker to)
{
	const struct ext_variable *v = &e->l->ext->variables.v[variable];
	entity_set set = {NULL, 0, 0};

	if (!bit_set(e->variables, variable) || variable_table(e->l, variable))
		return;
	values_in_variable(e->l, variable, &set);
	entities_escape(e, &set, loc, to);
	if (v->sym->init != FACTS_NONE)
		init_escapes(e, v->unit, v->sym->init, loc, to);
}

/* ---- arguments ---- */

static void root_of_argument(struct linker *l, const struct ext_function *fn,
	const struct facts_op *op, const struct ext_call *call, uint32_t function,
	enum db_entry_kind kind)
{
	struct new_root root = {.kind = kind, .function = function, .type = EXT_NONE};

	root.name = l->ext->functions.v[function].name;
	root.text =
		arena_printf(&l->scratch, "%s given to '%s'", db_entry_text(kind), call->api->name);
	root.loc = loc_of_op(fn, op);
	root.self_param = kind == DB_ENTRY_CAPSULE_DESTRUCTOR || kind == DB_ENTRY_FREE ? 0 : -1;
	add_root(l, &root);
}

/* The parameter of a bound function that stands for an object of the extension. A lambda's
 * `this` is the lambda. */
static int bound_self(const struct ext_function *fn)
{
	const struct facts *f = fn->facts;
	uint32_t self = fn->code->flags & FUNCTION_LAMBDA ? 1 : 0;
	uint32_t type, record;

	if (!self && (fn->symbol->flags & SYMBOL_METHOD))
		return 0;
	if (self >= fn->code->nparams)
		return -1;
	type = fn->code->locals.v[self].type;
	if (type == FACTS_NONE ||
		(f->types.v[type].kind != TYPE_POINTER && f->types.v[type].kind != TYPE_REFERENCE))
		return -1;
	record = type_record(f, f->types.v[type].target);
	return record != FACTS_NONE && f->records.v[record].origin == FACTS_PROJECT ? (int)self
										    : -1;
}

static const char *first_string(const struct ext_function *fn, const struct facts_op *op)
{
	for (uint32_t i = 0; i < op->nargs; i++) {
		const char *text = string_of(fn->code, &fn->code->args.v[op->first_arg + i]);

		if (text && *text)
			return text;
	}
	return NULL;
}

/* `m.def("name", &f)` in the body of a binding library's module. */
static void root_of_binding(struct linker *l, const struct ext_function *fn,
	const struct facts_op *op, uint32_t function)
{
	const struct ext_function *bound = &l->ext->functions.v[function];
	const char *name = first_string(fn, op);
	struct new_root root = {.kind = DB_ENTRY_FUNCTION, .function = function};

	root.type = EXT_NONE;
	root.self_param = bound_self(bound);
	if (root.self_param >= 0)
		root.kind = DB_ENTRY_METHOD;
	root.name = name ? name : bound->name;
	root.text = arena_printf(&l->scratch, "%s '%s'", db_entry_text(root.kind), root.name);
	root.loc = loc_of_op(fn, op);
	add_root(l, &root);
}

static bool called_at_once(enum db_entry_kind entry)
{
	return entry == DB_ENTRY_CALLED_NOW || entry == DB_ENTRY_CALLED_ONCE;
}

static void visit_argument(struct escapes *e, const struct ext_function *fn,
	const struct ext_call *call, const entity_set *set, enum db_entry_kind entry, bool binding)
{
	const struct facts_op *op = &fn->code->ops.v[call->op];
	struct ext_loc loc = loc_of_op(fn, op);
	struct taker to = {call->name, call->api};

	for (size_t i = 0; i < set->n; i++) {
		if (!entity_is_function(e->l, set->v[i])) {
			if (entity_is_variable(e->l, set->v[i]))
				variable_escapes(e, entity_variable(e->l, set->v[i]), loc, to);
		} else if (entry != DB_ENTRY_NONE) {
			root_of_argument(e->l, fn, op, call, set->v[i], entry);
		} else if (binding && call->kind == TARGET_EXTERNAL) {
			root_of_binding(e->l, fn, op, set->v[i]);
		} else {
			function_escapes(e, set->v[i], loc, to);
		}
	}
}

static void visit_call(
	struct escapes *e, uint32_t function, const struct ext_call *call, bool binding)
{
	const struct ext_function *fn = &e->l->ext->functions.v[function];
	const struct facts_op *op = &fn->code->ops.v[call->op];

	if (call->kind == TARGET_FUNCTION || !call->name)
		return;
	for (uint32_t i = 0; i < op->nargs; i++) {
		enum db_entry_kind entry = call->api ? argument_entry(call->api, i) : DB_ENTRY_NONE;
		entity_set set = {NULL, 0, 0};

		if (called_at_once(entry))
			continue;
		values_of(e->l, function, &fn->code->args.v[op->first_arg + i], &set);
		visit_argument(e, fn, call, &set, entry, binding);
	}
}

/* A store whose place nobody can tell: `*out = f` through an unknown pointer. */
static void visit_store(struct escapes *e, uint32_t function, const struct facts_op *op)
{
	const struct ext_function *fn = &e->l->ext->functions.v[function];
	const struct facts_place *place = &fn->code->places.v[op->place];
	entity_set base = {NULL, 0, 0}, set = {NULL, 0, 0};

	for (uint32_t i = 0; i < place->nsteps; i++) {
		if (fn->code->steps.v[place->first_step + i].kind == STEP_FIELD)
			return;
	}
	if (place->kind != PLACE_UNKNOWN && place->kind != PLACE_MEM)
		return;
	values_of(e->l, function, &fn->code->args.v[op->first_arg], &set);
	if (!set.n)
		return;
	if (place->kind == PLACE_MEM)
		values_of(e->l, function, &place->base, &base);
	if (!base.n)
		entities_escape(e, &set, loc_of_op(fn, op), (struct taker){NULL, NULL});
}

/* Functions in fields of other people's structs are called by other people. */
static void visit_foreign_records(struct escapes *e)
{
	struct linker *l = e->l;

	for (uint32_t r = 0; r < l->ext->records.n; r++) {
		const struct ext_record *record = &l->ext->records.v[r];

		if (record->rec->origin == FACTS_PROJECT || l->record_table[r])
			continue;
		for (uint32_t i = 0; i < record->rec->fields.n; i++) {
			entity_set set = {NULL, 0, 0};

			values_in_field(l, r, i, &set);
			for (size_t j = 0; j < set.n; j++) {
				if (entity_is_function(l, set.v[j]))
					function_escapes(e, set.v[j],
						loc_of_function(&l->ext->functions.v[set.v[j]]),
						(struct taker){
							record->rec->fields.v[i].name, NULL});
			}
		}
	}
}

/* ---- module bodies of binding libraries ---- */

/* Functions that run while a binding library's module is made. */
static uint64_t *find_binding_code(struct linker *l)
{
	const struct extension *ext = l->ext;
	uint64_t *in = bits_new(&l->scratch, ext->functions.n);
	VEC(uint32_t) queue = {NULL, 0, 0};

	vec_foreach (const struct ext_module, module, &ext->modules) {
		if (module->init != EXT_NONE && module->bound && bit_set(in, module->init))
			vec_push(&l->scratch, &queue, module->init);
	}
	for (size_t at = 0; at < queue.n; at++) {
		const struct ext_function *fn = &ext->functions.v[queue.v[at]];

		vec_foreach (const struct ext_call, call, &fn->calls) {
			if (call->kind == TARGET_FUNCTION && bit_set(in, call->id))
				vec_push(&l->scratch, &queue, call->id);
			for (size_t i = 0; i < call->candidates.n; i++) {
				if (bit_set(in, call->candidates.v[i]))
					vec_push(&l->scratch, &queue, call->candidates.v[i]);
			}
		}
	}
	return in;
}

/* ---- calls that are still open ---- */

static bool points_to_function(const struct facts *f, uint32_t type)
{
	if (type == FACTS_NONE || f->types.v[type].kind != TYPE_POINTER)
		return false;
	type = f->types.v[type].target;
	return type != FACTS_NONE && f->types.v[type].kind == TYPE_FUNCTION;
}

/* Function pointers among the parameters of roots are the caller's own. */
static void seed_parameters(struct linker *l)
{
	vec_foreach (const struct ext_root, root, &l->ext->roots) {
		const struct ext_function *fn = &l->ext->functions.v[root->function];

		for (uint32_t i = 0; i < fn->code->nparams; i++) {
			if (points_to_function(fn->facts, fn->code->locals.v[i].type))
				values_seed(l, root->function, i);
		}
	}
}

/* More candidates than this tell nothing. */
#define MAX_GUESSES 4

static bool returns_value(const struct facts *f, uint32_t type)
{
	return type != FACTS_NONE && f->types.v[type].kind != TYPE_VOID;
}

static bool fits(const struct ext_function *caller, const struct facts_op *op,
	const struct ext_function *callee)
{
	uint32_t type = callee->symbol->type;
	const struct facts *f = callee->facts;

	if (callee->code->nparams + 1 != op->nargs)
		return false;
	if (type == FACTS_NONE || f->types.v[type].kind != TYPE_FUNCTION)
		return true;
	return returns_value(f, f->types.v[type].target) == returns_value(caller->facts, op->type);
}

/* Last resort: functions of the right shape whose addresses went somewhere unknown. */
static void guess(struct linker *l, const uint32_t *taken, size_t ntaken)
{
	struct extension *ext = l->ext;

	vec_foreach (struct ext_function, fn, &ext->functions) {
		vec_foreach (struct ext_call, call, &fn->calls) {
			uint32_t found[MAX_GUESSES];
			size_t n = 0;

			if (call->kind != TARGET_INDIRECT || call->name || call->candidates.n)
				continue;
			for (size_t i = 0; i < ntaken && n <= MAX_GUESSES; i++) {
				if (!fits(fn, &fn->code->ops.v[call->op],
					    &ext->functions.v[taken[i]]))
					continue;
				if (n < MAX_GUESSES)
					found[n] = taken[i];
				n++;
			}
			for (size_t i = 0; n <= MAX_GUESSES && i < n; i++)
				vec_push(&ext->arena, &call->candidates, found[i]);
		}
	}
}

static uint64_t *called_functions(struct linker *l)
{
	struct extension *ext = l->ext;
	uint64_t *called = bits_new(&l->scratch, ext->functions.n);

	vec_foreach (const struct ext_function, fn, &ext->functions)
		vec_foreach (const struct ext_call, call, &fn->calls) {
			if (call->kind == TARGET_FUNCTION)
				bit_set(called, call->id);
			vec_foreach (const uint32_t, id, &call->candidates)
				bit_set(called, *id);
		}
	vec_foreach (const struct ext_root, root, &ext->roots)
		bit_set(called, root->function);
	return called;
}

static void add_field_root(
	struct linker *l, const struct ext_record *record, uint32_t field, uint32_t function)
{
	const struct ext_function *fn = &l->ext->functions.v[function];
	struct new_root root = {.kind = DB_ENTRY_SLOT, .function = function, .type = record->type};

	root.name = record->rec->fields.v[field].name;
	root.text = arena_printf(
		&l->scratch, "function in '%s.%s' of an object", record->name, root.name);
	root.loc = loc_of_function(fn);
	root.self_param = fn->code->nparams ? 0 : -1;
	add_root(l, &root);
}

/* Functions that are in fields of objects, and that nothing here calls: the interpreter does,
 * which a type tells the offset of such a field. */
static void add_field_roots(struct linker *l)
{
	struct extension *ext = l->ext;
	const uint64_t *called = called_functions(l);

	for (uint32_t r = 0; r < ext->records.n; r++) {
		const struct ext_record *record = &ext->records.v[r];

		if (record->type == EXT_NONE)
			continue;
		for (uint32_t i = 0; i < record->rec->fields.n; i++) {
			entity_set set = {NULL, 0, 0};

			values_in_field(l, r, i, &set);
			for (size_t j = 0; j < set.n; j++)
				if (entity_is_function(l, set.v[j]) && !bit_get(called, set.v[j]))
					add_field_root(l, record, i, set.v[j]);
		}
	}
}

void link_roots(struct linker *l)
{
	struct extension *ext = l->ext;
	struct escapes e = {l, bits_new(&l->scratch, ext->variables.n)};
	const uint64_t *binding = find_binding_code(l);
	VEC(uint32_t) taken = {NULL, 0, 0};

	add_module_roots(l);
	for (uint32_t i = 0; i < ext->functions.n; i++) {
		const struct ext_function *fn = &ext->functions.v[i];

		vec_foreach (const struct ext_call, call, &fn->calls)
			visit_call(&e, i, call, bit_get(binding, i));
		vec_foreach (const struct facts_op, op, &fn->code->ops) {
			if (op->kind == OP_STORE)
				visit_store(&e, i, op);
		}
	}
	visit_foreign_records(&e);
	for (uint32_t i = 0; i < ext->functions.n; i++) {
		if (ext->functions.v[i].address_taken)
			vec_push(&l->scratch, &taken, i);
	}
	seed_parameters(l);
	link_open_calls(l);
	guess(l, taken.v, taken.n);
	add_field_roots(l);
}
