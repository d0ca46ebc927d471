/* What a race on a thing leads to, and so how sure a finding about it is. */
#include "rules/shared.h"

#define STEER_WINDOW 240 /* operations behind a read in which its value is followed */
#define STEER_LOCALS 16

/* What holds a value, or one that was computed from it: operations and local variables. */
struct carriers {
	const struct facts_function *code;
	uint32_t first; /* the read */
	bool op[STEER_WINDOW];
	uint32_t locals[STEER_LOCALS];
	uint32_t nlocals;
};

static bool carries(const struct carriers *c, const struct facts_operand *v)
{
	return v->kind == OPERAND_TEMP && v->id >= c->first && v->id < c->first + STEER_WINDOW &&
	       c->op[v->id - c->first];
}

static bool local_carries(const struct carriers *c, uint32_t local)
{
	for (uint32_t i = 0; i < c->nlocals; i++)
		if (c->locals[i] == local)
			return true;
	return false;
}

static bool is_arithmetic(const struct facts_op *op)
{
	return op->kind == OP_CAST ||
	       (op->kind == OP_BINARY && op->sub >= OPERATOR_ADD && op->sub <= OPERATOR_SHR);
}

/* A call that allocates or writes as much as it is told. */
static bool takes_size(const struct ext_function *fn, uint32_t op, uint32_t arg)
{
	const struct ext_call *c = ext_call_at(fn, op);

	return c && c->api && (int)arg != c->api->role_arg &&
	       (c->api->role == DB_ROLE_ALLOC || c->api->effects & DB_EFFECT_WRITES_ARGUMENT);
}

/* Notes what OP does with a carried value; true: it decides where memory is touched. */
static bool steers(struct carriers *c, const struct ext_function *fn, uint32_t i)
{
	const struct facts_op *op = &c->code->ops.v[i];
	const struct facts_place *p =
		op->place == FACTS_NONE ? NULL : &c->code->places.v[op->place];

	for (uint32_t k = 0; p && k < p->nsteps; k++) {
		const struct facts_step *s = &c->code->steps.v[p->first_step + k];

		if (s->kind == STEP_INDEX && carries(c, &s->index))
			return true;
	}
	if (op->kind == OP_LOAD && p->kind == PLACE_LOCAL && !p->nsteps)
		c->op[i - c->first] |= local_carries(c, p->id);
	for (uint32_t k = 0; k < op->nargs; k++) {
		if (!carries(c, &c->code->args.v[op->first_arg + k]))
			continue;
		if (op->kind == OP_CALL && takes_size(fn, i, k))
			return true;
		if (is_arithmetic(op))
			c->op[i - c->first] = true;
		if (op->kind == OP_BINARY && op->type < fn->facts->types.n &&
			fn->facts->types.v[op->type].kind == TYPE_POINTER)
			return true;
		if (op->kind == OP_STORE && p->kind == PLACE_LOCAL && !p->nsteps &&
			c->nlocals < STEER_LOCALS)
			c->locals[c->nlocals++] = p->id;
	}
	return false;
}

/* Is the value used where a wrong one leaves an object: index, size, pointer arithmetic? */
static bool steers_memory(const struct rule_context *ctx, const struct access *x)
{
	const struct ext_function *fn = &ctx->ext->functions.v[x->function];
	struct carriers c = {.code = fn->code, .first = x->op};
	size_t end = (size_t)x->op + STEER_WINDOW;

	c.op[0] = true;
	if (end > fn->code->ops.n)
		end = fn->code->ops.n;
	for (size_t i = (size_t)x->op + 1; i < end; i++)
		if (steers(&c, fn, (uint32_t)i))
			return true;
	return false;
}

static bool written_with(const struct shared_thing *t, unsigned flags)
{
	for (size_t i = 0; i < t->run.n; i++)
		if (t->run.v[i]->kind == ACCESS_WRITE && t->run.v[i]->flags & flags)
			return true;
	return false;
}

/* Part of an array: several words that belong together. */
static bool in_array(const struct rule_context *ctx, const struct shared_thing *t)
{
	return analysis_path(ctx->analysis, t->first_write->path)->kind == PATH_INDEX;
}

/* The field is a structure with pointers in it, whose other words go with them. */
static bool in_structure_of_pointers(const struct rule_context *ctx, const struct shared_thing *t)
{
	const struct ext_record *r;
	const struct facts_type *type;

	if (t->variable != EXT_NONE)
		return false;
	r = &ctx->ext->records.v[t->record];
	type = &r->facts->types.v[r->rec->fields.v[t->field].type];
	if (type->kind != TYPE_RECORD)
		return false;
	vec_foreach (const struct facts_field, f, &r->facts->records.v[type->record].fields)
		if (r->facts->types.v[f->type].kind == TYPE_POINTER)
			return true;
	return false;
}

bool has_memory_consequence(const struct rule_context *ctx, const struct shared_thing *t)
{
	if (thing_is_pointer(t) || !t->type || in_array(ctx, t) || in_structure_of_pointers(ctx, t))
		return true;
	if (t->type->kind == TYPE_ARRAY || t->type->kind == TYPE_RECORD)
		return true;
	for (size_t i = 0; i < t->run.n; i++)
		if (steers_memory(ctx, t->run.v[i]))
			return true;
	return false;
}

/* Someone takes an index or a size without the lock, and what it belongs to may have changed. */
static bool bare_read_steers(const struct rule_context *ctx, const struct shared_thing *t)
{
	for (size_t i = 0; i < t->run.n; i++)
		if (!t->run.v[i]->locks && steers_memory(ctx, t->run.v[i]))
			return true;
	return false;
}

static bool only_guessed_roots(const struct rule_context *ctx, const struct shared_thing *t)
{
	vec_foreach (
		const uint32_t, r, &ctx->ext->functions.v[access_function(t->first_write)].roots)
		if (!ctx->ext->roots.v[*r].likely_only)
			return false;
	return true;
}

/* Where the design draws the line: memory is likely or more, lost updates likely, single
 * words that only carry a value are for people to judge. */
enum finding_confidence shared_confidence(
	const struct rule_context *ctx, const struct shared_thing *t)
{
	bool memory = has_memory_consequence(ctx, t);

	if (t->only_uncommon || (t->partly_atomic && !thing_is_pointer(t)))
		return CONFIDENCE_REVIEW;
	if (t->writes_guarded && !thing_is_object(t) && !bare_read_steers(ctx, t))
		return CONFIDENCE_REVIEW;
	if (!memory)
		return written_with(t, ACCESS_RMW) ? CONFIDENCE_LIKELY : CONFIDENCE_REVIEW;
	if (thing_is_object(t) && !t->writes_guarded && !only_guessed_roots(ctx, t))
		return CONFIDENCE_DEFINITE;
	return CONFIDENCE_LIKELY;
}
