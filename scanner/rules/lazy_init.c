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

/* A number that every thread computes alike does no harm; pointers leak or are released
 * twice, and a flag opens the door before the work behind it is done. */
static enum finding_confidence confidence_of(const struct shared_thing *t)
{
	if (t->writes_guarded || t->only_init)
		return CONFIDENCE_REVIEW;
	return thing_is_pointer(t) || !t->type || (t->path && stores_flag(t)) ? CONFIDENCE_LIKELY
									      : CONFIDENCE_REVIEW;
}

static void report(struct rule_context *ctx, const struct shared_thing *t)
{
	struct finding *f;

	if (t->shape != SHAPE_LAZY)
		return;
	f = shared_finding(ctx, t, confidence_of(t));
	f->message = arena_printf(&ctx->out->arena,
		"'%s' is filled by the first thread that finds it empty; two threads can find it "
		"so "
		"at once",
		t->name);
	if (thing_is_object(t))
		finding_fix(ctx, f,
			"set '%s' when the module is made (exec slot, module state), or test and "
			"store "
			"under one PyMutex",
			t->name);
	else
		finding_fix(ctx, f,
			"do it when the module is made, under a once flag, or test and store '%s' "
			"under "
			"one PyMutex",
			t->name);
}

void rule_lazy_init(struct rule_context *ctx)
{
	shared_variables(ctx, report);
	shared_fields(ctx, report);
}
