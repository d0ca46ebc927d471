/*
 * Which functions, variables and tables a pointer may be: inclusion constraints over the
 * whole extension, without order and without calling contexts. A field is one node for
 * all objects of its record, an array is one node.
 */
#include "link/link.h"

/* A pointer that may be more than this many things is unknown. */
#define MAX_VALUES 512

/* What is done through a pointer. */
struct uses {
	VEC(uint32_t) loads;  /* nodes that get the content of variables in the node */
	VEC(uint32_t) stores; /* nodes whose values go to the content of variables in the node */
	VEC(uint32_t) calls;  /* numbers of indirect calls */
};

struct node {
	entity_set set;	   /* sorted */
	VEC(uint32_t) to;  /* nodes that get what is in here */
	struct uses *uses; /* few have any: NULL */
	bool full;
	bool written; /* something is stored here, told or not */
	bool changed; /* by code, beside what initialisers say */
};

struct indirect_call {
	uint32_t function;
	uint32_t op;
	uint32_t result; /* node */
};

struct work {
	uint32_t node;
	uint32_t entity;
};

/*
 * Nodes stand in this order: locals of each function, results of each function, contents
 * of variables, contents of local tables, fields of each record; then those made on
 * demand for loads through pointers and results of indirect calls.
 */
struct values {
	struct linker *l;
	VEC(struct node) nodes;
	uint32_t *first_local; /* by function */
	uint32_t first_result, first_content;
	uint32_t *first_field; /* by record */
	uint32_t **of_op;      /* by function: NULL, or by operation: node + 1 */
	VEC(struct indirect_call) calls;
	VEC(struct work) work;
	size_t done; /* of work */
};

/* ---- constraints ---- */

static bool add_value(struct values *v, uint32_t node, uint32_t entity)
{
	struct node *n = &v->nodes.v[node];
	size_t low = 0, high = n->set.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (n->set.v[mid] < entity)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < n->set.n && n->set.v[low] == entity)
		return false;
	if (n->set.n == MAX_VALUES) {
		n->full = true;
		return false;
	}
	vec_push(&v->l->scratch, &n->set, 0);
	memmove(&n->set.v[low + 1], &n->set.v[low], (n->set.n - 1 - low) * sizeof(*n->set.v));
	n->set.v[low] = entity;
	vec_push(&v->l->scratch, &v->work, ((struct work){node, entity}));
	return true;
}

static void add_edge(struct values *v, uint32_t from, uint32_t to)
{
	struct node *n = &v->nodes.v[from];

	if (from == to)
		return;
	/* the same edge again comes from the same statement's neighbours, if from anywhere */
	for (size_t i = n->to.n; i > 0 && i + 8 > n->to.n; i--) {
		if (n->to.v[i - 1] == to)
			return;
	}
	vec_push(&v->l->scratch, &n->to, to);
	for (size_t i = 0; i < n->set.n; i++)
		add_value(v, to, n->set.v[i]);
}

static uint32_t new_node(struct values *v)
{
	(void)vec_add(&v->l->scratch, &v->nodes);
	return (uint32_t)v->nodes.n - 1;
}

static struct uses *uses_of(struct values *v, uint32_t node)
{
	struct node *n = &v->nodes.v[node];

	if (!n->uses)
		n->uses = arena_new(&v->l->scratch, struct uses);
	return n->uses;
}

/* ---- where a value comes from ---- */

enum source_kind { SOURCE_NONE, SOURCE_ENTITY, SOURCE_NODE };

struct source {
	enum source_kind kind;
	uint32_t id;
};

static const struct source no_source = {SOURCE_NONE, 0};

static void flow(struct values *v, struct source from, uint32_t to)
{
	if (from.kind == SOURCE_ENTITY)
		add_value(v, to, from.id);
	else if (from.kind == SOURCE_NODE)
		add_edge(v, from.id, to);
}

static uint32_t content_node(const struct values *v, uint32_t entity)
{
	return v->first_content + entity - (uint32_t)v->l->ext->functions.n;
}

static uint32_t foreign_entity(struct linker *l, const char *name)
{
	bool added;
	uintptr_t *id = map_put(&l->foreign_of_name, name, &added);

	if (added) {
		*id = l->foreign.n;
		vec_push(&l->scratch, &l->foreign, name);
	}
	return (uint32_t)(l->ext->functions.n + l->ext->variables.n + l->local_tables.n + *id);
}

static struct source source_of_symbol(const struct values *v, uint32_t unit, uint32_t symbol)
{
	const struct ext_unit_map *map = &v->l->ext->maps[unit];
	const struct facts_symbol *s = &v->l->ext->units.v[unit]->symbols.v[symbol];

	if (map->functions[symbol] != EXT_NONE)
		return (struct source){SOURCE_ENTITY, map->functions[symbol]};
	if (map->variables[symbol] != EXT_NONE)
		return (struct source){
			SOURCE_ENTITY, entity_of_variable(v->l, map->variables[symbol])};
	if (s->kind == SYMBOL_FUNCTION)
		return (struct source){SOURCE_ENTITY, foreign_entity(v->l, s->name)};
	return no_source;
}

static const struct facts_step *last_field(
	const struct facts_function *code, const struct facts_place *place)
{
	for (uint32_t i = place->nsteps; i > 0; i--) {
		const struct facts_step *step = &code->steps.v[place->first_step + i - 1];

		if (step->kind == STEP_FIELD)
			return step;
	}
	return NULL;
}

static bool field_node(
	const struct values *v, uint32_t unit, const struct facts_step *step, uint32_t *node)
{
	uint32_t record = v->l->ext->maps[unit].records[step->record];
	uint32_t field = record_field(v->l, unit, step->record, step->field);

	if (field == FACTS_NONE)
		return false;
	*node = v->first_field[record] + field;
	return true;
}

static uint32_t local_table_entity(const struct values *v, uint32_t function, uint32_t local)
{
	const struct linker *l = v->l;
	const uint32_t *of = l->local_table_of[function];

	if (!of || of[local] == EXT_NONE)
		return EXT_NONE;
	return (uint32_t)(l->ext->functions.n + l->ext->variables.n) + of[local];
}

static struct source source_of_operand(
	struct values *v, uint32_t function, const struct facts_operand *operand);

/* The node of what stands at a place; for memory behind a pointer see load_node. */
static bool place_node(
	struct values *v, uint32_t function, const struct facts_place *place, uint32_t *node)
{
	const struct ext_function *fn = &v->l->ext->functions.v[function];
	const struct facts_step *field = last_field(fn->code, place);
	uint32_t variable, table;

	if (field)
		return field_node(v, fn->unit, field, node);
	switch (place->kind) {
	case PLACE_LOCAL:
		table = local_table_entity(v, function, place->id);
		*node = table == EXT_NONE ? v->first_local[function] + place->id
					  : content_node(v, table);
		return true;
	case PLACE_GLOBAL:
		variable = v->l->ext->maps[fn->unit].variables[place->id];
		if (variable == EXT_NONE)
			return false;
		*node = content_node(v, entity_of_variable(v->l, variable));
		return true;
	default:
		return false;
	}
}

/* The member of a list that initialises the field NAME, or NULL. */
static const struct facts_init *init_of_field(
	const struct facts *f, const struct facts_init *list, const char *name)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct facts_init *member = &f->inits.v[list->first + i];

		if (member->field && strcmp(member->field, name) == 0)
			return member;
	}
	return NULL;
}

/* What a field of a table that is named in the source has from its initialiser: a field is one node
 * for all tables, but this one is known. Not where code changes fields of the kind. */
static struct source source_in_table(
	const struct values *v, uint32_t function, const struct facts_place *place, uint32_t node)
{
	const struct ext_function *fn = &v->l->ext->functions.v[function];
	const struct facts_step *step = last_field(fn->code, place);
	const struct facts_record *fields;
	const struct facts_init *init;
	const struct ext_variable *table;
	uint32_t variable;

	if (place->kind != PLACE_GLOBAL || place->nsteps != 1 || !step || v->nodes.v[node].changed)
		return no_source;
	variable = v->l->ext->maps[fn->unit].variables[place->id];
	table = variable == EXT_NONE ? NULL : &v->l->ext->variables.v[variable];
	if (!table || table->sym->init == FACTS_NONE ||
		v->nodes.v[content_node(v, entity_of_variable(v->l, variable))].changed)
		return no_source;
	init = &table->facts->inits.v[table->sym->init];
	fields = &v->l->ext->units.v[fn->unit]->records.v[step->record];
	init = init->kind == INIT_LIST
		       ? init_of_field(table->facts, init, fields->fields.v[step->field].name)
		       : NULL;
	return init && init->kind == INIT_SYMBOL ? source_of_symbol(v, table->unit, init->symbol)
						 : no_source;
}

static uint32_t *op_node(struct values *v, uint32_t function, uint32_t op)
{
	if (!v->of_op[function])
		v->of_op[function] = arena_alloc(&v->l->scratch,
			v->l->ext->functions.v[function].code->ops.n * sizeof(uint32_t));
	return &v->of_op[function][op];
}

/* A node for the result of OP, made once. */
static uint32_t result_node(struct values *v, uint32_t function, uint32_t op, bool *made)
{
	uint32_t *known = op_node(v, function, op);

	*made = !*known;
	if (*made)
		*known = new_node(v) + 1;
	return *op_node(v, function, op) - 1;
}

/* `*pointer`, elements included: what the variables hold that the pointer may be at. */
static struct source load_through(
	struct values *v, uint32_t function, uint32_t op, const struct facts_place *place)
{
	struct source base = source_of_operand(v, function, &place->base);
	uint32_t node;
	bool made;

	if (base.kind == SOURCE_NONE)
		return no_source;
	if (base.kind == SOURCE_ENTITY)
		return entity_is_object(v->l, base.id)
			       ? (struct source){SOURCE_NODE, content_node(v, base.id)}
			       : base; /* *f is f */
	node = result_node(v, function, op, &made);
	if (made) {
		entity_set before = v->nodes.v[base.id].set;
		struct uses *uses = uses_of(v, base.id);

		vec_push(&v->l->scratch, &uses->loads, node);
		for (size_t i = 0; i < before.n; i++) {
			if (entity_is_object(v->l, before.v[i]))
				add_edge(v, content_node(v, before.v[i]), node);
			else
				add_value(v, node, before.v[i]);
		}
	}
	return (struct source){SOURCE_NODE, node};
}

static struct source source_of_address(
	struct values *v, uint32_t function, const struct facts_place *place)
{
	const struct ext_function *fn = &v->l->ext->functions.v[function];
	uint32_t entity;

	if (last_field(fn->code, place))
		return no_source;
	switch (place->kind) {
	case PLACE_GLOBAL:
		return source_of_symbol(v, fn->unit, place->id);
	case PLACE_LOCAL:
		entity = local_table_entity(v, function, place->id);
		if (entity != EXT_NONE)
			return (struct source){SOURCE_ENTITY, entity};
		/* by reference: what is behind the address passes for the address, as a
		 * load through a function gives the function (a lambda, `&f` for a T &&) */
		return (struct source){SOURCE_NODE, v->first_local[function] + place->id};
	case PLACE_MEM:
		return source_of_operand(v, function, &place->base);
	default:
		return no_source;
	}
}

static struct source source_of_call(struct values *v, uint32_t function, uint32_t op)
{
	const struct ext_function *fn = &v->l->ext->functions.v[function];
	uint32_t callee = fn->code->ops.v[op].callee;
	bool made;

	if (callee == FACTS_NONE)
		return (struct source){SOURCE_NODE, result_node(v, function, op, &made)};
	callee = v->l->ext->maps[fn->unit].functions[callee];
	return callee == EXT_NONE ? no_source
				  : (struct source){SOURCE_NODE, v->first_result + callee};
}

/* The operand that an operation passes on as its value, or NULL. Operands name earlier
 * operations only, so following them ends. */
static const struct facts_operand *passed_on(
	const struct facts_function *code, const struct facts_op *op)
{
	switch (op->kind) {
	case OP_CAST:
	case OP_STORE:
	case OP_VALUE:
		return op->nargs ? &code->args.v[op->first_arg] : NULL;
	case OP_BINARY: /* pointer arithmetic stays inside of the table */
		return op->sub == OPERATOR_ADD || op->sub == OPERATOR_SUB
			       ? &code->args.v[op->first_arg]
			       : NULL;
	default:
		return NULL;
	}
}

static struct source source_of_operand(
	struct values *v, uint32_t function, const struct facts_operand *operand)
{
	const struct ext_function *fn = &v->l->ext->functions.v[function];
	const struct facts_function *code = fn->code;

	while (operand && operand->kind == OPERAND_TEMP) {
		const struct facts_op *op = &code->ops.v[operand->id];
		const struct facts_place *place =
			op->place == FACTS_NONE ? NULL : &code->places.v[op->place];
		uint32_t node;

		switch (op->kind) {
		case OP_LOAD:
			if (place_node(v, function, place, &node)) {
				struct source known = source_in_table(v, function, place, node);

				return known.kind == SOURCE_ENTITY
					       ? known
					       : (struct source){SOURCE_NODE, node};
			}
			if (place->kind != PLACE_MEM)
				return no_source;
			return load_through(v, function, operand->id, place);
		case OP_ADDR:
			return source_of_address(v, function, place);
		case OP_CALL:
			return source_of_call(v, function, operand->id);
		default:
			operand = passed_on(code, op);
		}
	}
	if (operand && operand->kind == OPERAND_SYMBOL)
		return source_of_symbol(v, fn->unit, operand->id);
	return no_source;
}

/* ---- the constraints of the code ---- */

static void visit_store(struct values *v, uint32_t function, const struct facts_op *op)
{
	const struct facts_function *code = v->l->ext->functions.v[function].code;
	const struct facts_place *place = &code->places.v[op->place];
	struct source from = source_of_operand(v, function, &code->args.v[op->first_arg]);
	struct source base;
	uint32_t node;

	if (place_node(v, function, place, &node)) {
		v->nodes.v[node].written = true;
		flow(v, from, node);
		return;
	}
	if (from.kind == SOURCE_NONE)
		return;
	if (place->kind != PLACE_MEM || last_field(code, place))
		return;
	base = source_of_operand(v, function, &place->base);
	if (base.kind == SOURCE_ENTITY && entity_is_object(v->l, base.id)) {
		flow(v, from, content_node(v, base.id));
	} else if (base.kind == SOURCE_NODE) {
		uint32_t value = new_node(v);
		entity_set before = v->nodes.v[base.id].set;
		struct uses *uses = uses_of(v, base.id);

		flow(v, from, value);
		vec_push(&v->l->scratch, &uses->stores, value);
		for (size_t i = 0; i < before.n; i++) {
			if (entity_is_object(v->l, before.v[i]))
				add_edge(v, value, content_node(v, before.v[i]));
		}
	}
}

/* Arguments of CALLER's call at OP, the first SKIP left out, become CALLEE's parameters. */
static void bind_arguments(struct values *v, uint32_t caller, const struct facts_op *op,
	uint32_t skip, uint32_t callee)
{
	const struct facts_function *code = v->l->ext->functions.v[caller].code;
	uint32_t nparams = v->l->ext->functions.v[callee].code->nparams;

	for (uint32_t i = skip; i < op->nargs && i - skip < nparams; i++)
		flow(v, source_of_operand(v, caller, &code->args.v[op->first_arg + i]),
			v->first_local[callee] + i - skip);
}

static void bind_indirect(struct values *v, uint32_t call, uint32_t callee)
{
	const struct indirect_call c = v->calls.v[call];
	const struct facts_function *code = v->l->ext->functions.v[c.function].code;

	bind_arguments(v, c.function, &code->ops.v[c.op], 1, callee);
	add_edge(v, v->first_result + callee, c.result);
}

static void visit_call(struct values *v, uint32_t function, uint32_t index)
{
	const struct ext_function *fn = &v->l->ext->functions.v[function];
	const struct facts_op *op = &fn->code->ops.v[index];
	struct source pointer;
	uint32_t callee, call;
	struct uses *uses;
	bool made;

	if (op->callee != FACTS_NONE) {
		callee = v->l->ext->maps[fn->unit].functions[op->callee];
		if (callee != EXT_NONE)
			bind_arguments(v, function, op, 0, callee);
		return;
	}
	pointer = source_of_operand(v, function, &fn->code->args.v[op->first_arg]);
	if (pointer.kind == SOURCE_NONE)
		return;
	call = (uint32_t)v->calls.n;
	vec_push(&v->l->scratch, &v->calls,
		((struct indirect_call){function, index, result_node(v, function, index, &made)}));
	if (pointer.kind == SOURCE_ENTITY) {
		if (entity_is_function(v->l, pointer.id))
			bind_indirect(v, call, pointer.id);
		return;
	}
	uses = uses_of(v, pointer.id);
	vec_push(&v->l->scratch, &uses->calls, call);
	for (size_t i = 0; i < v->nodes.v[pointer.id].set.n; i++) {
		uint32_t e = v->nodes.v[pointer.id].set.v[i];

		if (entity_is_function(v->l, e))
			bind_indirect(v, call, e);
	}
}

/* Before all else: which fields and variables code assigns to. */
static void mark_changed(struct values *v, uint32_t function)
{
	const struct facts_function *code = v->l->ext->functions.v[function].code;
	uint32_t node;

	for (uint32_t i = 0; i < code->ops.n; i++) {
		const struct facts_op *op = &code->ops.v[i];

		if (op->kind == OP_STORE &&
			place_node(v, function, &code->places.v[op->place], &node))
			v->nodes.v[node].changed = true;
	}
}

static void visit_function(struct values *v, uint32_t function)
{
	const struct facts_function *code = v->l->ext->functions.v[function].code;

	for (uint32_t i = 0; i < code->ops.n; i++) {
		const struct facts_op *op = &code->ops.v[i];

		if (op->kind == OP_STORE)
			visit_store(v, function, op);
		else if (op->kind == OP_CALL)
			visit_call(v, function, i);
		else if (op->kind == OP_RETURN && op->nargs)
			flow(v, source_of_operand(v, function, &code->args.v[op->first_arg]),
				v->first_result + function);
	}
}

/* ---- the constraints of initialisers ---- */

/* HOLDER: the node of what INIT initialises: the variable, or the innermost field. */
static void visit_init(struct values *v, uint32_t unit, uint32_t index, uint32_t holder)
{
	const struct facts *f = v->l->ext->units.v[unit];
	const struct facts_init *init = &f->inits.v[index];
	uint32_t record = FACTS_NONE;

	if (init->kind == INIT_SYMBOL)
		flow(v, source_of_symbol(v, unit, init->symbol), holder);
	if (init->kind != INIT_LIST && init->kind != INIT_NULL)
		v->nodes.v[holder].written = true;
	if (init->kind != INIT_LIST)
		return;
	if (init->type != FACTS_NONE && f->types.v[init->type].kind == TYPE_RECORD)
		record = f->types.v[init->type].record;
	for (uint32_t i = 0; i < init->count; i++) {
		const struct facts_init *child = &f->inits.v[init->first + i];
		struct facts_step step = {
			.kind = STEP_FIELD, .record = record, .field = (uint32_t)child->index};
		uint32_t node = holder;

		if (record != FACTS_NONE && child->field &&
			child->index < f->records.v[record].fields.n &&
			!field_node(v, unit, &step, &node))
			node = holder;
		visit_init(v, unit, init->first + i, node);
	}
}

static void visit_inits(struct values *v)
{
	const struct extension *ext = v->l->ext;

	for (uint32_t i = 0; i < ext->variables.n; i++) {
		const struct ext_variable *variable = &ext->variables.v[i];

		if (variable->sym->init != FACTS_NONE)
			visit_init(v, variable->unit, variable->sym->init,
				content_node(v, entity_of_variable(v->l, i)));
	}
}

/* ---- solving ---- */

/* ENTITY has come into a pointer with USES. */
static void solve_uses(struct values *v, const struct uses *uses, uint32_t entity)
{
	bool function = entity_is_function(v->l, entity);
	bool object = entity_is_object(v->l, entity);

	for (size_t i = 0; i < uses->loads.n; i++) {
		if (object)
			add_edge(v, content_node(v, entity), uses->loads.v[i]);
		else
			add_value(v, uses->loads.v[i], entity);
	}
	for (size_t i = 0; object && i < uses->stores.n; i++)
		add_edge(v, uses->stores.v[i], content_node(v, entity));
	for (size_t i = 0; function && i < uses->calls.n; i++)
		bind_indirect(v, uses->calls.v[i], entity);
}

static void solve(struct values *v)
{
	while (v->done < v->work.n) {
		const struct work w = v->work.v[v->done++];

		/* the lists can move and grow meanwhile; what is added to them late has seen
		 * this entity already */
		for (size_t i = 0; i < v->nodes.v[w.node].to.n; i++)
			add_value(v, v->nodes.v[w.node].to.v[i], w.entity);
		if (v->nodes.v[w.node].uses)
			solve_uses(v, v->nodes.v[w.node].uses, w.entity);
		if (v->done == v->work.n)
			v->done = v->work.n = 0;
	}
}

static void find_local_tables(struct linker *l)
{
	const struct extension *ext = l->ext;

	l->local_table_of = arena_alloc(&l->scratch, ext->functions.n * sizeof(uint32_t *));
	for (uint32_t i = 0; i < ext->functions.n; i++) {
		const struct facts_function *code = ext->functions.v[i].code;

		for (uint32_t j = code->nparams; j < code->locals.n; j++) {
			if (!local_table(l, i, j))
				continue;
			if (!l->local_table_of[i]) {
				l->local_table_of[i] =
					arena_alloc(&l->scratch, code->locals.n * sizeof(uint32_t));
				memset(l->local_table_of[i], 0xff,
					code->locals.n * sizeof(uint32_t));
			}
			l->local_table_of[i][j] = (uint32_t)l->local_tables.n;
			vec_push(&l->scratch, &l->local_tables, ((struct local_table){i, j}));
		}
	}
}

static void number_nodes(struct values *v)
{
	struct linker *l = v->l;
	const struct extension *ext = l->ext;
	uint32_t n = 0;

	v->first_local = arena_alloc(&l->scratch, ext->functions.n * sizeof(uint32_t));
	v->first_field = arena_alloc(&l->scratch, ext->records.n * sizeof(uint32_t));
	v->of_op = arena_alloc(&l->scratch, ext->functions.n * sizeof(uint32_t *));
	for (size_t i = 0; i < ext->functions.n; i++) {
		v->first_local[i] = n;
		n += (uint32_t)ext->functions.v[i].code->locals.n;
	}
	v->first_result = n;
	n += (uint32_t)ext->functions.n;
	v->first_content = n;
	n += (uint32_t)(ext->variables.n + l->local_tables.n);
	for (size_t i = 0; i < ext->records.n; i++) {
		v->first_field[i] = n;
		n += (uint32_t)ext->records.v[i].rec->fields.n;
	}
	vec_reserve(&l->scratch, &v->nodes, n + n / 2); /* for those made on demand */
	v->nodes.n = n;
}

void link_values(struct linker *l)
{
	struct values *v = arena_new(&l->scratch, struct values);

	v->l = l;
	l->values = v;
	map_init(&l->foreign_of_name, &l->scratch);
	find_local_tables(l);
	number_nodes(v);
	visit_inits(v);
	for (uint32_t i = 0; i < l->ext->functions.n; i++)
		mark_changed(v, i);
	for (uint32_t i = 0; i < l->ext->functions.n; i++)
		visit_function(v, i);
	solve(v);
}

void values_seed(struct linker *l, uint32_t function, uint32_t param)
{
	struct values *v = l->values;
	const char *name = l->ext->functions.v[function].code->locals.v[param].name;

	add_value(v, v->first_local[function] + param, foreign_entity(l, name));
}

/* ---- answers ---- */

static bool node_values(struct linker *l, uint32_t node, entity_set *out)
{
	const struct node *n = &l->values->nodes.v[node];

	for (size_t i = 0; i < n->set.n; i++)
		vec_push(&l->scratch, out, n->set.v[i]);
	return !n->full;
}

bool values_of(
	struct linker *l, uint32_t function, const struct facts_operand *operand, entity_set *out)
{
	struct source source = source_of_operand(l->values, function, operand);

	/* a question about a load that no constraint asked for makes a new node */
	solve(l->values);
	if (source.kind == SOURCE_ENTITY)
		vec_push(&l->scratch, out, source.id);
	return source.kind != SOURCE_NODE || node_values(l, source.id, out);
}

bool values_in_variable(struct linker *l, uint32_t variable, entity_set *out)
{
	return node_values(l, content_node(l->values, entity_of_variable(l, variable)), out);
}

bool values_in_field(struct linker *l, uint32_t record, uint32_t field, entity_set *out)
{
	return node_values(l, l->values->first_field[record] + field, out);
}

bool field_is_written(const struct linker *l, uint32_t record, uint32_t field)
{
	return l->values->nodes.v[l->values->first_field[record] + field].written;
}

bool values_returned(struct linker *l, uint32_t function, entity_set *out)
{
	return node_values(l, l->values->first_result + function, out);
}

const struct facts_operand *behind_casts(
	const struct facts_function *code, const struct facts_operand *operand)
{
	while (operand->kind == OPERAND_TEMP && code->ops.v[operand->id].kind == OP_CAST)
		operand = &code->args.v[code->ops.v[operand->id].first_arg];
	return operand;
}

bool constant_of(
	const struct facts_function *code, const struct facts_operand *operand, int64_t *value)
{
	operand = behind_casts(code, operand);
	if (operand->kind != OPERAND_INT && operand->kind != OPERAND_NULL)
		return false;
	*value = operand->kind == OPERAND_INT ? operand->value : 0;
	return true;
}

const char *string_of(const struct facts_function *code, const struct facts_operand *operand)
{
	operand = behind_casts(code, operand);
	return operand->kind == OPERAND_STRING ? operand->text : NULL;
}
