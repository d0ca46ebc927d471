#include "rules/memory.h"

#include "rules/borrowed.h"

static const struct facts_type *type_at(const struct facts *facts, uint32_t type)
{
	return type < facts->types.n ? &facts->types.v[type] : NULL;
}

/* The head of an object stands first in it, however deep. */
static enum memory_use use_of_type(const struct facts *facts, const struct facts_type *t)
{
	for (int depth = 0; t && depth < 8; depth++) {
		const struct facts_record *r;

		if (t->kind == TYPE_VOID)
			return MEMORY_UNTOLD;
		if (t->kind != TYPE_RECORD || t->record >= facts->records.n)
			return MEMORY_OTHER;
		r = &facts->records.v[t->record];
		if (r->origin == FACTS_API)
			return MEMORY_OBJECT;
		if (!r->complete)
			return MEMORY_UNTOLD;
		if (r->bases.n)
			t = type_at(facts, r->bases.v[0]);
		else
			t = r->fields.n ? type_at(facts, r->fields.v[0].type) : NULL;
	}
	return MEMORY_OTHER;
}

static enum memory_use use_of_pointer(const struct facts *facts, uint32_t type)
{
	const struct facts_type *t = type_at(facts, type);

	return t && t->kind == TYPE_POINTER ? use_of_type(facts, type_at(facts, t->target))
					    : MEMORY_UNTOLD;
}

bool type_points_to_object(const struct facts *facts, uint32_t type)
{
	return use_of_pointer(facts, type) == MEMORY_OBJECT;
}

/* The struct that each object starts with: the database knows fields of it, and none of its
 * fields is a struct that it starts with in turn. */
static bool is_head(const struct facts_record *r)
{
	vec_foreach (const struct facts_field, f, &r->fields)
		if (db_member_find(r->name, f->name))
			return r->origin == FACTS_API;
	return false;
}

bool type_points_to_head(const struct facts *facts, uint32_t type)
{
	const struct facts_type *t = type_at(facts, type);

	t = t && t->kind == TYPE_POINTER ? type_at(facts, t->target) : NULL;
	for (int depth = 0; t && t->kind == TYPE_RECORD && depth < 8; depth++) {
		const struct facts_record *r = &facts->records.v[t->record];
		uint32_t first = r->bases.n ? r->bases.v[0] : FACTS_NONE;

		if (first == FACTS_NONE && r->fields.n)
			first = r->fields.v[0].type;
		t = type_at(facts, first);
		if (!t || t->kind != TYPE_RECORD)
			return is_head(r);
	}
	return false;
}

/* The type at operation OP, where that hands on VALUE. */
static enum memory_use use_at(const struct ext_function *fn, uint32_t op, uint32_t value)
{
	const struct facts_op *o = &fn->code->ops.v[op];
	const struct facts_operand *v = o->nargs ? &fn->code->args.v[o->first_arg] : NULL;

	if (!v || v->kind != OPERAND_TEMP || v->id != value ||
		(o->kind != OP_CAST && o->kind != OP_STORE))
		return MEMORY_UNTOLD;
	return use_of_pointer(fn->facts, o->type);
}

enum memory_use memory_use_of(const struct rule_context *ctx, uint32_t function, uint32_t op)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	enum memory_use use = MEMORY_UNTOLD;
	uint32_t uses[BORROWED_USES];
	size_t n = analysis_uses(ctx->analysis, function, op, uses, BORROWED_USES);

	for (size_t i = 0; i < n; i++) {
		const struct ext_call *c = ext_call_at(fn, uses[i]);

		if (c && c->api && c->api->role == DB_ROLE_NEW_OBJECT &&
			c->api->owner == DB_OWNER_SAME_AS_ARGUMENT)
			return MEMORY_OBJECT;
	}
	for (uint32_t i = op + 1; use == MEMORY_UNTOLD && i < fn->code->ops.n && i < op + 4; i++) {
		use = use_at(fn, i, op);
		if (use == MEMORY_UNTOLD && i == op + 2)
			use = use_at(fn, i, op + 1);
	}
	return use;
}
