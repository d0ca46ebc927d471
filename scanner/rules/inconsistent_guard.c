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

void rule_inconsistent_guard(struct rule_context *ctx)
{
	shared_variables(ctx, report);
	shared_fields(ctx, report);
}
