/*
 * GIL307: whoever replaces the object in a field releases the old one. Two threads that
 * read the same old value both release it.
 */
#include "rules/shared.h"

static void report(struct rule_context *ctx, const struct shared_thing *t)
{
	struct finding *f;

	if (t->shape != SHAPE_SWAP)
		return;
	f = shared_finding(ctx, t, t->only_uncommon ? CONFIDENCE_REVIEW : CONFIDENCE_DEFINITE);
	f->message = arena_printf(&ctx->out->arena,
		"'%s' is replaced and its old object released without a lock: two threads can "
		"release "
		"the same one",
		t->name);
	finding_fix(ctx, f,
		"exchange '%s' inside a critical section on the object, and release the old object "
		"after it",
		t->name);
}

void rule_unguarded_swap(struct rule_context *ctx)
{
	shared_fields(ctx, report);
}
