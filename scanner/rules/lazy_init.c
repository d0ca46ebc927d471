/*
 * GIL302: first use initialises. Two threads that both find it empty both make it: one
 * result is lost or leaked, and a flag that is set first lets the second thread use what
 * the first has not finished.
 */
#include "rules/shared.h"

static bool stores_flag(const struct shared_thing *t)
{
	for (size_t i = 0; i < t->run.n; i++)
		if (t->run.v[i]->kind == ACCESS_WRITE && !(t->run.v[i]->flags & ACCESS_CONSTANT))
			return false;
	return true;
}

static bool constant_arguments(const struct rule_context *ctx, const struct ext_function *fn,
	uint32_t function, uint32_t call)
{
	const struct facts_op *op = &fn->code->ops.v[call];

	for (uint32_t i = 0; i < op->nargs; i++) {
		path_id v = analysis_value(
			ctx->analysis, function, &fn->code->args.v[op->first_arg + i]);

		if (analysis_path(ctx->analysis, v)->kind != PATH_CONSTANT)
			return false;
	}
	return true;
}

/* What the call returns it did not make, or is a value that is alike each time: of two of
 * them one is never released, and nothing else happens. */
static bool returns_the_same(const struct rule_context *ctx, const struct ext_function *fn,
	uint32_t function, const struct ext_call *c)
{
	if (!c || !c->api)
		return false;
	if (c->api->effects & DB_EFFECT_MAKES_VALUE)
		return constant_arguments(ctx, fn, function, c->op);
	return c->api->role == DB_ROLE_NONE &&
	       (c->api->returns == DB_REF_NONE || c->api->returns == DB_REF_BORROWED);
}

/* Every thread would store the same. */
static bool stores_the_same(const struct rule_context *ctx, const struct shared_thing *t)
{
	for (size_t i = 0; i < t->run.n; i++) {
		const struct access *w = t->run.v[i];
		const struct ext_function *fn = &ctx->ext->functions.v[w->function];
		const struct facts_op *op = &fn->code->ops.v[w->op];
		const struct path *p;

		if (w->kind != ACCESS_WRITE || w->flags & ACCESS_CONSTANT)
			continue;
		if (op->kind != OP_STORE)
			return false;
		p = analysis_path(ctx->analysis, analysis_value(ctx->analysis, w->function,
							 &fn->code->args.v[op->first_arg]));
		if (p->kind != PATH_CALL ||
			!returns_the_same(ctx, fn, w->function, ext_call_at(fn, p->a)))
			return false;
	}
	return true;
}

/* A number that every thread computes alike does no harm; pointers leak or are released
 * twice, and a flag opens the door before the work behind it is done. */
static enum finding_confidence confidence_of(
	const struct rule_context *ctx, const struct shared_thing *t)
{
	if (t->writes_guarded || t->only_uncommon || (!stores_flag(t) && stores_the_same(ctx, t)))
		return CONFIDENCE_REVIEW;
	if (thing_is_pointer(t) || !t->type || (t->path && stores_flag(t)))
		return CONFIDENCE_LIKELY;
	/* `if (size < needed) grow`: a size that no longer fits its buffer. */
	return !stores_flag(t) && has_memory_consequence(ctx, t) ? CONFIDENCE_LIKELY
								 : CONFIDENCE_REVIEW;
}

static void report(struct rule_context *ctx, const struct shared_thing *t)
{
	struct finding *f;

	if (t->shape != SHAPE_LAZY)
		return;
	f = shared_finding(ctx, t, confidence_of(ctx, t));
	f->message = arena_printf(&ctx->out->arena,
		"'%s' is filled by the first thread that finds it empty; two threads can find it "
		"so at once",
		t->name);
	if (t->variable == EXT_NONE)
		finding_fix(ctx, f,
			"fill '%s' when the object is made, or test and store inside a critical "
			"section on the object",
			t->name);
	else if (thing_is_object(t))
		finding_fix(ctx, f,
			"set '%s' when the module is made (exec slot, module state), or test and "
			"store under one PyMutex",
			t->name);
	else
		finding_fix(ctx, f,
			"do it when the module is made, under a once flag, or test and store '%s' "
			"under one PyMutex",
			t->name);
}

void rule_lazy_init(struct rule_context *ctx)
{
	shared_variables(ctx, report);
	shared_fields(ctx, report);
}
