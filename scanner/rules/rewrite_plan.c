/*
 * Is a borrowed reference that is made an own one right after the same as one call of the
 * replacement? Only if no way leads past the count with the reference in hand.
 */
#include "rules/borrowed.h"
#include "rules/shared.h"

static const struct facts_block *block_of(const struct facts_function *code, uint32_t op)
{
	vec_foreach (const struct facts_block, b, &code->blocks)
		if (b->first_op <= op && op < b->first_op + b->nops)
			return b;
	return NULL;
}

static bool holds(const struct borrowed *b, uint32_t op)
{
	const struct facts_function *code = b->fn->code;
	const struct facts_op *o = &code->ops.v[op];
	const struct facts_place *p = o->place == FACTS_NONE ? NULL : &code->places.v[o->place];

	if (op == b->call->op)
		return true;
	return o->kind == OP_LOAD && p->kind == PLACE_LOCAL && !p->nsteps &&
	       strcmp(code->locals.v[p->id].name, b->variable) == 0;
}

/* Does the way from block FROM to block TO mean that there is no object? */
static bool leads_without(const struct rule_context *ctx, const struct borrowed *b,
	const struct facts_block *from, const struct facts_block *to)
{
	bool if_set = true;

	for (uint32_t i = from->first_op; i < from->first_op + from->nops; i++)
		if (holds(b, i) &&
			analysis_decides(ctx->analysis, b->function, i, to->first_op, &if_set) &&
			!if_set)
			return true;
	return false;
}

struct walk {
	const struct rule_context *ctx;
	const struct borrowed *b;
	const struct facts_block *goal;
	unsigned char *seen;
};

/* Every way from block AT leads to the goal, or has no object to lose. */
static bool arrives(struct walk *w, const struct facts_block *at)
{
	const struct facts_function *code = w->b->fn->code;

	if (at == w->goal)
		return true;
	if (w->seen[at - code->blocks.v])
		return true;
	w->seen[at - code->blocks.v] = 1;
	if (!at->nsuccs)
		return false;
	for (uint32_t i = 0; i < at->nsuccs; i++) {
		const struct facts_block *to = &code->blocks.v[code->succs.v[at->first_succ + i]];

		if (!leads_without(w->ctx, w->b, at, to) && !arrives(w, to))
			return false;
	}
	return true;
}

static bool always_taken(const struct rule_context *ctx, const struct borrowed *b)
{
	struct arena scratch = ARENA_INIT;
	struct walk w = {ctx, b, block_of(b->fn->code, b->own),
		arena_alloc(&scratch, b->fn->code->blocks.n)};
	bool ok;

	ok = w.goal && arrives(&w, block_of(b->fn->code, b->call->op));
	arena_release(&scratch);
	return ok;
}

/* Is what is counted always what this call gave? */
static bool only_this(const struct rule_context *ctx, const struct borrowed *b)
{
	const struct facts_op *own = &b->fn->code->ops.v[b->own];

	return own->nargs && analysis_only_from(ctx->analysis, b->function,
				     &b->fn->code->args.v[own->first_arg], b->call->op);
}

static bool is_object_pointer(const struct borrowed *b)
{
	const struct facts *facts = b->fn->facts;

	vec_foreach (const struct facts_local, l, &b->fn->code->locals) {
		const struct facts_type *t = &facts->types.v[l->type];

		if (strcmp(l->name, b->variable) != 0)
			continue;
		t = t->kind == TYPE_POINTER && t->target < facts->types.n
			    ? &facts->types.v[t->target]
			    : NULL;
		return t && t->kind == TYPE_RECORD && !t->flags &&
		       facts->records.v[t->record].origin == FACTS_API;
	}
	return false;
}

static bool in_foreign_macro(const struct ext_function *fn, uint32_t op, const char *name)
{
	const char *macro = fn->code->ops.v[op].macro;

	return macro && strcmp(macro, name) != 0;
}

/* NULL: certain; else why it is not. */
static const char *doubt(
	const struct rule_context *ctx, const struct borrowed *b, const struct db_replacement *r)
{
	const struct ext_call *own = b->own == FACTS_NONE ? NULL : ext_call_at(b->fn, b->own);

	if (in_generated_code(ctx, b->function, CONFIDENCE_LIKELY) == CONFIDENCE_REVIEW)
		return "this C was generated: what it is made from is to be changed";
	if (!own)
		return "no own reference is taken here, and who would release one is not known";
	if (own->api->role != DB_ROLE_INCREF || !b->variable)
		return "the own reference is taken inside an expression";
	if (in_foreign_macro(b->fn, b->call->op, b->call->name) ||
		in_foreign_macro(b->fn, b->own, own->name))
		return "a macro of the project makes the call";
	if (b->uses[0] != b->own)
		return "it is used before the own reference is taken";
	if (r->form != DB_FORM_SAME && !is_object_pointer(b))
		return "its variable has another type than PyObject *";
	if (!only_this(ctx, b))
		return "what is counted there may be another object";
	if (!always_taken(ctx, b))
		return "not every way from the call leads to the own reference";
	return NULL;
}

void rewrite_plan(struct rule_context *ctx, struct finding *f, const struct borrowed *b)
{
	const struct db_api *api = b->call->api;
	const struct db_replacement *r = NULL;
	struct finding_rewrite *w;

	for (size_t i = 0; !r && i < api->nreplacements; i++)
		if (api->replacements[i].form)
			r = &api->replacements[i];
	f->no_rewrite = r ? doubt(ctx, b, r) : "no call does the same and gives an own reference";
	if (f->no_rewrite)
		return;
	w = arena_new(&ctx->out->arena, struct finding_rewrite);
	w->form = r->form;
	w->from = b->call->name;
	w->to = r->name;
	w->variable = b->variable;
	w->own = ext_call_at(b->fn, b->own)->name;
	w->call_at = op_place_of(b->fn, b->call->op);
	w->own_at = op_place_of(b->fn, b->own);
	f->rewrite = w;
}
