/*
 * The path of every value: operations are visited in order, so that operands are mostly
 * known already; only around loops does a value ask for one that comes later, and what
 * is being asked for then counts as nothing.
 */
#include "analysis/state.h"

#define BUSY	  UINT32_MAX
#define DEPTH_MAX 64

static path_id op_value(struct analysis *a, struct fn_state *f, uint32_t op, unsigned depth);

static const uint32_t *index_of(struct analysis *a, uint32_t **table, uint32_t unit, size_t n,
	uint32_t (*find)(const struct extension *, uint32_t, uint32_t))
{
	if (!table[unit]) {
		table[unit] = arena_alloc(&a->arena, (n + 1) * sizeof(uint32_t));
		for (uint32_t i = 0; i < n; i++)
			table[unit][i] = find(a->ext, unit, i);
	}
	return table[unit];
}

uint32_t analysis_variable(struct analysis *a, uint32_t unit, uint32_t symbol)
{
	return index_of(a, a->variable_of, unit, a->ext->units.v[unit]->symbols.n,
		ext_variable_of_symbol)[symbol];
}

static path_id symbol_path(struct analysis *a, uint32_t unit, uint32_t symbol)
{
	const struct facts *facts = a->ext->units.v[unit];
	uint32_t id;

	if (facts->symbols.v[symbol].kind == SYMBOL_FUNCTION) {
		id = index_of(
			a, a->function_of, unit, facts->symbols.n, ext_function_of_symbol)[symbol];
		return id == EXT_NONE ? PATH_CONST : path_make(a, PATH_FUNCTION, 0, id, 0);
	}
	id = analysis_variable(a, unit, symbol);
	return id == EXT_NONE || facts->symbols.v[symbol].origin != FACTS_PROJECT
		       ? PATH_CONST
		       : path_make(a, PATH_VARIABLE, 0, id, 0);
}

static path_id operand_value(
	struct analysis *a, struct fn_state *f, const struct facts_operand *v, unsigned depth)
{
	switch (v->kind) {
	case OPERAND_TEMP:
		return op_value(a, f, v->id, depth);
	case OPERAND_SYMBOL:
		return symbol_path(a, f->unit, v->id);
	case OPERAND_NONE:
		return PATH_ANY;
	default:
		return PATH_CONST;
	}
}

static path_id field_path(
	struct analysis *a, struct fn_state *f, path_id base, const struct facts_step *s)
{
	uint32_t record = index_of(a, a->record_of, f->unit, a->ext->units.v[f->unit]->records.n,
		ext_record_of)[s->record];

	if (record == EXT_NONE)
		return path_make(a, PATH_INDEX, base, 0, 0);
	return path_make(a, PATH_FIELD, base, record, s->field);
}

static path_id place_value(
	struct analysis *a, struct fn_state *f, const struct facts_place *p, unsigned depth)
{
	path_id path = PATH_ANY;

	switch (p->kind) {
	case PLACE_LOCAL:
		path = path_make(a, PATH_LOCAL, 0, p->id, 0);
		break;
	case PLACE_GLOBAL:
		path = symbol_path(a, f->unit, p->id);
		break;
	case PLACE_MEM:
		path = operand_value(a, f, &p->base, depth);
		break;
	case PLACE_UNKNOWN:
		break;
	}
	if (path == BUSY)
		return BUSY;
	for (uint32_t i = 0; i < p->nsteps; i++) {
		const struct facts_step *s = &f->code->steps.v[p->first_step + i];

		path = s->kind == STEP_FIELD ? field_path(a, f, path, s)
					     : path_make(a, PATH_INDEX, path, 0, 0);
	}
	return path;
}

/* Which argument a call returns, or -1. */
static int returned_arg(const struct db_api *api)
{
	if (api->role == DB_ROLE_NEWREF)
		return api->role_arg >= 0 ? api->role_arg : 0;
	if (api->owner == DB_OWNER_SAME_AS_ARGUMENT)
		return api->borrowed_from >= 0 ? api->borrowed_from : 0;
	return -1;
}

/* Which argument's own memory a call returns a pointer into, or -1. */
static int enclosing_arg(const struct db_api *api)
{
	return api->returns == DB_REF_INTERNAL && api->owner == DB_OWNER_OWNER_IMMUTABLE_SLOT &&
			       api->role == DB_ROLE_NONE
		       ? api->borrowed_from
		       : -1;
}

static path_id call_value(struct analysis *a, struct fn_state *f, uint32_t op)
{
	const struct ext_call *call = call_at(f, op);
	const struct fn_state *callee = call_function(a, f, op);
	int arg = call && call->api ? returned_arg(call->api) : -1;
	int outer = call && call->api ? enclosing_arg(call->api) : -1;

	if (arg >= 0 && call_operand(f, op, arg))
		return value_of(a, f, call_operand(f, op, arg));
	if (outer >= 0 && call_operand(f, op, outer))
		return path_make(a, PATH_INDEX, value_of(a, f, call_operand(f, op, outer)), 0, 0);
	if (callee && callee->summary.returns) {
		path_id p = call_translate(a, f, op, callee->summary.returns);

		if (p)
			return p;
	}
	return path_make(a, PATH_CALL, 0, op, 0);
}

/* What a function of ours stores at its parameter INDEX, PATH_NONE: nothing simple. */
static path_id out_value(struct analysis *a, struct fn_state *f, uint32_t op, uint32_t index)
{
	const struct fn_state *callee = call_function(a, f, op);
	path_id out = callee && index < SUMMARY_OUTS ? callee->summary.outs[index] : PATH_NONE;

	return out > PATH_CONST ? call_translate(a, f, op, out) : PATH_NONE;
}

static path_id byref_value(struct analysis *a, struct fn_state *f, uint32_t op, uint32_t local)
{
	const struct ext_call *call = call_at(f, op);
	uint32_t n;
	const struct facts_operand *args = call_operands(f, op, &n, NULL);
	path_id out;

	if (call && call->api && call->api->role == DB_ROLE_CLEAR)
		return PATH_CONST;
	for (uint32_t i = 0; i < n; i++) {
		if (address_of_local(f, &args[i]) != local)
			continue;
		if (call && call->api && call->api->role == DB_ROLE_SETREF && i + 1 < n)
			return value_of(a, f, &args[i + 1]);
		out = out_value(a, f, op, i);
		return out ? out : path_make(a, PATH_OUT, 0, op, i);
	}
	return PATH_ANY;
}

static bool is_pointer(const struct fn_state *f, uint32_t type)
{
	const struct facts *facts = f->ext->facts;

	return type < facts->types.n && (facts->types.v[type].kind == TYPE_POINTER ||
						facts->types.v[type].kind == TYPE_ARRAY);
}

static path_id merged_defs(
	struct analysis *a, struct fn_state *f, uint32_t local, uint32_t op, unsigned depth);

static path_id def_value(
	struct analysis *a, struct fn_state *f, uint32_t local, uint32_t def, unsigned depth)
{
	const struct facts_op *op;

	if (def == DEF_ENTRY)
		return local < f->code->nparams ? path_make(a, PATH_PARAM, 0, local, 0)
						: PATH_CONST;
	op = &f->code->ops.v[def];
	switch (op->kind) {
	case OP_STORE:
		return operand_value(a, f, &f->code->args.v[op->first_arg], depth);
	case OP_RMW: /* its value is where the pointer was or is: an element either way */
		return is_pointer(f, op->type) ? op_value(a, f, def, depth) : PATH_ANY;
	case OP_CALL:
		return byref_value(a, f, def, local);
	default:
		return PATH_CONST;
	}
}

/* Of several values the first that says something: NULL on the way that failed does not
 * hide where the other came from. */
static path_id merged_defs(
	struct analysis *a, struct fn_state *f, uint32_t local, uint32_t op, unsigned depth)
{
	struct reaching r;
	path_id found = PATH_NONE;
	bool busy = false, constant = false;

	defs_reaching(f, local, op, &r);
	if (r.more)
		f->ambiguous[op] = true;
	for (uint32_t i = 0; i < r.n; i++) {
		path_id v = def_value(a, f, local, r.v[i], depth);

		if (v == BUSY)
			busy = true;
		else if (v == PATH_CONST)
			constant = true;
		else if (!found || found == PATH_ANY)
			found = v;
		else if (found != v)
			f->ambiguous[op] = true;
	}
	if (found)
		return found;
	return constant ? PATH_CONST : busy ? BUSY : PATH_ANY;
}

static path_id load_value(struct analysis *a, struct fn_state *f, uint32_t op, unsigned depth)
{
	const struct facts_place *p = &f->code->places.v[f->code->ops.v[op].place];
	path_id path;

	if (p->kind == PLACE_LOCAL && !p->nsteps)
		return merged_defs(a, f, p->id, op, depth);
	path = place_value(a, f, p, depth);
	return path == BUSY ? BUSY : path_make(a, PATH_DEREF, path, 0, 0);
}

/* p + n is a move from p; differences and the rest are numbers. */
static path_id binary_value(struct analysis *a, struct fn_state *f, uint32_t op, unsigned depth)
{
	const struct facts_op *o = &f->code->ops.v[op];
	const struct facts_operand *args = &f->code->args.v[o->first_arg];

	if (o->sub == OPERATOR_COMMA && o->nargs == 2)
		return operand_value(a, f, &args[1], depth);
	if ((o->sub != OPERATOR_ADD && o->sub != OPERATOR_SUB) || !is_pointer(f, o->type))
		return PATH_ANY;
	for (uint32_t i = 0; i < o->nargs; i++) {
		path_id v;

		if (args[i].kind == OPERAND_TEMP && !is_pointer(f, f->code->ops.v[args[i].id].type))
			continue;
		v = operand_value(a, f, &args[i], depth);
		if (v != PATH_CONST)
			return v == BUSY ? BUSY : path_make(a, PATH_INDEX, v, 0, 0);
	}
	return PATH_ANY;
}

static path_id compute(struct analysis *a, struct fn_state *f, uint32_t op, unsigned depth)
{
	const struct facts_op *o = &f->code->ops.v[op];

	switch (o->kind) {
	case OP_LOAD:
		return load_value(a, f, op, depth);
	case OP_ADDR:
		return place_value(a, f, &f->code->places.v[o->place], depth);
	case OP_CAST:
		return o->nargs ? operand_value(a, f, &f->code->args.v[o->first_arg], depth)
				: PATH_ANY;
	case OP_CALL:
		return call_value(a, f, op);
	case OP_BINARY:
		return binary_value(a, f, op, depth);
	case OP_RMW: {
		path_id p;

		if (!is_pointer(f, o->type))
			return PATH_ANY;
		p = load_value(a, f, op, depth);
		return p == BUSY ? BUSY : path_make(a, PATH_INDEX, p, 0, 0);
	}
	default:
		return PATH_ANY;
	}
}

static path_id op_value(struct analysis *a, struct fn_state *f, uint32_t op, unsigned depth)
{
	path_id v = f->value[op];

	if (v == BUSY || (v == PATH_NONE && depth > DEPTH_MAX))
		return v == BUSY ? BUSY : PATH_ANY;
	if (v)
		return v;
	f->value[op] = BUSY;
	v = compute(a, f, op, depth + 1);
	/* Nothing but itself so far: whoever is busy may still bring the answer, so it is
	 * asked again, as long as the function's allowance lasts. */
	if (v == BUSY && !f->retries)
		v = PATH_ANY;
	else if (v == BUSY)
		f->retries--;
	f->value[op] = v == BUSY ? PATH_NONE : v;
	return v;
}

void values_run(struct analysis *a, struct fn_state *f)
{
	size_t n = f->code->ops.n;

	f->value = arena_alloc(&a->arena, (n + 1) * sizeof(*f->value));
	f->ambiguous = arena_alloc(&a->arena, n + 1);
	f->retries = (uint32_t)n;
	for (uint32_t i = 0; i < n; i++)
		if (op_value(a, f, i, 0) == BUSY)
			f->value[i] = PATH_ANY;
}

path_id value_of(struct analysis *a, struct fn_state *f, const struct facts_operand *v)
{
	path_id p = operand_value(a, f, v, 0);

	return p == BUSY ? PATH_ANY : p;
}

path_id place_of(struct analysis *a, struct fn_state *f, const struct facts_place *p)
{
	path_id path = place_value(a, f, p, 0);

	return path == BUSY ? PATH_ANY : path;
}

path_id op_place(struct analysis *a, struct fn_state *f, uint32_t op)
{
	uint32_t place = f->code->ops.v[op].place;

	return place == FACTS_NONE ? PATH_ANY : place_of(a, f, &f->code->places.v[place]);
}

path_id def_path(struct analysis *a, struct fn_state *f, uint32_t local, uint32_t def)
{
	path_id p = def_value(a, f, local, def, 0);

	return p == BUSY ? PATH_ANY : p;
}
