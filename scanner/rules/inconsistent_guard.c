/*
 * GIL305: a lock exists for it, and somewhere it is not taken. The strongest hint there is:
 * the author knew that it needs one.
 */
#include "rules/shared.h"

/* Readers that look at a single word without the lock see an old value or a new one. */
static enum finding_confidence confidence_of(
	const struct rule_context *ctx, const struct shared_thing *t)
{
	enum finding_confidence c = shared_confidence(ctx, t);

	return c == CONFIDENCE_DEFINITE ? CONFIDENCE_LIKELY : c;
}

static void report(struct rule_context *ctx, const struct shared_thing *t)
{
	struct finding *f;

	if (t->shape != SHAPE_INCONSISTENT)
		return;
	f = shared_finding(ctx, t, confidence_of(ctx, t));
	f->message = arena_printf(&ctx->out->arena,
		"'%s' is used under a lock in %u of %zu places, and bare in the others", t->name,
		t->guarded, t->run.n);
	finding_fix(ctx, f, "take the same lock wherever '%s' is used", t->name);
}

/* A function whose contract asks for a lock, called without it. */
static void check_call(
	struct rule_context *ctx, uint32_t function, const struct ext_call *call, path_id required)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	path_id lock = analysis_translate(ctx->analysis, function, call->op, required);
	struct ext_loc at = {fn->unit, fn->code->ops.v[call->op].loc};
	struct finding *f;

	if (analysis_locked_by(
		    ctx->analysis, analysis_locks(ctx->analysis, function, call->op), lock) ||
		analysis_private(ctx->analysis, function, call->op, lock))
		return;
	f = finding_add(ctx, at, CONFIDENCE_LIKELY,
		"'%s' requires '%s', which '%s' does not hold here",
		ctx->ext->functions.v[call->id].name,
		analysis_path_text(ctx->analysis, &ctx->out->arena, function, lock, true),
		fn->name);
	f->function = function;
	f->shared = SHARED_LOCK;
	f->shared_name = ctx->ext->functions.v[call->id].name;
	finding_fix(ctx, f, "take the lock around the call, or let '%s' require it too", fn->name);
}

static void check_contracts(struct rule_context *ctx)
{
	for (uint32_t i = 0; i < ctx->ext->functions.n; i++) {
		if (!runs_shared(ctx, i))
			continue;
		vec_foreach (const struct ext_call, c, &ctx->ext->functions.v[i].calls) {
			path_id required = c->kind == TARGET_FUNCTION
						   ? analysis_required_lock(ctx->analysis, c->id)
						   : 0;

			if (required)
				check_call(ctx, i, c, required);
		}
	}
}

void rule_inconsistent_guard(struct rule_context *ctx)
{
	check_contracts(ctx);
	shared_variables(ctx, report);
	shared_fields(ctx, report);
}
