/*
 * GIL303: objects kept for reuse in a list of static storage. Two threads that pop at once
 * get the same object; a push in between loses one.
 */
#include "rules/shared.h"

static void report(struct rule_context *ctx, const struct shared_thing *t)
{
	struct finding *f;

	if (t->shape != SHAPE_FREELIST)
		return;
	f = shared_finding(ctx, t, CONFIDENCE_DEFINITE);
	f->message = arena_printf(&ctx->out->arena,
		"free list '%s' has no lock: two threads can take the same object from it",
		t->name);
	finding_fix(ctx, f,
		"leave '%s' out where Py_GIL_DISABLED is defined, make it thread-local, or guard "
		"it with "
		"one PyMutex",
		t->name);
}

void rule_freelist(struct rule_context *ctx)
{
	shared_variables(ctx, report);
}
