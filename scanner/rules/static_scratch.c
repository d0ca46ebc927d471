/*
 * GIL306: a static buffer that one function works in. Two threads write into one another's
 * text.
 */
#include "rules/shared.h"

static void report(struct rule_context *ctx, const struct shared_thing *t)
{
	struct finding *f;

	if (t->shape != SHAPE_SCRATCH)
		return;
	f = shared_finding(ctx, t, t->writes_guarded ? CONFIDENCE_REVIEW : CONFIDENCE_LIKELY);
	f->message = arena_printf(&ctx->out->arena,
		"static buffer '%s' is the scratch memory of every thread in '%s'", t->name,
		ctx->ext->functions.v[f->function].name);
	finding_fix(ctx, f, "make '%s' an automatic variable, or allocate it per call", t->name);
}

void rule_static_scratch(struct rule_context *ctx)
{
	shared_variables(ctx, report);
}
